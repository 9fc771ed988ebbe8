"""NegMAS' statistics of packages beside ours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench.measure import Effort, Row
from bench.neighbour import Problem, climb
from detente.zopa import frontier, solutions

GOAL = 10.0


def rows(effort: Effort) -> list[Row]:
    """Compare for two principals, and for three."""
    beside = "NegMAS, from an array of gains"
    sizes = (10_000, 100_000) if effort.fast else (10_000, 100_000, 1_000_000)
    return [row for players in (2, 3) for row in climb("negmas_packages.py", beside, _menus(players, sizes), effort, GOAL)]


def _menus(players: int, sizes: tuple[int, ...]) -> Iterator[Problem]:
    for packages in sizes:
        gain = gains(players, packages)

        def write(path: Path, gain: np.ndarray = gain) -> None:
            with path.open("wb") as file:
                np.save(file, gain.T)

        def ours(gain: np.ndarray = gain) -> list[float]:
            zone = np.asarray((gain >= 0.0).all(0))
            inside = np.flatnonzero(zone)
            kept = inside[frontier(np.take(gain, inside, axis=1))]
            picks = solutions(gain[:, kept], zone[kept])  # what nothing beats scores best
            return [len(kept), kept.sum(), *(kept[picks[name] or 0] for name in ("nash", "egalitarian"))]

        yield Problem(
            f"frontier, Nash and egalitarian package of {packages:,} packages, {players} principals", write, ours, list, 0.0
        )


def gains(players: int, packages: int) -> np.ndarray:
    """Return the gains from packages of six issues, each worth something to everybody, less what waiting is worth."""
    rng = np.random.default_rng(packages)
    each = round(packages ** (1 / 6)) + 1
    worth = rng.uniform(0, 1, (players, 6, each))
    chosen = rng.integers(0, each, (packages, 6)) if each**6 < packages else _menu(each, packages)
    return np.stack([own[np.arange(6), chosen].sum(1) for own in worth]) - 2.5 + rng.uniform(0, 1e-3, (players, packages))


def _menu(each: int, packages: int) -> np.ndarray:
    return np.stack(np.unravel_index(np.arange(packages), (each,) * 6), 1)
