"""What is chosen in a period, given values after its decisions: offers and answers from every base, and conduct of agreements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from detente.engine.agreement import Conduct, by_channel, conduct, expected, split
from detente.engine.policy import Policy, Quit
from detente.engine.round import Round, meet, outside_of
from detente.engine.stage import added, stage
from detente.engine.timed import at, tree_at
from detente.game import Game, Lumps, Shape

Out = TypeVar("Out")


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
