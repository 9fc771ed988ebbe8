"""How a scenario joins the draws of its parameters: which are correlated, and which hang on which."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter

from detente.spec.dependence import Conditional, normal
from detente.spec.nodes import ExpressionError, head
from detente.spec.parse import parse
from detente.spec.quantity import Quantity, Range
from detente.spec.scenario import Scenario
from detente.spec.scope import Scope


@dataclass(frozen=True)
class Joint:
    """What joins the draws of a scenario."""

    scenario: Scenario

    @cached_property
    def scope(self) -> Scope:
        """The names conditions may use."""
        return Scope.of(self.scenario)

    @cached_property
    def quantities(self) -> dict[str, Quantity]:
        """Every parameter."""
        return self.scenario.quantities

    def ranges(self, name: str) -> list[Range]:
        """Return every range a parameter may be drawn from: those of its conditions in their order, then its own."""
        return [*(entry for entry in self.scenario.conditional if entry.of == name), self.quantities[name]]

    @cached_property
    def pairs(self) -> dict[tuple[str, str], float]:
        """Rank correlation of every pair of uncertain parameters that has one; those in the scenario's order."""
        known = [name for name, quantity in self.quantities.items() if quantity.uncertain]
        place = {name: i for i, name in enumerate(known)}
        found: dict[tuple[str, str], float] = {}
        for entry in self.scenario.correlated:
            inside = sorted((name for name in entry.between if name in place), key=place.__getitem__)
            found |= dict.fromkeys(itertools.combinations(inside, 2), float(entry.rank))
        return found

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The correlated parameters, in the scenario's order."""
        inside = {name for pair in self.pairs for name in pair}
        return tuple(name for name in self.quantities if name in inside)

    def matrix(self, names: Sequence[str]) -> list[list[float]]:
        """Return the correlations of the normal numbers behind some parameters; a pair of which nothing is said has none."""
        return [[1.0 if a == b else normal(self.rank(a, b)) for b in names] for a in names]

    def rank(self, one: str, other: str) -> float:
        """Return the rank correlation of two parameters."""
        return self.pairs.get((one, other), self.pairs.get((other, one), 0.0))

    def conditions(self, name: str) -> list[Conditional]:
        """Return the conditions of a parameter in their order; none where it is certain."""
        own = self.quantities[name]
        return [entry for entry in self.scenario.conditional if entry.of == name and own.uncertain]

    def rests(self, entry: Conditional) -> frozenset[str]:
        """Return the parameters a condition looks at, through definitions too; none where it cannot be read."""
        try:
            used = self.scope.used(parse(entry.when)) & self.scope.by_kind.get("parameter", 0)
        except ExpressionError:
            return frozenset()
        return frozenset(head(label) for label in self.scope.reach.labels(used))

    @cached_property
    def behind(self) -> dict[str, frozenset[str]]:
        """By conditional parameter, the parameters its conditions look at."""
        found: dict[str, frozenset[str]] = {}
        for entry in self.scenario.conditional:
            found[entry.of] = found.get(entry.of, frozenset()) | self.rests(entry)
        return found

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The conditional parameters, each after those its conditions look at."""
        return tuple(name for name in TopologicalSorter(self.behind).static_order() if name in self.behind)

    @cached_property
    def circle(self) -> list[str]:
        """Parameters whose conditions lead from one to the next and back; empty where none do."""
        try:
            _ = self.order
        except CycleError as error:
            return list(error.args[1])
        return []

    def said(self, names: Collection[str]) -> tuple[dict[tuple[str, ...], float], list[Conditional]]:
        """Return what is said of some parameters alone: the correlations between them, and their conditions on each other."""
        inside = {tuple(sorted(pair)): rank for pair, rank in self.pairs.items() if set(pair) <= set(names)}
        return inside, [entry for entry in self.scenario.conditional if {entry.of, *self.rests(entry)} <= set(names)]

    def clusters(self) -> Iterator[frozenset[str]]:
        """Yield sets of parameters whose draws are joined, directly or through others."""
        links = [frozenset(pair) for pair, rank in self.pairs.items() if rank]
        links += [frozenset((name, *behind)) for name, behind in self.behind.items() if self.conditions(name)]
        while links:
            found, rest = links.pop(0), links
            while touching := [link for link in rest if link & found]:
                found, rest = found.union(*touching), [link for link in rest if not link & found]
            links = rest
            if len(found) > 1:
                yield found
