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
from detente.spec.nodes import Attribute, Expression, ExpressionError, Label
from detente.spec.parse import parse
from detente.spec.quantity import Table
from detente.spec.scenario import Scenario
from detente.spec.scope import Scope


class Grid:
    """An environment in which the issues told stand at each of their options, an axis each; what is not known is nan."""

    def __init__(self, scenario: Scenario, scope: Scope, issues: Sequence[str], spend: Callable[[int], None]) -> None:
        """Lay out the axes.

        Args:
            scenario: The scenario.
            scope: The names expressions may use.
            issues: The issues; one with a single option has no axis.
            spend: Told before each piece of work how many parts of formulas, times combinations, it takes.
        """
        self.scenario, self.scope, self.spend = scenario, scope, spend
        counts = {name: len(scenario.issues[name].options) for name in issues}
        long = [name for name in issues if counts[name] > 1]
        self.shape = tuple(counts[name] for name in long)
        self._codes: dict[str, Any] = dict.fromkeys(issues, 0)
        for axis, name in enumerate(long):
            self._codes[name] = np.arange(counts[name]).reshape([-1 if i == axis else 1 for i in range(len(long))])
        self._central = Central(scenario, scope)
        self._open: set[Label] = set()
        self._known: dict[Label, Any] = {}

    def holds(self, expression: Expression) -> np.ndarray:
        """Return whether an expression is other than nought, for every combination of options; so is what is not known."""
        try:
            with np.errstate(all="ignore"):
                value = np.asarray(self._value(expression))
        except (ExpressionError, LookupError, TypeError, ValueError, ArithmeticError, RecursionError):
            value = np.asarray(math.nan)
        found: np.ndarray = np.broadcast_to(value != 0.0, self.shape)
        return found

    def number(self, name: str) -> float:
        """Return the central value of a parameter."""
        return self._central.number(name)

    def definition(self, name: str) -> Any:
        """Return a definition's value; nan inside its own definition."""
        return self._once(name, lambda: self._value(parse(self.scenario.definitions[name].value)))

    def attribute(self, issue: str, attribute: str) -> Any:
        """Return the attribute of the option the issue stands at; an option that does not give it has 0."""
        options = self.scenario.issues[issue].options.values()
        texts = [option.attributes.get(attribute, "0") for option in options]
        return self._once(Attribute(issue, attribute), lambda: self._pick(issue, [self._value(parse(text)) for text in texts]))

    def codes(self, category: str) -> Any:
        """Return where the issue stands."""
        return self._codes[category]

    def table(self, name: str) -> Any:
        """Return the table's central value where its issue stands."""
        table = self.scenario.parameters[name]
        if not isinstance(table, Table):
            return math.nan
        return self._pick(table.by, [table.cases[state].value for state in self.scope.categories[table.by]])

    def _value(self, expression: Expression) -> Any:
        self.spend(expression.size * math.prod(self.shape))
        return evaluate(expression, self, np)

    def _pick(self, issue: str, cases: list[float]) -> Any:
        return np.asarray(cases, float)[self._codes[issue]]

    def _once(self, label: Label, find: Callable[[], Any]) -> Any:
        if label not in self._known:
            if label in self._open:
                return math.nan
            self._open.add(label)
            try:
                self._known[label] = find()
            finally:
                self._open.discard(label)
        return self._known[label]
