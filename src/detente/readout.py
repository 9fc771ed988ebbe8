"""The program of an answer at once: solved, pushed, and everything that is shown read off in one go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from detente.central import _table
from detente.compile import build, terms
from detente.compile.environment import Frame
from detente.compile.payoffs import items
from detente.engine.agreement import split
from detente.engine.audit import status
from detente.engine.course import kept
from detente.engine.decide import signed_values
from detente.engine.decompose import gain_terms
from detente.engine.equilibrium import Until, equilibrium
from detente.engine.idle import adrift, late
from detente.engine.policy import Policy, on
from detente.engine.push import Events, follow
from detente.engine.timed import tree_at
from detente.game import Game, Shape
from detente.outcomes import COHORTS
from detente.program import program

POSSIBLE = 0.005
"""Below this probability of an agreement, the package explained is the one that comes nearest to being accepted."""


@dataclass(frozen=True)
class Layout:
    """What the program is made for."""

    frame: Frame
    shape: Shape
    single: bool
    """Whether the game is laid out in double precision but solved in single."""
    exact: bool

    @property
    def fingerprint(self) -> str:
        """A text that only an equal layout has."""
        return f"{self.frame.fingerprint}{self.shape.fingerprint}{self.single}{self.exact}"

    @property
    def cohorts(self) -> np.ndarray:
        """The periods of signing that are followed."""
        return np.arange(0, self.shape.periods, 1 if self.exact else COHORTS)


@program("layout")
def answer(
    layout: Layout,
    belief: Float[Array, "T A G R"] | None,
    numbers: Float[Array, " P"],
    package: Int[Array, ""],
    until: Until,
) -> dict[str, Any]:
    """Solve, and read off everything that is shown.

    Args:
        layout: What the program is made for.
        belief: Beliefs about cheating to start from.
        numbers: The value of every parameter, in the scenario's order: one array, since each array costs a transfer.
        package: The one to explain; below zero the likeliest.
        until: How long beliefs are looked for.
    """
    shape, values = layout.shape, dict(zip(layout.frame.scenario.quantities, numbers, strict=True))
    full = build(layout.frame, shape, values)
    game = full.single() if layout.single else full
    start = None if belief is None else belief.astype(game.precision.value.dtype)
    played = equilibrium(game, shape, start, until=until)
    solution, events = played.solution, played.events
    assert events.fresh is not None, "kept"
    policy, here = kept(game, shape, solution.policy), game.start_point[:, None] * game.start_regime
    today = on(policy, 0).conduct
    signed = signed_values(today, tree_at(game.payoff.lumps, 0), split(shape, solution.first)[1])
    waiting, outside = solution.first[0], jax.tree.map(lambda leaf: leaf[0], solution.outside)
    accept, passes, offers, bodies = _table(game, shape, jnp.asarray(0), signed, waiting, outside)
    votes = {"accept": accept, "passes": passes, "offers": offers, "bodies": bodies}
    table = {name: jnp.einsum("gr,kagr->ka", here, each) for name, each in votes.items()}
    shown = jnp.where(package < 0, _shown(game, events, table), package)
    year = layout.frame.scenario.calendar.per_year
    delayed = solution.talking[0] - late(game, shape, solution.talking, year)
    return {
        "events": replace(events, fresh=None),  # type: ignore[arg-type]
        "lives": follow(game, shape, policy, events.fresh, jnp.asarray(layout.cohorts)),
        "table": table,
        "adrift": adrift(game, shape),
        "signed": signed[None],
        "waiting": waiting[None],
        "outside": outside,
        "delay": jnp.einsum("gr,igr->i", here, delayed),
        "cheat": jnp.zeros(shape.packages) if today.cheat is None else jnp.einsum("gr,agr->a", here, today.cheat),
        "here": here,
        "precision": full.precision,
        "need": game.need,
        "need_body": game.need_body,
        "shown": shown,
        "terms": _explained(layout, game, policy, here, shown, values),
        "belief": solution.belief,
        "status": status(full, solution.start, events.spill, solution.residual),
    }


def _shown(game: Game, events: Events, table: Mapping[str, Array]) -> Int[Array, ""]:
    """Return the package likeliest to be signed; where hardly any is, the one all needed would most likely accept today."""
    needed = jnp.concatenate(
        [jnp.where(game.need == 1, table["accept"], 1.0), jnp.where(game.need_body == 1, table["bodies"], 1.0)]
    )
    nearest = jnp.argmax(jnp.prod(needed, axis=0))
    return jnp.where(events.signed_first.sum() < POSSIBLE, nearest, jnp.argmax(events.signed.sum((0, 1))))


def _explained(
    layout: Layout, game: Game, policy: Policy, here: Array, shown: Int[Array, ""], values: Mapping[str, Array]
) -> Float[Array, " K"]:
    """Return the gain from the package shown by named term [utils]."""
    listed = items(layout.frame.scenario, by_term=True)
    if not listed or not layout.shape.principals:
        return jnp.zeros(len(listed))
    named = jax.tree.map(
        lambda leaf: leaf.astype(game.precision.value.dtype) if jnp.issubdtype(leaf.dtype, jnp.floating) else leaf,
        terms(layout.frame, values),
    )
    return gain_terms(game, layout.shape, named, tuple(item.player for item in listed), policy, here, shown)
