"""Many solves at once: the same game at many parameter draws, vectorised, in batches sized to memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from detente.compile import Model, build
from detente.compile.environment import Frame
from detente.engine.agreement import Conduct, conduct, split
from detente.engine.audit import status
from detente.engine.push import follow, push
from detente.engine.round import acceptance
from detente.engine.size import size
from detente.engine.solve import signed_values, solve
from detente.engine.timed import at, tree_at
from detente.game import Game, Shape
from detente.program import program

COHORTS = 2
"""Survival in a draw follows the agreements signed in every so manieth period."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Batch:
    """What an ensemble runs on."""

    frame: Frame
    shape: Shape

    @property
    def fingerprint(self) -> str:
        """A text that only an equal batch has."""
        return self.frame.fingerprint + self.shape.fingerprint


def outcomes(batch: Batch, values: Mapping[str, Any], multiple: Float[Array, ""]) -> dict[str, Array]:
    """Solve one draw and return what is reported of it.

    Args:
        batch: The static part.
        values: Parameter values.
        multiple: What every player's precision is multiplied by; inf for full rationality.
    """
    shape = batch.shape
    game = build(batch.frame, shape, values)
    game = game.with_precision(game.precision * multiple)
    solution = solve(game, shape)
    events = push(game, shape, solution.policy, keep=True)
    assert events.fresh is not None, "kept"
    alive, ended = follow(game, shape, solution.policy, events.fresh, jnp.arange(0, shape.periods, COHORTS))
    here = game.start_point[:, None] * game.start_regime
    first = solution.first
    choices, signed = _signed(game, shape, first)
    waiting = first[:, 0]
    lump = game.payoff.lumps.refuse
    votes = acceptance(game, signed, waiting, None if lump is None else at(lump, 0))
    cheat = jnp.zeros_like(signed[0]) if choices.cheat is None else choices.cheat
    return {
        "signed": events.signed.sum(1),
        "first": events.signed_first.sum(1),
        "waiting": events.waiting.sum(1),
        "in_force": events.alive,
        "alive": alive,
        "ended": ended,
        "gain": jnp.einsum("gr,kagr->ka", here, signed - waiting[:, None]),
        "reservation": jnp.einsum("gr,kgr->k", here, waiting),
        "accept": jnp.einsum("gr,kagr->ka", here, votes),
        "cheat": jnp.einsum("gr,agr->a", here, cheat),
        "status": status(game, solution.start, events.spill, solution.residual),
    }


def _signed(game: Game, shape: Shape, first: Array) -> tuple[Conduct, Array]:
    """Return the conduct of agreements at the start, and the value of each package signed then [utils]."""
    lumps = tree_at(game.payoff.lumps, 0)
    choices = conduct(game, shape, jnp.asarray(0), first, lumps)
    return choices, signed_values(choices, lumps, split(shape, first)[1])


@program("batch", "together")
def _run(batch: Batch, together: bool, values: Mapping[str, Array], multiples: Array) -> dict[str, Array]:
    def one(draw: tuple[Mapping[str, Array], Array]) -> dict[str, Array]:
        return outcomes(batch, *draw)

    return jax.vmap(one)((values, multiples)) if together else jax.lax.map(one, (values, multiples))


def batch_size(shape: Shape, memory: float, most: int = 4) -> int:
    """Return how many draws fit in ``memory`` [bytes] at once.

    More than a few at once gains nothing on a processor with few cores, so ``most`` keeps progress visible.
    """
    return max(1, min(most, int(memory // max(1.0, size(shape).arrays))))


def run(
    model: Model,
    draws: Mapping[str, np.ndarray],
    multiples: np.ndarray | None = None,
    memory: float = 2e9,
    progress: Progress | None = None,
) -> dict[str, np.ndarray]:
    """Solve every draw.

    Args:
        model: The scenario laid out for computing.
        draws: One array of values per parameter, all equally long.
        multiples: What precision is multiplied by in each draw (default: one).
        memory: Bytes one batch may use.
        progress: Told (stage, done, total) after every batch.

    Returns:
        Arrays with draws leading; ``status`` tells which draws to trust.
    """
    count = len(next(iter(draws.values()))) if draws else (len(multiples) if multiples is not None else 1)
    table = [{name: float(column[i]) for name, column in draws.items()} for i in range(count)]
    shape = model.shape([model.central(), *table])
    batch = Batch(model.frame, shape)
    if multiples is None:
        multiples = np.ones(count)
    # one after the other on a processor, where each already keeps the cores busy and stays in their caches
    together = jax.default_backend() != "cpu"
    width = min(count, batch_size(shape, memory))
    parts = []
    for first in range(0, count, width):
        # the last batch is filled up by repeating its last draw, so that every batch shares one compilation
        index = np.minimum(np.arange(first, first + width), count - 1)
        chunk = {name: jnp.asarray(np.asarray(column, float)[index]) for name, column in draws.items()}
        part = jax.tree.map(np.asarray, _run(batch, together, chunk, jnp.asarray(multiples[index])))
        parts.append({name: array[: count - first] for name, array in part.items()})
        if progress:
            progress("draws", min(first + width, count), count)
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
