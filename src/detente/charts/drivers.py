"""What drives an outcome as a picture: total and first-order indices with their intervals."""

from __future__ import annotations

from typing import Any

import altair as alt
import xarray as xr

from detente.charts import theme
from detente.findings.drivers import Group, Number, groups, interval, outcome, parameters, points
from detente.words import Phrases, bracketed, counted

SAID = Phrases() | {
    "title": "What drives it: {label}",
    "caption": "Share of the outcome's variance over {draws}, by group of parameters. Wide pale bars: what would stay uncertain "
    "if all but the group were known (total index). Narrow dark bars: what would go if the group alone were known (first-order "
    "index). Lines: 95% intervals by the bootstrap.{verdict}{rest}",
    "open": " The indices have not converged.",
    "dependent": "Share of the outcome's variance that a number explains by itself over {draws}, given what was observed. Lines: "
    "two standard errors either way.{rest}",
    "rest": " Left out: {rest}.",
    "axis": "share of variance",
    "total": "total",
    "first": "by itself",
}
SHOWN = 12
"""Bars at most."""
BROAD = 22
"""Letters to a line of a label."""


def bars(ds: xr.Dataset) -> theme.Figure:
    """The indices of every group; where draws are not independent, what numbers explain by themselves."""
    rows = groups(ds)
    draws = counted(int(ds.attrs["solves"]), "solve")
    title = SAID.say("title", label=outcome(ds))
    if not rows:
        single = sorted(parameters(ds), key=lambda row: -row.own)
        data = [_single(row) for row in single[:SHOWN]]
        rest = _rest(counted(len(single) - SHOWN, "number"), len(single))
        return theme.Figure("drivers", title, SAID.say("dependent", draws=draws, rest=rest), _chart(data))
    rest = _rest(counted(len(rows) - SHOWN, "group"), len(rows))
    verdict = "" if ds.attrs["converged"] else SAID["open"]
    words = SAID.say("caption", draws=draws, verdict=verdict, rest=rest)
    return theme.Figure("drivers", title, words, _chart([_row(row) for row in rows[:SHOWN]]))


def _rest(rest: str, count: int) -> str:
    return SAID.say("rest", rest=rest) if count > SHOWN else ""


def _bar(label: str, name: str, share: float, band: tuple[float, float]) -> dict[str, Any]:
    return {
        "label": theme.category(label, BROAD, name),
        "name": label,
        "total": max(share, 0.0),
        "low": max(band[0], 0.0),
        "high": max(band[1], 0.0),
        "said": bracketed(points(share), interval(band)),
    }


def _single(row: Number) -> dict[str, Any]:
    return _bar(row.label, row.name, row.own, (row.own - 2 * row.own_error, row.own + 2 * row.own_error))


def _row(row: Group) -> dict[str, Any]:
    return _bar(row.label, row.label, row.total, row.total_band) | {
        "first": max(row.first, 0.0),
        "first_low": max(row.first_band[0], 0.0),
        "first_high": max(row.first_band[1], 0.0),
        "alone": bracketed(points(row.first), interval(row.first_band)),
    }


def _chart(rows: list[dict[str, Any]]) -> Any:
    axis = theme.broken(170, ticks=False, domain=False)
    y = alt.Y("label:N", sort=[row["label"] for row in rows], title=None, axis=axis)
    reach = max((max(row["high"], row.get("first_high", 0.0)) for row in rows), default=1.0)
    scale = alt.Scale(domain=[0, max(reach, 0.05)], nice=True)
    x = alt.X("total:Q", title=SAID["axis"], scale=scale, axis=alt.Axis(format="%", tickCount=4, grid=True))
    two = rows and "first" in rows[0]
    tips = theme.tips(name="", said=SAID["total"], **({"alone": SAID["first"]} if two else {}))
    base = alt.Chart(theme.data(rows)).encode(y=y, tooltip=tips)
    layers = [
        base.mark_bar(height={"band": 0.72}, color=theme.GRID if two else theme.PALETTE[5], stroke=theme.FAINT).encode(x=x),
        base.mark_rule(strokeWidth=1.6, color=theme.INK, yOffset=-9 if two else 0).encode(x=alt.X("low:Q"), x2=alt.X2("high:Q")),
    ]
    if two:
        layers += [
            base.mark_bar(height={"band": 0.34}, color=theme.PALETTE[5], yOffset=6).encode(x=alt.X("first:Q")),
            base.mark_rule(strokeWidth=1.6, color=theme.INK, yOffset=6).encode(x=alt.X("first_low:Q"), x2=alt.X2("first_high:Q")),
        ]
    return theme.finish(alt.layer(*layers), 38 * max(1, len(rows)) + 40)
