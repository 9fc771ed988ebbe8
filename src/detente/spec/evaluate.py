"""Evaluate an expression over floats or arrays of any kind.

Values meet only Python's ``+ - *``, comparisons and the functions of ``ops``: the modules numpy and jax.numpy serve as they
are, and :data:`SCALAR` serves plain floats with the same results (1/0 is inf, log of a negative number is nan; nothing raises).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import reduce
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Protocol

from detente.spec.nodes import (
    Attribute,
    Binary,
    Call,
    Compare,
    Expression,
    IfElse,
    Index,
    Logic,
    Name,
    Node,
    Number,
    Unary,
    with_children,
)

if TYPE_CHECKING:
    from detente.spec.scope import Scope


class Env(Protocol):
    """What an expression reads its names from."""

    scope: Scope
    """Tells definitions from numbers, and where a state stands among those of its regime or issue."""

    def number(self, name: str) -> Any:
        """Return a parameter, stock, flag, or the time."""

    def definition(self, name: str) -> Any:
        """Return the value of a definition."""

    def attribute(self, issue: str, attribute: str) -> Any:
        """Return the attribute of the issue's current option."""

    def codes(self, category: str) -> Any:
        """Return the position of the current state of a regime or option of an issue."""

    def table(self, name: str) -> Any:
        """Return a table's entry for the current state or option."""


def _guarded(function: Callable[..., float], trouble: float = math.nan) -> Callable[..., float]:
    """Return ``function`` with IEEE results in place of exceptions."""

    def call(*values: float) -> float:
        try:
            return function(*values)
        except OverflowError:
            return math.inf
        except (ValueError, ZeroDivisionError):
            return trouble

    return call


def _divide(left: float, right: float) -> float:
    if right != 0:
        return left / right
    return math.nan if left == 0 or math.isnan(left) else math.copysign(math.inf, left) * math.copysign(1.0, right)


def _power(base: float, exponent: float) -> float:
    odd = exponent % 2 == 1
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return -math.inf if base < 0 and odd else math.inf
    except ValueError:  # a power of zero, or a root of a negative number
        return math.nan if base != 0 else math.copysign(math.inf, base) if odd else math.inf


def _log(value: float) -> float:
    return -math.inf if value == 0 else math.log(value)


SCALAR = SimpleNamespace(
    exp=_guarded(math.exp),
    log=_guarded(_log),
    log1p=_guarded(lambda x: -math.inf if x == -1 else math.log1p(x)),
    expm1=_guarded(math.expm1),
    sqrt=_guarded(math.sqrt),
    abs=abs,
    tanh=math.tanh,
    divide=_divide,
    power=_power,
    mod=_guarded(lambda x, y: x % y),
    minimum=lambda x, y: x if x < y or x != x else y,
    maximum=lambda x, y: x if x > y or x != x else y,
    where=lambda condition, yes, no: yes if condition else no,
)
"""Plain floats in place of arrays."""

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}
_BINARY: dict[str, Callable[[Any, Any, Any], Any]] = {
    "+": lambda a, b, ops: a + b,
    "-": lambda a, b, ops: a - b,
    "*": lambda a, b, ops: a * b,
    "/": lambda a, b, ops: ops.divide(a, b),
    "%": lambda a, b, ops: ops.mod(a, b),
    "**": lambda a, b, ops: ops.power(a, b),
}


def evaluate(expression: Expression, env: Env, ops: Any = SCALAR) -> Any:
    """Return the value of a checked ``expression``; conditions are 1.0 and 0.0.

    Args:
        expression: an expression that :func:`detente.spec.scope.check` found nothing wrong with.
        env: where its names get their values.
        ops: numpy, jax.numpy, or an object with the same functions.
    """
    return _value(expression.tree, env, ops)


def constant(node: Node, values: Sequence[float]) -> float:
    """Return the value of ``node`` where the parts below it have these ``values``."""
    if isinstance(node, Binary):
        return float(_BINARY[node.op](values[0], values[1], SCALAR))
    return float(_value(with_children(node, [Number(value) for value in values]), None, SCALAR))


def _value(node: Node, env: Any, ops: Any) -> Any:
    match node:
        case Number(value):
            return value
        case Name(name):
            return env.definition(name) if env.scope.kinds[name] == "definition" else env.number(name)
        case Attribute(issue, attribute):
            return env.attribute(issue, attribute)
        case Index(table, _):
            return env.table(table)
        case Unary("not", operand):
            return 1.0 - _truth(operand, env, ops)
        case Unary(op, operand):
            value = _value(operand, env, ops)
            return -value if op == "-" else value
        case Binary("**", base, Number(exponent)) if exponent == int(exponent):
            return ops.power(_value(base, env, ops), int(exponent))
        case Binary(op, left, right):
            return _BINARY[op](_value(left, env, ops), _value(right, env, ops), ops)
        case Compare():
            return _compare(node, env, ops)
        case Logic(op, parts):
            return _logic(op, [_truth(part, env, ops) for part in parts])
        case IfElse(condition, yes, no):
            return ops.where(_truth(condition, env, ops) > 0, _value(yes, env, ops), _value(no, env, ops))
        case Call(function, arguments):
            return _call(function, [_value(argument, env, ops) for argument in arguments], ops)
    raise TypeError(f"{node!r} has no value of its own")


def _truth(node: Node, env: Any, ops: Any) -> Any:
    value = _value(node, env, ops)
    return value if isinstance(node, Compare | Logic) else ops.where(value != 0, 1.0, 0.0)


def _logic(op: str, truths: list[Any]) -> Any:
    if op == "and":
        return reduce(lambda a, b: a * b, truths)
    return 1.0 - reduce(lambda a, b: a * b, [1.0 - truth for truth in truths])


def _compare(node: Compare, env: Any, ops: Any) -> Any:
    found = env.scope.positions(node) if env is not None else None
    if found is None:
        mask = _COMPARE[node.op](_value(node.left, env, ops), _value(node.right, env, ops))
        return ops.where(mask, 1.0, 0.0)
    category, op, positions = found
    codes = env.codes(category)
    if op not in ("in", "not in"):
        return ops.where(_COMPARE[op](codes, positions[0]), 1.0, 0.0)
    among = sum(ops.where(codes == position, 1.0, 0.0) for position in positions)
    return among if op == "in" else 1.0 - among


def _call(function: str, values: list[Any], ops: Any) -> Any:
    match function:
        case "min":
            return reduce(ops.minimum, values)
        case "max":
            return reduce(ops.maximum, values)
        case "clip":
            return ops.minimum(ops.maximum(values[0], values[1]), values[2])
        case "logistic":
            return 0.5 * (1.0 + ops.tanh(0.5 * values[0]))
    return getattr(ops, function)(values[0])
