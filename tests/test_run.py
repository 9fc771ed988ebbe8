"""The straight line: load, solve, read, save and read again; and what is refused on the way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unittest.mock import patch

import jax
import numpy as np
import pytest
import xarray as xr

import detente
from detente import runtime
from detente.compile import Model
from detente.engine.audit import Status
from detente.errors import ScenarioError, SizeError, SolveError
from detente.findings import Reading
from detente.findings.audit import audit
from detente.findings.bands import band
from detente.run import MULTIPLES, Answer, Case, load
from detente.spec.bundled import bundled
from detente.spec.scenario import Issue
from playing import GAMES, scenario

WHOLE = (GAMES / "whole.yaml").read_text(encoding="utf-8") + "variants: {calm: {set: {ends: 2, 'blame[hawk]': 0.3}}}\n"
DRAWS = 3


@pytest.fixture(scope="module")
def told() -> list[tuple[str, int, int]]:
    return []


@pytest.fixture(scope="module")
def answer(told: list[tuple[str, int, int]]) -> Answer:
    return load(WHOLE).solve(draws=DRAWS, seed=7, progress=lambda *what: told.append(what))


@pytest.fixture(scope="module")
def plain() -> Answer:
    """A game without regimes, stocks, reviews, hidden action or draws."""
    return load(GAMES / "coarse.yaml").solve(draws=0)


# Loading


def test_a_bundled_name_a_path_and_a_text_load(tmp_path: Path) -> None:
    name, path = next(iter(bundled().items()))
    assert load(name).scenario == load(path).scenario
    copy = tmp_path / "mine.yaml"
    copy.write_text(WHOLE, encoding="utf-8")
    assert load(copy).scenario.name == "mine"
    assert load(str(copy)).scenario == load(copy).scenario
    assert load(WHOLE).scenario.players == load(copy).scenario.players


def test_the_package_offers_load() -> None:
    assert detente.load is load


def test_values_come_after_the_variant() -> None:
    case = load(WHOLE, {"ends": 1.0}, "calm")
    values = {name: quantity.value for name, quantity in case.scenario.quantities.items()}
    assert (values["ends"], values["blame[hawk]"], case.variant) == (1.0, 0.3, "calm")


@pytest.mark.parametrize(
    ("source", "options", "code"),
    [
        ("small-deal-2052", {}, "no-such-file"),
        (WHOLE, {"variant": "clam"}, "unknown-variant"),
        (WHOLE, {"values": {"edns": 1.0}}, "unknown-parameter"),
        (WHOLE.replace("discount: rate_us", "discont: rate_us"), {}, "unknown-key"),
    ],
)
def test_what_cannot_be_loaded_is_a_scenario_error(source: str, options: dict[str, Any], code: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        load(source, **options)
    assert code in [problem.code for problem in caught.value.problems]


def test_a_game_without_end_holds_every_turn() -> None:
    text = (GAMES / "ultimatum.yaml").read_text(encoding="utf-8").replace("after: zero", "after: stationary")
    assert load(text).scenario.calendar.periods == 2
    with pytest.raises(ScenarioError) as caught:
        load(text.replace("rounds: 2", "rounds: 1"))
    assert ("bad-calendar", ("calendar",)) in [(problem.code, problem.path) for problem in caught.value.problems]


def test_the_state_space_is_checked_before_solving() -> None:
    case = load(WHOLE, {"pace": 400.0})
    with pytest.raises(ScenarioError) as caught:
        _ = case.model
    assert [problem.code for problem in caught.value.problems] == ["off-grid"]


# Size


def test_a_game_too_large_is_refused_with_what_would_shrink_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "memory", lambda: 10_000_000)
    with pytest.raises(SizeError) as caught:
        load(WHOLE).central()
    (problem,) = caught.value.problems
    assert problem.code == "too-large"
    assert "0.0 GB may be used" in problem.text
    assert "periods (12)" in problem.hint


def test_a_hopeless_game_is_refused_before_it_is_laid_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(what: object) -> Model:
        raise AssertionError("laid out")

    monkeypatch.setattr(Model, "of", never)
    monkeypatch.setattr(runtime, "memory", lambda: 4_000_000_000)
    many = Issue.model_validate({"options": [f"o{k}" for k in range(400)]})
    with pytest.raises(SizeError):
        Case(scenario("lankov", rounds=20_000, issues={"one": many, "other": many})).central()


def test_size_is_known_without_solving() -> None:
    size = load(WHOLE).size
    assert (size.values, size.periods) == (960, 12)


# Solving


def test_dataset_of_the_central_result(answer: Answer) -> None:
    ds = answer.dataset
    sizes = {"date": 13, "period": 12, "player": 3, "proposer": 2, "package": 4, "cause": 3, "precision": len(MULTIPLES)}
    assert {name: ds.sizes[name] for name in sizes} == sizes
    assert np.diff(ds.p_signed_by).min() >= 0
    assert ds.p_signed_by.values + ds.p_open.values == pytest.approx(np.ones(13), abs=1e-12)
    assert float(ds.p_signed.sum()) == pytest.approx(float(ds.p_signed_by[-1]), abs=1e-12)
    assert float(ds.p_deal.sum()) == pytest.approx(float(ds.p_signed_by[-1]), abs=1e-12)
    assert ds.p_regime.sum("regime_state").values == pytest.approx(np.full(13, 2.0))
    for name, variable in ds.data_vars.items():
        assert set(variable.attrs) >= {"long_name", "units", "note"}, name


def test_probabilities_are_probabilities(answer: Answer) -> None:
    for ds in (answer.dataset, answer.draws):
        for name in (n for n in ds.data_vars if str(n).startswith(("p_", "survival", "ended_by", "snapback"))):
            values = ds[name].values[np.isfinite(ds[name].values)]
            assert values.min(initial=0) >= -1e-12, name
            assert values.max(initial=0) <= 1 + 1e-12, name


def test_terms_add_up_to_the_gain(answer: Answer) -> None:
    ds = answer.dataset
    gain = ds.gain.sel(package=ds.leading.values).values
    assert ds.gain_term.sum("term").values == pytest.approx(gain, abs=1e-10)
    assert ds.value_signed.values - ds.value_waiting.values[:, None] == pytest.approx(ds.gain.values, abs=1e-12)


def test_the_sweep_over_precision_passes_through_the_central_result(answer: Answer) -> None:
    ds = answer.dataset
    assert ds.precision.values.tolist() == MULTIPLES.tolist()
    assert ds.p_deal_by_precision.sel(precision=1.0).values == pytest.approx(ds.p_signed_by.values, abs=2e-5)  # single precision


def test_draws_are_the_scenario_at_their_values(answer: Answer) -> None:
    assert answer.draws.sizes["draw"] == DRAWS
    row = answer.draws.isel(draw=1)
    values = {str(n): float(v) for n, v in zip(row.parameter.values, row.parameter_value.values, strict=True)}
    solved = load(WHOLE, values).central()
    # up to the beliefs about cheating, which in a draw are taken after one pass
    assert row.p_deal.values == pytest.approx(solved.events.signed.sum((0, 1)), abs=1e-3)
    gain = solved.signed_in(0) - solved.waiting[0][:, None]
    assert row.gain.values == pytest.approx(np.einsum("gr,iagr->ia", solved.here, gain), abs=0.02)


def test_the_same_seed_gives_the_same_answer(answer: Answer) -> None:
    again = load(WHOLE).solve(draws=DRAWS, seed=7)
    xr.testing.assert_equal(again.dataset, answer.dataset)
    xr.testing.assert_equal(again.draws, answer.draws)
    assert again.dataset.attrs["scenario_hash"] == answer.dataset.attrs["scenario_hash"]


def test_progress_is_told_in_order(answer: Answer, told: list[tuple[str, int, int]]) -> None:
    stages = {stage for stage, _, _ in told}
    assert stages == {"solve", "draws", "menu"}
    for stage in stages:
        done = [(d, total) for s, d, total in told if s == stage]
        assert done == sorted(done)
        assert done[-1][0] == done[-1][1]


def test_certificate_and_manifest_are_json(answer: Answer, plain: Answer) -> None:
    for made in (answer, plain):
        for content in (made.certificate, made.manifest):
            assert json.loads(json.dumps(content, allow_nan=False)) == content
        assert made.certificate["p_deal"] == pytest.approx(float(made.dataset.p_signed_by[-1]))
    assert answer.certificate["draws"] == DRAWS
    assert set(answer.certificate["p_deal_band"]) == {"0.05", "0.5", "0.95"}
    assert plain.certificate["p_deal_band"] is None
    assert answer.manifest["settings"]["draws"] == DRAWS
    assert sum(entry["probability"] for entry in answer.certificate["leading_packages"]) == pytest.approx(
        answer.certificate["p_deal"]
    )


def test_a_variant_is_recorded() -> None:
    case = load(WHOLE, variant="calm")
    assert case.variant == "calm"


def test_the_answer_in_one_line(answer: Answer) -> None:
    assert "Everything once, as small as it can be" in repr(answer)
    assert "<p>" in answer._repr_html_()


def test_a_plain_game_has_a_plain_answer(plain: Answer) -> None:
    ds = plain.dataset
    assert plain.draws is None
    assert (ds.sizes["cause"], ds.sizes["stock"], ds.sizes["regime_state"]) == (0, 0, 0)
    assert ds.date.values.tolist() == list(range(7))
    assert float(ds.p_signed_by[-1]) == pytest.approx(0.99295834, abs=1e-6)
    assert ds.survival.values == pytest.approx(np.ones(6))  # nobody can end it


def test_survival_is_what_the_hazards_leave() -> None:
    """Three hazards a quarter: 0.95 x 0.98 x 0.99 to the power of 16 after four years, and every end has its cause."""
    ds = Case(scenario("hazards")).solve(draws=0).dataset
    assert float(ds.survival.sel(age=4.0)) == pytest.approx(0.2712426691, abs=1e-9)
    assert (ds.survival + ds.ended_by.sum("cause")).values == pytest.approx(np.ones(24), abs=1e-12)
    shares = ds.ended_by.sel(age=4.0) / (1 - ds.survival.sel(age=4.0))
    hazards = -np.log1p([-0.05, -0.02, -0.01])
    assert shares.values == pytest.approx(hazards / hazards.sum(), abs=1e-9)


# Saving


def test_saved_files_read_back_the_same(answer: Answer, tmp_path: Path) -> None:
    written = answer.save(tmp_path / "deep" / "folder")
    assert [path.name for path in written] == ["result.nc", "draws.nc", "certificate.json", "manifest.json"]
    for path, ds in zip(written, (answer.dataset, answer.draws), strict=False):
        with xr.open_dataset(path, engine="netcdf4") as read:
            xr.testing.assert_equal(read.load(), ds)
            assert {name: read.attrs[name] for name in ("title", "scenario_hash", "version") if name in ds.attrs} == {
                name: ds.attrs[name] for name in ("title", "scenario_hash", "version") if name in ds.attrs
            }
    assert json.loads(written[2].read_text(encoding="utf-8")) == answer.certificate


def test_without_draws_three_files_are_saved(plain: Answer, tmp_path: Path) -> None:
    assert [path.name for path in plain.save(tmp_path)] == ["result.nc", "certificate.json", "manifest.json"]
    with xr.open_dataset(tmp_path / "result.nc", engine="netcdf4") as read:
        xr.testing.assert_equal(read.load(), plain.dataset)


def test_cost_of_delay_in_a_game_without_end() -> None:
    """With nothing to live on meanwhile, a round without talks costs a tenth of the value at a discount factor of 0.9."""
    endless = Case(scenario("coarse", rounds=1, after="stationary")).central()
    assert endless.delay == pytest.approx(0.1 * np.asarray(endless.solution.talking[0, :, 0, 0]), rel=1e-9)
    finite = Case(scenario("coarse", rounds=1)).central()
    assert finite.delay == pytest.approx(np.asarray(finite.solution.talking[0, :, 0, 0]) - [0.0, 0.9], rel=1e-9)


# What fails while solving


def test_values_that_never_settle_are_a_solve_error() -> None:
    case = Case(scenario("durability"))
    patient = load((GAMES / "durability.yaml").read_text(encoding="utf-8"), {"patience": 0.9999999})
    with pytest.raises(SolveError, match="NOT_CONVERGED"):
        patient.central()
    assert case.central().status == 0


def test_everything_is_double_precision_wherever_it_is_read() -> None:
    inside = Case(scenario("steps")).central()
    with jax.enable_x64(False):
        outside = Case(scenario("steps")).central()
        read = {name: getattr(outside, name) for name in ("terms", "delay", "never", "adrift")}
        read |= {"signed": outside.signed_in(1), "refined": outside.refined().mass, "lives": outside.lives[0]}
    for name, array in read.items():
        assert array.dtype == np.float64, name
    assert read["terms"] == pytest.approx(inside.terms, abs=1e-12)
    assert read["delay"] == pytest.approx(inside.delay, abs=1e-12)


def test_a_draw_that_fails_is_kept_with_its_status_and_out_of_every_band() -> None:
    text = (GAMES / "linear.yaml").read_text(encoding="utf-8")
    answer = load(text.replace("high: 38", "high: 150")).solve(draws=8)
    assert answer.draws is not None
    failed = answer.draws.status.values != 0
    assert 0 < failed.sum() < 8
    assert set(answer.draws.status.values[failed]) == {int(Status.OFF_GRID)}
    assert np.isnan(answer.draws.p_signed_by.values[failed]).all()
    assert np.isfinite(answer.draws.p_signed_by.values[~failed]).all()
    assert np.isfinite(answer.draws.parameter_value.values).all()
    assert answer.certificate["audit"]["draws_failed"] == {"OFF_GRID": failed.sum()}
    assert answer.certificate["draws"] == 8
    reading = Reading(answer.dataset, answer.draws)
    assert reading.count == 8 - failed.sum()
    assert f"{failed.sum()} more could not be solved" in band(reading)
    assert "extend the grid" in dict(audit(reading))["Draws"]


def test_draws_that_all_fail_are_an_error_with_a_remedy() -> None:
    text = (GAMES / "linear.yaml").read_text(encoding="utf-8")
    case = load(text.replace("high: 38", "high: 900"))
    worst = case.solve(draws=8)
    assert worst.draws is not None
    failed = worst.draws.parameter_value[int(np.argmax(worst.draws.status.values != 0))]
    values = {str(name): np.full(2, float(value)) for name, value in zip(failed.parameter.values, failed.values, strict=True)}
    drawn = patch("detente.run.design", lambda *_: values)
    with drawn, pytest.raises(SolveError, match=r"every draw failed: OFF_GRID: .*extend the grid"):
        case.solve(draws=2)


def test_a_draw_whose_probabilities_are_none_is_named() -> None:
    text = (GAMES / "coarse.yaml").read_text(encoding="utf-8")
    often = "{precision: 2, often: {value: 0.5, low: 0.1, high: 0.9, source: judgement}}"
    answer = load(text.replace("{precision: 2}", often).replace("talks: 0.5", "talks: often")).solve(draws=8)
    assert set(answer.certificate["audit"]["draws_failed"]) == {"NOT_PROBABLE"}


def test_the_audit_travels_with_the_answer() -> None:
    answer = Case(scenario("steps")).solve(draws=2)
    told = answer.certificate["audit"]
    assert told["equilibrium_residual"] < 1e-12
    assert told["mass_error"] < 1e-12
    assert told["not_finite"] == 0
    assert told["draws_failed"] == {}
    assert "one equilibrium" in told["uniqueness"]
    assert max(told["maximum_regret_by_decision"].values()) == max(answer.certificate["maximum_regret"].values()) > 0
    assert set(told["p_at_edge_of_grid"]) == set(answer.dataset.stock.values)


def test_open_talks_after_a_lapse_are_probabilities_too() -> None:
    """Agreements that follow a lapse are not counted as first ones."""
    answer = Case(scenario("steps", after_lapse="open")).solve(draws=0)
    ds = answer.dataset
    assert float(ds.p_signed_by[-1]) < float(ds.p_deal.sum())
    assert float(ds.p_signed_by[-1]) == pytest.approx(1 - float(ds.p_open[-1]), abs=1e-12)
    still_open = answer.solved.refined().waiting.sum(1)
    assert ds.p_signed_by_refined.values == pytest.approx(1 - still_open, abs=1e-5)  # single precision
