"""What models cannot check: that a scenario's parts fit together. Every rule is total: it reports, and never raises."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice

from detente.errors import Problem
from detente.spec.central import Meter
from detente.spec.rules.case import Case
from detente.spec.rules.circumstances import circumstances
from detente.spec.rules.dependence import conditional, correlated, fitting
from detente.spec.rules.expressions import definitions, expressions, work, worths
from detente.spec.rules.ledger import ledger
from detente.spec.rules.naming import naming
from detente.spec.rules.people import people
from detente.spec.rules.table import menu, table
from detente.spec.rules.units import stated
from detente.spec.scenario import Scenario
from detente.spec.scope import Scope

RULES = (naming, people, table, circumstances, ledger, correlated, conditional, stated, definitions, expressions, fitting, work)
MAX_PROBLEMS = 200
"""Enough to work on; a file with more is no scenario."""


REVALUED = (menu, circumstances, worths, fitting, work)
"""Rules that other numbers can break."""


def check(scenario: Scenario, broken: frozenset[str] = frozenset()) -> list[Problem]:
    """Return every problem of ``scenario``.

    Args:
        scenario: a scenario of the right shape.
        broken: names that are declared but had to be taken out; what uses them is not reported.
    """
    return _found(Case(scenario, broken), RULES)


def recheck(scenario: Scenario, scope: Scope, changed: Iterable[str], meter: Meter | None = None) -> list[Problem]:
    """Return every problem of ``scenario``, which was in order before it was given other numbers.

    Args:
        scenario: a scenario that breaks no rule but for its numbers.
        scope: its names.
        changed: parameters and tables with other numbers.
        meter: counts the work of evaluating; those of several rechecks add up.
    """
    return _found(Case(scenario, known=scope, meter=meter or Meter(), changed=frozenset(changed)), REVALUED)


def _found(case: Case, rules: Iterable[Callable[[Case], Iterator[Problem]]]) -> list[Problem]:
    found = chain.from_iterable(rule(case) for rule in rules)
    return list(dict.fromkeys(islice(found, MAX_PROBLEMS)))
