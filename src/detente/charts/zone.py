"""The zone of possible agreement as a picture: gain to one side against gain to the other."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np

from detente.charts import theme
from detente.charts.captions import axis, caption
from detente.findings.numbers import percent, utils
from detente.findings.phrases import say
from detente.findings.reading import Reading
from detente.findings.tables import roles
from detente.words import commas

DEEP = 1.5
"""A loss deeper than this many times the side's best gain lies outside the frame."""
SIGNED = 0.02
"""A package with more than this share of all signings is always drawn."""


def zone(reading: Reading) -> theme.Figure | None:
    """Every package by the gains of the first two principals, with the frontier and the solution points."""
    sides = reading.principals[:2] if len(reading.principals) > 1 else reading.players[:2]
    if len(sides) < 2 or not reading.has("gain"):
        return None
    first, second = (reading.who(side) for side in sides)
    every = _rows(reading, sides)
    rows = framed(every)
    x = alt.X("x:Q", title=axis("gain.axis", who=first), axis=alt.Axis(grid=True, gridColor=theme.GRID, tickCount=8))
    y = alt.Y("y:Q", title=axis("gain.axis", who=second), axis=alt.Axis(tickCount=8))
    layers = [*_corner(), _frontier(rows, x, y), _dots(rows, x, y, first, second), *_points(reading, rows, x, y, first, second)]
    chart = theme.finish(alt.layer(*layers).resolve_scale(color="independent", shape="independent"), 430)
    words = caption("zone", first=first, second=second) + _beyond(every, rows)
    return theme.Figure("zone", caption("zone.title"), words, chart)


def _rows(reading: Reading, sides: tuple[str, ...]) -> list[dict[str, Any]]:
    x, y = (reading.ds.gain.sel(player=side).values for side in sides)
    chance = reading.ds.p_deal.values
    best = frontier(x, y)
    return [
        {
            "x": float(x[i]),
            "y": float(y[i]),
            "p": float(chance[i]),
            "side": axis("inside" if reading.zone[i] else "outside"),
            "best": bool(best[i]),
            "terms": reading.package(name),
            "chance": percent(float(chance[i])),
            "gx": utils(float(x[i])),
            "gy": utils(float(y[i])),
            "needs": _needs(reading, name),
            "known": " \u00b7 ".join(roles(reading, name)),
        }
        for i, name in enumerate(reading.packages)
    ]


def framed(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out packages next to never signed and so bad for a side that they would squeeze the others into a corner."""
    floor = {axis: -DEEP * max(max(row[axis] for row in rows), 0.1) for axis in ("x", "y")}
    total = sum(row["p"] for row in rows)
    return [
        row for row in rows if row["known"] or row["p"] > SIGNED * total or all(row[axis] >= low for axis, low in floor.items())
    ]


def _beyond(every: list[dict[str, Any]], rows: list[dict[str, Any]]) -> str:
    hidden = len(every) - len(rows)
    return (
        caption("zone.beyond", hidden=hidden, p=percent(sum(row["p"] for row in every) - sum(row["p"] for row in rows)))
        if hidden
        else ""
    )


def _needs(reading: Reading, name: str) -> str:
    return commas(say("who.p", who=reading.player(who), p=percent(p)) for who, p in reading.acceptance(name).items())


def frontier(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Which points no other point beats in one coordinate without losing in the other."""
    order = np.lexsort((-y, -x))
    best, above = np.zeros(len(x), bool), -np.inf
    for i in order:
        best[i] = y[i] > above
        above = max(above, y[i])
    return best


def _corner() -> list[Any]:
    """The shaded corner where both gain, and the two lines of no gain."""
    base = alt.Chart(theme.data([{"x0": 0.0, "y0": 0.0}]))
    corner = base.mark_rect(color=theme.GAIN, opacity=0.07).encode(
        x=alt.X("x0:Q"), y=alt.Y("y0:Q"), x2=theme.fixed(alt.X2Value, "width"), y2=theme.fixed(alt.Y2Value, 0)
    )
    rule: dict[str, Any] = {"color": theme.MUTED, "strokeWidth": 1, "strokeDash": [3, 3]}
    return [corner, base.mark_rule(**rule).encode(x=alt.X("x0:Q")), base.mark_rule(**rule).encode(y=alt.Y("y0:Q"))]


def _frontier(rows: list[dict[str, Any]], x: alt.X, y: alt.Y) -> Any:
    best = sorted((row for row in rows if row["best"]), key=lambda row: row["x"])
    return alt.Chart(theme.data(best)).mark_line(color=theme.FAINT, strokeWidth=1.4).encode(x=x, y=y, order=alt.Order("x:Q"))


def _tips(first: str, second: str) -> list[alt.Tooltip]:
    gains = {"gx": axis("gain", who=first), "gy": axis("gain", who=second)}
    more = {"chance": axis("signed.p"), "needs": axis("needs"), "known": axis("known")}
    return theme.tips(terms=axis("package"), **gains, **more)


def _dots(rows: list[dict[str, Any]], x: alt.X, y: alt.Y, first: str, second: str) -> Any:
    fill = alt.Fill(
        "side:N",
        scale=alt.Scale(domain=[axis("inside"), axis("outside")], range=[theme.GAIN, "#ffffff"]),
        legend=alt.Legend(symbolStrokeColor=theme.GAIN, symbolSize=110),
    )
    size = alt.Size("p:Q", scale=alt.Scale(type="sqrt", range=[22, 520]), legend=None)
    base = alt.Chart(theme.data(sorted(rows, key=lambda row: -row["p"])))
    dots = base.mark_point(stroke=theme.GAIN, strokeWidth=1, fillOpacity=0.75, strokeOpacity=0.8)
    return dots.encode(x=x, y=y, fill=fill, size=size, tooltip=_tips(first, second))


def _points(reading: Reading, rows: list[dict[str, Any]], x: alt.X, y: alt.Y, first: str, second: str) -> list[Any]:
    known = [row for row in rows if row["known"]]
    if not known:
        return []
    domain = [row["known"] for row in known]
    marks = ["diamond", "triangle-up", "square", "cross", "triangle-down"][: len(domain)]
    shape = alt.Shape(
        "known:N", scale=alt.Scale(domain=domain, range=marks), legend=alt.Legend(symbolSize=130, symbolStrokeColor=theme.INK)
    )
    bare = alt.Shape("known:N", scale=alt.Scale(domain=domain, range=marks), legend=None)
    points = alt.Chart(theme.data(known)).mark_point(size=420, strokeWidth=2, filled=False, color=theme.INK)
    halo = points.encode(x=x, y=y, shape=bare, color=alt.ColorValue("#ffffff"), strokeWidth=alt.StrokeWidthValue(5))
    return [halo, points.encode(x=x, y=y, shape=shape, tooltip=_tips(first, second))]
