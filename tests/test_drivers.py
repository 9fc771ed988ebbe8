"""What drives an outcome: closed forms (Ishigami, G), a known box, sensitivity given an event, words, picture, page, command."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jinja2
import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner
from scipy.stats import sobol_indices

from detente import run
from detente.analysis.drivers import drivers
from detente.analysis.indices import Indices, explained, indices, labels, mixed
from detente.analysis.prim import Box, discover, measured, quasi_p
from detente.analysis.rows import _kept, _shuffled, blocks
from detente.charts.drivers import bars
from detente.cli import main
from detente.draws import sobol
from detente.errors import ScenarioError, SolveError
from detente.findings.drivers import bounds, certificate, driven, groups, parameters, section, share
from detente.report import _template
from detente.run import load
from verification import Verify

G = np.array([0.0, 1.0, 4.5, 9.0, 99.0, 99.0])
"""Coefficients of the G function (Saltelli et al. 2010)."""
OFFER = """\
detente: 1
title: One offer, once
calendar: {rounds: 1, after: zero}
sources: {paper: {cite: A paper}}
parameters:
  rate: {value: 0.6, low: 0.3, high: 0.9, source: paper, group: talks, label: How often they talk}
  aid: {value: 0.3, low: 0.0, high: 0.6, source: judgement, group: money, contested: true, readings: {one: 0.1, two: 0.5}}
  spoils: {value: 0.3, low: 0.0, high: 0.6, source: judgement, group: money}
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
"""An offer comes with probability ``rate`` and is accepted with probability sigma(4 (0.5 - aid - spoils))."""


def ishigami(shares: np.ndarray) -> np.ndarray:
    x = 2 * np.pi * shares - np.pi
    return np.sin(x[..., 0]) + 7 * np.sin(x[..., 1]) ** 2 + 0.1 * x[..., 2] ** 4 * np.sin(x[..., 0])


def g_function(shares: np.ndarray) -> np.ndarray:
    return np.prod((np.abs(4 * shares - 2) + G) / (1 + G), axis=-1)


def offered(shares: np.ndarray) -> np.ndarray:
    loss = 0.6 * shares[..., 1] + 0.6 * shares[..., 2]
    return (0.3 + 0.6 * shares[..., 0]) / (1 + np.exp(-4 * (0.5 - loss)))


def two(inputs: int, rows: int) -> np.ndarray:
    return sobol(2 * inputs, rows, 1).reshape(rows, 2, inputs).swapaxes(0, 1)


def estimated(function: Callable[[np.ndarray], np.ndarray], groups: list[list[int]], rows: int = 1024) -> Indices:
    return indices(function(mixed(two(max(map(max, groups)) + 1, rows), groups)), seed=1)


def within(band: np.ndarray, exact: list[float]) -> bool:
    return bool(((band[:, 0] <= exact) & (exact <= band[:, 1])).all())


# Indices of Sobol'


def test_ishigami(verify: Verify) -> None:
    """Ishigami and Homma (1990) with a = 7, b = 0.1."""
    a, b = 7.0, 0.1
    first, second, both = 0.5 * (1 + b * np.pi**4 / 5) ** 2, a**2 / 8, b**2 * np.pi**8 * (1 / 18 - 1 / 50)
    whole = first + second + both
    found = estimated(ishigami, [[0], [1], [2]])
    assert within(found.first_band, [first / whole, second / whole, 0])
    assert within(found.total_band, [(first + both) / whole, second / whole, both / whole])
    author = "Ishigami and Homma 1990"
    verify("Sobol indices of Ishigami's function, first order", author, [first / whole, second / whole, 0], found.first, 0.02)
    exact = [(first + both) / whole, second / whole, both / whole]
    verify("Sobol indices of Ishigami's function, total", author, exact, found.total, 0.03)
    assert found.added_band[0] < (first + second) / whole < found.added_band[1]
    assert found.additive[1, 0] < 0 < found.additive[1, 1], "no interaction with the second"
    assert found.additive[0, 0] > 0


def test_groups_of_ishigami() -> None:
    """First and third together are all but the second, and do not interact with it."""
    whole = 0.5 * (1 + np.pi**4 / 50) ** 2 + 49 / 8 + 0.01 * np.pi**8 * (1 / 18 - 1 / 50)
    found = estimated(ishigami, [[0, 2], [1]])
    exact = [1 - 49 / 8 / whole, 49 / 8 / whole]
    assert within(found.first_band, exact)
    assert within(found.total_band, exact)


def test_the_g_function() -> None:
    part = 1 / (3 * (1 + G) ** 2)
    whole = np.prod(1 + part) - 1
    found = estimated(g_function, [[i] for i in range(6)], 2048)
    assert within(found.first_band, list(part / whole))
    assert within(found.total_band, list(part * np.prod(1 + part) / (1 + part) / whole))


def test_estimators_are_those_of_scipy() -> None:
    values = ishigami(mixed(two(3, 256), [[0], [1], [2]]))
    found = indices(values, seed=1)
    theirs = sobol_indices(func={"f_A": values[:1], "f_B": values[1:2], "f_AB": values[2:, None]}, n=256)
    assert found.first == pytest.approx(theirs.first_order, rel=1e-9)
    assert found.total == pytest.approx(theirs.total_order, rel=1e-9)


def test_intervals_hold_what_they_say() -> None:
    """Over independent samples, 95% intervals hold the exact value in nearly 95 of 100 cases (no quasi-random points here)."""
    rng, inside = np.random.default_rng(0), 0
    for seed in range(100):
        values = mixed(rng.random((2, 128, 2)), [[0], [1]]) @ np.array([1.0, 2.0])
        low, high = indices(values, seed, 400).total_band[0]
        inside += low <= 0.2 <= high
    assert 86 <= inside <= 100


# Given data


def test_a_sample_shows_what_inputs_explain() -> None:
    draws = two(3, 1024).reshape(-1, 3)
    found = explained(draws.T, draws @ np.array([1.0, 2.0, 0.0]), np.ones(len(draws)), 1)
    assert np.abs(found.share - [0.2, 0.8, 0.0]).max() < 0.02
    assert (found.error < 0.03).all()


def test_an_event_changes_what_drives() -> None:
    """Y = X1 + X2, an event of probability X1: given it, X1 has density 2x and variance 1/18, X2 still 1/12."""
    draws = two(2, 1024).reshape(-1, 2)
    found = explained(draws.T, draws.sum(1), draws[:, 0], 1)
    share = (1 / 18) / (1 / 18 + 1 / 12)
    assert found.share == pytest.approx([share, 1 - share], abs=3 * found.error.max())
    assert found.error.max() < 0.03


def test_chance_explains_nothing() -> None:
    """In small samples, too, the share of an input that does nothing is nought on average."""
    rng = np.random.default_rng(0)
    shares = [explained(rng.random((1, 64)), rng.random(64), np.ones(64), 1, 2).share[0] for _ in range(400)]
    assert np.mean(shares) == pytest.approx(0, abs=0.01)


def test_classes_keep_equal_values_together() -> None:
    assert list(labels(np.array([3.0, 1.0, 3.0, 2.0]), np.ones(4), 4)) == [2, 0, 2, 1]
    column = np.array([0.0] * 50 + list(range(1, 51)))
    found = labels(column, np.ones(100), 4)
    assert len(set(found[:50])) == 1
    assert found.max() < 4


# Regions


def test_a_known_box_is_found() -> None:
    rng = np.random.default_rng(1)
    points = rng.random((2000, 8))
    wanted = (points[:, 2] > 0.6) & (points[:, 5] < 0.5)
    box = discover(points, wanted)
    assert box.bounds == [(2, "low"), (5, "high")]
    assert box.low[2] == pytest.approx(0.6, abs=0.04)
    assert box.high[5] == pytest.approx(0.5, abs=0.04)
    fresh = rng.random((2000, 8))
    seen = measured(box, fresh, (fresh[:, 2] > 0.6) & (fresh[:, 5] < 0.5))
    assert seen.density > 0.9
    assert seen.coverage > 0.95
    assert max(quasi_p(box, points, wanted)) < 1e-6


def test_a_box_has_at_most_four_bounds() -> None:
    points = np.random.default_rng(2).random((4000, 8))
    box = discover(points, (points[:, :6] > 0.25).all(1))
    assert len(box.bounds) == 4


def test_noise_has_no_box() -> None:
    """Bounds that chance explains are dropped; few survive by luck, and those shrink on other points."""
    rng = np.random.default_rng(3)
    found = [discover(rng.random((200, 5)), rng.random(200) < 0.5) for _ in range(20)]
    fresh, hits = rng.random((4000, 5)), rng.random(4000) < 0.5
    assert np.mean([measured(box, fresh, hits).density for box in found]) == pytest.approx(0.5, abs=0.03)


def test_columns_of_few_values() -> None:
    rng = np.random.default_rng(4)
    points = np.stack([rng.integers(0, 3, 600), rng.random(600)], axis=1).astype(float)
    box = discover(points, points[:, 0] == 2)
    assert box.bounds == [(0, "low")]
    assert box.low[0] == 2


def test_quasi_p_is_binomial() -> None:
    """Ten of ten in the box, half in the box without the bound: (1/2)^10."""
    points = np.linspace(0, 1, 20)[:, None]
    box = Box.whole(1).bounded(0, "low", 0.5)
    assert quasi_p(box, points, points[:, 0] > 0.5) == pytest.approx([0.5**10])


# A scenario


@pytest.fixture(scope="module")
def told() -> xr.Dataset:
    return drivers(load(OFFER), "p_deal", draws=256, given="p_deal")


def test_a_number_without_a_range_drives_nothing() -> None:
    ds = drivers(load(OFFER.replace(", low: 0.3, high: 0.9", "")), draws=16)
    assert list(ds.parameter.values) == ["aid", "spoils"]
    assert list(ds.group.values) == ["money"]
    assert "not converged" not in next(finding.text for finding in driven(ds) if finding.key == "leads")


def test_a_scenario_has_the_indices_of_its_closed_form(told: xr.Dataset) -> None:
    exact = indices(offered(mixed(two(3, 65536), [[0], [1, 2]])), 1, 2)
    assert list(told.group.values) == ["talks", "money"]
    assert within(told.first_band.values, list(exact.first))
    assert within(told.total_band.values, list(exact.total))
    assert told.attrs["solves"] == 4 * 256


def test_by_parameter(told: xr.Dataset) -> None:
    ds = drivers(load(OFFER), "p_deal", draws=256, by="parameter")
    exact = indices(offered(mixed(two(3, 65536), [[0], [1], [2]])), 1, 2)
    assert list(ds.group.values) == ["rate", "aid", "spoils"]
    assert within(ds.total_band.values, list(exact.total))
    own = told.own.sel(parameter=["rate", "aid", "spoils"]).values
    assert own == pytest.approx(exact.first, abs=4 * float(told.own_error.max()))


JOINED = "correlated: [{between: [aid, spoils], rank: 1, source: judgement}]\n"


def test_joined_draws_move_as_one_group() -> None:
    """With spoils tied to aid the outcome is rate sigma(4 (0.5 - 1.2 u)): two inputs, however many numbers."""

    def tied(shares: np.ndarray) -> np.ndarray:
        return offered(shares[..., [0, 1, 1]])

    apart = OFFER.replace("source: judgement, group: money}\n", "source: judgement, group: war}\n") + JOINED
    assert "group: war" in apart
    ds = drivers(load(apart), "p_deal", draws=256)
    exact = indices(tied(mixed(two(2, 65536), [[0], [1]])), 1, 2)
    assert list(ds.group.values) == ["talks", "money + war"]
    assert within(ds.first_band.values, list(exact.first))
    assert within(ds.total_band.values, list(exact.total))
    assert ds.parameter_draws.sel(parameter="aid").values == pytest.approx(ds.parameter_draws.sel(parameter="spoils").values)
    said = {finding.key: finding.text for finding in driven(ds)}
    assert "Groups with “+” hold parameters whose draws are joined" in said["leads"]
    assert "A share includes what the number says of those whose draws are joined to it." in said["alone"]


def test_within_a_group_nothing_has_to_be_joined() -> None:
    case = load(OFFER + JOINED)
    names = ("rate", "aid", "spoils")
    assert blocks(case.scenario, names, "group") == {"talks": [0], "money": [1, 2]}
    assert blocks(case.scenario, names, "parameter") == {"rate": [0], "aid + spoils": [1, 2]}
    said = "conditional: [{of: spoils, when: rate > 0.8, low: 0, high: 0.2, source: judgement}]\n"
    assert blocks(load(OFFER + said).scenario, names, "parameter") == {"rate + spoils": [0, 2], "aid": [1]}


def test_given_a_deal(told: xr.Dataset) -> None:
    """Weighed by its own probability: against brute force on many points."""
    shares = two(3, 65536).reshape(-1, 3)
    chance = offered(shares)
    exact = explained(shares.T, chance, chance, 1, 2).share
    assert told.own_given.values == pytest.approx(exact, abs=4 * float(told.own_given_error.max()))
    assert told.attrs["mean_given"] == pytest.approx((chance**2).mean() / chance.mean(), rel=0.02)


def test_regions_are_where_offers_are_accepted(told: xr.Dataset) -> None:
    above, below = (told.isel(box=i) for i in range(2))
    assert (str(above.box_side.item()), str(below.box_side.item())) == ("above", "below")
    assert float(above.density) > 0.7
    assert float(above.base) == pytest.approx(0.5, abs=0.06)
    for row in bounds(above):
        assert np.isnan(row.high if row.name == "rate" else row.low), "more talks, less aid: more deals"
    assert int(above.tested) == 170
    one = drivers(load(OFFER), "p_deal", draws=64, above=0.4)
    assert one.sizes["box"] == 1
    assert float(one.threshold[0]) == 0.4


def test_a_region_that_no_draw_is_in() -> None:
    ds = drivers(load(OFFER), "p_deal", draws=64, above=0.99)
    assert float(ds.base[0]) == 0
    assert "no region" in driven(ds)[-2].text
    assert json.loads(json.dumps(certificate(ds), allow_nan=False))["regions"][0]["bounds"] == []


def test_a_draw_that_failed_costs_its_row_only() -> None:
    inputs, values = np.arange(40.0).reshape(40, 1), np.arange(40.0)
    status, values[7] = np.zeros(40, int), np.nan
    status[13] = 1
    sample = _kept(("x",), inputs, values, np.ones(40), status, {"x": [0]}, 10)
    assert sample.values.shape == (4, 8)
    assert (sample.failed, sample.solves) == (2, 40)
    assert not {3.0, 7.0, 13.0, 17.0} & set(sample.values.ravel())
    with pytest.raises(SolveError, match="every draw failed"):
        _kept(("x",), inputs, values, np.ones(40), np.ones(40, int), {}, 10)


def test_rows_need_not_be_a_power_of_two() -> None:
    assert drivers(load(OFFER), draws=20).attrs["solves"] == 80


def test_slopes_are_those_at_central_values(told: xr.Dataset) -> None:
    p = 1 / (1 + np.exp(-4 * (0.5 - 0.6)))
    assert float(told.gradient.sel(parameter="rate")) == pytest.approx(p, rel=1e-6)
    assert float(told.per_deviation.sel(parameter="aid")) == pytest.approx(-4 * 0.6 * p * (1 - p) * 0.6 / 12**0.5, rel=1e-6)


def test_without_slopes_the_rest_is_there() -> None:
    ds = drivers(load(OFFER.replace("precision: 4", "precision: .inf")), "p_deal", draws=64)
    assert "no derivatives" in ds.attrs["no_slopes"]
    assert np.isnan(ds.per_deviation.values).all()
    assert ds.attrs["box_parameters"] == 3
    assert "no slopes" in " ".join(finding.text for finding in driven(ds))


@pytest.mark.parametrize(
    ("change", "arguments", "code"),
    [
        (("", ""), {"name": "p_deel"}, "unknown-outcome"),
        (("", ""), {"given": "value[giver]"}, "not-an-event"),
        (("talks: rate", "talks: 0.0 * rate"), {}, "nothing-varies"),
    ],
)
def test_what_cannot_be_asked(change: tuple[str, str], arguments: dict[str, str], code: str) -> None:
    case = load(OFFER.replace(*change) if change[0] else OFFER)
    with pytest.raises(ScenarioError) as caught:
        drivers(case, draws=16, **arguments)  # type: ignore[arg-type]
    assert caught.value.problems[0].code == code


def test_without_ranges_nothing_drives() -> None:
    text = OFFER
    for span in (", low: 0.3, high: 0.9", ", low: 0.0, high: 0.6"):
        text = text.replace(span, "")
    with pytest.raises(ScenarioError, match="nothing-uncertain"):
        drivers(load(text), draws=16)


def test_draws_given_what_was_observed_have_no_indices(monkeypatch: pytest.MonkeyPatch) -> None:
    """They depend on one another: the shares that need no independence are there, and it is said why the rest is not."""
    before, now = (load(OFFER + more).scenario for more in ("observations: [{on: 0, what: signed}]\n", ""))
    monkeypatch.setattr(run, "read", lambda name: before)
    later = now.model_copy(update={"extends": "it", "conditioned": True})
    ds = drivers(run.Case(later), draws=128, given="p_deal")
    assert "first" not in ds
    assert ds.attrs["mean"] == pytest.approx(drivers(run.Case(now), draws=128, given="p_deal").attrs["mean_given"], rel=0.05)
    assert "no indices" in " ".join(finding.text for finding in driven(ds))
    assert certificate(ds)["groups"] == []
    json.dumps(bars(ds).spec, allow_nan=False)


def test_copies_of_a_draw_stay_together() -> None:
    family = np.random.default_rng(0).integers(0, 40, 100)
    inputs = np.stack([np.random.default_rng(1).random(40)[family], np.random.default_rng(2).integers(0, 3, 100)], axis=1)
    found = family[_shuffled(inputs, 1)]
    assert 1 + (found[1:] != found[:-1]).sum() == len(set(family))


# Words, picture, page, file


def test_words(told: xr.Dataset) -> None:
    said = {finding.key: finding.text for finding in driven(told)}
    assert "“Money” accounts for" in said["leads"]
    assert "not converged" in said["verdict"]
    assert "--draws" in said["verdict"]
    assert "Given that an agreement is signed" in said["given"]
    assert "contested" in said["slopes"]
    assert "not sought in" in said["box.above"]
    assert "1024 solves" in said["basis"]
    assert [row.label for row in groups(told)] == ["Money", "Talks"]
    assert next(row for row in parameters(told) if row.name == "rate").source == "A paper"


def test_what_a_number_explains_is_told_with_its_error(told: xr.Dataset) -> None:
    assert share(0.3, 0.09) == "30% (error 9%)"
    assert share(0.2, 0.09) == "not clear, at most about 38%"
    rows = parameters(told)
    assert any(row.clear for row in rows)
    noisy = told.assign(own_error=told.own_error + 10)
    steep = [abs(row.slope) for row in parameters(noisy)]
    assert steep == sorted(steep, reverse=True)  # shares that are not clear decide no order
    assert all("error" in row["own"] or "not clear" in row["own"] for row in section(told)["parameters"])


def test_a_contradiction_is_said(told: xr.Dataset) -> None:
    bad = told.assign_attrs(consistent=0, converged=0)
    assert "do not use them" in next(finding.text for finding in driven(bad) if finding.key == "verdict")
    good = told.assign_attrs(converged=1)
    assert "have converged" in next(finding.text for finding in driven(good) if finding.key == "verdict")


def test_the_picture_and_the_section(told: xr.Dataset) -> None:
    figure = bars(told)
    assert "not converged" in figure.caption
    assert "1024 solves" in figure.caption
    json.dumps(figure.spec, allow_nan=False)
    environment = _template().environment
    assert isinstance(environment, jinja2.Environment)
    page = environment.get_template("sections/drivers.html.j2").render(drivers=section(told))
    assert "How often they talk" in page
    assert "(contested)" in page


def test_a_dataset_says_what_it_is_and_can_be_saved(told: xr.Dataset, tmp_path: Path) -> None:
    assert all({"long_name", "units"} <= set(variable.attrs) for variable in told.data_vars.values())
    told.to_netcdf(tmp_path / "drivers.nc", engine="netcdf4")
    with xr.open_dataset(tmp_path / "drivers.nc", engine="netcdf4") as again:
        assert json.dumps(certificate(again)) == json.dumps(certificate(told))


def test_the_same_seed_gives_the_same(told: xr.Dataset) -> None:
    again = drivers(load(OFFER), "p_deal", draws=256, given="p_deal")
    xr.testing.assert_identical(again, told)


# The command


def test_the_command(tmp_path: Path) -> None:
    file = tmp_path / "offer.yaml"
    file.write_text(OFFER, encoding="utf-8")
    done = CliRunner().invoke(main, ["drivers", str(file), "--draws", "32"])
    assert done.exit_code == 0, done.output
    assert "accounts for" in done.stdout
    assert "by itself" in done.stdout
    done = CliRunner().invoke(main, ["drivers", str(file), "--draws", "32", "--by", "parameter", "--above", "0.2", "--json"])
    found = json.loads(done.stdout)
    assert [row["parameters"] for row in found["groups"]] == [1, 1, 1]
    assert found["regions"][0]["outcome_is"] == "above"
    assert found["parameters"][0]["source"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--outcome", "p_deel"], "unknown-outcome"),
        (["--given", "survival_2"], "outside-horizon"),
        (["--given", "share[share=half]"], "not-an-event"),
        (["--above", "nan"], "finite"),
        (["--by", "country"], "--by"),
        (["--draws", "2"], "--draws"),
    ],
)
def test_what_is_wrong_is_said_and_ends_with_code_2(words: list[str], said: str, tmp_path: Path) -> None:
    file = tmp_path / "offer.yaml"
    file.write_text(OFFER, encoding="utf-8")
    done = CliRunner().invoke(main, ["drivers", str(file), *words])
    assert done.exit_code == 2, done.output
    assert said in done.output
    assert "Traceback" not in done.output
