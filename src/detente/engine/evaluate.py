"""What any payoffs are worth under a policy held fixed."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from detente.engine.agreement import split
from detente.engine.course import along, first
from detente.engine.decide import signed_values
from detente.engine.period import accrue, apply, terminal
from detente.engine.policy import Course, Policy, on
from detente.engine.solve import repeat
from detente.engine.timed import tree_at
from detente.game import Channels, Game, Shape
from detente.program import program


@program("shape")
def evaluate(
    game: Game, shape: Shape, channels: Channels, course: Course
) -> tuple[Float[Array, "K A G R"], Float[Array, "K G R"]]:
    """Return, at the first period, signed and waiting values of any channels under a fixed policy [utils].

    For a stationary horizon the channels are valued over the finite periods only, with the last policy repeated until the
    value of going on is below rounding.
    """

    def step(after: Float[Array, "S K G R"], period: Int[Array, ""], today: Policy) -> tuple[Float[Array, "S K G R"], None]:
        def earlier(after: Float[Array, "S K G R"]) -> Float[Array, "S K G R"]:
            return accrue(game, shape, channels, period - 1, apply(game, shape, channels, period, today, after))

        return jax.lax.cond(period > 0, earlier, lambda after: after, after), None

    after, _ = along(game, shape, course, step, final(game, shape, channels, course), reverse=True)
    base, force = split(shape, after)
    today = first(game, shape, course)
    return signed_values(today.conduct, tree_at(channels.lumps, 0), force), base[0]


def final(game: Game, shape: Shape, channels: Channels, course: Course) -> Float[Array, "S K G R"]:
    """Return the value of any channels after the last period's decisions under a fixed policy [utils]."""
    values = terminal(shape, channels)
    if shape.terminal == "stationary":
        assert isinstance(course, Policy), "a game without end keeps its policies"

        def cycle(now: Array, period: Int[Array, ""]) -> Any:
            return apply(game, shape, channels, period, on(course, period), accrue(game, shape, channels, period, now))

        values = repeat(cycle, shape, values)
    return accrue(game, shape, channels, jnp.asarray(shape.periods - 1), values)
