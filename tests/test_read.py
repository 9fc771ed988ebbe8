"""The reader: files, texts and bundled names become scenarios, or say everything that is wrong and where."""

from __future__ import annotations

import datetime as dt
import math
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from detente.errors import ScenarioError
from detente.spec import document
from detente.spec.bundled import bundled
from detente.spec.change import _moved
from detente.spec.menu import packages
from detente.spec.nodes import FLAGS, FUNCTIONS
from detente.spec.quantity import Quantity
from detente.spec.read import apply_variant, json_schema, load_text, read, with_values
from detente.spec.rules import MAX_PROBLEMS, recheck
from detente.spec.scenario import Scenario
from detente.spec.scope import Scope, nearest
from detente.spec.shape import NEAR
from scenarios import BASE, changed, problems

ROOT = Path(__file__).parents[1]
TEMPLATE = ROOT / "src" / "detente" / "assets" / "templates" / "scenario.yaml"

MISTAKES = """\
detente: 1
title: One mistake of each kind
calendar: {start: 2026-01-01, horizon: 4 years, stepp: 0.5}
sources: {paper: {cite: A paper}}
parameters:
  war_end: {value: 0.4, low: 0.5, high: 0.9, unit: 1/year, source: paper}
  arsenal: {value: 50, unit: warheads}
  worth: {value: 1, unit: util/year}
  gloom: {value: -0.2, unit: 1/year}
  odd: {value: lots}
  worth: {value: 2, unit: util/year}
  range: {value: 1, low: 0, high: 2, source: papre}
definitions:
  chicken: egg + 1
  egg: chicken - 1
players:
  us: {discount: 0.1/year, talks: 1/year, precision: 2}
  them: {discount: 0.1/year, talks: gloom, precision: [1, 2]}
issues:
  arms:
    options:
      keep: {cut: 0}
      give: {cut: 1, consent: [chima]}
regimes:
  war:
    states: [fighting, over]
    start: {fighting: 0.5, over: 0.4}
    moves: {fighting -> ovre: war_end}
payoffs:
  us:
    threat: -worth * arsenal
    relief: worth * arms.cut * (war == figthing)
  them:
    pride: -worht * arms.cut
    calm: worth / 0
    fear: worth *
detection: odd
observations:
  - {on: 2026-02-01, what: rumour}
  - {on: 2026-02-01, what: refusal, by: nobody}
"""


def test_every_mistake_is_listed_at_once_with_its_line() -> None:
    found = {(p.line, p.code) for p in problems(MISTAKES)}
    assert found == {
        (3, "unknown-key"),
        (6, "outside-range"),
        (10, "wrong-type"),
        (11, "duplicate-key"),
        (12, "unknown-source"),
        (14, "cyclic-definition"),
        (15, "cyclic-definition"),
        (18, "out-of-range"),
        (18, "wrong-type"),
        (23, "unknown-player"),
        (27, "bad-sum"),
        (28, "unknown-state"),
        (31, "unit-mismatch"),
        (32, "unknown-state"),
        (34, "unknown-name"),
        (35, "not-finite"),
        (36, "bad-syntax"),
        (39, "not-a-choice"),
        (40, "unknown-player"),
    }


def test_problems_come_in_the_order_of_the_file_with_columns() -> None:
    found = problems(MISTAKES)
    places = [(p.line or 0, p.column or 0) for p in found]
    assert places == sorted(places)
    lines = MISTAKES.splitlines()
    assert next(p for p in found if p.code == "unknown-key").column == lines[2].index("stepp") + 1
    assert next(p for p in found if p.code == "unknown-player").column == lines[22].index("chima") + 1


@pytest.mark.parametrize(
    ("old", "new", "code", "path", "hint"),
    [
        ("detente: 1", "detente: 2", "not-a-choice", "detente", "1"),
        ("detente: 1\n", "", "missing-key", "", "detente"),
        ("calendar: {start: 2026-01-01, horizon: 4 years, step: 0.5}\n", "", "missing-key", "", "calendar"),
        ("start: 2026-01-01", "start: soon", "wrong-type", "calendar.start", ""),
        ("start: 2026-01-01", "start: 2026-02-31", "wrong-type", "calendar.start", ""),
        ("start: 2026-01-01", "start: 2026", "wrong-type", "calendar.start", ""),
        ("start: 2026-01-01", "rounds: 5, start: 2026-01-01", "bad-calendar", "calendar", ""),
        ("start: 2026-01-01, horizon: 4 years", "rounds: 0", "out-of-range", "calendar.rounds", "1"),
        ("horizon: 4 years", "horizon: 4 months", "wrong-type", "calendar.horizon", ""),
        ("horizon: 4 years", "horizon: 400 years", "out-of-range", "calendar", ""),
        ("step: 0.5", "step: 1e-9", "out-of-range", "calendar", ""),
        ("step: 0.5", "step: .inf", "not-finite", "calendar.step", "finite"),
        ("value: 2, unit: util/year", "value: true, unit: util/year", "wrong-type", "parameters.worth.value", ""),
        ("value: 2, unit: util/year", "value: '2', unit: util/year", "wrong-type", "parameters.worth.value", "quotation"),
        ("value: 2, unit: util/year", "value: .nan, unit: util/year", "not-finite", "parameters.worth", ""),
        ("value: 2, unit: util/year", "value: 2, unti: util/year", "unknown-key", "parameters.worth.unti", "unit"),
        ("value: 0.4, low: 0.1", "value: 0.4", "half-range", "parameters.rate", ""),
        ("value: 0.4, low: 0.1", "value: 0.4, shape: round, low: 0.1", "not-a-choice", "parameters.rate.shape", "uniform"),
        ("value: 0.4, low: 0.1", "value: 0.4, shape: lognormal, low: 0", "outside-range", "parameters.rate", ""),
        ("values: [1, 2, 4]", "values: [1, 2, 2]", "bad-values", "parameters.precision", ""),
        ("values: [1, 2, 4]", "values: [1, 2, 4], weights: [1, 1]", "bad-values", "parameters.precision", ""),
        ("unit: util/year", "unit: [util]", "wrong-type", "parameters.worth.unit", ""),
        ("{dove: 2, hawk", "{dove: two, hawk", "wrong-type", "parameters.cost.cases.dove", ""),
        ("quota: 6", "quota: six", "wrong-type", "bodies.council.quota", ""),
        ("count: 6", "count: 0", "out-of-range", "bodies.council.seats.1.count", ""),
        ("hidden_action: true", "hidden_action: maybe", "wrong-type", "players.them.hidden_action", ""),
        ("after_lapse: persists", "after_lapse: persist", "not-a-choice", "issues.arms.after_lapse", "persists"),
        ("half: {cut: 0.5}", "half: {cut: [0.5]}", "wrong-type", "issues.arms.options.half.cut", ""),
        ("half: {cut: 0.5}", "half: [0.5]", "wrong-type", "issues.arms.options.half", ""),
        ("at exit:", "at exti:", "not-a-choice", "payoffs.us.at exti", "exit"),
        ("grid: 0..100 by 10", "grid: 0..100 by 7", "bad-grid", "stocks.warheads.grid", ""),
        ("grid: 0..100 by 10", "grid: 0 to 100", "bad-grid", "stocks.warheads.grid", ""),
        ("grid: 0..100 by 10", "grid: [0, 100, 50]", "bad-grid", "stocks.warheads.grid", ""),
        ("grid: 0..100 by 10", "grid: [100]", "wrong-count", "stocks.warheads.grid", ""),
        ("on: 2027-01-20", "on: someday", "wrong-type", "regimes.office.switches.0.on", ""),
        ("what: signal", "what: sgnal", "not-a-choice", "observations.2.what", "signal"),
        ("title: Everything once", "title: Everything once\nplayer: {}", "unknown-key", "player", "players"),
    ],
)
def test_wrong_shapes(old: str, new: str, code: str, path: str, hint: str) -> None:
    found = problems(changed((old, new)))
    assert [(p.code, ".".join(map(str, p.path))) for p in found] == [(code, path)]
    assert hint in found[0].text + found[0].hint


def test_a_broken_entry_is_not_reported_again_by_what_uses_it() -> None:
    text = changed(("rate: {value: 0.4,", "rate: {value: none,"), ("half: {cut", "half: {wieght: [], cut"), ("quota: 6, ", ""))
    assert [p.code for p in problems(text)] == ["wrong-type", "missing-key", "wrong-type"]


def test_places_survive_the_removal_of_broken_entries_of_a_list() -> None:
    text = changed(
        ("{on: 2026-02-01, what: refusal", "{on: 2026-02-01, what: nothing"), ("likelihood_ratio: {rate: 1.5}", "by: us")
    )
    found = problems(text.replace("by: council", "bye: council", 1).replace("what: no_deal}", "what: no_deal, by: china}"))
    assert [(p.line, p.code, p.path) for p in found] == [
        (55, "not-a-choice", ("observations", 0, "what")),
        (56, "unknown-player", ("observations", 1, "by")),
        (57, "unknown-key", ("observations", 2, "bye")),
    ]


def test_yaml_is_read_as_people_mean_it() -> None:
    data = document.load("NO: on\nyes: no\n1e-3: 1e-3\nday: 2026-01-02\nversion: 1.10\nnothing:\nbig: .inf\ntext: '12'\n").data
    assert data["NO"] == "on"
    assert data["yes"] == "no"
    assert data["1e-3"] == 1e-3
    assert data["day"] == dt.date(2026, 1, 2)
    assert data["nothing"] is None
    assert data["big"] == math.inf
    assert data["text"] == "12"


def test_states_may_be_called_no_and_on() -> None:
    scenario = load_text(changed(("states: [fighting, over]", "states: [fighting, over, NO, on]")))
    assert tuple(scenario.regimes["war"].states) == ("fighting", "over", "NO", "on")


def test_short_forms_mean_the_long_ones() -> None:
    long = changed(
        ("start: {value: 50, unit: warheads}", "start: {value: 50.0, unit: warheads}"),
        ("left: 1 - arms.cut * (1 - 0.5 * cheating)", "left: {value: 1 - arms.cut * (1 - 0.5 * cheating)}"),
        ("discount: 0.1/year, precision: .inf", "discount: 0.1, precision: .inf"),
        ("needs: council", "needs: [council]"),
        ("keep: {cut: 0}", "keep: {attributes: {cut: 0}}"),
        ("exclude: arms == keep and relief == full", "exclude: [arms == keep and relief == full]"),
        ("states: [fighting, over]", "states: {fighting: null, over: null}"),
        ("grid: 0..100 by 10", "grid: [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]"),
        ("title: Everything once", "title: {en: Everything once}"),
    )
    assert load_text(long) == load_text(BASE)


def test_a_file_gives_its_name_to_the_scenario(tmp_path: Path) -> None:
    file = tmp_path / "my case.yaml"
    file.write_text(changed(("name: base\n", "")), encoding="utf-8")
    assert read(file).name == read(str(file)).name == "my case"


def test_bundled_scenarios_are_read_by_name() -> None:
    assert bundled()
    for name, path in bundled().items():
        scenario = read(name)
        assert scenario == read(path)
        assert packages(scenario)
        for variant in scenario.variants:
            assert isinstance(apply_variant(scenario, variant), Scenario)


def test_the_template_is_a_scenario() -> None:
    scenario = read(TEMPLATE)
    assert len(scenario.principals) == 2
    assert len(packages(scenario)) == 6
    assert all(apply_variant(scenario, name) for name in scenario.variants)
    comments = sum("#" in line for line in TEMPLATE.read_text(encoding="utf-8").splitlines())
    assert comments > 20


def test_the_blocks_of_the_reference_are_scenarios() -> None:
    page = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")
    *years, later, rounds = re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert len(packages(load_text("".join(years)))) > 10
    assert load_text(later).conditioned
    assert load_text(rounds).calendar.clock == "rounds"


def test_the_reference_names_every_key_and_function() -> None:
    page = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")
    schema = json_schema()
    objects = [schema, *schema["$defs"].values(), *(part for d in schema["$defs"].values() for part in d.get("anyOf", ()))]
    keys = {key for part in objects for key in part.get("properties", {})} - {"attributes"}
    assert [name for name in sorted(keys | set(FUNCTIONS) | set(FLAGS)) if not re.search(rf"\b{name}\b", page)] == []


def test_other_values() -> None:
    scenario = load_text(BASE)
    other = with_values(scenario, {"rate": 0.2, "cost[hawk]": 5, "precision": 4, "chance": 0.9})
    numbers = other.quantities
    assert (numbers["rate"].value, numbers["rate"].low) == (0.2, 0.1)
    assert (numbers["cost[hawk]"].value, numbers["cost[hawk]"].kind) == (5, "fixed")
    assert numbers["precision"].kind == "discrete"
    assert (numbers["chance"].value, numbers["chance"].uncertain) == (0.9, False)
    assert scenario.quantities["rate"].value == 0.4
    assert with_values(scenario, {}) == scenario


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"rat": 1}, "unknown-parameter"),
        ({"cost": 1}, "unknown-parameter"),
        ({"cost[owl]": 1}, "unknown-parameter"),
        ({"rate": math.nan}, "not-finite"),
        ({"rate": "1"}, "not-finite"),
        ({"rate": True}, "not-finite"),
        ({"rate": -1}, "out-of-range"),
        ({"worth": math.inf}, "not-finite"),
        ({"chance": 2}, "out-of-range"),
    ],
)
def test_other_values_that_cannot_be(values: dict[str, Any], code: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        with_values(load_text(BASE), values)
    assert {problem.code for problem in caught.value.problems} == {code}


def test_only_what_rests_on_a_changed_number_can_break() -> None:
    """Looking at those expressions alone finds what looking at all of them does."""
    scenario = load_text(BASE)
    scope, heads = Scope.of(scenario), set(scenario.parameters)
    found = []
    for name in scenario.quantities:
        for value in (-1.0, 0.0, 0.5, 2.0, 1e6, math.inf):
            parameters = {key: _moved(key, entry, {name: value}) for key, entry in scenario.parameters.items()}
            changed = scenario.model_copy(update={"parameters": parameters})
            found.append(recheck(changed, scope, {name.partition("[")[0]}))
            assert found[-1] == recheck(changed, scope, heads)
    assert 10 < sum(map(bool, found)) < len(found) - 10


def test_variants_by_name() -> None:
    scenario = load_text(BASE)
    assert apply_variant(scenario, "grim").quantities["rate"].value == 0.1
    with pytest.raises(ScenarioError, match="did you mean grim"):
        apply_variant(scenario, "grimm")


def test_a_bare_number_is_a_quantity() -> None:
    assert Quantity.model_validate(3) == Quantity(value=3.0)


def _plain(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _plain(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_plain(value) for value in data]
    return data.isoformat() if isinstance(data, dt.date) else data


def _complaints(text: str) -> list[str]:
    validator = jsonschema.Draft202012Validator(json_schema())
    return [error.message for error in validator.iter_errors(_plain(document.load(text).data))]


def test_the_json_schema_accepts_what_the_reader_accepts() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())
    assert _complaints(BASE) == []
    assert _complaints(TEMPLATE.read_text(encoding="utf-8")) == []
    for path in bundled().values():
        assert _complaints(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("step: 0.5", "stepp: 0.5"),
        ("after_lapse: persists", "after_lapse: persist"),
        ("value: 2, unit: util/year", "value: two, unit: util/year"),
        ("half: {cut: 0.5}", "half: {cut: [0.5]}"),
        ("fighting -> over: rate", "fighting to over: rate"),
        ("quota: 6", "quota: six"),
        ("detente: 1", "detente: 2"),
    ],
)
def test_the_json_schema_refuses_wrong_shapes(old: str, new: str) -> None:
    assert _complaints(changed((old, new)))


def test_the_json_schema_describes_every_key() -> None:
    schema = json_schema()
    objects = [schema, *schema["$defs"].values(), *(part for d in schema["$defs"].values() for part in d.get("anyOf", ()))]
    missing = [(o.get("title"), key) for o in objects for key, p in o.get("properties", {}).items() if not p.get("description")]
    assert missing == []


def test_of_very_many_unknown_keys_the_first_are_told_and_no_more_are_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[str]()
    monkeypatch.setattr("detente.spec.shape.nearest", lambda word, known: asked.append(word) or nearest(word, known))
    keys = "".join(f"unti{k}: 1, " for k in range(3 * NEAR))
    found = problems(changed(("value: 2, unit: util/year", f"value: 2, {keys}unit: util/year")))
    assert [p.code for p in found] == ["unknown-key"] * MAX_PROBLEMS
    assert all(p.hint for p in found)
    assert len(asked) == NEAR
