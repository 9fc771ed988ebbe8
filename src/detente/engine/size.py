"""How large a game is, before anything is allocated."""

from __future__ import annotations

from dataclasses import dataclass

from detente.game import Shape


@dataclass(frozen=True)
class Size:
    """Counts and memory of one solve."""

    values: int
    """State values per period."""
    periods: int
    solve_bytes: int
    """Peak memory of one solve with its policies kept [bytes]."""
    push_bytes: int
    """Peak memory of the exact forward pass that follows states and survival [bytes]."""

    @property
    def bytes(self) -> int:
        """Peak memory of one central answer [bytes]."""
        return self.solve_bytes + self.push_bytes


def size(shape: Shape, channels: int = 0, width: int = 8) -> Size:
    """Estimate the size of a game.

    Args:
        shape: The game's static description.
        channels: Payoff channels of the decomposition (0: none).
        width: Bytes per number.
    """
    points = shape.regimes * shape.points
    state = shape.rows * points
    package = shape.packages * points
    votes = shape.players + 3 * len(shape.proposers)
    policy = package * (shape.talking * len(shape.proposers) + len(shape.reviewers) + 2)
    kept = package * shape.players
    offsets = 1
    for down, up in shape.reach:
        offsets *= down + up + 1
    static = state * (shape.players + channels + offsets + 1) + shape.regimes**2 * (shape.periods + 1)
    working = state * max(shape.players, channels) * 4 + package * votes * 3
    solve = static + working + shape.periods * (policy + kept)
    push = (shape.periods + 1) * state + 4 * shape.periods * package * shape.postures
    return Size(shape.values, shape.periods, width * solve, width * push)
