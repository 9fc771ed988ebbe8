"""What a claim is, and when it holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from claims.world import World

Pair = tuple[np.ndarray | float, ...]
"""A reading before and after the move, in every row of values (a level and its bound: bound first)."""
Reader = Callable[[World], Pair]

HOLDS: dict[str, Callable[[np.ndarray, np.ndarray, float], np.ndarray]] = {
    "up": lambda before, after, margin: after > before + margin,
    "down": lambda before, after, margin: after < before - margin,
    "same": lambda before, after, margin: np.abs(after - before) <= margin,
    "not down": lambda before, after, margin: after >= before - margin,
}
"""Expected signs; ``either`` claims nothing and is only recorded."""


@dataclass(frozen=True)
class Claim:
    """One claim: what is moved, what is read, which way it should go, and what the model says if it does not."""

    name: str
    text: str
    moves: str
    """What is moved, on which case, in words."""
    reading: str
    """What is read, in words; ends in a unit where it has one."""
    sign: str
    read: Reader
    margin: float = 0.0
    """Difference that counts as none; in the unit of the reading."""
    finding: str = ""
    """Where the claim fails at central values: what the model says instead, and why."""
    comment: str = ""
    """Anything else a reader of the table should know."""

    def answer(self, world: World) -> Answer:
        """Evaluate the claim in every row of values."""
        rows = np.zeros(world.count)
        before, after = (np.asarray(side, float) + rows for side in self.read(world))
        holds = None if self.sign == "either" else HOLDS[self.sign](before, after, self.margin)
        return Answer(self, before, after, holds)


@dataclass(frozen=True, eq=False)
class Answer:
    """A claim evaluated at the centre (first row) and over draws."""

    claim: Claim
    before: np.ndarray
    after: np.ndarray
    holds: np.ndarray | None
    """None where no sign is claimed."""

    @property
    def share(self) -> float | None:
        """Share of draws in which the claim holds."""
        return None if self.holds is None or len(self.holds) < 2 else float(self.holds[1:].mean())


@dataclass(frozen=True)
class Apart:
    """A claim that is not evaluated on the two cases, or not yet."""

    name: str
    text: str
    reason: str
