"""Choices and beliefs that imply each other: backward for choices, forward for beliefs, until both settle.

Whether an agreement is honoured is seen by the player with the hidden action alone. Others who review it believe what play
implies, given the public state: the probability of cheating given the package, the stocks, the regimes and the date, and that
nothing was found today (in a period in which cheating has just been found and borne with, they know). It is Bayes' rule on the
exact forward distribution; states play never reaches are believed to hold what would be chosen there now. docs/belief.md
measures what the public state leaves out, against trees with every player's own information.

A game without end keeps the belief that would be chosen now: a belief that moves with the date has no stationary form.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from detente.engine.policy import cheating
from detente.engine.push import Events, push
from detente.engine.solve import Solution, solve
from detente.game import Game, Shape
from detente.program import program, record

FREE = 6
"""Solves after which only half of every step is taken, for beliefs that swing to and fro."""


@record
@dataclass(frozen=True)
class Until:
    """How long beliefs are looked for.

    Beliefs where play all but never goes can swing for ever, and matter to nothing that is reported.
    """

    settled: Float[Array, ""] | float
    """They have settled where they differ by less from those play implies, on average over agreements in force."""
    most: Int[Array, ""] | int
    """Solves after which they are taken as they are, one at least; the audit says how far off they are."""


SURE = Until(1e-5, 30)
"""What a game at central values is solved with."""


def doubtful(shape: Shape) -> bool:
    """Return whether any choice rests on a belief about cheating that has to be found."""
    watchers = [player for player in shape.reviewers if player != shape.hidden]
    return shape.hidden is not None and bool(watchers) and shape.terminal != "stationary"


def trusting(shape: Shape, dtype: Any = float) -> Float[Array, "T A G R"]:
    """Return the beliefs that nobody cheats, which others start from."""
    return jnp.zeros((shape.periods, shape.packages, shape.points, shape.regimes), dtype)


@program("shape", "keep")
def equilibrium(
    game: Game,
    shape: Shape,
    start: Float[Array, "T A G R"] | None = None,
    keep: bool = False,
    until: Until = SURE,
) -> Played:
    """Solve the game with beliefs that play implies, and push it forward.

    Args:
        game: The game.
        shape: Its static description.
        start: Beliefs to start from (default: that nobody cheats).
        keep: Whether to return the path of the values of signing.
        until: How long beliefs are looked for.
    """
    if not doubtful(shape):
        return play(game, shape, None, keep)

    def again(state: State) -> State:
        _, belief, _, count = state
        played = play(game, shape, belief, keep)  # at one place only: it is most of the program
        found, weight = implied(game, shape, played)
        change = jnp.sum(weight * jnp.abs(found - belief))
        step = jnp.where(count < FREE, 1.0, 0.5)
        return played, belief + step * (found - belief), change, count + 1

    def going(state: State) -> Array:
        _, _, change, count = state
        return (change > until.settled) & (count < until.most)

    dtype = game.payoff.accrual.dtype
    blank = trusting(shape, dtype)
    first = (blank if start is None else start, jnp.asarray(jnp.inf, dtype), jnp.asarray(0))
    none = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), jax.eval_shape(lambda: play(game, shape, blank, keep)))
    played, _, change, _ = jax.lax.while_loop(going, again, (none, *first))
    return replace(played, solution=replace(played.solution, unsettled=change))


@record
@dataclass(frozen=True)
class Played:
    """A solved game, and what happens in it."""

    solution: Solution
    events: Events
    """The forward pass, with every state kept."""


State = tuple[Played, Array, Array, Array]
"""What was played, the beliefs to solve for next, how far those it was solved for were from those it implies, solves so far."""


def play(game: Game, shape: Shape, belief: Float[Array, "T A G R"] | None, keep: bool = False) -> Played:
    """Solve the game given beliefs, and push it forward; ``keep``: also the path of the values of signing."""
    solution = solve(game, shape, belief, keep)
    return Played(solution, push(game, shape, solution.policy, keep=True))


def implied(game: Game, shape: Shape, played: Played) -> tuple[Float[Array, "T A G R"], Float[Array, "T A G R"]]:
    """Return the beliefs that play implies, and how much of the time that agreements are in force each applies to."""
    course, occupancy = played.solution.policy, played.events.occupancy
    cheat = cheating(course)
    assert occupancy is not None, "kept"
    assert cheat is not None, "somebody can cheat"
    force = occupancy[:-1, shape.bases :].reshape(shape.periods, 2, shape.packages, shape.points, shape.regimes)
    unseen = force[:, 1] * (1.0 - game.detect[: shape.periods])  # one entry, where it does not move, serves all
    total = force[:, 0] + unseen
    reached = total > 0.0
    belief = jnp.where(reached, unseen / jnp.where(reached, total, 1.0), cheat)
    whole = total.sum()
    return belief, total / jnp.where(whole > 0.0, whole, 1.0)
