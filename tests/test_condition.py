"""Conditioning: weights against conjugate closed forms, words by their ratio, and the answer given what was seen."""

from __future__ import annotations

import json
from pathlib import Path

import jax
import jax.numpy as jnp
import jinja2
import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner
from scipy.special import ndtr

from detente import run
from detente.analysis.advise import advise
from detente.analysis.condition import condition
from detente.analysis.nuts import at_normal, obstacle, potential
from detente.charts.condition import beliefs
from detente.cli import main
from detente.compile import Model
from detente.draws import quantile
from detente.errors import ScenarioError, SolveError
from detente.evidence import Weighed, average, effective, posterior, quantiles, weigh
from detente.findings import Reading
from detente.findings.advise import advice
from detente.findings.condition import conditioned, moved, section
from detente.outcomes import outcome
from detente.report import _template
from detente.run import load
from detente.spec.quantity import Quantity
from detente.spec.read import load_text, read, with_values
from verification import Verify

DRAWS = 1024
TALKS = """\
detente: 1
title: How often do they talk
calendar: {rounds: 6, after: zero}
parameters:
  rate: {value: 0.5, low: 0, high: 1, source: judgement}
  idle: {value: 0.5, low: 0, high: 1, source: judgement}
players:
  giver: {discount_factor: 1, precision: .inf, talks: rate}
  taker: {discount_factor: 1, precision: .inf}
needs: taker
issues: {share: {options: {none: {}, half: {}}}}
payoffs:
  giver: {flow: 0 * idle, at sign: {kept: 1}}
  taker: {at sign: {got: 1}}
observations:
"""
"""An offer comes with probability ``rate`` a round and is accepted: a geometric waiting time with a uniform prior."""


def weighed(observations: str, draws: int = DRAWS) -> Weighed:
    return weigh(Model.of(load_text(TALKS + observations)), draws, 1)


def test_waiting_in_vain_is_bernoulli_evidence(verify: Verify) -> None:
    """Three rounds without an agreement: the posterior of the rate is Beta(1, 4), the evidence 1/4."""
    found = weighed("  - {on: 0, until: 3, what: no_deal}\n")
    rate = found.columns["rate"]
    what = "Three rounds without an agreement, one offer a round with a chance of any size"
    verify(f"{what}: chance of that", "Beta(1, 4)", 1 / 4, np.exp(found.log_evidence), 3e-4)
    verify(f"{what}: mean of the chance after it", "Beta(1, 4)", 1 / 5, found.weights @ rate, 2e-3)
    assert found.weights @ found.columns["idle"] == pytest.approx(0.5, abs=1e-2)
    median = quantiles(rate, found.weights, np.array([0.5]))[0]
    assert median == pytest.approx(1 - 0.5 ** (1 / 4), abs=5e-3)
    assert found.ess / DRAWS == pytest.approx((1 / 4) ** 2 / (1 / 7), rel=1e-2)


def test_a_deal_is_bernoulli_evidence_too() -> None:
    """Two rounds in vain, then an agreement: Beta(2, 3), evidence 1/12; and it is certain that there was one."""
    found = weighed("  - {on: 0, until: 2, what: no_deal}\n  - {on: 2, what: signed, by: giver}\n")
    assert np.exp(found.log_evidence) == pytest.approx(1 / 12, rel=1e-3)
    assert found.weights @ found.columns["rate"] == pytest.approx(2 / 5, rel=1e-2)
    deal = outcome(Model.of(load_text(TALKS + "  - {on: 2, what: signed}\n")), "p_deal")
    assert found.posterior(deal) == pytest.approx(np.ones(DRAWS), abs=1e-5)
    assert found.prior(deal).mean() == pytest.approx(6 / 7, rel=1e-2)


def test_what_follows_is_predicted_by_the_posterior() -> None:
    """P(deal in the last three rounds | none in the first three) under Beta(1, 4): 1 - (4/5)(5/6)(6/7)."""
    text = "  - {on: 0, until: 3, what: no_deal}\n"
    found = weighed(text)
    deal = outcome(Model.of(load_text(TALKS + text)), "p_deal")
    assert found.weights @ found.posterior(deal) == pytest.approx(1 - 4 / 7, rel=1e-2)


def test_words_count_by_their_ratio() -> None:
    """A ratio of 3 on the upper half: three quarters of the posterior lie there, whatever the evidence, and no acts were seen."""
    found = weighed("  - {on: 1, what: signal, by: taker, likelihood_ratio: {idle: 3}}\n")
    assert found.weights @ (found.columns["idle"] > 0.5) == pytest.approx(3 / 4, rel=1e-3)
    assert found.log_evidence == pytest.approx(0, abs=1e-9)
    assert found.ess / DRAWS == pytest.approx(4 / 5, rel=1e-3)


def test_independent_words_multiply() -> None:
    line = "  - {on: 1, what: signal, by: taker, likelihood_ratio: {idle: 1.5}}\n"
    once, twice = (weighed(line * count) for count in (1, 2))
    odds = [(w := found.weights @ (found.columns["idle"] > 0.5)) / (1 - w) for found in (once, twice)]
    assert odds == pytest.approx([1.5, 2.25], rel=1e-3)


def test_steps_follow_the_order_in_which_facts_were_known() -> None:
    found = weighed("  - {on: 0, until: 4, what: no_deal}\n  - {on: 1, what: signal, by: taker, likelihood_ratio: {rate: 2}}\n")
    assert [fact.what for fact in found.facts] == ["signal", "no_deal"]
    rate = found.columns["rate"]
    assert found.steps[1] == pytest.approx(np.where(rate > 0.5, np.log(2), 0))
    assert found.steps[2] == pytest.approx(np.where(rate > 0.5, np.log(2), 0) + 4 * np.log1p(-rate), abs=1e-4)


def test_resampled_draws_have_the_posterior_mean() -> None:
    found = weighed("  - {on: 0, until: 3, what: no_deal}\n")
    assert found.resampled(256)["rate"].mean() == pytest.approx(1 / 5, abs=2e-2)


def test_a_scenario_without_observations_is_refused() -> None:
    with pytest.raises(ScenarioError) as caught:
        weigh(Model.of(load_text(TALKS.replace("observations:\n", ""))), 4, 1)
    assert caught.value.problems[0].code == "nothing-observed"


def test_an_impossible_history_is_an_error() -> None:
    with pytest.raises(SolveError, match="probability zero"):
        weighed("  - {on: 1, what: refusal, by: taker}\n", 4)


def test_averages_and_quantiles() -> None:
    assert average(np.log([1.0, 3.0])) == pytest.approx(np.log(2))
    assert average(np.array([-np.inf, -np.inf])) == -np.inf
    assert effective(np.array([0.5, 0.5, 0.0])) == pytest.approx(2)
    assert list(quantiles(np.array([3.0, 1.0, 2.0]), np.array([0.2, 0.5, 0.3]), np.array([0.05, 0.5, 0.6, 1.0]))) == [1, 1, 2, 3]


# Labelled data, words, picture, page, command


@pytest.fixture(scope="module")
def told() -> xr.Dataset:
    text = TALKS + "  - {on: 0, until: 3, what: no_deal}\n  - {on: 4, what: signal, by: taker, likelihood_ratio: {idle: 1.2}}\n"
    named = {"taker: {disc": "taker: {label: the taker, disc", "idle: {value": "idle: {label: Idle talk, value"}
    for old, new in named.items():
        text = text.replace(old, new, 1)
    return condition(load(text), ("p_deal", "p_deal_by_5"), draws=256)


def test_prior_and_posterior_side_by_side(told: xr.Dataset) -> None:
    means = told.parameter_mean.sel(parameter="rate").values
    assert means == pytest.approx([1 / 2, 1 / 5], rel=2e-2)
    assert float(told["shift"].sel(parameter="rate")) == pytest.approx(-0.3 * np.sqrt(12), rel=2e-2)
    assert moved(told)[0] == "rate"
    prior, later = told.outcome_mean.sel(outcome="p_deal").values
    assert (prior, later) == pytest.approx((6 / 7, 3 / 7), rel=2e-2)
    assert float(told.outcome_passed.sel(outcome="p_deal")) == pytest.approx(3 / 4, rel=2e-2), (
        "three rounds left at a uniform rate"
    )
    assert told.predictive.values == pytest.approx([1 / 4, 1], rel=1e-2)
    assert list(told.words_only.values) == [False, True]
    assert told.weight.sum("draw").values == pytest.approx([1, 1])


def test_the_error_of_a_mean_is_the_spread_over_seeds() -> None:
    text = TALKS + "  - {on: 0, until: 3, what: no_deal}\n"
    found = condition(load(text), draws=64)
    rng = np.random.default_rng(0)
    rate = rng.uniform(size=(400, 64))
    weights = (1 - rate) ** 3
    means = (weights * (1 - (1 - rate) ** 3)).sum(1) / weights.sum(1)
    assert float(found.outcome_error[0]) == pytest.approx(means.std(), rel=0.25)


def test_words_say_how_much_is_words(told: xr.Dataset) -> None:
    found = {finding.key: finding.text for finding in conditioned(told)}
    assert "25%" in found["evidence"]
    assert "256 draws" in found["evidence"]
    assert "Cheap talk moves little" in found["words"]
    assert "too few" not in found["evidence"]


def test_a_degenerate_sample_is_warned_of() -> None:
    """Two hundred rounds in vain leave a two-hundredth of the draws."""
    text = TALKS.replace("rounds: 6", "rounds: 200") + "  - {on: 0, until: 200, what: no_deal}\n"
    ds = condition(load(text), draws=64)
    assert ds.attrs["degenerate"] == 1
    assert "too few" in conditioned(ds)[0].text


def test_the_picture_and_the_page(told: xr.Dataset) -> None:
    figure = beliefs(told)
    assert "256 draws" in figure.caption
    json.dumps(figure.spec, allow_nan=False)
    environment = _template().environment
    assert isinstance(environment, jinja2.Environment)
    page = environment.get_template("sections/condition.html.j2").render(condition=section(told))
    assert "What was seen" in page
    assert "Parameters that move most" in page
    assert "words by the taker (Idle talk ×1.2)" in page
    assert '<td class="n" data-label="Probability, given all before">25%</td>' in page


def test_the_command(tmp_path: Path) -> None:
    file = tmp_path / "talks.yaml"
    file.write_text(TALKS + "  - {on: 0, until: 3, what: no_deal}\n", encoding="utf-8")
    done = CliRunner().invoke(main, ["condition", str(file), "--draws", "64"])
    assert done.exit_code == 0, done.output
    assert "before" in done.stdout
    done = CliRunner().invoke(main, ["condition", str(file), "--draws", "64", "--json"])
    rows = json.loads(done.stdout)
    assert rows["outcomes"][0]["posterior"] == pytest.approx(3 / 7, rel=5e-2)
    assert rows["observations"][0]["fact"] == "no agreement until 3"
    bad = CliRunner().invoke(main, ["condition", str(file), "--outcome", "p_deel"])
    assert bad.exit_code == 2
    assert "unknown-outcome" in bad.output


# The no-U-turn sampler

SMOOTH = TALKS.replace("precision: .inf", "precision: 4") + "  - {on: 0, until: 3, what: no_deal}\n"


def test_the_sampler_agrees_with_weighed_draws() -> None:
    """The same posterior by two roads: weighed draws of the prior, and Hamiltonian paths through the differentiated solve."""
    ds = condition(load(SMOOTH), draws=512, nuts=True)
    assert ds.attrs["sampler"] == "NUTS"
    assert ds.attrs["rhat"] < 1.1
    by_weight = condition(load(SMOOTH), draws=512)
    spread = np.sqrt(1 / 12 / ds.attrs["ess"])
    for name in ("rate", "idle"):
        means = [float(each.parameter_mean.sel(parameter=name, stage="posterior")) for each in (ds, by_weight)]
        assert means[0] == pytest.approx(means[1], abs=4 * spread), name
    for each in (ds, by_weight):
        assert float(each.parameter_mean.sel(parameter="rate", stage="prior")) == pytest.approx(0.5, abs=1e-2)
    assert "R-hat" in conditioned(ds)[0].text


def test_the_gradient_of_the_posterior_density_is_right() -> None:
    model = Model.of(load_text(SMOOTH))
    with jax.enable_x64(True):
        energy = potential(model)
        at, step = np.array([0.3, -0.2]), 1e-5
        slope = np.asarray(jax.grad(energy)(at))
        each = [(energy(at + step * unit) - energy(at - step * unit)) / (2 * step) for unit in np.eye(2)]
    assert slope == pytest.approx(np.array(each, float), rel=1e-6)


@pytest.mark.parametrize("shape", ["uniform", "loguniform", "triangular", "normal", "lognormal"])
def test_ranges_are_the_same_for_the_sampler_and_for_draws(shape: str) -> None:
    quantity = Quantity.model_validate({"value": 2, "low": 1, "high": 4, "shape": shape})
    z = np.array([-1.5, -0.1, 0.0, 0.4, 2.0])
    with jax.enable_x64(True):
        found = np.asarray(at_normal(quantity, jnp.asarray(z)))
    assert found == pytest.approx(quantile(quantity, ndtr(z)), rel=1e-9)


def test_what_cannot_be_sampled_is_said_and_weighed() -> None:
    ds = condition(load(SMOOTH.replace("precision: 4", "precision: .inf")), draws=64, nuts=True)
    assert ds.attrs["sampler"] == "weighed draws"
    assert "no gradient" in conditioned(ds)[0].text
    whole = read("small-deal-2025")
    assert "separate values" in obstacle(Model.of(whole))
    assert "too large" in obstacle(Model.of(with_values(whole, {"precision": 3.3})))


def test_what_is_learned_of_a_number_is_learned_of_those_tied_to_it() -> None:
    """The posterior of the rate after three rounds in vain is Beta(1, 4), and so is that of a number tied to it."""
    found = weighed("  - {on: 0, until: 3, what: no_deal}\ncorrelated: [{between: [rate, idle], rank: 1, source: judgement}]\n")
    assert found.weights @ found.columns["idle"] == pytest.approx(1 / 5, rel=1e-2)


def test_the_sampler_joins_what_is_correlated() -> None:
    """Tied to the rate, the second number has no say in the density but by its own prior."""
    tied = load_text(SMOOTH + "correlated: [{between: [rate, idle], rank: 1, source: judgement}]\n")
    with jax.enable_x64(True):
        energy = potential(Model.of(tied))
        at, other = (float(energy(jnp.asarray([0.3, z]))) for z in (-0.2, 0.9))
    assert at - 0.5 * 0.2**2 == pytest.approx(other - 0.5 * 0.9**2, rel=1e-12)
    said = "conditional: [{of: idle, when: rate > 0.8, low: 0, high: 2, source: judgement}]\n"
    assert "depends on a condition" in obstacle(Model.of(load_text(SMOOTH + said)))


def test_draws_given_observations_cannot_be_joined_to_others() -> None:
    tied = "correlated: [{between: [rate, idle], rank: 1, source: judgement}]\n"
    facts = "  - {on: 0, until: 3, what: no_deal}\n"
    before, later = (Model.of(load_text(TALKS + facts + said)) for said in ("", tied))
    with pytest.raises(ScenarioError, match="joined otherwise than in"):
        posterior(later.scenario, before, 8, 1)
    moved = load_text((TALKS + facts + tied).replace("idle: {value: 0.5, low: 0,", "idle: {value: 0.5, low: 0.1,"))
    with pytest.raises(ScenarioError, match="rate are drawn given what was observed, and cannot be joined to the draws of idle"):
        posterior(moved, later, 8, 1)


# A scenario that starts from another


def test_shared_parameters_are_drawn_given_what_was_seen_there() -> None:
    before = Model.of(load_text(TALKS + "  - {on: 0, until: 3, what: no_deal}\n"))
    later = load_text(
        TALKS.replace("idle: {value: 0.5, low: 0, high: 1", "idle: {value: 0.7, low: 0.6, high: 0.8").replace(
            "observations:\n", ""
        )
    )
    found = posterior(later, before, 128, 1)
    assert found.planned["rate"].mean() == pytest.approx(1 / 5, abs=3e-2)
    assert found.planned["idle"].min() > 0.6, "written anew: its own range"
    assert found.central == pytest.approx({"rate": 1 - 0.5 ** (1 / 4)}, abs=2e-2), "what did not move stays where it is"
    assert found.facts == 1


def test_the_case_of_2026_is_that_of_2025_a_year_on() -> None:
    now, then = read("small-deal-2026"), read("small-deal-2025")
    assert now.conditioned
    assert now.name == "small-deal-2026"
    assert {name for name, quantity in now.quantities.items() if quantity != then.quantities[name]} == {
        "year_zero",
        "warheads_at_start",
        "reach_at_start",
    }
    for field in ("definitions", "players", "issues", "regimes", "stocks", "payoffs", "variants", "sources"):
        assert getattr(now, field) == getattr(then, field), field
    ends = [calendar.start.year + calendar.horizon for calendar in (now.calendar, then.calendar)]
    assert ends[0] == ends[1]
    elapsed = now.quantities["year_zero"].value - then.quantities["year_zero"].value
    reach = 1 - (1 - then.quantities["reach_at_start"].value) * np.exp(-then.quantities["reach_pace"].value * elapsed)
    assert now.quantities["reach_at_start"].value == pytest.approx(reach, abs=5e-3)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("extends: small-deal", "unknown-scenario"),
        ("extends: ../secrets", "unknown-scenario"),
        ("extends: small-deal-2026", "unknown-scenario"),
        ("conditioned: true", "missing-key"),
    ],
)
def test_what_cannot_be_extended_is_refused(line: str, code: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        load_text(TALKS.replace("observations:\n", f"{line}\n"))
    assert code in [problem.code for problem in caught.value.problems]


def test_a_conditioned_scenario_solves_at_the_posterior(monkeypatch: pytest.MonkeyPatch) -> None:
    before = load_text(TALKS + "  - {on: 0, until: 3, what: no_deal}\n")
    monkeypatch.setattr(run, "read", lambda name: before)
    later = load_text(TALKS.replace("observations:\n", "")).model_copy(update={"extends": "it", "conditioned": True})
    answer = run.Case(later).solve(draws=64)
    assert answer.draws is not None
    assert answer.dataset.attrs["conditioned_observations"] == 1
    drawn = answer.draws.parameter_value.sel(parameter="rate")
    assert float(drawn.mean()) == pytest.approx(1 / 5, abs=3e-2)


def test_advice_on_a_conditioned_scenario_is_at_posterior_medians(monkeypatch: pytest.MonkeyPatch) -> None:
    before = load_text(TALKS + "  - {on: 0, until: 3, what: no_deal}\n")
    monkeypatch.setattr(run, "read", lambda name: before)
    later = load_text(TALKS.replace("observations:\n", "")).model_copy(update={"extends": "it", "conditioned": True})
    case = run.Case(later)
    rate = case.centred(64, 1, lambda *_: None).scenario.quantities["rate"].value
    assert rate == pytest.approx(1 - 0.5**0.25, abs=3e-2)  # the median of Beta(1, 4)
    told = advise(case, "giver", draws=64)
    half = told.sel(package=next(name for name in told.package.values if "half" in name))
    assert float(half.own_gain) == pytest.approx((1 - rate) ** 5, abs=1e-12)  # five chances are left to one who waits
    assert "medians given all of it" in advice(Reading(told))[-1].text
