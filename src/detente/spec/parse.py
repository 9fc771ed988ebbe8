"""Text -> Expression. Python's own grammar reads the text; only the nodes listed here come through."""

from __future__ import annotations

import ast
import difflib
import math
import re
import warnings
from functools import lru_cache

from detente.spec.evaluate import constant
from detente.spec.nodes import (
    FUNCTIONS,
    Attribute,
    Binary,
    Call,
    Choice,
    Compare,
    Expression,
    ExpressionError,
    IfElse,
    Index,
    Logic,
    Name,
    Node,
    Number,
    Unary,
    children,
)

MAX_LENGTH = 2000
MAX_DEPTH = 40
MAX_NODES = 400
MAX_EXPONENT = 64

_BINARY = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Mod: "%", ast.Pow: "**"}
_UNARY = {ast.USub: "-", ast.UAdd: "+", ast.Not: "not"}
_COMPARE = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.In: "in",
    ast.NotIn: "not in",
}
_LOGIC = {ast.And: "and", ast.Or: "or"}
_INSTEAD = {
    ast.BitXor: "a power is written **",
    ast.BitAnd: "write 'and'",
    ast.BitOr: "write 'or'",
    ast.Invert: "write 'not'",
    ast.FloorDiv: "write / for division",
    ast.Is: "write == to compare",
    ast.IsNot: "write != to compare",
    ast.Tuple: "a decimal point is '.', and thousands are not separated",
    ast.NamedExpr: "write == to compare",
}
_SLIPS = (
    (re.compile(r"(?<![<>=!])=(?!=)"), "write == to compare"),
    (re.compile(r"&&|\|\|"), "write 'and', 'or'"),
    (re.compile(r"!(?!=)"), "write 'not'"),
    (re.compile(r"[0-9.]\s*%\s*($|[-+)*/])"), "write 0.05, not 5%"),
    (re.compile(r"(^|[^\w.])[0-9.]+\s*[A-Za-z_]\w*"), "write the multiplication sign: 2 * x"),
    (re.compile(r"\bif\b(?!.*\belse\b)"), "a choice is written 'a if condition else b'"),
    (re.compile(r"[“”‘’×÷−–—·≤≥≠＋－＊／（）]"), "use the plain characters + - * / ( ) <= >= !="),
)
_ALLOWED = "numbers, names, issue.attribute, table[regime], + - * / ** %, comparisons, and/or/not, 'a if c else b' and functions"


def parse(text: str) -> Expression:
    """Read ``text`` as an expression of the scenario language.

    Raises:
        ExpressionError: the text is too long or too deep, is no expression, or uses what the language does not have.
    """
    found = _read(text)
    if isinstance(found, ExpressionError):
        raise ExpressionError(found.code, found.text, found.hint)
    return found


@lru_cache(maxsize=32_768)
def _read(text: str) -> Expression | ExpressionError:
    """Read a text once, whether or not it is an expression; more texts are remembered than a scenario can hold."""
    try:
        return _expression(text)
    except ExpressionError as error:
        return error.with_traceback(None)


def _expression(text: str) -> Expression:
    if len(text) > MAX_LENGTH:
        raise ExpressionError(
            "expression-too-long", f"the expression has {len(text)} characters", f"at most {MAX_LENGTH}; use definitions"
        )
    flat = " ".join(text.split())
    if not flat:
        raise ExpressionError("empty-expression", "the expression is empty", "write a number or a formula")
    tree = _ast(flat)
    if sum(isinstance(part, ast.expr) for part in ast.walk(tree)) > MAX_NODES:
        raise ExpressionError(
            "expression-too-long", f"the expression has more than {MAX_NODES} parts", "split it into definitions"
        )
    try:
        expression = Expression(flat, _convert(tree, 1))
    except _RefusedError as refused:
        written = _short(ast.get_source_segment(flat, refused.node) or flat)
        raise ExpressionError("not-in-language", f"{written} is not something the language has", refused.hint) from None
    _constants(expression.tree)
    return expression


class _RefusedError(Exception):
    """A node of Python's grammar that the language does not have."""

    def __init__(self, node: ast.AST, kind: type[ast.AST] | None = None) -> None:
        self.node = node
        self.hint = _INSTEAD.get(kind or type(getattr(node, "op", node)), f"it has {_ALLOWED}")


def _ast(text: str) -> ast.expr:
    if "#" in text or "\0" in text:
        raise ExpressionError(
            "bad-syntax", f"{_short(text)} holds a character that no expression has", "comments go after the value"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text, mode="eval").body
    except (RecursionError, MemoryError):
        raise _too_deep() from None
    except (SyntaxError, ValueError, OverflowError) as error:
        raise ExpressionError("bad-syntax", f"{_short(text)} is not an expression{_at(error, text)}", _slip(text)) from None


def _at(error: Exception, text: str) -> str:
    offset = getattr(error, "offset", None)
    if not isinstance(offset, int) or not 1 <= offset <= len(text):
        return ""
    return f": it cannot be read at {_short(text[offset - 1 :], 20)}"


def _slip(text: str) -> str:
    return next((hint for pattern, hint in _SLIPS if pattern.search(text)), "check brackets, operators and quotation marks")


def _short(text: str, length: int = 60) -> str:
    return repr(text if len(text) <= length else text[: length - 3] + "...")


def _too_deep() -> ExpressionError:
    return ExpressionError(
        "expression-too-deep", f"the expression is nested more than {MAX_DEPTH} deep", "split it into definitions"
    )


def _convert(node: ast.expr, depth: int) -> Node:
    if depth > MAX_DEPTH:
        raise _too_deep()
    deeper = depth + 1
    match node:
        case ast.Constant(value):
            return _number(value)
        case ast.Name(name):
            return Number(math.inf) if name == "inf" else Name(name)
        case ast.Attribute(ast.Name(issue), attribute):
            return Attribute(issue, attribute)
        case ast.Subscript(ast.Name(table), ast.Name(by)):
            return Index(table, by)
        case ast.UnaryOp(op, operand) if type(op) in _UNARY:
            return Unary(_UNARY[type(op)], _convert(operand, deeper))
        case ast.BinOp():
            return _spine(node, deeper)
        case ast.BoolOp(op, values):
            return Logic(_LOGIC[type(op)], tuple(_convert(value, deeper) for value in values))
        case ast.Compare(left, operators, rights):
            return _chain(node, left, list(zip(operators, rights, strict=True)), deeper)
        case ast.IfExp(test, body, orelse):
            return IfElse(_convert(test, deeper), _convert(body, deeper), _convert(orelse, deeper))
        case ast.Call(ast.Name(function), arguments, []):
            return _call(function, arguments, deeper)
    raise _RefusedError(node)


def _spine(node: ast.expr, depth: int) -> Node:
    """Convert a run of operators that lean left, as in a + b + c: a long sum is not deep."""
    operations: list[ast.BinOp] = []
    while isinstance(node, ast.BinOp):
        if type(node.op) not in _BINARY:
            raise _RefusedError(node)
        operations.append(node)
        node = node.left
    value = _convert(node, depth)
    for operation in reversed(operations):
        value = Binary(_BINARY[type(operation.op)], value, _convert(operation.right, depth))
    return value


def _number(value: object) -> Number:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ExpressionError(
            "not-in-language", f"{_short(repr(value))} is not a number", "write states and options without quotation marks"
        )
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ExpressionError("not-finite", "a number here is too large", "the largest number is about 1e308")
    return Number(number)


def _constants(node: Node) -> float | None:
    """Return the value of a part that holds numbers only, or None; refuse what is infinite, and powers without measure.

    Every part is worth a number once those below it are, so a part is looked at once.
    """
    values = [_constants(part) for part in children(node)]
    known = [value for value in values if value is not None]
    if isinstance(node, Binary) and node.op == "**" and values[1] is not None and abs(values[1]) > MAX_EXPONENT:
        raise ExpressionError(
            "exponent-too-large", f"the exponent {values[1]:g} is too large", f"at most {MAX_EXPONENT}; use exp for growth"
        )
    if isinstance(node, Name | Attribute | Index | Choice) or len(known) < len(values):
        return None
    value = node.value if isinstance(node, Number) else constant(node, known)
    if isinstance(node, Unary | Binary) and not math.isfinite(value):
        raise ExpressionError(
            "not-finite", f"a part of the expression has the constant value {value:g}", "divide by no zero, keep powers small"
        )
    return value


def _chain(node: ast.Compare, left: ast.expr, rest: list[tuple[ast.cmpop, ast.expr]], depth: int) -> Node:
    links: list[Node] = []
    before = _convert(left, depth)
    for operator, right in rest:
        if type(operator) not in _COMPARE:
            raise _RefusedError(node, type(operator))
        op = _COMPARE[type(operator)]
        after = _choice(right) if op.endswith("in") else _convert(right, depth)
        links.append(Compare(op, before, after))
        before = after
    return links[0] if len(links) == 1 else Logic("and", tuple(links))


def _choice(node: ast.expr) -> Choice:
    if isinstance(node, ast.List | ast.Tuple | ast.Set) and node.elts and all(isinstance(part, ast.Name) for part in node.elts):
        return Choice(tuple(part.id for part in node.elts if isinstance(part, ast.Name)))
    raise ExpressionError(
        "bad-comparison", "'in' needs a list of names to its right", "for example: white_house in [trump, heir]"
    )


def _call(function: str, arguments: list[ast.expr], depth: int) -> Call:
    if function not in FUNCTIONS:
        near = difflib.get_close_matches(function, FUNCTIONS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(FUNCTIONS)}"
        raise ExpressionError("unknown-function", f"there is no function {_short(function)}", hint)
    least, most = FUNCTIONS[function]
    if not least <= len(arguments) <= most:
        needs = str(least) if least == most else f"{least} to {most}"
        raise ExpressionError("wrong-arguments", f"{function} got {len(arguments)} arguments", f"it takes {needs}")
    return Call(function, tuple(_convert(argument, depth) for argument in arguments))
