"""How a state moves between periods: regimes by a Markov matrix, stocks by linear interpolation on their grid.

Expectation and transport are adjoint: ``sum(x * expect(v)) == sum(transport(x) * v)``. Regimes come last: the transition
is one matrix product without transposes, and everything else runs along them in long vectors. Stocks move by a few
whole-cell offsets, each with its own weight.
"""

from __future__ import annotations

import itertools

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from detente.engine.timed import at
from detente.game import Game, Shape


def offsets(shape: Shape) -> list[tuple[int, ...]]:
    """Return the joint grid offsets, one per entry of the O axis."""
    return list(itertools.product(*(range(-down, up + 1) for down, up in shape.reach)))


def _roll(array: Float[Array, "... G R"], move: tuple[int, ...], grid: tuple[int, ...]) -> Float[Array, "... G R"]:
    """Roll the joint grid axis; what wraps round carries weight zero, because drifts are held to the grid."""
    if not any(move):
        return array
    folded = array.reshape(array.shape[:-2] + grid + array.shape[-1:])
    axes = tuple(range(-len(grid) - 1, -1))
    return jnp.roll(folded, move, axes).reshape(array.shape)


def expect(game: Game, shape: Shape, period: Int[Array, ""], values: Float[Array, "K S G R"]) -> Float[Array, "K S G R"]:
    """Return the expectation of next period's ``values`` over moves of regimes and stocks."""
    moves = at(game.moves, period)
    mixed = (values.reshape(-1, shape.regimes) @ moves.T).reshape(values.shape)
    if not shape.grid:
        return mixed
    weights = at(game.offsets, period)
    back = [tuple(-cells for cells in move) for move in offsets(shape)]
    return jnp.asarray(sum(weights[o] * _roll(mixed, move, shape.grid) for o, move in enumerate(back)))


def transport(game: Game, shape: Shape, period: Int[Array, ""], mass: Float[Array, "S G R"]) -> Float[Array, "S G R"]:
    """Return where ``mass`` is at the start of the next period: the adjoint of :func:`expect`."""
    moved = mass
    if shape.grid:
        weights = at(game.offsets, period)
        moved = jnp.asarray(sum(_roll(weights[o] * mass, move, shape.grid) for o, move in enumerate(offsets(shape))))
    moves = at(game.moves, period)
    return (moved.reshape(-1, shape.regimes) @ moves).reshape(moved.shape)
