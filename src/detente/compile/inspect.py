"""What only the state space can tell: payoffs that are not finite somewhere, rates below zero, stocks that leave their grid.

Everything is evaluated once at given values with numpy, on as few axes as each formula needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from detente.compile import payoffs, stocks
from detente.compile.environment import Environment, Frame
from detente.errors import Path, Problem
from detente.spec.nodes import FLAGS


def problems(frame: Frame, values: Mapping[str, float]) -> list[Problem]:
    """Return everything wrong with a scenario over its state space at the given values."""
    env = Environment(frame, values, np)
    with np.errstate(all="ignore"):
        found = [problem for path, array, at in _payoffs(frame, env) for problem in _finite(frame, path, array, at)]
        found += [problem for path, array, rows in _rates(frame, env) for problem in _rate(frame, path, array, rows)]
        return found or [*_sums(frame, env), *_grids(frame, env)]


def _payoffs(frame: Frame, env: Environment) -> Iterator[tuple[Path, np.ndarray, np.ndarray]]:
    players = list(frame.scenario.players)
    honoured = frame.rows.honoured()
    for item in payoffs.items(frame.scenario, by_term=True):
        path: Path = ("payoffs", players[item.player], item.name)
        if item.event == "flow":
            yield path, env.array(item.formula), np.arange(frame.size["S"])
        else:
            rows = payoffs.where(frame, item.event, honoured)
            yield ("payoffs", players[item.player], f"at {item.event}", item.name), env.on(rows).array(item.formula), rows


def _rates(frame: Frame, env: Environment) -> Iterator[tuple[Path, np.ndarray, np.ndarray]]:
    scenario, rows = frame.scenario, frame.rows
    first = np.arange(1)
    for name, regime in scenario.regimes.items():
        for key, formula in regime.moves.items():
            yield ("regimes", name, "moves", key), env.on(first).array(formula), first
    for name, player in scenario.players.items():
        yield ("players", name, "talks"), env.on(np.arange(rows.bases)).array(player.talks), np.arange(rows.bases)
        yield ("players", name, "reviews"), env.on(rows.honoured()).array(player.reviews), rows.honoured()
    if scenario.hidden is not None:
        yield ("detection",), env.on(rows.cheated()).array(scenario.detection), rows.cheated()


def _finite(frame: Frame, path: Path, array: np.ndarray, rows: np.ndarray) -> list[Problem]:
    bad = np.argwhere(~np.isfinite(array))
    if not len(bad):
        return []
    where = place(frame, array, bad[0], rows)
    value = array[tuple(bad[0])]
    text = f"is {value} {where}" + (f", and in {len(bad) - 1} other places" if len(bad) > 1 else "")
    return [Problem("not-finite", path, text, "keep logarithms and divisions away from zero, and powers small")]


def _rate(frame: Frame, path: Path, array: np.ndarray, rows: np.ndarray) -> list[Problem]:
    probability = frame.scenario.calendar.clock == "rounds"
    bad = np.argwhere(~(np.isfinite(array) & (array >= 0.0) & ((array <= 1.0) | (not probability))))
    if not len(bad):
        return []
    value, where = array[tuple(bad[0])], place(frame, array, bad[0], rows)
    allowed = "a probability per round lies between 0 and 1" if probability else "a rate per year is finite and not below zero"
    return [Problem("rate-out-of-range", path, f"is {value:g} {where}", allowed)]


def _sums(frame: Frame, env: Environment) -> list[Problem]:
    """Report probabilities per round that add up to more than one somewhere, of events of which only one can happen."""
    found = []
    for path, what, formulas, rows in _rivals(frame) if frame.scenario.calendar.clock == "rounds" else ():
        total = sum((env.on(rows).array(formula) for formula in formulas), np.zeros((1, 1, 1, 1)))
        bad = np.argwhere(total > 1.0 + 1e-9)
        if len(bad):
            text = f"{what} sum to {total[tuple(bad[0])]:g} {place(frame, total, bad[0], rows)}"
            found.append(Problem("bad-sum", path, text, "at most 1 per round"))
    return found


def _rivals(frame: Frame) -> Iterator[tuple[Path, str, list[str], np.ndarray]]:
    """List probabilities of events that exclude one another: path, words, formulas, and the rows they are read on."""
    scenario, first = frame.scenario, np.arange(1)
    players = scenario.players
    if not scenario.calendar.proposers:
        talks = [players[name].talks for name in scenario.proposers]
        yield ("players",), "talks", talks, np.arange(frame.rows.talking)
    yield ("players",), "reviews", [players[name].reviews for name in scenario.reviewers], frame.rows.honoured()
    for name, regime in scenario.regimes.items():
        for state in regime.states:
            leaving = [formula for key, formula in regime.moves.items() if (regime.arrow(key) or ("",))[0] == state]
            yield ("regimes", name, "moves"), f"moves from {state}", leaving, first


def place(frame: Frame, array: np.ndarray, index: np.ndarray, rows: np.ndarray) -> str:
    """Say in words where in the state space an entry of an array lies, naming only the axes it varies on."""
    t, s, g, r = (int(i) for i in index)
    scenario, said = frame.scenario, []
    if array.shape[0] > 1:
        said.append(f"{scenario.calendar.clock.rstrip('s')} {frame.years[t]:g}")
    if array.shape[3] > 1:
        said += [f"{name} == {state}" for name, state in zip(scenario.regimes, frame.joint[r], strict=True)]
    if array.shape[1] > 1:
        levels = frame.rows.levels[rows[s]]
        options = [list(issue.options)[code] for issue, code in zip(scenario.issues.values(), levels, strict=True)]
        said += [f"{name} == {option}" for name, option in zip(scenario.issues, options, strict=True)]
        said += [flag for flag in FLAGS if getattr(frame.rows, flag)[rows[s]]]
    if array.shape[2] > 1:
        said += [f"{name} = {points[g]:g}" for name, points in frame.points.items()]
    return "at " + ", ".join(said) if said else "everywhere"


def _grids(frame: Frame, env: Environment) -> list[Problem]:
    """Follow each stock along its fastest rise and fall; report it where that leaves the grid before the horizon."""
    found = []
    for name, position in stocks.positions(frame).items():
        stock = frame.scenario.stocks[name]
        last = len(stock.grid) - 1
        landing = [p for p, _ in stocks.landings(frame, env, name)]
        start = float(stocks.locate(env.scalar(stock.start), stock.grid, np))
        if not 0 <= start <= last:
            text = f"starts at {float(env.scalar(stock.start)):g}, off its grid {stock.grid[0]:g} to {stock.grid[-1]:g}"
            found.append(Problem("off-grid", ("stocks", name, "start"), text, "extend the grid to hold the starting value"))
            continue
        for reduce, end in ((np.max, "above"), (np.min, "below")):
            period = _leaves(landing, position, reduce, start, last, frame.size["T"] - 1)
            if period is not None:
                text = f"drifts {end} its grid ({stock.grid[0]:g} to {stock.grid[-1]:g}) by {frame.years[period]:.1f}"
                hint = "extend the grid that way, or let the drift fall to zero at its end"
                found.append(Problem("off-grid", ("stocks", name, "grid"), text, hint))
    return found


def _leaves(landing: list[np.ndarray], position: np.ndarray, reduce: object, start: float, last: int, periods: int) -> int | None:
    """Return the first period in which the extreme path leaves the grid, or None."""
    extreme = np.array([reduce([reduce(p[:, :, position == k]) for p in landing]) for k in range(last + 1)])  # type: ignore[operator]
    here = start
    for period in range(periods):
        here = float(np.interp(here, np.arange(last + 1), extreme))
        if not -1e-9 <= here <= last + 1e-9:
            return period + 1
    return None
