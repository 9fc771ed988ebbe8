"""One package's gain by named payoff term, for a few players: what a unit of payoff anywhere adds to it, times each term.

For a fixed policy values are linear in payoffs, so the gain from a package is the sum, over every state and date, of the payoff
there times a weight; the weights are the derivative of the gain. One pass finds them for a player, however many terms it has;
:func:`detente.engine.solve.evaluate` takes a pass per term, and gives every package.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from detente.engine.solve import Policy, evaluate
from detente.game import Channels, Game, Lumps, Shape

Free = tuple[Array, tuple[Array, ...], Lumps]
"""Flows that do not move with time, flows that do, and lump sums."""


def gain_terms(
    game: Game,
    shape: Shape,
    named: Channels,
    owners: tuple[int, ...],
    policy: Policy,
    here: Float[Array, "G R"],
    package: Int[Array, ""],
) -> Float[Array, " K"]:
    """Return what each named term adds to its owner's gain from ``package``, signed today against waiting [utils].

    Args:
        game: The game.
        shape: Its static description.
        named: Payoffs, a channel per term.
        owners: The player each channel belongs to; terms of players other than the principals are left at zero.
        policy: The policy that holds throughout.
        here: Probability of each stock point and regime today.
        package: Which package.
    """
    sides = shape.principals
    if shape.terminal == "stationary":  # iterated to its limit, which has no derivative in reverse
        signed, waiting = evaluate(game, shape, named, policy)
        return jnp.sum(here * (jnp.take(signed, package, axis=1) - waiting), axis=(1, 2))

    def gain(free: Free) -> Array:
        signed, waiting = evaluate(game, shape, _only(game, sides, free), policy)
        now = jnp.take(signed, package, axis=1) - waiting
        return jnp.sum(here * now)

    weights = jax.grad(gain)(_nothing(game, shape, named, len(sides)))
    parts = [_part(named, k, weights, sides.index(owner)) if owner in sides else jnp.zeros(()) for k, owner in enumerate(owners)]
    return jnp.stack(parts)


def _nothing(game: Game, shape: Shape, named: Channels, count: int) -> Free:
    """Return payoffs of nothing to so many players, wherever and whenever a term may lie."""
    dtype = game.payoff.flow.dtype
    flow = jnp.zeros((1, count, shape.rows, shape.points, shape.regimes), dtype)
    moving = jnp.zeros((shape.periods + 1, shape.rows, shape.points, shape.regimes), dtype)
    lumps = Lumps(**{event: _blank(lump, count, dtype) for event, lump in vars(named.lumps).items()})
    return flow, (moving,) * (count if named.moving else 0), lumps


def _only(game: Game, sides: tuple[int, ...], free: Free) -> Channels:
    """Return payoffs as channels of these players."""
    flow, moving, lumps = free
    rates = {name: getattr(game.payoff, name)[jnp.asarray(sides)] for name in ("accrual", "discount", "forever", "owner")}
    return Channels(flow, moving, lumps, **rates, moving_to=tuple(range(len(moving))))


def _blank(lump: Array | None, count: int, dtype: Any) -> Array | None:
    """Return lump sums of nothing, on the axes on which any term of that event varies."""
    return None if lump is None else jnp.zeros((lump.shape[0], count, *lump.shape[2:]), dtype)


def _part(named: Channels, k: int, weights: Free, side: int) -> Array:
    """Return a term's own payoff times the weights of its owner."""
    flow, moving, lumps = weights
    total = jnp.sum(named.flow[0, k] * flow[0, side])
    for channel, own in zip(named.moving_to, named.moving, strict=True):
        if channel == k:
            total = total + jnp.sum(own * _folded(moving[side], own.shape))
    for own, weight in zip(vars(named.lumps).values(), vars(lumps).values(), strict=True):
        if own is not None:
            total = total + jnp.sum(own[:, k] * weight[:, side])
    return total


def _folded(weight: Array, shape: tuple[int, ...]) -> Array:
    """Add weights up along the axes on which a payoff does not vary."""
    axes = tuple(axis for axis, size in enumerate(shape) if size == 1 and weight.shape[axis] > 1)
    return jnp.sum(weight, axis=axes, keepdims=True)
