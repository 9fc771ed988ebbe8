"""The two kinds of picture most charts are: named curves, and one curve with its band."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import altair as alt
import numpy as np

from detente.charts import theme
from detente.charts.captions import axis
from detente.findings.milestones import milestones
from detente.findings.numbers import iso, length, percent, percent_band, when
from detente.findings.reading import Reading
from detente.words import commas

Points = list[tuple[Any, str]]
"""Where a curve is known: the place across, and its words."""
Words = Callable[[float], str]
"""Turns a number into words."""


def dates(reading: Reading, name: str = "date") -> Points:
    """The dates (or periods) of a result."""
    return [(iso(date, reading), when(date, reading)) for date in reading.ds[name].values]


def ages(reading: Reading) -> Points:
    """The ages of an agreement."""
    return [(float(age), length(float(age), reading.dated)) for age in reading.ds.age.values]


def since_signing(reading: Reading) -> alt.X:
    """The axis of age."""
    title = axis("since" if reading.dated else "since.rounds")
    return alt.X("when:Q", title=title, axis=alt.Axis(tickCount=6, tickMinStep=1), scale=alt.Scale(nice=False))


def scheduled(reading: Reading) -> list[Any]:
    """A thin labelled rule at each scheduled change, to lie under a chart over time."""
    rows = [
        {"when": iso(milestone.on, reading), "name": commas(reading.word("regimes", name) for name in milestone.regimes)}
        for milestone in milestones(reading)
    ]
    if not rows:
        return []
    base = alt.Chart(theme.data(rows)).encode(x=theme.time(reading.dated))
    rule = base.mark_rule(color=theme.FAINT, strokeWidth=1)
    names = base.mark_text(angle=270, align="right", baseline="bottom", dx=-4, dy=-3, fontSize=11, color=theme.MUTED)
    return [rule, names.encode(y=theme.fixed(alt.YValue, 0), text=alt.Text("name:N"))]


def curves(points: Points, values: Mapping[str, np.ndarray], words: Words) -> list[dict[str, Any]]:
    """Long rows of named curves, leaving out what is not known."""
    return [
        {"when": place, "date": date, "name": name, "v": float(v), "said": words(float(v))}
        for name, curve in values.items()
        for (place, date), v in zip(points, curve, strict=True)
        if np.isfinite(v)
    ]


def lines(rows: list[dict[str, Any]], names: list[str], x: alt.X, y: alt.Y, said: str) -> Any:
    """Named curves, told apart by colour and by pattern; points for the pointer on top."""
    base = alt.Chart(theme.data(rows)).encode(x=x, y=y)
    line = base.mark_line().encode(color=theme.color("name", names), strokeDash=theme.dash("name", names))
    return alt.layer(
        line, base.mark_point(size=90, opacity=0).encode(tooltip=theme.tips(name=axis("which"), date=axis("when"), said=said))
    )


def banded(points: Points, values: np.ndarray, band: np.ndarray | None) -> list[dict[str, Any]]:
    """Rows of a curve of probabilities with its band, if it has one."""
    known = [i for i, v in enumerate(values) if np.isfinite(v)]
    rows: list[dict[str, Any]] = [_row(*points[i], float(values[i])) for i in known]
    if band is not None:
        for i, row in zip(known, rows, strict=True):
            low, high = float(band[0, i]), float(band[1, i])
            row |= {"low": low, "high": high, "band": percent_band(low, high)} if np.isfinite(low + high) else {}
    return rows


def _row(place: Any, date: str, p: float) -> dict[str, Any]:
    return {"when": place, "date": date, "p": p, "chance": percent(p)}


def ribbon(rows: list[dict[str, Any]], x: alt.X, title: str) -> Any:
    """A curve of probabilities with its band."""
    band = {"band": axis("band")} if any("band" in row for row in rows) else {}
    base = alt.Chart(theme.data(rows)).encode(x=x)
    y = theme.percent("p", title)
    line = base.mark_line(color=theme.PALETTE[0], strokeWidth=2.6).encode(y=y)
    hover = base.mark_point(size=90, opacity=0).encode(
        y=y, tooltip=theme.tips(date=axis("when"), chance=axis("probability"), **band)
    )
    area = base.mark_area(color=theme.PALETTE[0], opacity=0.18).encode(y=alt.Y("low:Q", title=title), y2=alt.Y2("high:Q"))
    return alt.layer(area, line, hover) if band else alt.layer(line, hover)
