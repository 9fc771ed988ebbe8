"""Formulas built from choices: mostly of the language, sometimes a heap of its words, sometimes any text."""

from __future__ import annotations

from collections.abc import Sequence

from detente.spec.nodes import FLAGS, FUNCTIONS
from fuzz.choices import Choices

MAX_DEPTH = 8
NUMBERS = ("0", "1", "2", "0.5", "-1", "1e308", "5e-324", "1e-9", "64", "65", "inf", "0.1/year", "1e999", "0x10", "1_0", "1j")
BINARY = ("+", "-", "*", "/", "%", "**")
COMPARE = ("<", "<=", ">", ">=", "==", "!=", "in", "not in")
OTHERS = ("(", ")", "[", "]", ",", ".", " and ", " or ", "not ", " if ", " else ", "=", "\n", "{", "}", ":", "lambda ", "'", "\\")
FLAGGED = (*FLAGS, "year", "round", "nan", "None", "True")


def formula(choices: Choices, names: Sequence[str]) -> str:
    """Return a formula; ``names`` are words of the scenario it stands in."""
    match choices.number(8):
        case 0:
            return choices.text(2100)
        case 1:
            words = (*names, *NUMBERS, *BINARY, *COMPARE, *OTHERS, *FUNCTIONS, *FLAGGED)
            return "".join(choices.pick(words) for _ in range(choices.number(40)))
        case 2:
            piece, times = _part(choices, names, MAX_DEPTH - 2), choices.number(500)
            return choices.pick((f" {choices.pick(BINARY)} ", " and ", " < ", "")).join([piece] * times)
    return _part(choices, names, 0)


def _part(choices: Choices, names: Sequence[str], depth: int) -> str:
    """Return a piece of a formula, of fewer parts the deeper it stands."""

    def part() -> str:
        return _part(choices, names, depth + 1)

    if depth >= MAX_DEPTH or not choices.left:
        return _leaf(choices, names)
    match choices.number(10):
        case 0 | 1 | 2:
            return _leaf(choices, names)
        case 3 | 4:
            return f"({part()} {choices.pick(BINARY)} {part()})"
        case 5:
            return f"{part()} {choices.pick(BINARY)} {part()}"
        case 6:
            return _call(choices, names, depth)
        case 7:
            return _compare(choices, names, depth)
        case 8:
            return f"({part()} if {part()} else {part()})"
    return (
        f"({choices.pick(('-', '+', 'not '))}{part()})"
        if choices.number(2)
        else f"({part()} {choices.pick(('and', 'or'))} {part()})"
    )


def _leaf(choices: Choices, names: Sequence[str]) -> str:
    match choices.number(6):
        case 0:
            return choices.pick(NUMBERS)
        case 1:
            return choices.pick(FLAGGED)
        case 2:
            return f"{choices.pick(names)}.{choices.pick(names)}"
        case 3:
            return f"{choices.pick(names)}[{choices.pick(names)}]"
    return choices.pick(names)


def _call(choices: Choices, names: Sequence[str], depth: int) -> str:
    name = choices.pick(tuple(FUNCTIONS))
    count = FUNCTIONS[name][choices.number(2)] + (choices.number(3) - 1 if choices.number(8) == 0 else 0)
    return f"{name}({', '.join(_part(choices, names, depth + 1) for _ in range(count))})"


def _compare(choices: Choices, names: Sequence[str], depth: int) -> str:
    op = choices.pick(COMPARE)
    left = choices.pick(names) if choices.number(2) else _part(choices, names, depth + 1)
    if op.endswith("in"):
        return f"({left} {op} [{', '.join(choices.pick(names) for _ in range(1 + choices.number(3)))}])"
    right = choices.pick(names) if choices.number(2) else _part(choices, names, depth + 1)
    return f"({left} {op} {right})"
