"""The explorer's further views in a real browser: a game at the table, two scenarios side by side, sources, the editor."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

import detente
from detente.analysis.table import Table
from explorer import SMALL, Server, small

pytestmark = [pytest.mark.browser, pytest.mark.shipped]
PATIENT = 600_000
"""Milliseconds within which a first answer comes, its programs being made."""
BROKEN = SMALL.replace("calendar:", "calender:")
SERIOUS = {"serious", "critical"}
PAGES = ("/table?seat=north&seed=5&move=no", "/sides?second=small&variant_second=hawkish", "/sources", "/edit")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with small(tmp_path_factory.mktemp("views")) as running:
        yield running


def visit(page: Any, address: str, width: int = 1280) -> list[str]:
    """Open a page; return the list that anything wrong goes to."""
    wrong: list[str] = []
    page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "request", lambda request: None if request.url.startswith((address[:20], "data:", "blob:")) else wrong.append(request.url)
    )
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(address)
    page.wait_for_selector("body[data-ready]", timeout=PATIENT)
    return wrong


def fits(page: Any) -> bool:
    """Whether nothing reaches over the page's edge."""
    wide = page.evaluate("document.documentElement.scrollWidth")
    return bool(wide <= page.viewport_size["width"])


def violations(page: Any) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html'][:120]}" for each in found if each["impact"] in SERIOUS]


def test_a_full_game_at_the_table(page: Any, server: Server) -> None:
    wrong = visit(page, server.url + "/table?seat=south&seed=3")
    for _ in range(60):
        drawn = page.locator("body").get_attribute("data-drawn")
        if page.evaluate("window.table.shown.over"):
            break
        kind = page.evaluate("window.table.shown.decision.kind")
        if kind == "offer":
            page.locator("#pick-safe").focus()
            page.keyboard.press("Enter")
            page.wait_for_selector("#offer:not([disabled])")
            page.locator("#offer").press("Enter")
        else:
            page.locator("#moves .move.first").press("Enter")
        page.wait_for_selector(f"body[data-drawn]:not([data-drawn='{drawn}'])", timeout=PATIENT)
    shown = page.evaluate("window.table.shown")
    assert shown["over"]
    table = Table.of(detente.load(SMALL), "south", 3, shown["moves"])
    assert [vars(event) for event in table.history] == [
        {name: event[name] for name in ("period", "date", "kind", "who", "package", "detail", "chance", "yours")}
        for event in shown["history"]
    ]
    assert page.locator("#history li.horizon").count() == 1
    assert page.locator("#cheated").inner_text()
    with page.expect_download() as kept:
        page.locator("#as-csv").click()
    assert Path(kept.value.path()).read_text(encoding="utf-8") == table.csv()
    again = page.context.new_page()
    visit(again, page.url)
    assert again.evaluate("JSON.stringify(window.table.shown)") == page.evaluate("JSON.stringify(window.table.shown)")
    assert wrong == []


def test_a_package_composed_shows_what_python_says(page: Any, server: Server) -> None:
    table = next(t for seed in range(1, 99) if (t := Table.of(detente.load(SMALL), "north", seed)).decision and t.talking)
    visit(page, server.url + f"/table?seat=north&seed={table.seed}")
    seen = table.position()
    assert seen is not None
    page.locator("[data-issue=troops]").select_option("half")
    page.locator("[data-issue=aid]").select_option("much")
    name = "half / much"
    page.wait_for_selector(f"#why[data-package='{name}']", timeout=PATIENT)
    own = float(seen.own_gain.sel(package=name))
    assert f"{abs(own):.2f}" in page.locator("#figures").inner_text()
    assert "South" in page.locator("#consents").inner_text()
    assert page.locator("#why .part.against").count() >= 1


def test_two_scenarios_side_by_side(page: Any, server: Server) -> None:
    wrong = visit(page, server.url + "/sides?second=small&variant_second=hawkish")
    case = detente.load(SMALL)
    for i, values in enumerate(({}, {"hawk_wins": 0.6})):
        p = float(case.live(values).p_signed_by[-1])
        assert f"{100 * p:.0f}%" in page.locator("#tiles > div").nth(i).inner_text()
    assert page.locator("#verdicts tr").count() >= 4
    page.locator("#go").press("Enter")
    page.wait_for_selector("body[data-compared]", timeout=PATIENT)
    assert page.locator("#pictures figure svg").count() >= 3
    assert page.locator("figure[data-failed]").count() == 0
    assert " ".join(page.locator("#numbers").inner_text().split()) == "Chance that the hawk wins Office in South 0.4 0.6"
    assert wrong == []


def test_what_to_find_out_is_worked_out_when_asked_for(page: Any, server: Server) -> None:
    wrong = visit(page, server.url + "/find-out")
    assert page.locator("#stop").is_hidden()
    page.locator("#go").press("Enter")
    page.wait_for_selector("#list table tbody tr", timeout=PATIENT)
    assert page.locator("#told p").count() >= 2
    assert "--" not in page.locator("main").inner_text()
    assert page.locator("#stop").is_hidden()
    assert page.locator("#progress").is_hidden()
    page.select_option("#draws", "1024")
    page.locator("#go").press("Enter")
    page.locator("#stop").press("Enter")
    page.wait_for_selector("#said:text-is('Stopped.')")
    assert page.locator("#go").is_visible()
    assert wrong == []


def test_sources_are_found_and_narrowed(page: Any, server: Server) -> None:
    wrong = visit(page, server.url + "/sources")
    rows = page.locator("#numbers tr[data-name]:not([hidden])")
    assert rows.count() == len(detente.load(SMALL).scenario.quantities)
    page.locator("#only-contested").press("Space")
    assert rows.count() == 1
    assert "as the last survey says" in rows.inner_text()
    assert rows.locator("a").get_attribute("href") == "https://example.org/survey"
    page.locator("#only-unsourced").press("Space")
    assert page.locator("#no-match").is_visible()
    page.locator("#only-contested").press("Space")
    page.locator("#find").fill("billion")
    assert rows.count() == 1
    again = page.context.new_page()
    visit(again, page.url)
    assert again.locator("#numbers tr[data-name]:not([hidden])").count() == 1
    assert wrong == []


def test_a_broken_scenario_shows_its_problems_in_place(page: Any, server: Server, tmp_path: Path) -> None:
    wrong = visit(page, server.url + "/edit")
    page.wait_for_selector("body[data-checked='0']", timeout=PATIENT)
    path = tmp_path / "broken.yaml"
    path.write_text(BROKEN, encoding="utf-8")
    page.locator("#open").set_input_files(path)
    with pytest.raises(detente.ScenarioError) as refused:
        detente.load(BROKEN)
    problems = refused.value.problems
    page.wait_for_selector(f"body[data-checked='{len(problems)}']", timeout=PATIENT)
    assert page.locator("#problems li").count() == len(problems)
    lines = sorted({str(problem.line) for problem in problems if problem.line})
    assert sorted(page.locator("#gutter .wrong").all_inner_texts()) == lines
    unknown = next(problem for problem in problems if problem.code == "unknown-key")
    page.locator("#problems li button", has_text=unknown.text).press("Enter")
    at = page.locator("#text").evaluate("text => text.value.slice(0, text.selectionStart).split(String.fromCharCode(10)).length")
    assert at == unknown.line
    assert page.locator("#solve").is_disabled()
    page.keyboard.type("cal")
    page.keyboard.press("Control+Space")
    assert page.locator("#completions [aria-selected=true]").inner_text().startswith("calendar")
    page.keyboard.press("Enter")
    page.keyboard.type("{start: 2026-01-01, horizon: 8 years, step: 0.5, after: frozen}")
    page.wait_for_selector("body[data-checked='0']", timeout=PATIENT)
    page.locator("#solve").press("Enter")
    page.wait_for_selector("body[data-ready] #tiles > div", timeout=PATIENT)
    assert "/?scenario=text-" in page.url
    assert page.locator("#title").inner_text() == "Troops for aid"
    assert wrong == []


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_serious_violation_and_nothing_cut_on_a_phone(page: Any, server: Server, path: str, theme: str) -> None:
    join = "&" if "?" in path else "?"
    visit(page, f"{server.url}{path}{join}theme={theme}", 390)
    assert fits(page)
    assert "[object" not in page.locator("body").inner_text()
    assert violations(page) == []
