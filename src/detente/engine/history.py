"""What a history that has been seen says: its probability under a policy, and what follows given that it happened.

The forward pass of :mod:`detente.engine.push`, filtered: in every period the distribution over bases, agreements in force,
stocks and regimes keeps only what agrees with what was seen. What is left at the end is the probability of the whole history,
jointly, not a product of the probabilities of its parts (Baum et al. 1970). The probability of any event *and* the history is
the derivative of the history's probability with respect to a weight of one on the event (Darwiche 2003): one reverse pass
gives what is to be expected of every period, before and after the last thing seen.

What is not seen is not denied: a period without a note may have held an offer nobody reported.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import add
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from detente.engine.agreement import fate, split
from detente.engine.motion import framed, transport
from detente.engine.policy import Policy
from detente.engine.push import Parts, by_lapse, lapse, postures, settle, start
from detente.engine.round import carried
from detente.game import Game, Shape
from detente.program import program, record


@record
@dataclass(frozen=True)
class Seen:
    """What was seen, by period; zeros and ones but for ``quiet``. Nothing seen: all zeros, and ones in ``regime``."""

    quiet: Float[Array, " T"]
    """Share of the period in which no agreement is known to have been signed."""
    signed: Float[Array, " T"]
    """Whether an agreement is known to have been signed."""
    lapsed: Float[Array, "T H"]
    """Causes by one of which an agreement is known to have ended; zeros: nothing known."""
    offered: Float[Array, "T J"]
    """Who is known to have made an offer."""
    refused: Float[Array, "T K"]
    """Which players, then bodies, are known to have been asked and to have said no."""
    regime: Float[Array, "T+1 R"]
    """Joint regimes possible at the start of the period."""


@record
@dataclass(frozen=True)
class Given:
    """What is to be expected given what was seen; probabilities of events in each period, as in :class:`push.Events`."""

    log_likelihood: Float[Array, ""]
    """Logarithm of the probability of everything seen; -inf for what cannot happen."""
    signed: Float[Array, "T J A"]
    first: Float[Array, "T R"]
    alive: Float[Array, " T+1"]
    regime: Float[Array, "T+1 R"]
    """Probability of every joint regime at the start of the period."""
    fresh: Float[Array, "T Z A G R"]
    """Agreements signed in each period, by posture."""


def asked(
    game: Game, shape: Shape, accept: Float[Array, "I A G R"], seen: Float[Array, " K"], proposer: int
) -> Float[Array, "A G R"]:
    """Return the probability that all who are known to have refused were asked, given an offer of the package, and said no."""
    no: Any = jnp.ones_like(accept[0])
    for player in range(shape.players):
        own = game.need[player][:, None, None] * (1.0 - accept[player])
        no = no * jnp.where(seen[player] > 0, jnp.zeros_like(own) if player == proposer else own, 1.0)
    for index, body in enumerate(shape.bodies):
        voted = game.need_body[index][:, None, None] * (1.0 - carried(accept, body, game.need, proposer))
        no = no * jnp.where(seen[shape.players + index] > 0, voted, 1.0)
    return no


def talk(
    game: Game, shape: Shape, today: Policy, seen: Seen, base: Float[Array, "B G R"]
) -> tuple[Float[Array, "B G R"], Float[Array, "B' J A G R"]]:
    """Return the mass still without an agreement and the mass that signs, both as far as they agree with what was seen."""
    n = shape.talking
    mass = base[:n, None, None]
    refused = seen.refused.max(initial=0.0)
    talked = jnp.maximum(seen.offered.max(initial=0.0), refused)
    known = jnp.where(seen.offered.max(initial=0.0) > 0, seen.offered * (seen.offered.sum() == 1), 1.0)
    by = known[None, :, None, None, None]
    signed = mass * today.sign * by * (1.0 - seen.quiet) * (1.0 - refused)
    passed = today.made - today.sign
    said = [[asked(game, shape, today.accept[b], seen.refused, j) for j in shape.proposers] for b in range(n)]
    no = today.made * jnp.stack([jnp.stack(each) for each in said])
    failed = (mass * by * jnp.where(refused > 0, no, passed)).sum((1, 2))
    waited = base[:n] - (mass * today.sign).sum((1, 2))
    after = (base * (1.0 - talked)).at[:n].set(jnp.where(talked > 0, failed, waited))
    return after * (1.0 - seen.signed), signed


def _filtered(game: Game, shape: Shape, policy: Policy, seen: Seen, weight: dict[str, Array]) -> Float[Array, ""]:
    """Return the logarithm of the probability of everything seen, every event weighted."""

    def step(state: tuple[Any, Any], period: Int[Array, ""]) -> tuple[Any, None]:
        mass, log = state
        today, now, by = (jax.tree.map(lambda leaf: leaf[period], tree) for tree in (policy, seen, weight))
        base, force = split(shape, mass * now.regime * by["regime"])
        force = [each * by["alive"] for each in force]
        kept, ended = lapse(fate(game, shape, period, today.conduct), force)
        after, signed = talk(game, shape, today, now, base)
        after, signed, kept, ended = _only(now, after, signed, kept, ended)
        signed = signed * by["signed"][None, :, :, None, None]
        signed = signed.at[0].multiply(by["first"])
        new = [each * share for each, share in zip(postures(today.conduct, signed.sum((0, 1))), by["fresh"], strict=True)]
        decided = framed(settle(game, today.conduct, after, by_lapse(game, ended)), *map(add, kept, new))
        total = decided.sum()
        scale = jnp.where(total > 0, total, 1.0)
        return (transport(game, shape, period, decided / scale), log + jnp.log(total)), None

    first = (start(game, shape), jnp.zeros((), game.moves.dtype))
    (mass, log), _ = jax.lax.scan(step, first, jnp.arange(shape.periods))
    base, force = split(shape, mass * seen.regime[-1] * weight["regime"][-1])
    return log + jnp.log(base.sum() + weight["alive"][-1] * sum(each.sum() for each in force))


def _only(
    seen: Seen, after: Float[Array, "B G R"], signed: Array, kept: Parts, ended: Parts
) -> tuple[Array, Array, Parts, Parts]:
    """Keep the ways through a period that agree with what was seen: one signs, ends, talks or waits, never two at once."""
    over = seen.lapsed.max(initial=0.0)
    talked = jnp.maximum(seen.offered.max(initial=0.0), seen.refused.max(initial=0.0))
    elsewhere = jnp.maximum(talked, seen.signed)  # then no agreement was in force
    listed = jnp.where(over > 0, seen.lapsed, 1.0)
    return (
        after * (1.0 - over),
        signed * (1.0 - over),
        [each * (1.0 - over) * (1.0 - elsewhere) for each in kept],
        [each * listed[cause] * (1.0 - elsewhere) for cause, each in enumerate(ended)],
    )


@program("shape")
def likelihood(game: Game, shape: Shape, policy: Policy, seen: Seen) -> Float[Array, ""]:
    """Return the logarithm of the probability of everything seen; differentiable."""
    return _filtered(game, shape, policy, seen, _ones(game, shape))


@program("shape")
def given(game: Game, shape: Shape, policy: Policy, seen: Seen) -> Given:
    """Return the probability of everything seen, and of what is to be expected given that it happened."""
    log, share = jax.value_and_grad(lambda weight: _filtered(game, shape, policy, seen, weight))(_ones(game, shape))
    return Given(log, **share)


def _ones(game: Game, shape: Shape) -> dict[str, Array]:
    t, a, g, r = shape.periods, shape.packages, shape.points, shape.regimes
    sizes = {
        "signed": (t, len(shape.proposers), a),
        "first": (t, r),
        "alive": (t + 1,),
        "regime": (t + 1, r),
        "fresh": (t, shape.postures, a, g, r),
    }
    return {name: jnp.ones(size, game.moves.dtype) for name, size in sizes.items()}
