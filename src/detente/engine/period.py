"""One period back: values after its decisions from those of the next, and values before them from those after.

    W_i = flow_i * accrual_i + discount_i * E[V_i next]          after today's decisions
    V_i = value of W under today's choice probabilities          before today's decisions

The same pass with the policy held fixed values any other channels, because values are linear in payoffs for a fixed policy.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial, reduce
from operator import add

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from detente.engine.agreement import Fate, by_row, fate, in_force, lapse_values, split
from detente.engine.channelwise import channelwise
from detente.engine.decide import decide
from detente.engine.motion import expect, framed
from detente.engine.policy import Policy
from detente.engine.stage import added, stage, weighed
from detente.engine.timed import at, tree_at
from detente.game import Channels, Game, Shape
from detente.program import record


def flow_at(shape: Shape, channels: Channels, period: Int[Array, ""]) -> Float[Array, "S K G R"]:
    """Return the flows in force in ``period`` [utils per year or round]."""
    return _with_flows(channels, period, _nothing(shape, channels), jnp.ones_like(channels.accrual))


def _nothing(shape: Shape, channels: Channels) -> Float[Array, "S K G R"]:
    rates = channels.accrual
    return jnp.zeros((shape.rows, len(rates), shape.points, shape.regimes), rates.dtype)


def _with_flows(
    channels: Channels, period: Int[Array, ""], values: Float[Array, "S K G R"], scale: Float[Array, " K"]
) -> Float[Array, "S K G R"]:
    """Add flows to values: first, once for all points, those that stocks make no difference to."""
    apart = tuple(zip(channels.apart_of, channels.apart, strict=True))

    def paid(alike: bool) -> list[Array]:
        together = [scale[:, None, None] * flow for flow in channels.flows if (flow.shape[2] == 1) == alike]
        # of one channel, and as nothing to the others: stacking would take each apart
        shares = [(jnp.where(jnp.arange(len(scale)) == channel, scale, 0.0), flow) for channel, flow in apart]
        return together + [
            share[:, None, None] * at(flow, period)[:, None] for share, flow in shares if (flow.shape[2] == 1) == alike
        ]

    if any(flow.shape[2] == 1 for flow in (*channels.flows, *channels.apart)):
        values = values + stage(period, lambda: reduce(add, paid(True)))
    return reduce(add, paid(False), values)


def accrue(
    game: Game, shape: Shape, channels: Channels, period: Int[Array, ""], ahead: Float[Array, "S+2 K G R"]
) -> Float[Array, "S K G R"]:
    """Return W: this period's flow and the discounted expectation of ``ahead``, which comes framed."""
    value = channels.discount[:, None, None] * expect(game, shape, period, ahead)
    return _with_flows(channels, period, value, channels.accrual)


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

    def laid() -> Weights:
        chance, cheat = added(policy.sign, 1), policy.conduct.cheat
        signed = [chance] if cheat is None else [chance * (1.0 - cheat), chance * cheat]
        to = jnp.concatenate([_unsigned(shape, policy, chance.sum(1)), *signed], axis=1)
        return Weights(to, chance, fate(game, shape, period, policy.conduct))

    return stage(period, laid)


def _unsigned(shape: Shape, policy: Policy, signed: Float[Array, "B' G R"]) -> Float[Array, "B' B G R"]:
    """Return the probability of each base after talks from each base, given that of signing anything."""

    def at_base(first: int, chance: Array) -> Array:
        return jnp.eye(shape.talking, shape.bases, first, chance.dtype)[:, :, None, None] * chance[:, None]

    if policy.quit is None:
        return at_base(0, 1.0 - signed)
    return at_base(0, 1.0 - signed - policy.quit.over) + at_base(shape.over, policy.quit.over)


def apply(
    game: Game,
    shape: Shape,
    channels: Channels,
    period: Int[Array, ""],
    policy: Policy,
    values: Float[Array, "S K G R"],
    by: Weights | None = None,
) -> Float[Array, "S+2 K G R"]:
    """Return V, the value before today's decisions, framed, of any channels under a policy: linear in ``values`` and lumps.

    ``by`` is the policy's weights, where they have been made for other channels.
    """
    by = by or weights(game, shape, period, policy)
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
    values = _nothing(shape, channels)
    if shape.terminal == "frozen":
        values = channels.forever[:, None, None] * flow_at(shape, channels, jnp.asarray(shape.periods))
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
