"""Logit choice, exact at infinite precision.

    P(yes) = 1 / (1 + exp(-lambda g)),   P(a) = m(a) exp(lambda u(a)) / (1 + sum_b m(b) exp(lambda u(b)))

(McKelvey and Palfrey 1998). Continuation values are expected payoffs under these probabilities, never log-sums. At
lambda = inf ties are broken towards agreement; values closer than TIE [utils] count as tied.
"""

from __future__ import annotations

import jax.numpy as jnp
from jax.nn import sigmoid
from jaxtyping import Array, Float

TIE = 1e-9


def _finite(precision: Float[Array, "..."]) -> Float[Array, "..."]:
    return jnp.where(jnp.isinf(precision), 1.0, precision)


def yes(gain: Float[Array, "..."], precision: Float[Array, "..."]) -> Float[Array, "..."]:
    """Return the probability of choosing the alternative that gains ``gain`` [utils] over the other; a tie says yes."""
    soft = sigmoid(_finite(precision) * gain)
    return jnp.where(jnp.isinf(precision), (gain >= -TIE).astype(soft.dtype), soft)


def offer(
    gain: Float[Array, "A G R"],
    passes: Float[Array, "A G R"],
    log_menu: Float[Array, "A"],
    precision: Float[Array, ""],
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
    expected = passes * gain
    weight = (log_menu if weighted else jnp.where(jnp.isinf(log_menu), -jnp.inf, 0.0))[:, None, None]
    score = _finite(precision) * expected + weight
    top = jnp.maximum(jnp.max(score, axis=0, keepdims=True), 0.0)
    mass = jnp.exp(score - top)
    soft = mass / (jnp.exp(-top) + mass.sum(0, keepdims=True))
    return jnp.where(jnp.isinf(precision), _best(expected, gain, passes, weight), soft)


def _best(
    expected: Float[Array, "A G R"],
    gain: Float[Array, "A G R"],
    passes: Float[Array, "A G R"],
    weight: Float[Array, "A 1 1"],
) -> Float[Array, "A G R"]:
    """Put all weight on the best packages that can pass; pass only when none is worth proposing."""
    open_ = jnp.isfinite(weight)
    best = jnp.max(jnp.where(open_, expected, -jnp.inf), axis=0, keepdims=True)
    tied = open_ & (expected >= best - TIE) & (gain >= -TIE)
    mass = jnp.where(tied, jnp.exp(jnp.where(open_, weight, 0.0)) * passes, 0.0)
    total = mass.sum(0, keepdims=True)
    return mass / jnp.where(total > 0.0, total, 1.0)
