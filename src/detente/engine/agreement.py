"""An agreement in force: honour, cheat or leave; be found out; lapse; snap back (MODEL.md section 3, items 2 to 5).

Within a period detection comes first (it looks at the period just past), then reviews. Others cannot see whether the
agreement is honoured, unless they have just found out. Otherwise they believe what play implies, given the public state: see
:mod:`detente.engine.equilibrium`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from detente.engine.channelwise import channelwise
from detente.engine.choice import yes
from detente.engine.round import everyone
from detente.engine.stage import stage
from detente.engine.timed import at
from detente.game import Channels, Game, Lumps, Shape
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


def split(shape: Shape, values: Float[Array, "K S G R"]) -> tuple[Float[Array, "K B G R"], list[Float[Array, "K A G R"]]]:
    """Split the rows of ``values`` into bases and agreements in force, by posture."""
    b, a = shape.bases, shape.packages
    return values[:, :b], [values[:, b + p * a : b + (p + 1) * a] for p in range(shape.postures)]


def expected(cheat: Float[Array, "A G R"] | None, force: list[Float[Array, "K A G R"]]) -> Float[Array, "K A G R"]:
    """Return the value of an agreement in force before it is known whether it is honoured."""
    if cheat is None:
        return force[0]
    return (1.0 - cheat) * force[0] + cheat * force[1]


def lapse_values(
    game: Game,
    period: Int[Array, ""],
    base: Float[Array, "K B G R"],
    restore: Float[Array, "L G R"],
    snapback: Float[Array, "K L|1 G|1 R|1"] | None,
) -> Float[Array, "K A G R"]:
    """Return the value of each package's lapse, with snapback at its probability."""

    def by_lapse(base: Float[Array, "K B G R"], restore: Float[Array, "L G R"]) -> Float[Array, "K A G R"]:
        snapped = jnp.take(base, game.snap_to, axis=1)
        if snapback is not None:
            snapped = snapped + snapback
        values = restore * snapped + (1.0 - restore) * jnp.take(base, game.lapse_to, axis=1)
        return jnp.take(values, game.lapse, axis=1)

    return stage(period, by_lapse, base, restore)


def conduct(
    game: Game,
    shape: Shape,
    period: Int[Array, ""],
    values: Float[Array, "I S G R"],
    lumps: Lumps,
    belief: Float[Array, "A G R"] | None,
) -> Conduct:
    """Return the choices made about agreements in force, given values after today's decisions.

    ``belief`` is the probability that others give to cheating on each package; None: as likely as it would be chosen now.
    """
    base, force = split(shape, values)
    precision = game.precision[:, None, None, None]
    cheat = None
    if shape.hidden is not None:
        cheat = 1.0 - yes(force[0][shape.hidden] - force[1][shape.hidden], game.precision[shape.hidden])
    if shape.causes == 0:
        return Conduct(cheat, None, None, None, None)

    def voted(base: Float[Array, "I B G R"]) -> Float[Array, "I L G R"]:
        gain = jnp.take(base, game.snap_to, axis=1) - jnp.take(base, game.lapse_to, axis=1)
        return yes(gain if lumps.snapback is None else gain + lumps.snapback, precision)

    votes = stage(period, voted, base)  # counting votes reads each of them many times
    restore = everyone(votes, game.snap_need, game.snap_body, shape.bodies)
    lapse = lapse_values(game, period, base, restore, lumps.snapback)
    believed = expected(cheat if belief is None else belief, force)
    leave = _leave(game, shape, believed, force, lapse, lumps) if shape.reviewers else None
    if shape.hidden is None:
        return Conduct(None, leave, None, None, restore)
    known = _leave(game, shape, force[1], force, lapse, lumps) if shape.reviewers else None
    so_far = Conduct(cheat, leave, known, None, restore)
    stay = review(game, shape, period, so_far, known, game.payoff, lumps, force, lapse)[1]
    return Conduct(cheat, leave, known, _terminate(game, shape, stay, lapse, lumps), restore)


def _leave(
    game: Game,
    shape: Shape,
    believed: Float[Array, "I A G R"],
    force: list[Float[Array, "I A G R"]],
    lapse: Float[Array, "I A G R"],
    lumps: Lumps,
) -> Float[Array, "V A G R"]:
    """Return each reviewer's probability of exit: two ways for most, three for the one who can cheat."""
    out = lapse if lumps.exit is None else lapse + lumps.exit
    chances = []
    for player in shape.reviewers:
        precision = game.precision[player]
        if player != shape.hidden:
            chances.append(1.0 - yes(believed[player] - out[player], precision))
            continue
        chances.append(1.0 - _stays(force[0][player], force[1][player], out[player], precision))
    return jnp.stack(chances)


def _stays(
    honour: Float[Array, "A G R"], cheat: Float[Array, "A G R"], out: Float[Array, "A G R"], precision: Float[Array, ""]
) -> Float[Array, "A G R"]:
    """Return the probability of honouring or cheating rather than leaving, when all three are open."""
    exact = jnp.isinf(precision)
    finite = jnp.where(exact, 1.0, precision)
    top = jnp.maximum(jnp.maximum(honour, cheat), out)
    honours, cheats, exits = (jnp.exp(finite * (value - top)) for value in (honour, cheat, out))
    soft = (honours + cheats) / (honours + cheats + exits)
    return jnp.where(exact, yes(jnp.maximum(honour, cheat) - out, precision), soft)


def _terminate(
    game: Game, shape: Shape, stay: Float[Array, "I A G R"], lapse: Float[Array, "I A G R"], lumps: Lumps
) -> Float[Array, "A G R"]:
    """Return the probability that at least one other principal ends an agreement it has found broken."""
    out = lapse if lumps.caught is None else lapse + lumps.caught
    looks_away: Array | float = 1.0
    for player in shape.principals:
        if player != shape.hidden:
            looks_away = looks_away * (1.0 - yes(out[player] - stay[player], game.precision[player]))
    return jnp.broadcast_to(1.0 - looks_away, stay[0].shape)


def review(
    game: Game,
    shape: Shape,
    period: Int[Array, ""],
    choices: Conduct,
    leaves: Float[Array, "V A G R"] | None,
    channels: Channels,
    lumps: Lumps,
    force: list[Float[Array, "K A G R"]],
    lapse: Float[Array, "K A G R"],
) -> list[Float[Array, "K A G R"]]:
    """Return the value of an agreement in force, by posture, before it is known who reviews it and may leave."""
    if leaves is None:
        return list(force)
    return channelwise(partial(_review, shape), (game, period, choices, leaves), channels, (lumps, force, lapse))


def _review(
    shape: Shape,
    shared: tuple[Game, Int[Array, ""], Conduct, Float[Array, "V A G R"]],
    channels: Channels,
    own: tuple[Lumps, list[Float[Array, "K A G R"]], Float[Array, "K A G R"]],
) -> list[Float[Array, "K A G R"]]:
    (game, period, choices, leaves), (lumps, force, lapse) = shared, own
    chance = at(game.review, period)
    idle = 1.0 - chance.sum(0)
    values = [idle * force[p] for p in range(shape.postures)]
    settled = expected(choices.cheat, force)
    for index, player in enumerate(shape.reviewers):
        leave = leaves[index]
        out = lapse
        if lumps.exit is not None:
            leaver = (channels.owner == player)[:, None, None, None]
            out = lapse + jnp.where(leaver, lumps.exit, 0.0)
        for p in range(shape.postures):
            keep = settled if player == shape.hidden else force[p]
            values[p] = values[p] + chance[index] * ((1.0 - leave) * keep + leave * out)
    return values


def in_force(
    game: Game,
    shape: Shape,
    period: Int[Array, ""],
    choices: Conduct,
    channels: Channels,
    lumps: Lumps,
    values: Float[Array, "K S G R"],
) -> list[Float[Array, "K A G R"]]:
    """Return the value of an agreement in force, by posture, before today's decisions."""
    base, force = split(shape, values)
    if shape.causes == 0:
        return force
    lapse = lapse_values(game, period, base, choices.restore, lumps.snapback)
    before = review(game, shape, period, choices, choices.leave, channels, lumps, force, lapse)
    if shape.hidden is not None:
        out = lapse if lumps.caught is None else lapse + lumps.caught
        borne = review(game, shape, period, choices, choices.known, channels, lumps, force, lapse)[1]
        found = at(game.detect, period)
        before[1] = (1.0 - found) * before[1] + found * (choices.terminate * out + (1.0 - choices.terminate) * borne)
    return before
