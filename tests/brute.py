"""Bargaining with logit choices, written out plainly and independently of detente: loops over dictionaries of floats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp

Vector = Sequence[float]


@dataclass(frozen=True)
class Step:
    """One round: values before decisions by regime and player, and choices by regime and proposer."""

    values: list[list[float]]
    waiting: list[list[float]]
    accept: list[list[list[float]]]
    """Regime, proposer, package: probability that the other player accepts."""
    offer: list[list[list[float]]]
    """Regime, proposer, package: probability of the offer."""

    def deal(self, regime: int, recognised: Vector) -> float:
        """Return the probability of an agreement in this round."""
        return sum(
            chance * sum(o * a for o, a in zip(self.offer[regime][j], self.accept[regime][j], strict=True))
            for j, chance in enumerate(recognised)
        )


def sigma(x: float) -> float:
    return 1.0 / (1.0 + exp(-x)) if x >= 0 else exp(x) / (1.0 + exp(x))


def bargain(
    rounds: int,
    packages: Sequence[Vector],
    recognised: Callable[[int], Vector],
    discount: Vector,
    precision: float,
    flow: Sequence[Vector] = ((0.0, 0.0),),
    last: Sequence[Vector] = ((0.0, 0.0),),
    chain: Sequence[Vector] = ((1.0,),),
    passing: bool = True,
) -> list[Step]:
    """Return every round of a game of two players who bargain over ``packages`` (payoffs once signed), first round first.

    Choices are logit in current values; ``passing`` adds the choice to make no offer, with the weight of a package.
    """
    regimes, ahead, steps = range(len(chain)), [list(values) for values in last], []
    for period in reversed(range(rounds)):
        waiting = [[flow[r][i] + discount[i] * sum(chain[r][s] * ahead[s][i] for s in regimes) for i in (0, 1)] for r in regimes]
        accept = [[[sigma(precision * (u[1 - j] - waiting[r][1 - j])) for u in packages] for j in (0, 1)] for r in regimes]
        offer = [[_offer(packages, waiting[r], accept[r][j], j, precision, passing) for j in (0, 1)] for r in regimes]
        ahead = [_values(packages, waiting[r], accept[r], offer[r], recognised(period)) for r in regimes]
        steps.append(Step(ahead, waiting, accept, offer))
    return steps[::-1]


def _offer(
    packages: Sequence[Vector], waiting: Vector, accept: Vector, proposer: int, precision: float, passing: bool
) -> list[float]:
    scores = [precision * p * (u[proposer] - waiting[proposer]) for u, p in zip(packages, accept, strict=True)]
    scores += [0.0] if passing else []
    weights = [exp(score - max(scores)) for score in scores]
    return [weight / sum(weights) for weight in weights][: len(packages)]


def _values(
    packages: Sequence[Vector], waiting: Vector, accept: Sequence[Vector], offer: Sequence[Vector], recognised: Vector
) -> list[float]:
    values = list(waiting)
    for j, chance in enumerate(recognised):
        for u, p, o in zip(packages, accept[j], offer[j], strict=True):
            for i in (0, 1):
                values[i] += chance * o * p * (u[i] - waiting[i])
    return values
