"""Arrays with a leading time axis: T + 1 entries, or one entry when nothing moves with time."""

from __future__ import annotations

from typing import TypeVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

Tree = TypeVar("Tree")


def at(array: Float[Array, "T *rest"], period: Int[Array, ""] | int) -> Float[Array, "*rest"]:
    """Return the entry of a timed array in force in ``period``."""
    if array.shape[0] == 1:
        return array[0]
    return jax.lax.dynamic_index_in_dim(array, jnp.asarray(period), 0, keepdims=False)


def tree_at(tree: Tree, period: Int[Array, ""] | int) -> Tree:
    """Return every leaf of ``tree`` in force in ``period``."""
    return jax.tree.map(lambda leaf: at(leaf, period), tree)
