"""The report in a real browser, on a laptop and on a phone: drawn, unclipped, alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import xarray as xr

from detente import report
from pages import CLIPPED
from synthetic import central, ensemble, make

pytestmark = [pytest.mark.browser, pytest.mark.shipped]
WIDTHS = (1280, 768, 390)


def show(page: Any, path: Path, ds: xr.Dataset, draws: xr.Dataset | None, width: int) -> None:
    report.write(ds, draws, path)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(path.as_uri())
    page.wait_for_selector("body[data-ready]", timeout=20_000)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("kind", ["usual", "no deal", "rounds"])
def test_nothing_is_clipped_and_every_chart_is_drawn(page: Any, tmp_path: Path, kind: str, width: int) -> None:
    ds, draws = {
        "usual": (central(), ensemble()),
        "no deal": (make(0.0), None),
        "rounds": (make(clock="rounds", periods=10), None),
    }[kind]
    show(page, tmp_path / "report.html", ds, draws, width)
    assert page.evaluate("[...document.querySelectorAll('[data-failed]')].map((f) => f.id + ': ' + f.dataset.failed)") == []
    assert page.evaluate("document.querySelectorAll('figure[data-chart]').length") == page.locator("figure svg").count()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(CLIPPED) == []


def test_pointing_at_a_package_shows_its_terms_as_text(page: Any, tmp_path: Path) -> None:
    ds = central().copy()
    ds.attrs = {**ds.attrs, "words": ds.attrs["words"].replace("Yongbyon", "<b>Yongbyon</b>")}
    show(page, tmp_path / "report.html", ds, ensemble(), 1280)
    page.locator("#fig-zone").scroll_into_view_if_needed()
    page.locator("#fig-zone svg .mark-symbol.role-mark path").last.hover(force=True)
    tip = page.locator("#vg-tooltip-element")
    assert "package" in tip.inner_text()
    assert tip.locator("b").count() == 0


def test_turning_the_phone_redraws(page: Any, tmp_path: Path) -> None:
    show(page, tmp_path / "report.html", central(), ensemble(), 390)
    page.set_viewport_size({"width": 1000, "height": 390})
    page.wait_for_function("document.querySelector('#fig-signed svg').clientWidth > 700")
    assert page.evaluate(CLIPPED) == []


def test_print_keeps_charts_within_the_sheet(page: Any, tmp_path: Path) -> None:
    show(page, tmp_path / "report.html", central(), ensemble(), 1280)
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 680, "height": 960})
    page.wait_for_timeout(200)
    assert page.evaluate("document.documentElement.scrollWidth") <= 680
    assert page.pdf(format="A4")[:4] == b"%PDF"


def test_every_number_can_be_reached_and_is_printed(page: Any, tmp_path: Path) -> None:
    show(page, tmp_path / "report.html", central(), ensemble(), 390)
    hidden = "[...document.querySelectorAll('details table')].filter((t) => t.getBoundingClientRect().height === 0).length"
    assert page.evaluate("document.querySelectorAll('details[open]').length") == 0
    page.evaluate("location.hash = 'source-1'")
    page.wait_for_function("document.getElementById('source-1').closest('details').open")
    page.emulate_media(media="print")
    assert page.evaluate(hidden) == 0
