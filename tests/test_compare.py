"""Comparison: parts that add up, closed forms, what is moved as structure, words, picture, page, command."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner

from detente import ensemble
from detente.analysis.compare import compare
from detente.analysis.pair import Pair
from detente.charts.compare import waterfalls
from detente.cli import main
from detente.errors import ScenarioError, SolveError
from detente.findings.compare import Comparison, rows, section, story
from detente.report import _template
from detente.run import load
from verification import Verify

OFFER = """\
detente: 1
name: {name}
title: One offer, once
calendar: {{rounds: {rounds}, after: zero}}
parameters:
  rate: {{value: {rate}, group: talks}}
  aid: {{value: {aid}, low: 0, high: 0.6, source: judgement, group: patron}}
  spoils: {{value: {spoils}, low: 0, high: 0.6, source: judgement, group: war}}
  idle: {{value: 1, low: 0.5, high: 1.5, source: judgement, group: others}}
players:
  giver: {{discount_factor: 1, precision: .inf, talks: rate}}
  taker: {{discount_factor: 1, precision: 4}}
needs: taker
issues: {{share: {{options: {{none: {{part: 0}}, half: {{part: 0.5}}}}}}}}
exclude: share == none
payoffs:
  giver: {{at sign: {{kept: 1 - share.part}}}}
  taker: {{at sign: {{got: share.part - (aid + spoils) * idle}}}}
"""
BEFORE = {"name": "before", "rounds": 1, "rate": 0.5, "aid": 0.1, "spoils": 0.1}
AFTER = {"name": "after", "rounds": 1, "rate": 0.9, "aid": 0.4, "spoils": 0.3}


@pytest.fixture(scope="module")
def pair() -> xr.Dataset:
    return compare(load(OFFER.format(**BEFORE)), load(OFFER.format(**AFTER)), ["p_deal"], draws=6)


def chance(rate: float, aid: float, spoils: float) -> float:
    """The giver always offers when it can; the taker's choice is a logit of what it gets."""
    return float(rate / (1 + np.exp(-4 * (0.5 - aid - spoils))))


def test_the_parts_have_a_closed_form(verify: Verify, pair: xr.Dataset) -> None:
    names = {"talks": "rate", "patron": "aid", "war": "spoils"}
    expected = dict.fromkeys(names, 0.0)
    orders = list(permutations(names))
    for order in orders:
        now = {key: BEFORE[key] for key in names.values()}
        for group in order:
            then = now | {names[group]: AFTER[names[group]]}
            expected[group] += (chance(**then) - chance(**now)) / len(orders)
            now = then
    found = {group: float(pair.attribution.sel(outcome="p_deal", group=group)) for group in pair.group.values}
    what = "Two scenarios of one offer: parts of the difference in the chance of an agreement, by group"
    assert found.keys() == names.keys()
    verify(what, "closed form, Shapley 1953", list(expected.values()), [found[group] for group in names], 1e-6)
    assert pair.value.values[0] == pytest.approx([chance(0.5, 0.1, 0.1), chance(0.9, 0.4, 0.3)], abs=1e-6)


def test_they_add_up_at_central_values_and_in_every_draw(verify: Verify, pair: xr.Dataset) -> None:
    what = "Two scenarios of one offer: sum of the parts less the difference"
    verify.nothing(f"{what}, central values", "efficiency", pair.attribution.sum("group") - pair.difference, 1e-10)
    off = pair.attribution_draws.sum("group").values - pair.difference_draws.values
    verify.nothing(f"{what}, in every draw", "efficiency", off, 1e-10)
    assert pair.sizes["draw"] == 6
    assert (pair.status == 0).all()


def test_random_orders_add_up_too() -> None:
    ds = compare(load(OFFER.format(**BEFORE)), load(OFFER.format(**AFTER)), ["p_deal", "value[taker]"], draws=2, most=1)
    assert not ds.attrs["exact"]
    assert ds.attribution.sum("group").values == pytest.approx(ds.difference.values, abs=1e-10)
    assert "random orders" in " ".join(finding.text for finding in story(Comparison(ds)))


def test_alone_and_last(pair: xr.Dataset) -> None:
    one = pair.sel(outcome="p_deal", group="patron")
    assert float(one.alone) == pytest.approx(chance(0.5, 0.4, 0.1) - chance(0.5, 0.1, 0.1), abs=1e-6)
    assert float(one["last"]) == pytest.approx(chance(0.9, 0.4, 0.3) - chance(0.9, 0.1, 0.3), abs=1e-6)


def test_a_common_draw_is_common(pair: xr.Dataset) -> None:
    """Ranges are the same in both, so aid and spoils cancel draw by draw, and only the talks are left to differ."""
    talks = pair.attribution_draws.sel(outcome="p_deal", group="talks").values
    others = pair.attribution_draws.sel(outcome="p_deal").drop_sel(group="talks").values
    assert np.abs(others).max() < 1e-6
    assert (talks > 0).all()


def test_each_scenario_is_drawn_with_its_own_correlations() -> None:
    """Of two scenarios that differ in a correlation alone the draws differ; parts still add up."""
    said = "correlated: [{between: [aid, spoils], rank: -1, source: judgement}]\n"
    first, second = OFFER.format(**BEFORE), OFFER.format(**(BEFORE | {"name": "tied"})) + said
    pair = Pair.of(load(first).scenario, load(second).scenario)
    assert set(pair.groups) == {"patron", "war"}
    assert not any(pair.moving)
    before, after = pair.draws(64, 1)
    assert after["aid"] == pytest.approx(before["aid"])
    assert after["spoils"] == pytest.approx(0.6 - after["aid"])
    assert np.corrcoef(before["aid"], before["spoils"])[0, 1] == pytest.approx(0, abs=0.1)
    ds = compare(load(first), load(second), ["p_deal"], draws=8)
    assert ds.attribution_draws.sum("group").values == pytest.approx(ds.difference_draws.values, abs=1e-6)
    assert float(abs(ds.difference_draws).max()) > 0.01


def test_what_no_number_carries_moves_as_one_group() -> None:
    first, second = OFFER.format(**BEFORE), OFFER.format(**(BEFORE | {"name": "longer", "rounds": 2}))
    ds = compare(load(first), load(second), ["p_deal"], draws=0)
    assert list(ds.group.values) == ["calendar"]
    assert "Calendar and structure" in str(ds.group_label.values[0])
    assert float(ds.attribution[0, 0]) == pytest.approx(float(ds.difference[0]), abs=1e-12)
    assert any("what no number carries" in finding.text for finding in story(Comparison(ds)))


@pytest.mark.parametrize("draws", [0, 6])
def test_the_same_twice_differs_in_nothing(draws: int) -> None:
    case = load(OFFER.format(**BEFORE))
    ds = compare(case, case, ["p_deal"], draws=draws)
    (only,) = Comparison(ds).differences
    assert only.amount == 0
    assert only.parts == ()
    assert only.low == only.high == 0 if draws else np.isnan([only.low, only.high]).all()
    assert ds.sizes["group"] == 0
    assert float(ds.difference[0]) == 0
    assert "do not differ" in story(Comparison(ds))[0].text
    assert section(ds)["table"] == ()


@pytest.mark.parametrize(
    ("other", "code"),
    [
        (OFFER.format(**AFTER).replace("spoils", "loot").replace("aid", "help").replace("rate", "pace").replace("idle", "lazy"),
         "nothing-shared"),
        (OFFER.format(**AFTER).replace("value: 0.4,", "value: 0.4, unit: util,"), "different-units"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused(other: str, code: str) -> None:
    first = OFFER.format(**BEFORE).replace("value: 0.1, low", "value: 0.1, unit: $bn/year, low", 1)
    with pytest.raises(ScenarioError) as caught:
        compare(load(first), load(other), draws=0)
    assert code in {problem.code for problem in caught.value.problems}


def test_a_failed_solve_is_told_with_the_groups_it_had(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*given: Any, **more: Any) -> Any:
        raw = run(*given, **more)
        return raw | {"status": np.where(np.arange(len(raw["status"])) == 1, 1, 0)}

    run = ensemble.run
    monkeypatch.setattr(ensemble, "run", failing)
    with pytest.raises(SolveError, match="with talks as in after and the rest as in before"):
        compare(load(OFFER.format(**BEFORE)), load(OFFER.format(**AFTER)), ["p_deal"], draws=0)


# Words, picture, page


def test_words_name_the_groups_the_draws_and_the_basis(pair: xr.Dataset) -> None:
    found = {finding.key: finding.text for finding in story(Comparison(pair))}
    assert "is due to Patron" in found["p_deal"]
    assert "6 draws" in found["basis.band"]
    assert "every one of the 8 combinations" in found["basis.made"]


def test_the_picture_runs_from_one_value_to_the_other(pair: xr.Dataset) -> None:
    (figure,) = waterfalls(Comparison(pair))
    text = json.dumps(figure.spec, allow_nan=False)
    assert "before" in text
    assert "6 draws" in figure.caption
    (steps,) = figure.spec["datasets"].values()
    assert len(steps) == 5
    assert steps[-2]["end"] == pytest.approx(steps[-1]["end"], abs=1e-12)
    assert steps[0]["end"] == pytest.approx(steps[1]["start"], abs=1e-12)


def test_the_section_renders(pair: xr.Dataset) -> None:
    environment = _template().environment
    assert isinstance(environment, jinja2.Environment)
    page = environment.get_template("sections/compare.html.j2").render(compare=section(pair))
    assert "Every outcome" in page
    assert "3 numbers that differ" in page


def test_a_dataset_says_what_it_is_and_can_be_saved(pair: xr.Dataset, tmp_path: Path) -> None:
    assert all({"long_name", "units"} <= set(variable.attrs) for variable in pair.data_vars.values())
    pair.to_netcdf(tmp_path / "compare.nc", engine="netcdf4")
    with xr.open_dataset(tmp_path / "compare.nc", engine="netcdf4") as again:
        assert rows(Comparison(again)) == rows(Comparison(pair))


# The command


def files(folder: Path) -> list[str]:
    made = []
    for values in (BEFORE, AFTER):
        file = folder / f"{values['name']}.yaml"
        file.write_text(OFFER.format(**values), encoding="utf-8")
        made.append(str(file))
    return made


def test_the_command(tmp_path: Path) -> None:
    names = files(tmp_path)
    done = CliRunner().invoke(main, ["compare", *names, "--draws", "2"])
    assert done.exit_code == 0, done.output
    assert "before → after" in done.stdout
    assert "Differences and their parts" in done.stdout
    done = CliRunner().invoke(main, ["compare", *names, "--draws", "2", "--outcome", "p_deal", "--json"])
    (row,) = json.loads(done.stdout)
    assert {"outcome", "from", "to", "difference", "attribution"} <= set(row)
    assert set(row["attribution"]) == {"talks", "patron", "war"}
    assert sum(row["attribution"].values()) == pytest.approx(row["to"] - row["from"], abs=1e-10)
    assert row["difference"] == pytest.approx(row["to"] - row["from"], abs=1e-12)


@pytest.mark.parametrize(
    ("words", "said"),
    [(["--outcome", "p_deel"], "unknown-outcome"), (["--variant", "x"], "unknown"), (["--draws", "-1"], "--draws")],
)
def test_what_is_wrong_is_said_and_ends_with_code_2(words: list[str], said: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["compare", *files(tmp_path), *words])
    assert done.exit_code == 2
    assert said in done.output
    assert "Traceback" not in done.output
