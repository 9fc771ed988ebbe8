"""What to find out first: closed forms of the value of information, a nested estimate, who knows what, words, the command."""

from __future__ import annotations

import json
from pathlib import Path

import jinja2
import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner
from scipy.stats import norm, qmc

from detente import run
from detente.analysis import knowing
from detente.analysis.findout import _verdict, find_out
from detente.analysis.knowing import Decision, Worth, basis, folds, partial, perfect, rivals
from detente.analysis.seat import known, sampled, seated
from detente.charts.findout import bars
from detente.cli import main
from detente.errors import ScenarioError
from detente.findings import Reading
from detente.findings.findout import certificate, groups, ranked, section, targets, told, untabled
from detente.report import _template
from detente.run import load
from detente.spec.read import read

PIE = """\
detente: 1
title: A pie offered once
calendar: {rounds: 1, after: zero}
sources: {paper: {cite: A paper, quality: press}, book: {cite: A book, quality: official}}
parameters:
  need: {value: 0.3, values: [0.1, 0.3, 0.7], weights: [1, 2, 1], source: [paper, book], group: taker,
         label: What the taker needs}
  size: {value: 1, low: 0.6, high: 1.4, source: paper, group: world, contested: true, readings: {small: 0.6, big: 1.4}}
  noise: {value: 0.5, low: 0, high: 1, source: judgement, group: world, label: Weather}
  loss: {value: 0.05, low: 0, high: 0.1, unit: util, source: judgement, group: giver}
  rate: {value: 0.5, low: 0.4, high: 0.6, source: judgement, group: giver, controlled_by: giver}
  idle: {value: 1, low: 0, high: 2, source: judgement, group: world}
players:
  giver: {discount_factor: 1, precision: 12, talks: rate}
  taker: {discount_factor: 1, precision: 12}
needs: taker
issues: {share: {options: {none: {part: 0}, half: {part: 0.5}, most: {part: 0.8}}}}
exclude: share == none
payoffs:
  giver: {at sign: {kept: 1 - share.part - loss}}
  taker: {at sign: {got: share.part * size - need + 0 * noise}}
indicators: {unread: idle}
"""
"""One offer, once: everything has a closed form."""


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def normal(inputs: int, count: int, seed: int, even: bool = True) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return norm.ppf(qmc.Sobol(inputs, rng=rng).random(count) if even else rng.random((count, inputs)))


def act(gain: np.ndarray) -> Decision:
    """Do it or leave it."""
    return Decision(np.column_stack([np.zeros(len(gain)), gain]))


def loss(mean: float, deviation: float) -> float:
    """Unit normal loss: E max(0, X) - max(0, E X) for X normal (Raiffa and Schlaifer 1961)."""
    z = abs(mean) / deviation
    return float(deviation * (norm.pdf(z) - z * norm.cdf(-z)))


MEAN, SLOPES = 0.3, np.array([1.0, 0.5, 0.2, 0.0, 0.0])


@pytest.fixture(scope="module")
def linear() -> list[Worth]:
    draws = normal(5, 256, 1)
    decision = act(MEAN + draws @ SLOPES)
    return [perfect(decision), *partial(decision, draws, [[0], [1], [2], [3], [4], [0, 1], [2, 3, 4], [0, 1, 2, 3, 4]])]


# Closed forms


def test_two_actions_and_normal_numbers(linear: list[Worth]) -> None:
    everything = np.sqrt((SLOPES**2).sum())
    spreads = [everything, 1.0, 0.5, 0.2, None, None, np.sqrt(1.25), 0.2, everything]
    for found, spread in zip(linear, spreads, strict=True):
        exact = 0.0 if spread is None else loss(MEAN, spread)
        assert abs(found.value - exact) <= 2 * found.error + 1e-12
        assert found.value == pytest.approx(exact, abs=0.006)


def test_bounds_between_parts_and_whole(linear: list[Worth]) -> None:
    whole, first, second, *_, both, _, together = linear
    assert max(first.value, second.value) <= both.value + 2 * both.error
    assert both.value <= whole.value + 2 * whole.error
    assert together.value == pytest.approx(whole.value, abs=0.01)
    assert first.change == pytest.approx(norm.cdf(-MEAN), abs=0.03), "the share of draws in which it would be left"


def test_noise_is_worth_nothing(linear: list[Worth]) -> None:
    assert [found.value for found in linear[4:6]] == pytest.approx([0, 0], abs=1e-3)
    rng = np.random.default_rng(2)
    found = partial(act(rng.normal(size=128) * 0.5 + 0.01), rng.random((128, 8)), [[j] for j in range(8)])
    assert all(each.value < 2 * each.error + 1e-12 for each in found)


def test_errors_are_right_for_draws_by_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(knowing, "CUTS", 1)
    apart = []
    for seed in range(24):
        draws = normal(2, 64, seed, even=False)
        (found,) = partial(act(0.2 + draws @ [1.0, 0.5]), draws, [[0]], seed)
        apart.append((found.value - loss(0.2, 1.0)) / found.error)
    assert 0.7 < np.std(apart) < 1.4
    assert abs(np.mean(apart)) < 0.5


def test_learning_and_judging_on_the_same_draws_is_too_hopeful() -> None:
    rng = np.random.default_rng(3)
    gaps = []
    for seed in range(8):
        draws = rng.random((64, 12))
        (found,) = partial(Decision(rng.normal(size=(64, 6))), draws, [list(range(12))], seed)
        gaps.append((found.value, found.fitted))
    judged, fitted = np.mean(gaps, axis=0)
    assert judged < 0.03, "nothing is worth anything here"
    assert fitted >= max(judged, 0.0)


def test_states_of_the_world() -> None:
    """Three states, three choices, two of them equally good without knowing, and a number that only adds noise."""
    pays = np.array([[3.0, 1.0, 0.0], [0.0, 1.0, 0.0], [0.0, 1.0, 4.0]])
    shares = np.array([0.25, 0.5, 0.25])
    points = qmc.Sobol(2, rng=np.random.default_rng(1)).random(256)
    state = np.searchsorted(np.cumsum(shares), points[:, 0], side="right")
    decision = Decision(pays[state] + (points[:, 1:] - 0.5) * 0.2)
    exact = shares @ pays.max(1) - (shares @ pays).max()
    found, noise = partial(decision, np.column_stack([state.astype(float), points[:, 1]]), [[0], [1]])
    assert found.value == pytest.approx(exact, abs=1e-6)
    assert perfect(decision).value == pytest.approx(exact, abs=0.01)
    assert (noise.value, noise.change) == (0.0, 0.0)
    assert found.change == pytest.approx(0.5)


def test_a_driver_that_never_changes_the_choice_is_worth_nothing() -> None:
    draws = normal(2, 128, 1)
    decision = Decision(np.column_stack([np.zeros(128), 5 + draws[:, 0], draws[:, 0] - 1]))
    (found,) = partial(decision, draws, [[0]])
    assert (found.value, found.error, found.change) == (0.0, 0.0, 0.0)


def test_only_two_numbers_together_tell() -> None:
    """The sign of a product: neither factor by itself is worth anything."""
    points = qmc.Sobol(3, rng=np.random.default_rng(1)).random(512) * 2 - 1
    decision = act(points[:, 0] * points[:, 1])
    first, second, both = partial(decision, points, [[0], [1], [0, 1]])
    exact = 1 / 8
    assert max(first.value, second.value) < 0.02
    assert both.value == pytest.approx(exact, abs=0.02)


def test_every_yes_and_no_of_its_own() -> None:
    draws = normal(2, 256, 1)
    found = partial(Decision(np.column_stack([0.2 + draws[:, 0], draws[:, 1] - 0.1]), each=True), draws, [[0], [1]])
    assert [each.value for each in found] == pytest.approx([loss(0.2, 1.0), loss(0.1, 1.0)], abs=0.01)


def test_copies_are_judged_together() -> None:
    family = np.repeat(np.arange(32), 4)
    assert all(len(set(folds(family, 1)[family == k])) == 1 for k in range(32))
    rng = np.random.default_rng(4)
    draws, gain = rng.random((32, 3))[family], rng.normal(size=32)[family]
    (found,) = partial(act(gain), draws, [[0, 1, 2]], family=family)
    assert found.value < 3 * found.error + 0.02


def test_choices_another_beats_are_left_out() -> None:
    payoffs = np.array([[0.0, 1.0, 0.5, 2.0], [0.0, 1.0, 0.5, -1.0]])
    assert list(rivals(payoffs)) == [1, 3]


def test_features_have_mean_nought() -> None:
    assert basis(np.ones(8)).shape == (8, 1)
    for column in (np.arange(50.0), np.array([1.0, 2.0, 2.0, 5.0] * 10)):
        assert basis(column).mean(0) == pytest.approx(0, abs=1e-12)


# A scenario


@pytest.fixture(scope="module")
def told_giver() -> xr.Dataset:
    return find_out(load(PIE), "giver", draws=256)


def brute(count: int = 20001) -> np.ndarray:
    """Expected gain of offering each package, by need and averaged over size [3, 2]."""
    size = np.linspace(0.6, 1.4, count)
    return np.array(
        [[(sigmoid(12 * (part * size - need)) * (1 - part - 0.05)).mean() for part in (0.5, 0.8)] for need in (0.1, 0.3, 0.7)]
    )


def test_the_worth_of_a_discrete_number_is_that_of_its_closed_form(told_giver: xr.Dataset) -> None:
    gains, shares = brute(), np.array([0.25, 0.5, 0.25])
    exact = shares @ gains.max(1) - (shares @ gains).max()
    row = told_giver.sel(parameter="need")
    assert float(row.parameter_worth) == pytest.approx(exact, abs=2 * float(row.parameter_worth_error))
    assert float(row.parameter_worth) == pytest.approx(exact, rel=0.1)
    assert float(row.parameter_change) == pytest.approx(0.25, abs=0.02)
    assert float(row.parameter_change_to.sel(package=told_giver.package.values[1])) == pytest.approx(0.25, abs=0.02)
    assert float(row.parameter_turn_low) == float(row.parameter_turn_high) == 0.7


def test_a_nested_estimate_agrees(told_giver: xr.Dataset) -> None:
    """Over all values of the number the game is solved anew, over draws of all else."""
    held, means = known(load(PIE).scenario, "giver"), []
    for need in (0.1, 0.3, 0.7):
        case = load(PIE, values={"need": need})
        found = sampled(case, seated(case, "giver"), None, 64, 1, lambda *_: None, (*held, "need"))
        means.append(found.offered.mean(0))
    shares = np.array([0.25, 0.5, 0.25])
    nested = shares @ np.maximum(np.max(means, axis=1), 0) - max((shares @ np.array(means)).max(), 0.0)
    assert float(told_giver.parameter_worth.sel(parameter="need")) == pytest.approx(nested, rel=0.1)


def test_what_is_worth_nothing_is_told_so(told_giver: xr.Dataset) -> None:
    noise = told_giver.sel(parameter="noise")
    assert (float(noise.parameter_worth), float(noise.parameter_change)) == (0.0, 0.0)
    assert float(told_giver.worth) >= float(told_giver.parameter_worth.max()) - 2 * float(told_giver.worth_error)
    assert targets(Reading(told_giver))[0].name == "need"
    assert not next(row for row in targets(Reading(told_giver)) if row.name == "noise").clear


def test_what_a_player_knows_is_no_question() -> None:
    scenario = read(PIE)
    assert known(scenario, "giver") == ("loss", "rate", "idle")
    assert known(scenario, "taker") == ("idle",)
    told_so = read(PIE.replace("group: world, contested", "group: world, known_to: taker, contested"))
    assert known(told_so, "taker") == ("size", "idle")
    ds = find_out(load(PIE), "giver", draws=64, own="drawn")
    assert set(ds.parameter.values) == {"need", "size", "noise", "loss", "rate", "idle"}
    assert bool(ds.parameter_known.sel(parameter="loss"))
    assert "its own" in " ".join(cell for table in section(ds)["tables"] for row in table["rows"] for cell in row)


def test_a_responder_decides_what_to_accept() -> None:
    """It gains by the share it is offered; the giver, who knows the size, offers what is then accepted."""
    ds = find_out(load(PIE.replace("source: [paper, book]", "source: paper, known_to: taker")), "taker", draws=256)
    size = np.linspace(0.6, 1.4, 20001)
    gain = np.stack([part * size - 0.3 for part in (0.5, 0.8)])
    accept = sigmoid(12 * gain)
    weight = 0.5 * np.exp(12 * accept * np.array([[0.45], [0.15]]))
    pays = weight / (1 + weight.sum(0)) * gain
    exact = (np.maximum(pays, 0).mean(1) - np.maximum(pays.mean(1), 0)).sum()
    assert ds.attrs["decision"] == "accept"
    assert float(ds.worth) == pytest.approx(exact, abs=3 * float(ds.worth_error) + 1e-5)
    assert list(ds.base.values) == list(pays.mean(1) > 0)
    assert "to which offers of others to say yes" in told(Reading(ds))[0].text


def test_the_same_seed_gives_the_same(told_giver: xr.Dataset) -> None:
    again = find_out(load(PIE), "giver", draws=256)
    xr.testing.assert_equal(again, told_giver)


def test_draws_given_what_was_observed_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """That an offer was signed speaks against a great need; copies of a draw are judged together."""
    before, now = (read(PIE + more) for more in ("observations: [{on: 0, what: signed}]\n", ""))
    monkeypatch.setattr(run, "read", lambda name: before)
    case = run.Case(now.model_copy(update={"extends": "it", "conditioned": True}))
    ds = find_out(case, "giver", draws=64)
    found = sampled(case, 0, None, 64, 1, lambda *_: None)
    assert ds.attrs["conditioned"] == 1
    assert (found.inputs["need"] == 0.7).mean() < 0.2
    assert (sampled(load(PIE), 0, None, 64, 1, lambda *_: None).inputs["need"] == 0.7).mean() == pytest.approx(0.25, abs=0.02)


@pytest.mark.parametrize(
    ("player", "arguments", "code"),
    [
        ("givr", {}, "unknown-player"),
        ("giver", {"on": "7"}, "outside-horizon"),
        ("giver", {"decision": "accept"}, "no-decision"),
        ("taker", {"decision": "offer"}, "no-decision"),
    ],
)
def test_what_cannot_be_asked(player: str, arguments: dict[str, str], code: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        find_out(load(PIE), player, draws=64, **arguments)  # type: ignore[arg-type]
    assert caught.value.problems[0].code == code


def test_nothing_uncertain() -> None:
    text = PIE
    for span in (", values: [0.1, 0.3, 0.7], weights: [1, 2, 1]", ", low: 0.6, high: 1.4", ", low: 0, high: 1,"):
        text = text.replace(span, "," if span.endswith(",") else "")
    with pytest.raises(ScenarioError, match="--own drawn"):
        find_out(load(text), "giver", draws=64)


def test_known_to_names_players() -> None:
    with pytest.raises(ScenarioError, match="unknown-player"):
        read(PIE.replace("controlled_by: giver", "known_to: givr"))


# Words, picture, page, file


def test_words(told_giver: xr.Dataset) -> None:
    said = {finding.key: finding.text for finding in told(Reading(told_giver))}
    assert "before it decides what to offer" in said["asked"]
    assert "share: half" in said["base"]
    assert said["row.need"].startswith("1. What the taker needs: now thought between 0.1 and 0.7, a factor of 7; 2 sources")
    assert "most often to the same but share: most" in said["row.need"]
    assert "3 numbers giver knows" in said["own"]
    assert "neither fond nor afraid of risk" in said["basis"]


def test_beside_a_table_only_what_it_does_not_say(told_giver: xr.Dataset) -> None:
    reading = Reading(told_giver)
    spoken, beside = ([finding.key for finding in found(reading)] for found in (told, untabled))
    assert {"row.need", "option.own"} <= set(spoken)
    assert {"asked", "base", "whole", "own", "basis"} <= set(beside)
    assert not [key for key in beside if key.startswith(("row", "more", "option"))]
    assert not [finding.text for finding in untabled(reading) if "--" in finding.text]


def test_a_number_that_is_contested_or_guessed_is_told_so(told_giver: xr.Dataset) -> None:
    rows = {row.name: row for row in targets(Reading(told_giver))}
    assert {name: row.quality for name, row in rows.items()} == {"need": "several", "size": "contested", "noise": "guess"}
    assert rows["size"].readings == (("small", 0.6), ("big", 1.4))


def test_a_group_is_worth_at_least_what_its_clear_numbers_are(told_giver: xr.Dataset) -> None:
    for group, members in told_giver.parameter_worth.groupby(told_giver.parameter_group):
        clear = members > 2 * told_giver.parameter_worth_error.sel(parameter=members.parameter)
        assert float(told_giver.group_worth.sel(group=group)) >= float(members.where(clear, 0.0).max())


@pytest.mark.parametrize(("fitted", "enough"), [(0.02, 1), (0.4, 0)])
def test_too_few_draws_are_told_so(told_giver: xr.Dataset, fitted: float, enough: int) -> None:
    ds = told_giver.copy()
    for name, value in (("worth", 0.4), ("foreign_worth", 0.02), ("foreign_worth_fitted", fitted)):
        ds[name] = ((), value)
    found = _verdict(ds, 256)
    assert found["enough"] == enough
    assert found["needed"] == (256 if enough else 4096)
    said = next(finding.text for finding in told(Reading(ds.assign_attrs(found))) if finding.key == "verdict")
    assert ("draws enough" in said) == bool(enough)


def test_groups_are_ranked_when_asked() -> None:
    ds = find_out(load(PIE), "giver", draws=64, by="group")
    rows = ranked(Reading(ds))
    assert [row.name for row in rows] == ["taker", "world"]
    assert "knowing all of it" in next(finding.text for finding in told(Reading(ds)) if finding.key == "row.taker")
    assert groups(Reading(ds))[0].members == 1


def test_where_nothing_changes_the_choice_there_is_nothing_to_find_out() -> None:
    ds = find_out(load(PIE, values={"loss": 0.9}), "giver", draws=64)
    said = " ".join(finding.text for finding in told(Reading(ds)))
    assert "nothing to find out" in said
    assert "had best make no offer" in said
    json.dumps(bars(Reading(ds)).spec, allow_nan=False)


@pytest.mark.parametrize("by", ["parameter", "group"])
def test_the_picture_and_the_section(told_giver: xr.Dataset, by: str) -> None:
    ds = told_giver.assign_attrs(by=by)
    figure = bars(Reading(ds))
    assert "256 draws" in figure.caption
    json.dumps(figure.spec, allow_nan=False)
    environment = _template().environment
    assert isinstance(environment, jinja2.Environment)
    page = environment.get_template("sections/findout.html.j2").render(findout=section(ds))
    assert "What the taker needs" in page
    assert "none seen" in page


def test_a_dataset_says_what_it_is_and_can_be_saved(told_giver: xr.Dataset, tmp_path: Path) -> None:
    assert all({"long_name", "units"} <= set(variable.attrs) for variable in told_giver.data_vars.values())
    told_giver.to_netcdf(tmp_path / "findout.nc", engine="netcdf4")
    with xr.open_dataset(tmp_path / "findout.nc", engine="netcdf4") as again:
        assert json.dumps(certificate(Reading(again))) == json.dumps(certificate(Reading(told_giver)))


# The command


def test_the_command(tmp_path: Path) -> None:
    file = tmp_path / "pie.yaml"
    file.write_text(PIE, encoding="utf-8")
    done = CliRunner().invoke(main, ["find-out", str(file), "--as", "giver", "--draws", "64"])
    assert done.exit_code == 0, done.output
    assert "1. What the taker needs" in done.stdout
    done = CliRunner().invoke(main, ["find-out", str(file), "--as", "giver", "--draws", "64", "--json"])
    found = json.loads(done.stdout)
    assert found["parameters"][0]["name"] == "need"
    assert {"worth", "error", "clear", "change", "change_to", "quality"} <= set(found["parameters"][0])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--as", "givr"], "unknown-player"),
        (["--as", "giver", "--decision", "accept"], "no-decision"),
        (["--as", "giver", "--draws", "2"], "--draws"),
        ([], "--as"),
    ],
)
def test_what_is_wrong_is_said_and_ends_with_code_2(words: list[str], said: str, tmp_path: Path) -> None:
    file = tmp_path / "pie.yaml"
    file.write_text(PIE, encoding="utf-8")
    done = CliRunner().invoke(main, ["find-out", str(file), *words])
    assert done.exit_code == 2
    assert said in done.output
    assert "Traceback" not in done.output
