"""Rules of every expression: it parses, its names exist and may stand there, its central values are possible ones."""

from __future__ import annotations

import math
from collections.abc import Iterator

from detente.errors import Problem
from detente.spec.check import check
from detente.spec.dependence import Conditional
from detente.spec.nodes import Attribute, Expression, ExpressionError, Index, Label, Name, head
from detente.spec.parse import parse
from detente.spec.quantity import Range, Table
from detente.spec.rules.case import MAX_WORK, Case
from detente.spec.rules.slots import Slot, slots
from detente.spec.rules.units import Known, fitting
from detente.spec.text import shown

PASSES = 5
"""How often the parts of an expression are looked at, for its names and its units, beside being evaluated."""
MAX_LOOPS = 20
"""Most circles that are spelt out; each is found by a walk through the definitions."""


def expressions(case: Case) -> Iterator[Problem]:
    """Check every expression."""
    known = Known(case)
    for slot in slots(case.scenario):
        yield from checked(case, slot, known)


def checked(case: Case, slot: Slot, known: Known) -> Iterator[Problem]:
    """Check one expression in its place."""
    try:
        expression = parse(slot.text)
    except ExpressionError as error:
        yield Problem(error.code, slot.path, error.text, error.hint)
        return
    case.meter.spent += PASSES * expression.size
    if case.meter.spent > MAX_WORK:
        return
    findings = check(expression, case.scope, slot.allowed)
    yield from (Problem(code, slot.path, text, hint) for code, text, hint in findings)
    if findings:
        return
    yield from _worth(case, slot, expression)
    if case.shallow:
        yield from fitting(slot, expression, known)


def worths(case: Case) -> Iterator[Problem]:
    """Check what expressions are worth; each must be in order but for the numbers it rests on, where those have changed."""
    for slot in slots(case.scenario):
        expression = parse(slot.text)
        if case.touched(expression):
            yield from _worth(case, slot, expression)


def _worth(case: Case, slot: Slot, expression: Expression) -> Iterator[Problem]:
    if "infinity" not in slot.allowed:
        yield from _infinite(case, slot, expression)
    yield from _bounds(case, slot, expression)


def _infinite(case: Case, slot: Slot, expression: Expression) -> Iterator[Problem]:
    """Report a parameter of infinite value where only a precision could use it."""
    for name in sorted(map(head, case.scope.reach.labels(case.scope.used(expression) & case.infinite))):
        yield Problem("not-finite", slot.path, f"{name} is infinite", "only a precision can be")


def _bounds(case: Case, slot: Slot, expression: Expression) -> Iterator[Problem]:
    """Check what the expression is worth at the central values, and a lone parameter over its whole range."""
    values = case.values(expression)
    bad = next((value for value in values if not _finite(value, slot)), None)
    if bad is not None:
        yield Problem(
            "not-finite",
            slot.path,
            f"at the central values this is {bad:g}",
            "look for a division by zero, a logarithm or a root",
        )
        return
    outside = next((value for value in values if _outside(value, slot)), None)
    if outside is not None:
        yield Problem(
            "out-of-range", slot.path, f"{slot.what} cannot be {outside:.6g}, as it is at the central values", _range(slot)
        )
        return
    ends = [(q, end) for q in _quantities(case, expression) for end in _ends(q)]
    end = next((end for _, end in ends if _outside(end, slot)), None)
    if end is not None and slot.what != "the value":
        yield Problem("out-of-range", slot.path, f"{slot.what} cannot be {end:.6g}, as it may be within its range", _range(slot))


def _finite(value: float, slot: Slot) -> bool:
    return math.isfinite(value) or (value == math.inf and "infinity" in slot.allowed)


def _outside(value: float, slot: Slot) -> bool:
    return value < slot.low or value > slot.high or (slot.above and value == slot.low)


def _range(slot: Slot) -> str:
    if math.isinf(slot.high):
        return f"it must be above {slot.low:g}" if slot.above else f"it must not be below {slot.low:g}"
    return f"it must lie between {slot.low:g} and {slot.high:g}"


def _quantities(case: Case, expression: Expression) -> list[Range]:
    """Return the ranges behind an expression that is nothing but a parameter or an entry of a table."""
    tree = expression.tree
    name = tree.name if isinstance(tree, Name) else tree.table if isinstance(tree, Index) else ""
    entry = case.scenario.parameters.get(name)
    found = list(entry.cases.values()) if isinstance(entry, Table) else [entry] if entry is not None else []
    there = [other for other in case.scenario.conditional if other.of.partition("[")[0] == name]
    return [*found, *there]


def _ends(quantity: Range) -> tuple[float, ...]:
    """Return the ends of what may be drawn; a normal range goes on beyond its 5 % and 95 % points."""
    if quantity.values is not None:
        return quantity.values
    if quantity.low is None or quantity.high is None:
        return (quantity.value,) if isinstance(quantity, Conditional) else ()
    beyond = quantity.high - quantity.low if quantity.kind == "normal" else 0.0
    return quantity.low - beyond, quantity.high + beyond


def definitions(case: Case) -> Iterator[Problem]:
    """Check that no definition rests on itself, nor on too long a chain of others."""
    for count, name in enumerate(name for name in case.scenario.definitions if name in case.tangled):
        through = shown(": " + " -> ".join(_loop(case, name)), 500) if count < MAX_LOOPS else ""
        yield Problem("cyclic-definition", ("definitions", name), f"{name} rests on itself{through}", "break the circle")
    if not case.shallow and case.scenario.definitions:
        name = max(case.scenario.definitions, key=lambda n: case.frames[n])
        text = f"{name} rests on a very long chain of definitions"
        yield Problem("definitions-too-deep", ("definitions", name), text, "write the chain shorter")


def _loop(case: Case, name: str) -> list[str]:
    """Return a shortest circle of names from ``name`` to itself."""
    before: dict[Label, Label] = {}
    pending: list[Label] = [name]
    while name not in before:
        here = pending.pop(0)
        for used in sorted(case.scope.uses.get(here, ()), key=str):
            if used not in before:
                before[used] = here
                pending.append(used)
    loop: list[Label] = [name]
    while len(loop) == 1 or loop[-1] != name:
        loop.append(before[loop[-1]])
    return [f"{label.issue}.{label.attribute}" if isinstance(label, Attribute) else label for label in reversed(loop)]


def work(case: Case) -> Iterator[Problem]:
    """Report a scenario whose formulas could not all be checked; to be asked last."""
    if case.meter.spent > MAX_WORK:
        text = f"checking its formulas takes more than {MAX_WORK:,} steps"
        yield Problem("too-much-work", (), text, "shorten definitions, or let each rest on fewer regimes and issues")
