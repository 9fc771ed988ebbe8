"""A scenario with other central values: by hand, or as one of its variants reads the facts."""

from __future__ import annotations

import math
from collections.abc import Mapping

from detente.errors import Problem, ScenarioError
from detente.spec import rules
from detente.spec.central import Meter
from detente.spec.quantity import Quantity, Table
from detente.spec.scenario import Scenario
from detente.spec.scope import Scope, nearest

FIXED: dict[str, None] = {"low": None, "high": None, "shape": None, "values": None, "weights": None}


def with_values(
    scenario: Scenario, values: Mapping[str, float], scope: Scope | None = None, meter: Meter | None = None
) -> Scenario:
    """Return ``scenario`` with other central values, named as in ``scenario.quantities``: ``x`` or ``table[case]``.

    A value outside the parameter's range is taken as certain: the range is dropped.

    Args:
        scenario: a scenario that is in order.
        values: numbers by name.
        scope: the scenario's names, where they are known already.
        meter: counts the work of checking the result.

    Raises:
        ScenarioError: a name is unknown, a value is no number, or the result breaks a rule.
    """
    known = scenario.quantities
    problems = [
        Problem("unknown-parameter", ("parameters", name), f"there is no parameter {name!r}", nearest(name, known))
        for name in values
        if name not in known
    ]
    problems += [
        Problem("not-finite", ("parameters", name), f"{value!r} is not a number", "give a number")
        for name, value in values.items()
        if not _number(value)
    ]
    if problems:
        raise ScenarioError(problems)
    parameters = {name: _moved(name, entry, values) for name, entry in scenario.parameters.items()}
    changed = scenario.model_copy(update={"parameters": parameters})
    if found := rules.recheck(changed, scope or Scope.of(scenario), {name.partition("[")[0] for name in values}, meter):
        raise ScenarioError(found)
    return changed


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value)


def _moved(name: str, entry: Quantity | Table, values: Mapping[str, float]) -> Quantity | Table:
    if isinstance(entry, Quantity):
        return _set(entry, values[name]) if name in values else entry
    cases = {case: _set(q, values[key]) if (key := f"{name}[{case}]") in values else q for case, q in entry.cases.items()}
    return entry.model_copy(update={"cases": cases})


def _set(quantity: Quantity, value: float) -> Quantity:
    inside = quantity.low is not None and quantity.high is not None and quantity.low <= value <= quantity.high
    kept = inside or (quantity.values is not None and value in quantity.values)
    return quantity.model_copy(update={"value": float(value)} | ({} if kept else FIXED))


def apply_variant(scenario: Scenario, name: str) -> Scenario:
    """Return ``scenario`` as its variant ``name`` reads it.

    Raises:
        ScenarioError: there is no such variant, or its values break a rule.
    """
    if name not in scenario.variants:
        raise ScenarioError(
            [Problem("unknown-variant", ("variants",), f"there is no variant {name!r}", nearest(name, scenario.variants))]
        )
    return with_values(scenario, scenario.variants[name].set)


def variant_problems(scenario: Scenario) -> list[Problem]:
    """Return what each variant would break, in a scenario that is itself in order."""
    found = []
    scope, meter = Scope.of(scenario), Meter()
    for name, variant in scenario.variants.items():
        try:
            with_values(scenario, variant.set, scope, meter)
        except ScenarioError as error:
            told = [f"{problem.where()}: {problem.text}" for problem in error.problems]
            found += [Problem("bad-variant", ("variants", name, "set"), text, "change the values it sets") for text in told]
    return found
