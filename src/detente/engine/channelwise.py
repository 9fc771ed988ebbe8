"""Functions that treat every payoff channel alike, differentiated in reverse one channel after the other.

What all channels share (a choice probability, say) gets a derivative that is a sum over channels. Over a leading axis XLA
adds up one number at a time on processors; as a sum of separate arrays the same takes a tenth of the time. The function
itself runs on all channels at once, as it is written.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import jax
import jax.numpy as jnp

from detente.game import Channels

Out = TypeVar("Out")


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def channelwise(function: Callable[[Any, Channels, Any], Out], shared: Any, channels: Channels, own: Any) -> Out:
    """Return ``function(shared, channels, own)``; leaves of ``own``, and of what is returned, have channels second."""
    return function(shared, channels, own)


def _forward(function: Callable[[Any, Channels, Any], Out], shared: Any, channels: Channels, own: Any) -> tuple[Out, Any]:
    return function(shared, channels, own), (shared, channels, own)


def _reverse(function: Callable[[Any, Channels, Any], Out], kept: Any, cotangent: Out) -> Any:
    def one_by_one(shared: Any, channels: Channels, own: Any) -> Out:
        made = [
            function(shared, each, jax.tree.map(lambda leaf: leaf[:, k : k + 1], own))  # noqa: B023
            for k, each in enumerate(channels.groups(1))
        ]
        joined: Out = jax.tree.map(lambda *parts: jnp.concatenate(parts, axis=1), *made)
        return joined

    return jax.vjp(one_by_one, *kept)[1](cotangent)


channelwise.defvjp(_forward, _reverse)
