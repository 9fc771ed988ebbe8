"""The packages on the menu: every combination of options but the status quo and what ``exclude`` forbids."""

from __future__ import annotations

import itertools
import math

from detente.errors import Problem, ScenarioError
from detente.spec.central import Central
from detente.spec.nodes import ExpressionError, walk
from detente.spec.parse import parse
from detente.spec.scenario import Scenario
from detente.spec.scope import Scope, head, labels

MAX_PACKAGES = 200_000
MAX_WORK = 3_000_000
"""Most parts of ``exclude`` expressions evaluated, over all combinations of the issues each one uses."""


def combinations(scenario: Scenario) -> int:
    """Return the number of combinations of options, before any exclusion."""
    return math.prod(len(issue.options) for issue in scenario.issues.values())


def packages(scenario: Scenario) -> tuple[tuple[int, ...], ...]:
    """Return the menu: per package the position of each issue's option, in lexicographic order.

    Exclusions hold at the central values, so that the menu is the same for every draw.

    Raises:
        ScenarioError: there are too many combinations, or an exclusion cannot be read.
    """
    if combinations(scenario) > MAX_PACKAGES:
        raise ScenarioError([too_many(scenario)])
    scope = Scope.of(scenario)
    forbidden = [_forbidden(scenario, scope, i, text) for i, text in enumerate(scenario.exclude)]
    every = itertools.product(*(range(len(issue.options)) for issue in scenario.issues.values()))
    next(every)  # the status quo: the first option of every issue
    return tuple(p for p in every if not any(tuple(p[i] for i in issues) in cases for issues, cases in forbidden))


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


def _forbidden(scenario: Scenario, scope: Scope, position: int, text: str) -> tuple[tuple[int, ...], frozenset[tuple[int, ...]]]:
    """Return the positions of the issues one exclusion uses, and the combinations of their options it forbids."""
    path = ("exclude", position)
    try:
        expression = parse(text)
    except ExpressionError as error:
        raise ScenarioError([Problem(error.code, path, error.text, error.hint)]) from None
    involved = {head(label) for label in scope.closure(labels(expression, scope))}
    used = tuple(i for i, issue in enumerate(scenario.issues) if issue in involved)
    counts = [len(issue.options) for i, issue in enumerate(scenario.issues.values()) if i in used]
    if math.prod(counts) * sum(1 for _ in walk(expression.tree)) > MAX_WORK:
        raise ScenarioError(
            [Problem("exclude-too-large", path, "this rule covers too many combinations", "split it into rules of fewer issues")]
        )
    titles = [name for i, name in enumerate(scenario.issues) if i in used]
    cases = itertools.product(*(range(count) for count in counts))
    held = (
        case for case in cases if Central(scenario, scope, dict(zip(titles, case, strict=True))).value(expression) not in (0.0,)
    )
    return used, frozenset(held)
