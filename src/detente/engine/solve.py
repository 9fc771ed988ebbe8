"""Backward induction: values, and the policy that makes them, over all periods (MODEL.md section 4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from detente.engine.agreement import split
from detente.engine.decide import decide, signed_values
from detente.engine.period import accrue, apply, backward, terminal
from detente.engine.policy import Anew, Course, on
from detente.engine.round import Outside, outside_of
from detente.engine.stretch import periods, real, scan, through
from detente.engine.timed import tree_at
from detente.game import Game, Shape
from detente.program import program, record

SETTLED = 1e-13
"""Change of a value, beside the largest, below which it has settled."""
LOOK, NEAR = 8, 10.0
"""Cycles from one look at whether values have settled to the next, since a look reads all of them twice; but one, where they
have changed by less than so many times that."""


@record
@dataclass(frozen=True)
class Solution:
    """What a solve gives: the policy of every period, values at the start, and the path of gains if kept."""

    policy: Course
    start: Float[Array, "S K G R"]
    """Values before the first period's decisions [utils]."""
    first: Float[Array, "S I G R"]
    """Values after the first period's decisions [utils]."""
    waiting: Float[Array, "T I G R"]
    """Value of going on without an agreement after today's decisions, N [utils]."""
    talking: Float[Array, "T I G R"]
    """Value of having no agreement before today's decisions, V [utils]."""
    outside: Outside | None
    """What leaving the talks for good leads to from the status quo, O = over + lump [T ...]; None where nobody may."""
    signed: Float[Array, "T I A G R"] | None
    """Value of each package once signed from the status quo, D [utils], if kept."""
    residual: Float[Array, ""]
    """Largest change of a value in the last cycle of the infinite-horizon iteration; 0 for a finite horizon."""
    belief: Float[Array, "T A G R"] | None
    """Probability of cheating that others hold when nothing was found today; None: as likely as it would be chosen now."""
    unsettled: Float[Array, ""]
    """How far beliefs are from those play implies, on average over agreements in force."""


def stationary(game: Game, shape: Shape) -> tuple[Float[Array, "S+2 I G R"], Float[Array, ""]]:
    """Iterate one cycle of the last periods to the infinite-horizon fixed point; return values, framed, and the last change."""

    def earlier(ahead: Float[Array, "S+2 I G R"], period: Int[Array, ""]) -> Float[Array, "S+2 I G R"]:
        return backward(game, shape, period, accrue(game, shape, game.payoff, period, ahead))[0]

    return repeat(earlier, shape, terminal(shape, game.payoff))


@program("shape", "keep")
def solve(game: Game, shape: Shape, belief: Float[Array, "T A G R"] | None = None, keep: bool = False) -> Solution:
    """Solve the game by backward induction, given what others believe about cheating (None: memoryless).

    ``keep`` also returns the path of the values of signing.
    """
    residual = jnp.zeros((), game.payoff.accrual.dtype)
    if shape.terminal == "stationary":
        final, residual = stationary(game, shape)
    else:
        final = terminal(shape, game.payoff)

    def step(after: Array, today: tuple[Int[Array, ""], Any]) -> tuple[Array, Any]:
        period, believed = today
        values, policy = backward(game, shape, period, after, believed)
        base, force = split(shape, after)
        lumps = tree_at(game.payoff.lumps, period)
        signed = signed_values(policy.conduct, lumps, force) if keep else None
        outside = outside_of(shape, lumps, base, 0)
        # W is carried, not V: a loop's state is laid out once, while a value inside it is recomputed by every reader
        earlier = jax.lax.cond(period > 0, lambda v: accrue(game, shape, game.payoff, period - 1, v), lambda _: after, values)
        return earlier, (policy, base[0], values[1], outside, signed)

    last = accrue(game, shape, game.payoff, jnp.asarray(shape.periods - 1), final)
    course: Course
    if shape.stretch:
        first, course, (waiting, talking, outside, signed) = _stretched(shape, step, last, belief)
        today = decide(game, shape, jnp.asarray(0), first, None if belief is None else belief[0])
    else:
        # differentiated, a period is solved anew from the values after it: keeping all it was made of takes longer
        first, (policies, waiting, talking, outside, signed) = jax.lax.scan(
            jax.checkpoint(step, prevent_cse=False), last, (jnp.arange(shape.periods), belief), reverse=True
        )
        course, today = policies, on(policies, 0)
    start = apply(game, shape, game.payoff, jnp.asarray(0), today, first)[1:-1]
    return Solution(course, start, first, waiting, talking, outside, signed, residual, belief, jnp.zeros_like(residual))


def _stretched(
    shape: Shape,
    step: Callable[[Any, Any], tuple[Any, Any]],
    last: Float[Array, "S I G R"],
    belief: Float[Array, "T A G R"] | None,
) -> tuple[Float[Array, "S I G R"], Anew, list[Any]]:
    """Go back through all periods as ``step`` does, keeping values at the end of every stretch instead of policies."""

    def one(after: Array, period: Int[Array, ""]) -> tuple[Array, Any]:
        earlier, (policy, *path) = step(after, (period, None if belief is None else belief[period]))
        return earlier, (policy.conduct.cheat, *path)

    def stretch(after: Array, index: Int[Array, ""]) -> tuple[Array, Any]:
        return scan(real(shape, one), after, periods(shape, index), reverse=True)

    first, ends, (cheat, *path) = through(shape, stretch, last, reverse=True)
    return first, Anew(ends, belief, cheat), path


def repeat(
    step: Callable[[Array, Array], Array], shape: Shape, values: Float[Array, "S K G R"], most: int = 200_000
) -> tuple[Float[Array, "S K G R"], Float[Array, ""]]:
    """Repeat the last cycle of periods until values settle; return them, and by how much the last cycle changed any.

    Near the end every cycle is looked at: rounding keeps values from settling over many, and what many leave as it was may
    still turn within them.
    """

    def going(state: tuple[Any, ...]) -> Array:
        _, _, near, settled, cycles, count = state
        return jnp.where(near & (cycles > 1), True, ~settled & (count < most))

    def again(state: tuple[Any, ...]) -> tuple[Any, ...]:
        now, _, near, _, _, count = state
        cycles = jnp.where(near, 1, LOOK)
        new = jax.lax.fori_loop(
            0, cycles * shape.cycle, lambda i, v: step(v, jnp.asarray(shape.periods - 1 - i % shape.cycle)), now
        )
        change, least = jnp.abs(new - now).max(), SETTLED * (1.0 + jnp.abs(new).max())
        # what is no number any more has settled, too, and the audit reports it
        return new, change, ~(change > NEAR * least), ~(change > least), cycles, count + cycles

    begin = (values, jnp.asarray(jnp.inf, values.dtype), jnp.asarray(False), jnp.asarray(False), jnp.asarray(0), jnp.asarray(0))
    now, change, *_ = jax.lax.while_loop(going, again, begin)
    return now, change
