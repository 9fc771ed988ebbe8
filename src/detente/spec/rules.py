"""Cross-reference rules."""

from __future__ import annotations

from detente.errors import Problem
from detente.spec.scenario import Scenario


def check(scenario: Scenario, broken: frozenset[str] = frozenset()) -> list[Problem]:
    """Return the problems of ``scenario``."""
    return []
