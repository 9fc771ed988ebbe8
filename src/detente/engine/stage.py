"""Stages of a period, each laid out in memory before the next reads it.

XLA fuses a cheap-looking producer into every reader, so that a choice probability would be computed anew for each of the
values it multiplies. A conditional on something only known at run time is a boundary it does not fuse across (an
``optimization_barrier`` is dropped before fusion on processors).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from math import prod
from operator import add
from typing import TypeVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

Out = TypeVar("Out")
FEW = 8
"""Numbers that are added up entry by entry: the library that adds up more takes longer to be called."""
PARTS = 8
"""Parts of a long sum that are added up in one go."""


def stage(period: Int[Array, ""], function: Callable[..., Out], *operands: object) -> Out:
    """Return ``function(*operands)`` as a stage of its own; ``period`` is never negative, which XLA does not know."""
    shapes = jax.eval_shape(function, *operands)

    def nothing(*_: object) -> Out:
        return jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), shapes)

    return jax.lax.cond(period >= 0, function, nothing, *operands)


def added(array: Float[Array, "..."], axis: int) -> Float[Array, "..."]:
    """Return the sum over a short axis, entry by entry: XLA's own reduction takes ten times as long on processors."""
    if array.shape[axis] == 0:
        return array.sum(axis)
    return reduce(add, (jax.lax.index_in_dim(array, i, axis, keepdims=False) for i in range(array.shape[axis])))


def summed(array: Float[Array, "..."], axes: tuple[int, ...]) -> Float[Array, "..."]:
    """Return the sum over axes: where they hold few numbers between them, entry by entry."""
    if prod(array.shape[axis] for axis in axes) > FEW:
        return array.sum(axes)
    return reduce(added, sorted(axes, reverse=True), array)


def weighed(period: Int[Array, ""], weights: Float[Array, "N G R"], worth: Float[Array, "N K G|1 R|1"]) -> Float[Array, "K G R"]:
    """Return the sum over the first axis of ``worth`` times ``weights``: parts of it in one go, then what they leave.

    Handed the whole sum, XLA's library multiplies and adds in passes of its own, at up to five times the cost.
    """
    length = len(weights) // PARTS

    def folded(weights: Array, worth: Array) -> tuple[Array, Array]:
        within = (slice(part * length, (part + 1) * length) for part in range(PARTS))
        left = (weights[i][None] * worth[i] for i in range(PARTS * length, len(weights)))
        none = jnp.zeros((worth.shape[1], *weights.shape[1:]), weights.dtype)
        return reduce(add, (weights[rows, None] * worth[rows] for rows in within)), reduce(add, left, none)

    eighth, left = stage(period, folded, weights, worth)
    return eighth.sum(0) + left


def picked(array: Float[Array, "N *rest"], index: Int[Array, " M"]) -> Float[Array, "M *rest"]:
    """Return entries along the first axis; an index is never outside it, which XLA would look at for every number."""
    return jnp.take(array, index, axis=0, mode="clip")
