"""Offers as a picture: what the one who offers gains against the probability that all others needed accept."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np

from detente.charts import theme
from detente.findings.advise import proposes, ranked, robust
from detente.findings.numbers import listed, percent, utils
from detente.findings.reading import Reading

TITLE = "What to offer: acceptance against own gain"
CAPTION = (
    "Each dot is a package: across, the probability that all others needed accept it once {who} has {verb} it; up, what {who} "
    "gains from it over going on without it [utils]. Along each thin curve the product of the two, the expected gain, is the "
    "same ({curves} utils): the further up and to the right, the better.{marks} Figures are at central values; no band."
)
MARKS = " Marked: {marks}."
CURVES = 3
LEAST = 0.02
"""Acceptance below which a package that is not marked is left out: no offer."""


def offers(reading: Reading) -> theme.Figure:
    """Every package by acceptance and own gain, with curves of equal expected gain; the best and the robust offer marked."""
    ds, who = reading.ds, reading.who(reading.ds.attrs["advised"])
    marked = _marked(reading)
    rows = [_row(reading, name, marked) for name in reading.packages]
    top = max(0.1, *(row["gain"] for row in rows if row["p"] > LEAST or row["mark"]))
    rows = [row for row in rows if row["mark"] or (row["p"] > LEAST and row["gain"] > -0.5 * top)]
    low = min(0.0, *(row["gain"] for row in rows))
    x = alt.X(
        "p:Q",
        title="Probability that all others needed accept",
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format="%", tickCount=5),
    )
    y = alt.Y("gain:Q", title=f"Gain to {who} [utils]", scale=alt.Scale(domain=[1.05 * low, 1.08 * top], nice=False))
    best = float(ds.expected_gain.max())
    levels = [best * (k + 1) / CURVES for k in range(CURVES)] if best > 0 else []
    layers = [*_curves(levels, top, x, y), *_dots(rows, x, y), *_labels(rows, x, y)]
    chart = theme.finish(alt.layer(*layers).resolve_scale(shape="independent", color="independent"), 380)
    said = MARKS.format(marks=listed([f"“{reading.package(name)}” ({mark})" for name, mark in marked.items()])) if marked else ""
    curves = ", ".join(f"{level:.2f}" for level in levels) or "none drawn: no offer gains"
    words = CAPTION.format(who=who, verb="offered" if proposes(reading) else "accepted", curves=curves, marks=said)
    return theme.Figure("offers", TITLE, words, chart)


def _marked(reading: Reading) -> dict[str, str]:
    best, safe = ranked(reading)[0], robust(reading)
    if safe is None:
        return {best: "best"}
    return {best: "best and robust"} if best == safe else {best: "best", safe: "robust"}


def _row(reading: Reading, name: str, marked: dict[str, str]) -> dict[str, Any]:
    row = reading.ds.sel(package=name)
    least = str(row.bottleneck.item())
    return {
        "p": float(row.p_all_accept),
        "gain": float(row.own_gain),
        "mark": marked.get(name, ""),
        "terms": reading.package(name),
        "accepted": percent(float(row.p_all_accept)),
        "own": utils(float(row.own_gain)),
        "expected": utils(float(row.expected_gain)),
        "least": f"{reading.player(least)} {percent(float(row.p_bottleneck))}" if least else "",
    }


def _curves(levels: list[float], top: float, x: alt.X, y: alt.Y) -> list[Any]:
    rows = [
        {"p": float(p), "gain": float(level / p), "level": f"{level:.2f}"}
        for level in levels
        for p in np.linspace(level / (1.08 * top), 1.0, 60)
    ]
    if not rows:
        return []
    line = alt.Chart(theme.data(rows)).mark_line(color=theme.FAINT, strokeWidth=1, strokeDash=[3, 3])
    ends = alt.Chart(theme.data([row for row in rows if row["p"] == 1.0]))
    text = ends.mark_text(align="right", baseline="bottom", dy=-2, fontSize=11, color=theme.MUTED).encode(
        x=x, y=y, text="level:N"
    )
    return [line.encode(x=x, y=y, detail="level:N"), text]


def _dots(rows: list[dict[str, Any]], x: alt.X, y: alt.Y) -> list[Any]:
    tips = theme.tips(
        terms="package",
        accepted="accepted by all others needed",
        own="own gain [utils]",
        expected="expected gain [utils]",
        least="least likely",
    )
    base = alt.Chart(theme.data([row for row in rows if not row["mark"]]))
    dots = base.mark_point(filled=True, size=46, color=theme.GAIN, opacity=0.6).encode(x=x, y=y, tooltip=tips)
    chosen = alt.Chart(theme.data([row for row in rows if row["mark"]]))
    ring = chosen.mark_point(filled=True, size=190, shape="diamond", color=theme.LOSS, stroke=theme.INK, strokeWidth=1.2)
    return [dots, ring.encode(x=x, y=y, tooltip=tips)]


def _labels(rows: list[dict[str, Any]], x: alt.X, y: alt.Y) -> list[Any]:
    base = alt.Chart(theme.data([row for row in rows if row["mark"]]))
    right = base.transform_filter("datum.p > 0.6").mark_text(align="right", dx=-11, dy=-9, fontSize=12, color=theme.INK)
    left = base.transform_filter("datum.p <= 0.6").mark_text(align="left", dx=11, dy=-9, fontSize=12, color=theme.INK)
    return [part.encode(x=x, y=y, text="mark:N") for part in (left, right)]
