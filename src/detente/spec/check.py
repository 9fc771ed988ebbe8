"""Check the names of an expression against a scope: every problem, each with what is allowed."""

from __future__ import annotations

import math

from detente.spec.nodes import Attribute, Binary, Choice, Compare, Expression, Index, Name, Node, Number, children
from detente.spec.scope import Scope, nearest
from detente.spec.text import shown

Finding = tuple[str, str, str]
"""Code, text and hint of one problem."""

_WORDS = {
    "parameter": "a parameter",
    "definition": "a definition",
    "issue": "an issue",
    "regime": "a regime",
    "stock": "a stock",
    "flag": "a flag of the agreement",
    "time": "the time",
    "table": "a table",
}


def check(expression: Expression, scope: Scope, allowed: frozenset[str] | None = None) -> list[Finding]:
    """Return everything wrong with the names of ``expression``.

    Args:
        expression: a parsed expression.
        scope: the names of the scenario.
        allowed: kinds of names usable where the expression stands, with ``infinity`` where ``inf`` is; None: every kind.
    """
    findings: list[Finding] = []
    pending: list[Node] = [expression.tree]
    while pending:
        node = pending.pop()
        category = _category(node, scope) if isinstance(node, Compare) else None
        if isinstance(node, Compare) and category is not None:
            findings += _comparison(node, category, scope) + _kind(Name(category), scope, allowed)
            continue
        findings += _node(node, scope, allowed)
        pending.extend(reversed(children(node)))
    return list(dict.fromkeys(findings))


def _category(node: Compare, scope: Scope) -> str | None:
    return scope.category(node.left) or scope.category(node.right)


def _comparison(node: Compare, category: str, scope: Scope) -> list[Finding]:
    """Check an issue or regime that is compared with something."""
    states = scope.categories[category]
    word = "option" if scope.kinds[category] == "issue" else "state"
    other = node.right if scope.category(node.left) else node.left
    if node.op in ("<", "<=", ">", ">=") and word == "state":
        return [("bad-comparison", f"the states of {category} have no order", "use ==, != or in")]
    if isinstance(other, Choice):
        written = other.names
    elif isinstance(other, Name) and scope.category(other) is None:
        written = (other.name,)
    else:
        return [
            (
                "bad-comparison",
                f"{category} is compared with something that is not one of its {word}s",
                shown(f"its {word}s: {', '.join(states)}", 200),
            )
        ]
    unknown = [name for name in written if name not in states and name not in scope.broken]
    code = "unknown-option" if word == "option" else "unknown-state"
    return [(code, f"{category} has no {word} {shown(name)!r}", nearest(name, states)) for name in unknown]


def _node(node: Node, scope: Scope, allowed: frozenset[str] | None) -> list[Finding]:
    match node:
        case Number(value) if math.isinf(value) and "infinity" not in (allowed or ()):
            return [("not-finite", "inf is allowed for a precision only", "write a finite number")]
        case Compare(_, _, Choice()):
            return [
                ("bad-comparison", "'in' needs an issue or a regime to its left", "for example: white_house in [trump, heir]")
            ]
        case Binary("/", _, Name("year" | "round" as time)) if time in scope.kinds:
            return [
                (
                    "divided-by-time",
                    f"dividing by '{time}' divides by the date",
                    "write a rate as a plain number, or give the parameter the unit 1/year",
                )
            ]
        case Name(name):
            return _name(name, scope) or _kind(node, scope, allowed)
        case Attribute(issue, attribute):
            return _attribute(issue, attribute, scope) or _kind(node, scope, allowed)
        case Index(table, by):
            return _index(table, by, scope) or _kind(node, scope, allowed)
    return []


def _name(name: str, scope: Scope) -> list[Finding]:
    kind = scope.kinds.get(name)
    if name in scope.broken:
        return []
    if kind == "table":
        return [("table-without-index", f"{name} is a table", f"write {name}[{shown(scope.tables[name])}]")]
    if kind in ("issue", "regime"):
        state = scope.categories[name][0]
        return [
            (
                "bare-category",
                f"{name} is {_WORDS[kind]}, not a number",
                f"compare it, as in {name} == {state}, or use one of its attributes",
            )
        ]
    return [] if kind else [_unknown(name, scope)]


def _unknown(name: str, scope: Scope) -> Finding:
    owner = next((category for category, states in scope.categories.items() if name in states), None)
    if owner is not None:
        return ("unknown-name", f"{shown(name)!r} is not a number", f"it belongs to {owner}: write {owner} == {name}")
    if name in ("year", "round"):
        other = "round" if name == "year" else "year"
        return ("unknown-name", f"{shown(name)!r} is not known on this clock", f"use {other}")
    return ("unknown-name", f"there is nothing called {shown(name)!r}", nearest(name, scope.kinds))


def _attribute(issue: str, attribute: str, scope: Scope) -> list[Finding]:
    if issue in scope.broken or attribute in scope.broken:
        return []
    if scope.kinds.get(issue) != "issue":
        kind = scope.kinds.get(issue)
        what = f"{issue} is {_WORDS[kind]}" if kind else f"there is no issue {shown(issue)!r}"
        return [("unknown-issue", f"{what}; only issues have attributes", nearest(issue, scope.attributes))]
    if attribute not in scope.attributes[issue]:
        text = f"{issue} has no attribute {shown(attribute)!r}"
        return [("unknown-attribute", text, nearest(attribute, scope.attributes[issue]))]
    return []


def _index(table: str, by: str, scope: Scope) -> list[Finding]:
    if table in scope.broken:
        return []
    if table not in scope.tables:
        return [("unknown-table", f"there is no table {shown(table)!r}", nearest(table, scope.tables))]
    if by != scope.tables[table] and scope.tables[table] in scope.categories:
        return [
            (
                "wrong-index",
                f"{table} is indexed by {shown(scope.tables[table])}, not by {shown(by)}",
                f"write {table}[{shown(scope.tables[table])}]",
            )
        ]
    return []


def _kind(leaf: Node, scope: Scope, allowed: frozenset[str] | None) -> list[Finding]:
    excess = scope.kinds_of(leaf) - allowed if allowed is not None else frozenset()
    if not excess:
        return []
    word = " and ".join(_WORDS[kind] for kind in sorted(excess))
    usable = ", ".join(_WORDS[kind] for kind in sorted(allowed or ()) if kind in _WORDS)
    return [("not-allowed-here", f"{shown(_written(leaf))} is, or rests on, {word}", f"here an expression may use {usable}")]


def _written(leaf: Node) -> str:
    match leaf:
        case Attribute(issue, attribute):
            return f"{issue}.{attribute}"
        case Index(table, by):
            return f"{table}[{by}]"
        case Name(name):
            return name
    return "it"
