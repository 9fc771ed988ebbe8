"""Expressions at the central values of the parameters, as plain floats."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from detente.spec.evaluate import evaluate
from detente.spec.nodes import Attribute, Expression, ExpressionError, Label
from detente.spec.parse import parse
from detente.spec.quantity import Table
from detente.spec.scenario import Scenario
from detente.spec.scope import Scope


@dataclass
class Meter:
    """Counts work."""

    spent: int = 0
    """Parts of formulas evaluated so far."""


class Central:
    """An environment of central values, where issues and regimes stand as told; what is not known is nan."""

    def __init__(
        self, scenario: Scenario, scope: Scope, codes: Mapping[str, Any] | None = None, meter: Meter | None = None
    ) -> None:
        self.scenario, self.scope = scenario, scope
        self._codes = codes or {}
        self._meter = meter or Meter()
        self._open: set[Label] = set()
        self._known: dict[Label, Any] = {}

    def value(self, text: str | Expression) -> Any:
        """Return the value of an expression; nan where it does not parse or rests on what is not known."""
        try:
            expression = parse(text) if isinstance(text, str) else text
            return self._evaluated(expression)
        except (ExpressionError, LookupError, TypeError, ValueError, ArithmeticError, RecursionError):
            return math.nan

    def _evaluated(self, expression: Expression) -> Any:
        self._meter.spent += expression.size
        return float(evaluate(expression, self))

    def number(self, name: str) -> float:
        """Return the central value of a parameter."""
        entry = self.scenario.parameters.get(name)
        return math.nan if entry is None or isinstance(entry, Table) else entry.value

    def definition(self, name: str) -> Any:
        """Return a definition's value; nan inside its own definition."""
        if name not in self._known:
            self._known[name] = self._guarded(name, self.scenario.definitions[name].value)
        return self._known[name]

    def attribute(self, issue: str, attribute: str) -> Any:
        """Return the attribute of the option the issue stands at; an option that does not give it has 0."""
        option = tuple(self.scenario.issues[issue].options.values())[self._codes[issue]]
        return self._guarded(Attribute(issue, attribute), option.attributes.get(attribute, "0"))

    def codes(self, category: str) -> Any:
        """Return where the issue or regime stands."""
        return self._codes[category]

    def table(self, name: str) -> Any:
        """Return the table's central value where its issue or regime stands."""
        table = self.scenario.parameters[name]
        if not isinstance(table, Table):
            return math.nan
        return table.cases[self.scope.categories[table.by][self._codes[table.by]]].value

    def _guarded(self, label: Label, text: str) -> Any:
        if label in self._open:
            return math.nan
        self._open.add(label)
        try:
            return self.value(text)
        finally:
            self._open.discard(label)
