"""What happens while nobody can propose: values rolled back, and the distribution pushed on, along the status quo alone."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from detente.engine.motion import transport
from detente.engine.solve import accrue, repeat, terminal
from detente.game import Game, Shape
from detente.program import program


def _row(game: Game, shape: Shape, values: Float[Array, "I G R"]) -> Float[Array, "I S G R"]:
    """Place values on the status-quo row; the others play no part."""
    full = jnp.zeros((len(values), shape.rows, shape.points, shape.regimes), values.dtype)
    return full.at[:, 0].set(values)


@program("shape", "periods")
def delayed(game: Game, shape: Shape, later: Float[Array, "I G R"], periods: int) -> Float[Array, "I G R"]:
    """Return values at the start when talks are impossible for ``periods`` periods, after which ``later`` holds [utils]."""
    return jax.lax.fori_loop(0, periods, lambda index, ahead: _wait(game, shape, ahead, periods - 1 - index), later)


@program("shape", "periods")
def late(game: Game, shape: Shape, talking: Float[Array, "T I G R"], periods: int) -> Float[Array, "I G R"]:
    """Return values at the start when talks are impossible for ``periods`` periods; ``talking``: values with talks, by period."""
    if periods < shape.periods:
        return delayed(game, shape, talking[periods], periods)
    if shape.terminal == "stationary":
        return delayed(game, shape, talking[periods - shape.cycle], periods)
    return never(game, shape)


def _wait(game: Game, shape: Shape, ahead: Float[Array, "I G R"], period: Int[Array, ""]) -> Float[Array, "I G R"]:
    """Return the value of a period at the status quo, with ``ahead`` to follow."""
    return accrue(game, shape, game.payoff, jnp.asarray(period), _row(game, shape, ahead))[:, 0]


@program("shape")
def never(game: Game, shape: Shape) -> Float[Array, "I G R"]:
    """Return values at the start when talks are impossible for ever [utils] (up to the horizon, then its terminal rule)."""
    last = terminal(shape, game.payoff)[:, 0]
    if shape.terminal == "stationary":
        last = repeat(partial(_wait, game, shape), shape, last)
    return delayed(game, shape, last, shape.periods)


@program("shape")
def adrift(game: Game, shape: Shape) -> Float[Array, "T+1 G R"]:
    """Return the distribution over regimes and stocks at the start of every period when there are no talks."""

    def step(mass: Float[Array, "G R"], period: Array) -> tuple[Float[Array, "G R"], Float[Array, "G R"]]:
        full = jnp.zeros((shape.rows, shape.points, shape.regimes), mass.dtype).at[0].set(mass)
        return transport(game, shape, period, full)[0], mass

    start = game.start_point[:, None] * game.start_regime
    last, path = jax.lax.scan(step, start, jnp.arange(shape.periods))
    return jnp.concatenate([path, last[None]])
