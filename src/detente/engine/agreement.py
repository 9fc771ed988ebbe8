"""An agreement in force: honour, cheat or leave; be found out; lapse; snap back (MODEL.md section 3, items 2 to 5).

Within a period detection comes first (it looks at the period just past), then reviews. Others cannot see whether the
agreement is honoured, unless they have just found out. Otherwise they believe what play implies, given the public state: see
:mod:`detente.engine.equilibrium`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
from jax.lax import stop_gradient
from jaxtyping import Array, Float, Int

from detente.engine.choice import yes
from detente.engine.round import everyone
from detente.engine.stage import picked, stage
from detente.engine.timed import at
from detente.game import Channels, Game, Lumps, Precision, Shape
from detente.program import record


@record
@dataclass(frozen=True)
class Conduct:
    """Choices about agreements in force."""

    cheat: Float[Array, "A G R"] | None
    """Probability of cheating rather than honouring, at signing and whenever reconsidered; None without a hidden action."""
    leave: Float[Array, "V A G R"] | None
    """Probability that each reviewer exits, given that it reviews."""
    known: Float[Array, "V A G R"] | None
    """The same in a period in which cheating has been found and borne with; None without a hidden action."""
    terminate: Float[Array, "A G R"] | None
    """Probability that detected cheating ends the agreement."""
    restore: Float[Array, "L G R"] | None
    """Probability that sanctions snap back, by the lapse packages end in."""


def split(shape: Shape, values: Float[Array, "S K G R"]) -> tuple[Float[Array, "B K G R"], list[Float[Array, "A K G R"]]]:
    """Split the rows of ``values`` into bases and agreements in force, by posture."""
    b, a = shape.bases, shape.packages
    return values[:b], [values[b + p * a : b + (p + 1) * a] for p in range(shape.postures)]


def by_row(lump: Float[Array, "K A|1 G|1 R|1"]) -> Float[Array, "A|1 K G|1 R|1"]:
    """Return lump sums as values are laid out, rows before channels."""
    return jnp.swapaxes(lump, 0, 1)


def by_channel(values: Float[Array, "A K G R"]) -> Float[Array, "K A G R"]:
    """Return values as choices are laid out, channels before rows."""
    return jnp.swapaxes(values, 0, 1)


def expected(cheat: Float[Array, "A G R"] | None, force: list[Float[Array, "A K G R"]]) -> Float[Array, "A K G R"]:
    """Return the value of an agreement in force before it is known whether it is honoured."""
    if cheat is None:
        return force[0]
    return (1.0 - cheat)[:, None] * force[0] + cheat[:, None] * force[1]


def lapse_values(
    game: Game,
    period: Int[Array, ""],
    values: Float[Array, "S K G R"],
    restore: Float[Array, "L G R"],
    snapback: Float[Array, "K L|1 G|1 R|1"] | None,
) -> Float[Array, "A K G R"]:
    """Return the value of each package's lapse, with snapback at its probability."""

    def by_lapse(values: Float[Array, "S K G R"], restore: Float[Array, "L G R"]) -> Float[Array, "A K G R"]:
        snapped = picked(values, game.snap_to)
        if snapback is not None:
            snapped = snapped + by_row(snapback)
        ended = restore[:, None] * snapped + (1.0 - restore)[:, None] * picked(values, game.lapse_to)
        return picked(ended, game.lapse)

    return stage(period, by_lapse, values, restore)


def conduct(
    game: Game,
    shape: Shape,
    period: Int[Array, ""],
    values: Float[Array, "S I G R"],
    lumps: Lumps,
    belief: Float[Array, "A G R"] | None,
) -> Conduct:
    """Return the choices made about agreements in force, given values after today's decisions.

    ``belief`` is the probability that others give to cheating on each package; None: as likely as it would be chosen now.
    """
    _, force = split(shape, values)
    cheat = None
    if shape.hidden is not None:
        cheat = 1.0 - yes(force[0][:, shape.hidden] - force[1][:, shape.hidden], game.precision[shape.hidden])
    if shape.causes == 0:
        return Conduct(cheat, None, None, None, None)

    votes = stage(period, lambda v: snap_votes(game, v, lumps), values)  # counting votes reads each of them many times
    restore = everyone(votes, game.snap_need, game.snap_body, shape.bodies)
    lapse = lapse_values(game, period, values, restore, lumps.snapback)
    believed = expected(cheat if belief is None else belief, force)
    leave = _leave(game, shape, believed, force, lapse, lumps) if shape.reviewers else None
    if shape.hidden is None:
        return Conduct(None, leave, None, None, restore)
    known = _leave(game, shape, force[1], force, lapse, lumps) if shape.reviewers else None
    borne = stage(period, lambda: reviewed(game, shape, period, cheat, known))
    stay = {k: bearing(shape, borne, k, force, lapse, lumps) for k in shape.principals if k != shape.hidden}
    return Conduct(cheat, leave, known, _terminate(game, shape, stay, lapse, lumps), restore)


def snap_votes(game: Game, values: Float[Array, "S I G R"], lumps: Lumps) -> Float[Array, "I L G R"]:
    """Return each player's probability of agreeing to a snapback, by lapse."""
    gain = by_channel(picked(values, game.snap_to) - picked(values, game.lapse_to))
    return yes(gain if lumps.snapback is None else gain + lumps.snapback, game.precision[:, None, None, None])


def _leave(
    game: Game,
    shape: Shape,
    believed: Float[Array, "A I G R"],
    force: list[Float[Array, "A I G R"]],
    lapse: Float[Array, "A I G R"],
    lumps: Lumps,
) -> Float[Array, "V A G R"]:
    """Return each reviewer's probability of exit: two ways for most, three for the one who can cheat."""
    out = lapse if lumps.exit is None else lapse + by_row(lumps.exit)
    chances = []
    for player in shape.reviewers:
        precision = game.precision[player]
        if player != shape.hidden:
            chances.append(1.0 - yes(believed[:, player] - out[:, player], precision))
            continue
        chances.append(1.0 - _stays(force[0][:, player], force[1][:, player], out[:, player], precision))
    return jnp.stack(chances)


def _stays(
    honour: Float[Array, "A G R"], cheat: Float[Array, "A G R"], out: Float[Array, "A G R"], precision: Precision
) -> Float[Array, "A G R"]:
    """Return the probability of honouring or cheating rather than leaving, when all three are open."""
    top = stop_gradient(jnp.maximum(jnp.maximum(honour, cheat), out))
    honours, cheats, exits = (jnp.exp(precision.finite * (value - top)) for value in (honour, cheat, out))
    soft = (honours + cheats) / (honours + cheats + exits)
    return jnp.where(precision.infinite, yes(jnp.maximum(honour, cheat) - out, precision), soft) if precision.exact else soft


def _terminate(
    game: Game, shape: Shape, stay: Mapping[int, Float[Array, "A G R"]], lapse: Float[Array, "A I G R"], lumps: Lumps
) -> Float[Array, "A G R"]:
    """Return the probability that at least one other principal ends an agreement it has found broken; ``stay``: by player."""
    looks_away: Array | float = 1.0
    for ends in caught_choices(game, shape, stay, lapse, lumps).values():
        looks_away = looks_away * (1.0 - ends)
    return jnp.broadcast_to(1.0 - looks_away, lapse[:, 0].shape)


def caught_choices(
    game: Game, shape: Shape, stay: Mapping[int, Float[Array, "A G R"]], lapse: Float[Array, "A I G R"], lumps: Lumps
) -> dict[int, Float[Array, "A G R"]]:
    """Return the probability that each other principal, by its index, ends an agreement it has found broken."""
    out = lapse if lumps.caught is None else lapse + by_row(lumps.caught)
    judges = [player for player in shape.principals if player != shape.hidden]
    return {player: yes(out[:, player] - stay[player], game.precision[player]) for player in judges}


def bearing(
    shape: Shape,
    borne: tuple[Any, Any],
    player: int,
    force: list[Float[Array, "A I G R"]],
    lapse: Float[Array, "A I G R"],
    lumps: Lumps,
) -> Float[Array, "A G R"]:
    """Return the value to a player of looking away from cheating it has found; ``borne``: the reviews that then follow."""
    stay, exits = borne
    value = _gone(stay, exits) * lapse[:, player]
    value = value + sum(share * then[:, player] for share, then in zip(stay[1], force, strict=True))
    if lumps.exit is None or player not in shape.reviewers:
        return value
    return value + exits[shape.reviewers.index(player)] * lumps.exit[player]


@record
@dataclass(frozen=True)
class Fate:
    """What becomes of agreements in force within a period, by posture: shared by all channels, and by the push."""

    stay: tuple[tuple[Float[Array, "A G R"], ...], ...]
    """Probability of staying in force, from a posture (outer) to a posture (inner)."""
    exits: tuple[tuple[Float[Array, "A G R"], ...], ...]
    """Probability that each reviewer (inner) exits, by posture (outer)."""
    caught: Float[Array, "A G R"] | None
    """Probability that cheating is detected and ends the agreement; None without a hidden action."""
    end: tuple[Float[Array, "A G R"], ...]
    """Probability of ending in whatever way, by posture."""


def fate(game: Game, shape: Shape, period: Int[Array, ""], choices: Conduct) -> Fate | None:
    """Return what becomes of agreements in force: cheating may be detected, and borne with; then somebody may review.

    None where they never end.
    """
    if shape.causes == 0:
        return None
    stay, exits = reviewed(game, shape, period, choices.cheat, choices.leave)
    if shape.hidden is None:
        return Fate(stay, (exits,), None, (_gone(stay, exits),))
    found = at(game.detect, period)
    unseen, borne, caught = 1.0 - found, found * (1.0 - choices.terminate), found * choices.terminate
    known, also = reviewed(game, shape, period, choices.cheat, choices.known)
    cheated = tuple(unseen * a + borne * b for a, b in zip(stay[1], known[1], strict=True))
    left = tuple(unseen * a + borne * b for a, b in zip(exits, also, strict=True))
    return Fate((stay[0], cheated), (exits, left), caught, (_gone(stay, exits), _gone(stay, left) + caught))


def _gone(stay: tuple[tuple[Float[Array, "A G R"], ...], ...], exits: tuple[Float[Array, "A G R"], ...]) -> Float[Array, "A G R"]:
    """Return the probability that anybody exits."""
    return sum(exits, jnp.zeros_like(stay[0][0]))


def reviewed(
    game: Game,
    shape: Shape,
    period: Int[Array, ""],
    cheat: Float[Array, "A G R"] | None,
    leaves: Float[Array, "V A G R"] | None,
) -> tuple[tuple[tuple[Float[Array, "A G R"], ...], ...], tuple[Float[Array, "A G R"], ...]]:
    """Return the probability of staying in force, from posture to posture, and of the exit of each reviewer, by review alone."""
    chance = at(game.review, period)
    same, exits = 1.0 - chance.sum(0), []
    anew = jnp.zeros_like(same)
    for index, player in enumerate(shape.reviewers):
        exits.append(chance[index] * leaves[index])
        stays = chance[index] * (1.0 - leaves[index])
        same, anew = (same, stays) if player == shape.hidden else (same + stays, anew)
    shares = (1.0,) if cheat is None else (1.0 - cheat, cheat)  # of what the player with the hidden action keeps
    postures = range(shape.postures)
    return tuple(tuple(anew * shares[q] + (same if p == q else 0.0) for q in postures) for p in postures), tuple(exits)


def in_force(
    shape: Shape,
    fates: Fate,
    channels: Channels,
    lumps: Lumps,
    force: list[Float[Array, "A K G R"]],
    lapse: Float[Array, "A K G R"],
) -> list[Float[Array, "A K G R"]]:
    """Return the value of an agreement in force, by posture, before today's decisions."""
    values = []
    for p, (stay, exits) in enumerate(zip(fates.stay, fates.exits, strict=True)):
        value = sum((share[:, None] * then for share, then in zip(stay, force, strict=True)), fates.end[p][:, None] * lapse)
        if lumps.exit is not None:
            for player, leaves in zip(shape.reviewers, exits, strict=True):
                leaver = (channels.owner == player)[:, None, None]
                value = value + leaves[:, None] * jnp.where(leaver, by_row(lumps.exit), 0.0)
        values.append(value)
    if lumps.caught is not None:
        values[1] = values[1] + fates.caught[:, None] * by_row(lumps.caught)
    return values
