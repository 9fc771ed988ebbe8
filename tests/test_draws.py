"""Draws follow the distributions a scenario states."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from detente.draws import design, quantile
from detente.spec.quantity import Quantity

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


RANGED = {
    "a": KNOWN["uniform"][0],
    "fixed": Quantity(value=7),
    "b": KNOWN["normal"][0],
    "point": Quantity(value=1, low=1, high=1),
}


@given(st.integers(0, 70), st.integers(0, 2**32 - 1))
def test_a_design_has_as_many_draws_as_asked_for(count: int, seed: int) -> None:
    drawn = design(RANGED, count, seed)
    assert list(drawn) == list(RANGED)
    assert {len(column) for column in drawn.values()} == {count}
    assert (drawn["fixed"] == 7).all()
    assert (drawn["point"] == 1).all()
    assert ((drawn["a"] >= 2) & (drawn["a"] <= 5)).all()


def test_the_same_seed_gives_the_same_draws() -> None:
    one, two, other = (design(RANGED, 16, seed)["a"] for seed in (3, 3, 4))
    assert (one == two).all()
    assert (one != other).any()


def test_draws_are_spread_evenly() -> None:
    """Every sixteenth of each distribution holds one of sixteen scrambled points; the mean of many is close."""
    drawn = design(RANGED, 16, 5)["a"]
    assert np.sort(np.floor((drawn - 2) / 3 * 16)).tolist() == list(range(16))
    many = design(RANGED, 1024, 5)
    assert many["b"].mean() == pytest.approx(3.5, abs=0.01)
    assert np.corrcoef(many["a"], many["b"])[0, 1] == pytest.approx(0.0, abs=0.02)


def test_nothing_uncertain_gives_the_central_values() -> None:
    assert {name: column.tolist() for name, column in design({"x": Quantity(value=2)}, 3, 1).items()} == {"x": [2, 2, 2]}
