"""The two bundled cases: one menu, one set of names, every number sourced, every mechanism of the case page placed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from detente.spec.menu import packages
from detente.spec.read import read
from detente.spec.scenario import Scenario

pytestmark = pytest.mark.shipped

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "cases" / "small-deal.md"
CASES = ("hanoi-2019", "small-deal-2025")
GROUPS = {
    "calendar",
    "war",
    "russia",
    "china",
    "arsenal",
    "white_house",
    "neighbours",
    "economy",
    "verification",
    "council",
    "bargaining",
}
SHARED = [
    "definitions",
    "players",
    "bodies",
    "issues",
    "exclude",
    "stocks",
    "payoffs",
    "detection",
    "indicators",
    "needs",
    "after_lapse",
    "menu",
]


@pytest.fixture(scope="module")
def cases() -> dict[str, Scenario]:
    return {name: read(ROOT / "src" / "detente" / "assets" / "scenarios" / f"{name}.yaml") for name in CASES}


def test_one_menu_and_one_set_of_expressions(cases: dict[str, Scenario]) -> None:
    hanoi, small = (cases[name] for name in CASES)
    for field in SHARED:
        assert getattr(hanoi, field) == getattr(small, field), field
    for field in ("states", "start", "moves"):
        assert [getattr(r, field) for r in hanoi.regimes.values()] == [getattr(r, field) for r in small.regimes.values()], field


def test_one_set_of_parameters(cases: dict[str, Scenario]) -> None:
    hanoi, small = ([(name, q.unit, q.group, q.label) for name, q in cases[case].quantities.items()] for case in CASES)
    assert hanoi == small


@pytest.mark.parametrize("name", CASES)
def test_every_number_is_sourced_grouped_and_labelled(cases: dict[str, Scenario], name: str) -> None:
    scenario = cases[name]
    for key, quantity in scenario.quantities.items():
        assert quantity.source, key
        assert set(quantity.source) <= set(scenario.sources), key
        assert quantity.group in GROUPS, key
        assert {"en", "zh"} <= set(quantity.label or {}), key


@pytest.mark.parametrize("name", CASES)
def test_no_parameter_or_source_is_idle(cases: dict[str, Scenario], name: str) -> None:
    scenario = cases[name]
    text = scenario.model_dump_json(exclude={"parameters", "sources", "variants", "observations", "summary"})
    idle = {entry for entry in scenario.parameters if not re.search(rf"\b{entry}\b", text)}
    assert idle == set()
    cited = {source for quantity in scenario.quantities.values() for source in quantity.source}
    cited |= {source for variant in scenario.variants.values() for source in variant.source}
    cited |= {source for fact in scenario.observations for source in fact.source}
    assert set(scenario.sources) - cited == set()


@pytest.mark.parametrize("name", CASES)
def test_the_menu_keeps_to_its_size(cases: dict[str, Scenario], name: str) -> None:
    assert 80 <= len(packages(cases[name])) <= 100
    assert len(cases[name].players) == 7


def test_the_case_page_places_every_mechanism() -> None:
    placed = re.findall(r"^\| M(\d+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert [int(number) for number in placed] == list(range(1, 109))
