"""Is a policy the equilibrium? Its values are computed anew, its choices made anew, and what each choice forgoes is counted.

Nothing here is taken from the pass that found the policy: values are those of the policy held fixed, so a policy that does not
answer its own values shows. What is forgone at a choice is the best of its alternatives less what the choice probabilities
give; none can gain more by departing once from the policy, at any state and date (Radner 1980: an epsilon-equilibrium).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from detente.engine.agreement import bearing, by_channel, by_row, expected, lapse_values, reviewed, split
from detente.engine.choice import yes
from detente.engine.course import along
from detente.engine.decide import decide, signed_values
from detente.engine.evaluate import final
from detente.engine.period import accrue, apply
from detente.engine.policy import Course, Policy
from detente.engine.round import meet, outside_of
from detente.engine.stage import picked
from detente.engine.timed import tree_at
from detente.game import Game, Shape
from detente.program import program, record

DECISIONS = ("offer", "accept", "cheat", "leave", "terminate", "snapback")
"""What is decided, in the order of the regrets."""


@record
@dataclass(frozen=True)
class Check:
    """How far a policy is from equilibrium."""

    residual: Float[Array, ""]
    """Largest difference between a choice probability and the one its own values call for, at any state and date."""
    regret: Float[Array, "I D"]
    """Largest gain each player forgoes at a decision of each kind, at any state and date [utils]; 0 where it decides nothing."""


@program("shape")
def check(game: Game, shape: Shape, course: Course, belief: Float[Array, "T A G R"] | None = None) -> Check:
    """Compare a policy, and the belief about cheating it rests on (None: memoryless), with its own values."""

    def step(after: Float[Array, "S I G R"], period: Int[Array, ""], today: Policy) -> tuple[Float[Array, "S I G R"], Check]:
        believed = None if belief is None else belief[period]
        anew = decide(game, shape, period, after, believed)
        apart = jax.tree.map(lambda a, b: jnp.abs(a - b).max(initial=0.0), anew, today)
        residual = jnp.stack(jax.tree.leaves(apart)).max()
        before = apply(game, shape, game.payoff, period, today, after)
        earlier = accrue(game, shape, game.payoff, jnp.maximum(period - 1, 0), before)
        return earlier, Check(residual, forgone(game, shape, period, after, today, believed))

    found = along(game, shape, course, step, final(game, shape, game.payoff, course), reverse=True)[1]
    return jax.tree.map(lambda each: each.max(0), found)


def forgone(
    game: Game,
    shape: Shape,
    period: Int[Array, ""],
    after: Float[Array, "S I G R"],
    policy: Policy,
    belief: Float[Array, "A G R"] | None,
) -> Float[Array, "I D"]:
    """Return the largest gain each player forgoes at a decision of each kind in ``period`` [utils]."""
    none = jnp.zeros(shape.players, after.dtype)
    by_kind = dict.fromkeys(DECISIONS, none)
    offers, accepts = _talking(game, shape, period, after, policy)
    by_kind |= {"offer": offers, "accept": accepts}
    if policy.conduct.cheat is not None:
        _, (honour, cheat) = split(shape, after)
        made, honour, cheat = policy.conduct.cheat, honour[:, shape.hidden], cheat[:, shape.hidden]
        lost = jnp.maximum(honour, cheat) - (1.0 - made) * honour - made * cheat
        by_kind["cheat"] = none.at[shape.hidden].set(lost.max())
    if shape.causes:
        by_kind |= _ending(game, shape, period, after, policy, belief)
    return jnp.stack([by_kind[kind] for kind in DECISIONS], 1)


def _lost(gain: Float[Array, "..."], chance: Float[Array, "..."]) -> Float[Array, "..."]:
    """Return what saying yes with a probability forgoes where yes gains ``gain`` over no."""
    return jnp.maximum(gain, 0.0) - chance * gain


def _talking(game: Game, shape: Shape, period: Int[Array, ""], after: Any, policy: Policy) -> tuple[Array, Array]:
    """Return what offers and answers forgo, by player: an answer as if all others agreed, an offer at its chance to pass."""
    lumps = tree_at(game.payoff.lumps, period)
    base, force = split(shape, after)
    signed = signed_values(policy.conduct, lumps, force)

    def from_base(index: Array) -> tuple[Array, Array]:
        waiting = base[index]
        outside = outside_of(shape, lumps, base, index)
        met = meet(game, shape, signed, waiting, lumps.refuse, game.allowed[index], outside)
        gain = signed - waiting[:, None]
        against = gain if lumps.refuse is None else gain - lumps.refuse
        answer = _lost(against, met.accept)
        if outside is not None:
            out = (outside.over + outside.lump - waiting)[:, None]
            out = out if lumps.refuse is None else out - lumps.refuse
            three = jnp.maximum(jnp.maximum(against, out), 0.0) - met.accept * against - met.leave * out
            may = jnp.isin(jnp.arange(shape.players), jnp.asarray(shape.leavers))[:, None, None, None]
            answer = jnp.where(may, three, answer)
        asked = (game.need == 1) & (game.allowed[index] == 1)
        lost = jnp.zeros(shape.players, after.dtype)
        for j, player in enumerate(shape.proposers):
            open_ = (game.allowed[index] == 1) & jnp.isfinite(game.log_menu)
            expected = met.passes[j] * gain[player]
            if outside is not None:
                expected = expected + met.gone[j] * (outside.over[player] - waiting[player])
            worth = jnp.where(open_[:, None, None], expected, -jnp.inf)
            best = jnp.maximum(worth.max(0), 0.0)
            given = jnp.sum(jnp.where(open_[:, None, None], met.offers[j] * expected, 0.0), axis=0)
            if outside is not None and player in shape.leavers:
                own = outside.over[player] + outside.lump[player] - waiting[player]
                best, given = jnp.maximum(best, own), given + met.quits[j] * own
            lost = lost.at[player].max((best - given).max())
        return lost, jnp.max(answer, axis=(1, 2, 3), where=asked[:, :, None, None], initial=0.0)

    offered, answered = jax.lax.map(from_base, jnp.arange(shape.talking))
    return offered.max(0), answered.max(0)


def _ending(
    game: Game, shape: Shape, period: Int[Array, ""], after: Any, policy: Policy, belief: Float[Array, "A G R"] | None
) -> dict[str, Array]:
    """Return what reviews, answers to cheating, and votes on a snapback forgo, by player."""
    choices, lumps = policy.conduct, tree_at(game.payoff.lumps, period)
    _, force = split(shape, after)
    none = jnp.zeros(shape.players, after.dtype)
    lapse = lapse_values(game, period, after, choices.restore, lumps.snapback)
    chosen = expected(choices.cheat, force)
    believed = chosen if belief is None else expected(belief, force)
    leaves, ends = none, none
    for index, player in enumerate(shape.reviewers):
        out = (lapse if lumps.exit is None else lapse + by_row(lumps.exit))[:, player]
        if player == shape.hidden:
            best, stay = jnp.maximum(jnp.maximum(force[0][:, player], force[1][:, player]), out), chosen[:, player]
            lost = best - (1.0 - choices.leave[index]) * stay - choices.leave[index] * out
        else:
            lost = _lost(out - believed[:, player], choices.leave[index])
        leaves = leaves.at[player].set(lost.max())
        if shape.hidden is not None and player != shape.hidden:
            leaves = leaves.at[player].max(_lost(out - force[1][:, player], choices.known[index]).max())
    if shape.hidden is not None:
        out = lapse if lumps.caught is None else lapse + by_row(lumps.caught)
        borne = reviewed(game, shape, period, choices.cheat, choices.known)
        for player in shape.principals:
            if player != shape.hidden:
                gain = out[:, player] - bearing(shape, borne, player, force, lapse, lumps)
                ends = ends.at[player].set(_lost(gain, yes(gain, game.precision[player])).max())
    back = by_channel(picked(after, game.snap_to) - picked(after, game.lapse_to))
    back = back if lumps.snapback is None else back + lumps.snapback
    voters = (game.snap_need == 1) | _seated(game, shape)
    votes = jnp.max(
        _lost(back, yes(back, game.precision[:, None, None, None])), axis=(2, 3), where=voters[:, :, None, None], initial=0
    )
    return {"leave": leaves, "terminate": ends, "snapback": votes.max(1)}


def _seated(game: Game, shape: Shape) -> Array:
    """Return who votes on each lapse's snapback in a body whose consent it needs [I, L]."""
    seats = jnp.zeros(game.snap_need.shape, bool)
    for index, body in enumerate(shape.bodies):
        for player, _, _ in body.seats:
            seats = seats.at[player].set(seats[player] | (game.snap_body[index] == 1))
    return seats
