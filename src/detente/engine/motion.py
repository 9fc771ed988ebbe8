"""How a state moves between periods: regimes by a Markov matrix, stocks by linear interpolation on their grid.

Expectation and transport are adjoint: ``sum(x * expect(v)) == sum(transport(x) * v)``. Regimes come last: the transition
is one matrix product without transposes, and everything else runs along them in long vectors. Stocks move by a few
whole-cell offsets, each with its own weight.
"""

from __future__ import annotations

import itertools

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from detente.engine.timed import at
from detente.game import Game, Shape


def offsets(shape: Shape) -> list[tuple[int, ...]]:
    """Return the joint grid offsets, one per entry of the O axis."""
    return list(itertools.product(*(range(-down, up + 1) for down, up in shape.reach)))


def _shift(flat: Float[Array, "K N"], shape: Shape, move: tuple[int, ...], count: int) -> Float[Array, "K S G R"]:
    """Return ``count`` rows of an array padded by a row at either end, read ``move`` cells further on.

    One slice of contiguous memory for every row at once: what comes from another row carries weight zero, because drifts are
    held to the grid.
    """
    cells = 0
    for size, step in zip(shape.grid, move, strict=True):
        cells = cells * size + step
    start, length = (shape.points + cells) * shape.regimes, count * shape.points * shape.regimes
    taken = jax.lax.slice_in_dim(flat, start, start + length, axis=1)
    return taken.reshape(flat.shape[0], count, shape.points, shape.regimes)


def padded(rows: Float[Array, "K S G R"]) -> Float[Array, "K S+2 G R"]:
    """Return rows with a row of zeros before the first and after the last."""
    return jnp.pad(rows, ((0, 0), (1, 1), (0, 0), (0, 0)))


def expect(game: Game, shape: Shape, period: Int[Array, ""], values: Float[Array, "K S G R"]) -> Float[Array, "K S G R"]:
    """Return the expectation of next period's ``values`` over moves of regimes and stocks."""
    moves = at(game.moves, period)
    if not shape.grid:
        return (values.reshape(-1, shape.regimes) @ moves.T).reshape(values.shape)
    channels, rows = values.shape[:2]
    mixed = (padded(values).reshape(-1, shape.regimes) @ moves.T).reshape(channels, -1)
    weights = at(game.offsets, period)[:, 1:-1]
    return jnp.asarray(sum(weights[o] * _shift(mixed, shape, move, rows) for o, move in enumerate(offsets(shape))))


def transport(game: Game, shape: Shape, period: Int[Array, ""], mass: Float[Array, "S G R"]) -> Float[Array, "S G R"]:
    """Return where ``mass`` is at the start of the next period: the adjoint of :func:`expect`."""
    moved = mass
    if shape.grid:
        parts = (at(game.offsets, period) * padded(mass[None])).reshape(len(offsets(shape)), -1)
        back = [tuple(-cells for cells in move) for move in offsets(shape)]
        moved = jnp.asarray(sum(_shift(parts[o : o + 1], shape, move, len(mass))[0] for o, move in enumerate(back)))
    moves = at(game.moves, period)
    return (moved.reshape(-1, shape.regimes) @ moves).reshape(moved.shape)
