"""Rules of the calendar, regimes, stocks and tables."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator

from detente.errors import Path, Problem
from detente.spec.nodes import ExpressionError
from detente.spec.parse import parse
from detente.spec.quantity import Table
from detente.spec.rules.case import Case
from detente.spec.scenario import Regime, Switch
from detente.spec.scope import nearest

YEARS = (1800, 2200)
"""Calendar years a scenario can start in."""
MAX_JOINT = 4096
"""Most joint states of regimes."""
MAX_POINTS = 1_000_000
"""Most joint grid points of stocks."""
ROUNDING = 1e-9
"""How far probabilities may be from summing to one."""


def circumstances(case: Case) -> Iterator[Problem]:
    """Check when the game is played, and what surrounds it."""
    yield from _calendar(case)
    for name, regime in case.scenario.regimes.items():
        yield from _regime(case, name, regime)
    yield from _tables(case)
    yield from _sizes(case)


def _calendar(case: Case) -> Iterator[Problem]:
    calendar, players = case.scenario.calendar, case.scenario.players
    if calendar.start is not None and not YEARS[0] <= calendar.start.year <= YEARS[1]:
        text = f"the scenario starts in {calendar.start.year}"
        yield Problem("date-out-of-range", ("calendar", "start"), text, f"between {YEARS[0]} and {YEARS[1]}")
    for position, name in enumerate(calendar.proposers):
        yield from case.member(name, players, "unknown-player", ("calendar", "proposers", position), "player")
    if calendar.after == "zero" or case.timeless:
        return
    for name, player in players.items():
        payoff = case.scenario.payoffs.get(name)
        key, patient = ("discount", 0.0) if calendar.clock == "years" else ("discount_factor", 1.0)
        text = getattr(player, key) or "1"
        if payoff is not None and payoff.flows and _is(case, text, patient):
            hint = f"give {key}, or write after: zero in the calendar"
            yield Problem(
                "no-discounting", ("players", name), f"{name} has flows for ever after the horizon, without discounting", hint
            )


def _is(case: Case, text: str, value: float) -> bool:
    try:
        return value in case.values(parse(text))
    except ExpressionError:
        return False


def _regime(case: Case, name: str, regime: Regime) -> Iterator[Problem]:
    path: Path = ("regimes", name)
    if isinstance(regime.start, str):
        yield from _state(case, regime, regime.start, (*path, "start"))
    else:
        yield from _shares(case, regime, regime.start, (*path, "start"))
    seen: set[tuple[str, str]] = set()
    for key in regime.moves:
        arrow = Regime.arrow(key)
        if arrow is None or arrow[0] == arrow[1]:
            yield Problem("bad-move", (*path, "moves", key), f"{key[:60]!r} is not a move", "write it as: state -> other state")
            continue
        if arrow in seen:
            yield Problem("bad-move", (*path, "moves", key), f"the move {key[:60]!r} stands here twice", "add the hazards up")
        seen.add(arrow)
        for state in arrow:
            yield from _state(case, regime, state, (*path, "moves", key))
    yield from _leaving(case, name, regime)
    for position, switch in enumerate(regime.switches):
        yield from _switch(case, regime, switch, (*path, "switches", position))


def _state(case: Case, regime: Regime, state: str, path: Path) -> Iterator[Problem]:
    yield from case.member(state, regime.states, "unknown-state", path, "state")


def _shares(case: Case, regime: Regime, shares: dict[str, str], path: Path) -> Iterator[Problem]:
    """Check probabilities by state: the states exist, and the central values sum to one."""
    for state in shares:
        yield from _state(case, regime, state, (*path, state))
    values = [_central(case, text) for text in shares.values()]
    known = [value for value in values if value is not None]
    if len(known) == len(values) and not abs(sum(known) - 1) <= ROUNDING:
        yield Problem(
            "bad-sum", path, f"the probabilities sum to {sum(known):.10g}", "they must sum to 1; write the last one as 1 - ..."
        )


def _central(case: Case, text: str) -> float | None:
    try:
        values = case.values(parse(text))
    except ExpressionError:
        return None
    return values[0] if len(values) == 1 and math.isfinite(values[0]) else None


def _leaving(case: Case, name: str, regime: Regime) -> Iterator[Problem]:
    """In rounds, check that the probabilities of leaving a state leave something for staying."""
    if case.scenario.calendar.clock == "years":
        return
    total: dict[str, float] = {}
    for key, text in regime.moves.items():
        origin = (Regime.arrow(key) or ("",))[0]
        total[origin] = total.get(origin, 0.0) + (_central(case, text) or 0.0)
    for state, chance in total.items():
        if chance > 1 + ROUNDING:
            yield Problem(
                "bad-sum", ("regimes", name, "moves"), f"the moves from {state} sum to {chance:.10g}", "at most 1 per round"
            )


def _switch(case: Case, regime: Regime, switch: Switch, path: Path) -> Iterator[Problem]:
    yield from when(case, switch.on, (*path, "on"), ahead=True)
    for position, state in enumerate(switch.from_):
        yield from _state(case, regime, state, (*path, "from", position))
    yield from _shares(case, regime, switch.to, (*path, "to"))


def when(case: Case, moment: dt.date | int, path: Path, ahead: bool = False) -> Iterator[Problem]:
    """Check a date or round against the clock; ``ahead``: it must lie after the start."""
    start = case.scenario.calendar.start
    if case.timeless:
        return
    if isinstance(moment, dt.date) != (start is not None):
        right = "a date such as 2029-01-20" if start is not None else "the number of a round"
        yield Problem("wrong-clock", path, f"{moment} does not fit the calendar", f"write {right}")
    elif isinstance(moment, dt.date) and start is not None:
        if (ahead and moment <= start) or not YEARS[0] <= moment.year <= YEARS[1] + 200:
            yield Problem("date-out-of-range", path, f"{moment} is not a date of this scenario", f"it starts on {start}")
    elif isinstance(moment, int) and moment < int(ahead):
        yield Problem(
            "date-out-of-range", path, f"there is no round {moment}", "rounds are counted from 0; a switch acts from 1 on"
        )


def _tables(case: Case) -> Iterator[Problem]:
    """Check that each table has a case for every state or option, and no other."""
    categories = case.scope.categories
    for name, table in case.scenario.parameters.items():
        if not isinstance(table, Table):
            continue
        path: Path = ("parameters", name)
        yield from case.member(table.by, categories, "unknown-category", (*path, "by"), "regime or issue")
        states = categories.get(table.by, tuple(table.cases))
        for state in table.cases:
            if state not in states and state not in case.broken:
                yield Problem("unknown-state", (*path, "cases", state), f"{table.by} has no {state!r}", nearest(state, states))
        missing = [state for state in states if state not in table.cases]
        if missing:
            yield Problem(
                "missing-case",
                (*path, "cases"),
                f"no case for {', '.join(missing)[:100]}",
                f"a case for each of {', '.join(states)[:200]}",
            )


def _sizes(case: Case) -> Iterator[Problem]:
    joint = math.prod(len(regime.states) for regime in case.scenario.regimes.values())
    if joint > MAX_JOINT:
        yield Problem("too-many-regimes", ("regimes",), f"the regimes combine to {_big(joint)} states", f"at most {MAX_JOINT}")
    points = math.prod(len(stock.grid) for stock in case.scenario.stocks.values())
    if points > MAX_POINTS:
        yield Problem(
            "too-many-points", ("stocks",), f"the grids combine to {_big(points)} points", f"at most {MAX_POINTS}; coarsen a grid"
        )


def _big(number: int) -> str:
    return str(number) if number < 10**9 else f"more than {10**9}"
