"""What players do in every period: kept, or made again from values wherever it is needed.

A policy is several times as large as the values it follows from. Kept for every period it is most of what a solve keeps; where
memory is short, values are kept at the end of every stretch of periods instead, and the policies of a stretch are made again when
somebody comes to it (checkpointing: Griewank and Walther 2000). They are the same numbers; whoever goes through all periods
pays for one more solve.
"""

from __future__ import annotations

from dataclasses import dataclass

import jax
from jaxtyping import Array, Float, Int

from detente.engine.agreement import Conduct
from detente.program import record


@record
@dataclass(frozen=True)
class Quit:
    """Leaving the talks for good, in one period (or, stacked, in all), chances to move included."""

    over: Float[Array, "B' G R"]
    """Probability that somebody leaves, which ends the talks."""
    left: Float[Array, "B' I G R"]
    """Probability that each player leaves; several asked at once may."""


@record
@dataclass(frozen=True)
class Policy:
    """Choice probabilities of one period (or, stacked, of all), chances to move included."""

    sign: Float[Array, "B' J A G R"]
    """Probability that the proposer's offer of the package is made and accepted, from each base with talks."""
    refused: Float[Array, "B' I A G R"] | None
    """Probability that the player refuses an offer of the package; kept only where refusing costs something."""
    side: Float[Array, "B' I G R"] | None
    """Expected side payment to each player [utils]; None where there are none."""
    conduct: Conduct
    made: Float[Array, "B' J A G R"] | None = None
    """Probability that the proposer's offer of the package is made, accepted or not; kept only where watched."""
    accept: Float[Array, "B' I A G R"] | None = None
    """Probability that the player, asked for its own consent to the package, gives it; kept only where watched."""
    quit: Quit | None = None
    """Leaving the talks; None where nobody may."""


@record
@dataclass(frozen=True)
class Anew:
    """What the policies of all periods are made of again, a stretch of periods at a time."""

    after: Float[Array, "N S I G R"]
    """Values after decisions in the last period of every stretch [utils]."""
    belief: Float[Array, "T A G R"] | None
    """What others believe about cheating; None: as likely as it would be chosen."""
    cheat: Float[Array, "T A G R"] | None
    """Probability of cheating, which beliefs are compared with; None without a hidden action."""


Course = Policy | Anew
"""The policy of every period."""


def cheating(course: Course) -> Float[Array, "T A G R"] | None:
    """Return the probability of cheating on each package in every period; None without a hidden action."""
    return course.cheat if isinstance(course, Anew) else course.conduct.cheat


def on(policy: Policy, period: Int[Array, ""] | int) -> Policy:
    """Return the policy of one period."""
    today: Policy = jax.tree.map(lambda leaf: leaf[period], policy)
    return today
