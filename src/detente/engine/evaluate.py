"""What any payoffs are worth under a policy held fixed."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from detente.engine.agreement import split
from detente.engine.course import along, first
from detente.engine.decide import signed_values
from detente.engine.period import accrue, apply, terminal, weights
from detente.engine.policy import Course, Policy, on
from detente.engine.solve import repeat
from detente.engine.stage import stage
from detente.engine.timed import tree_at
from detente.game import Channels, Game, Shape
from detente.program import program

GROUP = 11
"""Channels that are valued side by side: what is worked out for some stays in the caches until it is used."""


@program("shape")
def evaluate(
    game: Game, shape: Shape, channels: Channels, course: Course
) -> tuple[Float[Array, "K A G R"], Float[Array, "K G R"]]:
    """Return, at the first period, signed and waiting values of any channels under a fixed policy [utils].

    For a stationary horizon the channels are valued over the finite periods only, with the last policy repeated until the
    value of going on is below rounding.
    """
    groups = channels.groups(GROUP)

    def step(after: list[Array], period: Int[Array, ""], today: Policy) -> tuple[list[Array], None]:
        def earlier(after: list[Array]) -> list[Array]:
            by = weights(game, shape, period, today)

            def one(group: Channels, values: Float[Array, "S K G R"]) -> Float[Array, "S K G R"]:
                return accrue(game, shape, group, period - 1, apply(game, shape, group, period, today, values, by))

            # a stage each, or their steps are taken in turns
            return [stage(period, one, group, values) for group, values in zip(groups, after, strict=True)]

        return jax.lax.cond(period > 0, earlier, lambda after: after, after), None

    last = [final(game, shape, group, course) for group in groups]
    after, _ = along(game, shape, course, step, last, reverse=True)
    today = first(game, shape, course)

    def read(group: Channels, values: Float[Array, "S K G R"]) -> tuple[Array, Array]:
        base, force = split(shape, values)
        return signed_values(today.conduct, tree_at(group.lumps, 0), force), base[0]

    signed, waiting = zip(*map(read, groups, after), strict=True)
    return jnp.concatenate(signed), jnp.concatenate(waiting)


def final(game: Game, shape: Shape, channels: Channels, course: Course) -> Float[Array, "S K G R"]:
    """Return the value of any channels after the last period's decisions under a fixed policy [utils]."""
    values = terminal(shape, channels)
    if shape.terminal == "stationary":
        assert isinstance(course, Policy), "a game without end keeps its policies"

        def cycle(now: Array, period: Int[Array, ""]) -> Any:
            return apply(game, shape, channels, period, on(course, period), accrue(game, shape, channels, period, now))

        values, _ = repeat(cycle, shape, values)
    return accrue(game, shape, channels, jnp.asarray(shape.periods - 1), values)
