"""How a state moves between periods: regimes by a Markov matrix, stocks by linear interpolation on their grid.

Expectation and transport are adjoint: ``sum(x * expect(v)) == sum(transport(x) * v)``. Regimes come last: the transition
is one matrix product without transposes, and everything else runs along them in long vectors. Stocks move by a few
whole-cell offsets, each with its own weight.
"""

from __future__ import annotations

import itertools
from math import prod

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from detente.engine.stage import stage
from detente.engine.timed import at
from detente.game import Game, Shape

SEVERAL = 4
"""Cells that are multiplied at a time where there are fewer regimes than that."""
LARGE = 2**14
"""Numbers above which it is done: of fewer, other draws run beside (:mod:`detente.lanes`), and make the vectors."""


def offsets(shape: Shape) -> list[tuple[int, ...]]:
    """Return the joint grid offsets, one per entry of the O axis."""
    return list(itertools.product(*(range(-down, up + 1) for down, up in shape.reach)))


def _shift(cells: Float[Array, "N R"], shape: Shape, move: tuple[int, ...], row: tuple[int, ...]) -> Float[Array, "S *X G R"]:
    """Return rows of the form ``row`` from cells of framed ones, read ``move`` cells further on.

    Contiguous memory for every row at once: what comes from another row carries weight zero, because drifts are held to the
    grid. Whole cells, so that regimes are read in long vectors.
    """
    step = 0
    for size, each in zip(shape.grid, move, strict=True):
        step = step * size + each
    size = prod(row[:-1])
    return jax.lax.slice_in_dim(cells, size + step, len(cells) - size + step).reshape(-1, *row)


def framed(*rows: Float[Array, "N *X G R"]) -> Float[Array, "S+2 *X G R"]:
    """Return rows, one part after the other, with a row of zeros before the first and after the last."""
    nothing = jnp.zeros_like(rows[0][:1])
    return jnp.concatenate([nothing, *rows, nothing])


def switched(period: Int[Array, ""], cells: Float[Array, "N R"], moves: Float[Array, "R R"]) -> Float[Array, "N R"]:
    """Return cells times a matrix of regimes: of few regimes, several cells at a time, since a row that short is no vector."""
    regimes = len(moves)
    if regimes >= SEVERAL or cells.size < LARGE or len(cells) % SEVERAL:
        return cells @ moves

    def together(cells: Array) -> Array:
        apart = jnp.eye(SEVERAL, dtype=moves.dtype)[:, None, :, None] * moves[None, :, None, :]
        return (cells.reshape(-1, SEVERAL * regimes) @ apart.reshape(SEVERAL * regimes, -1)).reshape(cells.shape)

    return stage(period, together, cells)


def expect(game: Game, shape: Shape, period: Int[Array, ""], values: Float[Array, "S+2 K G R"]) -> Float[Array, "S K G R"]:
    """Return the expectation of next period's ``values``, which come framed, over moves of regimes and stocks."""
    moves = at(game.moves, period)
    if not shape.grid:
        return switched(period, values[1:-1].reshape(-1, shape.regimes), moves.T).reshape(-1, *values.shape[1:])
    mixed = switched(period, values.reshape(-1, shape.regimes), moves.T)
    # the channels of a row next to each other, so that what they are weighed by is read from memory once
    weights = at(game.offsets, period)[:, 1:-1, None]
    return jnp.asarray(sum(weights[o] * _shift(mixed, shape, move, values.shape[1:]) for o, move in enumerate(offsets(shape))))


def transport(
    game: Game, shape: Shape, period: Int[Array, ""], mass: Float[Array, "N+2 *X G R"], first: int = 0
) -> Float[Array, "N *X G R"]:
    """Return where ``mass``, which comes framed, is at the start of the next period: the adjoint of :func:`expect`.

    ``first``: which row the first one is, where only some are moved.
    """
    moved = mass[1:-1]
    if shape.grid:
        weights = at(game.offsets, period)[:, first : first + len(mass)]
        weights = weights.reshape(*weights.shape[:2], *(1,) * (mass.ndim - 3), *weights.shape[-2:])
        back = [tuple(-steps for steps in move) for move in offsets(shape)]
        parts = [(each * mass).reshape(-1, shape.regimes) for each in weights]
        moved = jnp.asarray(sum(_shift(part, shape, move, mass.shape[1:]) for part, move in zip(parts, back, strict=True)))
    moves = at(game.moves, period)
    return switched(period, moved.reshape(-1, shape.regimes), moves).reshape(moved.shape)
