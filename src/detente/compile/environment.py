"""What expressions see: names as arrays on the axes [T, S, G, R], each of size 1 where the name does not vary.

The same code serves numpy (checks at central values) and jax.numpy (the game itself, traced over parameters).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from detente.compile import regimes, rows
from detente.spec.expression import Expression, Scope, evaluate, parse
from detente.spec.menu import packages
from detente.spec.scenario import Scenario

AXES = "TSGR"


@dataclass(frozen=True, eq=False)
class Frame:
    """The static skeleton of a game: everything that does not depend on parameter values."""

    scenario: Scenario

    @cached_property
    def fingerprint(self) -> str:
        """A text that scenarios share only where they differ in nothing but values of parameters and words about them."""
        return self.scenario.structure

    @cached_property
    def scope(self) -> Scope:
        """The names expressions may use."""
        return Scope.of(self.scenario)

    @cached_property
    def rows(self) -> rows.Rows:
        """Every public status."""
        return rows.build(self.scenario, packages(self.scenario))

    @cached_property
    def codes(self) -> dict[str, np.ndarray]:
        """State position of each regime in every joint regime [R]."""
        return regimes.joint(self.scenario)

    @cached_property
    def joint(self) -> tuple[tuple[str, ...], ...]:
        """State names of every joint regime."""
        return regimes.names(self.scenario)

    @cached_property
    def years(self) -> np.ndarray:
        """Calendar year (or round) at the start of every period and at the horizon [T + 1]."""
        calendar = self.scenario.calendar
        return np.array([calendar.year(t) for t in range(calendar.periods + 1)])

    @cached_property
    def points(self) -> dict[str, np.ndarray]:
        """Value of each stock at every joint grid point [G]."""
        grids = [np.asarray(stock.grid) for stock in self.scenario.stocks.values()]
        mesh = np.meshgrid(*grids, indexing="ij") if grids else []
        return {name: axis.ravel() for name, axis in zip(self.scenario.stocks, mesh, strict=True)}

    @cached_property
    def size(self) -> dict[str, int]:
        """Length of each axis."""
        points = int(np.prod([len(stock.grid) for stock in self.scenario.stocks.values()], initial=1))
        return {"T": len(self.years), "R": len(self.joint), "S": len(self.rows.levels), "G": points}

    @cached_property
    def formulas(self) -> dict[str, Expression]:
        """Parsed expressions, by text."""
        return {}

    def parse(self, text: str) -> Expression:
        """Parse a formula once."""
        if text not in self.formulas:
            self.formulas[text] = parse(text)
        return self.formulas[text]


class Environment:
    """Values of names over the state space, for some rows, at given parameter values."""

    def __init__(self, frame: Frame, values: Mapping[str, Any], ops: Any, selected: np.ndarray | None = None) -> None:
        self.frame, self.values, self.ops = frame, values, ops
        self.selected = np.arange(frame.size["S"]) if selected is None else selected
        self.scope = frame.scope
        self._definitions: dict[str, Any] = {}
        self._attributes: dict[tuple[str, str], Any] = {}

    def on(self, selected: np.ndarray) -> Environment:
        """Return the same values on other rows."""
        return Environment(self.frame, self.values, self.ops, selected)

    def number(self, name: str) -> Any:
        """Return a parameter, stock, flag or the time."""
        if name in self.values:
            return self.values[name]
        if name in self.frame.points:
            return self.ops.asarray(self.frame.points[name])[None, None, :, None]
        if name in ("year", "round"):
            return self.ops.asarray(self.frame.years)[:, None, None, None]
        return self.ops.asarray(getattr(self.frame.rows, name)[self.selected])[None, :, None, None]

    def definition(self, name: str) -> Any:
        """Return a definition, evaluated once."""
        if name not in self._definitions:
            self._definitions[name] = self(self.frame.scenario.definitions[name].value)
        return self._definitions[name]

    def attribute(self, issue: str, attribute: str) -> Any:
        """Return the attribute of the option in effect; an option that does not give it has 0."""
        if (issue, attribute) not in self._attributes:
            options = self.frame.scenario.issues[issue].options.values()
            cases = [self(option.attributes.get(attribute, "0")) for option in options]
            self._attributes[issue, attribute] = self._pick(cases, self.codes(issue))
        return self._attributes[issue, attribute]

    def codes(self, category: str) -> Any:
        """Return the position of the state of a regime, or of the option of an issue."""
        if category in self.frame.codes:
            return self.frame.codes[category][None, None, None, :]
        issue = list(self.frame.scenario.issues).index(category)
        return self.frame.rows.levels[self.selected, issue][None, :, None, None]

    def table(self, name: str) -> Any:
        """Return a table's entry at the current state or option."""
        entry = self.frame.scenario.parameters[name]
        category = self.frame.scenario.regimes.get(entry.by) or self.frame.scenario.issues[entry.by]  # type: ignore[union-attr]
        states = getattr(category, "states", None) or category.options  # type: ignore[union-attr]
        cases = [self.values[f"{name}[{state}]"] for state in states]
        return self._pick(cases, self.codes(entry.by))  # type: ignore[union-attr]

    def _pick(self, cases: list[Any], codes: np.ndarray) -> Any:
        if all(np.ndim(case) == 0 for case in cases):
            return self.ops.stack([self.ops.asarray(case, dtype=float) for case in cases])[codes]
        return sum(self.ops.where(codes == i, case, 0.0) for i, case in enumerate(cases))

    def __call__(self, formula: str) -> Any:
        """Evaluate a formula to a scalar or an array that broadcasts to [T, S, G, R]."""
        return evaluate(self.frame.parse(formula), self, self.ops)

    def array(self, formula: str) -> Any:
        """Evaluate a formula to an array with all four axes."""
        value = self.ops.asarray(self(formula), dtype=float)
        return value.reshape((1,) * (4 - value.ndim) + tuple(value.shape))

    def timed(self, formula: str, axes: str) -> Any:
        """Evaluate a formula that may vary only on ``axes``; return those axes, each of its size or 1."""
        value = self.array(formula)
        return value.reshape([n for n, axis in zip(value.shape, AXES, strict=True) if axis in axes])

    def scalar(self, formula: str) -> Any:
        """Evaluate a formula of parameters only."""
        return self.ops.asarray(self(formula), dtype=float).reshape(())
