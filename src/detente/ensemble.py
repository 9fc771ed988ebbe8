"""Many solves at once: the same game at many parameter draws, vectorised, in batches sized to memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import cached_property, partial
from threading import BoundedSemaphore
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from detente import runtime
from detente.compile import Model, build
from detente.compile.environment import Frame
from detente.engine.agreement import split
from detente.engine.audit import status
from detente.engine.course import first, kept
from detente.engine.decide import signed_values
from detente.engine.equilibrium import SURE, Played, Until, doubtful, equilibrium, trusting
from detente.engine.history import Seen, given, likelihood
from detente.engine.idle import late
from detente.engine.policy import Policy, on
from detente.engine.push import follow
from detente.engine.round import everyone, talks
from detente.engine.size import size, stretched
from detente.engine.timed import tree_at
from detente.game import Game, Shape
from detente.lanes import mapped
from detente.outcomes import COHORTS
from detente.program import plain, program

UNTIL = Until(4e-3, 8)
"""How long a draw's beliefs are looked for (docs/belief.md says what it does to its answer).

They start from those that play implies at central values.
"""
WORK = 5_000_000
"""State values times periods worth a call of their own; smaller games are solved several to a call."""

TINY = 500
"""State values below which draws are solved side by side on a processor, since calling a step costs more than what it does."""
SMALL = 5_000
"""The same where there are fewer than four regimes, of which no vector can be made."""
BESIDE = 26_000
"""State values of those that are, few enough to stay in the caches; but never fewer draws than a vector holds."""
VECTOR = 8
"""Numbers that a processor computes at a time."""

Progress = Callable[[str, int, int], None]
Solutions = Iterator[tuple["Call", dict[str, np.ndarray]]]
"""Calls with their outcomes, in any order."""


@dataclass(frozen=True)
class Batch:
    """What an ensemble runs on."""

    frame: Frame
    shape: Shape
    single: bool
    """Whether the games are laid out in double precision but solved in single."""
    on: int = 0
    """Period at which gains, acceptance, offers, the cost of delay and cheating are read, no agreement signed before."""
    seat: int | None = None
    """Player whose yes to offers of others is compared with its no."""

    @property
    def fingerprint(self) -> str:
        """A text that only an equal batch has."""
        return f"{self.frame.fingerprint}{self.shape.fingerprint}{self.single}{self.on}{self.seat}"


def outcomes(
    batch: Batch,
    belief: Float[Array, "T A G R"] | None,
    values: Mapping[str, Any],
    multiple: Float[Array, ""],
    seen: Seen | None = None,
    until: Until = UNTIL,
) -> dict[str, Any]:
    """Solve one draw and return what is reported of it.

    Args:
        batch: The static part.
        belief: Beliefs about cheating to start from.
        values: Parameter values.
        multiple: What every player's precision is multiplied by; inf for full rationality.
        seen: What was known to have happened, step by step (a leading axis): adds ``log_likelihood`` of every step, and what
            follows given all of it, ``given_...``.
        until: How long beliefs are looked for.

    Returns:
        What is reported, and the ``belief`` that was settled on, for others to start from.
    """
    shape = batch.shape
    full = build(batch.frame, shape, values)
    full = full.with_precision(full.precision.value * multiple)
    game = full.single() if batch.single else full
    start = None if belief is None else belief.astype(game.precision.value.dtype)
    played = equilibrium(game, shape, start, keep=batch.on > 0, until=until)
    solution, found = played.solution, reported(batch, game, played)
    after = {} if seen is None else _given(game, shape, kept(game, shape, solution.policy), seen)
    well = status(full, solution.start, found["spill"], solution.residual)
    return found | after | {"unsettled": solution.unsettled, "status": well, "belief": solution.belief}


def reported(batch: Batch, game: Game, played: Played) -> dict[str, Array]:
    """Return what is reported of a solved game."""
    shape, solution, events = batch.shape, played.solution, played.events
    assert events.fresh is not None, "kept"
    alive, ended = follow(game, shape, solution.policy, events.fresh, jnp.arange(0, shape.periods, COHORTS))
    now = batch.on
    here = _open(events.occupancy, now) if now else game.start_point[:, None] * game.start_regime
    today = (on(kept(game, shape, solution.policy), now) if now else first(game, shape, solution.policy)).conduct
    lumps = tree_at(game.payoff.lumps, now)
    if now:
        assert solution.signed is not None, "kept"
        signed, waiting = solution.signed[now], solution.waiting[now]
    else:
        signed, waiting = signed_values(today, lumps, split(shape, solution.first)[1]), solution.first[0]
    outside = jax.tree.map(lambda leaf: leaf[now], solution.outside)
    year = batch.frame.scenario.calendar.per_year
    votes, carried, offers = talks(game, shape, signed, waiting, lumps.refuse, game.allowed[0], outside)
    cheat = jnp.zeros_like(signed[0]) if today.cheat is None else today.cheat
    over = {} if events.over is None else {"over": events.over[:, 0]}
    asked = {} if batch.seat is None else {"decides": _decides(game, shape, batch.seat, now, here, votes, offers)}
    return {
        **over,
        **asked,
        "signed": events.signed.sum(1),
        "first": events.signed_first.sum(1),
        "waiting": events.waiting.sum(1),
        "in_force": events.alive,
        "alive": alive,
        "ended": ended,
        "spill": events.spill,
        "gain": jnp.einsum("gr,kagr->ka", here, signed - waiting[:, None]),
        "reservation": jnp.einsum("gr,kgr->k", here, waiting),
        "accept": jnp.einsum("gr,kagr->ka", here, votes),
        "passes": jnp.einsum("gr,jagr->ja", here, carried),
        "offers": jnp.einsum("gr,jagr->ja", here, offers),
        "delay": jnp.einsum("gr,igr->i", here, solution.talking[now] - late(game, shape, solution.talking, year, now)),
        "cheat": jnp.einsum("gr,agr->a", here, cheat),
    }


def _decides(
    game: Game, shape: Shape, seat: int, now: int, here: Array, votes: Float[Array, "I A G R"], offers: Float[Array, "J A G R"]
) -> Float[Array, " A"]:
    """Return how likely the next offer of another is this package, and the player's yes carries it where its no would not.

    The next chance to propose is another's in proportion to its rate at the date.
    """
    chance = jnp.broadcast_to(game.talk[jnp.minimum(now, len(game.talk) - 1), :, 0], (len(shape.proposers), *here.shape))
    chance = jnp.asarray([float(player != seat) for player in shape.proposers])[:, None, None] * here * chance
    carried = [
        [everyone(votes.at[seat].set(vote), game.need, game.need_body, shape.bodies, player) for player in shape.proposers]
        for vote in (1.0, 0.0)
    ]
    turns = jnp.stack(carried[0]) - jnp.stack(carried[1])
    total = chance.sum()
    return jnp.einsum("jgr,jagr->a", chance / jnp.where(total > 0.0, total, 1.0), offers * turns)


def _given(game: Game, shape: Shape, policy: Policy, seen: Seen) -> dict[str, Array]:
    """Return the history's log-likelihood, and what is reported of a draw given that it happened."""
    steps = jax.tree.map(lambda leaf: leaf.astype(game.precision.value.dtype), seen)
    after = given(game, shape, policy, jax.tree.map(lambda leaf: leaf[-1], steps))
    before = jax.lax.map(lambda step: likelihood(game, shape, policy, step), jax.tree.map(lambda leaf: leaf[:-1], steps))
    alive, ended = follow(game, shape, policy, after.fresh, jnp.arange(0, shape.periods, COHORTS))
    return {
        "log_likelihood": jnp.concatenate([before, after.log_likelihood[None]]),
        "given_signed": after.signed.sum(1),
        "given_first": after.first.sum(1),
        "given_in_force": after.alive,
        "given_alive": alive,
        "given_ended": ended,
        "given_regime": after.regime,
    }


def _open(occupancy: Float[Array, "T+1 S G R"] | None, period: int) -> Float[Array, "G R"]:
    """Return the distribution over stocks and regimes at a period's start, given that no agreement was signed before."""
    assert occupancy is not None, "kept"
    mass = occupancy[period, 0]
    return mass / mass.sum()


@program("batch", "together", alone=True)
def _run(
    batch: Batch,
    together: bool,
    belief: Any,
    draws: tuple[Mapping[str, Any], Any],
    seen: Seen | None,
    until: Until,
) -> dict[str, Any]:
    def one(draw: tuple[Mapping[str, Array], Array]) -> dict[str, Any]:
        return outcomes(batch, belief, *draw, seen, until)

    if not together:
        return jax.lax.map(one, draws)
    if jax.default_backend() != "cpu":  # where axes come in what order is of less account, and products of matrices of more
        return jax.vmap(one)(draws)
    made: dict[str, Any] = jax.tree.map(lambda array: jnp.moveaxis(array, -1, 0), mapped(one)(draws))
    return made


@dataclass(frozen=True)
class Call:
    """Draws solved in one call; the same ones whoever makes it, and whenever, so that what it returns never depends on that."""

    single: bool
    members: tuple[int, ...]

    @property
    def rows(self) -> slice | list[int]:
        """The members as an index; a stretch of them, as most are, is copied in one go."""
        first, last = self.members[0], self.members[-1]
        return slice(first, last + 1) if last - first + 1 == len(self.members) else list(self.members)


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Draws of one model, laid out in calls."""

    model: Model
    columns: tuple[Mapping[str, np.ndarray], np.ndarray]
    """Parameter values by name, and multiples of precision; all equally long."""
    shape: Shape
    plan: Plan
    calls: tuple[Call, ...]
    on: int = 0
    """Period at which what holds at one date is read."""
    seen: Seen | None = None
    """What was known to have happened."""
    seat: int | None = None
    """Player whose yes to offers of others is compared with its no."""

    @classmethod
    def of(
        cls,
        model: Model,
        draws: Mapping[str, np.ndarray],
        multiples: np.ndarray | None = None,
        memory: float = 2e9,
        single: bool = False,
        on: int = 0,
        seen: Seen | None = None,
        seat: int | None = None,
    ) -> Ensemble:
        """Lay out draws; see :func:`run` for the arguments."""
        count = len(next(iter(draws.values()))) if draws else (len(multiples) if multiples is not None else 1)
        values = {name: np.asarray(column, float) for name, column in draws.items()}
        times = np.ones(count) if multiples is None else np.asarray(multiples, float)
        rows = ({name: float(column[i]) for name, column in values.items()} for i in range(count))
        shape = model.shape([model.central(), *rows])
        if seen is not None:
            shape = replace(shape, watched=True)
        if size(shape).arrays > memory:  # not even one draw at a time, as it stands
            shape = stretched(shape)
        plan = Plan.of(shape, count, memory)
        exact = shape.exact or bool(np.isinf(times).any())
        rough = np.isfinite(times) & (single and model.smooth and not shape.exact)
        calls = [
            Call(kind, tuple(members[first : first + plan.width].tolist()))
            for kind, members in ((False, np.flatnonzero(~rough)), (True, np.flatnonzero(rough)))
            for first in range(0, len(members), plan.width)
        ]
        return cls(model, (values, times), replace(shape, exact=exact), plan, tuple(calls), on, seen, seat)

    def __len__(self) -> int:
        return len(self.columns[1])

    @cached_property
    def belief(self) -> np.ndarray | None:
        """Beliefs about cheating that draws start from: those at central values; not jax's, which lose precision when sent."""
        if not doubtful(self.shape):
            return None
        central = {name: np.array([value]) for name, value in self.model.central().items()}
        with jax.enable_x64(True):
            made = self._run(any(call.single for call in self.calls), trusting(self.shape), (central, np.ones(1)), SURE)
        return np.asarray(made["belief"][0], float)

    def solve(self, call: Call) -> dict[str, np.ndarray]:
        """Return the outcomes of a call's draws, draws leading."""
        # the last call is filled up by repeating its last draw, so that every call shares one compilation
        index = np.pad(call.members, (0, self.plan.width - len(call.members)), mode="edge")
        made = self._run(call.single, self.belief, jax.tree.map(lambda column: column[index], self.columns))
        del made["belief"]
        return {name: array[: len(call.members)] for name, array in plain(made).items()}

    def _run(
        self,
        single: bool,
        belief: np.ndarray | Array | None,
        draws: tuple[Mapping[str, np.ndarray], np.ndarray],
        until: Until = UNTIL,
    ) -> dict[str, Any]:
        shape = replace(self.shape, exact=self.shape.exact and not single)  # what turns on exact ties is solved in double
        batch = Batch(self.model.frame, shape, single, self.on, self.seat)
        with jax.enable_x64(True):
            return dict(_run(batch, self.plan.together, belief, draws, self.seen, until))

    def solved(self, calls: Iterable[Call], pool: ThreadPoolExecutor | None = None) -> Solutions:
        """Solve calls on threads of this machine, in whatever order they end."""
        _ = self.belief  # once, before threads ask for it
        room = BoundedSemaphore(self.plan.workers)

        def one(call: Call) -> dict[str, np.ndarray]:
            with room:
                return self.solve(call)

        with ThreadPoolExecutor(self.plan.workers) if pool is None else nullcontext(pool) as threads:
            pending = {threads.submit(one, call): call for call in calls}
            try:
                for done in as_completed(pending):
                    yield pending[done], done.result()
            finally:
                for left in pending:
                    left.cancel()


Solver = Callable[[Iterable[Call]], Solutions]
"""Solves calls."""


def run(
    model: Model,
    draws: Mapping[str, np.ndarray],
    multiples: np.ndarray | None = None,
    memory: float = 2e9,
    progress: Progress | None = None,
    single: bool = False,
    pool: ThreadPoolExecutor | None = None,
    on: int = 0,
    seen: Seen | None = None,
    seat: int | None = None,
) -> dict[str, np.ndarray]:
    """Solve every draw.

    Args:
        model: The scenario laid out for computing.
        draws: One array of values per parameter, all equally long.
        multiples: What precision is multiplied by in each draw (default: one).
        memory: Bytes the draws that are being solved may use.
        progress: Told (stage, done, total) after every call.
        single: Whether to solve in single precision what allows it (see :attr:`Model.smooth`).
        pool: Threads to work on (default: as many as :class:`Plan` says).
        on: Period at which gains, acceptance, offers, the cost of delay and cheating are read, no agreement signed before.
        seen: What is known to have happened (see :func:`outcomes`).
        seat: Adds ``decides``: by package, how likely it is the next offer of another and this player's yes carries it where
            its no would not.

    Returns:
        Arrays with draws leading; ``status`` tells which draws to trust.
    """
    ensemble = Ensemble.of(model, draws, multiples, memory, single, on, seen, seat)
    return gathered(ensemble, partial(ensemble.solved, pool=pool), progress)


def gathered(ensemble: Ensemble, solver: Solver, progress: Progress | None = None) -> dict[str, np.ndarray]:
    """Return the outcomes of every draw, in their order."""
    out: dict[str, np.ndarray] = {}
    finished = 0
    for call, made in solver(ensemble.calls):
        for name, array in made.items():
            if name not in out:
                out[name] = np.empty((len(ensemble), *array.shape[1:]), array.dtype)
            out[name][call.rows] = array
        finished += len(call.members)
        if progress:
            progress("draws", finished, len(ensemble))
    return out


@dataclass(frozen=True)
class Plan:
    """How draws are spread over calls and threads.

    On a processor each thread solves its draws one after the other: one solve alone cannot keep two cores busy, and side by
    side draws leave the caches; but for small games, where calling a step costs more than what it computes or the loop over
    regimes is too short for vectors. On other devices one call solves as many side by side as memory holds.
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
        together = shape.values < (TINY if shape.regimes > 3 else SMALL)
        most = max(VECTOR, BESIDE // max(1, shape.values) // VECTOR * VECTOR)
        width = min(count, 64, most) if together else max(1, min(count, 64, WORK // max(1, shape.values * shape.periods)))
        return cls(together, width, max(1, min(fit, runtime.cores())))
