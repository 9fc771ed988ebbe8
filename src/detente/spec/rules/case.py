"""What every rule looks at: a scenario, the names in it, and its central values."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

from detente.errors import Path, Problem
from detente.spec.central import Central
from detente.spec.nodes import Attribute, Binary, Expression, ExpressionError, Node, children
from detente.spec.parse import parse
from detente.spec.quantity import Table
from detente.spec.scenario import Scenario
from detente.spec.scope import Label, Scope, head, labels, nearest

MAX_FRAMES = 400
"""Most calls that may be open at once while definitions are followed; Python stops at a thousand."""
MAX_CASES = 200
"""Most combinations of states a bound is checked in."""


@dataclass(frozen=True)
class Case:
    """A scenario under examination."""

    scenario: Scenario
    broken: frozenset[str] = frozenset()
    """Names declared so wrongly that they had to be taken out; nothing is said about what uses them."""

    @cached_property
    def scope(self) -> Scope:
        """The names expressions may use."""
        return Scope.of(self.scenario, self.broken | ({"year", "round"} if self.timeless else frozenset()))

    @property
    def timeless(self) -> bool:
        """Whether the calendar itself is broken, so that nothing can be said about dates and clocks."""
        return "calendar" in self.broken

    @cached_property
    def voters(self) -> dict[str, object]:
        """Players and bodies."""
        return {**self.scenario.players, **self.scenario.bodies}

    @cached_property
    def tangled(self) -> frozenset[Label]:
        """Definitions and attributes that rest on themselves."""
        return frozenset(name for name, used in self.scope.uses.items() if name in self.scope.closure(used))

    @cached_property
    def frames(self) -> dict[Label, int]:
        """Calls that are open at once while a definition or attribute is evaluated; tangled ones count for none."""
        known = dict.fromkeys(self.tangled, 0)
        pending = list(self.scope.uses)
        while pending:
            here = pending[-1]
            if here in known:
                pending.pop()
                continue
            below = [used for used in self.scope.uses[here] if used in self.scope.uses]
            unknown = [used for used in below if used not in known]
            if unknown:
                pending += unknown
            else:
                known[here] = _frames(self._texts(here)) + max((known[used] for used in below), default=0)
                pending.pop()
        return known

    @cached_property
    def shallow(self) -> bool:
        """Whether definitions can be followed to their ends without running out of calls."""
        return max(self.frames.values(), default=0) <= MAX_FRAMES

    def _texts(self, label: Label) -> list[str]:
        if isinstance(label, Attribute):
            return [option.attributes.get(label.attribute, "0") for option in self.scenario.issues[label.issue].options.values()]
        return [self.scenario.definitions[label].value]

    @cached_property
    def unknowable(self) -> frozenset[Label]:
        """Names without a value: broken, tangled, or tables that lack a case."""
        tables = {name: entry for name, entry in self.scenario.parameters.items() if isinstance(entry, Table)}
        gaps = {name for name, table in tables.items() if not set(self.scope.categories.get(table.by, ("",))) <= set(table.cases)}
        return self.broken | self.tangled | gaps

    def used(self, expression: Expression) -> frozenset[Label]:
        """Return the names ``expression`` rests on, through definitions and attributes too."""
        return self.scope.closure(labels(expression, self.scope))

    def member(self, name: str, pool: Collection[str], code: str, path: Path, what: str) -> Iterator[Problem]:
        """Report ``name`` unless ``pool`` has it."""
        if name not in pool and name not in self.broken:
            yield Problem(code, path, f"there is no {what} {name[:60]!r}", nearest(name, pool))

    def values(self, expression: Expression) -> list[float]:
        """Return the central values of ``expression`` in every state of the regimes and issues it rests on.

        Empty where it rests on stocks, flags or the time, on what is not known, or on too many combinations.
        """
        used = self.used(expression)
        kinds = {self.scope.kinds.get(head(label)) for label in used}
        if not self.shallow or used & self.unknowable or kinds & {None, "stock", "flag", "time"}:
            return []
        categories = sorted({head(label) for label in used} & self.scope.categories.keys())
        counts = [len(self.scope.categories[category]) for category in categories]
        if math.prod(counts) > MAX_CASES:
            return []
        every = itertools.product(*(range(count) for count in counts))
        return [
            Central(self.scenario, self.scope, dict(zip(categories, codes, strict=True))).value(expression) for codes in every
        ]


def _frames(texts: list[str]) -> int:
    deepest = 0
    for text in texts:
        try:
            deepest = max(deepest, 5 + _depth(parse(text).tree))
        except ExpressionError:
            continue  # reported where the text stands
    return deepest


def _depth(node: Node) -> int:
    """Return the depth of a tree, counting more for what takes more than one call to evaluate."""
    own = 1 if isinstance(node, Binary) else 3
    return own + max(map(_depth, children(node)), default=0)
