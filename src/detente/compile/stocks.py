"""Stocks: where a period's drift takes each grid point, as weights on grid offsets."""

from __future__ import annotations

from typing import Any

import numpy as np

from detente.compile.environment import Environment, Frame

SPREAD = ((-(3.0**0.5), 1 / 6), (0.0, 2 / 3), (3.0**0.5, 1 / 6))
"""Three points and weights with the moments of a standard normal up to the fifth."""


def landings(frame: Frame, env: Environment, name: str) -> list[tuple[Any, float]]:
    """Return where a period takes each grid point of a stock, as fractional grid positions before holding to the grid."""
    stock, length = frame.scenario.stocks[name], frame.scenario.calendar.length
    here = frame.points[name][None, None, :, None]
    centre = here + env.array(stock.drift) * length
    if stock.diffusion in ("0", "0.0"):
        return [(locate(centre, stock.grid, env.ops), 1.0)]
    spread = env.array(stock.diffusion) * length**0.5
    return [(locate(centre + z * spread, stock.grid, env.ops), weight) for z, weight in SPREAD]


def locate(value: Any, grid: tuple[float, ...], ops: Any) -> Any:
    """Return the fractional position of a value on a grid, extended linearly beyond both ends."""
    points, last = np.asarray(grid), len(grid) - 1
    inside = ops.interp(value, points, np.arange(len(grid), dtype=float))
    below = (value - points[0]) / (points[1] - points[0])
    above = last + (value - points[-1]) / (points[-1] - points[-2])
    return ops.where(value < points[0], below, ops.where(value > points[-1], above, inside))


def positions(frame: Frame) -> dict[str, np.ndarray]:
    """Return each joint grid point's position along each stock [G]."""
    sizes = [len(stock.grid) for stock in frame.scenario.stocks.values()]
    mesh = np.meshgrid(*(np.arange(n) for n in sizes), indexing="ij") if sizes else []
    return {name: axis.ravel() for name, axis in zip(frame.scenario.stocks, mesh, strict=True)}


def span(frame: Frame, env: Environment) -> np.ndarray:
    """Return how far one period can move each stock, down and up, in cells and parts of cells [stock, 2] (numpy only)."""
    out = []
    for name, position in positions(frame).items():
        last = len(frame.scenario.stocks[name].grid) - 1
        moves = [np.clip(p, 0, last) - position[:, None] for p, _ in landings(frame, env, name)]
        out.append((-min(float(np.min(m)) for m in moves), max(float(np.max(m)) for m in moves)))
    return np.array(out).reshape(len(out), 2)


def cells(span: np.ndarray) -> tuple[tuple[int, int], ...]:
    """Return how many whole cells, down and up, hold such moves."""
    return tuple((max(0, int(np.ceil(down - 1e-12))), max(0, int(np.ceil(up - 1e-12)))) for down, up in span)


def reach(frame: Frame, env: Environment) -> tuple[tuple[int, int], ...]:
    """Return, per stock, how many cells one period can move it down and up (numpy only)."""
    return cells(span(frame, env))


def room(cells: int, points: int) -> int:
    """Return a reach to lay a game out for: one less than a power of two, so that other numbers seldom need other programs."""
    return min((1 << cells.bit_length()) - 1, points - 1)


def weights(frame: Frame, env: Environment, reach: tuple[tuple[int, int], ...]) -> tuple[Any, Any]:
    """Return interpolation weights on joint offsets [T|1, O, S+2, G, R|1] and the overshoot in cells [T|1, S+2, G, R|1].

    Both are framed, with a row of zeros at either end: reading past a row, as shifts by whole cells do, then costs no test.
    """
    ops, size = env.ops, frame.size
    joint: list[Any] = [1.0]
    spill: Any = 0.0
    for (name, position), (down, up) in zip(positions(frame).items(), reach, strict=True):
        last = len(frame.scenario.stocks[name].grid) - 1
        single: list[Any] = [0.0] * (down + up + 1)
        for landing, chance in landings(frame, env, name):
            held = ops.clip(landing, 0.0, float(last))
            spill = spill + chance * ops.abs(landing - held)
            tents = [ops.clip(1.0 - ops.abs(held - position[:, None] - move), 0.0, 1.0) for move in range(-down, up + 1)]
            single = [s + chance * tent for s, tent in zip(single, tents, strict=True)]
        joint = [a * b for a in joint for b in single]
    times, regimes = (max([np.shape(w)[axis] if np.ndim(w) else 1 for w in [*joint, spill]]) for axis in (0, 3))
    full = (times, size["S"], size["G"], regimes)
    stacked = ops.stack([ops.broadcast_to(ops.asarray(w, dtype=float), full) for w in joint], 1)
    ends = ((1, 1), (0, 0), (0, 0))
    over = ops.broadcast_to(ops.asarray(spill, dtype=float), full)
    return ops.pad(stacked, ((0, 0), (0, 0), *ends)), ops.pad(over, ((0, 0), *ends))


def start(frame: Frame, env: Environment) -> Any:
    """Return interpolation weights of the initial values on the joint grid [G]."""
    total = env.ops.ones(frame.size["G"])
    for name, position in positions(frame).items():
        stock = frame.scenario.stocks[name]
        first = env.ops.clip(locate(env.scalar(stock.start), stock.grid, env.ops), 0.0, float(len(stock.grid) - 1))
        total = total * env.ops.clip(1.0 - env.ops.abs(position - first), 0.0, 1.0)
    return total
