"""After signing: survival, the ways agreements end, and what becomes of the stocks."""

from __future__ import annotations

import altair as alt
import numpy as np

from detente.charts import marks, theme
from detente.charts.captions import axis, caption
from detente.charts.course import what_band
from detente.findings import statistics as stat
from detente.findings.names import branch
from detente.findings.names import unit as in_words
from detente.findings.numbers import distinct, percent, plural_unit, short, tenths
from detente.findings.reading import Reading

MOST = 6
"""Ways of ending drawn one by one."""


def survival(reading: Reading) -> theme.Figure | None:
    """P(still in force) by age, with its band."""
    if not reading.has("survival") or not np.isfinite(reading.ds.survival.values).any():
        return None
    rows = marks.banded(marks.ages(reading), reading.ds.survival.values, stat.survival_band(reading))
    chart = theme.finish(marks.ribbon(rows, marks.since_signing(reading), axis("in.force")), 260)
    return theme.Figure(
        "survival",
        caption("survival.title"),
        caption("survival", unit=plural_unit(reading.dated), band=what_band(reading)),
        chart,
    )


def endings(reading: Reading) -> theme.Figure | None:
    """Cumulative incidence of each way of ending."""
    if not reading.has("ended_by") or not np.isfinite(reading.ds.ended_by.values).any():
        return None
    largest = _largest(reading)
    rows = marks.curves(marks.ages(reading), largest, percent)
    y = theme.percent("v", axis("ended"), None)
    chart = theme.finish(marks.lines(rows, list(largest), marks.since_signing(reading), y, axis("probability")), 260)
    return theme.Figure("endings", caption("endings.title"), caption("endings", unit=plural_unit(reading.dated)), chart)


def _largest(reading: Reading) -> dict[str, np.ndarray]:
    """The commonest endings by name, the rest together."""
    values = reading.ds.ended_by.transpose("age", "cause").values
    order = np.argsort(-np.nan_to_num(values).max(axis=0), kind="stable")
    names = [str(reading.ds.cause.values[c]) for c in order[:MOST]]
    words = distinct([reading.cause(name) for name in names], names)
    found = {word: values[:, c] for word, c in zip(words, order, strict=False)}
    if len(order) > MOST:
        found[axis("others")] = values[:, order[MOST:]].sum(axis=1)
    return found


def stocks(reading: Reading) -> list[theme.Figure]:
    """Each stock with talks, without talks, and after a deal."""
    if not reading.has("stock_mean"):
        return []
    return [_paths(reading, "stock", str(name)) for name in reading.ds.stock.values]


def indicators(reading: Reading) -> list[theme.Figure]:
    """Each indicator, likewise."""
    if not reading.has("indicator_mean"):
        return []
    return [_paths(reading, "indicator", str(name)) for name in reading.ds.indicator.values]


def _paths(reading: Reading, kind: str, name: str) -> theme.Figure:
    unit = in_words(str(reading.ds[f"{kind}_unit"].sel({kind: name}).item())) if reading.has(f"{kind}_unit") else ""
    share = kind == "indicator" and reading.has("indicator_percent") and bool(reading.ds.indicator_percent.sel(indicator=name))
    unit = unit.replace("1/", axis("per")) if share else unit
    mean = reading.ds[f"{kind}_mean"].sel({kind: name})
    branches = {branch(str(name)): mean.sel(branch=name).values for name in reading.ds.branch.values}
    rows = marks.curves(marks.dates(reading), branches, lambda v: f"{tenths(v) if share else short(v)} {unit}".strip())
    ticks = alt.Axis(format="%", tickCount=5) if share else alt.Axis(tickCount=5)
    x, y = theme.time(reading.dated), alt.Y("v:Q", title=unit or axis("expected"), scale=alt.Scale(zero=False), axis=ticks)
    word = reading.thing(kind, name)
    words = {"stock": word, "unit": caption("unit", unit=unit) if unit and unit.lower() != word.lower() else ""}
    chart = theme.finish(marks.lines(rows, list(branches), x, y, axis("expected")), 200)
    return theme.Figure(f"{kind}-{name}", caption(f"{kind}.title", stock=word), caption(kind, **words), chart)
