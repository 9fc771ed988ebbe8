"""Expected paths of stocks and indicators along the branches a reader compares."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from jaxtyping import Float

from detente.central import Central
from detente.compile.environment import Environment

BRANCHES = ("with talks", "talks off", "after a deal")
RARE = 1e-9
"""Below this probability of an agreement nothing is said of what follows one."""


def stocks(central: Central) -> Float[np.ndarray, "T+1 K 3"]:
    """Return the expected value of every stock at the start of every period, by branch.

    Only means are given: linear interpolation on the grid keeps them exact, but adds to the spread.
    """
    return _expected(central, (points[None, None, :, None] for points in central.model.frame.points.values()))


def indicators(central: Central) -> Float[np.ndarray, "T+1 K 3"]:
    """Return the expected value of every indicator at the start of every period, by branch."""
    env = Environment(central.model.frame, central.values, np)
    return _expected(central, (np.asarray(env.array(each.value)) for each in central.model.scenario.indicators.values()))


def _expected(central: Central, values: Iterable[Float[np.ndarray, "T|1 S|1 G|1 R|1"]]) -> Float[np.ndarray, "T+1 K 3"]:
    """Return expectations by branch.

    ``after a deal`` is conditional on an agreement having been signed, and what is not in the other states is in those;
    where none can have been signed, it is not a number.
    """
    assert central.events.occupancy is not None, "the forward pass keeps its states"
    talks = np.asarray(central.events.occupancy)
    without = [0, central.shape.over] if central.shape.leavers else [0]  # talks go on, or have ended before any agreement
    every, rest, off = (_Masses(mass) for mass in (talks, talks[:, without], central.adrift[:, None]))
    deal = talks.sum((1, 2, 3)) - rest.mass.sum((1, 2, 3))
    out = []
    for value in values:
        there = value if value.shape[1] == 1 else value[:, without]
        whole, never = every.expect(value), off.expect(there[:, :1])
        after = np.divide(whole - rest.expect(there), deal, out=np.full_like(whole, np.nan), where=deal > RARE)
        out.append(np.stack([whole, never, after], 1))
    return np.stack(out, 1) if out else np.zeros((len(talks), 0, len(BRANCHES)))


class _Masses:
    """A distribution over states at every date, and its marginals, each added up once."""

    def __init__(self, mass: Float[np.ndarray, "T+1 S G R"]) -> None:
        self.mass = mass
        self._found: dict[tuple[int, ...], np.ndarray] = {}

    def expect(self, value: Float[np.ndarray, "T+1|1 S|1 G|1 R|1"]) -> Float[np.ndarray, " T+1"]:
        """Contract the distribution with an array on as few axes as it has."""
        axes = tuple(axis for axis in (1, 2, 3) if value.shape[axis] == 1)
        if axes not in self._found:
            self._found[axes] = self.mass.sum(axes).reshape(len(self.mass), -1)
        marginal, flat = self._found[axes], value.reshape(len(value), -1)
        found: np.ndarray = marginal @ flat[0] if len(flat) == 1 else np.einsum("tn,tn->t", marginal, flat)
        return found
