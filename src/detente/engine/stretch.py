"""Periods in stretches of equal length. Where they do not fill them, the first stretch begins before the first period.

Nothing happens before the first period: a state passes by unchanged.
Differentiated, every step is taken anew, so that a stretch keeps nothing but the state it began with.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Int

from detente.game import Shape

Step = Callable[[Any, Int[Array, ""]], tuple[Any, Any]]
"""From a state and a period (or a stretch) to the next state, and what is kept."""


def scan(step: Step, state: Any, over: Int[Array, " L"], reverse: bool = False) -> tuple[Any, Any]:
    """Carry a state over periods, as ``jax.lax.scan`` does; differentiated, every step is taken anew."""
    whole: tuple[Any, Any] = jax.lax.scan(jax.checkpoint(step, prevent_cse=False), state, over, reverse=reverse)
    return whole


def periods(shape: Shape, index: Int[Array, ""]) -> Int[Array, " L"]:
    """Return the periods of a stretch; some of the first may be below zero."""
    return index * shape.stretch - shape.ahead + jnp.arange(shape.stretch)


def real(shape: Shape, step: Step) -> Step:
    """Return ``step``, but for periods below zero: there the state passes by, and nothing is kept."""
    if not shape.ahead:
        return step

    def taken(state: Any, period: Int[Array, ""]) -> tuple[Any, Any]:
        out = jax.eval_shape(step, state, period)[1]
        nothing = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), out)
        passed: tuple[Any, Any] = jax.lax.cond(period >= 0, step, lambda state, _: (state, nothing), state, period)
        return passed

    return taken


def through(shape: Shape, stretch: Step, state: Any, reverse: bool) -> tuple[Any, Any, Any]:
    """Carry a state through all stretches, by their number.

    Returns:
        The last state, the states that stretches began with, and what they keep of every period, stacked.
    """

    def one(state: Any, index: Int[Array, ""]) -> tuple[Any, Any]:
        now, out = stretch(state, index)
        return now, (state, out)

    last, (began, out) = scan(one, state, jnp.arange(shape.stretches), reverse)
    return last, began, jax.tree.map(lambda leaf: leaf.reshape(-1, *leaf.shape[2:])[shape.ahead :], out)
