"""The difference of an outcome between two scenarios as a waterfall: from one value to the other, group by group."""

from __future__ import annotations

import math
from typing import Any

import altair as alt

from detente.charts import theme
from detente.findings.compare import Comparison, Difference, charted
from detente.findings.numbers import percent, plain_number
from detente.words import Phrases

SAID = Phrases() | {
    "title": "What the difference is made of: {label}",
    "caption": "From {first} at the top to {second} at the bottom: dark ticks are the two values, each bar is the part of the "
    "difference that one group of parameters accounts for (its Shapley value), the largest first; a sign stands before each "
    "amount.{band} Unit: {unit}.",
    "band": " Thin lines reach over {share} of {draws} draws of the uncertain numbers around where a bar ends.",
    "band.none": " Central values only; no band.",
    "chance": "probability or share, amounts in points",
    "utils": "utils",
    "up": "raises it",
    "down": "lowers it",
    "group": "group",
    "change": "part of the difference",
    "draws": "over draws",
    "total": "running total",
}
ROOM = 0.3
"""Space left for labels on either side, as a share of what is shown."""


def waterfalls(found: Comparison) -> list[theme.Figure]:
    """One waterfall per outcome that the words begin with."""
    return [waterfall(found, each) for each in charted(found)]


def waterfall(found: Comparison, each: Difference) -> theme.Figure:
    """One outcome, from its value in the first scenario to that in the second."""
    rows = _rows(found, each)
    order = [row["step"] for row in rows]
    unit = SAID["chance"] if each.chance else SAID["utils"] if each.unit == "util" else each.unit
    low, high = _range(rows)
    axis = alt.Axis(grid=True, gridColor=theme.GRID, tickCount=5, format="%" if each.chance else alt.Undefined)
    x = alt.X("start:Q", title=None, scale=alt.Scale(domain=[low, high], nice=False), axis=axis)
    y = alt.Y("step:N", title=None, sort=order, axis=alt.Axis(labelLimit=150, labelFontSize=12, titleAngle=0))
    base = alt.Chart(theme.data(rows))
    tips = theme.tips(step=SAID["group"], change=SAID["change"], band=SAID["draws"], level=SAID["total"])
    scale = alt.Scale(domain=[SAID["up"], SAID["down"]], range=[theme.GAIN, theme.LOSS])
    fill = alt.Color("kind:N", scale=scale, legend=alt.Legend())
    parts = base.transform_filter("!datum.whole")
    bars = parts.mark_bar(height={"band": 0.6}).encode(x=x, x2=alt.X2("end:Q"), y=y, color=fill, tooltip=tips)
    levels = base.transform_filter("datum.whole").mark_tick(thickness=4, color=theme.TOTAL, height={"band": 0.75})
    whiskers = base.mark_rule(color=theme.INK, strokeWidth=1.2).encode(x=alt.X("low:Q"), x2=alt.X2("high:Q"), y=y)
    text: dict[str, Any] = {"fontSize": 11, "color": theme.INK, "dy": -1}
    right = (
        base.transform_filter("datum.right")
        .mark_text(align="left", dx=5, **text)
        .encode(x=alt.X("edge:Q"), y=y, text=alt.Text("change:N"))
    )
    left = (
        base.transform_filter("!datum.right")
        .mark_text(align="right", dx=-5, **text)
        .encode(x=alt.X("edge:Q"), y=y, text=alt.Text("change:N"))
    )
    chart = theme.finish(alt.layer(bars, levels.encode(x=x, y=y, tooltip=tips), whiskers, right, left), 30 * len(rows) + 30)
    first, second = found.titles
    words = SAID.say("caption", first=first, second=second, band=_band(found), unit=unit)
    return theme.Figure(f"compare-{each.name}", SAID.say("title", label=each.label), words, chart)


def _band(found: Comparison) -> str:
    if found.drawn is None:
        return SAID["band.none"]
    low, high = found.quantiles
    return SAID.say("band", share=percent(high - low), draws=found.drawn.sizes["draw"])


def _rows(found: Comparison, each: Difference) -> list[dict[str, Any]]:
    """The first value, every part on top of those before it, the second value."""
    first, second = found.titles
    rows, at = [_level(first, each, each.before)], each.before
    for part in each.parts:
        rows.append(
            {
                "step": part.label,
                "start": at,
                "end": at + part.amount,
                "low": at + part.low,
                "high": at + part.high,
                "kind": SAID["up" if part.amount >= 0 else "down"],
                "whole": False,
                "change": each.short(part.amount),
                "band": each.band(part.low, part.high).strip(" ()（）"),
                "level": each.level(at + part.amount),
            }
        )
        at += part.amount
    return _edged([*rows, _level(second, each, each.after)])


def _level(name: str, each: Difference, value: float) -> dict[str, Any]:
    said = each.level(value) if each.chance else plain_number(round(value, 2)) if each.unit == "util" else each.level(value)
    return {
        "step": name,
        "start": value,
        "end": value,
        "low": math.nan,
        "high": math.nan,
        "kind": "",
        "whole": True,
        "change": said,
        "band": "",
        "level": said,
    }


def _edged(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Say where the label of each row stands: beyond its bar and line, on the side where there is room."""
    low, high = _range(rows)
    for row in rows:
        ends = [row[key] for key in ("start", "end", "low", "high") if not math.isnan(row[key])]
        row["right"] = high - max(ends) >= min(ends) - low
        row["edge"] = max(ends) if row["right"] else min(ends)
    return rows


def _range(rows: list[dict[str, Any]]) -> tuple[float, float]:
    """Every bar and line, with room for a label beside them; utils have no natural nought, so it need not be in sight."""
    ends = [row[key] for row in rows for key in ("start", "end", "low", "high") if not math.isnan(row[key])]
    room = ROOM * (max(ends) - min(ends)) or 1.0
    return min(ends) - room, max(ends) + room
