"""What models cannot check: that a scenario's parts fit together. Every rule is total: it reports, and never raises."""

from __future__ import annotations

from itertools import chain, islice

from detente.errors import Problem
from detente.spec.rules.case import Case
from detente.spec.rules.circumstances import circumstances
from detente.spec.rules.expressions import definitions, expressions
from detente.spec.rules.ledger import ledger
from detente.spec.rules.naming import naming
from detente.spec.rules.people import people
from detente.spec.rules.table import table
from detente.spec.rules.units import stated
from detente.spec.scenario import Scenario

RULES = (naming, people, table, circumstances, ledger, stated, definitions, expressions)
MAX_PROBLEMS = 500
"""Enough to work on; a file with more is no scenario."""


def check(scenario: Scenario, broken: frozenset[str] = frozenset()) -> list[Problem]:
    """Return every problem of ``scenario``.

    Args:
        scenario: a scenario of the right shape.
        broken: names that are declared but had to be taken out; what uses them is not reported.
    """
    case = Case(scenario, broken)
    found = chain.from_iterable(rule(case) for rule in RULES)
    return list(dict.fromkeys(islice(found, MAX_PROBLEMS)))
