"""Quick answers: they are those of a draw, the exact ones those of a run, terms add up, and no number compiles anything anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import detente
from detente import live as quick
from detente import readout
from detente.errors import ScenarioError
from detente.program import Program
from explorer import SMALL
from scenarios import BASE

GAMES = Path(__file__).parent / "games"


@pytest.fixture(scope="module")
def case() -> Any:
    return detente.load(SMALL)


def test_an_exact_answer_is_that_of_a_run(case: Any) -> None:
    values = {"hawk_wins": 0.55, "aid_worth": 0.8}
    ds, run = case.live(values, exact=True), detente.load(SMALL, values=values).solve(draws=0).dataset
    for name in ("p_signed_by", "p_deal", "survival", "ended_by", "stock_mean", "gain", "p_accept", "p_cheat", "cost_of_delay"):
        np.testing.assert_allclose(ds[name].values, run[name].values, rtol=1e-6, atol=1e-9, err_msg=name)
    assert ds.attrs["scenario_hash"] == run.attrs["scenario_hash"]


def test_a_quick_answer_is_that_of_a_draw(case: Any) -> None:
    drawn = case.ensemble(4, seed=3)
    for draw in range(4):
        values = dict(zip(map(str, drawn.parameter.values), drawn.parameter_value.values[draw].tolist(), strict=True))
        ds = case.live(values)
        np.testing.assert_allclose(ds.p_signed_by.values, drawn.p_signed_by.values[draw], atol=2e-6)
        np.testing.assert_allclose(ds.gain.values, drawn.gain.values[draw], atol=1e-4)


@pytest.mark.parametrize(
    "text", [SMALL, BASE, *(str(GAMES / f"{name}.yaml") for name in ("compliance", "hazards", "outside-options"))]
)
def test_terms_add_up_to_the_gain_and_are_those_of_a_run(text: str) -> None:
    case = detente.load(text)
    ds, run = case.live(exact=True), case.solve(draws=0).dataset
    package = str(ds.leading.values[0])
    sides = [str(player) for player in run.player.values if str(player) in case.scenario.principals]
    for player in sides:
        own = ds.gain_term.sel(player=player, leading=package)
        assert float(own.sum()) == pytest.approx(float(ds.gain.sel(player=player, package=package)), abs=1e-9)
        np.testing.assert_allclose(own.values, run.gain_term.sel(player=player, leading=package).values, atol=1e-9)


def test_another_package_can_be_explained(case: Any) -> None:
    name = str(case.live().package.values[1])
    ds = case.live(package=name)
    assert [str(each) for each in ds.leading.values] == [name]
    own = ds.gain_term.sel(player="north", leading=name)
    assert float(own.sum()) == pytest.approx(float(ds.gain.sel(player="north", package=name)), abs=1e-4)


def test_no_number_makes_a_program_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DETENTE_CACHE", str(tmp_path))
    made: list[str] = []
    load = Program._load

    def counted(self: Any, *args: Any) -> Any:
        made.append(self.function.__qualname__)
        return load(self, *args)

    monkeypatch.setattr(Program, "_load", counted)
    monkeypatch.setattr(readout.answer, "ready", {})  # whatever other tests have made in this process
    case = detente.load(SMALL)
    case.ready()
    assert made.count(readout.answer.function.__qualname__) == len({case._quickly.layout, case._quickly.wide})
    ready = list(made)
    for name, quantity in case.scenario.quantities.items():
        for value in {*quick.ends(quantity), quantity.value}:
            case.live({name: value})
    case.live({"pace": 8, "aid_worth": 1.8, "hawk_wins": 0.2}, package=str(case.live().package.values[2]))
    assert made == ready


@pytest.mark.parametrize(
    ("values", "package", "code"),
    [
        ({"nothing": 1.0}, None, "unknown-parameter"),
        ({"pace": float("nan")}, None, "not-finite"),
        ({}, "nothing", "unknown-package"),
    ],
)
def test_what_there_is_not_is_refused(case: Any, values: dict[str, float], package: str | None, code: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        case.live(values, package)
    assert [problem.code for problem in caught.value.problems] == [code]


def test_numbers_that_carry_a_stock_further_still_are_answered() -> None:
    ds = detente.load(SMALL.replace("0..150 by 25", "0..150 by 2")).live({"pace": 12.0})
    assert float(ds.stock_mean.sel(branch="talks off").isel(date=1, stock=0)) == pytest.approx(62.0, abs=1e-4)
