"""Backward induction: values, and the policy that makes them (MODEL.md section 4).

    W_i = flow_i * accrual_i + discount_i * E[V_i next]          after today's decisions
    V_i = value of W under today's choice probabilities          before today's decisions

One pass solves the game (channels are players); the same pass with the policy held fixed evaluates any other channels,
because values are linear in payoffs for a fixed policy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from detente.engine.agreement import Conduct, Fate, by_channel, by_row, conduct, expected, fate, in_force, lapse_values, split
from detente.engine.channelwise import channelwise
from detente.engine.motion import expect, framed
from detente.engine.policy import Anew, Course, Policy, Quit, on
from detente.engine.round import Outside, Round, meet, outside_of
from detente.engine.stage import added, stage, weighed
from detente.engine.stretch import periods, real, scan, through
from detente.engine.timed import at, tree_at
from detente.game import Channels, Game, Lumps, Shape
from detente.program import program, record

Out = TypeVar("Out")


@record
@dataclass(frozen=True)
class Solution:
    """What a solve gives: the policy of every period, values at the start, and the path of gains if kept."""

    policy: Course
    start: Float[Array, "S K G R"]
    """Values before the first period's decisions [utils]."""
    first: Float[Array, "S I G R"]
    """Values after the first period's decisions [utils]."""
    waiting: Float[Array, "T I G R"]
    """Value of going on without an agreement after today's decisions, N [utils]."""
    talking: Float[Array, "T I G R"]
    """Value of having no agreement before today's decisions, V [utils]."""
    outside: Outside | None
    """What leaving the talks for good leads to from the status quo, O = over + lump [T ...]; None where nobody may."""
    signed: Float[Array, "T I A G R"] | None
    """Value of each package once signed from the status quo, D [utils], if kept."""
    residual: Float[Array, ""]
    """Largest change of a value in the last pass of the infinite-horizon iteration; 0 for a finite horizon."""
    belief: Float[Array, "T A G R"] | None
    """Probability of cheating that others hold when nothing was found today; None: as likely as it would be chosen now."""
    unsettled: Float[Array, ""]
    """How far beliefs are from those play implies, on average over agreements in force."""


def flow_at(channels: Channels, period: Int[Array, ""]) -> Float[Array, "S K G R"]:
    """Return the flows in force in ``period`` [utils per year or round]."""
    return _with_moving(channels, period, channels.flow[0], jnp.ones_like(channels.accrual))


def _with_moving(
    channels: Channels, period: Int[Array, ""], values: Float[Array, "S K G R"], scale: Float[Array, " K"]
) -> Float[Array, "S K G R"]:
    """Add, to the channels that have any, flows that move with time; to the others nothing: stacking would take each apart."""
    for channel, moving in zip(channels.moving_to, channels.moving, strict=True):
        share = jnp.where(jnp.arange(len(scale)) == channel, scale, 0.0)
        values = values + share[:, None, None] * at(moving, period)[:, None]
    return values


def accrue(
    game: Game, shape: Shape, channels: Channels, period: Int[Array, ""], ahead: Float[Array, "S+2 K G R"]
) -> Float[Array, "S K G R"]:
    """Return W: this period's flow and the discounted expectation of ``ahead``, which comes framed."""
    still = channels.accrual[:, None, None] * channels.flow[0]
    value = still + channels.discount[:, None, None] * expect(game, shape, period, ahead)
    return _with_moving(channels, period, value, channels.accrual)


def signed_values(choices: Conduct, lumps: Lumps, force: list[Float[Array, "A K G R"]]) -> Float[Array, "K A G R"]:
    """Return D: the value of each package signed now, lump sums and the choice to cheat included."""
    value = by_channel(expected(choices.cheat, force))
    return value if lumps.sign is None else value + lumps.sign


def decide(
    game: Game,
    shape: Shape,
    period: Int[Array, ""],
    values: Float[Array, "S I G R"],
    belief: Float[Array, "A G R"] | None = None,
) -> Policy:
    """Return today's choice probabilities, given values after today's decisions and what others believe about cheating."""
    lumps = tree_at(game.payoff.lumps, period)
    choices = stage(period, lambda v: conduct(game, shape, period, v, lumps, belief), values)
    base, force = split(shape, values)
    signed = signed_values(choices, lumps, force)
    chance = at(game.talk, period)

    offered = _with_sides(game, shape, signed)
    refuse = _by_side(shape, lumps.refuse)

    def from_base(index: Int[Array, ""]) -> tuple[Any, ...]:
        waiting = jax.lax.dynamic_index_in_dim(base, index, 0, keepdims=False)
        reach = jax.lax.dynamic_index_in_dim(chance, jnp.minimum(index, chance.shape[1] - 1), 1)
        met = meet(game, shape, offered, waiting, refuse, game.allowed[index], outside_of(shape, lumps, base, index))
        made = reach * met.offers
        refused = None if refuse is None else added(_fold(shape, _refused(game, shape, met, made)), 1)
        agreed = _fold(shape, made * met.passes)  # J M A G R
        side = None if shape.sides == 1 else jnp.einsum("jmagr,mi->igr", agreed, game.side)
        watched = (made, met.accept) if shape.watched else (None, None)
        return added(agreed, 1), refused, side, *watched, _quit(shape, met, reach, made)

    sign, refused, side, made, accept, quits = _each(from_base, shape.talking)
    return Policy(sign, refused, side, choices, made, accept, quits)


def _with_sides(game: Game, shape: Shape, signed: Float[Array, "I A G R"]) -> Float[Array, "I MA G R"]:
    """Return the value of signing each package with each side payment."""
    if shape.sides == 1:
        return signed
    levels = game.side.T[:, :, None, None, None]
    return (signed[:, None] + levels).reshape(signed.shape[0], -1, *signed.shape[2:])


def _by_side(shape: Shape, refuse: Float[Array, "I A|1 G|1 R|1"] | None) -> Float[Array, "I MA|1 G|1 R|1"] | None:
    """Return the lump sum of refusing each package with each side payment."""
    if refuse is None or refuse.shape[1] == 1:
        return refuse
    return jnp.tile(refuse, (1, shape.sides, 1, 1))


def _fold(shape: Shape, array: Float[Array, "X MA G R"]) -> Float[Array, "X M A G R"]:
    """Give side payments an axis of their own."""
    return array.reshape(array.shape[0], shape.sides, -1, *array.shape[2:])


def _each(function: Callable[[Int[Array, ""]], Out], count: int) -> Out:
    """Apply ``function`` to 0 .. count-1, stacked; one after the other, so that memory does not grow with ``count``."""
    if count == 1:
        return jax.tree.map(lambda leaf: leaf[None], function(jnp.asarray(0)))
    return jax.lax.map(function, jnp.arange(count))


def _refused(game: Game, shape: Shape, met: Round, made: Float[Array, "J A G R"]) -> Float[Array, "I A G R"]:
    """Return the probability that each player is asked, says no, and stays."""
    asked = [game.need.at[player].set(0) for player in shape.proposers]
    total = sum(ask[:, :, None, None] * made[j] for j, ask in enumerate(asked))
    return total * (1.0 - met.accept if met.leave is None else 1.0 - met.accept - met.leave)


def _quit(shape: Shape, met: Round, reach: Float[Array, "J 1 G|1 R"], made: Float[Array, "J A G R"]) -> Quit | None:
    """Return the probability that somebody leaves the talks, and that each player does."""
    if met.leave is None or met.gone is None or met.quits is None:
        return None
    instead = reach[:, 0] * met.quits
    left = jnp.zeros((shape.players, *instead.shape[1:]), made.dtype)
    for j, player in enumerate(shape.proposers):
        left = left + jnp.sum(met.leave.at[player].set(0.0) * made[j], axis=1)
        left = left.at[player].add(instead[j])
    return Quit(instead.sum(0) + (made * met.gone).sum((0, 1)), left)


@record
@dataclass(frozen=True)
class Weights:
    """By what today's choices multiply the values of every channel alike; laid out once, read by each."""

    to: Float[Array, "B' S G R"]
    """Probability that talks lead from each base to each row: nothing signed, a package signed, talks over."""
    signs: Float[Array, "B' A G R"]
    """Probability of signing each package from each base."""
    fates: Fate | None
    """What becomes of agreements in force; None where they never end."""


def weights(game: Game, shape: Shape, period: Int[Array, ""], policy: Policy) -> Weights:
    """Return the weights a policy puts on values."""
    chance, cheat = added(policy.sign, 1), policy.conduct.cheat
    signed = [chance] if cheat is None else [chance * (1.0 - cheat), chance * cheat]
    return Weights(
        jnp.concatenate([_unsigned(shape, policy, chance.sum(1)), *signed], axis=1),
        chance,
        fate(game, shape, period, policy.conduct),
    )


def _unsigned(shape: Shape, policy: Policy, signed: Float[Array, "B' G R"]) -> Float[Array, "B' B G R"]:
    """Return the probability of each base after talks from each base, given that of signing anything."""

    def at_base(first: int, chance: Array) -> Array:
        return jnp.eye(shape.talking, shape.bases, first, chance.dtype)[:, :, None, None] * chance[:, None]

    if policy.quit is None:
        return at_base(0, 1.0 - signed)
    return at_base(0, 1.0 - signed - policy.quit.over) + at_base(shape.over, policy.quit.over)


def apply(
    game: Game, shape: Shape, channels: Channels, period: Int[Array, ""], policy: Policy, values: Float[Array, "S K G R"]
) -> Float[Array, "S+2 K G R"]:
    """Return V, the value before today's decisions, framed, of any channels under a policy: linear in ``values`` and lumps."""
    by = stage(period, lambda: weights(game, shape, period, policy))
    return channelwise(partial(_apply, shape), (game, period, policy, by), channels, values)


def _apply(
    shape: Shape, shared: tuple[Game, Int[Array, ""], Policy, Weights], channels: Channels, values: Float[Array, "S K G R"]
) -> Float[Array, "S+2 K G R"]:
    game, period, policy, by = shared
    lumps = tree_at(channels.lumps, period)
    n = shape.talking
    talked = _sum(period, by.to, values)
    if lumps.sign is not None:
        talked = talked + _sum(period, by.signs, by_row(lumps.sign))
    if lumps.refuse is not None:
        refused = policy.refused[:, channels.owner]  # B' K A G R
        talked = talked + jnp.sum(refused * lumps.refuse, axis=2)
    if policy.quit is not None and lumps.leave is not None:
        talked = talked + policy.quit.left[:, channels.owner] * by_row(lumps.leave)
    if policy.side is not None:
        talked = talked + policy.side[:, channels.owner]
    if by.fates is None:
        return framed(talked, values[n:])
    lapse = lapse_values(game, period, values, policy.conduct.restore, lumps.snapback)
    base, force = split(shape, values)
    return framed(talked, base[n:], *in_force(shape, by.fates, channels, lumps, force, lapse))


def _sum(
    period: Int[Array, ""], weights: Float[Array, "B' N G R"], worth: Float[Array, "N|1 K G|1 R|1"]
) -> Float[Array, "B' K G R"]:
    """Return sums over rows or packages; a plain sum for one base, where a contraction would transpose."""
    bases, size, *states = weights.shape
    if bases == 1:
        return weighed(period, weights[0], jnp.broadcast_to(worth, (size, *worth.shape[1:])))[None]
    return jnp.einsum("bngr,nkgr->bkgr", weights, jnp.broadcast_to(worth, (size, worth.shape[1], *states)))


def terminal(shape: Shape, channels: Channels) -> Float[Array, "S+2 K G R"]:
    """Return values at the horizon, framed: the state and its flows for ever (frozen), or nothing; plus ``horizon`` lump sums."""
    values = jnp.zeros(channels.flow.shape[1:], channels.flow.dtype)
    if shape.terminal == "frozen":
        values = channels.forever[:, None, None] * flow_at(channels, jnp.asarray(shape.periods))
    horizon = tree_at(channels.lumps, shape.periods).horizon
    return framed(values if horizon is None else values + by_row(horizon))


def backward(
    game: Game,
    shape: Shape,
    period: Int[Array, ""],
    after: Float[Array, "S I G R"],
    belief: Float[Array, "A G R"] | None = None,
) -> tuple[Float[Array, "S+2 I G R"], Policy]:
    """Return one period's values before decisions, framed, and its policy, from values after decisions."""
    policy = stage(period, lambda v: decide(game, shape, period, v, belief), after)
    return apply(game, shape, game.payoff, period, policy, after), policy


def stationary(
    game: Game, shape: Shape, tolerance: float = 1e-13, most: int = 200_000
) -> tuple[Float[Array, "S+2 I G R"], Float[Array, ""]]:
    """Iterate one cycle of the last periods to the infinite-horizon fixed point; return values, framed, and the last change."""
    first = shape.periods - shape.cycle

    def cycle(values: Float[Array, "S+2 I G R"]) -> Float[Array, "S+2 I G R"]:
        def one(i: int, ahead: Float[Array, "S+2 I G R"]) -> Float[Array, "S+2 I G R"]:
            period = jnp.asarray(shape.periods - 1 - i)
            return backward(game, shape, period, accrue(game, shape, game.payoff, period, ahead))[0]

        return jax.lax.fori_loop(0, shape.periods - first, one, values)

    def going(state: tuple[Any, Any, Any]) -> Array:
        values, change, count = state
        return (change > tolerance * (1.0 + jnp.abs(values).max())) & (count < most)

    def again(state: tuple[Any, Any, Any]) -> tuple[Any, Any, Any]:
        values, _, count = state
        new = cycle(values)
        return new, jnp.abs(new - values).max(), count + 1

    zero = terminal(shape, game.payoff)
    values, change, _ = jax.lax.while_loop(going, again, (zero, jnp.asarray(jnp.inf, zero.dtype), 0))
    return values, change


@program("shape", "keep")
def solve(game: Game, shape: Shape, belief: Float[Array, "T A G R"] | None = None, keep: bool = False) -> Solution:
    """Solve the game by backward induction, given what others believe about cheating (None: memoryless).

    ``keep`` also returns the path of the values of signing.
    """
    residual = jnp.zeros((), game.payoff.flow.dtype)
    if shape.terminal == "stationary":
        final, residual = stationary(game, shape)
    else:
        final = terminal(shape, game.payoff)

    def step(after: Array, today: tuple[Int[Array, ""], Any]) -> tuple[Array, Any]:
        period, believed = today
        values, policy = backward(game, shape, period, after, believed)
        base, force = split(shape, after)
        lumps = tree_at(game.payoff.lumps, period)
        signed = signed_values(policy.conduct, lumps, force) if keep else None
        outside = outside_of(shape, lumps, base, 0)
        # W is carried, not V: a loop's state is laid out once, while a value inside it is recomputed by every reader
        earlier = jax.lax.cond(period > 0, lambda v: accrue(game, shape, game.payoff, period - 1, v), lambda _: after, values)
        return earlier, (policy, base[0], values[1], outside, signed)

    last = accrue(game, shape, game.payoff, jnp.asarray(shape.periods - 1), final)
    course: Course
    if shape.stretch:
        first, course, (waiting, talking, outside, signed) = _stretched(shape, step, last, belief)
        today = decide(game, shape, jnp.asarray(0), first, None if belief is None else belief[0])
    else:
        # differentiated, a period is solved anew from the values after it: keeping all it was made of takes longer
        first, (policies, waiting, talking, outside, signed) = jax.lax.scan(
            jax.checkpoint(step, prevent_cse=False), last, (jnp.arange(shape.periods), belief), reverse=True
        )
        course, today = policies, on(policies, 0)
    start = apply(game, shape, game.payoff, jnp.asarray(0), today, first)[1:-1]
    return Solution(course, start, first, waiting, talking, outside, signed, residual, belief, jnp.zeros_like(residual))


def _stretched(
    shape: Shape,
    step: Callable[[Any, Any], tuple[Any, Any]],
    last: Float[Array, "S I G R"],
    belief: Float[Array, "T A G R"] | None,
) -> tuple[Float[Array, "S I G R"], Anew, list[Any]]:
    """Go back through all periods as ``step`` does, keeping values at the end of every stretch instead of policies."""

    def one(after: Array, period: Int[Array, ""]) -> tuple[Array, Any]:
        earlier, (policy, *path) = step(after, (period, None if belief is None else belief[period]))
        return earlier, (policy.conduct.cheat, *path)

    def stretch(after: Array, index: Int[Array, ""]) -> tuple[Array, Any]:
        return scan(real(shape, one), after, periods(shape, index), reverse=True)

    first, ends, (cheat, *path) = through(shape, stretch, last, reverse=True)
    return first, Anew(ends, belief, cheat), path


def repeat(
    step: Callable[[Array, Array], Array], shape: Shape, values: Float[Array, "S K G R"], most: int = 200_000
) -> Float[Array, "S K G R"]:
    """Repeat the last cycle of periods until values settle."""

    def going(state: tuple[Any, Any, Any]) -> Array:
        now, change, count = state
        return (change > 1e-13 * (1.0 + jnp.abs(now).max())) & (count < most)

    def again(state: tuple[Any, Any, Any]) -> tuple[Any, Any, Any]:
        now, _, count = state
        new = jax.lax.fori_loop(0, shape.cycle, lambda i, v: step(v, jnp.asarray(shape.periods - 1 - i)), now)
        return new, jnp.abs(new - now).max(), count + 1

    return jax.lax.while_loop(going, again, (values, jnp.asarray(jnp.inf, values.dtype), 0))[0]
