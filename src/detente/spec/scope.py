"""What the names of a scenario mean in its expressions, and whether an expression may use them where it stands."""

from __future__ import annotations

import difflib
import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from detente.spec.nodes import (
    FLAGS,
    FUNCTIONS,
    Attribute,
    Choice,
    Compare,
    Expression,
    ExpressionError,
    Index,
    Label,
    Name,
    Node,
    children,
    head,
)
from detente.spec.parse import parse
from detente.spec.quantity import Table
from detente.spec.reach import Reach
from detente.spec.scenario import Scenario
from detente.spec.text import shown

RESERVED = frozenset((*FUNCTIONS, *FLAGS, "year", "round", "inf", "nan"))
"""Names a scenario may not give to its own things."""

PARAMETERS = frozenset({"parameter", "definition"})
"""Kinds of names allowed where a value is fixed once per draw."""
CIRCUMSTANCES = PARAMETERS | {"regime", "time"}
"""Kinds allowed in hazards of regimes and in attributes of options."""
TERMS = PARAMETERS | {"issue"}
"""Kinds allowed in ``exclude``."""
EVERYTHING = CIRCUMSTANCES | {"issue", "stock", "flag"}
"""Kinds allowed in payoffs, drifts, talks, reviews and detection."""

MAX_COMPARED = 300
"""Most names a misspelt one is compared with."""

_MIRROR = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def nearest(name: str, among: Iterable[str]) -> str:
    """Return a hint with the nearest match to ``name``, or with what is allowed."""
    known = set(among)
    close = difflib.get_close_matches(shown(name), _likely(name, known), n=1, cutoff=0.6)
    if close:
        return f"did you mean {shown(close[0])}?"
    if not known:
        return "there is none"
    return "allowed: " + ", ".join(map(shown, heapq.nsmallest(12, known))) + (", ..." if len(known) > 12 else "")


def _likely(name: str, known: set[str]) -> list[str]:
    """Return the names worth comparing with ``name``; where there are very many, those that begin and are about as long."""
    if len(known) > MAX_COMPARED:
        known = {other for other in known if other[:1] == name[:1] and abs(len(other) - len(name)) <= 2}
    return heapq.nsmallest(MAX_COMPARED, known)


@dataclass(frozen=True)
class Scope:
    """The names expressions can use."""

    kinds: Mapping[str, str]
    """Name -> ``parameter``, ``table``, ``definition``, ``issue``, ``regime``, ``stock``, ``flag`` or ``time``."""
    categories: Mapping[str, tuple[str, ...]]
    """Issue or regime -> its options or states, in order."""
    attributes: Mapping[str, frozenset[str]]
    """Issue -> the attributes its options have."""
    tables: Mapping[str, str]
    """Table -> the regime or issue that indexes it."""
    uses: Mapping[Label, frozenset[Label]] = field(default_factory=dict)
    """Definition or attribute -> what its own text uses."""
    broken: frozenset[str] = frozenset()
    """Names that are declared, but so wrongly that nothing is known about them."""

    @classmethod
    def of(cls, scenario: Scenario, broken: frozenset[str] = frozenset()) -> Scope:
        """Build the scope of ``scenario``."""
        kinds = dict.fromkeys(FLAGS, "flag")
        kinds["year" if scenario.calendar.clock == "years" else "round"] = "time"
        kinds |= (
            dict.fromkeys(scenario.stocks, "stock")
            | dict.fromkeys(scenario.regimes, "regime")
            | dict.fromkeys(scenario.issues, "issue")
        )
        kinds |= dict.fromkeys(scenario.definitions, "definition")
        kinds |= {name: "table" if isinstance(entry, Table) else "parameter" for name, entry in scenario.parameters.items()}
        categories = {name: tuple(issue.options) for name, issue in scenario.issues.items()}
        categories |= {name: tuple(regime.states) for name, regime in scenario.regimes.items()}
        attributes = {
            name: frozenset(key for o in issue.options.values() for key in o.attributes)
            for name, issue in scenario.issues.items()
        }
        tables = {name: entry.by for name, entry in scenario.parameters.items() if isinstance(entry, Table)}
        scope = cls(kinds, categories, attributes, tables, broken=broken)
        return replace(scope, uses=_uses(scenario, scope))

    @cached_property
    def reach(self) -> Reach:
        """What definitions and attributes rest on."""
        return Reach(self.uses)

    @cached_property
    def by_kind(self) -> dict[str, int]:
        """Kind -> the names of that kind, as bits of ``reach``; a table counts as a parameter."""
        found: dict[str, int] = {}
        for name, kind in self.kinds.items():
            kind = "parameter" if kind == "table" else kind
            found[kind] = found.get(kind, 0) | self.reach.bits((name,))
        return found

    @cached_property
    def _used(self) -> dict[str, int]:
        return {}

    def used(self, expression: Expression) -> int:
        """Return the names ``expression`` rests on, through definitions and attributes too, as bits of ``reach``."""
        if expression.text not in self._used:
            self._used[expression.text] = self.reach.mask(labels(expression, self))
        return self._used[expression.text]

    def category(self, node: Node) -> str | None:
        """Return the issue or regime that ``node`` names, if it names one."""
        return node.name if isinstance(node, Name) and node.name in self.categories else None

    def positions(self, node: Compare) -> tuple[str, str, tuple[int, ...]] | None:
        """Read ``node`` as a comparison of an issue or regime with its options or states.

        Returns:
            The issue or regime, the comparison as seen from it, and the positions compared with; None for numbers.
        """
        category, op, other = self.category(node.left), node.op, node.right
        if category is None:
            category, op, other = self.category(node.right), _MIRROR.get(node.op, node.op), node.left
        if category is None:
            return None
        states = self.categories[category]
        written = other.names if isinstance(other, Choice) else (other.name,) if isinstance(other, Name) else ()
        return category, op, tuple(dict.fromkeys(states.index(name) for name in written if name in states))

    def leaves(self, tree: Node) -> Iterator[Node]:
        """Yield the names, attributes and table entries ``tree`` uses; states and options compared with are left out."""
        pending = [tree]
        while pending:
            node = pending.pop()
            found = self.positions(node) if isinstance(node, Compare) else None
            if found is not None:
                yield Name(found[0])
            elif isinstance(node, Name | Attribute | Index):
                yield node
            else:
                pending.extend(reversed(children(node)))

    def kinds_of(self, leaf: Node) -> frozenset[str]:
        """Return the kinds of names ``leaf`` rests on, through definitions and attributes too."""
        mask = self.reach.mask(_labels(leaf))
        return frozenset(kind for kind, bits in self.by_kind.items() if bits & mask)


def names(expression: Expression, scope: Scope) -> frozenset[str]:
    """Return the names ``expression`` uses; the issue of an attribute, and the table and the category of an entry."""
    return frozenset(head(label) for label in labels(expression, scope))


def labels(expression: Expression, scope: Scope) -> frozenset[Label]:
    """Return what ``expression`` uses: names, and attributes."""
    return frozenset(label for leaf in scope.leaves(expression.tree) for label in _labels(leaf))


def _labels(leaf: Node) -> tuple[Label, ...]:
    match leaf:
        case Name(name):
            return (name,)
        case Attribute():
            return (leaf,)
        case Index(table, by):
            return (table, by)
    return ()


def _uses(scenario: Scenario, scope: Scope) -> dict[Label, frozenset[Label]]:
    written = texts(scenario).items()
    return {name: frozenset(label for e in _parsed(parts) for label in labels(e, scope)) for name, parts in written}


def texts(scenario: Scenario) -> dict[Label, list[str]]:
    """Return what is written of each definition, and of each attribute by the options that have it."""
    found: dict[Label, list[str]] = {name: [entry.value] for name, entry in scenario.definitions.items()}
    for name, issue in scenario.issues.items():
        for option in issue.options.values():
            for key, text in option.attributes.items():
                found.setdefault(Attribute(name, key), []).append(text)
    return found


def _parsed(texts: Iterable[str]) -> list[Expression]:
    out = []
    for text in texts:
        try:
            out.append(parse(text))
        except ExpressionError:
            continue  # reported where the text stands
    return out
