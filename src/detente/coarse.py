"""The coarser version of a scenario on which draws are solved: twice the step, every other grid point.

What this costs is measured, not assumed: the coarse version is also solved at central values, and the report says how far
it lies from the fine one.
"""

from __future__ import annotations

import numpy as np

from detente.compile.environment import Environment, Frame
from detente.spec.scenario import Scenario

SHORT = 16
"""Calendars of fewer periods keep their step."""
SMALL = 10
"""Grids of fewer points keep all of them."""


def coarser(scenario: Scenario) -> Scenario:
    """Return the scenario on twice the step and every other grid point.

    Rounds, scheduled proposers (whose turns a longer step would stretch), short calendars and small grids keep theirs.
    """
    calendar = scenario.calendar
    if calendar.clock == "rounds" or calendar.proposers or calendar.periods < SHORT:
        return scenario
    env = Environment(Frame(scenario), {name: q.value for name, q in scenario.quantities.items()}, np)
    stocks = {
        name: stock.model_copy(update={"grid": thinned(stock.grid, float(env.scalar(stock.start)))})
        for name, stock in scenario.stocks.items()
    }
    return scenario.model_copy(update={"calendar": calendar.model_copy(update={"step": 2 * calendar.length}), "stocks": stocks})


def thinned(grid: tuple[float, ...], start: float) -> tuple[float, ...]:
    """Return every other point of a grid, both ends, and the point nearest the start, around which the game is played."""
    if len(grid) < SMALL:
        return grid
    nearest = min(range(len(grid)), key=lambda i: abs(grid[i] - start))
    kept = {*range(nearest, -1, -2), *range(nearest, len(grid), 2), 0, len(grid) - 1}
    return tuple(grid[i] for i in sorted(kept))
