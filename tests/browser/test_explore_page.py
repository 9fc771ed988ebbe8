"""The explorer in a real browser, served by the real command: what is shown is what Python answers."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe

import detente
from explorer import SMALL, Server, small
from pages import CLIPPED

pytestmark = [pytest.mark.browser, pytest.mark.shipped]

PATIENT = 900_000
"""Milliseconds within which a first answer comes, its programs being made."""
SERIOUS = {"serious", "critical"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with small(tmp_path_factory.mktemp("explorer")) as running:
        yield running


@pytest.fixture(scope="module")
def case() -> Any:
    return detente.load(SMALL)


def visit(page: Any, address: str, width: int = 1280) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(address)
    page.wait_for_selector("body[data-ready]", timeout=PATIENT)
    settled(page)


def until(page: Any, condition: str) -> None:
    """Wait for a condition; asked from outside, since the page's policy lets nobody evaluate text within."""
    end = time.monotonic() + PATIENT / 1000
    while not page.evaluate(condition):
        assert time.monotonic() < end, page.locator("#said").inner_text()
        page.wait_for_timeout(50)


def settled(page: Any) -> None:
    """Wait for the exact answer to the view as it stands."""
    until(page, "window.explorer.answered() && document.body.dataset.exact === 'true'")


def shown(page: Any) -> dict[str, Any]:
    """What the page shows, as data."""
    found: dict[str, Any] = page.evaluate("window.explorer.shown")
    return found


def slide(page: Any, name: str, presses: int) -> float:
    """Move a slider by the keyboard; return the value that is then in the address."""
    row = page.locator(f"[data-name='{name}']")
    row.evaluate("row => { row.closest('details').open = true; }")
    row.locator("input[type=range]").focus()
    for _ in range(abs(presses)):
        page.keyboard.press("ArrowRight" if presses > 0 else "ArrowLeft")
    settled(page)
    return values(page)[name]


def drag(page: Any, name: str, place: int) -> None:
    """Drag a slider to a place, and let go."""
    page.locator(f"[data-name='{name}'] input[type=range]").evaluate(
        """(slider, place) => { slider.closest('details').open = true; slider.value = place;
             for (const kind of ['input', 'change']) slider.dispatchEvent(new Event(kind, {bubbles: true})); }""",
        place,
    )
    settled(page)


def values(page: Any) -> dict[str, float]:
    pairs = parse_qs(urlsplit(page.url).query).get("set", [])
    return {pair.rpartition("=")[0]: float(pair.rpartition("=")[2]) for pair in pairs}


def horizon(page: Any) -> str:
    text: str = page.locator("#tiles > div", has_text="the horizon").locator("dd").inner_text()
    return text.split("\n")[0]


def test_a_slider_moves_the_numbers_to_what_python_answers(page: Any, server: Server, case: Any) -> None:
    visit(page, server.url + "/")
    assert float(shown(page)["pictures"]["signed"][-1]["v"]) == float(case.live(exact=True).p_signed_by[-1])
    value = slide(page, "hawk_wins", 40)
    ds = case.live({"hawk_wins": value}, exact=True)
    found = shown(page)
    assert [row["v"] for row in found["pictures"]["signed"]] == ds.p_signed_by.values.tolist()
    assert {row["package"]: row["x"] for row in found["pictures"]["zone"]} == {
        str(name): gain for name, gain in zip(ds.package.values, ds.gain.sel(player="south").values.tolist(), strict=True)
    }
    assert horizon(page) == f"{100 * float(ds.p_signed_by[-1]):.0f}%"
    assert page.locator("[data-name='hawk_wins']").get_attribute("class") == "number changed"


def test_a_moving_slider_is_answered_at_once_on_the_coarser_copy(page: Any, server: Server, case: Any) -> None:
    visit(page, server.url + "/")
    row = page.locator("[data-name='aid_worth'] input[type=range]")
    row.evaluate("slider => { slider.value = 150; slider.dispatchEvent(new Event('input', {bubbles: true})); }")
    until(page, "document.body.dataset.exact === 'false' && window.explorer.answered()")
    value = page.evaluate("window.explorer.state.view.values.aid_worth")
    assert shown(page)["pictures"]["signed"][-1]["v"] == float(case.live({"aid_worth": value}).p_signed_by[-1])
    assert "coarser" in page.locator("#said").inner_text()


def test_every_chart_is_drawn_and_redrawn(page: Any, server: Server) -> None:
    """Those out of sight as soon as they come into view."""
    visit(page, server.url + "/")
    drawn = "[...document.querySelectorAll('.picture svg')].map((svg) => svg.outerHTML)"
    pictures = page.locator(".picture")
    for i in range(pictures.count()):
        pictures.nth(i).scroll_into_view_if_needed()
        page.wait_for_function("(i) => document.querySelectorAll('.picture')[i].querySelector('svg')", arg=i)
    before = page.evaluate(drawn)
    page.evaluate("scrollTo(0, 0)")
    slide(page, "aid_worth", -60)
    assert len(before) == pictures.count() == 7
    for i, old in enumerate(before):
        pictures.nth(i).scroll_into_view_if_needed()
        page.wait_for_function(f"([i, old]) => {drawn}[i] !== old", arg=[i, old])
    assert page.locator("[data-failed]").count() == 0


def test_an_address_brings_back_the_same_view_to_the_last_bit(page: Any, server: Server) -> None:
    visit(page, server.url + "/")
    slide(page, "hawk_wins", 17)
    slide(page, "pace", -23)
    page.select_option("#package", index=3)
    page.select_option("#variant", "hawkish")
    settled(page)
    address, before = page.url, shown(page)
    page.goto("about:blank")
    visit(page, address)
    assert shown(page) == before
    assert page.url == address


def test_steps_are_undone_redone_and_taken_back(page: Any, server: Server) -> None:
    visit(page, server.url + "/")
    own = shown(page)
    drag(page, "hawk_wins", 180)
    moved = shown(page)
    page.click("#undo")
    settled(page)
    assert shown(page) == own
    page.click("#redo")
    settled(page)
    assert shown(page) == moved
    page.locator("[data-name='hawk_wins'] .back").click()
    settled(page)
    assert values(page) == {}
    drag(page, "pace", 150)
    page.click("#reset")
    settled(page)
    assert urlsplit(page.url).query == ""
    assert shown(page) == own


def test_the_keyboard_alone_is_enough(page: Any, server: Server) -> None:
    visit(page, server.url + "/")
    focused = "document.activeElement.id || document.activeElement.className || document.activeElement.tagName"
    seen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.append(page.evaluate(focused))
        if page.evaluate("document.activeElement.type") == "range":
            break
    assert page.evaluate("document.activeElement.type") == "range", seen
    page.keyboard.press("PageUp")
    settled(page)
    assert len(values(page)) == 1
    page.keyboard.press("Control+z")
    settled(page)
    assert values(page) == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_is_in_the_way_of_a_screen_reader(page: Any, server: Server, theme: str) -> None:
    visit(page, f"{server.url}/?theme={theme}")
    page.evaluate("document.querySelectorAll('#groups details, #findings details').forEach((part) => { part.open = true; })")
    found = Axe().run(page).response["violations"]
    assert [(rule["id"], [node["html"][:120] for node in rule["nodes"]][:3]) for rule in found if rule["impact"] in SERIOUS] == []


@pytest.mark.parametrize("width", [1280, 768, 390])
def test_nothing_is_clipped(page: Any, server: Server, width: int) -> None:
    visit(page, server.url + "/?set=hawk_wins%3D0.55", width)
    page.evaluate("document.querySelectorAll('#groups details').forEach((part) => { part.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(CLIPPED) == []


def test_a_drag_asks_for_the_latest_only(page: Any, server: Server) -> None:
    visit(page, server.url + "/")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/api/answer" in request.url else None)
    page.locator("[data-name='aid_worth'] input[type=range]").evaluate(
        """slider => { for (let place = 1; place <= 100; place += 1) {
             slider.value = place; slider.dispatchEvent(new Event('input', {bubbles: true})); }
           slider.dispatchEvent(new Event('change', {bubbles: true})); }"""
    )
    settled(page)
    quick = [address for address in asked if "exact" not in address]
    assert 1 <= len(quick) <= 3
    assert f"{page.evaluate('window.explorer.state.view.values.aid_worth')}" in quick[-1]


def test_words_of_a_scenario_stay_words(page: Any, tmp_path: Path) -> None:
    hostile = SMALL.replace("Troops for aid", '"<img src=x onerror=document.title=1> </script>"').replace(
        "label: New warheads a year", "label: \"<b onclick='x'>bold</b>\""
    )
    path = tmp_path / "hostile.yaml"
    path.write_text(hostile, encoding="utf-8")
    with Server(path) as server:
        visit(page, server.url + "/")
        assert page.locator("h1").inner_text() == "<img src=x onerror=document.title=1> </script>"
        assert page.locator("h1 *").count() == 0
        assert page.locator("[data-name='pace'] label b").count() == 0


def test_files_can_be_kept(page: Any, server: Server) -> None:
    visit(page, server.url + "/?set=hawk_wins%3D0.55")
    with page.expect_download() as kept:
        page.locator("#picture-signed .keep", has_text="SVG").click()
    assert Path(kept.value.path()).read_text(encoding="utf-8").startswith("<svg")
    with page.expect_download() as kept:
        page.locator("#picture-signed .keep", has_text="PNG").click()
    assert Path(kept.value.path()).read_bytes()[:4] == b"\x89PNG"
    page.click("#downloads summary")
    with page.expect_download() as kept:
        page.click("#download-yaml")
    assert kept.value.suggested_filename == "small-changed.yaml"
    text = Path(kept.value.path()).read_text(encoding="utf-8")
    assert detente.load(text).scenario.quantities["hawk_wins"].value == 0.55
    assert re.search(r"value: 0\.55, low: 0\.2", text)


@pytest.mark.slow
def test_the_default_scenario_opens(page: Any) -> None:
    with Server("small-deal-2025") as server:
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(server.url + "/")
        page.wait_for_selector("body[data-ready]", timeout=2 * PATIENT)
        assert page.locator(".picture").count() == 7
        assert page.locator(".number").count() == len(detente.load("small-deal-2025").scenario.quantities)
        assert page.locator("[data-failed]").count() == 0
        page.goto("about:blank")  # the exact answer may still be on its way, and a server that ends cannot give it
