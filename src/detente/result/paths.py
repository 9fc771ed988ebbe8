"""Expected paths of stocks and indicators along the branches a reader compares."""

from __future__ import annotations

from typing import Any

import numpy as np

from detente.central import Central
from detente.compile.environment import Environment

BRANCHES = ("with talks", "talks off", "after a deal")


def branches(central: Central) -> dict[str, np.ndarray]:
    """Return the distribution over states at the start of every period [T + 1, S, G, R], by branch.

    ``after a deal`` is conditional on an agreement having been signed; where none can have been, it is not a number.
    """
    talks = central.events.occupancy
    assert talks is not None, "the forward pass keeps its states"
    off = np.zeros_like(talks)
    off[:, 0] = central.adrift
    after = talks.copy()
    after[:, 0] = 0.0
    if central.shape.leavers:
        after[:, central.shape.over] = 0.0  # talks ended before any agreement
    total = after.sum((1, 2, 3), keepdims=True)
    after = np.divide(after, total, out=np.full_like(after, np.nan), where=total > 1e-9)
    return dict(zip(BRANCHES, (talks, off, after), strict=True))


def stocks(central: Central, paths: dict[str, np.ndarray]) -> np.ndarray:
    """Return the expected value of every stock [T + 1, stock, branch].

    Only means are given: linear interpolation on the grid keeps them exact, but adds to the spread.
    """
    stocks = central.model.frame.points.values()
    out = np.zeros((central.shape.periods + 1, len(stocks), len(paths)))
    for k, points in enumerate(stocks):
        for b, mass in enumerate(paths.values()):
            out[:, k, b] = _expect(mass, points[None, None, :, None])
    return out


def indicators(central: Central, paths: dict[str, np.ndarray]) -> np.ndarray:
    """Return the expected value of every indicator [T + 1, indicator, branch]."""
    scenario = central.model.scenario
    env = Environment(central.model.frame, central.values, np)
    out = np.full((central.shape.periods + 1, len(scenario.indicators), len(paths)), np.nan)
    for k, indicator in enumerate(scenario.indicators.values()):
        value: Any = np.asarray(env.array(indicator.value))
        for b, mass in enumerate(paths.values()):
            out[:, k, b] = _expect(mass, value)
    return out


def _expect(mass: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Contract a distribution [T, S, G, R] with an array on as few axes as it has."""
    if value.shape[0] == 1:
        whole = np.broadcast_to(value[0], mass.shape[1:])
        return mass.reshape(len(mass), -1) @ whole.ravel()
    axes = tuple(axis for axis in (1, 2, 3) if value.shape[axis] == 1)
    marginal = mass.sum(axes).reshape(len(mass), -1) if axes else mass.reshape(len(mass), -1)
    return np.einsum("tn,tn->t", marginal, np.broadcast_to(value.reshape(len(value), -1), marginal.shape))
