"""Shapley values of a function of coalitions: exact, or from random orders; either way they add up.

The value of member i is what it adds on joining, averaged over all orders in which the members can join (Shapley 1953). It is
the only attribution that adds up, treats members alike that do alike, gives nothing to one that changes nothing, and is linear
in the function. Both ways below are linear maps of the values of some coalitions, so a scheme says which coalitions to evaluate
and with what weights.

Random orders are taken with their reverses (antithetic pairs, Mitchell et al. 2022): one pair is exact where no more than two
members interact at a time, since of any two members each joins first once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import factorial

import numpy as np


@dataclass(frozen=True, eq=False)
class Scheme:
    """Which coalitions to evaluate, and how Shapley values follow."""

    members: int
    orders: np.ndarray | None
    """Orders of joining [orders, members], each followed by its reverse; None: all of them."""

    @classmethod
    def of(cls, members: int, most: int, pairs: int, rng: np.random.Generator) -> Scheme:
        """Return the exact scheme for up to ``most`` members, else one of ``pairs`` random orders and their reverses."""
        return cls(members, None if members <= most else antithetic(members, pairs, rng))

    @property
    def exact(self) -> bool:
        """Whether every coalition is evaluated."""
        return self.orders is None

    @cached_property
    def coalitions(self) -> np.ndarray:
        """The coalitions to evaluate, as bits: member i is in when bit i is set [M]; the empty and the whole one included."""
        if self.orders is None:
            return np.arange(2**self.members)
        return np.unique(_walks(self.orders))

    @cached_property
    def weights(self) -> np.ndarray:
        """Shapley values are ``weights @ values`` [members, M]."""
        return self._all() if self.orders is None else self._of(self.orders)

    def attribute(self, values: np.ndarray) -> np.ndarray:
        """Return Shapley values.

        Args:
            values: Values of the coalitions, in the order of ``coalitions`` [M, ...].

        Returns:
            Values of the members [members, ...]; they sum to that of the whole less that of the empty coalition.
        """
        return np.tensordot(self.weights, values, 1)

    def error(self, values: np.ndarray) -> np.ndarray:
        """Return the standard error that random orders leave [members, ...]: nought where exact, nan for a single pair."""
        if self.orders is None:
            return np.zeros((self.members, *values.shape[1:]))
        pairs = self.orders.reshape(-1, 2, self.members)
        if len(pairs) < 2:
            return np.full((self.members, *values.shape[1:]), np.nan)
        each = np.stack([np.tensordot(self._of(pair), values, 1) for pair in pairs])
        return each.std(0, ddof=1) / np.sqrt(len(pairs))

    def _all(self) -> np.ndarray:
        n = self.members
        joined = (self.coalitions[None, :] >> np.arange(n)[:, None]) & 1
        size = joined.sum(0)
        share = np.array([factorial(s) * factorial(n - s - 1) / factorial(n) for s in range(n)])
        return np.where(joined == 1, share[size - 1], -share[np.minimum(size, n - 1)]) if n else np.zeros((0, 1))

    def _of(self, orders: np.ndarray) -> np.ndarray:
        walks = np.searchsorted(self.coalitions, _walks(orders))
        weights = np.zeros((self.members, len(self.coalitions)))
        for order, walk in zip(orders, walks, strict=True):
            np.add.at(weights, (order, walk[1:]), 1 / len(orders))
            np.add.at(weights, (order, walk[:-1]), -1 / len(orders))
        return weights


def antithetic(members: int, pairs: int, rng: np.random.Generator) -> np.ndarray:
    """Return random orders, each followed by its reverse [2 * pairs, members]."""
    forward = np.stack([rng.permutation(members) for _ in range(pairs)])
    return np.stack([forward, forward[:, ::-1]], 1).reshape(2 * pairs, members)


def _walks(orders: np.ndarray) -> np.ndarray:
    """Return the coalitions along each order, from the empty one to the whole [orders, members + 1]."""
    steps = np.cumsum(1 << orders.astype(np.int64), 1)
    return np.concatenate([np.zeros((len(orders), 1), np.int64), steps], 1)
