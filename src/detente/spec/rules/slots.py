"""Where expressions stand in a scenario, and what each place asks of them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from detente.errors import Path
from detente.spec.scenario import Player, Scenario, Stock
from detente.spec.scope import CIRCUMSTANCES, EVERYTHING, PARAMETERS, TERMS

_INFINITY = frozenset({"infinity"})


@dataclass(frozen=True)
class Slot:
    """One expression in its place."""

    path: Path
    text: str
    allowed: frozenset[str]
    """Kinds of names it may use."""
    unit: str = ""
    """Unit its value must have; empty: any."""
    low: float = -math.inf
    high: float = math.inf
    """Bounds of its value."""
    above: bool = False
    """Whether ``low`` itself is out of bounds."""
    what: str = "the value"
    """What its value is, in words."""


def slots(scenario: Scenario) -> Iterator[Slot]:
    """Yield every expression of ``scenario``."""
    for name, definition in scenario.definitions.items():
        yield Slot(("definitions", name, "value"), definition.value, EVERYTHING, definition.unit)
    for name, player in scenario.players.items():
        yield from _player(scenario, name, player)
    yield from _issues(scenario)
    yield from _regimes(scenario)
    for name, stock in scenario.stocks.items():
        yield from _stock(scenario, name, stock)
    yield from _payoffs(scenario)
    yield _rate(scenario, ("detection",), scenario.detection, EVERYTHING, "a detection rate")
    for name, indicator in scenario.indicators.items():
        yield Slot(("indicators", name, "value"), indicator.value, EVERYTHING, indicator.unit)
    for position, entry in enumerate(scenario.conditional):
        yield Slot(("conditional", position, "when"), entry.when, PARAMETERS, "1", what="a condition")
    for position, text in enumerate(scenario.exclude):
        yield Slot(("exclude", position), text, TERMS, "1", what="an exclusion")


def timed(scenario: Scenario, unit: str) -> str:
    """Return a unit per year on the years clock; rounds carry no unit, so nothing is checked there."""
    return unit if scenario.calendar.clock == "years" else ""


def _rate(scenario: Scenario, path: Path, text: str, allowed: frozenset[str], what: str) -> Slot:
    """Return the slot of a hazard; in rounds it is a probability."""
    if scenario.calendar.clock == "rounds":
        return Slot(path, text, allowed, "", 0.0, 1.0, what=f"{what} per round (a probability)")
    return Slot(path, text, allowed, "1/year", 0.0, what=what)


def _player(scenario: Scenario, name: str, player: Player) -> Iterator[Slot]:
    path = ("players", name)
    yield Slot((*path, "discount"), player.discount, PARAMETERS, timed(scenario, "1/year"), 0.0, what="a discount rate")
    if player.discount_factor is not None:
        yield Slot((*path, "discount_factor"), player.discount_factor, PARAMETERS, "1", 0.0, 1.0, what="a discount factor")
    yield Slot((*path, "precision"), player.precision, PARAMETERS | _INFINITY, "1/util", 0.0, above=True, what="a precision")
    yield _rate(scenario, (*path, "talks"), player.talks, EVERYTHING, "a rate of proposals")
    yield _rate(scenario, (*path, "reviews"), player.reviews, EVERYTHING, "a rate of reviews")


def _issues(scenario: Scenario) -> Iterator[Slot]:
    for name, issue in scenario.issues.items():
        for key, option in issue.options.items():
            path = ("issues", name, "options", key)
            yield Slot((*path, "weight"), option.weight, PARAMETERS, "1", 0.0, above=True, what="a menu weight")
            for attribute, text in option.attributes.items():
                yield Slot((*path, "attributes", attribute), text, CIRCUMSTANCES)


def _regimes(scenario: Scenario) -> Iterator[Slot]:
    for name, regime in scenario.regimes.items():
        path = ("regimes", name)
        if isinstance(regime.start, dict):
            for state, text in regime.start.items():
                yield Slot((*path, "start", state), text, PARAMETERS, "1", 0.0, 1.0, what="a probability")
        for key, text in regime.moves.items():
            yield _rate(scenario, (*path, "moves", key), text, CIRCUMSTANCES, "a hazard")
        for position, switch in enumerate(regime.switches):
            for state, text in switch.to.items():
                yield Slot((*path, "switches", position, "to", state), text, PARAMETERS, "1", 0.0, 1.0, what="a probability")


def _stock(scenario: Scenario, name: str, stock: Stock) -> Iterator[Slot]:
    path = ("stocks", name)
    low, high = stock.grid[0], stock.grid[-1]
    yield Slot((*path, "start"), stock.start, PARAMETERS, stock.unit, low, high, what="the start")
    drift, diffusion = (timed(scenario, f"{stock.unit}/{time}" if stock.unit else "") for time in ("year", "year^0.5"))
    yield Slot((*path, "drift"), stock.drift, EVERYTHING, drift)
    yield Slot((*path, "diffusion"), stock.diffusion, EVERYTHING, diffusion, 0.0, what="a diffusion")


def _payoffs(scenario: Scenario) -> Iterator[Slot]:
    for player, payoff in scenario.payoffs.items():
        for name, term in payoff.flows.items():
            yield Slot(("payoffs", player, name, "value"), term.value, EVERYTHING, timed(scenario, "util/year"))
        for event, terms in payoff.events.items():
            for name, term in terms.items():
                yield Slot(("payoffs", player, f"at {event}", name, "value"), term.value, EVERYTHING, "util")
