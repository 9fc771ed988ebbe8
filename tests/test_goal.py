"""What would have to be true: closed forms of small games, what cannot be reached, words, picture, page, command."""

from __future__ import annotations

import json
from pathlib import Path

import jinja2
import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner

from detente.analysis.goal import Metric, goal_seek
from detente.charts.goal import changes
from detente.cli import main
from detente.errors import ScenarioError
from detente.findings.goal import certificate, section, story
from detente.report import _template
from detente.run import load
from detente.spec.dependence import Correlation, normal
from test_gradient import OFFER


def accept(loss: float) -> float:
    return float(1 / (1 + np.exp(-4 * (0.5 - loss))))


@pytest.fixture(scope="module")
def near() -> xr.Dataset:
    return goal_seek(load(OFFER), "p_deal", 0.3)


@pytest.fixture(scope="module")
def short() -> xr.Dataset:
    return goal_seek(load(OFFER), "p_deal", 0.5, "giver")


def test_the_losses_alone_have_a_closed_form() -> None:
    """With the rate fixed, a loss of aid + spoils is needed; it is shared in proportion to the variances of the two."""
    case = load(OFFER.replace("rate: {value: 0.6, low: 0.3, high: 0.9,", "rate: {value: 0.6,"))
    ds = goal_seek(case, "p_deal", 0.33)
    needed = 0.5 - np.log((0.33 / 0.6) / (1 - 0.33 / 0.6)) / 4 - 0.6
    variance = {"aid": 0.6**2 / 12, "spoils": (0.6**2 + 0.4**2 - 0.6 * 0.4) / 18}
    for name, own in variance.items():
        moved = float(ds.found.sel(parameter=name) - ds.central.sel(parameter=name))
        assert moved == pytest.approx(needed * own / sum(variance.values()), rel=5e-3)
    assert ds.attrs["distance"] == pytest.approx(abs(needed) / sum(variance.values()) ** 0.5, rel=5e-3)
    assert ds.attrs["reached"]


FIXED = OFFER.replace("rate: {value: 0.6, low: 0.3, high: 0.9,", "rate: {value: 0.6,")
SIZES = 0.6 / 12**0.5, ((0.6**2 + 0.4**2 - 0.6 * 0.4) / 18) ** 0.5


@pytest.mark.parametrize("rank", [-0.8, 0.5, 1])
def test_what_goes_together_is_nearer(rank: float) -> None:
    """A loss of aid + spoils of given size lies at size / sqrt(s' R s), moves in proportion to R s."""
    said = f"correlated: [{{between: [aid, spoils], rank: {rank}, source: judgement}}]\n"
    ds = goal_seek(load(FIXED + said), "p_deal", 0.31)
    needed = 0.5 - np.log((0.31 / 0.6) / (1 - 0.31 / 0.6)) / 4 - 0.6
    joined = np.array([[1, normal(rank)], [normal(rank), 1]]) @ SIZES
    assert ds.attrs["distance"] == pytest.approx(abs(needed) / np.sqrt(SIZES @ joined), rel=5e-3)
    assert ds.change.values == pytest.approx(needed * joined / (SIZES @ joined), rel=5e-3)
    assert "Mahalanobis distance" in story(ds)[0].text
    assert "go together" in story(ds)[-1].text


def test_a_number_that_others_make_up_has_no_distance() -> None:
    """Normal numbers with correlations of 1/2, 1/2 and -1/2: the third is the first less the second."""
    half = 6 / np.pi * np.arcsin(0.25)
    ranks = {("rate", "aid"): half, ("rate", "spoils"): half, ("aid", "spoils"): -half}
    tied = tuple(Correlation(between=pair, rank=rank, source=("judgement",)) for pair, rank in ranks.items())
    scenario = load(OFFER).scenario.model_copy(update={"correlated": tied})
    with pytest.raises(ScenarioError, match="a mixture of several others"):
        Metric.of(scenario, ["rate", "aid", "spoils"])


def test_a_conditional_range_is_the_one_at_central_values() -> None:
    said = "conditional: [{of: spoils, when: aid < 0.3, low: 0.3, high: 0.5, source: judgement}]\n"
    ds = goal_seek(load(FIXED + said), "p_deal", 0.31)
    assert float(ds.low.sel(parameter="spoils")) == 0.3
    assert float(ds.found.sel(parameter="spoils")) >= 0.3
    assert "depends on a condition" in story(ds)[-1].text


def test_the_point_is_where_distance_and_outcome_touch(near: xr.Dataset) -> None:
    """At the smallest change, changes are in proportion to the slopes per deviation (the condition of Lagrange)."""
    values = {str(name): float(near.found.sel(parameter=name)) for name in near.parameter.values}
    p = accept(values["aid"] + values["spoils"])
    slope = {"rate": p, "aid": -4 * values["rate"] * p * (1 - p), "spoils": -4 * values["rate"] * p * (1 - p)}
    size = {"rate": 0.6 / 12**0.5, "aid": 0.6 / 12**0.5, "spoils": ((0.6**2 + 0.4**2 - 0.6 * 0.4) / 18) ** 0.5}
    ratio = [float(near.change.sel(parameter=name)) / (slope[name] * size[name]) for name in slope]
    assert ratio == pytest.approx([ratio[0]] * 3, rel=1e-2)
    assert values["rate"] * p == pytest.approx(0.3, abs=1e-4)
    assert near.attrs["outcome_found"] == pytest.approx(0.3, abs=1e-4)


def test_downwards_too() -> None:
    ds = goal_seek(load(OFFER), "p_deal", 0.1)
    assert ds.attrs["outcome_found"] == pytest.approx(0.1, abs=1e-3)
    assert float(ds.change.sel(parameter="rate")) < 0 < float(ds.change.sel(parameter="aid"))


def test_levers_of_one_player_may_not_be_enough(short: xr.Dataset) -> None:
    """The giver's rate ends at 0.9, where the probability is 0.9 sigma(-0.4)."""
    assert list(short.parameter.values) == ["rate"]
    assert not short.attrs["reached"]
    assert short.attrs["outcome_found"] == pytest.approx(0.9 * accept(0.6), rel=1e-4)
    assert int(short.edge[0]) == 1
    enough = goal_seek(load(OFFER), "p_deal", 0.32, "giver")
    assert enough.attrs["reached"]
    assert float(enough.found[0]) == pytest.approx(0.32 / accept(0.6), rel=1e-3)


def test_a_logarithmic_range_is_measured_in_logarithms() -> None:
    case = load(OFFER.replace("low: 0.3, high: 0.9,", "low: 0.3, high: 0.9, shape: loguniform,"))
    ds = goal_seek(case, "p_deal", 0.3, "giver")
    found = 0.3 / accept(0.6)
    assert float(ds.found[0]) == pytest.approx(found, rel=1e-3)
    assert float(ds.change[0]) == pytest.approx(np.log(found / 0.6) / (np.log(3) / 12**0.5), rel=1e-2)


def test_where_it_is_already_nothing_changes() -> None:
    ds = goal_seek(load(OFFER), "p_deal", 0.6 * accept(0.6))
    assert ds.attrs["distance"] == pytest.approx(0, abs=1e-6)
    assert ds.attrs["reached"]


@pytest.mark.parametrize(
    ("player", "outcome", "code"),
    [("givr", "p_deal", "unknown-player"), (None, "p_deel", "unknown-outcome"), ("taker", "p_deal", "no-levers")],
)
def test_what_cannot_be_sought_is_refused(player: str | None, outcome: str, code: str) -> None:
    text = OFFER.replace(", controlled_by: taker", "")
    with pytest.raises(ScenarioError) as caught:
        goal_seek(load(text), outcome, 0.3, player)
    assert caught.value.problems[0].code == code


def test_a_lever_is_a_players() -> None:
    with pytest.raises(ScenarioError, match="unknown-player"):
        load(OFFER.replace("controlled_by: giver", "controlled_by: givr"))


# Words, picture, page


def test_words(near: xr.Dataset, short: xr.Dataset) -> None:
    said = {finding.key: finding.text for finding in story(near)}
    assert "30.0%" in said["found"]
    assert "solved anew" in said["basis"]
    said = {finding.key: finding.text for finding in story(short)}
    assert "No change of the levers of giver" in said["found"]
    assert "0.9" in said["changes"]


def test_the_picture_and_the_section(near: xr.Dataset) -> None:
    figure = changes(near)
    assert "deviations" in figure.caption
    json.dumps(figure.spec, allow_nan=False)
    environment = _template().environment
    assert isinstance(environment, jinja2.Environment)
    page = environment.get_template("sections/goal.html.j2").render(goal=section(near))
    assert "Change [deviations]" in page


def test_a_dataset_says_what_it_is_and_can_be_saved(near: xr.Dataset, tmp_path: Path) -> None:
    assert all({"long_name", "units"} <= set(variable.attrs) for variable in near.data_vars.values())
    near.to_netcdf(tmp_path / "goal.nc", engine="netcdf4")
    with xr.open_dataset(tmp_path / "goal.nc", engine="netcdf4") as again:
        assert certificate(again) == certificate(near)


# The command


def test_the_command(tmp_path: Path) -> None:
    file = tmp_path / "offer.yaml"
    file.write_text(OFFER, encoding="utf-8")
    done = CliRunner().invoke(main, ["goal-seek", str(file), "--outcome", "p_deal", "--to", "0.3"])
    assert done.exit_code == 0, done.output
    assert "30.0%" in done.stdout
    done = CliRunner().invoke(main, ["goal-seek", str(file), "--outcome", "p_deal", "--to", "0.5", "--as", "giver", "--json"])
    found = json.loads(done.stdout)
    assert found["reached"] is False
    assert found["changes"][0]["parameter"] == "rate"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--to", "0.3", "--as", "x"], "unknown-player"),
        (["--to", "2"], "between 0 and 1"),
        ([], "--to"),
        (["--to", "nan"], "nan"),
    ],
)
def test_what_is_wrong_is_said_and_ends_with_code_2(words: list[str], said: str, tmp_path: Path) -> None:
    file = tmp_path / "offer.yaml"
    file.write_text(OFFER, encoding="utf-8")
    done = CliRunner().invoke(main, ["goal-seek", str(file), *words])
    assert done.exit_code == 2, done.output
    assert said in done.output
    assert "Traceback" not in done.output
