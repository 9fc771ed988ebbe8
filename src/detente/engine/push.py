"""Forward: the exact distribution over states under a policy, and what happens on the way. Nothing is sampled.

:func:`push` follows everything at once; :func:`follow` follows the agreements signed in one period on their own, which is
what survival needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from detente.engine.agreement import Conduct, Fate, fate
from detente.engine.course import along, legs
from detente.engine.motion import transport
from detente.engine.policy import Course, Policy, on
from detente.engine.stage import added
from detente.engine.stretch import scan
from detente.engine.timed import at
from detente.game import Game, Shape
from detente.program import program, record

SMALL = 2000
"""State values below which all cohorts are followed at once."""


@record
@dataclass(frozen=True)
class Events:
    """What happens in each period, as probabilities seen from the start."""

    signed: Float[Array, "T J A"]
    """An agreement on the package is signed on the proposer's offer, from any base."""
    over: Float[Array, "T B'"] | None
    """Somebody leaves the talks for good, by base; None where nobody may."""
    left: Float[Array, "T I"] | None
    """Each player leaves the talks, from any base."""
    signed_first: Float[Array, "T R"]
    """The first agreement (from the status quo) is signed, by regime."""
    waiting: Float[Array, "T+1 R"]
    """No agreement has been signed yet and nobody has left the talks, by regime."""
    alive: Float[Array, " T+1"]
    """An agreement is in force."""
    ended: Float[Array, "T H"]
    """An agreement ends by the cause."""
    restored: Float[Array, "T H"]
    """An agreement ends by the cause and sanctions snap back."""
    cheating: Float[Array, " T+1"]
    """An agreement is in force and cheated on."""
    spill: Float[Array, " T"]
    """Probability times cells by which stocks would have left their grid."""
    mass: Float[Array, " T+1"]
    """Total probability: one."""
    occupancy: Float[Array, "T+1 S G R"] | None
    """Probability of every state at the start of every period, if kept."""
    fresh: Float[Array, "T Z A G R"] | None
    """Agreements signed in each period, by posture, if kept."""


def start(game: Game, shape: Shape) -> tuple[Float[Array, "B G R"], Float[Array, "Z A G R"]]:
    """Return the distribution at the start: all of it at the status quo."""
    here = game.start_point[:, None] * game.start_regime
    base = jnp.zeros((shape.bases, *here.shape), here.dtype).at[0].set(here)
    return base, jnp.zeros((shape.postures, shape.packages, *here.shape), here.dtype)


def sign(
    shape: Shape, policy: Policy, base: Float[Array, "B G R"]
) -> tuple[Float[Array, "B G R"], Float[Array, "B' A G R"], Float[Array, "J A"]]:
    """Return the mass still without an agreement, the mass that signs, by base and package, and how much does on whose offer."""
    n = shape.talking
    signed = base[:n, None] * added(policy.sign, 1)
    return base.at[:n].add(-signed.sum(1)), signed, jnp.einsum("bjagr,bgr->ja", policy.sign, base[:n])


def walk_out(
    shape: Shape, policy: Policy, base: Float[Array, "B G R"], after: Float[Array, "B G R"]
) -> tuple[Float[Array, "B G R"], Float[Array, " B'"] | None, Float[Array, " I"] | None]:
    """Return ``after`` with talks over where somebody leaves them, how much leaves from each base, and by whom."""
    if policy.quit is None:
        return after, None, None
    n = shape.talking
    gone = base[:n] * policy.quit.over
    left = jnp.sum(base[:n, None] * policy.quit.left, axis=(0, 2, 3))
    return after.at[:n].add(-gone).at[shape.over :].add(gone), gone.sum((1, 2)), left


def lapse(fates: Fate | None, force: Float[Array, "Z A G R"]) -> tuple[Float[Array, "Z A G R"], Float[Array, "H A G R"]]:
    """Return agreements that stay in force, by posture, and those that end, by cause (exit by each reviewer, then caught)."""
    if fates is None:
        return force, jnp.zeros((0, *force.shape[1:]), force.dtype)
    kept = [_over(force, shares) for shares in zip(*fates.stay, strict=True)]
    ended = [_over(force, chances) for chances in zip(*fates.exits, strict=True)]
    if fates.caught is not None:
        ended.append(force[1] * fates.caught)
    return jnp.stack(kept), jnp.stack(ended)


def _over(force: Float[Array, "Z A G R"], chances: tuple[Float[Array, "A G R"], ...]) -> Float[Array, "A G R"]:
    """Return what, of agreements in every posture, goes one way."""
    return sum(mass * chance for mass, chance in zip(force, chances, strict=True))


def settle(
    game: Game, shape: Shape, choices: Conduct, base: Float[Array, "B G R"], ended: Float[Array, "A G R"]
) -> Float[Array, "B G R"]:
    """Add what has ended to the bases it leaves behind."""
    if shape.causes == 0:
        return base
    by_lapse = jnp.zeros((len(game.lapse_to), *ended.shape[1:]), ended.dtype).at[game.lapse].add(ended)
    back = by_lapse * choices.restore
    return base.at[game.lapse_to].add(by_lapse - back).at[game.snap_to].add(back)


def _restored(game: Game, shape: Shape, choices: Conduct, ended: Float[Array, "H A G R"]) -> Float[Array, " H"]:
    """Return the probability of each cause of ending with sanctions back."""
    if shape.causes == 0:
        return jnp.zeros(0, ended.dtype)
    return (ended * jnp.take(choices.restore, game.lapse, axis=0)).sum((1, 2, 3))


def postures(shape: Shape, choices: Conduct, signed: Float[Array, "A G R"]) -> Float[Array, "Z A G R"]:
    """Split what is signed into what is honoured and what is cheated on at once."""
    if shape.hidden is None:
        return signed[None]
    return jnp.stack([signed * (1.0 - choices.cheat), signed * choices.cheat])


def travel(
    game: Game, shape: Shape, period: Int[Array, ""], base: Float[Array, "B G R"], force: Float[Array, "Z A G R"]
) -> tuple[Float[Array, "B G R"], Float[Array, "Z A G R"]]:
    """Move regimes and stocks."""
    moved = transport(game, shape, period, rows(shape, base, force))
    return moved[: shape.bases], moved[shape.bases :].reshape(force.shape)


def _move_force(game: Game, shape: Shape, period: Int[Array, ""], force: Float[Array, "Z A G R"]) -> Float[Array, "Z A G R"]:
    """Move agreements in force by one period."""
    nothing = jnp.zeros((shape.bases, shape.points, shape.regimes), force.dtype)
    return transport(game, shape, period, rows(shape, nothing, force))[shape.bases :].reshape(force.shape)


@program("shape", "keep")
def push(game: Game, shape: Shape, course: Course, keep: bool = False) -> Events:
    """Push the distribution over states through the policy; ``keep`` also returns the probability of every state."""

    def step(state: tuple[Any, Any], period: Int[Array, ""], today: Policy) -> tuple[Any, Any]:
        base, force = state
        choices = today.conduct
        seen = _seen(base, force)
        kept, ended = lapse(fate(game, shape, period, choices), force)
        after, signed, offered = sign(shape, today, base)
        after, over, left = walk_out(shape, today, base, after)
        fresh, gone = added(signed, 0), added(ended, 0)
        after = settle(game, shape, choices, after, gone)
        new = postures(shape, choices, fresh)
        kept = kept + new
        spill = _spill(game, shape, period, after, kept)
        out = {
            "signed": offered,
            "over": over,
            "left": left,
            "signed_first": signed[0].sum((0, 1)),
            "ended": ended.sum((1, 2, 3)),
            "restored": _restored(game, shape, choices, ended),
            "spill": spill,
        }
        return travel(game, shape, period, after, kept), (out, seen, (rows(shape, base, force), new) if keep else None)

    (base, force), (out, seen, path) = along(game, shape, course, step, start(game, shape))
    last = _seen(base, force)
    seen = jax.tree.map(lambda path, end: jnp.concatenate([path, end[None]]), seen, last)
    if not keep:
        return Events(**out, **seen, occupancy=None, fresh=None)
    occupied, fresh = path
    return Events(**out, **seen, occupancy=jnp.concatenate([occupied, rows(shape, base, force)[None]]), fresh=fresh)


@program("shape")
def follow(
    game: Game, shape: Shape, course: Course, fresh: Float[Array, "T Z A G R"], cohorts: Int[Array, " C"]
) -> tuple[Float[Array, "C T"], Float[Array, "C T H"]]:
    """Follow the agreements signed in each of the periods ``cohorts`` on their own, for as long as the horizon allows.

    Returns:
        Probability of being in force at each age in periods (age 0: just signed), and of ending by each cause at each age,
        by period of signing; ages beyond the horizon hold zero.
    """

    def leg(masses: Float[Array, "C Z A G R"], periods: Int[Array, " L"], policies: Policy) -> tuple[Array, Any]:
        def day(signed: Int[Array, ""], mass: Float[Array, "Z A G R"], i: Int[Array, ""]) -> tuple[Array, tuple[Array, Array]]:
            period, none = periods[i], jnp.zeros(shape.causes, mass.dtype)

            def later(mass: Array) -> tuple[Array, tuple[Array, Array]]:
                moved = _move_force(game, shape, period - 1, mass)
                kept, ended = lapse(fate(game, shape, period, on(policies, i).conduct), moved)
                return kept, (kept.sum(), ended.sum((1, 2, 3)))

            def before(mass: Array) -> tuple[Array, tuple[Array, Array]]:
                return jnp.where(period == signed, fresh[period], mass), (jnp.where(period == signed, sums[period], 0.0), none)

            return jax.lax.cond(period > signed, later, before, mass)

        def one(cohort: tuple[Int[Array, ""], Float[Array, "Z A G R"]]) -> tuple[Array, tuple[Array, Array]]:
            return scan(partial(day, cohort[0]), cohort[1], jnp.arange(len(periods)))

        # small games side by side: what a step costs there is its being called, not what it computes
        every = (cohorts, masses)
        after, dated = jax.vmap(one)(every) if shape.values < SMALL else jax.lax.map(one, every)
        return after, jax.tree.map(lambda each: jnp.moveaxis(each, 0, 1), dated)

    sums = fresh.sum((1, 2, 3, 4))
    nobody = jnp.zeros((len(cohorts), *fresh.shape[1:]), fresh.dtype)
    alive, ended = legs(game, shape, course, leg, nobody)[1]
    return _by_age(alive, cohorts, 0), _by_age(ended, cohorts, 1)


def _by_age(dated: Float[Array, "T C *rest"], cohorts: Int[Array, " C"], lag: int) -> Float[Array, "C T *rest"]:
    """Return what is dated by period by age instead; ``lag``: periods from an age's beginning to what belongs to it."""
    periods = len(dated)
    then = cohorts[:, None] + jnp.arange(periods) + lag
    found = dated[jnp.minimum(then, periods - 1), jnp.arange(len(cohorts))[:, None]]
    return jnp.where(jnp.expand_dims(then < periods, tuple(range(2, found.ndim))), found, 0.0)


def _seen(base: Float[Array, "B G R"], force: Float[Array, "Z A G R"]) -> dict[str, Array]:
    """Return what is read off a distribution at the start of a period."""
    cheating = force[1].sum() if len(force) == 2 else jnp.zeros((), force.dtype)
    return {
        "waiting": base[0].sum(0),
        "alive": force.sum(),
        "cheating": cheating,
        "mass": base.sum() + force.sum(),
    }


def rows(shape: Shape, base: Float[Array, "B G R"], force: Float[Array, "Z A G R"]) -> Float[Array, "S G R"]:
    """Return the distribution over all rows."""
    return jnp.concatenate([base, force.reshape(-1, *base.shape[1:])])


def _spill(
    game: Game, shape: Shape, period: Int[Array, ""], base: Float[Array, "B G R"], force: Float[Array, "Z A G R"]
) -> Array:
    return jnp.sum(rows(shape, base, force) * at(game.spill, period))
