"""Many solves at once: the same game at many parameter draws, vectorised, in batches sized to memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import nullcontext
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from detente import runtime
from detente.compile import Model, build
from detente.compile.environment import Frame
from detente.engine.agreement import split
from detente.engine.audit import status
from detente.engine.equilibrium import doubtful, equilibrium
from detente.engine.idle import late
from detente.engine.push import follow, push
from detente.engine.round import talks
from detente.engine.size import size
from detente.engine.solve import signed_values
from detente.engine.timed import tree_at
from detente.game import Shape
from detente.outcomes import COHORTS
from detente.program import program

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
    single: bool
    """Whether the games are laid out in double precision but solved in single."""
    on: int = 0
    """Period at which gains, acceptance, offers, the cost of delay and cheating are read, no agreement signed before."""

    @property
    def fingerprint(self) -> str:
        """A text that only an equal batch has."""
        return f"{self.frame.fingerprint}{self.shape.fingerprint}{self.single}{self.on}"


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
    given = build(batch.frame, shape, values)
    given = given.with_precision(given.precision * multiple)
    game = given.single() if batch.single else given
    start = None if belief is None else belief.astype(game.precision.dtype)
    solution = equilibrium(game, shape, start, keep=batch.on > 0, most=passes)
    events = push(game, shape, solution.policy, keep=True)
    assert events.fresh is not None, "kept"
    alive, ended = follow(game, shape, solution.policy, events.fresh, jnp.arange(0, shape.periods, COHORTS))
    now = batch.on
    here = _open(events.occupancy, now) if now else game.start_point[:, None] * game.start_regime
    today = tree_at(solution.policy.conduct, now)
    lumps = tree_at(game.payoff.lumps, now)
    if now:
        assert solution.signed is not None, "kept"
        signed, waiting = solution.signed[now], solution.waiting[now]
    else:
        signed, waiting = signed_values(today, lumps, split(shape, solution.first)[1]), solution.first[:, 0]
    year = batch.frame.scenario.calendar.per_year
    votes, carried, offers = talks(game, shape, signed, waiting, lumps.refuse, game.allowed[0])
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
        "passes": jnp.einsum("gr,jagr->ja", here, carried),
        "offers": jnp.einsum("gr,jagr->ja", here, offers),
        "delay": jnp.einsum("gr,igr->i", here, solution.talking[now] - late(game, shape, solution.talking, year, now)),
        "cheat": jnp.einsum("gr,agr->a", here, cheat),
        "status": status(given, solution.start, events.spill, solution.residual),
    }


def _open(occupancy: Float[Array, "T+1 S G R"] | None, period: int) -> Float[Array, "G R"]:
    """Return the distribution over stocks and regimes at a period's start, given that no agreement was signed before."""
    assert occupancy is not None, "kept"
    mass = occupancy[period, 0]
    return mass / mass.sum()


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
    single: bool = False,
    pool: ThreadPoolExecutor | None = None,
    on: int = 0,
) -> dict[str, np.ndarray]:
    """Solve every draw.

    Args:
        model: The scenario laid out for computing.
        draws: One array of values per parameter, all equally long.
        multiples: What precision is multiplied by in each draw (default: one).
        passes: Passes of each draw's beliefs (default: PASSES).
        memory: Bytes the draws that are being solved may use.
        progress: Told (stage, done, total) after every call.
        single: Whether to solve in single precision what allows it (see :attr:`Model.smooth`).
        pool: Threads to work on (default: as many as :class:`Plan` says).
        on: Period at which gains, acceptance, offers, the cost of delay and cheating are read, no agreement signed before.

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
    plan = Plan.of(shape, count, memory)
    batches = [Batch(model.frame, shape, whether, on) for whether in (False, True)]
    with jax.enable_x64(True):
        belief = _believed(batches[False], jax.tree.map(jnp.asarray, model.central()))

    def part(rough: bool, members: np.ndarray) -> dict[str, np.ndarray]:
        # the last call is filled up by repeating its last draw, so that every call shares one compilation
        index = np.pad(members, (0, plan.width - len(members)), mode="edge")
        with room, jax.enable_x64(True):
            made = _run(batches[rough], plan.together, belief, jax.tree.map(lambda column: jnp.asarray(column[index]), columns))
            return {name: np.asarray(array, None if name == "status" else float)[: len(members)] for name, array in made.items()}

    room = BoundedSemaphore(plan.workers)
    rough = np.isfinite(columns[1]) & (single and model.smooth)
    parts = [
        (kind, members[first : first + plan.width])
        for kind, members in ((False, np.flatnonzero(~rough)), (True, np.flatnonzero(rough)))
        for first in range(0, len(members), plan.width)
    ]
    out: dict[str, np.ndarray] = {}
    finished = 0
    with ThreadPoolExecutor(plan.workers) if pool is None else nullcontext(pool) as threads:
        pending = {threads.submit(part, *each): each[1] for each in parts}
        for done in as_completed(pending):
            members = pending[done]
            for name, array in done.result().items():
                out.setdefault(name, np.empty((count, *array.shape[1:]), array.dtype))[members] = array
            finished += len(members)
            if progress:
                progress("draws", finished, count)
    return out


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
        return cls(False, width, max(1, min(fit, runtime.cores())))
