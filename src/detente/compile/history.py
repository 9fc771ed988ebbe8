"""Observations as arrays: what each period of the calendar is known to have held."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import numpy as np

from detente.compile.model import Model
from detente.engine.history import Seen
from detente.errors import Problem
from detente.spec.scenario import Calendar, Observation

HARD = ("signed", "no_deal", "lapse", "refusal", "overture", "state")
"""What the game itself gives a probability to; a signal has only the likelihood ratio that is stated for it."""


def moment(calendar: Calendar, when: dt.date | int) -> float:
    """Return a date as a number of periods from the start."""
    if isinstance(when, int) or calendar.start is None:
        return float(when)  # type: ignore[arg-type]
    return (when - calendar.start).days / 365.25 / calendar.length


def inside(calendar: Calendar, fact: Observation) -> bool:
    """Return whether a fact lies, at least in part, between the start and the horizon."""
    first, last = moment(calendar, fact.on), moment(calendar, fact.on if fact.until is None else fact.until)
    return last >= 0 and first < calendar.periods


def seen(model: Model, facts: Iterable[Observation]) -> Seen:
    """Return what each period is known to have held, on the calendar of ``model``.

    An event belongs to the period that holds its date. A span without an agreement counts the share of each period it covers.
    What lies outside the calendar is left out.

    Raises:
        ScenarioError: Somebody may leave the talks for good; whether somebody has left unseen is not weighed.
    """
    scenario = model.scenario
    for name in scenario.leavers:
        text = f"{name[:60]} may leave the talks for good, and observations are weighed only where nobody may"
        raise scenario.wrong(
            [Problem("observed-leaving", ("players", name, "may_leave"), text, "take may_leave away to condition")]
        )
    calendar, labels = model.scenario.calendar, model.labels
    periods, causes = calendar.periods, len(labels.causes)
    voters = [*labels.players, *labels.bodies]
    out = Seen(
        quiet=np.zeros(periods),  # type: ignore[arg-type]
        signed=np.zeros(periods),  # type: ignore[arg-type]
        lapsed=np.zeros((periods, causes)),  # type: ignore[arg-type]
        offered=np.zeros((periods, len(labels.proposers))),  # type: ignore[arg-type]
        refused=np.zeros((periods, len(voters))),  # type: ignore[arg-type]
        regime=np.ones((periods + 1, len(labels.joint))),  # type: ignore[arg-type]
    )
    for fact in facts:
        if fact.what in HARD and inside(calendar, fact):
            _note(model, out, fact, voters)
    return out


def growing(model: Model, facts: Iterable[Observation]) -> Seen:
    """Return what was known after the first of the facts, the first two, and so on: every array with a leading axis of facts."""
    known = list(facts)
    steps = [seen(model, known[: count + 1]) for count in range(len(known))]
    return Seen(**{name: np.stack([getattr(step, name) for step in steps]) for name in vars(steps[0])})  # type: ignore[arg-type]


def _note(model: Model, out: Seen, fact: Observation, voters: list[str]) -> None:
    """Enter one fact."""
    labels, calendar = model.labels, model.scenario.calendar
    at = max(int(moment(calendar, fact.on)), 0)  # of what began before the start, the first period
    arrays: dict[str, np.ndarray] = vars(out)
    match fact.what:
        case "no_deal":
            edges = np.arange(calendar.periods)
            first, last = moment(calendar, fact.on), moment(calendar, fact.until or fact.on)
            covered = np.clip(np.minimum(last, edges + 1) - np.maximum(first, edges), 0, 1)
            arrays["quiet"][:] = np.maximum(arrays["quiet"], covered)
        case "signed":
            arrays["signed"][at] = 1.0
        case "lapse":
            named = [cause == f"exit by {fact.by}" for cause in labels.causes] if fact.by else [True] * len(labels.causes)
            arrays["lapsed"][at] = np.maximum(arrays["lapsed"][at], named)
        case "refusal":
            arrays["refused"][at, voters.index(str(fact.by))] = 1.0
        case "state":
            for name, state in fact.state.items():
                place = list(labels.regimes).index(name)
                arrays["regime"][at] *= [joint[place] == state for joint in labels.joint]
    if fact.what == "overture" or (fact.what == "signed" and fact.by):
        arrays["offered"][at, labels.proposers.index(str(fact.by))] = 1.0
