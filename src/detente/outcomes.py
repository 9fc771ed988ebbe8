"""Named outcomes: one number read off a solved draw, by a name an analyst can write on a command line.

p_deal                      an agreement is signed within the horizon
p_deal_by_2029              ... by the end of a year (or a month: p_deal_by_2028-06; a day; or a round: p_deal_by_3)
p_in_force_by_2029          an agreement is in force on that date
p_signed[issue=option]      an agreement with the option is signed within the horizon
share[issue=option]         share of signed agreements that have the option
p_talks_over                somebody has left the talks for good before any agreement, where anybody may
survival_2                  an agreement, once signed, is still in force at that age [years or rounds]
value[player]               what waiting is worth to a player at the start: its reservation value [utils]
delay[player]               what a year (or round) without talks would cost it [utils]
leverage                    the second principal's cost of delay over the first's

Readers use plain indexing on trailing axes, so one definition serves arrays of many draws and jax's traced arrays of one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from detente.compile import Model
from detente.errors import Problem, ScenarioError
from detente.spec.scope import nearest
from detente.spec.text import shown
from detente.words import chosen, speaking
from detente.words.dates import last_day
from detente.words.outcomes import described

Raw = Mapping[str, Any]
"""What :func:`detente.ensemble.outcomes` returns, with or without a leading axis of draws."""
COHORTS = 2
"""Survival in a draw follows the agreements signed in every so manieth period."""


@dataclass(frozen=True)
class Outcome:
    """One number of a solved draw."""

    name: str
    unit: str
    """``1`` for a probability or a share; ``util``."""
    read: Callable[[Raw], Any]
    needs: tuple[str, ...]
    """What it reads of a draw."""
    label: str = ""
    """In English words that stand alone; other languages say it from the name (:mod:`detente.words.outcomes`)."""

    @property
    def bounded(self) -> bool:
        """Whether it lies between 0 and 1."""
        return self.unit == "1" and not self.name.startswith("leverage")


def examples(model: Model) -> tuple[str, ...]:
    """Return names of outcomes of this scenario, one of each kind."""
    scenario = model.scenario
    issue, options = next(((i, o.options) for i, o in scenario.issues.items()), ("", {}))
    by = [f"p_deal_by_{_year(model)}", f"p_in_force_by_{_year(model)}"]
    pairs = [f"{kind}[{issue}={list(options)[-1]}]" for kind in ("p_signed", "share")] if options else []
    players = [f"{kind}[{scenario.principals[0]}]" for kind in ("value", "delay")] if scenario.principals else []
    over = ["p_talks_over"] if scenario.leavers else []
    leverage = ["leverage"] if len(scenario.principals) > 1 else []
    return ("p_deal", *by, *pairs, *over, "survival_2", *players, *leverage)


def _year(model: Model) -> int:
    calendar = model.scenario.calendar
    if calendar.start is None:
        return calendar.periods
    return int(calendar.year(calendar.periods)) - 1


def outcome(model: Model, name: str) -> Outcome:
    """Return the outcome of that name.

    Args:
        model: The scenario laid out for computing; dates, packages and players are its own.
        name: The name, as in the module's table.

    Raises:
        ScenarioError: ``unknown-outcome`` naming what there is; ``outside-horizon`` for a date it does not reach.
    """
    for pattern, make in KINDS.items():
        match = re.fullmatch(pattern, name)
        if match:
            return replace(make(model, name, **match.groupdict()), label=_label(model, name))
    raise _unknown(model, name)


def _unknown(model: Model, name: str, code: str = "unknown-outcome", text: str = "") -> ScenarioError:
    said = text or f"there is no outcome called {shown(name)!r}"
    return ScenarioError([Problem(code, (), said, nearest(name, examples(model)))], model.scenario.name)


def _deal(model: Model, name: str) -> Outcome:
    return Outcome(name, "1", lambda raw: raw["first"].sum(-1), ("first",))


def _deal_by(model: Model, name: str, when: str) -> Outcome:
    at = _moment(model, name, when)

    def read(raw: Raw) -> Any:
        whole, part = int(at), at - int(at)
        done = raw["first"][..., :whole].sum(-1)
        return done + part * raw["first"][..., whole] if part > 1e-12 else done

    return Outcome(name, "1", read, ("first",))


def _in_force_by(model: Model, name: str, when: str) -> Outcome:
    at = _moment(model, name, when)

    def read(raw: Raw) -> Any:
        whole, part = int(at), at - int(at)
        now = raw["in_force"][..., whole]
        return now + part * (raw["in_force"][..., whole + 1] - now) if part > 1e-12 else now

    return Outcome(name, "1", read, ("in_force",))


def _having(model: Model, name: str, issue: str, option: str) -> np.ndarray:
    issues = list(model.scenario.issues)
    if issue not in issues or option not in model.scenario.issues[issue].options:
        raise _unknown(model, name)
    return np.flatnonzero([package[issues.index(issue)] == option for package in model.labels.packages])


def _label(model: Model, name: str) -> str:
    def word(*path: str) -> str:
        return chosen(model.labels.words.get(".".join(path)), path[-1].replace("_", " "), "en")

    with speaking("en"):
        return described(name, word, model.scenario.calendar.start is not None, model.scenario.principals)


def _signed(model: Model, name: str, issue: str, option: str) -> Outcome:
    having = _having(model, name, issue, option)
    return Outcome(name, "1", lambda raw: raw["signed"].sum(-2)[..., having].sum(-1), ("signed",))


def _share(model: Model, name: str, issue: str, option: str) -> Outcome:
    having = _having(model, name, issue, option)

    def read(raw: Raw) -> Any:
        signed = raw["signed"].sum(-2)
        return signed[..., having].sum(-1) / (signed.sum(-1) + 1e-30)

    return Outcome(name, "1", read, ("signed",))


def _survival(model: Model, name: str, age: str) -> Outcome:
    calendar = model.scenario.calendar
    steps = float(age) / calendar.length
    if not 0 < steps < calendar.periods:
        raise _unknown(model, name, "outside-horizon", f"no agreement is followed to the age of {age}")

    def at(raw: Raw, whole: int) -> Any:
        # the product-limit estimate of result.dataset.survival: a cohort counts at an age while the next can be seen
        left, periods = 1.0, raw["first"].shape[-1]
        for then in range(whole):
            followed = len(range(0, max(periods - 1 - then, 0), COHORTS))
            at_risk = raw["alive"][..., :followed, then].sum(-1)
            left = left * (1.0 - raw["ended"][..., :followed, then, :].sum((-2, -1)) / (at_risk + 1e-30))
        return left

    def read(raw: Raw) -> Any:
        whole, part = int(steps), steps - int(steps)
        return (1 - part) * at(raw, whole) + part * at(raw, whole + 1) if part > 1e-12 else at(raw, whole)

    return Outcome(name, "1", read, ("first", "alive", "ended"))


def _player(model: Model, name: str, player: str) -> int:
    players = list(model.scenario.players)
    if player not in players:
        raise _unknown(model, name)
    return players.index(player)


def _value(model: Model, name: str, player: str) -> Outcome:
    index = _player(model, name, player)
    return Outcome(name, "util", lambda raw: raw["reservation"][..., index], ("reservation",))


def _delay(model: Model, name: str, player: str) -> Outcome:
    index = _player(model, name, player)
    return Outcome(name, "util", lambda raw: raw["delay"][..., index], ("delay",))


def _leverage(model: Model, name: str) -> Outcome:
    if len(model.scenario.principals) < 2:
        raise _unknown(model, name)
    first, second = (list(model.scenario.players).index(player) for player in model.scenario.principals[:2])
    return Outcome(name, "1", lambda raw: raw["delay"][..., second] / raw["delay"][..., first], ("delay",))


def _over(model: Model, name: str) -> Outcome:
    if not model.scenario.leavers:
        raise _unknown(model, name, text="nobody may leave the talks in this scenario")
    return Outcome(name, "1", lambda raw: raw["over"].sum(-1), ("over",))


KINDS: dict[str, Callable[..., Outcome]] = {
    r"p_deal": _deal,
    r"p_deal_by_(?P<when>[\d-]+)": _deal_by,
    r"p_in_force_by_(?P<when>[\d-]+)": _in_force_by,
    r"p_signed\[(?P<issue>\w+)=(?P<option>\w+)\]": _signed,
    r"share\[(?P<issue>\w+)=(?P<option>\w+)\]": _share,
    r"p_talks_over": _over,
    r"survival_(?P<age>\d+(\.\d+)?)": _survival,
    r"value\[(?P<player>\w+)\]": _value,
    r"delay\[(?P<player>\w+)\]": _delay,
    r"leverage": _leverage,
}


def _moment(model: Model, name: str, when: str) -> float:
    """Return a date as a number of periods from the start."""
    calendar = model.scenario.calendar
    if calendar.start is None:
        if not when.isdigit() or not 1 <= int(when) <= calendar.periods:
            raise _unknown(model, name, "outside-horizon", f"rounds run from 1 to {calendar.periods}")
        return float(when)
    day = last_day(when)
    if day is None:
        raise _unknown(model, name)
    at = (day - calendar.start).days / 365.25 / calendar.length
    if not 0 < at <= calendar.periods:
        raise _unknown(model, name, "outside-horizon", f"{day} is not within the horizon of the scenario")
    return at
