"""Sampled paths through a solved game: the chain that :mod:`detente.engine.push` follows exactly, drawn at random.

Stocks jump to neighbouring grid points with the interpolation weights, so a path is on the grid at all times. Paths tell
stories and check the exact answer; no reported probability comes from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from jaxtyping import Float, Int

from detente.engine.motion import offsets
from detente.engine.policy import Policy, on
from detente.game import Game, Shape

NOTHING = -1
"""No event in the period."""


@dataclass(frozen=True)
class Walk:
    """Paths, one per entry of the leading axis."""

    regime: Int[np.ndarray, "N T+1"]
    row: Int[np.ndarray, "N T+1"]
    """Public status and who knows what about it, as rows of the game."""
    point: Int[np.ndarray, "N T+1"]
    """Joint grid point of the stocks."""
    event: Int[np.ndarray, "N T"]
    """What happened in the period: NOTHING, or a code :func:`signed` or :func:`ended` gives."""


def signed(proposer: int) -> int:
    """Return the code of signing on the offer of the proposer at this place of the game's proposers."""
    return proposer


def ended(shape: Shape, cause: int, restored: bool) -> int:
    """Return the code of an agreement's end by a cause, with or without a snapback."""
    return len(shape.proposers) + 2 * cause + restored


def left(shape: Shape) -> int:
    """Return the code of somebody's leaving the talks for good."""
    return len(shape.proposers) + 2 * shape.causes


def walk(game: Game, shape: Shape, policy: Policy, paths: int, seed: int = 0) -> Walk:
    """Draw paths.

    Args:
        game: The game.
        shape: Its static description.
        policy: The policy of every period.
        paths: How many to draw.
        seed: The same seed draws the same paths.
    """
    game, policy = jax.tree.map(np.asarray, (game, policy))
    rng = np.random.default_rng(seed)
    state = (
        pick(rng, np.asarray(game.start_regime)[None], np.zeros(paths, int)),
        np.zeros(paths, int),
        pick(rng, np.asarray(game.start_point)[None], np.zeros(paths, int)),
    )
    states, events = [state], []
    for period in range(shape.periods):
        today = on(policy, period)
        row, event = _decide(rng, game, shape, period, today, *state)
        state = move(rng, game, shape, period, state[0], row, state[2])
        states.append(state)
        events.append(event)
    regime, row, point = (np.stack(path, 1) for path in zip(*states, strict=True))
    return Walk(regime, row, point, np.stack(events, 1))


def pick(rng: np.random.Generator, chances: Float[np.ndarray, "U K"], which: Int[np.ndarray, " N"]) -> Int[np.ndarray, " N"]:
    """Draw an outcome for each path from the line of ``chances`` it stands on; K where what is left of one is drawn."""
    used, place = np.unique(which, return_inverse=True)
    ladder = np.minimum(np.cumsum(chances[used], axis=1), 1.0) + np.arange(len(used))[:, None]
    drawn = np.searchsorted(ladder.ravel(), place + rng.random(len(which)), side="right")
    return drawn - place * chances.shape[1]


def _toss(rng: np.random.Generator, chance: Any) -> np.ndarray:
    return rng.random(np.shape(chance)) < chance


def entry(array: Any, period: int) -> np.ndarray:
    """Return the entry of a timed array in force in ``period``."""
    return np.asarray(array[0] if len(array) == 1 else array[period])


def _full(array: np.ndarray, *shape: int) -> np.ndarray:
    return np.broadcast_to(array, shape)


def _decide(
    rng: np.random.Generator,
    game: Game,
    shape: Shape,
    period: int,
    today: Policy,
    regime: np.ndarray,
    row: np.ndarray,
    point: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return each path's row after today's decisions, and what happened."""
    after, event = row.copy(), np.full(len(row), NOTHING)
    talking = np.flatnonzero(row < shape.talking)
    after[talking], event[talking] = _talk(rng, shape, today, regime[talking], row[talking], point[talking])
    force = np.flatnonzero(row >= shape.bases)
    after[force], event[force] = _hold(rng, game, shape, period, today, regime[force], row[force], point[force])
    return after, event


def _talk(
    rng: np.random.Generator, shape: Shape, today: Policy, regime: np.ndarray, row: np.ndarray, point: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return rows and events of paths without an agreement: perhaps one is signed, or talks end."""
    bases, proposers, packages, points, regimes = today.sign.shape
    lines = np.moveaxis(np.asarray(today.sign), (0, 3, 4), (0, 1, 2)).reshape(bases * points * regimes, -1)
    if today.quit is not None:
        lines = np.concatenate([lines, np.asarray(today.quit.over).reshape(-1, 1)], axis=1)
    drawn = pick(rng, lines, (row * points + point) * regimes + regime)
    proposer, package = np.divmod(drawn, packages)
    done = proposer < proposers
    over = (drawn == proposers * packages) & (today.quit is not None)
    package = np.where(done, package, 0)
    signs = shape.bases + package + shape.packages * _cheats(rng, today, package, point, regime)
    after = np.where(done, signs, np.where(over, shape.over + row, row))
    return after, np.where(done, proposer, np.where(over, left(shape), NOTHING))


def _cheats(rng: np.random.Generator, today: Policy, package: np.ndarray, point: np.ndarray, regime: np.ndarray) -> np.ndarray:
    """Return 1 for paths whose agreement is cheated on from now, where someone can."""
    cheat = today.conduct.cheat
    return np.zeros(len(regime), int) if cheat is None else _toss(rng, cheat[package, point, regime]).astype(int)


def _hold(
    rng: np.random.Generator,
    game: Game,
    shape: Shape,
    period: int,
    today: Policy,
    regime: np.ndarray,
    row: np.ndarray,
    point: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return rows and events of paths with an agreement: found out, reviewed, ended, or honoured and cheated on anew."""
    posture, package = np.divmod(row - shape.bases, shape.packages)
    place = (package, point, regime)
    full = (shape.packages, shape.points, shape.regimes)
    cause, found = np.full(len(row), NOTHING), np.zeros(len(row), bool)
    if shape.hidden is not None:
        found = _toss(rng, _full(entry(game.detect, period), *full)[place]) & (posture == 1)
        cause = np.where(found & _toss(rng, today.conduct.terminate[place]), len(shape.reviewers), cause)
    if shape.reviewers:
        lines = np.moveaxis(_full(entry(game.review, period), len(shape.reviewers), *full)[:, *place], 0, 1)
        reviewer = pick(rng, lines, np.arange(len(row)))
        for index, player in enumerate(shape.reviewers):
            mine = (reviewer == index) & (cause == NOTHING)
            leave = today.conduct.leave[index][place]
            leaves = _toss(rng, leave if shape.hidden is None else np.where(found, today.conduct.known[index][place], leave))
            if player == shape.hidden:
                posture = np.where(mine & ~leaves, _cheats(rng, today, *place), posture)
            cause = np.where(mine & leaves, index, cause)
    if shape.causes == 0:
        return row, cause
    over = cause != NOTHING
    lapse = game.lapse[package]
    restored = _toss(rng, today.conduct.restore[lapse, point, regime])
    left = np.where(restored, game.snap_to[lapse], game.lapse_to[lapse])
    kept = shape.bases + posture * shape.packages + package
    return np.where(over, left, kept), np.where(over, len(shape.proposers) + 2 * cause + restored, NOTHING)


def move(
    rng: np.random.Generator, game: Game, shape: Shape, period: int, regime: np.ndarray, row: np.ndarray, point: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return where regimes and stocks are at the start of the next period."""
    if shape.grid:
        drift = entry(game.offsets, period)
        weights = np.moveaxis(drift[:, row + 1, point, np.minimum(regime, drift.shape[-1] - 1)], 0, 1)
        steps = np.asarray(offsets(shape))[np.minimum(pick(rng, weights, np.arange(len(row))), weights.shape[1] - 1)]
        place = np.stack(np.unravel_index(point, shape.grid), 1) + steps
        point = np.ravel_multi_index(tuple(place.T), shape.grid)
    moves = entry(game.moves, period)
    return np.minimum(pick(rng, moves, regime), shape.regimes - 1), row, point
