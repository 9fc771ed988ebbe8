"""Offers as a picture: what the one who offers gains against the probability that all others needed accept."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np

from detente.charts import theme
from detente.charts.captions import axis
from detente.findings.advise import proposes, ranked, robust
from detente.findings.numbers import percent, utils
from detente.findings.phrases import say
from detente.findings.reading import Reading
from detente.words import Phrases, bracketed, commas, listed, quoted

SAID = Phrases() | {
    "title": "What to offer: acceptance against own gain",
    "caption": "Each dot is a package: across, the probability that all others needed accept it once {who} has offered it; up, "
    "what {who} gains from it over going on without it [utils]. Along each thin curve the product of the two, the expected gain, "
    "is the same ({curves} utils): the further up and to the right, the better.{marks} Figures are at central values; no band.",
    "caption.accept": "Each dot is a package: across, the probability that all others needed accept it once {who} has accepted "
    "it; up, what {who} gains from it over going on without it [utils]. Along each thin curve the product of the two, the "
    "expected gain, is the same ({curves} utils): the further up and to the right, the better.{marks} Figures are at central "
    "values; no band.",
    "marks": " Marked: {marks}.",
    "none": "none drawn: no offer gains",
    "x": "Probability that all others needed accept",
    "package": "package",
    "accepted": "accepted by all others needed",
    "own": "own gain [utils]",
    "expected": "expected gain [utils]",
    "least": "least likely",
    "best": "best",
    "robust": "robust",
    "both": "best and robust",
}
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
        title=SAID["x"],
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format="%", tickCount=5),
    )
    y = alt.Y("gain:Q", title=axis("gain.axis", who=who), scale=alt.Scale(domain=[1.05 * low, 1.08 * top], nice=False))
    best = float(ds.expected_gain.max())
    levels = [best * (k + 1) / CURVES for k in range(CURVES)] if best > 0 else []
    layers = [*_curves(levels, top, x, y), *_dots(rows, x, y), *_labels(rows, x, y)]
    chart = theme.finish(alt.layer(*layers).resolve_scale(shape="independent", color="independent"), 380)
    names = [bracketed(quoted(reading.package(name)), mark) for name, mark in marked.items()]
    said = SAID.say("marks", marks=listed(names)) if marked else ""
    curves = commas(f"{level:.2f}" for level in levels) or SAID["none"]
    words = SAID.say("caption" if proposes(reading) else "caption.accept", who=who, curves=curves, marks=said)
    return theme.Figure("offers", SAID["title"], words, chart)


def _marked(reading: Reading) -> dict[str, str]:
    best, safe = ranked(reading)[0], robust(reading)
    if safe is None:
        return {best: SAID["best"]}
    return {best: SAID["both"]} if best == safe else {best: SAID["best"], safe: SAID["robust"]}


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
        "least": say("who.p", who=reading.player(least), p=percent(float(row.p_bottleneck))) if least else "",
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
        x=x, y=y, text=alt.Text("level:N")
    )
    return [line.encode(x=x, y=y, detail=alt.Detail("level:N")), text]


def _dots(rows: list[dict[str, Any]], x: alt.X, y: alt.Y) -> list[Any]:
    tips = theme.tips(
        terms=SAID["package"],
        accepted=SAID["accepted"],
        own=SAID["own"],
        expected=SAID["expected"],
        least=SAID["least"],
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
    return [part.encode(x=x, y=y, text=alt.Text("mark:N")) for part in (left, right)]
