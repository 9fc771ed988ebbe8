"""The packages on the menu: every combination of options but the status quo and what ``exclude`` forbids."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

from detente.errors import Path, Problem, ScenarioError
from detente.spec.central import Meter
from detente.spec.nodes import ExpressionError, head
from detente.spec.parse import parse
from detente.spec.scenario import Scenario
from detente.spec.scope import Scope

if TYPE_CHECKING:
    import numpy as np

MAX_PACKAGES = 200_000
MAX_WORK = 10_000_000
"""Most parts of ``exclude`` expressions evaluated, over all combinations of the issues each one uses."""


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
    if not scenario.exclude:
        every = itertools.product(*(range(len(issue.options)) for issue in scenario.issues.values()))
        return tuple(every)[1:]  # but the status quo: the first option of every issue
    return _left(scenario, scope or Scope.of(scenario))


def _left(scenario: Scenario, scope: Scope) -> tuple[tuple[int, ...], ...]:
    """Return the combinations that no exclusion forbids, but the status quo."""
    import numpy as np  # most of the time that reading a scenario without exclusions would take

    long = {name: len(issue.options) for name, issue in scenario.issues.items() if len(issue.options) > 1}
    allowed, spent = np.ones(tuple(long.values()), bool), Meter()
    for position, text in enumerate(scenario.exclude):
        involved, held = _held(scenario, scope, ("exclude", position), text, spent)
        allowed &= ~held.reshape([count if name in involved else 1 for name, count in long.items()])
    allowed.flat[0] = False
    found = np.zeros((np.count_nonzero(allowed), len(scenario.issues)), int)
    found[:, [name in long for name in scenario.issues]] = np.argwhere(allowed)
    return tuple(map(tuple, found.tolist()))


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


def _held(scenario: Scenario, scope: Scope, path: Path, text: str, spent: Meter) -> tuple[list[str], np.ndarray]:
    """Return the issues an exclusion is about, and whether it holds for every combination of their options.

    An axis for each of the issues that has more than one option; so there are never many.
    """
    from detente.spec.grid import Grid

    def spend(work: int) -> None:
        spent.spent += work
        if spent.spent > MAX_WORK:
            raise ScenarioError([_too_much(path)])

    try:
        expression = parse(text)
    except ExpressionError as error:
        raise ScenarioError([Problem(error.code, path, error.text, error.hint)]) from None
    involved = {head(label) for label in scope.reach.labels(scope.used(expression))}
    issues = [name for name in scenario.issues if name in involved]
    spend(combinations(scenario))
    return issues, Grid(scenario, scope, issues, spend).holds(expression)
