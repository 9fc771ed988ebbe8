"""Units: words with powers, and what they say about an expression.

The check is light: it reports definite contradictions only. A written number may carry any unit (except that 1, and what is
1 or 0, is a pure number where it multiplies or divides what has a unit, or is divided by it), a parameter without a stated
unit fits anywhere, and attributes of options are not followed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from detente.spec.nodes import FLAGS, Binary, Call, Compare, Expression, IfElse, Index, Logic, Name, Node, Number, Unary

_POWER = r"(?:\^|\*\*)\s*(?:(?P<power>-?\d+(?:\.\d+)?)|\((?P<fraction>-?\d+/[1-9]\d*)\))"
_TOKEN = re.compile(rf"\s*(?:(?P<op>[*/·])|(?P<word>1|[^\s\d*/·^()][^\s*/·^()]*)(?:\s*{_POWER})?(?=$|[\s*/·]))")
_PURE = {"1", "%", "percent", "probability", "share", "fraction", "ratio", "index"}
_SUMS = {"+": "{} is added to {}", "-": "{1} is subtracted from {0}", "%": "{} is divided by {} for a remainder"}
_SAME_UNIT = {"min", "max", "clip"}
_PURE_ONLY = {"exp", "expm1", "log1p", "tanh", "logistic"}
_MAX_LENGTH = 100


@dataclass(frozen=True)
class Unit:
    """A product of powers of words; without any it is a pure number."""

    powers: frozenset[tuple[str, Fraction]] = frozenset()

    @classmethod
    def parse(cls, text: str) -> Unit | None:
        """Read a unit such as ``$bn/year``; None where ``text`` is empty or is no unit."""
        text = text.strip()
        if not text or len(text) > _MAX_LENGTH:
            return None
        unit, sign, position, wanted = cls(), 1, 0, True
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None or (match["op"] and wanted):
                return None
            if match["op"]:
                sign = -1 if match["op"] == "/" else 1
            else:
                unit *= cls._word(match["word"], sign * Fraction(match["power"] or match["fraction"] or 1))
                sign = 1
            wanted = bool(match["op"])
            position = match.end()
        return None if wanted else unit

    @classmethod
    def _word(cls, word: str, power: Fraction) -> Unit:
        word = word.lower()
        if word in _PURE or power == 0:
            return cls()
        plural = len(word) > 3 and word.endswith("s") and not word.endswith("ss")
        return cls(frozenset({(word[:-1] if plural else word, power)}))

    def __mul__(self, other: Unit) -> Unit:
        powers = dict(self.powers)
        for word, power in other.powers:
            powers[word] = powers.get(word, Fraction(0)) + power
        return Unit(frozenset((word, power) for word, power in powers.items() if power))

    def __pow__(self, exponent: Fraction) -> Unit:
        return Unit(frozenset((word, power * exponent) for word, power in self.powers if exponent))

    def __str__(self) -> str:
        above = [_written(word, power) for word, power in sorted(self.powers) if power > 0]
        below = [_written(word, -power) for word, power in sorted(self.powers) if power < 0]
        return "/".join(["*".join(above) or "1", *below]) if above or below else "a pure number"


def _written(word: str, power: Fraction) -> str:
    if power == 1:
        return word
    return f"{word}^{power}" if power.denominator == 1 else f"{word}^({power})"


PURE = Unit()
Clash = tuple[str, str]
"""What contradicts what, in words, and a hint."""


class Inference:
    """Units of the parts of one expression; None stands for any unit."""

    def __init__(self, of: Callable[[str], Unit | None]) -> None:
        self._of = of
        self.clashes: list[Clash] = []

    def unit(self, expression: Expression) -> Unit | None:
        """Return the unit of ``expression``, noting every contradiction in ``clashes``."""
        return self._unit(expression.tree)

    def _unit(self, node: Node) -> Unit | None:
        match node:
            case Name(name):
                return self._of(name)
            case Index(table, _):
                return self._of(table)
            case Unary("not", operand):
                self._unit(operand)
                return None
            case Unary(_, operand):
                return self._unit(operand)
            case Binary(op, left, right):
                return self._binary(op, left, right)
            case Compare(_, left, right):
                self._same((left, right), "{} is compared with {}")
                return None
            case Logic(_, parts):
                for part in parts:
                    self._unit(part)
                return None
            case IfElse(condition, yes, no):
                self._unit(condition)
                return self._same((yes, no), "the alternatives are {} and {}")
            case Call(function, arguments):
                return self._call(function, arguments)
        return None

    def _binary(self, op: str, left: Node, right: Node) -> Unit | None:
        if op in ("+", "-", "%"):
            return self._same((left, right), _SUMS[op])
        if op == "**":
            return self._power(self._unit(left), left, right)
        one, other = self._unit(left), self._unit(right)
        if one is None and other is None:
            return None  # 1 * in_force is as good in any unit as 0.4 * in_force
        # next to what has a unit, what is 1 or 0 is a pure number, though it may be added to anything
        one = PURE if one is None and _is_one_or_zero(left) else one
        other = PURE if other is None and _is_one_or_zero(right) else other
        if one is None or other is None:
            return None
        return one * (other if op == "*" else other ** Fraction(-1))

    def _power(self, base: Unit | None, left: Node, right: Node) -> Unit | None:
        if isinstance(right, Number) and base is not None:
            return base ** Fraction(right.value).limit_denominator(64)
        self._pure(self._unit(right), "an exponent")
        return PURE if base == PURE else None

    def _call(self, function: str, arguments: tuple[Node, ...]) -> Unit | None:
        if function in _SAME_UNIT:
            return self._same(arguments, f"{function} is given {{}} and {{}}")
        unit = self._unit(arguments[0])
        if function == "abs":
            return unit
        if function == "sqrt":
            return None if unit is None else unit ** Fraction(1, 2)
        if function in _PURE_ONLY:
            self._pure(unit, f"the argument of {function}")
        return PURE

    def _pure(self, unit: Unit | None, what: str) -> None:
        if unit not in (None, PURE):
            self.clashes.append((f"{what} has the unit {unit}", "divide it by a quantity of the same unit"))

    def _same(self, nodes: tuple[Node, ...], how: str) -> Unit | None:
        """Return the one unit that ``nodes`` share; those that fit anywhere do not count."""
        known = [unit for unit in map(self._unit, nodes) if unit is not None]
        for unit in known[1:]:
            if unit != known[0]:
                self.clashes.append((how.format(known[0], unit), "bring both to one unit"))
        return known[0] if known else None


def _is_one_or_zero(node: Node) -> bool:
    match node:
        case Number(1.0) | Compare() | Logic() | Unary("not", _):
            return True
        case Name(name):
            return name in FLAGS
        case Unary(_, operand):
            return _is_one_or_zero(operand)
        case Binary("*", left, right):
            return _is_one_or_zero(left) and _is_one_or_zero(right)
    return False
