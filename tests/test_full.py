"""Everything in one run: what is there, what is left out, what is solved once, the files, the sections, the command."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner

import detente
from detente import ensemble, report
from detente.analysis.full import Full, full, work
from detente.charts.parts import KINDS
from detente.cli import main
from detente.errors import ScenarioError
from detente.findings import page
from detente.run import Case, load
from test_report import Outline

OFFER = """\
detente: 1
name: offer
title: One offer, once
calendar: {rounds: 2, after: zero}
parameters:
  rate: {value: 0.6, low: 0.3, high: 0.9, source: judgement, group: talks}
  loss: {value: 0.6, low: 0.2, high: 0.9, source: judgement, group: money}
players:
  giver: {label: Giver, discount_factor: 1, precision: 50, talks: rate}
  taker: {label: Taker, discount_factor: 1, precision: 4}
needs: taker
issues: {share: {options: {none: {part: 0}, half: {part: 0.5}}}}
exclude: share == none
payoffs:
  giver: {at sign: {kept: 2 - share.part}}
  taker: {at sign: {got: share.part - loss}}
"""
SEEN = "observations: [{on: 0, until: 1, what: no_deal}]\n"
DRAWS = 16


@pytest.fixture(scope="module")
def case() -> Case:
    return load(OFFER + SEEN)


@pytest.fixture(scope="module")
def found(case: Case) -> Full:
    return full(case, DRAWS, against=load(OFFER.replace("value: 0.6, low: 0.3", "value: 0.4, low: 0.3")))


def test_every_analysis_is_there(found: Full) -> None:
    assert list(found.parts) == ["drivers", "findout-giver", "advise-giver", "goal", "condition", "compare"]
    assert found.left_out == {}
    assert {name.partition("-")[0] for name in found.parts} == set(KINDS) == set(page.ANALYSES)
    assert found.parts["goal"].attrs["outcome_to"] == 0.5


def test_each_is_what_it_is_alone(case: Case, found: Full) -> None:
    alone = detente.advise(load(OFFER + SEEN), "giver", draws=DRAWS)
    shared = found.parts["advise-giver"]
    for name in alone.data_vars:
        if alone[name].dtype.kind == "f":
            assert shared[name].values == pytest.approx(alone[name].values, nan_ok=True), name
    goal = detente.goal_seek(case, "p_deal", 0.5)
    assert found.parts["goal"].found.values == pytest.approx(goal.found.values)


def test_advice_solves_nothing_again(case: Case, found: Full, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise AssertionError("solved again")

    monkeypatch.setattr(ensemble, "run", refused)
    monkeypatch.setattr("detente.run.Central.of", refused)
    detente.advise(case, "giver", draws=DRAWS)


def test_what_a_scenario_does_not_permit_is_left_out(tmp_path: Path) -> None:
    certain = OFFER.replace("low: 0.3, high: 0.9, source: judgement, ", "").replace(
        "low: 0.2, high: 0.9, source: judgement, ", ""
    )
    done = full(load(certain), DRAWS)
    assert list(done.parts) == ["advise-giver"]
    assert set(done.left_out) == {"drivers", "findout-giver", "goal", "condition"}
    assert done.left_out["drivers"] == "no parameter has a range"
    html = report.render(done.answer.dataset, done.answer.draws, parts=done.parts)
    assert "Left out of this run: What drives it (no parameter has a range)" in html
    few = full(load(OFFER), 0)
    assert "too few" in few.left_out["drivers"]


def test_what_cannot_be_compared_is_known_before_anything_is_solved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Case, "solve", lambda *_: pytest.fail("solved"))
    with pytest.raises(ScenarioError, match="no player of the same name"):
        full(load(OFFER), DRAWS, against=load(OFFER.replace("giver", "donor").replace("taker", "receiver")))


def test_work_is_counted(case: Case) -> None:
    told: list[int] = []
    counted = work(case, DRAWS, load(OFFER.replace("value: 0.6, low: 0.3", "value: 0.4, low: 0.3")))
    assert counted == {"bands": DRAWS + 6, "drivers": DRAWS * 4, "findout": 2 * DRAWS, "condition": 128, "compare": 2 + DRAWS * 2}
    detente.drivers(case, draws=DRAWS, progress=lambda _, __, total: told.append(total))
    assert max(told) == counted["drivers"]
    told.clear()
    assert work(load(OFFER), 0) == {"bands": 0}


def test_progress_says_whose_it_is() -> None:
    told: set[str] = set()
    full(load(OFFER), DRAWS, progress=lambda stage, *_: told.add(stage))
    assert {"solve", "draws", "drivers: draws", "advise-giver: solve", "goal: search"} <= told


def test_the_files(found: Full, tmp_path: Path) -> None:
    paths = found.save(tmp_path)
    assert {path.name for path in paths} == {path.name for path in tmp_path.iterdir()}
    kept = json.loads((tmp_path / "manifest.json").read_text())
    assert kept["analyses"] == {name: f"{name}.nc" for name in found.parts}
    assert kept["scenario"] == "offer"
    with xr.open_dataset(tmp_path / "drivers.nc", engine="netcdf4") as ds:
        assert np.array_equal(ds.total.values, found.parts["drivers"].total.values)


def test_sections_stand_before_the_numbers(found: Full) -> None:
    html = report.render(found.answer.dataset, found.answer.draws, parts=found.parts)
    outline = Outline(html)
    assert len(outline.ids) == len(set(outline.ids))
    order = [name for name in outline.ids if name in {**page.HEADINGS, **found.parts}]
    start = order.index("menu") + 1
    assert order[start : start + len(found.parts)] == list(found.parts)
    assert order[start + len(found.parts)] == "parameters"
    for said in ("What to offer: Giver", "What is different from offer, the first", "What would have to be true"):
        assert said in html
    assert set(page.HEADINGS) == set(outline.ids) & set(page.HEADINGS)
    from_files = report.render(found.answer.dataset, found.answer.draws, parts={"goal": found.parts["goal"]})
    assert 'id="goal"' in from_files


@pytest.mark.parametrize("code", ["en", "zh"])
def test_it_is_said_in_the_language_asked_for(found: Full, code: str) -> None:
    assert 'id="advise-giver"' in report.render(found.answer.dataset, found.answer.draws, code, found.parts)


def test_the_command(tmp_path: Path) -> None:
    file = tmp_path / "offer.yaml"
    file.write_text(OFFER + SEEN)
    words = ["run", str(file), "--draws", str(DRAWS), "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(main, [*words, "--full"])
    assert done.exit_code == 0, done.output
    assert "about 246 solves on a coarser calendar and grid (bands 22, drivers 64, find-out 32, evidence 128)" in done.stderr
    assert "drivers: draws" in done.stderr
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {
        "report.html",
        "drivers.nc",
        "findout-giver.nc",
        "advise-giver.nc",
        "goal.nc",
        "condition.nc",
        "manifest.json",
    } <= names
    wrong = CliRunner().invoke(main, [*words, "--against", "hanoi-2019"])
    assert wrong.exit_code == 2
    assert "--against needs --full" in wrong.stderr


def test_every_analysis_is_a_public_name() -> None:
    assert {"advise", "compare", "condition", "drivers", "find_out", "full", "goal_seek"} <= set(detente.__all__)
    assert all(callable(getattr(detente, name)) for name in detente.__all__)


def test_the_template_has_a_branch_for_every_kind() -> None:
    text = (resources.files("detente") / "assets/templates/report.html.j2").read_text(encoding="utf-8")
    assert all(f'part.kind == "{kind}"' in text for kind in KINDS)
