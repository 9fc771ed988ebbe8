"""The least work that a solve and a push of a game cannot avoid: bytes moved, multiply-adds, exponentials.

Counted from the recursion as docs/performance.md writes it down, not from what a compiler made of it:

- bytes: each period reads every state's value, what the period pays and the drifts once, and writes every state's value and the
  policy it keeps once; scratch stays in the caches;
- multiply-adds: each value meets the transition of regimes (only where it is not zero), two grid points per stock, its payoff
  and discount, and the few weights by which today's choices mix it with others;
- exponentials: one for each choice between two ways, two for a choice between three, one for each offer.

What is small beside these (counting a body's votes, sums over packages) is left out, so the true least is a little more.
"""

from __future__ import annotations

from dataclasses import dataclass

import jax
import numpy as np

from detente.game import Game, Shape


@dataclass(frozen=True)
class Least:
    """Work over all periods."""

    bytes: float
    fmas: float
    """Multiply-adds."""
    exps: float

    def seconds(self, bandwidth: float, fma_rate: float, exp_rate: float) -> float:
        """Return the time a machine needs at best: it moves memory and computes at once, and computes one thing at a time.

        Args:
            bandwidth: Bytes read or written per second.
            fma_rate: Multiply-adds per second.
            exp_rate: Exponentials per second.
        """
        return max(self.bytes / bandwidth, self.fmas / fma_rate + self.exps / exp_rate)


def of_solve(game: Game, shape: Shape, keep: bool = False) -> Least:
    """Count one backward pass; ``keep``: with the values of signing at every period."""
    here = shape.points * shape.regimes
    signed = shape.players * shape.packages * here * keep
    moved = 2 * shape.values + _policy(game, shape) + signed + _read(game, shape)
    mixed = shape.values * (_moves(game) + 2 ** len(shape.grid) + 1)
    return _total(game, shape, moved, mixed + _decided(game, shape) * shape.players, _choices(game, shape))


def of_push(game: Game, shape: Shape, keep: bool = False) -> Least:
    """Count one forward pass; ``keep``: with the probability of every state at every period."""
    states = shape.rows * shape.points * shape.regimes
    fresh = shape.postures * shape.packages * shape.points * shape.regimes
    moved = (2 + keep) * states + keep * fresh + _policy(game, shape) + _drifts(game, shape)
    return _total(game, shape, moved, states * (_moves(game) + 2 ** len(shape.grid)) + _decided(game, shape), 0.0)


def _total(game: Game, shape: Shape, numbers: float, fmas: float, exps: float) -> Least:
    width = game.payoff.accrual.dtype.itemsize
    return Least(float(shape.periods * width * numbers), float(shape.periods * fmas), float(shape.periods * exps))


def _moves(game: Game) -> float:
    """Return multiply-adds per value of a transition of regimes: what is not zero of the matrix, per row."""
    moves = np.asarray(game.moves)
    return float(np.count_nonzero(moves) / moves.shape[0] / moves.shape[1])


def _policy(game: Game, shape: Shape) -> float:
    """Return the numbers of one period's policy."""
    per_package = len(shape.proposers) * shape.talking
    per_package += len(shape.reviewers) * shape.postures + 2 * (shape.hidden is not None)
    return shape.points * shape.regimes * (shape.packages * per_package + len(game.lapse_to) * (shape.causes > 0))


def _read(game: Game, shape: Shape) -> float:
    """Return the numbers of one period's game: payoffs, chances, and one drift per state and stock."""
    timed = jax.tree.leaves((game.payoff.lumps, game.payoff.apart, game.talk, game.review, game.detect, game.moves))
    once = sum(leaf.size / leaf.shape[0] for leaf in timed)
    once += sum(flow.size for flow in game.payoff.flows)
    return once + _drifts(game, shape)


def _drifts(game: Game, shape: Shape) -> float:
    """Return the numbers of one drift per stock and state, once for all regimes where they make no difference."""
    return float(len(shape.grid) * shape.rows * shape.points * game.spill.shape[-1])


def _decided(game: Game, shape: Shape) -> float:
    """Return multiply-adds by which today's choices mix one channel's values."""
    signing = shape.talking * shape.packages + shape.packages * (shape.hidden is not None)
    if shape.causes == 0:
        return signing * shape.points * shape.regimes
    reviewed = shape.packages * shape.postures * (shape.postures + 1)  # each posture mixes all postures and the lapse
    return (signing + reviewed + len(game.lapse_to)) * shape.points * shape.regimes


def _choices(game: Game, shape: Shape) -> float:
    """Return one period's exponentials."""
    hidden = shape.hidden is not None
    asked = shape.players * shape.talking  # every player's vote counts, its own or in a body
    offers = len(shape.proposers) * shape.talking
    leaving = sum(1 + (player == shape.hidden) for player in shape.reviewers) * shape.postures
    ending = hidden * sum(player != shape.hidden for player in shape.principals)
    per_package = asked + offers + hidden + leaving + ending
    voted = shape.players * len(game.lapse_to) * (shape.causes > 0)
    return shape.points * shape.regimes * (shape.packages * per_package + voted)
