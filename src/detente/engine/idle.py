"""What happens while nobody can propose: values rolled back, and the distribution pushed on, along the status quo alone."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from detente.engine.motion import transport
from detente.engine.solve import accrue, terminal
from detente.game import Game, Shape


def _row(game: Game, shape: Shape, values: Float[Array, "R I G"]) -> Float[Array, "R I S G"]:
    """Place values on the status-quo row; the others play no part."""
    full = jnp.zeros((shape.regimes, values.shape[1], shape.rows, shape.points), values.dtype)
    return full.at[:, :, 0].set(values)


@partial(jax.jit, static_argnames=("shape", "periods"))
def delayed(game: Game, shape: Shape, later: Float[Array, "R I G"], periods: int) -> Float[Array, "R I G"]:
    """Return values at the start when talks are impossible for ``periods`` periods, after which ``later`` holds [utils]."""

    def step(index: int, ahead: Float[Array, "R I G"]) -> Float[Array, "R I G"]:
        return accrue(game, shape, game.payoff, jnp.asarray(periods - 1 - index), _row(game, shape, ahead))[:, :, 0]

    return jax.lax.fori_loop(0, periods, step, later)


@partial(jax.jit, static_argnames=("shape",))
def never(game: Game, shape: Shape) -> Float[Array, "R I G"]:
    """Return values at the start when talks are impossible for ever [utils] (up to the horizon, then its terminal rule)."""
    return delayed(game, shape, terminal(shape, game.payoff)[:, :, 0], shape.periods)


@partial(jax.jit, static_argnames=("shape",))
def adrift(game: Game, shape: Shape) -> Float[Array, "T+1 R G"]:
    """Return the distribution over regimes and stocks at the start of every period when there are no talks."""

    def step(mass: Float[Array, "R G"], period: Array) -> tuple[Float[Array, "R G"], Float[Array, "R G"]]:
        full = jnp.zeros((shape.regimes, shape.rows, shape.points), mass.dtype).at[:, 0].set(mass)
        return transport(game, shape, period, full)[:, 0], mass

    start = game.start_regime[:, None] * game.start_point
    last, path = jax.lax.scan(step, start, jnp.arange(shape.periods))
    return jnp.concatenate([path, last[None]])
