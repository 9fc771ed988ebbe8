"""When an agreement is signed: cumulative probability with its band, the chance of signing by regime, the width of the window."""

from __future__ import annotations

import altair as alt
import numpy as np

from detente.charts import marks, theme
from detente.charts.captions import axis, caption
from detente.findings import statistics as stat
from detente.findings.bands import coarse
from detente.findings.milestones import milestones
from detente.findings.numbers import distinct, percent, unit
from detente.findings.reading import Reading
from detente.findings.window import by_regime, importance

MOST = 2
"""Regimes drawn."""


def what_band(reading: Reading) -> str:
    """The sentence on what the band of a chart is."""
    if reading.count < 2:
        return caption("band.none")
    low, high = reading.quantiles
    return caption("band", low=percent(low), high=percent(high), draws=reading.count)


def signed(reading: Reading) -> theme.Figure:
    """P(signed by) with its band."""
    rows = marks.banded(marks.dates(reading), reading.ds.p_signed_by.values, stat.signed_band(reading))
    chart = alt.layer(*marks.scheduled(reading), marks.ribbon(rows, theme.time(reading.dated), axis("signed")))
    words = caption("signed", band=what_band(reading), rules=rules(reading), coarse=_coarse(reading), moment=moment(reading))
    return theme.Figure("signed", caption("signed.title"), words, theme.finish(chart, 300))


def moment(reading: Reading) -> str:
    """What the axis of time holds."""
    return axis("moment" if reading.dated else "round")


def rules(reading: Reading) -> str:
    """The sentence on what the thin rules of a chart over time are."""
    return caption("rules") if milestones(reading) else ""


def _coarse(reading: Reading) -> str:
    offset = coarse(reading)
    return caption("signed.coarse", offset=offset) if offset and reading.count > 1 else ""


def drawn(reading: Reading) -> list[str]:
    """The regimes worth a chart: those that move signing most."""
    weight = importance(reading) if reading.has("p_signed_hazard") else dict.fromkeys(by_regime(reading), 0.0)
    return sorted(weight, key=lambda regime: -weight[regime])[:MOST]


def _by_state(reading: Reading, values: np.ndarray) -> dict[str, dict[str, np.ndarray]]:
    """Regime -> state in words -> its curve over the periods, for regimes with something to compare."""
    names, found = [str(name) for name in reading.ds.regime_state.values], {}
    for regime, columns in by_regime(reading).items():
        if regime not in drawn(reading):
            continue
        known = [names[c] for c in columns if np.isfinite(values[:, c]).any()]
        words = distinct([reading.state(name)[1] for name in known], known)
        if len(known) > 1:
            found[regime] = {word: values[:, names.index(name)] for word, name in zip(words, known, strict=True)}
    return found


def hazards(reading: Reading) -> list[theme.Figure]:
    """The chance of signing within a year by state, one chart per regime."""
    if not reading.has("p_signed_hazard"):
        return []
    within = unit(reading.dated)
    y = theme.percent("v", axis("signed.within", unit=within), None)
    found = _by_state(reading, stat.within_one(reading.ds.p_signed_hazard.values, reading.step))
    made = []
    for i, (regime, states) in enumerate(found.items()):
        rows = marks.curves(marks.dates(reading, "period"), states, percent)
        lines = marks.lines(rows, list(states), theme.time(reading.dated), y, axis("within", unit=within))
        words = {"regime": reading.word("regimes", regime), "unit": within, "rules": rules(reading), "moment": moment(reading)}
        chart = theme.finish(alt.layer(*marks.scheduled(reading), lines), 210)
        made.append(theme.Figure(f"hazard-{i}", caption("hazard.title", **words), caption("hazard", **words), chart))
    return made


def openings(reading: Reading) -> list[theme.Figure]:
    """The width of the zone of possible agreement by state, one chart per regime."""
    if not reading.has("zopa_share"):
        return []
    made = []
    for i, (regime, states) in enumerate(_by_state(reading, reading.ds.zopa_share.values).items()):
        rows = marks.curves(marks.dates(reading, "period"), states, percent)
        y = theme.percent("v", axis("of.menu"), None)
        lines = marks.lines(rows, list(states), theme.time(reading.dated), y, axis("of.menu"))
        words = {
            "regime": reading.word("regimes", regime),
            "packages": len(reading.packages),
            "rules": rules(reading),
            "moment": moment(reading),
        }
        chart = theme.finish(alt.layer(*marks.scheduled(reading), lines), 210)
        made.append(theme.Figure(f"open-{i}", caption("open.title", **words), caption("open", **words), chart))
    return made


def menu(reading: Reading) -> theme.Figure | None:
    """P(signed by) with the menu as given and refined."""
    if not reading.has("p_signed_by_refined"):
        return None
    values = {axis("menu"): reading.ds.p_signed_by.values, axis("menu.refined"): reading.ds.p_signed_by_refined.values}
    rows = marks.curves(marks.dates(reading), values, percent)
    chart = marks.lines(rows, list(values), theme.time(reading.dated), theme.percent("v", axis("signed")), axis("probability"))
    return theme.Figure("menu", caption("menu.title"), caption("menu"), theme.finish(chart, 230))
