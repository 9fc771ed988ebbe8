"""The parsed form of an expression: a small frozen tree that refers to no Python code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from detente.errors import DetenteError

FUNCTIONS: dict[str, tuple[int, int]] = {
    "exp": (1, 1),
    "log": (1, 1),
    "log1p": (1, 1),
    "expm1": (1, 1),
    "sqrt": (1, 1),
    "abs": (1, 1),
    "tanh": (1, 1),
    "logistic": (1, 1),
    "min": (2, 20),
    "max": (2, 20),
    "clip": (3, 3),
}
"""Functions of the language, each with its least and greatest number of arguments."""

FLAGS = ("in_force", "cheating", "lapsed", "snapped", "talks_over")
"""Facts about the agreement, 1 or 0."""


class ExpressionError(DetenteError):
    """A text that is not an expression of the language."""

    def __init__(self, code: str, text: str, hint: str = "") -> None:
        super().__init__(text)
        self.code, self.text, self.hint = code, text, hint


@dataclass(frozen=True)
class Number:
    """A written number; infinity is written ``inf``."""

    value: float


@dataclass(frozen=True)
class Name:
    """A name on its own."""

    name: str


@dataclass(frozen=True)
class Attribute:
    """``issue.attribute``: the attribute of the issue's current option."""

    issue: str
    attribute: str


@dataclass(frozen=True)
class Index:
    """``table[category]``: the table's entry for the current state or option."""

    table: str
    by: str


@dataclass(frozen=True)
class Unary:
    """``-x``, ``+x`` or ``not x``."""

    op: str
    operand: Node


@dataclass(frozen=True)
class Binary:
    """``x op y`` with one of ``+ - * / % **``."""

    op: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Choice:
    """A list of names, allowed only to the right of ``in``."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Compare:
    """``x op y``; a chain ``a < b < c`` is a conjunction of these."""

    op: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Logic:
    """``and`` or ``or`` over two or more parts."""

    op: str
    parts: tuple[Node, ...]


@dataclass(frozen=True)
class IfElse:
    """``yes if condition else no``."""

    condition: Node
    yes: Node
    no: Node


@dataclass(frozen=True)
class Call:
    """A function of the language applied to its arguments."""

    function: str
    arguments: tuple[Node, ...]


Node = Number | Name | Attribute | Index | Unary | Binary | Choice | Compare | Logic | IfElse | Call


Label = str | Attribute
"""What expressions use: a name, or an attribute of an issue."""


def head(label: Label) -> str:
    """Return the name a label begins with."""
    return label.issue if isinstance(label, Attribute) else label


@dataclass(frozen=True)
class Expression:
    """A parsed expression: what was written, and its tree."""

    text: str
    tree: Node = field(repr=False)

    @cached_property
    def size(self) -> int:
        """Number of its parts."""
        return sum(1 for _ in walk(self.tree))


def children(node: Node) -> tuple[Node, ...]:
    """Return the parts of ``node`` that are themselves nodes."""
    match node:
        case Unary(_, operand):
            return (operand,)
        case Binary(_, left, right) | Compare(_, left, right):
            return (left, right)
        case Logic(_, parts):
            return parts
        case IfElse(condition, yes, no):
            return (condition, yes, no)
        case Call(_, arguments):
            return arguments
        case _:
            return ()


def with_children(node: Node, parts: Sequence[Node]) -> Node:
    """Return ``node`` with other parts, as many as :func:`children` gives."""
    match node:
        case Unary(op, _):
            return Unary(op, parts[0])
        case Binary(op, _, _):
            return Binary(op, parts[0], parts[1])
        case Compare(op, _, _):
            return Compare(op, parts[0], parts[1])
        case Logic(op, _):
            return Logic(op, tuple(parts))
        case IfElse():
            return IfElse(parts[0], parts[1], parts[2])
        case Call(function, _):
            return Call(function, tuple(parts))
        case _:
            return node


def walk(node: Node) -> Iterator[Node]:
    """Yield ``node`` and everything below it."""
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(reversed(children(current)))
