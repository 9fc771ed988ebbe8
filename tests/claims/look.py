"""One solve of a case, and everything any claim reads off it: traced once per case, vectorised over rows of values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from detente.compile import build
from detente.compile.environment import Environment, Frame
from detente.engine.audit import status
from detente.engine.equilibrium import SURE, Until, equilibrium
from detente.engine.evaluate import evaluate
from detente.engine.idle import adrift, delayed
from detente.engine.round import carried, talks
from detente.engine.solve import Solution
from detente.game import Channels, Game, Lumps, Shape

ATTRIBUTES = {
    "lifted": "relief.lifted",
    "cut": "cut",
    "softness": "softness",
    "by_vote": "snapback_rule == council_vote",
    "cvid": "dismantle == cvid",
    "known": "dismantle == known",
}
"""What packages are weighed by."""
SECURITY = "security_weight * deterrent"


@dataclass(frozen=True)
class Batch:
    """The static part; frames are compared by identity, so a case compiles once."""

    frame: Frame
    shape: Shape


@partial(jax.jit, static_argnames=("batch",))
def look(batch: Batch, values: Mapping[str, Array]) -> dict[str, Array]:
    """Return what is read off every row of values, rows leading."""
    return jax.vmap(partial(_one, batch))(values)


def _one(batch: Batch, values: Mapping[str, Any]) -> dict[str, Array]:
    frame, shape = batch.frame, batch.shape
    game = build(frame, shape, values)
    played = equilibrium(game, shape, keep=True, until=Until(SURE.settled, 3))
    solution, events = played.solution, played.events
    north = list(frame.scenario.players).index("dprk")
    choices = jax.tree.map(lambda leaf: leaf[0], solution.policy.conduct)
    here = _starts(frame, game)
    return {
        **_table(game, shape, solution, here),
        **_attributes(frame, values),
        "cheat": jnp.einsum("gr,agr->a", here[0], choices.cheat),
        "restore": jnp.take(jnp.einsum("gr,lgr->l", here[0], choices.restore), game.lapse),
        "signed": events.signed,
        "first": events.signed_first.sum(1),
        "open": events.waiting.sum(1),
        "delay": _delay(game, shape, solution, here[0], frame.scenario.calendar.length),
        "course": _course(game, shape, solution, north),
        "security": _security(frame, values, game, shape, solution, here[0], north),
        "status": status(game, solution.start, events.spill, solution.residual),
    }


def _starts(frame: Frame, game: Game) -> Array:
    """Return distributions at the start [Z, G, R]: as it is, with the war over, with a conservative in Seoul."""
    regime = [game.start_regime]
    for name, state in (("war", "peace"), ("blue_house", "conservative")):
        regime.append(game.start_regime @ _forced(frame, name, state))
    return jnp.stack(regime)[:, None] * game.start_point[:, None]


def _forced(frame: Frame, name: str, state: str) -> np.ndarray:
    """Return the matrix that puts one regime into a state and leaves the others."""
    states = [list(joint) for joint in frame.joint]
    position = list(frame.scenario.regimes).index(name)
    goal = [states.index([*joint[:position], state, *joint[position + 1 :]]) for joint in states]
    return np.eye(len(states))[goal]


def _table(game: Game, shape: Shape, solution: Solution, here: Array) -> dict[str, Array]:
    signed, waiting = solution.signed[0], solution.waiting[0]
    accept, passes, offers = talks(game, shape, signed, waiting, None, game.allowed[0])
    council = carried(accept, shape.bodies[0], game.need)
    by_player = {"accept": accept, "gain": signed - waiting[:, None]}
    by_proposer = {"passes": passes, "offers": offers}
    return {
        **{name: jnp.einsum("zgr,iagr->zia", here, array) for name, array in by_player.items()},
        **{name: jnp.einsum("zgr,jagr->zja", here, array) for name, array in by_proposer.items()},
        "council": jnp.einsum("zgr,agr->za", here, council),
        "reservation": jnp.einsum("zgr,igr->zi", here, waiting),
    }


def _attributes(frame: Frame, values: Mapping[str, Any]) -> dict[str, Array]:
    """Return the attributes of every package [A]."""
    env = Environment(frame, values, jnp, frame.rows.honoured())
    count = len(frame.rows.packages)
    return {name: jnp.broadcast_to(env.array(formula)[0, :, 0, 0], (count,)) for name, formula in ATTRIBUTES.items()}


def _delay(game: Game, shape: Shape, solution: Solution, here: Array, length: float) -> Array:
    """Return what each player loses if talks are impossible for a year [I] [utils]."""
    periods = round(1 / length)
    late = delayed(game, shape, solution.talking[periods], periods, 0)
    return jnp.einsum("gr,igr->i", here, solution.talking[0] - late)


def _course(game: Game, shape: Shape, solution: Solution, player: int) -> Array:
    """Return the player's gain from signing each package in each period, over states as they are without talks [T, A] [utils]."""
    gain = solution.signed[:, player] - solution.waiting[:, player][:, None]
    return jnp.einsum("tgr,tagr->ta", adrift(game, shape)[:-1], gain)


def _security(
    frame: Frame, values: Mapping[str, Any], game: Game, shape: Shape, solution: Solution, here: Array, player: int
) -> Array:
    """Return the part of the player's gain from each package that is deterrence [A] [utils]."""
    flow = Environment(frame, values, jnp).array(SECURITY)
    payoff = game.payoff
    channels = Channels(
        flows=(flow[0, :, None],),
        apart=(),
        lumps=Lumps(**dict.fromkeys(Lumps.__dataclass_fields__)),
        accrual=payoff.accrual[player : player + 1],
        discount=payoff.discount[player : player + 1],
        forever=payoff.forever[player : player + 1],
        owner=jnp.array([player]),
        apart_of=(),
    )
    signed, waiting = evaluate(game, shape, channels, solution.policy)
    return jnp.einsum("gr,kagr->a", here, signed - waiting[:, None])
