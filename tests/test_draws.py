"""Draws follow the distributions a scenario states."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from detente.draws import design, held, quantile
from detente.errors import Problem, ScenarioError
from detente.spec import rules
from detente.spec.change import with_values
from detente.spec.dependence import Correlation, normal, root
from detente.spec.joint import Joint
from detente.spec.quantity import Quantity
from detente.spec.read import load_text
from detente.spec.scenario import Scenario

SHARES = np.linspace(0.001, 0.999, 97)
HALF = 1.6448536269514722

KNOWN = {
    "uniform": (Quantity(value=3, low=2, high=5), stats.uniform(2, 3)),
    "triangular": (Quantity(value=3, low=2, high=5, shape="triangular"), stats.triang(1 / 3, 2, 3)),
    "triangular at an end": (Quantity(value=2, low=2, high=5, shape="triangular"), stats.triang(0, 2, 3)),
    "loguniform": (Quantity(value=3, low=2, high=5, shape="loguniform"), stats.loguniform(2, 5)),
    "normal": (Quantity(value=3, low=2, high=5, shape="normal"), stats.norm(3.5, 1.5 / HALF)),
    "lognormal": (Quantity(value=3, low=2, high=5, shape="lognormal"), stats.lognorm(np.log(2.5) / 2 / HALF, scale=np.sqrt(10))),
}


@pytest.mark.parametrize("name", KNOWN)
def test_quantiles(name: str) -> None:
    quantity, known = KNOWN[name]
    assert quantile(quantity, SHARES) == pytest.approx(known.ppf(SHARES), rel=1e-10)


@pytest.mark.parametrize("shape", ["normal", "lognormal"])
def test_low_and_high_are_the_outer_twentieths(shape: str) -> None:
    quantity = Quantity(value=3, low=2, high=5, shape=shape)  # type: ignore[arg-type]
    assert quantile(quantity, np.array([0.05, 0.95])) == pytest.approx([2, 5], rel=1e-12)


def test_infinite_tails_are_cut() -> None:
    quantity = Quantity(value=3, low=2, high=5, shape="normal")
    assert np.isfinite(quantile(quantity, np.array([0.0, 1.0]))).all()


def test_discrete_values_come_up_by_weight() -> None:
    quantity = Quantity(value=1, values=(1, 2, 4), weights=(1, 0, 3))
    drawn = quantile(quantity, (np.arange(1000) + 0.5) / 1000)
    assert {value: int((drawn == value).sum()) for value in (1, 2, 4)} == {1: 250, 2: 0, 4: 750}
    assert quantile(quantity, np.array([1.0])) == [4]
    even = Quantity(value=1, values=(1, 2, 4))
    assert np.unique(quantile(even, (np.arange(300) + 0.5) / 300), return_counts=True)[1].tolist() == [100, 100, 100]


SCENARIO = """\
detente: 1
name: drawn
calendar: {{rounds: 1, after: zero}}
parameters:
  a: {{value: 3, low: 2, high: 5, source: judgement}}
  fixed: 7
  b: {{value: 3, low: 2, high: 5, shape: normal, source: judgement}}
  point: {{value: 1, low: 1, high: 1, source: judgement}}
  c: {{value: 3, low: 2, high: 5, shape: triangular, source: judgement}}
  d: {{value: 2, values: [1, 2, 4], weights: [1, 2, 1], source: judgement}}
  e: {{value: 3, low: 2, high: 5, shape: loguniform, source: judgement}}
definitions: {{sum: a + b}}
players: {{us: {{talks: 1}}, them: {{}}}}
needs: them
issues: {{pie: {{options: {{none: {{}}, all: {{}}}}}}}}
{more}
"""
RANGED = {"a": KNOWN["uniform"][0], "b": KNOWN["normal"][0], "c": KNOWN["triangular"][0], "e": KNOWN["loguniform"][0]}


def scenario(*more: str) -> Scenario:
    return load_text(SCENARIO.format(more="\n".join(more)))


def correlated(*entries: tuple[str, str, float]) -> str:
    said = (f"{{between: [{one}, {other}], rank: {rank}, source: judgement}}" for one, other, rank in entries)
    return f"correlated: [{', '.join(said)}]"


def conditional(*entries: str) -> str:
    return f"conditional: [{', '.join(f'{{{entry}, source: judgement}}' for entry in entries)}]"


ALONE = scenario()


@given(st.integers(0, 70), st.integers(0, 2**32 - 1))
def test_a_design_has_as_many_draws_as_asked_for(count: int, seed: int) -> None:
    drawn = design(ALONE, count, seed)
    assert list(drawn) == list(ALONE.quantities)
    assert {len(column) for column in drawn.values()} == {count}
    assert (drawn["fixed"] == 7).all()
    assert (drawn["point"] == 1).all()
    assert ((drawn["a"] >= 2) & (drawn["a"] <= 5)).all()


def test_the_same_seed_gives_the_same_draws() -> None:
    one, two, other = (design(ALONE, 16, seed)["a"] for seed in (3, 3, 4))
    assert (one == two).all()
    assert (one != other).any()


def test_draws_are_spread_evenly() -> None:
    """Every sixteenth of each distribution holds one of sixteen scrambled points; the mean of many is close."""
    drawn = design(ALONE, 16, 5)["a"]
    assert np.sort(np.floor((drawn - 2) / 3 * 16)).tolist() == list(range(16))
    many = design(ALONE, 1024, 5)
    assert many["b"].mean() == pytest.approx(3.5, abs=0.01)
    assert np.corrcoef(many["a"], many["b"])[0, 1] == pytest.approx(0.0, abs=0.02)


def test_nothing_uncertain_gives_the_central_values() -> None:
    certain = with_values(ALONE, dict.fromkeys(("a", "b", "c", "d", "e"), 9.0))
    assert {name: set(column.tolist()) for name, column in design(certain, 3, 1).items() if name in "abde"} == {
        name: {9.0} for name in "abde"
    }


# Draws that hang together


def rank(drawn: dict[str, np.ndarray], one: str, other: str) -> float:
    return float(stats.spearmanr(drawn[one], drawn[other]).statistic)


@settings(max_examples=30)
@given(st.floats(-1, 1), st.sampled_from(["b", "c", "e"]), st.integers(0, 1000))
def test_ranks_are_those_asked_for_and_ranges_are_kept(wanted: float, other: str, seed: int) -> None:
    drawn = design(scenario(correlated(("a", other, wanted))), 1024, seed)
    assert rank(drawn, "a", other) == pytest.approx(wanted, abs=0.03)
    for name in ("a", other):
        assert stats.kstest(drawn[name], known(name).cdf).statistic < 0.02


def known(name: str) -> Any:
    return next(distribution for quantity, distribution in KNOWN.values() if quantity == RANGED[name])


def test_what_is_not_joined_is_drawn_as_before() -> None:
    """The points of the others stay, and so does the first of those that are joined."""
    before, after = design(ALONE, 64, 2), design(scenario(correlated(("b", "e", 0.7))), 64, 2)
    for name in ("a", "c", "d"):
        assert (before[name] == after[name]).all()
    assert after["b"] == pytest.approx(before["b"], rel=1e-12)
    assert (before["e"] != after["e"]).any()


@pytest.mark.parametrize("sign", [1, -1])
def test_a_rank_correlation_of_one_moves_numbers_as_one(sign: int) -> None:
    drawn = design(scenario(correlated(("a", "e", sign), ("a", "d", sign), ("e", "d", 1))), 256, 3)
    share = (drawn["a"] - 2) / 3
    share = share if sign > 0 else 1 - share
    assert drawn["e"] == pytest.approx(2 * 2.5**share, rel=1e-9)
    assert rank(drawn, "a", "e") == pytest.approx(sign, abs=1e-12)
    assert (np.diff(drawn["d"][np.argsort(share)]) >= 0).all()


def test_three_and_more_are_joined_pair_by_pair() -> None:
    drawn = design(
        scenario("correlated: {between: [a, b, e], rank: 0.6, source: judgement}".replace(": {", ": [{") + "]"), 2048, 1
    )
    assert [rank(drawn, *pair) for pair in (("a", "b"), ("a", "e"), ("b", "e"))] == pytest.approx([0.6] * 3, abs=0.02)
    assert rank(drawn, "a", "c") == pytest.approx(0, abs=0.02)


def test_listed_values_are_joined_by_their_ranks() -> None:
    """How often each comes up stays; the rank correlation is that of the shares behind, ties take some of it away."""
    drawn = design(scenario(correlated(("a", "d", 0.8))), 1024, 1)
    assert [int((drawn["d"] == value).sum()) for value in (1, 2, 4)] == pytest.approx([256, 512, 256], abs=16)
    means = [drawn["a"][drawn["d"] == value].mean() for value in (1, 2, 4)]
    assert means == sorted(means)
    assert 0.6 < rank(drawn, "a", "d") < 0.8


def test_correlations_are_checked_as_a_whole() -> None:
    entries = ("a", "b", 0.9), ("b", "c", 0.9), ("a", "e", 0.1)
    problem = found(correlated(*entries))[0]
    assert problem.code == "bad-correlation"
    assert problem.path == ("correlated", 1)
    assert problem.text == "these correlations cannot hold at once: a with b 0.9; a with c 0; b with c 0.9"
    assert "write a with c" in problem.hint
    assert found(correlated(*entries, ("a", "c", 0.9))) == []
    three = "correlated: [{between: [a, b, c], rank: -0.6, source: judgement}]"
    assert found(three)[0].hint == "what is high with both of two cannot have them move apart: weaken one"


def found(*more: str) -> list[Problem]:
    try:
        scenario(*more)
    except ScenarioError as error:
        return list(error.problems)
    return []


@given(st.lists(st.floats(-1, 1), min_size=6, max_size=6))
def test_the_root_exists_where_no_variance_is_negative(ranks: list[float]) -> None:
    matrix = np.eye(4)
    matrix[np.triu_indices(4, 1)] = [normal(one) for one in ranks]
    matrix = np.maximum(matrix, matrix.T) + np.minimum(matrix, matrix.T) - np.diag(np.diag(matrix))
    least, made = np.linalg.eigvalsh(matrix)[0], root(matrix.tolist())
    if made is None:
        assert least < 1e-4
    else:
        assert np.array(made) @ np.array(made).T == pytest.approx(matrix, abs=1e-4)


CONDITIONS = conditional("of: a, when: d == 4, low: 4, high: 5, shape: triangular, value: 4", "of: a, when: sum > 7, values: [9]")
"""The second looks at what the first decides, so it makes a circle; see below for what does not."""


def test_a_condition_changes_the_range_where_it_holds() -> None:
    said = conditional(
        "of: e, when: a > 3 and d == 4, low: 20, high: 30",
        "of: e, when: d == 4, value: 40",
        "of: a, when: c > 4, low: 4, high: 6",
    )
    before, drawn = design(ALONE, 512, 1), design(scenario(said), 512, 1)
    late = drawn["c"] > 4
    assert ((drawn["a"] >= 4) & (drawn["a"] <= 6))[late].all()
    assert (drawn["a"] == before["a"])[~late].all()
    both, one = (drawn["d"] == 4) & (drawn["a"] > 3), (drawn["d"] == 4) & (drawn["a"] <= 3)
    assert both.any()
    assert one.any()
    assert ((drawn["e"] >= 20) & (drawn["e"] <= 30))[both].all()
    assert (drawn["e"][one] == 40).all()
    assert (drawn["e"] == before["e"])[drawn["d"] != 4].all()
    assert all((drawn[name] == before[name]).all() for name in ("b", "c", "d"))


def test_a_condition_keeps_the_share_within_its_range() -> None:
    """Correlation and condition together: the rank carries over into whichever range holds."""
    drawn = design(scenario(correlated(("a", "b", 0.8)), conditional("of: b, when: d == 4, low: 12, high: 13")), 1024, 1)
    for chosen in (drawn["d"] == 4, drawn["d"] != 4):
        assert stats.spearmanr(drawn["a"][chosen], drawn["b"][chosen]).statistic == pytest.approx(0.8, abs=0.05)


@pytest.mark.parametrize(
    ("said", "code", "text"),
    [
        (CONDITIONS, "bad-condition", "a -> a"),
        (conditional("of: a, when: e > 4, low: 1, high: 9", "of: e, when: a > 4, low: 1, high: 9"), "bad-condition", "a -> e"),
        (conditional("of: a, when: e > 4, low: 1, high: 9", "of: a, when: e > 4, low: 2, high: 3"), "bad-condition", "already"),
        (conditional("of: a, when: e > 6, low: 1, high: 9"), "bad-condition", "never holds for what e can be, 2 to 5"),
        (conditional("of: a, when: d >= 1, low: 1, high: 9"), "bad-condition", "always holds for what d can be, 1 to 4"),
        (conditional("of: a, when: d != 4, low: 4, high: 9"), "bad-condition", "a is 3, outside the range given here"),
        (conditional("of: fixed, when: d == 4, low: 4, high: 9"), "bad-condition", "fixed has no range of its own"),
        (conditional("of: f, when: d == 4, low: 4, high: 9"), "unknown-parameter", "no parameter 'f'"),
        (conditional("of: a, when: g == 4, low: 4, high: 9"), "unknown-name", "nothing called 'g'"),
        (conditional("of: a, when: d == 4"), "bad-values", "needs what it is a condition for"),
        (conditional("of: a, when: d == 4, low: 4"), "bad-values", "needs what it is a condition for"),
        (conditional("of: a, when: d == 4, low: -4, high: 4, shape: lognormal"), "outside-range", "must lie above zero"),
        ("conditional: [{of: a, when: d == 4, low: 4, high: 9}]", "no-source", "a condition without a source"),
        ("correlated: [{between: [a, b], rank: 0.5}]", "no-source", "a correlation without a source"),
        (correlated(("a", "a", 0.5)), "bad-correlation", "a name stands here twice"),
        (correlated(("a", "b", 0.5), ("b", "a", 0.5)), "bad-correlation", "a and b are correlated in an entry above already"),
        (correlated(("a", "fixed", 0.5)), "bad-correlation", "fixed has no range"),
        (correlated(("a", "f", 0.5)), "unknown-parameter", "no parameter 'f'"),
        (correlated(("a", "b", 1.5)), "out-of-range", "1.5"),
        ("correlated: [{between: a, rank: 0.5, source: judgement}]", "wrong-count", "a"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_draws_that_hang_together(said: str, code: str, text: str) -> None:
    problems = found(said)
    assert code in [problem.code for problem in problems]
    assert text in next(problem.text for problem in problems if problem.code == code)


def test_values_out_of_order_have_no_ranks() -> None:
    text = SCENARIO.replace("values: [1, 2, 4]", "values: [2, 1, 4]").format(more=correlated(("a", "d", 0.5)))
    with pytest.raises(ScenarioError, match="the values of d do not rise"):
        load_text(text)


def test_too_many_correlations_are_refused_before_looking_at_them() -> None:
    many = {f"p{i}": Quantity(value=1, low=0, high=2, source=("judgement",)) for i in range(61)}
    pairs = tuple(Correlation(between=(f"p{i}", f"p{i + 1}"), rank=0.1, source=("judgement",)) for i in range(60))
    crowded = ALONE.model_copy(update={"parameters": {**ALONE.parameters, **many}, "correlated": pairs})
    assert [problem.text for problem in rules.check(crowded)] == ["61 parameters are correlated; at most 60 can be"]


def test_words_about_a_conditional_number_have_no_fixed_meaning() -> None:
    seen = "observations: [{on: 1, what: signal, likelihood_ratio: {a: 2}, note: said}]"
    assert found(conditional("of: a, when: d == 4, low: 4, high: 9"), seen)[0].code == "bad-condition"


def test_a_number_that_is_set_is_certain() -> None:
    said = scenario(correlated(("a", "b", 0.8)), conditional("of: a, when: d == 4, low: 4, high: 9"))
    drawn = design(with_values(said, {"a": 20.0}), 64, 1)
    assert (drawn["a"] == 20).all()
    assert (drawn["b"] == design(ALONE, 64, 1)["b"]).mean() < 1  # one dimension fewer: other points, the same range
    with pytest.raises(ScenarioError, match="at the central values this holds, and a is 3"):
        with_values(said, {"d": 4.0})
    assert with_values(said, {"d": 4.0, "a": 5.0}).quantities["a"].value == 5


def test_ranges_that_hold_at_central_values() -> None:
    said = scenario(conditional("of: a, when: d == 2, low: 1, high: 9", "of: e, when: d == 4, low: 1, high: 9"))
    assert {name: (entry.low, entry.high) for name, entry in held(said).items()} == {"a": (1, 9), "e": (2, 5)}


def test_clusters_hold_what_is_joined_through_others() -> None:
    said = scenario(correlated(("a", "b", 0.5), ("d", "e", 0.0)), conditional("of: c, when: b > 3, low: 1, high: 9"))
    assert list(Joint(said).clusters()) == [frozenset("abc")]
