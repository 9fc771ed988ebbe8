"""A round of talks: who accepts what, and who offers what (MODEL.md section 3, item 1).

P(k accepts a) = sigma(lambda_k (D_k(a) - N_k - refuse_k(a)))
P(all needed accept a | j) = product over needed players k != j, times the bodies' probabilities
P(j offers a) proportional to m(a) exp(lambda_j P(all accept) (D_j(a) - N_j)), passing to 1

A player who may leave the talks for good, which is worth O_k to it, has one choice more. Asked, it accepts, stays or leaves
in proportion to exp(lambda_k D_k(a)), exp(lambda_k (N_k + refuse_k(a))) and exp(lambda_k O_k). Proposing, it leaves with
weight exp(lambda_j (O_j - N_j)). Whoever proposes reckons with others leaving over its offer. At lambda = inf such an outside
option changes nothing where staying is worth more (Shaked and Sutton 1984; Binmore, Shaked and Sutton 1989).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from detente.engine.choice import answer, offer, offer_or_leave, yes
from detente.engine.stage import stage
from detente.game import Body, Game, Lumps, Shape
from detente.program import record


@record
@dataclass(frozen=True)
class Outside:
    """What leaving the talks for good leads to, from one base."""

    over: Float[Array, "I G R"]
    """Value to every player once talks are over [utils]."""
    lump: Float[Array, "I G|1 R|1"]
    """Lump sum that each player counts for leaving itself [utils]."""


@record
@dataclass(frozen=True)
class Round:
    """Everybody's choices in a round of talks from one base."""

    accept: Float[Array, "I A G R"]
    """Probability that each player accepts each package."""
    passes: Float[Array, "J A G R"]
    """Probability that all needed accept the proposer's offer."""
    offers: Float[Array, "J A G R"]
    """Probability that the proposer, having the chance, offers each package."""
    leave: Float[Array, "I A G R"] | None
    """Probability that each player, if asked for its consent, leaves the talks; None where nobody may."""
    gone: Float[Array, "J A G R"] | None
    """Probability that somebody leaves over the proposer's offer."""
    quits: Float[Array, "J G R"] | None
    """Probability that the proposer, having the chance, leaves instead."""


def everyone(
    votes: Float[Array, "I A G R"],
    need: Int[Array, "I A"],
    need_body: Int[Array, "C A"],
    bodies: tuple[Body, ...],
    settled: int | None = None,
) -> Float[Array, "A G R"]:
    """Return the probability that all whose consent is needed give it.

    Args:
        votes: Probability that each player says yes.
        need: 1 where the player's own consent is needed.
        need_body: 1 where the body's consent is needed.
        bodies: The bodies.
        settled: The player who is already committed to yes, because it made the offer.
    """
    agree = jnp.ones_like(votes[0])
    for player in range(need.shape[0]):
        if player != settled:
            agree = agree * jnp.where(need[player][:, None, None] == 1, votes[player], 1.0)
    for index, body in enumerate(bodies):
        agree = agree * jnp.where(need_body[index][:, None, None] == 1, carried(votes, body, need, settled), 1.0)
    return agree


def carried(
    votes: Float[Array, "I A G R"], body: Body, need: Int[Array, "I A"], settled: int | None = None
) -> Float[Array, "A G R"]:
    """Return the probability that a body's vote carries: no veto falls, and the quota is met.

    Seats vote independently given the state, so the count of yes votes is a sum of binomials. A player already committed,
    by its offer or by its consent as a party, votes yes with every seat it holds.
    """

    def vote(player: int) -> Float[Array, "A G R"]:
        # the same expression whoever is settled, so that XLA counts the votes of all but the proposer once for all proposers
        return jnp.ones_like(votes[0]) if player == settled else jnp.where(need[player][:, None, None] == 1, 1.0, votes[player])

    blocking = [(player, count) for player, count, veto in body.seats if veto]
    passed = jnp.ones_like(votes[0])
    for player, count in blocking:
        passed = passed * vote(player) ** count
    free = [(vote(player), count) for player, count, veto in body.seats if not veto]
    return passed * at_least(max(body.quota - sum(count for _, count in blocking), 0), free)


def at_least(quota: int, groups: list[tuple[Float[Array, "..."], int]]) -> Float[Array, "..."] | float:
    """Return the probability that independent votes, in groups of equal probability, sum to at least ``quota``.

    Counts the votes of the side with the shorter tail: yes below the quota, or no up to what it leaves.
    """
    spare = sum(count for _, count in groups) - quota
    if quota <= 0 or spare < 0:
        return float(quota <= 0)
    if quota - 1 < spare:
        return jnp.maximum(1.0 - at_most(quota - 1, groups), 0.0)
    return at_most(spare, [(1.0 - chance, count) for chance, count in groups])


def at_most(most: int, groups: list[tuple[Float[Array, "..."], int]]) -> Float[Array, "..."]:
    """Return the probability that independent votes, in groups of equal probability, sum to at most ``most``."""
    tally: list[Any] = [1.0]
    for chance, count in groups:
        pmf = binomial(chance, count, most)
        length = min(len(tally) + count, most + 1)
        tally = [sum(tally[m] * pmf[n - m] for m in range(len(tally)) if 0 <= n - m < len(pmf)) for n in range(length)]
    return jnp.asarray(sum(tally))


def binomial(chance: Float[Array, "..."], count: int, most: int) -> list[Float[Array, "..."]]:
    """Return the probabilities of 0 .. ``most`` successes in ``count``, powers built up by multiplication."""
    yes_powers: list[Any] = [1.0]
    no_powers: list[Any] = [1.0]
    for _ in range(count):
        yes_powers.append(yes_powers[-1] * chance)
        no_powers.append(no_powers[-1] * (1.0 - chance))
    return [comb(count, n) * yes_powers[n] * no_powers[count - n] for n in range(min(count, most) + 1)]


def acceptance(
    game: Game,
    signed: Float[Array, "I A G R"],
    waiting: Float[Array, "I G R"],
    refuse: Float[Array, "I A|1 G|1 R|1"] | None,
) -> Float[Array, "I A G R"]:
    """Return each player's probability of accepting each package; refusing costs it its ``refuse`` lump sum."""
    gain = signed - waiting[:, None]
    if refuse is not None:
        gain = gain - refuse
    return yes(gain, game.precision[:, None, None, None])


def talks(
    game: Game,
    shape: Shape,
    signed: Float[Array, "I A G R"],
    waiting: Float[Array, "I G R"],
    refuse: Float[Array, "I A|1 G|1 R|1"] | None,
    allowed: Int[Array, " A"],
    outside: Outside | None = None,
) -> tuple[Float[Array, "I A G R"], Float[Array, "J A G R"], Float[Array, "J A G R"]]:
    """Return acceptance by player, acceptance by all needed, and offers, by proposer."""
    met = meet(game, shape, signed, waiting, refuse, allowed, outside)
    return met.accept, met.passes, met.offers


def meet(
    game: Game,
    shape: Shape,
    signed: Float[Array, "I A G R"],
    waiting: Float[Array, "I G R"],
    refuse: Float[Array, "I A|1 G|1 R|1"] | None,
    allowed: Int[Array, " A"],
    outside: Outside | None,
) -> Round:
    """Return everybody's choices; ``outside`` is None where nobody may leave the talks."""
    accept = acceptance(game, signed, waiting, refuse)
    leave = None
    if outside is not None:
        accept, leave = _answers(game, shape, signed, waiting, refuse, accept, outside)
    log_menu = jnp.where(allowed == 1, game.log_menu, -jnp.inf)
    passes, offers, gone, quits = [], [], [], []
    for player in shape.proposers:
        # a stage, since what comes of an offer is read three times; whether a package is allowed is never negative either
        passed = stage(allowed[0], lambda votes, j=player: everyone(votes, game.need, game.need_body, shape.bodies, j), accept)
        gain, precision = signed[player] - waiting[player], game.precision[player]
        passes.append(passed)
        if outside is None or leave is None:
            offers.append(offer(gain, passed, log_menu, precision, shape.weighted))
            continue
        lost = walkout(shape, leave, player)
        alone = outside.over[player] - waiting[player]
        own = alone + outside.lump[player] if player in shape.leavers else None
        made, left = offer_or_leave(passed * gain + lost * alone, passed + lost, own, log_menu, precision, shape.weighted)
        offers.append(made)
        gone.append(lost)
        quits.append(left)
    if leave is None:
        return Round(accept, jnp.stack(passes), jnp.stack(offers), None, None, None)
    return Round(accept, jnp.stack(passes), jnp.stack(offers), leave, jnp.stack(gone), jnp.stack(quits))


def walkout(shape: Shape, leave: Float[Array, "I A G R"], proposer: int) -> Float[Array, "A G R"]:
    """Return the probability that somebody other than the proposer leaves over each package."""
    stay = jnp.ones_like(leave[0])
    for player in shape.leavers:
        if player != proposer:
            stay = stay * (1.0 - leave[player])
    return 1.0 - stay


def _answers(
    game: Game,
    shape: Shape,
    signed: Float[Array, "I A G R"],
    waiting: Float[Array, "I G R"],
    refuse: Float[Array, "I A|1 G|1 R|1"] | None,
    accept: Float[Array, "I A G R"],
    outside: Outside,
) -> tuple[Float[Array, "I A G R"], Float[Array, "I A G R"]]:
    """Return acceptance and leaving where some may leave; who votes in a body only does not leave over its vote."""
    leave = jnp.zeros_like(accept)
    stay = waiting[:, None] if refuse is None else waiting[:, None] + refuse
    leaving = jnp.broadcast_to((outside.over + outside.lump)[:, None] - stay, accept.shape)
    for player in shape.leavers:
        asked = (game.need[player] == 1)[:, None, None]
        accepts, leaves = answer((signed - stay)[player], leaving[player], game.precision[player])
        accept = accept.at[player].set(jnp.where(asked, accepts, accept[player]))
        leave = leave.at[player].set(jnp.where(asked, leaves, 0.0))
    return accept, leave


def outside_of(shape: Shape, lumps: Lumps, base: Float[Array, "B I G R"], index: Int[Array, ""] | int) -> Outside | None:
    """Return what leaving leads to from the base at ``index``, given values after today's decisions; None if nobody may."""
    if not shape.leavers:
        return None
    over = jnp.take(base, shape.over + jnp.asarray(index), axis=0)
    if lumps.leave is None:
        return Outside(over, jnp.zeros((shape.players, 1, 1), base.dtype))
    return Outside(over, jnp.take(lumps.leave, jnp.minimum(jnp.asarray(index), lumps.leave.shape[1] - 1), axis=1))
