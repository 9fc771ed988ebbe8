"""How large a game is, before anything is allocated. The estimates follow what XLA reports after compiling."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isqrt

from detente.game import Shape

RUNTIME = 450e6
"""Python, jax, their libraries and compiled code [bytes]."""


@dataclass(frozen=True)
class Size:
    """Counts and memory of one central answer."""

    values: int
    """State values per period."""
    periods: int
    game: float
    """The game's own arrays [bytes]."""
    solution: float
    """Policies of every period, and the values kept with them [bytes]."""
    states: float
    """The exact distribution over states at every period [bytes]."""
    working: float
    """Scratch of the largest pass: the decomposition by term, or the solve itself [bytes]."""

    @property
    def arrays(self) -> float:
        """Peak of the arrays of one answer [bytes]."""
        return self.game + self.solution + self.states + self.working

    @property
    def bytes(self) -> float:
        """Peak memory of the process [bytes]."""
        return RUNTIME + self.arrays


def size(shape: Shape, channels: int = 0, width: int = 8) -> Size:
    """Estimate the size of a game.

    Args:
        shape: The game's static description.
        channels: Payoff channels of the decomposition (0: none).
        width: Bytes per number.
    """
    points = shape.regimes * shape.points
    state, package = shape.rows * points, shape.packages * points
    offsets = 1
    for down, up in shape.reach:
        offsets *= down + up + 1
    signed = package * shape.players * (shape.stretch or shape.periods)
    path = 2 * points * shape.players * shape.periods
    game = state * (shape.players + offsets + 1) + shape.regimes**2 * (shape.periods + 1)
    states = (shape.periods + 1) * state + shape.periods * package * shape.postures
    working = max(8 * state * channels, 6 * state * shape.players + 3 * package * shape.sides * shape.players)
    scaled = [width * float(count) for count in (game, _course(shape) + signed + path, 2 * states, working)]
    return Size(shape.values, shape.periods, *scaled)


def _course(shape: Shape) -> int:
    """Return how many numbers the policies of all periods take, or what they are made of again and those of a stretch."""
    points = shape.regimes * shape.points
    policy, values = _policy(shape), shape.players * shape.rows * points
    if not shape.stretch:
        return shape.periods * policy
    cheat = shape.periods * shape.packages * points * (shape.hidden is not None)
    return shape.stretches * values + shape.stretch * policy + cheat


def _policy(shape: Shape) -> int:
    """Return how many numbers the policy of a period has."""
    points = shape.regimes * shape.points
    package = shape.packages * points * (shape.talking * len(shape.proposers) + 2 * len(shape.reviewers) + 3)
    return package + points * shape.talking * (shape.players + 1) * bool(shape.leavers)


def stretched(shape: Shape) -> Shape:
    """Return the shape with policies made again, in the stretches that take the least memory.

    A game without end keeps its policies: its last ones hold for ever.
    """
    if shape.terminal == "stationary":
        return shape
    of_stretch = _policy(shape) + shape.players * shape.packages * shape.points * shape.regimes
    return replace(shape, stretch=max(1, isqrt(round(shape.periods * shape.values / of_stretch))))
