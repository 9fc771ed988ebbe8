"""The packages on the menu: every combination of options but the status quo and what ``exclude`` forbids."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

from detente.errors import Path, Problem, ScenarioError
from detente.spec.central import Central, Meter
from detente.spec.nodes import Expression, ExpressionError, head
from detente.spec.parse import parse
from detente.spec.scenario import Scenario
from detente.spec.scope import Scope

MAX_PACKAGES = 200_000
MAX_WORK = 1_000_000
"""Most parts of ``exclude`` expressions evaluated, over all combinations of the issues each one uses."""
MAX_TESTS = 5_000_000
"""Most tests of a package against the rules for some of its issues."""


def combinations(scenario: Scenario) -> int:
    """Return the number of combinations of options, before any exclusion."""
    return math.prod(len(issue.options) for issue in scenario.issues.values())


def packages(scenario: Scenario, scope: Scope | None = None) -> tuple[tuple[int, ...], ...]:
    """Return the menu: per package the position of each issue's option, in lexicographic order.

    Exclusions hold at the central values, so that the menu is the same for every draw.

    Raises:
        ScenarioError: there are too many combinations, or an exclusion cannot be read.
    """
    if combinations(scenario) > MAX_PACKAGES:
        raise ScenarioError([too_many(scenario)])
    scope = scope or Scope.of(scenario)
    forbidden: dict[tuple[int, ...], set[tuple[int, ...]]] = {}
    meter = Meter()
    for position, text in enumerate(scenario.exclude):
        issues, cases = _forbidden(scenario, scope, position, text, meter)
        forbidden.setdefault(issues, set()).update(cases)
    if combinations(scenario) * len(forbidden) > MAX_TESTS:
        raise ScenarioError([_too_much(("exclude",))])
    every = itertools.product(*(range(len(issue.options)) for issue in scenario.issues.values()))
    next(every)  # the status quo: the first option of every issue
    return tuple(p for p in every if not any(tuple(p[i] for i in issues) in cases for issues, cases in forbidden.items()))


def too_many(scenario: Scenario) -> Problem:
    """Return the problem of a menu beyond the limit."""
    counts = " x ".join(str(len(issue.options)) for issue in scenario.issues.values())
    shown = counts if len(counts) < 60 else counts[:57] + "..."
    return Problem(
        "too-many-packages",
        ("issues",),
        f"the options combine to {shown} packages",
        f"at most {MAX_PACKAGES}; merge options or issues",
    )


def _too_much(path: Path) -> Problem:
    return Problem("exclude-too-large", path, "the rules cover too many combinations", "write fewer rules, of fewer issues")


def _forbidden(
    scenario: Scenario, scope: Scope, position: int, text: str, meter: Meter
) -> tuple[tuple[int, ...], Iterator[tuple[int, ...]]]:
    """Return the positions of the issues one exclusion uses, and the combinations of their options it forbids."""
    path = ("exclude", position)
    try:
        expression = parse(text)
    except ExpressionError as error:
        raise ScenarioError([Problem(error.code, path, error.text, error.hint)]) from None
    involved = {head(label) for label in scope.reach.labels(scope.used(expression))}
    used = tuple(i for i, issue in enumerate(scenario.issues) if issue in involved)
    return used, _held(scenario, scope, path, expression, used, meter)


def _held(
    scenario: Scenario, scope: Scope, path: Path, expression: Expression, used: tuple[int, ...], meter: Meter
) -> Iterator[tuple[int, ...]]:
    """Yield the combinations of options of the issues ``used`` for which ``expression`` holds."""
    names = list(scenario.issues)
    for case in itertools.product(*(range(len(scenario.issues[names[i]].options)) for i in used)):
        if meter.spent > MAX_WORK:
            raise ScenarioError([_too_much(path)])
        codes = {names[i]: code for i, code in zip(used, case, strict=True)}
        if Central(scenario, scope, codes, meter).value(expression) != 0.0:
            yield case
