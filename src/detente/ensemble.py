"""Many solves at once: the same game at many parameter draws, vectorised, in batches sized to memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from detente.compile import Model, build
from detente.compile.environment import Frame
from detente.compile.regimes import boundary
from detente.engine.agreement import conduct, split
from detente.engine.audit import status
from detente.engine.push import push
from detente.engine.size import size
from detente.engine.solve import signed_values, solve
from detente.engine.timed import tree_at
from detente.game import Game, Shape

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Batch:
    """What an ensemble runs on."""

    frame: Frame
    shape: Shape
    window: int
    """Periods in which an agreement counts towards durability."""


def window(model: Model) -> int:
    """Return the boundary before which durability looks at signings: the first scheduled switch, or half the horizon."""
    calendar = model.scenario.calendar
    switches = [boundary(calendar, switch.on) for regime in model.scenario.regimes.values() for switch in regime.switches]
    inside = [period for period in switches if 0 < period < calendar.periods]
    return min(inside) if inside else max(1, calendar.periods // 2)


def outcomes(batch: Batch, values: Mapping[str, Any], precision: Float[Array, " I"]) -> dict[str, Array]:
    """Solve one draw and return what is reported of it.

    Args:
        batch: The static part.
        values: Parameter values.
        precision: Logit precision per player, in place of the scenario's where not NaN [per util].
    """
    shape = batch.shape
    game = build(batch.frame, shape, values)
    game = game.with_precision(jnp.where(jnp.isnan(precision), game.precision, precision))
    solution = solve(game, shape)
    cohort = (jnp.arange(shape.periods) >= batch.window).astype(int)
    events = push(game, shape, solution.policy, cohort, cohorts=2)
    here = game.start_regime[:, None] * game.start_point
    first = solution.first
    signed = jnp.einsum("rg,rkag->ka", here, _signed(game, shape, first))
    waiting = jnp.einsum("rg,rkg->k", here, first[:, :, 0])
    return {
        "signed": events.signed.sum(1),
        "proposer": events.signed.sum((0, 2)),
        "waiting": events.waiting.sum(1),
        "alive": events.alive,
        "new": events.new,
        "ended": events.ended,
        "restored": events.restored,
        "cheating": events.cheating,
        "gain": signed - waiting[:, None],
        "reservation": waiting,
        "status": status(solution.start, events.spill, solution.residual),
    }


def _signed(game: Game, shape: Shape, first: Array) -> Array:
    """Return the value of each package signed at the start [utils]."""
    lumps = tree_at(game.payoff.lumps, 0)
    choices = conduct(game, shape, jnp.asarray(0), first, lumps)
    return signed_values(choices, lumps, split(shape, first)[1])


@partial(jax.jit, static_argnames=("batch",))
def _run(batch: Batch, values: Mapping[str, Array], precision: Array) -> dict[str, Array]:
    return jax.vmap(partial(outcomes, batch))(values, precision)


def batch_size(shape: Shape, memory: float, most: int = 4) -> int:
    """Return how many draws fit in ``memory`` [bytes] at once.

    More than a few at once gains nothing on a processor with few cores, so ``most`` keeps progress visible.
    """
    return max(1, min(most, int(memory // max(1, size(shape).bytes))))


def run(
    model: Model,
    draws: Mapping[str, np.ndarray],
    precision: np.ndarray | None = None,
    memory: float = 2e9,
    progress: Progress | None = None,
) -> dict[str, np.ndarray]:
    """Solve every draw.

    Args:
        model: The scenario laid out for computing.
        draws: One array of values per parameter, all equally long.
        precision: [draws, I] precisions to use instead of the scenario's where not NaN.
        memory: Bytes one batch may use.
        progress: Told (stage, done, total) after every batch.

    Returns:
        Arrays with draws leading; ``status`` tells which draws to trust.
    """
    count = len(next(iter(draws.values()))) if draws else (len(precision) if precision is not None else 1)
    table = [{name: float(column[i]) for name, column in draws.items()} for i in range(count)]
    shape = model.shape([model.central(), *table])
    batch = Batch(model.frame, shape, window(model))
    if precision is None:
        precision = np.full((count, shape.players), np.nan)
    width = min(count, batch_size(shape, memory))
    parts = []
    for first in range(0, count, width):
        # the last batch is filled up by repeating its last draw, so that every batch shares one compilation
        index = np.minimum(np.arange(first, first + width), count - 1)
        chunk = {name: jnp.asarray(np.asarray(column, float)[index]) for name, column in draws.items()}
        part = jax.tree.map(np.asarray, _run(batch, chunk, jnp.asarray(precision[index])))
        parts.append({name: array[: count - first] for name, array in part.items()})
        if progress:
            progress("draws", min(first + width, count), count)
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
