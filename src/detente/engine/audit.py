"""Whether a draw can be trusted: numbers that are not numbers, edges of grids, convergence; each with its remedy."""

from __future__ import annotations

import enum

import jax.numpy as jnp
from jaxtyping import Array, Float

from detente.game import Game
from detente.program import program

SPILL = 1e-2
"""Probability-weighted cells a stock may leave its grid by in a period before the answer is refused.

Interpolation lets a little probability reach the ends of a grid that the drift itself never reaches; that is not leaving it.
"""


class Status(enum.IntFlag):
    """What went wrong with a draw; 0 is well."""

    OK = 0
    NOT_FINITE = 1
    OFF_GRID = 2
    NOT_CONVERGED = 4
    NOT_PROBABLE = 8


REMEDY = {
    Status.NOT_FINITE: "a payoff is not a finite number: look for a logarithm or a power of something that can reach zero",
    Status.OFF_GRID: "a stock would leave its grid: extend the grid in the direction of its drift",
    Status.NOT_CONVERGED: "the infinite-horizon values did not settle: discount more, lower precision or use a finite horizon",
    Status.NOT_PROBABLE: "a probability is below zero, or several of a round add up to more than one: narrow the ranges",
}


@program()
def status(game: Game, start: Float[Array, "..."], spill: Float[Array, " T"], residual: Float[Array, ""]) -> Array:
    """Return the Status of a solve as an integer (a bit per trouble), safe inside vmap."""
    bad = ~jnp.isfinite(start).all()
    off = spill.max() > SPILL
    stuck = residual > 1e-9 * (1.0 + jnp.abs(start).max())
    wrong = slack(game) < -1e-9
    troubles = {Status.NOT_FINITE: bad, Status.OFF_GRID: off, Status.NOT_CONVERGED: stuck, Status.NOT_PROBABLE: wrong}
    return jnp.asarray(sum(trouble * int(flag) for flag, trouble in troubles.items()))


def slack(game: Game) -> Float[Array, ""]:
    """Return the least of the game's probabilities, those of nothing happening included; below zero they are none."""
    chances = (game.talk, 1.0 - game.talk.sum(1), game.review, 1.0 - game.review.sum(1), game.detect, 1.0 - game.detect)
    every = (game.moves, game.start_regime, *chances)
    return jnp.stack([jnp.min(chance, initial=1.0) for chance in every]).min()


def describe(code: int) -> list[tuple[str, str]]:
    """Return (name, remedy) for every trouble in a Status."""
    return [(flag.name or "", remedy) for flag, remedy in REMEDY.items() if code & flag]
