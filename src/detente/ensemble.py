"""Many solves at once: the same game at many parameter draws, vectorised, in batches sized to memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from detente.compile import Model, build
from detente.compile.environment import Frame
from detente.engine.agreement import split
from detente.engine.audit import status
from detente.engine.equilibrium import doubtful, equilibrium
from detente.engine.push import follow, push
from detente.engine.round import acceptance
from detente.engine.size import size
from detente.engine.solve import signed_values
from detente.engine.timed import tree_at
from detente.game import Shape
from detente.program import program

COHORTS = 2
"""Survival in a draw follows the agreements signed in every so manieth period."""

PASSES = 1
"""Passes of a draw's beliefs before its last solve; they start from those that play implies at central values."""
WORK = 5_000_000
"""State values times periods worth a call of their own; smaller games are solved several to a call."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Batch:
    """What an ensemble runs on."""

    frame: Frame
    shape: Shape

    @property
    def fingerprint(self) -> str:
        """A text that only an equal batch has."""
        return self.frame.fingerprint + self.shape.fingerprint


def outcomes(
    batch: Batch,
    belief: Float[Array, "T A G R"] | None,
    values: Mapping[str, Any],
    multiple: Float[Array, ""],
    passes: Int[Array, ""],
) -> dict[str, Array]:
    """Solve one draw and return what is reported of it.

    Args:
        batch: The static part.
        belief: Beliefs about cheating to start from.
        values: Parameter values.
        multiple: What every player's precision is multiplied by; inf for full rationality.
        passes: Passes after which beliefs are taken as they are.
    """
    shape = batch.shape
    game = build(batch.frame, shape, values)
    game = game.with_precision(game.precision * multiple)
    solution = equilibrium(game, shape, belief, most=passes)
    events = push(game, shape, solution.policy, keep=True)
    assert events.fresh is not None, "kept"
    alive, ended = follow(game, shape, solution.policy, events.fresh, jnp.arange(0, shape.periods, COHORTS))
    here = game.start_point[:, None] * game.start_regime
    first = solution.first
    today = tree_at(solution.policy.conduct, 0)
    lumps = tree_at(game.payoff.lumps, 0)
    signed = signed_values(today, lumps, split(shape, first)[1])
    waiting = first[:, 0]
    votes = acceptance(game, signed, waiting, lumps.refuse)
    cheat = jnp.zeros_like(signed[0]) if today.cheat is None else today.cheat
    return {
        "signed": events.signed.sum(1),
        "first": events.signed_first.sum(1),
        "waiting": events.waiting.sum(1),
        "in_force": events.alive,
        "alive": alive,
        "ended": ended,
        "gain": jnp.einsum("gr,kagr->ka", here, signed - waiting[:, None]),
        "reservation": jnp.einsum("gr,kgr->k", here, waiting),
        "accept": jnp.einsum("gr,kagr->ka", here, votes),
        "cheat": jnp.einsum("gr,agr->a", here, cheat),
        "status": status(game, solution.start, events.spill, solution.residual),
    }


@program("batch", "together")
def _run(batch: Batch, together: bool, belief: Array | None, draws: tuple[Mapping[str, Array], Array, Array]) -> dict[str, Array]:
    def one(draw: tuple[Mapping[str, Array], Array, Array]) -> dict[str, Array]:
        return outcomes(batch, belief, *draw)

    return jax.vmap(one)(draws) if together else jax.lax.map(one, draws)


@program("batch")
def _believed(batch: Batch, values: Mapping[str, Array]) -> Array | None:
    """Return beliefs about cheating at central values."""
    if not doubtful(batch.shape):
        return None
    return equilibrium(build(batch.frame, batch.shape, values), batch.shape).belief


def run(
    model: Model,
    draws: Mapping[str, np.ndarray],
    multiples: np.ndarray | None = None,
    passes: np.ndarray | None = None,
    memory: float = 2e9,
    progress: Progress | None = None,
) -> dict[str, np.ndarray]:
    """Solve every draw.

    Args:
        model: The scenario laid out for computing.
        draws: One array of values per parameter, all equally long.
        multiples: What precision is multiplied by in each draw (default: one).
        passes: Passes of each draw's beliefs (default: PASSES).
        memory: Bytes the draws that are being solved may use.
        progress: Told (stage, done, total) after every call.

    Returns:
        Arrays with draws leading; ``status`` tells which draws to trust.
    """
    count = len(next(iter(draws.values()))) if draws else (len(multiples) if multiples is not None else 1)
    values = {name: np.asarray(column, float) for name, column in draws.items()}
    columns = (
        values,
        np.ones(count) if multiples is None else np.asarray(multiples, float),
        np.full(count, PASSES) if passes is None else np.asarray(passes),
    )
    shape = model.shape([model.central(), *({name: float(column[i]) for name, column in values.items()} for i in range(count))])
    batch, plan = Batch(model.frame, shape), Plan.of(shape, count, memory)
    with jax.enable_x64(True):
        belief = _believed(batch, jax.tree.map(jnp.asarray, model.central()))

    def part(first: int) -> dict[str, np.ndarray]:
        # the last call is filled up by repeating its last draw, so that every call shares one compilation
        index = np.minimum(np.arange(first, first + plan.width), count - 1)
        with jax.enable_x64(True):
            made = _run(batch, plan.together, belief, jax.tree.map(lambda column: jnp.asarray(column[index]), columns))
            return {name: np.asarray(array)[: count - first] for name, array in made.items()}

    parts: dict[int, dict[str, np.ndarray]] = {}
    with ThreadPoolExecutor(plan.workers) as pool:
        pending = {pool.submit(part, first): first for first in range(0, count, plan.width)}
        for done in as_completed(pending):
            parts[pending[done]] = done.result()
            if progress:
                progress("draws", sum(len(each["status"]) for each in parts.values()), count)
    return {name: np.concatenate([parts[first][name] for first in sorted(parts)]) for name in parts[0]}


@dataclass(frozen=True)
class Plan:
    """How draws are spread over calls and threads.

    On a processor each thread solves its draws one after the other: one solve alone cannot keep two cores busy, and side by
    side (vmap) draws leave the caches. On other devices one call solves as many side by side as memory holds.
    """

    together: bool
    width: int
    """Draws to a call."""
    workers: int
    """Calls at a time."""

    @classmethod
    def of(cls, shape: Shape, count: int, memory: float) -> Plan:
        """Plan for as many draws at a time as fit in ``memory`` [bytes]."""
        fit = max(1, int(memory // max(1.0, size(shape).arrays)))
        if jax.default_backend() != "cpu":
            return cls(True, min(count, fit), 1)
        width = max(1, min(count, 64, WORK // max(1, shape.values * shape.periods)))
        return cls(False, width, max(1, min(fit, os.cpu_count() or 1)))
