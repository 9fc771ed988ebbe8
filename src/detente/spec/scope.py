"""What the names of a scenario mean in its expressions, and whether an expression may use them where it stands."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from detente.spec.nodes import FUNCTIONS, Attribute, Choice, Compare, Expression, ExpressionError, Index, Name, Node, children
from detente.spec.parse import parse
from detente.spec.quantity import Table
from detente.spec.scenario import Scenario

FLAGS = ("in_force", "cheating", "lapsed", "snapped")
"""Facts about the agreement, 1 or 0."""
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

_MIRROR = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def nearest(name: str, among: Iterable[str]) -> str:
    """Return a hint with the nearest match to ``name``, or with what is allowed."""
    known = sorted(set(among))
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]}?"
    if not known:
        return "there is none"
    return "allowed: " + ", ".join(known[:12]) + (", ..." if len(known) > 12 else "")


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
    reach: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Definition, or ``issue.attribute`` -> all kinds of names it rests on, through other definitions too."""
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
        return replace(scope, reach=_reach(scenario, scope))

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
        match leaf:
            case Name(name) if name in self.kinds:
                return frozenset({self.kinds[name]}) | self.reach.get(name, frozenset())
            case Attribute(issue, attribute):
                return frozenset({"issue"}) | self.reach.get(f"{issue}.{attribute}", frozenset())
            case Index(_, by):
                return frozenset({"parameter", self.kinds.get(by, "parameter")})
        return frozenset()

    def rests_on(self, expression: Expression) -> frozenset[str]:
        """Return all kinds of names ``expression`` rests on, through definitions and attributes too."""
        return frozenset().union(*(self.kinds_of(leaf) for leaf in self.leaves(expression.tree)))


def names(expression: Expression, scope: Scope) -> frozenset[str]:
    """Return the names ``expression`` uses; the issue of an attribute, and the table and the category of an entry."""
    found: set[str] = set()
    for leaf in scope.leaves(expression.tree):
        match leaf:
            case Name(name) | Attribute(name, _):
                found.add(name)
            case Index(table, by):
                found |= {table, by}
    return frozenset(found)


def _reach(scenario: Scenario, scope: Scope) -> dict[str, frozenset[str]]:
    """Return, per definition and attribute, the kinds it rests on: the least fixed point, so cycles do no harm."""
    parts = {name: _parsed([entry.value]) for name, entry in scenario.definitions.items()}
    for issue, entry in scenario.issues.items():
        for key in scope.attributes[issue]:
            parts[f"{issue}.{key}"] = _parsed([o.attributes[key] for o in entry.options.values() if key in o.attributes])
    reach: dict[str, frozenset[str]] = dict.fromkeys(parts, frozenset())
    while True:
        now = replace(scope, reach=reach)
        after = {name: frozenset().union(*(now.rests_on(e) for e in expressions)) for name, expressions in parts.items()}
        if after == reach:
            return reach
        reach = after


def _parsed(texts: Iterable[str]) -> list[Expression]:
    out = []
    for text in texts:
        try:
            out.append(parse(text))
        except ExpressionError:
            continue  # reported where the text stands
    return out
