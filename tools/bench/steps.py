"""The steps of a solve and of a push that no one operation of XLA's does together, as they are compiled for this machine.

A product with the transition of regimes is a call of a library, which reads its factor from memory and writes its result there.
So values are mixed by what is chosen in one pass, multiplied, and moved and paid in another. Exponentials are counted as in
:mod:`limits`. Everything else a solve does comes on top.

An operation gives one result. So a push reads the policy anew for what stays in force honoured, for what stays cheated on, and
for what ends. Of a push the engine's own program is measured, with nothing read off it: a bound on what reading less could save,
not on every program that could be written.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from bench.measure import Task, clocked
from detente.engine.policy import Course
from detente.engine.push import push
from detente.executable import OPTIONS
from detente.game import Game, Shape
from limits import of_solve

PASSES = 2


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function compiled as the engine's programs are."""
    return jax.jit(function, compiler_options=OPTIONS.get(jax.default_backend()))


def unread(game: Game, shape: Shape, course: Course) -> Task:
    """Return a task that pushes the distribution through all periods and reads nothing off it but where it ends."""
    return clocked(partial(compiled(lambda game, course: push(game, shape, course).mass[-1]), game, course))


def steps(game: Game, shape: Shape) -> Task:
    """Return a task that takes the steps of a solve of all periods, nothing between them."""
    kind, periods = game.moves.dtype, shape.periods
    values = jnp.full((shape.rows, shape.players, shape.points, shape.regimes), 0.5, kind)
    weights = values[:, :1] * 0.5
    gains = jnp.linspace(-1.0, 1.0, int(of_solve(game, shape).exps / periods), dtype=kind)

    def mixed(values: Float[Array, "S I G R"], weights: Float[Array, "S 1 G R"]) -> Float[Array, "S I G R"]:
        return jax.lax.fori_loop(0, PASSES * periods, lambda _, now: weights * now + values, values)

    def moved(values: Float[Array, "S I G R"], moves: Float[Array, "R R"]) -> Float[Array, "N R"]:
        # two at a time: each is read from where the other has written
        rows = values.reshape(-1, shape.regimes)
        return jax.lax.fori_loop(0, periods // 2, lambda _, now: (now @ moves) @ moves, rows)

    def chosen(gains: Float[Array, " N"]) -> Float[Array, " N"]:
        # not written where it was read, of which XLA's older emitters make no vectors
        return jax.lax.fori_loop(0, periods, lambda i, both: (both[0], jnp.exp(both[0] * -i)), (gains, gains))[1]

    tasks = [
        clocked(partial(compiled(mixed), values, weights)),
        clocked(partial(compiled(moved), values, game.moves[0])),
        clocked(partial(compiled(chosen), gains)),
    ]
    return lambda: sum(task() for task in tasks)
