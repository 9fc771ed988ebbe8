"""The vendored chart library draws, offline, under a policy that forbids evaluating text as code."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import altair as alt
import pytest

pytestmark = pytest.mark.browser

POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"


def test_chart_draws_under_strict_policy(page: Any, tmp_path: Path) -> None:
    static = files("detente") / "assets" / "static"
    scripts = "".join(
        f"<script>{(static / f'{name}.min.js').read_text(encoding='utf-8')}</script>"
        for name in ("vega", "vega-lite", "vega-embed")
    )
    chart = alt.Chart(alt.Data(values=[{"x": 1, "y": 2}, {"x": 2, "y": 3}])).mark_line(point=True).encode(x="x:Q", y="y:Q")
    draw = f"vegaEmbed('#chart', {json.dumps(chart.to_dict())}, {{ast: true, actions: false, renderer: 'svg'}})"
    html = (
        f'<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f'<div id="chart"></div>{scripts}<script>{draw}</script>'
    )
    file = tmp_path / "page.html"
    file.write_text(html, encoding="utf-8")
    page.goto(file.as_uri())
    page.wait_for_selector("#chart svg")
    assert page.locator("#chart svg g.mark-symbol path").count() == 2
