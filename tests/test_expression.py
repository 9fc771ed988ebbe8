"""The expression language: what it reads, what it refuses, and that its values are those Python itself would give."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.spec import nodes, units
from detente.spec.evaluate import _power
from detente.spec.expression import (
    EVERYTHING,
    PARAMETERS,
    SCALAR,
    Expression,
    ExpressionError,
    Scope,
    check,
    evaluate,
    names,
    parse,
)
from detente.spec.read import load_text
from detente.spec.scope import MAX_COMPARED, nearest
from scenarios import changed

SCOPE = Scope(
    kinds={
        "a": "parameter",
        "b": "parameter",
        "c": "parameter",
        "d": "definition",
        "table": "table",
        "arms": "issue",
        "war": "regime",
        "warheads": "stock",
        "in_force": "flag",
        "year": "time",
    },
    categories={"arms": ("none", "some", "all"), "war": ("fighting", "over")},
    attributes={"arms": frozenset({"cut"})},
    tables={"table": "war"},
    uses={"d": frozenset({"war", "a"})},
)


class Fixed:
    """Numbers by name; every definition is 7, every attribute 0.5, every table entry 3."""

    scope = SCOPE

    def __init__(self, **values: Any) -> None:
        self.values = values

    def number(self, name: str) -> Any:
        return self.values[name]

    def definition(self, name: str) -> Any:
        return 7.0

    def attribute(self, issue: str, attribute: str) -> Any:
        return 0.5

    def codes(self, category: str) -> Any:
        return self.values[category]

    def table(self, name: str) -> Any:
        return 3.0


def value(text: str, **values: Any) -> Any:
    return evaluate(parse(text), Fixed(**values))


def attempt(text: str) -> Expression | ExpressionError:
    try:
        return parse(text)
    except ExpressionError as error:
        return error


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * a", 5),
        ("-a ** 2", -4),
        ("2 ** -1", 0.5),
        ("a % 1.5", 0.5),
        ("7 / a", 3.5),
        ("1 < a <= 2", 1),
        ("a == 2", 1),
        ("a != 2", 0),
        ("a and 0", 0),
        ("0 or a", 1),
        ("not a", 0),
        ("10 if a > 3 else 20", 20),
        ("min(a, 1, 5) + max(a, 3)", 4),
        ("clip(a, 0, 1)", 1),
        ("exp(log(a))", 2),
        ("log1p(0) + expm1(0) + tanh(0)", 0),
        ("sqrt(abs(-4))", 2),
        ("logistic(0)", 0.5),
        ("d + arms.cut + table[war]", 10.5),
        ("war == fighting", 0),
        ("over == war", 1),
        ("war != fighting", 1),
        ("war in [fighting, over]", 1),
        ("war not in (fighting, fighting)", 1),
        ("arms >= some", 1),
        ("all > arms", 1),
        ("none < arms < all", 1),
        ("arms in [none, all]", 0),
        ("1e-3 * .5e3", 0.5),
        ("a ** 0.5", math.sqrt(2)),
        ("(-a) ** 3", -8),
        ("a ** -0.5", math.sqrt(0.5)),
    ],
)
def test_values(text: str, expected: float) -> None:
    assert value(text, a=2.0, war=1, arms=1) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty-expression"),
        ("   ", "empty-expression"),
        ("1 +", "bad-syntax"),
        ("a # b", "bad-syntax"),
        ("a = b", "bad-syntax"),
        ("a\0", "bad-syntax"),
        ("2x", "bad-syntax"),
        ("a; b", "bad-syntax"),
        ("a ^ 2", "not-in-language"),
        ("a & b", "not-in-language"),
        ("a // b", "not-in-language"),
        ("a is b", "not-in-language"),
        ("a.b.c", "not-in-language"),
        ("a[1]", "not-in-language"),
        ("a[b:c]", "not-in-language"),
        ("'text'", "not-in-language"),
        ("True", "not-in-language"),
        ("None", "not-in-language"),
        ("1j", "not-in-language"),
        ("...", "not-in-language"),
        ("(a, b)", "not-in-language"),
        ("[a]", "not-in-language"),
        ("{a: b}", "not-in-language"),
        ("[x for x in y]", "not-in-language"),
        ("lambda: 1", "not-in-language"),
        ("a := 1", "bad-syntax"),
        ("(a := 1)", "not-in-language"),
        ("f'{a}'", "not-in-language"),
        ("*a", "bad-syntax"),
        ("await a", "not-in-language"),
        ("a.b()", "not-in-language"),
        ("exp(x=1)", "not-in-language"),
        ("exp(*a)", "not-in-language"),
        ("(exp)(1)(2)", "not-in-language"),
        ("__import__('os')", "unknown-function"),
        ("().__class__", "not-in-language"),
        ("a.__class__.__bases__", "not-in-language"),
        ("eval('1')", "unknown-function"),
        ("expp(1)", "unknown-function"),
        ("exp(1, 2)", "wrong-arguments"),
        ("min(a)", "wrong-arguments"),
        ("a in b", "bad-comparison"),
        ("a in [1]", "bad-comparison"),
        ("1e999", "not-finite"),
        ("1" * 400, "not-finite"),
        ("1 / 0", "not-finite"),
        ("1e300 * 1e300", "not-finite"),
        ("1e308 ** 2", "not-finite"),
        ("-inf", "not-finite"),
        ("9 ** 9 ** 9", "exponent-too-large"),
        ("a ** 65", "exponent-too-large"),
        ("a ** -65", "exponent-too-large"),
        ("a" * 2001, "expression-too-long"),
        (" + ".join("a" * 201), "expression-too-long"),
        ("-" * 1999 + "1", "expression-too-long"),
        ("min(" * 50 + "1" + ", 2)" * 50, "expression-too-deep"),
        ("(" * 900 + "1" + ")" * 900, "bad-syntax"),
    ],
)
def test_refused(text: str, code: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert caught.value.code == code
    assert caught.value.hint


@pytest.mark.parametrize(("name", "counts"), nodes.FUNCTIONS.items())
def test_functions_take_as_many_arguments_as_they_say(name: str, counts: tuple[int, int]) -> None:
    def call(count: int) -> str:
        return f"{name}({', '.join(['a'] * count)})"

    for count in counts:
        assert isinstance(parse(call(count)).tree, nodes.Call)
    for count in (counts[0] - 1, counts[1] + 1):
        read = attempt(call(count))
        assert isinstance(read, ExpressionError)
        assert read.code == "wrong-arguments"


KINDS = [
    parse(text).tree
    for text in ("2", "a", "arms.cut", "table[war]", "-a", "a - 1", "a < 1", "a and b or c", "a if b else c", "clip(a, 0, 1)")
]


@pytest.mark.parametrize("tree", [*KINDS, nodes.Choice(("fighting", "over"))], ids=repr)
def test_a_node_is_its_parts_put_together(tree: nodes.Node) -> None:
    assert nodes.with_children(tree, nodes.children(tree)) == tree
    assert hash(tree) == hash(nodes.with_children(tree, nodes.children(tree)))
    other = [nodes.Name(f"part{k}") for k in range(len(nodes.children(tree)))]
    assert list(nodes.children(nodes.with_children(tree, other))) == other


@pytest.mark.parametrize("tree", KINDS, ids=repr)
def test_a_node_cannot_be_changed(tree: nodes.Node) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(tree, dataclasses.fields(tree)[0].name, None)


def test_one_comparison_is_no_conjunction() -> None:
    one, two = parse("a < b").tree, parse("a < b <= c").tree
    assert one == nodes.Compare("<", nodes.Name("a"), nodes.Name("b"))
    assert two == nodes.Logic("and", (one, nodes.Compare("<=", nodes.Name("b"), nodes.Name("c"))))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a b", "'a b' is not an expression"),
        ("a + b = c", "'a + b = c' is not an expression"),
        ("b" * 58 + ")", f"'{'b' * 58})' is not an expression: it cannot be read at ')'"),
        ("b" * 59 + ")", f"'{'b' * 59})' is not an expression: it cannot be read at ')'"),
        ("b" * 60 + ")", f"'{'b' * 57}...' is not an expression: it cannot be read at ')'"),
        ("a) " + "b" * 18, f"'a) {'b' * 18}' is not an expression: it cannot be read at ') {'b' * 18}'"),
        ("a) " + "b" * 19, f"'a) {'b' * 19}' is not an expression: it cannot be read at ') {'b' * 15}...'"),
    ],
)
def test_messages_show_where_an_expression_cannot_be_read(text: str, said: str) -> None:
    read = attempt(text)
    assert isinstance(read, ExpressionError)
    assert read.text.startswith(said)


def test_a_long_sum_is_not_deep() -> None:
    assert value(" + ".join("a" * 180), a=1.0) == 180


def test_lines_are_joined() -> None:
    assert parse(" a\n   + b\n") == parse("a + b")


@pytest.mark.parametrize(
    ("text", "code", "hint"),
    [
        ("aa", "unknown-name", "did you mean a?"),
        ("fighting", "unknown-name", "write war == fighting"),
        ("round", "unknown-name", "use year"),
        ("war", "bare-category", "war == fighting"),
        ("1 + arms", "bare-category", "arms == none"),
        ("war == figthing", "unknown-state", "fighting"),
        ("arms in [none, alll]", "unknown-option", "all"),
        ("war == 1", "bad-comparison", "fighting, over"),
        ("war == arms", "bad-comparison", "fighting, over"),
        ("war > fighting", "bad-comparison", "=="),
        ("a in [fighting]", "bad-comparison", "an issue"),
        ("arms.cot", "unknown-attribute", "cut"),
        ("war.cut", "unknown-issue", "arms"),
        ("nothing.cut", "unknown-issue", "arms"),
        ("table", "table-without-index", "table[war]"),
        ("table[arms]", "wrong-index", "table[war]"),
        ("tabel[war]", "unknown-table", "table"),
        ("a / year", "divided-by-time", "1/year"),
        ("inf", "not-finite", "finite"),
    ],
)
def test_names_are_checked(text: str, code: str, hint: str) -> None:
    findings = check(parse(text), SCOPE)
    assert [finding[0] for finding in findings] == [code]
    assert hint in " ".join(findings[0])


@pytest.mark.parametrize("op", ["<", "<=", ">", ">="])
def test_options_have_an_order_and_states_have_none(op: str) -> None:
    assert check(parse(f"arms {op} some"), SCOPE) == []
    assert [finding[0] for finding in check(parse(f"war {op} over"), SCOPE)] == ["bad-comparison"]


def test_a_hint_lists_a_dozen_names_and_says_if_there_are_more() -> None:
    names_ = [f"n{k:02}" for k in range(13)]
    assert nearest("zzzzzz", names_[:12]) == "allowed: " + ", ".join(names_[:12])
    assert nearest("zzzzzz", names_) == "allowed: " + ", ".join(names_[:12]) + ", ..."
    assert nearest("zzzzzz", []) == "there is none"


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("abcdefgh", True),
        ("abcdefghi", True),
        ("abcdefghij", True),
        ("abcdefghijk", False),
        ("abcdef", True),
        ("abcde", False),
        ("axcdefgh", True),
        ("xbcdefgh", False),
    ],
)
def test_among_very_many_names_only_likely_ones_are_compared(wanted: str, found: bool) -> None:
    fill = [f"{k:08}" for k in range(MAX_COMPARED - 1)]
    assert MAX_COMPARED == 300
    assert nearest(wanted, ["abcdefgh", *fill]) == "did you mean abcdefgh?"
    assert (nearest(wanted, ["abcdefgh", *fill, "99999999"]) == "did you mean abcdefgh?") == found


def test_a_long_list_of_states_is_cut_at_200_characters() -> None:
    states = tuple(f"state{k:05}" for k in range(30))
    scope = dataclasses.replace(SCOPE, categories={**SCOPE.categories, "war": states})
    (_, _, hint) = check(parse("war == 1"), scope)[0]
    assert hint == f"its states: {', '.join(states)}"[:197] + "..."


def test_definitions_and_attributes_say_what_they_use() -> None:
    uses = Scope.of(load_text(changed(("half: {cut: 0.5}", "half: {cut: chance}"), ("keep: {cut: 0}", "keep: {cut: rate}")))).uses
    assert uses["left"] == {nodes.Attribute("arms", "cut"), "cheating"}
    assert uses["danger"] == {"worth", "left"}
    assert uses[nodes.Attribute("arms", "cut")] == {"chance", "rate"}
    assert uses[nodes.Attribute("relief", "money")] == frozenset()


@pytest.mark.parametrize("function", ["exp", "log1p", "expm1", "tanh", "logistic"])
def test_functions_that_want_a_pure_number_say_so(function: str) -> None:
    inference = units.Inference({"a": units.Unit.parse("warheads")}.__getitem__)
    assert inference.unit(parse(f"{function}(a / a)")) == units.PURE
    assert inference.clashes == []
    assert inference.unit(parse(f"{function}(a)")) == units.PURE
    assert [text for text, _ in inference.clashes] == [f"the argument of {function} has the unit warhead"]


def test_a_power_that_is_no_written_number_leaves_pure_numbers_pure_and_says_nothing_of_others() -> None:
    inference = units.Inference({"a": units.Unit.parse("kg"), "b": units.PURE}.__getitem__)
    assert inference.unit(parse("(b / 1) ** b")) == units.PURE
    assert inference.unit(parse("a ** b")) is None
    assert inference.clashes == []
    assert inference.unit(parse("b ** a")) == units.PURE
    assert [text for text, _ in inference.clashes] == ["an exponent has the unit kg"]


def test_units_that_differ_are_named_in_order_and_the_first_goes_on() -> None:
    known = {name: units.Unit.parse(unit) for name, unit in (("a", "kg"), ("b", "year"), ("c", "util"))}
    inference = units.Inference(known.__getitem__)
    assert inference.unit(parse("min(a, b, c)")) == known["a"]
    assert [text for text, _ in inference.clashes] == ["min is given kg and year", "min is given kg and util"]


def test_the_least_of_twenty_can_be_asked_for() -> None:
    assert nodes.FUNCTIONS["min"] == nodes.FUNCTIONS["max"] == (2, 20)


@pytest.mark.parametrize(("base", "exponent"), [(-1e200, 3.0), (-1e200, 2.0), (1e200, 3.0)])
def test_a_power_too_large_has_the_sign_that_numpy_gives_it(base: float, exponent: float) -> None:
    with np.errstate(over="ignore"):
        assert _power(base, exponent) == np.power(base, exponent)


def test_the_unit_of_a_root_is_half_and_of_a_size_the_same() -> None:
    inference = units.Inference({"a": units.Unit.parse("util^2/year"), "b": None}.__getitem__)
    assert inference.unit(parse("sqrt(a)")) == units.Unit.parse("util/year^(1/2)")
    assert inference.unit(parse("sqrt(b)")) is None
    assert inference.unit(parse("abs(a)")) == units.Unit.parse("util^2/year")
    assert inference.unit(parse("log(a)")) == units.PURE
    assert inference.clashes == []


def test_a_unit_has_at_most_a_hundred_characters() -> None:
    assert units.Unit.parse("u" * 100) is not None
    assert units.Unit.parse("u" * 101) is None


@pytest.mark.parametrize("text", ["war == over", "arms.cut", "warheads", "in_force", "year", "table[war]", "d"])
def test_kinds_are_checked_through_definitions_and_tables(text: str) -> None:
    assert check(parse(text), SCOPE, EVERYTHING) == []
    assert [finding[0] for finding in check(parse(text), SCOPE, PARAMETERS)] == ["not-allowed-here"]


def test_infinity_only_where_allowed() -> None:
    assert check(parse("inf"), SCOPE, PARAMETERS | {"infinity"}) == []
    assert value("inf") == math.inf


def test_all_problems_of_an_expression_at_once() -> None:
    findings = check(parse("x + y * (war == peace) + arms.cot + table[arms]"), SCOPE)
    assert {finding[0] for finding in findings} == {"unknown-name", "unknown-state", "unknown-attribute", "wrong-index"}
    assert len(findings) == 5


def test_names_leave_out_states() -> None:
    used = names(parse("a * (war == fighting) + arms.cut + table[war] + (arms >= some) - year"), SCOPE)
    assert used == {"a", "war", "arms", "table", "year"}


TOKENS = st.sampled_from(
    [
        *"ab01.,()[]{}+-*/%<>=!&|^~:;@#'\"\\\n\t ",
        "**",
        "//",
        "==",
        "<=",
        " and ",
        " if ",
        " else ",
        " in ",
        "not ",
        "exp(",
        "min(",
        "inf",
        "nan",
        "1e9",
        "lambda ",
        "for ",
        "yield ",
        "await ",
        "é",
        "０",
        "\0",
        "\u2028",
        "war",
    ]
)


@given(st.one_of(st.text(max_size=60), st.lists(TOKENS, max_size=40).map("".join)))
def test_parse_refuses_or_reads_and_does_nothing_else(text: str) -> None:
    read = attempt(text)
    if isinstance(read, ExpressionError):
        assert read.code
        assert read.text
    else:
        assert parse(read.text) == read


Pair = tuple[str, str]
"""The same formula in this language and in Python."""


def _both(form: str, python: str | None = None) -> Any:
    return lambda *parts: (form.format(*(p[0] for p in parts)), (python or form).format(*(p[1] for p in parts)))


def _larger(parts: st.SearchStrategy[Pair]) -> st.SearchStrategy[Pair]:
    two = [st.builds(_both(f"({{}} {op} {{}})"), parts, parts) for op in ("+", "-", "*", "/", "%")]
    compared = [
        st.builds(_both(f"({{}} {op} {{}})", f"N({{}} {op} {{}})"), parts, parts) for op in ("<", "<=", ">", ">=", "==", "!=")
    ]
    one = [st.builds(_both(f"{name}({{}})"), parts) for name in ("exp", "log", "log1p", "expm1", "sqrt", "abs", "tanh")]
    return st.one_of(
        *two,
        *compared,
        *one,
        st.builds(_both("(-{})"), parts),
        st.builds(_both("(not {})", "N(not {})"), parts),
        st.builds(_both("({} ** 3)"), parts),
        st.builds(_both("({} ** -1)"), parts),
        st.builds(_both("(abs({}) ** {})"), parts, st.sampled_from([("b", "b"), ("0.5", "N(0.5)")])),
        st.builds(_both("({} and {})", "N(bool({}) and bool({}))"), parts, parts),
        st.builds(_both("({} or {})", "N(bool({}) or bool({}))"), parts, parts),
        st.builds(_both("({} < {} <= {})", "N({} < {} <= {})"), parts, parts, parts),
        st.builds(_both("({} if {} else {})"), parts, parts, parts),
        st.builds(_both("min({}, {}, {})"), parts, parts, parts),
        st.builds(_both("max({}, {})"), parts, parts),
        st.builds(_both("clip({}, {}, {})"), parts, parts, parts),
        st.builds(_both("logistic({})", "(1 / (1 + exp(-{})))"), parts),
    )


NUMBERS = st.sampled_from(["0", "1", "2", "0.5", "3.25", "10"]).map(lambda text: (text, f"N({text})"))
LEAVES = st.one_of(NUMBERS, st.sampled_from("abc").map(lambda name: (name, name)))
FORMULAS = st.recursive(LEAVES, _larger, max_leaves=12)
PYTHON: dict[str, Any] = {"__builtins__": {"bool": bool}, "N": np.float64, "abs": np.abs} | {
    name: getattr(np, name) for name in ("exp", "log", "log1p", "expm1", "sqrt", "tanh")
}
PYTHON |= {
    "min": lambda *xs: np.minimum.reduce(xs),
    "max": lambda *xs: np.maximum.reduce(xs),
    "clip": lambda x, low, high: np.minimum(np.maximum(x, low), high),
}
FLOATS = st.floats(-5, 5).map(lambda x: round(x, 3))


@given(FORMULAS, st.lists(st.tuples(FLOATS, FLOATS, FLOATS), min_size=1, max_size=4))
def test_values_are_those_of_python(formula: Pair, points: list[tuple[float, float, float]]) -> None:
    text, python = formula
    expression = attempt(text)
    if isinstance(expression, ExpressionError):
        assert expression.code in ("not-finite", "expression-too-deep", "expression-too-long", "exponent-too-large")
        return
    columns = {name: np.array(column) for name, column in zip("abc", zip(*points, strict=True), strict=True)}
    with np.errstate(all="ignore"):
        expected = [eval(python, PYTHON, {n: np.float64(x) for n, x in zip("abc", point, strict=True)}) for point in points]
        arrays = np.broadcast_to(evaluate(expression, Fixed(**columns), np), len(points))
    np.testing.assert_allclose(arrays, expected, rtol=1e-9, atol=1e-12)
    scalars = [evaluate(expression, Fixed(**dict(zip("abc", point, strict=True))), SCALAR) for point in points]
    np.testing.assert_allclose(scalars, expected, rtol=1e-9, atol=1e-12)


def test_jax_agrees_with_numpy() -> None:
    import jax.numpy as jnp

    text = "clip(a ** 2 - b / 3, 0, 10) * (war == over) + (1 if arms > none else b) * logistic(a) % 0.7"
    values = {"a": np.linspace(-2, 2, 7), "b": np.linspace(0.5, 3, 7), "war": np.arange(7) % 2, "arms": np.arange(7) % 3}
    with_numpy = evaluate(parse(text), Fixed(**values), np)
    with_jax = evaluate(parse(text), Fixed(**{name: jnp.asarray(v) for name, v in values.items()}), jnp)
    np.testing.assert_allclose(with_jax, with_numpy, rtol=1e-12)
