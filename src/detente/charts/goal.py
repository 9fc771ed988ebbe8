"""What would have to be true as a picture: every number that moves, in deviations of its stated range."""

from __future__ import annotations

from typing import Any

import altair as alt
import xarray as xr

from detente.charts import theme
from detente.findings.goal import Change, level, named, outcome, player
from detente.findings.numbers import counted, short, utils
from detente.words import Phrases

SAID = Phrases() | {
    "title": "What would have to be true: {label}",
    "caption": "The smallest joint change found that brings the outcome from {start} to {found}{short}. Each bar is the change "
    "of a number in standard deviations of its stated range; beside it the central value and the value found. A bar ends in a "
    "line where the range does.{rest} Central values only; no band.",
    "caption.own": "The smallest joint change found of the levers of {who} that brings the outcome from {start} to "
    "{found}{short}. Each bar is the change of a number in standard deviations of its stated range; beside it the central value "
    "and the value found. A bar ends in a line where the range does.{rest} Central values only; no band.",
    "short": ", the furthest found on the way to {target}",
    "rest": " Left out: {rest} that move less.",
    "x": "Change [standard deviations]",
    "number": "number",
    "before": "central value",
    "after": "value found",
    "moved": "change [deviations]",
    "values": "{before} → {after}",
}
BROAD = 26
"""Letters to a line of a label."""


def changes(ds: xr.Dataset) -> theme.Figure:
    """The numbers that move most, in deviations."""
    rows = [_row(row) for row in named(ds)]
    left = ds.sizes["parameter"] - len(rows)
    reach = max((abs(row["change"]) for row in rows), default=1.0)
    order = [row["line"] for row in rows]
    domain = [-1.15 * reach, 1.15 * reach]
    x = alt.X("change:Q", title=SAID["x"], scale=alt.Scale(domain=domain, nice=False), axis=alt.Axis(grid=True, tickCount=8))
    y = alt.Y("line:N", title=None, sort=order, axis=theme.broken(170))
    base = alt.Chart(theme.data(rows))
    tips = theme.tips(label=SAID["number"], before=SAID["before"], after=SAID["after"], moved=SAID["moved"])
    fill = alt.condition(alt.datum.change > 0, alt.value(theme.GAIN), alt.value(theme.LOSS))
    bars = base.mark_bar(height={"band": 0.6}).encode(x=x, y=y, color=fill, tooltip=tips)
    ends = base.transform_filter("datum.edge").mark_tick(thickness=3, color=theme.INK, height={"band": 0.8}).encode(x=x, y=y)
    text: dict[str, Any] = {"fontSize": 11, "color": theme.INK}
    # on the side of nought where the bar is not: beside its end they would leave a phone's screen
    words = base.encode(x=alt.XDatum(0.0), y=y, text=alt.Text("values:N"))
    up = words.transform_filter("datum.change > 0").mark_text(align="right", dx=-5, **text)
    down = words.transform_filter("datum.change <= 0").mark_text(align="left", dx=5, **text)
    chart = theme.finish(alt.layer(bars, ends, up, down), 34 * max(len(rows), 1) + 30)
    attrs = ds.attrs
    caption = SAID.say(
        "caption.own" if attrs["player"] else "caption",
        who=player(ds),
        start=level(ds, attrs["outcome_from"]),
        found=level(ds, attrs["outcome_found"]),
        short="" if attrs["reached"] else SAID.say("short", target=level(ds, attrs["outcome_to"])),
        rest=SAID.say("rest", rest=counted(left, "number")) if left else "",
    )
    return theme.Figure("goal", SAID.say("title", label=outcome(ds)), caption, chart)


def _row(row: Change) -> dict[str, Any]:
    before, after = short(row.before), short(row.after)
    return {
        "line": theme.category(row.label, BROAD, row.name),
        "label": row.label,
        "change": row.deviations,
        "moved": utils(row.deviations),
        "before": before,
        "after": after,
        "values": SAID.say("values", before=before, after=after),
        "edge": row.edge,
    }
