"""What every rule looks at: a scenario, the names in it, and its central values."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import or_

from detente.errors import Path, Problem
from detente.spec.central import Central, Meter
from detente.spec.nodes import Binary, Expression, ExpressionError, Label, Node, children, head
from detente.spec.parse import parse
from detente.spec.quantity import Quantity, Table
from detente.spec.scenario import Scenario
from detente.spec.scope import Scope, nearest, texts

MAX_FRAMES = 400
"""Most calls that may be open at once while definitions are followed; Python stops at a thousand."""
MAX_CASES = 200
"""Most combinations of states a bound is checked in."""
MAX_WORK = 500_000
"""Most parts of formulas checked and evaluated at central values, all told; forty times what the bundled scenarios take."""


@dataclass(frozen=True)
class Case:
    """A scenario under examination."""

    scenario: Scenario
    broken: frozenset[str] = frozenset()
    """Names declared so wrongly that they had to be taken out; nothing is said about what uses them."""

    meter: Meter = field(default_factory=Meter)
    """Counts the work of checking formulas and evaluating them at central values."""

    known: Scope | None = None
    """The scope, where it is known from the same scenario with other values."""

    changed: frozenset[str] | None = None
    """Parameters with other values than a scenario that was in order; None: all of them."""

    @cached_property
    def scope(self) -> Scope:
        """The names expressions may use."""
        if self.known is not None:
            return self.known
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
        return self.scope.reach.tangled

    @cached_property
    def frames(self) -> dict[Label, int]:
        """Calls that are open at once while a definition or attribute is evaluated; tangled ones count for none."""
        known: dict[Label, int] = {}
        written = texts(self.scenario)
        for here in self.scope.reach.order:
            below = max((known.get(used, 0) for used in self.scope.uses[here]), default=0)
            known[here] = 0 if here in self.tangled else _frames(written[here]) + below
        return known

    @cached_property
    def shallow(self) -> bool:
        """Whether definitions can be followed to their ends without running out of calls."""
        return max(self.frames.values(), default=0) <= MAX_FRAMES

    @cached_property
    def unknowable(self) -> frozenset[Label]:
        """Names without a value: broken, tangled, or tables that lack a case."""
        tables = {name: entry for name, entry in self.scenario.parameters.items() if isinstance(entry, Table)}
        gaps = {name for name, table in tables.items() if not set(self.scope.categories.get(table.by, ("",))) <= set(table.cases)}
        return self.broken | self.tangled | gaps

    @cached_property
    def infinite(self) -> int:
        """Parameters with an infinite value, as bits of the scope's reach."""
        entries = self.scenario.parameters.items()
        return self.scope.reach.bits(name for name, entry in entries if any(map(math.isinf, _central_values(entry))))

    @cached_property
    def _changed(self) -> int:
        return self.scope.reach.bits(self.changed or ())

    def touched(self, expression: Expression) -> bool:
        """Return whether an expression rests on a parameter that has changed."""
        return self.changed is None or bool(self.scope.used(expression) & self._changed)

    @cached_property
    def _named(self) -> int:
        """All that has a meaning, as bits."""
        return self.scope.reach.bits([*self.scope.kinds, *self.scope.uses])

    @cached_property
    def _elsewhere(self) -> int:
        """Names whose values depend on more than parameters, regimes and issues, or that have none, as bits."""
        moving = (self.scope.by_kind.get(kind, 0) for kind in ("stock", "flag", "time"))
        return reduce(or_, moving, self.scope.reach.bits(self.unknowable))

    @cached_property
    def _categories(self) -> int:
        return self.scope.reach.bits(self.scope.categories)

    def member(self, name: str, pool: Collection[str], code: str, path: Path, what: str) -> Iterator[Problem]:
        """Report ``name`` unless ``pool`` has it."""
        if name not in pool and name not in self.broken:
            yield Problem(code, path, f"there is no {what} {name[:60]!r}", nearest(name, pool))

    def values(self, expression: Expression) -> list[float]:
        """Return the central values of ``expression`` in every state of the regimes and issues it rests on.

        Empty where it rests on stocks, flags or the time, on what is not known, on too many combinations, or where the work
        of all expressions is too much, which is a problem of its own.
        """
        used = self.scope.used(expression)
        if not self.shallow or used & self._elsewhere or used & ~self._named:
            return []
        categories = sorted(map(head, self.scope.reach.labels(used & self._categories)))
        counts = [len(self.scope.categories[category]) for category in categories]
        if math.prod(counts) > MAX_CASES:
            return []
        found = []
        for codes in itertools.product(*(range(count) for count in counts)):
            if self.meter.spent > MAX_WORK:
                return []
            here = Central(self.scenario, self.scope, dict(zip(categories, codes, strict=True)), self.meter)
            found.append(here.value(expression))
        return found


def _central_values(entry: Quantity | Table) -> list[float]:
    return [quantity.value for quantity in entry.cases.values()] if isinstance(entry, Table) else [entry.value]


def _frames(written: list[str]) -> int:
    deepest = 0
    for text in written:
        try:
            deepest = max(deepest, 5 + _depth(parse(text).tree))
        except ExpressionError:
            continue  # reported where the text stands
    return deepest


def _depth(node: Node) -> int:
    """Return the depth of a tree, counting more for what takes more than one call to evaluate."""
    own = 1 if isinstance(node, Binary) else 3
    return own + max(map(_depth, children(node)), default=0)
