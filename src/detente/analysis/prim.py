"""Scenario discovery: a box in the inputs inside which most points are of interest (PRIM, Friedman and Fisher 1999).

A box is peeled, a few points at a time, where that raises the share of points of interest most; then pasted back where that
costs nothing; then bounds that could be chance are dropped (Bryant and Lempert 2010).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import bdtrc

PEEL = 0.05
"""Share of the points in a box that is peeled, or pasted, at a time."""
LEAST = 0.05
"""Share of all points that a box keeps at least."""
BOUNDS = 4
"""Bounds of a box at most: more are hard to read."""
DENSE = 0.8
"""Share of points of interest that a box shall hold."""
CHANCE = 0.05
"""Quasi-p-value above which a bound could be chance."""
SIDES = ("low", "high")


@dataclass(frozen=True, eq=False)
class Box:
    """Bounds on some columns; a bound that is infinite is none."""

    low: np.ndarray
    high: np.ndarray

    @classmethod
    def whole(cls, columns: int) -> Box:
        """Return the box without bounds."""
        return cls(np.full(columns, -np.inf), np.full(columns, np.inf))

    def holds(self, points: np.ndarray) -> np.ndarray:
        """Return which points lie inside [M]."""
        return np.all((points >= self.low) & (points <= self.high), axis=1)

    def bounded(self, column: int, side: str, at: float) -> Box:
        """Return the box with one bound moved."""
        low, high = self.low.copy(), self.high.copy()
        (low if side == "low" else high)[column] = at
        return Box(low, high)

    def free(self, column: int, side: str) -> Box:
        """Return the box without a bound."""
        return self.bounded(column, side, -np.inf if side == "low" else np.inf)

    @property
    def bounds(self) -> list[tuple[int, str]]:
        """Column and side of every bound."""
        ends = (("low", self.low), ("high", self.high))
        return sorted((int(column), side) for side, end in ends for column in np.flatnonzero(np.isfinite(end)))


@dataclass(frozen=True)
class Measures:
    """How well a box tells points of interest from others."""

    base: float
    """Share of all points that are of interest."""
    coverage: float
    """Share of the points of interest that lie in the box."""
    density: float
    """Share of the points in the box that are of interest; not a number for an empty box."""
    mass: float
    """Share of all points that lie in the box."""

    @property
    def balance(self) -> float:
        """Harmonic mean of coverage and density (van Rijsbergen 1979)."""
        return 2 * self.coverage * self.density / (self.coverage + self.density) if self.coverage else 0.0


def measured(box: Box, points: np.ndarray, wanted: np.ndarray) -> Measures:
    """Return coverage, density and mass on some points; ``wanted``: which are of interest [M]."""
    inside = box.holds(points)
    both = (inside & wanted).sum()
    every, kept = max(int(wanted.sum()), 1), int(inside.sum())
    return Measures(float(wanted.mean()), float(both / every), float(both / kept) if kept else float("nan"), float(inside.mean()))


def quasi_p(box: Box, points: np.ndarray, wanted: np.ndarray) -> list[float]:
    """Return for each bound the probability of as many points of interest in the box by chance, were the bound void.

    Chance: every point has the share of interest of the box without the bound (Bryant and Lempert 2010).
    """
    inside = box.holds(points)
    count, hits = int(inside.sum()), int((inside & wanted).sum())
    found = []
    for column, side in box.bounds:
        wider = box.free(column, side).holds(points)
        share = wanted[wider].mean() if wider.any() else 0.0
        found.append(float(bdtrc(hits - 1, count, share)) if hits else 1.0)
    return found


def discover(points: np.ndarray, wanted: np.ndarray, bounds: int = BOUNDS) -> Box:
    """Find a box most of whose points are of interest.

    Of the boxes met while peeling that are at least DENSE dense (halfway from the share among all points to one, where that is
    more) it is the one with the largest harmonic mean of coverage and density; or else the densest.

    Args:
        points: [M, columns].
        wanted: Which are of interest [M].
        bounds: Bounds at most.

    Returns:
        A box; without bounds where none of them is better than chance.
    """
    met = peeled(points, wanted, bounds)
    dense = max(DENSE, (1 + wanted.mean()) / 2)
    seen = [measured(box, points, wanted) for box in met]
    good = [i for i, each in enumerate(seen) if each.density >= dense]
    best = max(good, key=lambda i: seen[i].balance) if good else max(range(len(met)), key=lambda i: seen[i].density)
    return sound(pasted(met[best], points, wanted), points, wanted)


def peeled(points: np.ndarray, wanted: np.ndarray, bounds: int) -> list[Box]:
    """Return the boxes met on the way from the whole to the smallest."""
    met = [Box.whole(points.shape[1])]
    least = max(2.0, LEAST * len(points))
    while True:
        box, inside = met[-1], met[-1].holds(points)
        mean = wanted[inside].mean()
        if mean in (0, 1) or inside.sum() <= least:
            return met
        sides = {(column, side) for column in range(points.shape[1]) for side in SIDES}
        known = set(box.bounds)
        best, gain = None, -np.inf
        for column, side in sorted(sides if len(known) < bounds else known):
            at = _cut(points[inside, column], side)
            if at is None:
                continue
            kept = inside & (points[:, column] >= at if side == "low" else points[:, column] <= at)
            # the gain per point given up, so that a column of few values, of which whole blocks go, is not preferred
            new = (wanted[kept].mean() - mean) / (inside.sum() - kept.sum())
            if kept.sum() >= least and new > gain:
                best, gain = box.bounded(column, side, at), new
        if best is None:
            return met
        met.append(best)


def _cut(values: np.ndarray, side: str) -> float | None:
    """Return the bound that leaves out about the outermost PEEL of some values; None where they are all equal."""
    order = np.sort(values if side == "low" else -values)
    at = order[max(1, int(PEEL * len(order)))]
    if at == order[0]:
        beyond = np.searchsorted(order, at, side="right")
        if beyond == len(order):
            return None
        at = order[beyond]
    return float(at if side == "low" else -at)


def pasted(box: Box, points: np.ndarray, wanted: np.ndarray) -> Box:
    """Return the box with bounds moved out as long as that makes it no less dense."""
    while box.bounds:
        inside = box.holds(points)
        wider = [other for column, side in box.bounds if (other := _moved(box, column, side, points, inside.sum())) is not None]
        dense = [wanted[other.holds(points)].mean() for other in wider]
        if not dense or max(dense) < wanted[inside].mean():
            return box
        box = wider[int(np.argmax(dense))]
    return box


def _moved(box: Box, column: int, side: str, points: np.ndarray, count: int) -> Box | None:
    """Return the box with a bound moved out past the next PEEL of ``count`` points; None where there are none."""
    beyond = points[box.free(column, side).holds(points) & ~box.holds(points), column]
    if not len(beyond):
        return None
    order = np.sort(beyond if side == "high" else -beyond)
    at = order[min(len(order) - 1, max(1, int(PEEL * count)) - 1)]
    return box.bounded(column, side, float(at if side == "high" else -at))


def sound(box: Box, points: np.ndarray, wanted: np.ndarray) -> Box:
    """Return the box without bounds that could be chance, the worst left out first."""
    while box.bounds:
        chance = quasi_p(box, points, wanted)
        worst = int(np.argmax(chance))
        if chance[worst] <= CHANCE:
            return box
        box = box.free(*box.bounds[worst])
    return box
