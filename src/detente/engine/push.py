"""Forward: the exact distribution over states under a policy, and what happens on the way. Nothing is sampled.

:func:`push` follows everything at once; :func:`follow` follows the agreements signed in one period on their own, which is
what survival needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial, reduce
from operator import add
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from detente.engine.agreement import Conduct, Fate, fate, split
from detente.engine.course import along, legs
from detente.engine.motion import framed, transport
from detente.engine.policy import Course, Policy, on
from detente.engine.stage import added, summed, weighed
from detente.engine.stretch import scan
from detente.engine.timed import at
from detente.game import Game, Shape
from detente.program import program, record

SMALL = 2000
"""State values below which all cohorts are followed side by side: what a step costs there is its being called."""
BESIDE = 4
"""Cohorts of a larger game that are: they are weighed by the same numbers, and fit in a processor's cache together."""
Parts = list[Float[Array, "A G R"]]
"""Agreements by posture, or by cause of their ending."""


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


def start(game: Game, shape: Shape) -> Float[Array, "S G R"]:
    """Return the distribution at the start: all of it at the status quo."""
    here = game.start_point[:, None] * game.start_regime
    return jnp.zeros((shape.rows, *here.shape), here.dtype).at[0].set(here)


def sign(
    shape: Shape, policy: Policy, base: Float[Array, "B G R"]
) -> tuple[Float[Array, "B G R"], Float[Array, "B' A G R"], Float[Array, "J A"]]:
    """Return the mass still without an agreement, the mass that signs, by base and package, and how much does on whose offer."""
    n = shape.talking
    signed = base[:n, None] * added(policy.sign, 1)
    return base.at[:n].add(-signed.sum(1)), signed, summed(policy.sign * base[:n, None, None], (0, 3, 4))


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


def lapse(fates: Fate | None, force: Parts) -> tuple[Parts, Parts]:
    """Return agreements that stay in force, by posture, and those that end, by cause (exit by each reviewer, then caught)."""
    if fates is None:
        return force, []
    ended = [_over(force, chances) for chances in zip(*fates.exits, strict=True)]
    if fates.caught is not None:
        ended.append(force[1] * fates.caught)
    return [_over(force, shares) for shares in zip(*fates.stay, strict=True)], ended


def _over(force: Parts, chances: tuple[Float[Array, "A G R"], ...]) -> Float[Array, "A G R"]:
    """Return what, of agreements in every posture, goes one way."""
    return reduce(add, (mass * chance for mass, chance in zip(force, chances, strict=True)))


def by_lapse(game: Game, ended: Parts) -> list[Float[Array, "L G R"]]:
    """Return what has ended, by cause, by the lapse its package ends in: fewer numbers, which much is then read off."""
    return [jnp.zeros((len(game.lapse_to), *each.shape[1:]), each.dtype).at[game.lapse].add(each) for each in ended]


def settle(
    game: Game, choices: Conduct, base: Float[Array, "B G R"], lapsed: list[Float[Array, "L G R"]]
) -> Float[Array, "B G R"]:
    """Add what has ended, by cause, to the bases it leaves behind."""
    if not lapsed:
        return base
    gone = reduce(add, lapsed)
    back = gone * choices.restore
    return base.at[game.lapse_to].add(gone - back).at[game.snap_to].add(back)


def _ended(game: Game, choices: Conduct, lapsed: list[Float[Array, "L G R"]]) -> tuple[Float[Array, " H"], Float[Array, " H"]]:
    """Return the probability of each cause of ending, and of its doing so with sanctions back."""
    if not lapsed:
        return jnp.zeros(0, game.moves.dtype), jnp.zeros(0, game.moves.dtype)
    return jnp.stack([each.sum() for each in lapsed]), jnp.stack([(each * choices.restore).sum() for each in lapsed])


def postures(choices: Conduct, signed: Float[Array, "A G R"]) -> Parts:
    """Split what is signed into what is honoured and what is cheated on at once."""
    return [signed] if choices.cheat is None else [signed * (1.0 - choices.cheat), signed * choices.cheat]


@program("shape", "keep")
def push(game: Game, shape: Shape, course: Course, keep: bool = False) -> Events:
    """Push the distribution over states through the policy; ``keep`` also returns the probability of every state."""

    def step(mass: Float[Array, "S G R"], period: Int[Array, ""], today: Policy) -> tuple[Any, Any]:
        choices = today.conduct
        base, force = split(shape, mass)
        kept, gone = lapse(fate(game, shape, period, choices), force)
        after, signed, offered = sign(shape, today, base)
        after, over, left = walk_out(shape, today, base, after)
        new = postures(choices, added(signed, 0))
        lapsed = by_lapse(game, gone)
        ended, restored = _ended(game, choices, lapsed)
        decided = framed(settle(game, choices, after, lapsed), *map(add, kept, new))
        out = {
            "signed": offered,
            "over": over,
            "left": left,
            "signed_first": signed[0].sum((0, 1)),
            "ended": ended,
            "restored": restored,
            "spill": jnp.vdot(decided.sum(-1) if game.spill.shape[-1] == 1 else decided, at(game.spill, period)),
        }
        moved = transport(game, shape, period, decided)
        return moved, (out, _seen(shape, mass), (mass, jnp.stack(new)) if keep else None)

    mass, (out, seen, path) = along(game, shape, course, step, start(game, shape))
    seen = jax.tree.map(lambda path, end: jnp.concatenate([path, end[None]]), seen, _seen(shape, mass))
    if not keep:
        return Events(**out, **seen, occupancy=None, fresh=None)
    occupied, fresh = path
    return Events(**out, **seen, occupancy=jnp.concatenate([occupied, mass[None]]), fresh=fresh)


@program("shape")
def follow(
    game: Game, shape: Shape, course: Course, fresh: Float[Array, "T Z A G R"], cohorts: Int[Array, " C"]
) -> tuple[Float[Array, "C T"], Float[Array, "C T H"]]:
    """Follow the agreements signed in each of the periods ``cohorts`` on their own, for as long as the horizon allows.

    Returns:
        Probability of being in force at each age in periods (age 0: just signed), and of ending by each cause at each age,
        by period of signing; ages beyond the horizon hold zero.
    """
    sums = fresh.sum((1, 2, 3, 4))
    if not shape.causes:  # nothing ends
        lasting = jnp.broadcast_to(sums[cohorts], (shape.periods, len(cohorts)))
        return _by_age(lasting, cohorts, 0), jnp.zeros((len(cohorts), shape.periods, 0), sums.dtype)
    groups = _groups(shape, cohorts)
    width = groups.shape[1]

    def leg(masses: Float[Array, "N ZA+2 W G R"], periods: Int[Array, " L"], policies: Policy) -> tuple[Array, Any]:
        def day(
            signed: Int[Array, " W"], mass: Float[Array, "ZA+2 W G R"], i: Int[Array, ""]
        ) -> tuple[Array, tuple[Array, Array]]:
            period, now = periods[i], periods[i] == signed

            def later(mass: Array) -> tuple[Array, tuple[Array, Array]]:
                moved = transport(game, shape, period - 1, mass, shape.bases)
                fates = fate(game, shape, period, on(policies, i).conduct)
                assert fates is not None, "agreements end"
                return _aged(shape, period, fates, moved)

            def before(mass: Array) -> tuple[Array, tuple[Array, Array]]:
                return mass, (jnp.zeros(width, mass.dtype), jnp.zeros((width, shape.causes), mass.dtype))

            mass, (alive, ended) = jax.lax.cond(period > signed.min(), later, before, mass)
            new = framed(fresh[period].reshape(-1, 1, *fresh.shape[-2:]))
            return jnp.where(now[:, None, None], new, mass), (jnp.where(now, sums[period], alive), ended)

        def one(group: tuple[Int[Array, " W"], Float[Array, "ZA+2 W G R"]]) -> tuple[Array, tuple[Array, Array]]:
            return scan(partial(day, group[0]), group[1], jnp.arange(len(periods)))

        def joined(each: Float[Array, "N L W *rest"]) -> Float[Array, "L NW *rest"]:
            return jnp.moveaxis(each, 0, 1).reshape(len(periods), groups.size, *each.shape[3:])

        after, dated = jax.lax.map(one, (groups, masses))
        return after, jax.tree.map(joined, dated)

    nobody = jnp.zeros((len(groups), shape.postures * shape.packages + 2, width, *fresh.shape[-2:]), fresh.dtype)
    alive, ended = (each[:, : len(cohorts)] for each in legs(game, shape, course, leg, nobody)[1])
    return _by_age(alive, cohorts, 0), _by_age(ended, cohorts, 1)


def _groups(shape: Shape, cohorts: Int[Array, " C"]) -> Int[Array, "N W"]:
    """Return cohorts in groups that are followed side by side; the last group is filled up with cohorts that never sign."""
    width = max(1, len(cohorts) if shape.values < SMALL else min(len(cohorts), BESIDE))
    return jnp.pad(cohorts, (0, -len(cohorts) % width), constant_values=shape.periods).reshape(-1, width)


def _aged(
    shape: Shape, period: Int[Array, ""], fates: Fate, mass: Float[Array, "ZA W G R"]
) -> tuple[Float[Array, "ZA+2 W G R"], tuple[Float[Array, " W"], Float[Array, "W H"]]]:
    """Return what stays in force of cohorts side by side, framed, how much that is, and how much ends by each cause."""
    causes = [jnp.concatenate(chances) for chances in zip(*fates.exits, strict=True)]
    if fates.caught is not None:
        causes.append(jnp.concatenate([jnp.zeros_like(fates.caught), fates.caught]))
    ended = [weighed(period, chance, mass).sum((1, 2)) for chance in causes]
    force = jnp.split(mass, shape.postures)
    left = framed(*lapse(jax.tree.map(lambda weight: weight[:, None], fates), force)[0])
    return left, (left.sum((0, 2, 3)), jnp.stack(ended, 1))


def _by_age(dated: Float[Array, "T C *rest"], cohorts: Int[Array, " C"], lag: int) -> Float[Array, "C T *rest"]:
    """Return what is dated by period by age instead; ``lag``: periods from an age's beginning to what belongs to it."""
    periods = len(dated)
    then = cohorts[:, None] + jnp.arange(periods) + lag
    found = dated[jnp.minimum(then, periods - 1), jnp.arange(len(cohorts))[:, None]]
    return jnp.where(jnp.expand_dims(then < periods, tuple(range(2, found.ndim))), found, 0.0)


def _seen(shape: Shape, mass: Float[Array, "S G R"]) -> dict[str, Array]:
    """Return what is read off a distribution at the start of a period."""
    base, force = split(shape, mass)
    alive = [each.sum() for each in force]
    return {
        "waiting": base[0].sum(0),
        "alive": reduce(add, alive),
        "cheating": alive[1] if len(force) == 2 else jnp.zeros((), mass.dtype),
        "mass": base.sum() + reduce(add, alive),
    }
