"""Advice: the best offer, what it rests on, and what a later date changes."""

from __future__ import annotations

import json
from pathlib import Path

import jinja2
import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner

from detente.analysis.advise import _regret, advise
from detente.analysis.moment import period
from detente.charts.advise import offers
from detente.cli import main
from detente.errors import ScenarioError, SolveError
from detente.findings import Reading
from detente.findings.advise import advice, certificate, figures, ranked, robust, section, steps, unlike
from detente.report import _template
from detente.run import Case, load
from detente.spec.quantity import Quantity, Table
from playing import GAMES, scenario
from verification import Verify

PIE = """\
detente: 1
title: A pie once offered
calendar: {rounds: 2, after: zero}
parameters:
  loss: {value: 0.3, low: 0.1, high: 0.5, source: judgement}
players:
  giver: {discount_factor: 1, precision: 4, talks: 0.5}
  taker: {discount_factor: 1, precision: 4}
needs: taker
issues: {share: {options: {none: {part: 0}, half: {part: 0.5}, most: {part: 0.8}}}}
exclude: share == none
payoffs:
  giver: {at sign: {kept: 1 - share.part - loss}}
  taker: {at sign: {got: share.part - 0.4}}
"""


@pytest.fixture(scope="module")
def pie() -> xr.Dataset:
    return advise(load(PIE), "giver", draws=4)


@pytest.fixture(scope="module")
def whole() -> xr.Dataset:
    return advise(load(GAMES / "whole.yaml"), "us", "2027-03", draws=2)


def sigmoid(x: float) -> float:
    return float(1 / (1 + np.exp(-x)))


def test_in_the_last_round_the_advice_has_a_closed_form(verify: Verify) -> None:
    """With nothing after it, going on is worth nothing: the taker accepts by its share, the giver keeps the rest."""
    ds = advise(load(PIE), "giver", "2", draws=0)
    accept = np.array([sigmoid(4 * 0.1), sigmoid(4 * 0.4)])
    gain = np.array([0.2, -0.1])
    assert ds.own_gain.values == pytest.approx(gain, abs=1e-12)
    assert ds.p_all_accept.values == pytest.approx(accept, abs=1e-12)
    verify("Advice in the last round: expected gain of each offer", "closed form", accept * gain, ds.expected_gain.values, 1e-12)
    assert list(ds.bottleneck.values) == ["taker", "taker"]
    assert ds.p_bottleneck.values == pytest.approx(accept, abs=1e-12)
    weights = 0.5 * np.exp(4 * accept * gain)
    assert ds.p_offer.values == pytest.approx(weights / (1 + weights.sum()), abs=1e-12)
    signed = 0.5 * (load(PIE).central().table["offers"][0] * load(PIE).central().table["passes"][0]).sum()
    assert ds.attrs["p_open"] == pytest.approx(1 - signed, abs=1e-12)


def test_a_step_is_the_difference_of_two_rows(pie: xr.Dataset) -> None:
    reading = Reading(pie)
    (step,) = steps(reading, "half")
    assert step.package == "most"
    names = ("p_all_accept", "own_gain", "expected_gain")
    moves = [float(pie[name].sel(package="most") - pie[name].sel(package="half")) for name in names]
    assert [step.accept, step.gain, step.expected] == pytest.approx(moves)


def test_regret_is_against_each_draws_best_and_against_making_no_offer() -> None:
    expected = np.array([[1.0, 0.8, -1.0], [0.2, 0.5, 0.0], [-0.3, -0.2, -0.1]])
    found = {name: np.asarray(value) for name, (_, value) in _regret(expected, 0.25).items()}
    assert found["max_regret"] == pytest.approx([0.3, 0.2, 2.0])
    assert found["mean_regret"] == pytest.approx([0.2, 0.4 / 3, (2.0 + 0.5 + 0.1) / 3])
    assert found["share_within"] == pytest.approx([1 / 3, 1, 1 / 3])
    assert found["share_best"] == pytest.approx([1 / 3, 1 / 3, 0])
    assert found["max_regret_of_passing"] == pytest.approx(1.0)
    assert found["share_within_of_passing"] == pytest.approx(1 / 3)


def test_the_robust_offer_has_the_smallest_largest_regret(pie: xr.Dataset) -> None:
    assert robust(Reading(pie)) == pie.package.values[pie.max_regret.values.argmin()]
    assert (pie.expected_gain_draws == pie.own_gain_draws * pie.p_all_accept_draws).all()
    assert pie.sizes["draw"] == 4


def test_at_the_start_the_advice_is_the_answers_own_table() -> None:
    case = load(GAMES / "whole.yaml")
    ds, table = advise(case, "us", draws=0), case.central().table
    assert ds.p_all_accept.values == pytest.approx(table["passes"][0], abs=1e-14)
    assert ds.p_offer.values == pytest.approx(table["offers"][0], abs=1e-14)
    assert ds.cost_of_delay.values == pytest.approx(case.central().delay, abs=1e-14)
    assert ds.attrs["p_open"] == 1.0


def test_a_later_date_is_the_draws_at_that_date_too() -> None:
    """A draw at central values, on the same calendar, gives the central advice: two code paths, one answer."""
    whole = load(GAMES / "whole.yaml").scenario
    case = Case(whole.model_copy(update={"parameters": {name: _fixed(entry) for name, entry in whole.parameters.items()}}))
    ds = advise(case, "us", "2027-01", draws=1)
    assert ds.attrs["on"] == "2027-01-01"
    assert ds.own_gain_draws.values[0] == pytest.approx(ds.own_gain.values, abs=2e-3)
    assert ds.p_all_accept_draws.values[0] == pytest.approx(ds.p_all_accept.values, abs=2e-3)
    assert ds.cost_of_delay_draws.values[0] == pytest.approx(ds.cost_of_delay.values, abs=2e-3)


def _fixed(entry: Quantity | Table) -> Quantity | Table:
    if isinstance(entry, Table):
        return entry.model_copy(update={"cases": {name: _fixed(case) for name, case in entry.cases.items()}})
    return entry.model_copy(update={"low": None, "high": None, "shape": None})


def test_a_responder_is_told_what_to_accept() -> None:
    ds = advise(load(PIE), "taker", "2", draws=2)
    assert ds.attrs["role"] == "responder"
    assert ds.p_all_accept.values == pytest.approx([1, 1])
    assert ds.p_if_refused.values == pytest.approx([0, 0])
    assert ds.own_gain.values == pytest.approx([0.1, 0.4])
    assert ds.expected_gain.values == pytest.approx([0.1, 0.4])
    assert ds.share_gaining.values == pytest.approx([1, 1])
    said = " ".join(finding.text for finding in advice(Reading(ds)))
    assert "cannot propose" in said
    assert "gains from 2 of" in said


def test_a_body_can_be_the_bottleneck_and_a_member_moves_it_by_its_vote() -> None:
    ds = advise(load(GAMES / "whole.yaml"), "third", draws=0)
    council = ds.needs.sel(consenter="council").values
    needed = ds.needs.sel(consenter="third").values
    assert council.any()
    assert (ds.p_all_accept >= ds.p_if_refused - 1e-15).all()
    assert (ds.p_if_refused.values[needed] == 0).all()
    free = council & ~needed
    assert free.any()
    assert (ds.p_if_refused.values[free] == 0).all(), "three of four votes, all three of one mind: its vote decides"


# Words, picture, page


def test_words_state_numbers_draws_and_basis(whole: xr.Dataset, pie: xr.Dataset) -> None:
    for ds in (whole, pie):
        found = {finding.key: finding for finding in advice(Reading(ds))}
        assert {"at", "wait", "basis", "offer", "robust"} <= set(found)
        assert f"{ds.sizes['draw']} draws" in found["basis"].text
        assert "no agreement having been signed" in found["at"].text
    assert "2027" in advice(Reading(whole))[0].text
    assert "round 1" in advice(Reading(pie))[0].text


def test_no_offer_is_advised_where_none_is_worth_making() -> None:
    ds = advise(load(PIE, values={"loss": 0.9}), "giver", "2", draws=0)
    text = next(finding.text for finding in advice(Reading(ds)) if finding.key == "offer")
    assert text.startswith("No offer is worth making")
    assert certificate(Reading(ds))["best"] is None


def test_the_picture_marks_the_best_offer(pie: xr.Dataset) -> None:
    figure = offers(Reading(pie))
    assert "expected gain" in figure.caption
    text = json.dumps(figure.spec)
    assert '"best' in text
    json.dumps(figure.spec, allow_nan=False)


def test_the_section_renders(whole: xr.Dataset) -> None:
    environment = _template().environment
    assert isinstance(environment, jinja2.Environment)
    page = environment.get_template("sections/advise.html.j2").render(advise=section(whole))
    assert "Offers worth most" in page
    assert "A concession more or less" in page


def test_lines_of_the_list(pie: xr.Dataset) -> None:
    reading = Reading(pie)
    first, second = ranked(reading)
    assert "worth " in figures(reading, first)
    assert unlike(reading, first, first) == reading.package(first)
    assert unlike(reading, second, first).startswith("as the first, but ")


def test_a_dataset_says_what_it_is_and_can_be_saved(pie: xr.Dataset, tmp_path: Path) -> None:
    assert all({"long_name", "units"} <= set(variable.attrs) for variable in pie.data_vars.values())
    pie.to_netcdf(tmp_path / "advice.nc", engine="netcdf4")
    with xr.open_dataset(tmp_path / "advice.nc", engine="netcdf4") as again:
        assert again.attrs["advised"] == "giver"


# Dates


def test_dates_mean_the_nearest_period() -> None:
    calendar = scenario("whole").calendar
    assert [period(calendar, when) for when in ("2026", "2026-02", "2026-03-01", "2026-04", "2028-12")] == [0, 0, 1, 1, 11]
    rounds = load(PIE).scenario.calendar
    assert [period(rounds, when) for when in ("1", "2")] == [0, 1]


@pytest.mark.parametrize("when", ["2025-12", "2029-01-02", "2026-13", "soon", "", "2026-01-01-01", "99999-01"])
def test_other_dates_are_refused(when: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        period(scenario("whole").calendar, when)
    assert caught.value.problems[0].code == "outside-horizon"


@pytest.mark.parametrize("when", ["0", "3", "1.5", "2026-01"])
def test_other_rounds_are_refused(when: str) -> None:
    with pytest.raises(ScenarioError, match="rounds run from 1 to 2"):
        period(load(PIE).scenario.calendar, when)


def test_a_date_play_never_reaches_is_refused() -> None:
    sure = (
        PIE.replace("precision: 4", "precision: .inf").replace("talks: 0.5", "talks: 1").replace("0.3, low: 0.1, high: 0.5", "0")
    )
    with pytest.raises(SolveError, match="all but certain"):
        advise(load(sure.replace(", source: judgement", "")), "giver", "2", draws=0)


# The command


def test_the_command(tmp_path: Path) -> None:
    file = tmp_path / "pie.yaml"
    file.write_text(PIE, encoding="utf-8")
    done = CliRunner().invoke(main, ["advise", str(file), "--as", "giver", "--draws", "2"])
    assert done.exit_code == 0, done.output
    assert "Best offer" in done.stdout
    assert "A concession more or less" in done.stdout
    done = CliRunner().invoke(main, ["advise", str(file), "--as", "giver", "--draws", "2", "--json"])
    found = json.loads(done.stdout)
    assert found["best"] == "half"
    assert {"p_all_accept", "own_gain", "expected_gain", "bottleneck", "max_regret"} <= set(found["packages"][0])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--as", "givr"], "unknown-player"),
        (["--as", "giver", "--on", "7"], "outside-horizon"),
        (["--as", "giver", "--set", "los=1"], "unknown-parameter"),
        ([], "--as"),
    ],
)
def test_what_is_wrong_is_said_and_ends_with_code_2(words: list[str], said: str, tmp_path: Path) -> None:
    file = tmp_path / "pie.yaml"
    file.write_text(PIE, encoding="utf-8")
    done = CliRunner().invoke(main, ["advise", str(file), *words])
    assert done.exit_code == 2
    assert said in done.output
    assert "Traceback" not in done.output
