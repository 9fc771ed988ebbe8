"""Going through the periods of a game, each with its policy: kept, or made again stretch by stretch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from detente.engine.agreement import split
from detente.engine.decide import signed_values
from detente.engine.period import accrue, backward
from detente.engine.policy import Anew, Course, Policy, on
from detente.engine.stretch import periods, real, scan, through
from detente.engine.timed import tree_at
from detente.game import Game, Shape
from detente.program import program

Step = Callable[[Any, Int[Array, ""], Policy], tuple[Any, Any]]
"""From a state, a period and its policy to the next state, and what is kept of the period."""
Leg = Callable[[Any, Int[Array, " L"], Policy], tuple[Any, Any]]
"""The same for periods that follow one another, with the policies of all; what is kept comes stacked."""


def along(game: Game, shape: Shape, course: Course, step: Step, state: Any, reverse: bool = False) -> tuple[Any, Any]:
    """Carry a state through all periods, as ``jax.lax.scan`` does; ``reverse``: from the last one back."""

    def leg(now: Any, over: Int[Array, " L"], policies: Policy) -> tuple[Any, Any]:
        return scan(real(shape, lambda then, period: step(then, period, on(policies, period - over[0]))), now, over, reverse)

    return legs(game, shape, course, leg, state, reverse)


def legs(game: Game, shape: Shape, course: Course, leg: Leg, state: Any, reverse: bool = False) -> tuple[Any, Any]:
    """Carry a state through all periods by as many at a time as there are policies of: all, or those of a stretch."""
    if isinstance(course, Policy):
        return leg(state, jnp.arange(shape.periods), course)

    def stretch(now: Any, index: Int[Array, ""]) -> tuple[Any, Any]:
        return leg(now, periods(shape, index), _again(game, shape, course, index))

    last, _, out = through(shape, stretch, state, reverse)
    return last, out


def _again(game: Game, shape: Shape, course: Anew, index: Int[Array, ""]) -> Policy:
    """Make the policies of a stretch again, stacked."""
    made: Policy = _redone(game, shape, course, index, lambda policy, period, after: policy)
    return made


@program("shape")
def signing(game: Game, shape: Shape, course: Anew, index: Int[Array, ""]) -> Float[Array, "L I A G R"]:
    """Return the values of signing each package in the periods of a stretch [utils]."""

    def value(policy: Policy, period: Int[Array, ""], after: Float[Array, "S I G R"]) -> Float[Array, "I A G R"]:
        return signed_values(policy.conduct, tree_at(game.payoff.lumps, period), split(shape, after)[1])

    made: Array = _redone(game, shape, course, index, value)
    return made


def _redone(
    game: Game, shape: Shape, course: Anew, index: Int[Array, ""], read: Callable[[Policy, Int[Array, ""], Array], Any]
) -> Any:
    """Solve a stretch again; return what is read of its periods, from the policy, the period and the values after it."""

    def step(after: Array, period: Int[Array, ""]) -> tuple[Array, Any]:
        believed = None if course.belief is None else course.belief[period]
        values, policy = backward(game, shape, period, after, believed)
        return accrue(game, shape, game.payoff, jnp.maximum(period - 1, 0), values), read(policy, period, after)

    return scan(real(shape, step), course.after[index], periods(shape, index), reverse=True)[1]


def first(game: Game, shape: Shape, course: Course) -> Policy:
    """Return the policy of the first period."""
    if isinstance(course, Policy):
        return on(course, 0)
    return on(_again(game, shape, course, jnp.asarray(0)), shape.ahead)


def kept(game: Game, shape: Shape, course: Course) -> Policy:
    """Return the policy of every period, stacked."""
    if isinstance(course, Policy):
        return course
    every: Policy = along(game, shape, course, lambda state, _, today: (state, today), ())[1]
    return every
