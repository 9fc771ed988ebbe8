"""Expected paths of stocks and indicators along the branches a reader compares."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import numpy as np
from jaxtyping import Float

from detente.central import Central
from detente.compile.environment import Environment

BRANCHES = ("with talks", "talks off", "after a deal")
RARE = 1e-9
"""Below this probability of an agreement nothing is said of what follows one."""


class Branches:
    """The distributions over states along the branches of one answer."""

    def __init__(self, central: Central) -> None:
        self.central = central
        assert central.events.occupancy is not None, "the forward pass keeps its states"
        talks = np.asarray(central.events.occupancy)
        # talks go on, or have ended before any agreement
        self.without = [0, central.shape.over] if central.shape.leavers else [0]
        self.every, self.rest, self.off = map(_Masses, (talks, talks[:, self.without], central.adrift[:, None]))

    def stocks(self) -> Float[np.ndarray, "T+1 K 3"]:
        """Return the expected value of every stock at the start of every period, by branch.

        Only means are given: linear interpolation on the grid keeps them exact, but adds to the spread.
        """
        return self._expected(points[None, None, :, None] for points in self.central.model.frame.points.values())

    def indicators(self) -> Float[np.ndarray, "T+1 K 3"]:
        """Return the expected value of every indicator at the start of every period, by branch."""
        model = self.central.model
        env = Environment(model.frame, self.central.values, np)
        return self._expected(np.asarray(env.array(each.value)) for each in model.scenario.indicators.values())

    def _expected(self, values: Iterable[Float[np.ndarray, "T|1 S|1 G|1 R|1"]]) -> Float[np.ndarray, "T+1 K 3"]:
        """Return expectations by branch.

        ``after a deal`` is conditional on an agreement having been signed, and what is not in the other states is in those;
        where none can have been signed, it is not a number.
        """
        sure = np.ones((1, 1, 1, 1))
        deal = self.every.expect(sure) - self.rest.expect(sure)
        out = []
        for value in values:
            there = value if value.shape[1] == 1 else value[:, self.without]
            whole, never = self.every.expect(value), self.off.expect(there[:, :1])
            after = np.divide(whole - self.rest.expect(there), deal, out=np.full_like(whole, np.nan), where=deal > RARE)
            out.append(np.stack([whole, never, after], 1))
        return np.stack(out, 1) if out else np.zeros((len(deal), 0, len(BRANCHES)))


class _Masses:
    """A distribution over states at every date, and its marginals, each added up once."""

    def __init__(self, mass: Float[np.ndarray, "T+1 S G R"]) -> None:
        self.mass = mass
        self._found: dict[tuple[int, ...], np.ndarray] = {}

    @cached_property
    def _anywhere(self) -> Float[np.ndarray, "T+1 1 G R"]:
        """All statuses added up: what most indicators need, and smaller by far."""
        return self.mass.sum(1, keepdims=True)

    def expect(self, value: Float[np.ndarray, "T+1|1 S|1 G|1 R|1"]) -> Float[np.ndarray, " T+1"]:
        """Contract the distribution with an array on as few axes as it has."""
        axes = tuple(axis for axis in (1, 2, 3) if value.shape[axis] == 1)
        if axes not in self._found:
            mass = self._anywhere if 1 in axes else self.mass
            self._found[axes] = mass.sum(axes).reshape(len(mass), -1)
        marginal, flat = self._found[axes], value.reshape(len(value), -1)
        found: np.ndarray = marginal @ flat[0] if len(flat) == 1 else np.einsum("tn,tn->t", marginal, flat)
        return found
