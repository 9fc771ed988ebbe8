"""What everybody would do at one date, one by one, so that a person can take a player's place and the others play on.

The policy of a solve holds what choices add up to: an offer made and accepted, an agreement ended by anybody. Here are the
choices themselves, by the same formulas, at the values the policy was made from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from detente.engine.agreement import Conduct, bearing, caught_choices, conduct, lapse_values, reviewed, snap_votes, split
from detente.engine.course import along
from detente.engine.decide import signed_values
from detente.engine.decompose import folded, met
from detente.engine.evaluate import final
from detente.engine.period import accrue, apply
from detente.engine.policy import Policy, on
from detente.engine.round import Round, carried, everyone, meet, outside_of
from detente.engine.timed import at, tree_at
from detente.game import Channels, Game, Lumps, Shape
from detente.program import program, record

Free = tuple[Array, tuple[Array, ...], Lumps]
"""Flows that do not move with time, flows that do, and lump sums."""


@record
@dataclass(frozen=True)
class Meeting:
    """A round of talks from one base, in one state."""

    chance: Float[Array, " J"]
    """Probability that each proposer gets to propose in the period."""
    gain: Float[Array, "I A"]
    """Each player's gain from each package signed now over going on without it [utils]."""
    accept: Float[Array, "I A"]
    passes: Float[Array, "J A"]
    """Probability that all needed accept the proposer's offer."""
    bodies: Float[Array, "J C A"]
    """Probability that each body consents to the proposer's offer."""
    others: Float[Array, "I A"]
    """Probability that all needed accept once the player has agreed, whoever else made the offer."""
    offers: Float[Array, "J A"]
    leave: Float[Array, "I A"] | None
    """Probability that each player, asked for its consent, leaves the talks; None where nobody may."""
    quits: Float[Array, " J"] | None
    """Probability that the proposer, having the chance, leaves instead."""
    allowed: Int[Array, " A"]
    cheat: Float[Array, " A"] | None
    """Probability of cheating at once on each package; None without a hidden action."""


@record
@dataclass(frozen=True)
class Holding:
    """An agreement in force, in one state."""

    leave: Float[Array, "V A"] | None
    known: Float[Array, "V A"] | None
    cheat: Float[Array, " A"] | None
    ends: Float[Array, "P A"] | None
    """Probability that each principal other than the cheater ends an agreement found broken, in the principals' order."""
    restore: Float[Array, "I+1 2 L"]
    """Probability of a snapback, given that each player votes no, and yes; the last entry: as all would vote."""


@program("shape")
def afterwards(game: Game, shape: Shape, policy: Policy) -> Float[Array, "T S I G R"]:
    """Return the values after the decisions of every period under a policy [utils]."""

    def step(after: Array, period: Int[Array, ""], today: Policy) -> tuple[Array, Array]:
        values = apply(game, shape, game.payoff, period, today, after)
        return accrue(game, shape, game.payoff, jnp.maximum(period - 1, 0), values), after

    every: Array = along(game, shape, policy, step, final(game, shape, game.payoff, policy), reverse=True)[1]
    return every


@program("shape")
def meeting(
    game: Game,
    shape: Shape,
    period: Int[Array, ""],
    after: Float[Array, "S I G R"],
    belief: Float[Array, "A G R"] | None,
    base: Int[Array, ""],
    point: Int[Array, ""],
    regime: Int[Array, ""],
) -> Meeting:
    """Return what everybody would do in a round of talks.

    Args:
        game: The game.
        shape: Its static description.
        period: The period.
        after: Values after the decisions of the period.
        belief: What others believe about cheating in the period.
        base: Which base talks start from.
        point: The joint grid point of the stocks.
        regime: The joint regime.
    """
    lumps, choices = _choices(game, shape, period, after, belief)
    bases, force = split(shape, after)
    signed, waiting = signed_values(choices, lumps, force), jnp.take(bases, base, axis=0)
    outside = outside_of(shape, lumps, bases, base) if shape.leavers else None
    met = meet(game, shape, signed, waiting, lumps.refuse, game.allowed[base], outside)
    chance = at(game.talk, period)
    reach = jnp.take(chance, jnp.minimum(base, chance.shape[1] - 1), axis=1)
    here = _here(shape, point, regime)
    return Meeting(
        here(reach),
        here(signed - waiting[:, None]),
        here(met.accept),
        here(met.passes),
        here(_bodies(game, shape, met)),
        here(jnp.stack([everyone(met.accept, game.need, game.need_body, shape.bodies, i) for i in range(shape.players)])),
        here(met.offers),
        None if met.leave is None else here(met.leave),
        None if met.quits is None else here(met.quits),
        game.allowed[base],
        None if choices.cheat is None else here(choices.cheat),
    )


def _bodies(game: Game, shape: Shape, met: Round) -> Float[Array, "J C A G R"]:
    """Return the probability that each body consents to each proposer's offer."""
    none = jnp.zeros((0, *met.accept.shape[1:]), met.accept.dtype)

    def by(proposer: int) -> Array:
        each = [carried(met.accept, body, game.need, proposer) for body in shape.bodies]
        return jnp.stack([jnp.broadcast_to(chance, none.shape[1:]) for chance in each]) if each else none

    return jnp.stack([by(proposer) for proposer in shape.proposers])


@program("shape")
def holding(
    game: Game,
    shape: Shape,
    period: Int[Array, ""],
    after: Float[Array, "S I G R"],
    belief: Float[Array, "A G R"] | None,
    point: Int[Array, ""],
    regime: Int[Array, ""],
) -> Holding:
    """Return what everybody would do about an agreement in force; arguments as for :func:`meeting`. Some cause must end it."""
    lumps, choices = _choices(game, shape, period, after, belief)
    _, force = split(shape, after)
    here = _here(shape, point, regime)
    votes = snap_votes(game, after, lumps)
    ends = None
    if shape.hidden is not None:
        lapse = lapse_values(game, period, after, choices.restore, lumps.snapback)
        borne = reviewed(game, shape, period, choices.cheat, choices.known)
        stay = {player: bearing(shape, borne, player, force, lapse, lumps) for player in shape.principals}
        judged = caught_choices(game, shape, stay, lapse, lumps)
        if judged:
            ends = here(jnp.stack([jnp.broadcast_to(each, lapse[:, 0].shape) for each in judged.values()]))
    return Holding(
        None if choices.leave is None else here(choices.leave),
        None if choices.known is None else here(choices.known),
        None if choices.cheat is None else here(choices.cheat),
        ends,
        here(_restored(game, shape, votes)),
    )


def _restored(game: Game, shape: Shape, votes: Float[Array, "I L G R"]) -> Float[Array, "I+1 2 L G R"]:
    """Return the probability of a snapback given each player's vote."""

    def all_of(votes: Array) -> Array:
        return jnp.broadcast_to(everyone(votes, game.snap_need, game.snap_body, shape.bodies), votes.shape[1:])

    given = [jnp.stack([all_of(votes.at[i].set(vote)) for vote in (0.0, 1.0)]) for i in range(shape.players)]
    return jnp.stack([*given, jnp.stack([all_of(votes)] * 2)])


def _choices(game: Game, shape: Shape, period: Array, after: Array, belief: Array | None) -> tuple[Any, Conduct]:
    lumps = tree_at(game.payoff.lumps, period)
    return lumps, conduct(game, shape, period, after, lumps, belief)


def _here(shape: Shape, point: Array, regime: Array) -> Any:
    """Return what reads the last two axes of an array at one state."""

    def read(array: Array) -> Array:
        full = jnp.broadcast_to(array, (*array.shape[:-2], shape.points, shape.regimes))
        return full[..., point, regime]

    return read


@program("shape")
def terms_at(
    game: Game,
    shape: Shape,
    named: Channels,
    policy: Policy,
    period: Int[Array, ""],
    base: Int[Array, ""],
    point: Int[Array, ""],
    regime: Int[Array, ""],
    package: Int[Array, ""],
    who: Int[Array, ""],
) -> Float[Array, " K"]:
    """Return what each named term adds to one player's gain from a package signed in a period and state [utils].

    Values are linear in payoffs for a fixed policy, so a term adds its payoffs times the derivative of the gain to them; see
    :func:`detente.engine.decompose.gain_terms`, which does it for the start. Terms of other players are nought.
    """
    read = _here(shape, point, regime)

    def gain(channels: Channels) -> Array:
        signed, waiting = _valued(game, shape, channels, policy, period, base)
        return read(jnp.take(signed, package, axis=1) - waiting)

    own = named.owner == who
    if shape.terminal == "stationary":  # iterated to its limit, which has no derivative in reverse
        return jnp.where(own, gain(named), 0.0)
    weights = jax.grad(lambda free: gain(_paid(game, who, free))[0])(_nothing(game, shape, named))
    return jnp.where(own, jnp.stack([_part(named, k, weights) for k in range(len(named.owner))]), 0.0)


def _nothing(game: Game, shape: Shape, named: Channels) -> Free:
    """Return payoffs of nothing to one player, wherever and whenever a term may lie."""
    dtype = game.payoff.accrual.dtype
    states = (shape.rows, shape.points, shape.regimes)
    apart = (jnp.zeros((shape.periods + 1, *states), dtype),) if named.apart else ()
    lumps = {
        event: None if lump is None else jnp.zeros((lump.shape[0], 1, *lump.shape[2:]), dtype)
        for event, lump in vars(named.lumps).items()
    }
    return jnp.zeros((states[0], 1, *states[1:]), dtype), apart, Lumps(**lumps)


def _paid(game: Game, who: Int[Array, ""], free: Free) -> Channels:
    """Return payoffs as a channel of one player."""
    flow, apart, lumps = free
    rates = {name: getattr(game.payoff, name)[who[None]] for name in ("accrual", "discount", "forever", "owner")}
    return Channels((flow,), apart, lumps, **rates, apart_of=tuple(range(len(apart))))


def _part(named: Channels, k: int, weights: Free) -> Array:
    """Return a term's own payoff times what a unit of payoff adds to the gain, wherever it lies."""
    flow, apart, lumps = weights
    return met(
        named,
        k,
        lambda shape: folded(flow[:, 0], shape),
        lambda shape: folded(apart[0], shape),
        lambda event, _: getattr(lumps, event)[:, 0],
    )


def _valued(
    game: Game, shape: Shape, channels: Channels, policy: Policy, wanted: Int[Array, ""], base: Int[Array, ""]
) -> tuple[Float[Array, "K A G R"], Float[Array, "K G R"]]:
    """Return signed and waiting values of channels in the period wanted, from the base."""

    def step(state: tuple[Array, Array], period: Int[Array, ""], today: Policy) -> tuple[tuple[Array, Array], None]:
        after, kept = state
        values = apply(game, shape, channels, period, today, after)
        earlier = accrue(game, shape, channels, jnp.maximum(period - 1, 0), values)
        return (earlier, jnp.where(period == wanted, after, kept)), None

    last = final(game, shape, channels, policy)
    (_, after), _ = along(game, shape, policy, step, (last, last), reverse=True)
    bases, force = split(shape, after)
    today = on(policy, wanted)
    return signed_values(today.conduct, tree_at(channels.lumps, wanted), force), jnp.take(bases, base, axis=0)
