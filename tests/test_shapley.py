"""Shapley values: the axioms, closed forms, and what random orders leave."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.analysis.shapley import Scheme, antithetic
from verification import Verify

RNG = np.random.default_rng


def worth(scheme: Scheme, value: Callable[[frozenset[int]], float]) -> np.ndarray:
    """Evaluate a function of coalitions where the scheme wants it."""
    return np.array([value(frozenset(i for i in range(scheme.members) if mask >> i & 1)) for mask in scheme.coalitions])


def schemes(members: int) -> list[Scheme]:
    return [Scheme.of(members, 10, 3, RNG(1)), Scheme.of(members, 0, 3, RNG(1))]


@given(members=st.integers(1, 7), seed=st.integers(0, 99))
def test_they_add_up(verify: Verify, members: int, seed: int) -> None:
    for scheme in schemes(members):
        values = RNG(seed).normal(0, 100, (len(scheme.coalitions), 3))
        total = values[-1] - values[0]
        off = scheme.attribute(values).sum(0) - total
        verify.nothing(
            "Shapley values of up to seven members: their sum less the difference", "efficiency, numbers drawn", off, 1e-10
        )


@given(members=st.integers(1, 7), seed=st.integers(0, 99))
def test_additive_effects_come_back_exactly(members: int, seed: int) -> None:
    effects = RNG(seed).normal(size=members)
    for scheme in schemes(members):
        values = worth(scheme, lambda s: 5 + sum(effects[i] for i in s))
        assert scheme.attribute(values) == pytest.approx(effects, abs=1e-12)
        assert scheme.error(values) == pytest.approx(np.zeros(members), abs=1e-12)


@given(seed=st.integers(0, 99))
def test_one_pair_of_orders_is_exact_where_only_two_interact(seed: int) -> None:
    own, pair = RNG(seed).normal(size=6), RNG(seed + 1).normal(size=(6, 6))
    scheme = Scheme(6, antithetic(6, 1, RNG(seed)))
    values = worth(scheme, lambda s: sum(own[i] for i in s) + sum(pair[i, j] for i in s for j in s if i < j))
    meet = np.triu(pair, 1)
    assert scheme.attribute(values) == pytest.approx(own + (meet.sum(0) + meet.sum(1)) / 2, abs=1e-12)
    assert len(scheme.coalitions) == 12


def test_the_glove_game(verify: Verify) -> None:
    """A left glove (0) is worth 1 with either right glove (1, 2): 2/3, 1/6, 1/6 (Shapley 1953)."""
    scheme = Scheme.of(3, 10, 1, RNG(0))
    values = worth(scheme, lambda s: float(0 in s and len(s) > 1))
    verify("Shapley values of the glove game", "Shapley 1953", [2 / 3, 1 / 6, 1 / 6], scheme.attribute(values), 1e-12)


def test_a_weighted_vote(verify: Verify) -> None:
    """Quota 4 of weights 3, 2, 1: orders in which each is pivotal are 4, 1 and 1 of 6."""
    weights = (3, 2, 1)
    scheme = Scheme.of(3, 10, 1, RNG(0))
    values = worth(scheme, lambda s: float(sum(weights[i] for i in s) >= 4))
    what = "Shapley values of a vote of weights 3, 2, 1 with quota 4"
    verify(what, "counting orders", [4 / 6, 1 / 6, 1 / 6], scheme.attribute(values), 1e-12)


@given(seed=st.integers(0, 99))
def test_symmetry_and_the_null_player(seed: int) -> None:
    """Members 0 and 1 count alike, 2 not at all."""
    table = RNG(seed).normal(size=(3, 2))
    scheme = Scheme.of(4, 10, 1, RNG(0))
    values = worth(scheme, lambda s: table[len(s & {0, 1}), int(3 in s)])
    found = scheme.attribute(values)
    assert found[0] == pytest.approx(found[1], abs=1e-12)
    assert found[2] == pytest.approx(0, abs=1e-12)


@given(seed=st.integers(0, 99))
def test_linearity(seed: int) -> None:
    scheme = Scheme.of(5, 10, 1, RNG(0))
    one, other = RNG(seed).normal(size=(2, 32))
    assert scheme.attribute(2 * one + other) == pytest.approx(2 * scheme.attribute(one) + scheme.attribute(other))


def test_the_stated_error_is_that_of_random_orders() -> None:
    """Over 400 samples the estimate is off by its stated standard error, as often and as far as one would expect."""
    values = RNG(3).normal(size=64)
    true = Scheme.of(6, 10, 1, RNG(0)).attribute(values)
    misses, stated = [], []
    for seed in range(400):
        scheme = Scheme.of(6, 0, 16, RNG(seed))
        mine = values[scheme.coalitions]
        misses.append(scheme.attribute(mine) - true)
        stated.append(scheme.error(mine))
    spread = np.std(misses, axis=0)
    assert np.mean(misses, axis=0) == pytest.approx(np.zeros(6), abs=4 * spread.max() / 20)
    assert np.sqrt(np.mean(np.square(stated), axis=0)) == pytest.approx(spread, rel=0.15)


def test_nobody_and_one_alone() -> None:
    assert Scheme.of(0, 10, 1, RNG(0)).attribute(np.array([3.0])).shape == (0,)
    assert Scheme.of(1, 10, 1, RNG(0)).attribute(np.array([3.0, 5.0])) == pytest.approx([2.0])
    assert np.isnan(Scheme.of(3, 0, 1, RNG(0)).error(np.zeros(6))).all()
