"""The two cases at central values and over common draws, moved as a claim asks; every solve is made once."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from claims.look import Batch, look
from detente import run
from detente.compile import Model, regimes, stocks
from detente.compile.environment import Environment
from detente.draws import quantile, sobol
from detente.spec.quantity import Quantity
from detente.spec.scenario import Scenario

SMALL, HANOI = "small-deal-2025", "hanoi-2019"
DRAWS, SEED = 64, 1
WIDTH = 5
"""Rows solved at once: the centre and four draws, and a divisor of the centre and all draws."""
NORTH, US = "dprk", "us"

Move = float | str
"""A value, or ``low``, ``high``: that end of the parameter's range."""
Moves = Mapping[str, Move]


class Case:
    """One scenario on the coarse calendar, with rows of values: the centre first, then the draws."""

    def __init__(self, name: str, shares: Mapping[str, np.ndarray]) -> None:
        self.scenario: Scenario = run.load(name).scenario
        self.model = Model.of(run.coarser(self.scenario))
        self.values = {
            key: np.concatenate([[q.value], quantile(q, shares[key]) if q.uncertain else np.full(DRAWS, q.value)])
            for key, q in self.scenario.quantities.items()
        }
        self.players = list(self.scenario.players)
        self.packages = {name: index for index, name in enumerate(self.model.labels.package_names)}

    @cached_property
    def batch(self) -> Batch:
        """The static part, wide enough for every row and every move, so that all share a compilation."""
        rows = [{key: column[i] for key, column in self.values.items()} for i in range(DRAWS + 1)]
        extreme = {key: max(column.max(), _end(self.scenario.quantities[key], "high")) for key, column in self.values.items()}
        return Batch(self.model.frame, self.model.shape([*rows, extreme]))

    @cached_property
    def term(self) -> int:
        """The first period after the president's term."""
        return regimes.boundary(self.model.scenario.calendar, self.scenario.regimes["white_house"].switches[0].on)

    def moved(self, moves: Moves, count: int) -> dict[str, np.ndarray]:
        """Return the first ``count`` rows of values with the moves made."""
        unknown = set(moves) - set(self.values)
        assert not unknown, unknown
        columns = {key: column[:count].copy() for key, column in self.values.items()}
        for key, move in moves.items():
            columns[key][:] = _end(self.scenario.quantities[key], move) if isinstance(move, str) else move
        return columns

    def at_start(self, formula: str, row: int, values: Mapping[str, float]) -> float:
        """Return the value of a formula on a row of the game at the start."""
        frame = self.model.frame
        env = Environment(frame, values, np, np.array([row]))
        array = np.broadcast_to(env.array(formula)[0, 0], (frame.size["G"], frame.size["R"]))
        game = Environment(frame, values, np)
        weight = stocks.start(frame, game)[:, None] * regimes.start(frame.scenario, game, np)
        return float((weight * array).sum())


def _end(quantity: Quantity, which: str) -> float:
    if quantity.values:
        return max(quantity.values) if which == "high" else min(quantity.values)
    bound = quantity.high if which == "high" else quantity.low
    return quantity.value if bound is None else bound


@dataclass(frozen=True, eq=False)
class Outcome:
    """What one set of moves leads to; every array has rows leading."""

    case: Case
    raw: Mapping[str, np.ndarray]
    values: Mapping[str, np.ndarray]

    def accept(self, player: str, package: str, start: int = 0) -> np.ndarray:
        """Probability that a player accepts a package at the start."""
        return self.raw["accept"][:, start, self.case.players.index(player), self.case.packages[package]]

    def gain(self, player: str, package: str, start: int = 0) -> np.ndarray:
        """Gain from a package signed at the start [utils]."""
        return self.raw["gain"][:, start, self.case.players.index(player), self.case.packages[package]]

    def waiting(self, player: str, start: int = 0) -> np.ndarray:
        """Value of waiting at the start [utils]."""
        return self.raw["reservation"][:, start, self.case.players.index(player)]

    def delay(self, player: str) -> np.ndarray:
        """Cost of a year without talks [utils]."""
        return self.raw["delay"][:, self.case.players.index(player)]

    def of(self, name: str, package: str) -> np.ndarray:
        """Any other reading of a package: cheat, restore, security, council."""
        array = self.raw[name]
        return (array[:, 0] if array.ndim == 3 else array)[:, self.case.packages[package]]

    def later(self, package: str, period: int) -> np.ndarray:
        """Pyongyang's gain from signing a package in a period [utils]."""
        return self.raw["course"][:, period, self.case.packages[package]]

    def signed_by(self, period: int | None = None) -> np.ndarray:
        """Probability of a signing before a period (default: within the president's term)."""
        return self.raw["first"][:, : self.case.term if period is None else period].sum(1)

    def deals(self, name: str, periods: int | None = None) -> np.ndarray:
        """Probability of signing packages that have an attribute, before a period (default: within the term)."""
        signed = self.raw["signed"][:, : self.case.term if periods is None else periods].sum((1, 2))
        return (signed * self.raw[name]).sum(1)

    def offers(self, proposer: int, start: int = 0) -> np.ndarray:
        """Probability of each package as a proposer's offer at the start [rows, A]."""
        return self.raw["offers"][:, start, proposer]

    def passing(self, proposer: int, start: int = 0) -> np.ndarray:
        """Probability of each package as a proposer's offer at the start that all needed accept [rows, A]."""
        return self.offers(proposer, start) * self.raw["passes"][:, start, proposer]

    def signed(self) -> np.ndarray:
        """Probability of each package being signed within the term [rows, A]."""
        return self.raw["signed"][:, : self.case.term].sum((1, 2))

    def mean(self, name: str, weight: np.ndarray | None = None) -> np.ndarray:
        """Expected attribute of packages, by default of what is signed within the term."""
        weight = self.signed() if weight is None else weight
        return (weight * self.raw[name]).sum(1) / weight.sum(1)

    def worth(self, weight: np.ndarray) -> np.ndarray:
        """Expected worth to Pyongyang of packages, judged as it stands here [utils]: a yardstick for terms."""
        gain = self.raw["gain"][:, 0, self.case.players.index(NORTH)]
        return (weight * gain).sum(1) / weight.sum(1)


class World:
    """Both cases, over the centre and the first ``draws`` draws."""

    def __init__(self, draws: int = DRAWS, tell: Callable[[str], Any] = lambda text: None) -> None:
        names = {name: run.load(name).scenario.quantities for name in (SMALL, HANOI)}
        every = dict.fromkeys(key for quantities in names.values() for key in quantities)
        # one column of points per name, so that a name has the same quantile in both cases
        middle = Quantity(value=0.5, low=0, high=1)
        shares = {key: quantile(middle, points) for key, points in zip(every, sobol(len(every), DRAWS, SEED).T, strict=True)}
        self.cases = {name: Case(name, shares) for name in names}
        self.count, self.tell = draws + 1, tell
        self._done: dict[tuple, Outcome] = {}

    def __call__(self, name: str, moves: Moves | None = None) -> Outcome:
        """Return the outcome of a case with some parameters moved, in every row."""
        moves = moves or {}
        key = (name, *sorted(moves.items()))
        if key not in self._done:
            self._done[key] = self._solve(self.cases[name], moves)
        return self._done[key]

    def _solve(self, case: Case, moves: Moves) -> Outcome:
        began = time.monotonic()
        values = case.moved(moves, self.count)
        parts = []
        with jax.enable_x64(True):
            for first in range(0, self.count, WIDTH):
                index = np.minimum(np.arange(first, first + WIDTH), self.count - 1)
                chunk = {key: jnp.asarray(column[index]) for key, column in values.items()}
                part = jax.tree.map(np.asarray, look(case.batch, chunk))
                parts.append({key: array[: self.count - first] for key, array in part.items()})
        raw = {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
        assert not raw["status"].any(), (case.scenario.name, moves, raw["status"])
        said = ", ".join(f"{key} {move}" for key, move in list(moves.items())[-4:])
        self.tell(f"{time.monotonic() - began:3.0f} s  {case.scenario.name}  {said}")
        return Outcome(case, raw, values)

    def formula(self, name: str, text: str, row: int, moves: Moves | None = None) -> np.ndarray:
        """Return the value of a formula or an indicator on a row of the game at the start, in every row of values."""
        case = self.cases[name]
        text = case.scenario.indicators[text].value if text in case.scenario.indicators else text
        values = case.moved(moves or {}, self.count)
        rows = [{key: float(column[i]) for key, column in values.items()} for i in range(self.count)]
        return np.array([case.at_start(text, row, one) for one in rows])
