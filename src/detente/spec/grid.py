"""Expressions over every combination of the options of some issues at once, at the central values of the parameters.

The one place where the language needs numpy: a rule about a menu of a hundred thousand packages is read off in one go.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from detente.spec.central import Central
from detente.spec.evaluate import evaluate
from detente.spec.nodes import Attribute, Expression
from detente.spec.quantity import Table
from detente.spec.scenario import Scenario
from detente.spec.scope import Scope


class Grid(Central):
    """Central values where the issues told stand at each of their options, an axis each."""

    def __init__(self, scenario: Scenario, scope: Scope, issues: Sequence[str], spend: Callable[[int], None]) -> None:
        """Lay out the axes.

        Args:
            scenario: The scenario.
            scope: The names expressions may use.
            issues: The issues; one with a single option has no axis.
            spend: Told before each piece of work how many parts of formulas, times combinations, it takes.
        """
        counts = {name: len(scenario.issues[name].options) for name in issues}
        long = [name for name in issues if counts[name] > 1]
        codes: dict[str, Any] = dict.fromkeys(issues, 0)
        for axis, name in enumerate(long):
            codes[name] = np.arange(counts[name]).reshape([-1 if i == axis else 1 for i in range(len(long))])
        super().__init__(scenario, scope, codes)
        self.shape, self.spend = tuple(counts[name] for name in long), spend

    def holds(self, expression: Expression) -> np.ndarray:
        """Return whether an expression is other than nought, for every combination of options; so is what is not known."""
        with np.errstate(all="ignore"):
            value = np.asarray(self.value(expression))
        found: np.ndarray = np.broadcast_to(value != 0.0, self.shape)
        return found

    def attribute(self, issue: str, attribute: str) -> Any:
        """Return the attribute of the option the issue stands at, evaluated once; an option that does not give it has 0."""
        label = Attribute(issue, attribute)
        if label not in self._known:
            texts = [option.attributes.get(attribute, "0") for option in self.scenario.issues[issue].options.values()]
            self._known[label] = self._pick(issue, [self._guarded(label, text) for text in texts])
        return self._known[label]

    def table(self, name: str) -> Any:
        """Return the table's central value where its issue stands."""
        table = self.scenario.parameters[name]
        if not isinstance(table, Table):
            return math.nan
        return self._pick(table.by, [table.cases[state].value for state in self.scope.categories[table.by]])

    def _evaluated(self, expression: Expression) -> Any:
        self.spend(expression.size * math.prod(self.shape))
        return evaluate(expression, self, np)

    def _pick(self, issue: str, cases: list[float]) -> Any:
        return np.asarray(cases, float)[self._codes[issue]]
