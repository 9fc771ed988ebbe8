"""A scenario written with other numbers says what the numbers say, and is otherwise the text it was."""

from __future__ import annotations

import difflib

import pytest

from detente.errors import ScenarioError
from detente.spec.bundled import bundled
from detente.spec.read import load_text, with_values
from detente.spec.write import written
from explorer import SMALL
from scenarios import BASE

pytestmark = pytest.mark.shipped

TEXTS = {"base": BASE, "small": SMALL, "small-deal-2026": bundled()["small-deal-2026"].read_text(encoding="utf-8")}
BLOCK = """\
detente: 1
name: block
calendar: {start: 2026-01-01, horizon: 4 years, step: 0.5}
parameters:
  rate:  # how often they talk
    value: 1.0  # a guess
    low: 0.5
    high: 2
    source: judgement
  listed:
    source: judgement
    values: [1, 2]
    weights: [1, 3]
    value: 1
  bare: 3  # and a remark
players:
  a: {talks: rate}
  b: {talks: listed}
issues: {pie: {options: {none: {}, half: {size: bare}}}}
payoffs:
  a: {at sign: {share: pie.size}}
  b: {at sign: {share: pie.size}}
"""


def lines(before: str, after: str) -> list[str]:
    return [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[0] in "-+"]


@pytest.mark.parametrize("name", TEXTS)
def test_it_says_what_the_numbers_say_wherever_they_lie(name: str) -> None:
    text, scenario = TEXTS[name], load_text(TEXTS[name])
    for key, quantity in list(scenario.quantities.items())[:: max(1, len(scenario.quantities) // 4)]:
        values = {key: quantity.value * 0.99 if name == "small-deal-2026" else quantity.value + 0.01}
        try:
            wanted = with_values(scenario, values)
        except ScenarioError:
            continue
        made = written(text, values)
        assert load_text(made) == wanted
        assert len(lines(text, made)) <= 4


def test_remarks_stay_and_a_range_that_is_left_goes() -> None:
    made = written(BLOCK, {"rate": 3.0, "bare": 4.5, "listed": 5.0})
    assert load_text(made) == with_values(load_text(BLOCK), {"rate": 3.0, "bare": 4.5, "listed": 5.0})
    assert "value: 3  # a guess" in made
    assert "bare: 4.5  # and a remark" in made
    assert "low:" not in made
    assert "weights" not in made


def test_a_value_within_its_range_keeps_it() -> None:
    assert lines(BLOCK, written(BLOCK, {"rate": 1.5})) == ["-     value: 1.0  # a guess", "+     value: 1.5  # a guess"]


def test_infinity_is_written_as_it_is_read() -> None:
    text = SMALL.replace("precision: {value: 3, values: [1, 2, 3, 5], ", "precision: {value: 3, ")
    made = written(text, {"precision": float("inf")})
    assert "value: .inf" in made
    assert load_text(made).quantities["precision"].value == float("inf")


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ScenarioError):
        written(BLOCK, {"nothing": 1.0})


def test_a_text_whose_numbers_cannot_be_changed_in_place_is_written_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detente.spec.write._edited", lambda text, *_: text + "broken: [")
    wanted = with_values(load_text(SMALL), {"pace": 5.0})
    assert load_text(written(SMALL, {"pace": 5.0})) == wanted
