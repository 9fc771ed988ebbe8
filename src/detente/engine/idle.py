"""What happens while nobody can propose: values rolled back, and the distribution pushed on, along the status quo alone."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from detente.engine.motion import framed, transport
from detente.engine.period import accrue, terminal
from detente.engine.solve import repeat
from detente.game import Game, Shape
from detente.program import program


def _row(shape: Shape, values: Float[Array, "I G R"]) -> Float[Array, "S+2 I G R"]:
    """Place values on the status-quo row, framed; the others play no part."""
    full = jnp.zeros((shape.rows + 2, *values.shape), values.dtype)
    return full.at[1].set(values)


@program("shape", "periods", "since")
def delayed(game: Game, shape: Shape, later: Float[Array, "I G R"], periods: int, since: int) -> Float[Array, "I G R"]:
    """Return values at period ``since`` when there are no talks for ``periods`` periods, after which ``later`` holds [utils]."""
    return jax.lax.fori_loop(0, periods, lambda index, ahead: _wait(game, shape, ahead, since + periods - 1 - index), later)


@program("shape", "periods", "since")
def late(game: Game, shape: Shape, talking: Float[Array, "T I G R"], periods: int, since: int = 0) -> Float[Array, "I G R"]:
    """Return values at period ``since`` when talks are impossible for ``periods`` periods, or for what is left of the horizon.

    ``talking``: values with talks, by period.
    """
    then = since + periods
    if then < shape.periods:
        return delayed(game, shape, talking[then], periods, since)
    if shape.terminal == "stationary":
        return delayed(game, shape, talking[_turn(shape, then)], periods, since)
    return never(game, shape, since)


def _turn(shape: Shape, period: int) -> int:
    """Return the last period before the horizon at which the same player's turn comes as in a period beyond it."""
    return shape.periods - shape.cycle + (period - shape.periods) % shape.cycle


def _wait(game: Game, shape: Shape, ahead: Float[Array, "I G R"], period: Int[Array, ""]) -> Float[Array, "I G R"]:
    """Return the value of a period at the status quo, with ``ahead`` to follow."""
    return accrue(game, shape, game.payoff, jnp.asarray(period), _row(shape, ahead))[0]


@program("shape", "since")
def never(game: Game, shape: Shape, since: int = 0) -> Float[Array, "I G R"]:
    """Return values at period ``since`` without talks from then on [utils] (up to the horizon, then by its terminal rule)."""
    last = terminal(shape, game.payoff)[1]
    if shape.terminal == "stationary":
        last, _ = repeat(partial(_wait, game, shape), shape, last)
    return delayed(game, shape, last, shape.periods - since, since)


@program("shape")
def adrift(game: Game, shape: Shape) -> Float[Array, "T+1 G R"]:
    """Return the distribution over regimes and stocks at the start of every period when there are no talks."""
    alone = replace(game, offsets=game.offsets[:, :, jnp.array([0, 1, -1])])  # the status quo between its rows of zeros

    def step(mass: Float[Array, "G R"], period: Array) -> tuple[Float[Array, "G R"], Float[Array, "G R"]]:
        return transport(alone, shape, period, framed(mass[None]))[0], mass

    start = game.start_point[:, None] * game.start_regime
    last, path = jax.lax.scan(step, start, jnp.arange(shape.periods))
    return jnp.concatenate([path, last[None]])
