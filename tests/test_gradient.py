"""Gradients: closed forms, finite differences, what they refuse."""

from __future__ import annotations

import numpy as np
import pytest

from detente.analysis.gradient import Slopes, gradient
from detente.coarse import coarser
from detente.compile import Model
from detente.errors import ScenarioError
from detente.run import load
from playing import GAMES
from verification import Verify

OFFER = """\
detente: 1
title: One offer, once
calendar: {rounds: 1, after: zero}
parameters:
  rate: {value: 0.6, low: 0.3, high: 0.9, source: judgement, controlled_by: giver}
  aid: {value: 0.2, low: 0.0, high: 0.6, source: judgement, controlled_by: taker}
  spoils: {value: 0.4, low: 0.0, high: 0.6, shape: triangular, source: judgement}
players:
  giver: {discount_factor: 1, precision: 50, talks: rate}
  taker: {discount_factor: 1, precision: 4}
needs: taker
issues: {share: {options: {none: {part: 0}, half: {part: 0.5}}}}
exclude: share == none
payoffs:
  giver: {at sign: {kept: 2 - share.part}}
  taker: {at sign: {got: share.part - aid - spoils}}
"""


def test_one_offer_has_a_closed_form(verify: Verify) -> None:
    """p = rate * sigma(4 (0.5 - aid - spoils)), the giver all but certain to offer."""
    ds = gradient(load(OFFER), "p_deal").sel(outcome="p_deal")
    accept = 1 / (1 + np.exp(-4 * (0.5 - 0.6)))
    assert float(ds.outcome_value) == pytest.approx(0.6 * accept, rel=1e-6)
    expected = {"rate": accept, "aid": -4 * 0.6 * accept * (1 - accept), "spoils": -4 * 0.6 * accept * (1 - accept)}
    for name, slope in expected.items():
        row = ds.sel(parameter=name)
        verify(f"One offer: slope of the chance of an agreement in {name}", "closed form", slope, float(row.gradient), 1e-6)
        assert float(row.elasticity) == pytest.approx(slope * float(row.value) / (0.6 * accept), rel=1e-6)
        assert float(row.per_range) == pytest.approx(slope * 0.6, rel=1e-6)
    assert float(ds.deviation.sel(parameter="aid")) == pytest.approx(0.6 / 12**0.5)


@pytest.fixture(scope="module")
def whole() -> Model:
    return Model.of(coarser(load(GAMES / "whole.yaml").scenario))


TOGETHER = ("p_deal", "survival_1", "delay[us]")


@pytest.mark.parametrize("outcome", TOGETHER)
def test_beliefs_and_all_are_differentiated(whole: Model, outcome: str) -> None:
    """Along a random direction, the adjoint's slope is the difference of two solves with settled beliefs."""
    slopes, centre = Slopes(whole, outcome, *TOGETHER), whole.central()
    quantities = whole.scenario.quantities
    rng = np.random.default_rng(3)
    way = {name: rng.normal() * (q.high or 0) * 0.1 for name, q in quantities.items() if q.kind not in ("discrete", "fixed")}
    point = slopes.at(centre, 1e-10)
    assert way
    step = 1e-5
    ends = [slopes.value(centre | {n: centre[n] + side * step * d for n, d in way.items()}, 1e-12) for side in (-1, 1)]
    found = sum(point.gradient[name] * d for name, d in way.items())
    assert found == pytest.approx((ends[1] - ends[0]) / (2 * step), rel=2e-3, abs=1e-7)


def test_several_outcomes_at_once_and_what_a_dataset_says() -> None:
    ds = gradient(load(OFFER), ["p_deal", "value[giver]", "p_deal"])
    assert list(ds.outcome.values) == ["p_deal", "value[giver]"]
    assert all({"long_name", "units"} <= set(variable.attrs) for variable in ds.data_vars.values())
    assert ds.attrs["version"]


def test_exact_choices_have_no_derivative() -> None:
    with pytest.raises(ScenarioError) as caught:
        gradient(load(OFFER.replace("precision: 4", "precision: .inf")), "p_deal")
    assert caught.value.problems[0].code == "not-smooth"


def test_an_unknown_outcome_is_refused() -> None:
    with pytest.raises(ScenarioError, match="unknown-outcome"):
        gradient(load(OFFER), "p_deel")
