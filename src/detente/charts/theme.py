"""One theme and one palette for every chart: distinct in colour and in grey, on paper, on a laptop and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width
from warnings import warn

import altair as alt

from detente.charts.captions import axis
from detente.words import folded

FONT = (
    'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Noto Sans CJK SC", "Noto Sans CJK KR", '
    '"PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "Malgun Gothic", "WenQuanYi Micro Hei", sans-serif'
)
"""Fonts to try in order; several carry Chinese, Korean and Japanese."""
SVG = "http://www.w3.org/2000/svg"
INK, MUTED, FAINT, GRID = "#1f2933", "#52606d", "#9aa5b1", "#e4e7eb"
PALETTE = ("#0b4f8a", "#d55e00", "#009e73", "#8a5a9e", "#e0a000", "#4aa3df", "#333333", "#b0477a")
"""Colours told apart by the colour-blind (after Okabe and Ito 2008), in steps of lightness."""
DASHES: tuple[list[int], ...] = ([1, 0], [7, 3], [2, 2], [9, 3, 2, 3], [4, 4], [1, 3], [12, 3], [6, 2, 1, 2, 1, 2])
"""Line patterns, so that lines are told apart without colour."""
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right", "triangle-left")
GAIN, LOSS, TOTAL = "#0b4f8a", "#d55e00", "#333333"

CONFIG: dict[str, Any] = {
    "background": "transparent",
    "font": FONT,
    "view": {"stroke": None},
    "axis": {
        "labelColor": MUTED,
        "titleColor": MUTED,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "gridColor": GRID,
        "domainColor": FAINT,
        "tickColor": FAINT,
        "labelFlush": False,
        "titlePadding": 8,
    },
    "axisY": {
        "domain": False,
        "ticks": False,
        "titleAngle": 0,
        "titleAlign": "left",
        "titleAnchor": "start",
        "titleX": 0,
        "titleY": -14,
        "titleBaseline": "bottom",
    },
    "axisX": {"grid": False},
    "legend": {
        "orient": "bottom",
        "direction": "horizontal",
        "title": None,
        "labelColor": INK,
        "labelFontSize": 12,
        "labelLimit": 320,
        "symbolSize": 480,
        "symbolStrokeWidth": 2,
        "columnPadding": 18,
        "rowPadding": 5,
        "offset": 12,
        "titleColor": MUTED,
        "titleFontWeight": "normal",
    },
    "line": {"strokeWidth": 2.2},
}


@dataclass(frozen=True)
class Figure:
    """A chart with the words that make it readable."""

    key: str
    """Stable name, used as the element's id."""
    title: str
    """What is shown, as a heading."""
    caption: str
    """What is shown, its unit, what the band is and how to read it."""
    chart: alt.TopLevelMixin

    @property
    def spec(self) -> dict[str, Any]:
        """The Vega-Lite specification."""
        made = self.chart.to_dict(validate=False)
        return made | {"datasets": {name: list(rows) for name, rows in made.get("datasets", {}).items()}}

    def write(self, path: Path | str, width: int = 700) -> None:
        """Write the chart to ``path`` as a picture: PNG, SVG or PDF, by how the name ends.

        Warns:
            UserWarning: it holds letters that no font of this machine has.
        """
        if letters := undrawable(str(self.spec)):
            warn(f"no font of this machine has {letters!r}: install one, such as Noto Sans CJK", stacklevel=2)
        self.chart.properties(width=width, autosize=alt.AutoSizeParams(type="pad")).save(str(path))


def undrawable(text: str) -> str:
    """Return the first Chinese, Japanese or Korean letter of a text, if no font of this machine draws it; else nothing."""
    found = next((c for c in text if east_asian_width(c) == "W" and c.isalpha()), "")
    return "" if not found or drawn(found) else found


def drawn(letter: str) -> bool:
    """Whether a picture shows a letter, and not what stands for one that no font has."""
    from vl_convert import svg_to_png

    def picture(text: str) -> bytes:
        style = f'y="24" font-size="20" font-family="{escape(FONT, quote=True)}"'
        return bytes(svg_to_png(f'<svg xmlns="{SVG}" width="30" height="30"><text {style}>{text}</text></svg>'))

    return picture(escape(letter)) != picture("\U000f1234")  # of private use: no font has it


def finish(chart: Any, height: int = 260) -> Any:
    """Give a chart the theme and the width of its container."""
    # set in place: the chart is nobody else's, and to be given properties Vega-Altair would copy all of it
    chart.width, chart.height, chart.config = "container", height, CONFIG
    chart.autosize = alt.AutoSizeParams(type="fit-x", contains="padding")
    return chart


def data(rows: list[dict[str, Any]]) -> alt.InlineData:
    """Put rows into a chart; missing numbers become null."""
    # a tuple, which Vega-Altair passes on as it is: a list it would copy, row by row, with every layer and property added
    known = ({k: None if isinstance(v, float) and v != v else v for k, v in row.items()} for row in rows)
    return alt.InlineData(values=tuple(known))


def fixed(channel: Callable[..., Any], value: float | str) -> Any:
    """Return a channel at a place of the picture, wherever the data are: pixels, ``width`` or ``height``."""
    # the channel's own class: a bare value Vega-Altair looks up among all classes there are, a hundredth of a second each
    return channel(value)


def color(field: str, domain: list[str], **options: Any) -> alt.Color:
    """Colour by name, in the palette's order."""
    return alt.Color(
        f"{field}:N", scale=alt.Scale(domain=domain, range=[PALETTE[i % len(PALETTE)] for i in range(len(domain))]), **options
    )


def dash(field: str, domain: list[str]) -> alt.StrokeDash:
    """Line pattern by name, in the same order; shares its legend with the colour."""
    return alt.StrokeDash(
        f"{field}:N", scale=alt.Scale(domain=domain, range=[DASHES[i % len(DASHES)] for i in range(len(domain))])
    )


def time(dated: bool, **options: Any) -> alt.X:
    """The time axis: calendar years, or rounds."""
    if not dated:
        return alt.X("when:Q", title=axis("round"), axis=alt.Axis(tickMinStep=1, format="d"), **options)
    years = alt.Axis(format="%Y", tickCount={"interval": "year", "step": 1}, labelOverlap=True)
    return alt.X("when:T", title=None, scale=alt.Scale(type="utc"), axis=years, **options)


def percent(field: str, title: str, top: float | None = 1.0) -> alt.Y:
    """A probability axis."""
    scale = alt.Scale(domain=[0, top], nice=False) if top is not None else alt.Scale(zero=True)
    return alt.Y(f"{field}:Q", title=title, scale=scale, axis=alt.Axis(format="%", tickCount=5))


def category(label: str, broad: int, name: str) -> str:
    """A label in lines of so many letters, for an axis that is ``broken``; the name, not shown, keeps equal labels apart."""
    return "|".join([*folded(label.replace("|", "/"), broad), name])


def broken(limit: int, **more: Any) -> alt.Axis:
    """An axis whose labels stand on lines of their own, so many pixels wide at most."""
    return alt.Axis(labelLimit=limit, labelExpr="slice(split(datum.label, '|'), 0, -1)", **more)


def tips(**fields: str) -> list[alt.Tooltip]:
    """Tooltips: field -> title; every field is ready-made text."""
    return [alt.Tooltip(f"{name}:N", title=title) for name, title in fields.items()]
