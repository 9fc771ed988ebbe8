"""Rows of the table, and times taken in turn, so that what else the machine does falls on both sides of a ratio alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

LIMIT, FASTER, POWER, MULTIPLE = "times the limit", "times as fast", "power", "times"
Task = Callable[[], float]
"""Does a piece of work and returns the seconds it took."""


@dataclass(frozen=True)
class Effort:
    """How much time the measurements may take."""

    fast: bool

    @property
    def repeats(self) -> int:
        """Most repeats of one piece of work."""
        return 3 if self.fast else 7

    @property
    def patience(self) -> float:
        """Seconds after which a neighbour is given up."""
        return 6.0 if self.fast else 60.0

    @property
    def budget(self) -> float:
        """Seconds the repeats of one comparison may take."""
        return 3.0 if self.fast else 40.0

    def times(self, seconds: float) -> int:
        """Return how often to repeat what takes so long."""
        return max(1, min(self.repeats, int(self.budget / max(seconds, 1e-9))))


@dataclass(frozen=True)
class Row:
    """One measurement: work, stated in words, and a ratio."""

    group: str
    work: str
    beside: str
    """What it is measured beside."""
    meaning: str
    """What the ratio is."""
    ratio: float | None = None
    """The median; None where there is nothing to compare."""
    low: float | None = None
    high: float | None = None
    """The least and the greatest over repeats."""
    ours: float | None = None
    """Seconds (or bytes) of our side."""
    goal: float | None = None
    """The ratio to reach: at least, for ``times as fast``; at most, for everything else."""
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None without one."""
        if self.goal is None or self.ratio is None:
            return None
        return self.ratio >= self.goal if self.meaning == FASTER else self.ratio <= self.goal


def ready(arrays: Any) -> Any:
    """Wait until arrays are computed."""
    return jax.block_until_ready(arrays)  # type: ignore[no-untyped-call]


def clocked(work: Callable[[], Any]) -> Task:
    """Return a task that times work in this process."""

    def task() -> float:
        began = time.perf_counter()
        ready(work())
        return time.perf_counter() - began

    return task


def in_turn(tasks: dict[str, Task], repeats: int) -> dict[str, np.ndarray]:
    """Return the seconds of each task in each repeat."""
    rounds = [{name: task() for name, task in tasks.items()} for _ in range(repeats)]
    return {name: np.array([taken[name] for taken in rounds]) for name in tasks}


def warmed(works: Iterable[Callable[[], Any]]) -> None:
    """Do each piece of work once, so that nothing is compiled while it is timed."""
    for work in works:
        ready(work())


def spread(above: Sequence[float] | np.ndarray, below: Sequence[float] | np.ndarray) -> tuple[float, float, float]:
    """Return the ratio of medians, and the least and greatest ratio of a repeat."""
    ratios = np.asarray(above) / np.asarray(below)
    return statistics.median(above) / statistics.median(below), float(ratios.min()), float(ratios.max())


def power(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """Return the exponent p of cost ~ size ** p, by least squares on logarithms."""
    return float(np.polyfit(np.log(sizes), np.log(costs), 1)[0])
