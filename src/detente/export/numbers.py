"""A game's numbers by period and place, as the writer of a tree asks for them."""

from __future__ import annotations

from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np

from detente.engine.motion import framed, offsets
from detente.engine.period import accrue, flow_at, terminal
from detente.engine.timed import at
from detente.game import Game, Shape


@dataclass(frozen=True)
class Numbers:
    """The game by period (T), row (S), package (A), lapse (L) and joint state of stocks and regimes (X)."""

    game: Game
    shape: Shape
    flow: np.ndarray
    """[T, S, I, X] worth of a period after its decisions, at its start [utils]."""
    rest: np.ndarray
    """[T, S, I, X] worth of all that follows the decisions of a period if nobody decides anything any more [utils]."""
    talk: np.ndarray
    """[T, J, B, X] chance to propose."""
    review: np.ndarray
    """[T, V, A, X] chance to review an agreement."""
    detect: np.ndarray
    """[T, A, X] chance that cheating is detected."""
    start: np.ndarray
    """[X] chance of each state at the start."""
    discount: np.ndarray
    """[I] discount factor per period."""

    @classmethod
    def of(cls, game: Game, shape: Shape) -> Numbers:
        """Read them off a game."""
        payoff, periods = game.payoff, range(shape.periods)
        accrual = payoff.accrual[:, None, None]
        flow = np.stack([np.asarray(accrual * flow_at(shape, payoff, jnp.asarray(t))) for t in periods])
        return cls(
            game=game,
            shape=shape,
            flow=flow.reshape(*flow.shape[:3], -1),
            rest=_rest(game, shape),
            talk=_spread(shape, game.talk, len(shape.proposers), shape.talking),
            review=_spread(shape, game.review, len(shape.reviewers), shape.packages),
            detect=_spread(shape, game.detect, shape.packages),
            start=(np.asarray(game.start_point)[:, None] * np.asarray(game.start_regime)).ravel(),
            discount=np.asarray(payoff.discount),
        )

    def lump(self, event: str, t: int, index: int, x: int) -> np.ndarray:
        """Return the players' lump sums at an event, on a package or, for ``snapback``, at a lapse [I]."""
        lumps = getattr(self.game.payoff.lumps, event)
        if lumps is None:
            return np.zeros(self.shape.players)
        lump = np.asarray(at(lumps, t))  # I A|1 G|1 R|1
        point, regime = divmod(x, self.shape.regimes)
        place = (min(n - 1, i) for n, i in zip(lump.shape[1:], (index, point, regime), strict=True))
        return lump[:, *place]

    def next(self, t: int, row: int, x: int) -> np.ndarray:
        """Return the chances of the state at the start of the next period [X]."""
        shape, game = self.shape, self.game
        point, regime = divmod(x, shape.regimes)
        points = np.zeros(shape.points)
        if shape.grid:
            drift = np.asarray(at(game.offsets, t))
            weights = drift[:, row + 1, point, min(regime, drift.shape[-1] - 1)]
            here = np.array(np.unravel_index(point, shape.grid))
            for move, weight in zip(offsets(shape), weights, strict=True):
                if weight > 0.0:
                    points[np.ravel_multi_index(tuple(here + move), shape.grid)] += weight
        else:
            points[point] = 1.0
        return np.outer(points, np.asarray(at(game.moves, t))[regime]).ravel()


def _rest(game: Game, shape: Shape) -> np.ndarray:
    ahead = terminal(shape, game.payoff)
    rest = []
    for t in reversed(range(shape.periods)):
        worth = accrue(game, shape, game.payoff, jnp.asarray(t), ahead)
        rest.append(np.asarray(worth).reshape(*worth.shape[:2], -1))
        ahead = framed(worth)
    return np.stack(rest[::-1])


def _spread(shape: Shape, timed: object, *lead: int) -> np.ndarray:
    """Return a timed array with every axis at full length [T, ``lead``, X]."""
    array = np.asarray(timed)[: shape.periods]
    full = (shape.periods, *lead, shape.points, shape.regimes)
    return np.broadcast_to(array, full).reshape(shape.periods, *lead, shape.points * shape.regimes)
