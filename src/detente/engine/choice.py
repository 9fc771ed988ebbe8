"""Logit choice, exact at infinite precision.

    P(yes) = 1 / (1 + exp(-lambda g)),   P(a) = m(a) exp(lambda u(a)) / (1 + sum_b m(b) exp(lambda u(b)))

(McKelvey and Palfrey 1998). Continuation values are expected payoffs under these probabilities, never log-sums. At
lambda = inf ties are broken towards agreement; values closer than TIE [utils] count as tied.

What exponents are taken from, so that none overflows, changes no probability: it is held fixed when choices are differentiated.
The derivative of a maximum asks which entries equal it, and a compiler that works an entry out twice, with and without a fused
multiply-add, may find that none does.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax.lax import stop_gradient
from jax.nn import sigmoid
from jaxtyping import Array, Float

from detente.game import Precision

TIE = 1e-9


def yes(gain: Float[Array, "..."], precision: Precision) -> Float[Array, "..."]:
    """Return the probability of choosing the alternative that gains ``gain`` [utils] over the other; a tie says yes."""
    soft = sigmoid(precision.finite * gain)
    return jnp.where(precision.infinite, (gain >= -TIE).astype(soft.dtype), soft) if precision.exact else soft


def offer(
    gain: Float[Array, "A G R"],
    passes: Float[Array, "A G R"],
    log_menu: Float[Array, "A"],
    precision: Precision,
    weighted: bool,
) -> Float[Array, "A G R"]:
    """Return the probability of proposing each package; what is left of one is the probability of passing.

    Args:
        gain: The proposer's gain from each package once signed [utils].
        passes: Probability that everyone needed accepts it.
        log_menu: Logarithm of menu weights; -inf leaves a package out.
        precision: The proposer's lambda [per util].
        weighted: Whether menu weights are used (else each weight is one).
    """
    weight = (log_menu if weighted else jnp.where(jnp.isinf(log_menu), -jnp.inf, 0.0))[:, None, None]
    if not precision.exact:
        return _logit(gain, passes, weight, precision)
    # a branch, not a selection: only one of the two is computed
    return jax.lax.cond(precision.infinite, _best, _logit, gain, passes, weight, precision)


def _logit(
    gain: Float[Array, "A G R"], passes: Float[Array, "A G R"], weight: Float[Array, "A 1 1"], precision: Precision
) -> Float[Array, "A G R"]:
    """Weigh packages and passing by what they are expected to gain."""
    score = precision.finite * (passes * gain) + weight
    top = stop_gradient(jnp.maximum(jnp.max(score, axis=0, keepdims=True), 0.0))
    mass = jnp.exp(score - top)
    return mass / (jnp.exp(-top) + mass.sum(0, keepdims=True))


def answer(
    gain: Float[Array, "..."], leaving: Float[Array, "..."], precision: Precision
) -> tuple[Float[Array, "..."], Float[Array, "..."]]:
    """Return the probabilities of accepting and of leaving for good, where refusing and staying is open too.

    Args:
        gain: What accepting gains over refusing and staying [utils].
        leaving: What leaving gains over it [utils].
        precision: The player's lambda [per util]; at inf a tie goes to accepting first, then to staying.
    """
    top = stop_gradient(jnp.maximum(jnp.maximum(gain, leaving), 0.0))
    accepts, leaves, stays = (jnp.exp(precision.finite * (value - top)) for value in (gain, leaving, jnp.zeros_like(top)))
    total = accepts + leaves + stays
    if not precision.exact:
        return accepts / total, leaves / total
    sure = (gain >= jnp.maximum(leaving, 0.0) - TIE).astype(total.dtype)
    gone = (1.0 - sure) * (leaving > TIE)
    return jnp.where(precision.infinite, sure, accepts / total), jnp.where(precision.infinite, gone, leaves / total)


def offer_or_leave(
    worth: Float[Array, "A G R"],
    moves: Float[Array, "A G R"],
    leaving: Float[Array, "G R"] | None,
    log_menu: Float[Array, "A"],
    precision: Precision,
    weighted: bool,
) -> tuple[Float[Array, "A G R"], Float[Array, "G R"]]:
    """Return the probabilities of proposing each package and of leaving for good; what is left of one is that of passing.

    Args:
        worth: What proposing each package is expected to gain the proposer over passing, whatever the answer [utils].
        moves: Probability that anything comes of proposing it: that it is accepted, or that somebody leaves over it.
        leaving: What the proposer gains by leaving [utils], with the weight of passing; None: it cannot.
        log_menu: Logarithm of menu weights; -inf leaves a package out.
        precision: The proposer's lambda [per util]; at inf a tie goes to proposing first, then to passing.
        weighted: Whether menu weights are used (else each weight is one).
    """
    finite = precision.finite
    weight = (log_menu if weighted else jnp.where(jnp.isinf(log_menu), -jnp.inf, 0.0))[:, None, None]
    may = leaving is not None
    out = jnp.zeros(worth.shape[1:], worth.dtype) if leaving is None else leaving
    score = finite * worth + weight
    top = stop_gradient(jnp.maximum(jnp.maximum(jnp.max(score, axis=0), finite * out), 0.0))
    mass, quits = jnp.exp(score - top), may * jnp.exp(finite * out - top)
    total = jnp.exp(-top) + mass.sum(0) + quits
    if not precision.exact:
        return mass / total, quits / total
    open_ = jnp.isfinite(weight)
    best = jnp.max(jnp.where(open_, worth, -jnp.inf), axis=0)
    tied = open_ & (worth >= jnp.maximum(best, jnp.maximum(out, 0.0)) - TIE)
    sure = jnp.where(tied, jnp.exp(jnp.where(open_, weight, 0.0)) * moves, 0.0)
    whole = sure.sum(0)
    gone = (out > jnp.maximum(best, 0.0) + TIE).astype(worth.dtype)
    offers = jnp.where(precision.infinite, (1.0 - gone) * sure / jnp.where(whole > 0.0, whole, 1.0), mass / total)
    return offers, jnp.where(precision.infinite, gone, quits / total)


def _best(
    gain: Float[Array, "A G R"], passes: Float[Array, "A G R"], weight: Float[Array, "A 1 1"], _: Precision
) -> Float[Array, "A G R"]:
    """Put all weight on the best packages that can pass; pass only when none is worth proposing."""
    open_, expected = jnp.isfinite(weight), passes * gain
    best = jnp.max(jnp.where(open_, expected, -jnp.inf), axis=0, keepdims=True)
    tied = open_ & (expected >= best - TIE) & (gain >= -TIE)
    mass = jnp.where(tied, jnp.exp(jnp.where(open_, weight, 0.0)) * passes, 0.0)
    total = mass.sum(0, keepdims=True)
    return mass / jnp.where(total > 0.0, total, 1.0)
