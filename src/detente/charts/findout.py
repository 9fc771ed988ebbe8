"""What to find out first as a picture: worth by number or group, with its error and how well the number is known."""

from __future__ import annotations

from typing import Any

import altair as alt

from detente.charts import theme
from detente.findings.findout import QUALITY, SHOWN, Target, amount, ranked, worth
from detente.findings.numbers import percent
from detente.findings.reading import Reading
from detente.words import Phrases, commas, counted

SAID = Phrases() | {
    "title": "What to find out first",
    "caption": "What knowing it is worth to {who} before this decision [utils], over {draws}. Lines: two standard errors either "
    "way. Pale bars cannot be told from nought.{marks}{rest} Knowing everything is worth {whole} utils.",
    "marks": " Colours, and the letters at the bars, say how well a number is known: {marks}.",
    "rest": " Left out: {rest}.",
    "axis": "worth [utils]",
    "known": "how known",
    "change": "changes",
}
LETTERS = {"contested": "D", "guess": "J", "single": "1", "several": "S"}
BROAD = 28
"""Letters to a line of a label."""


def bars(reading: Reading) -> theme.Figure:
    """The worth of numbers, or of groups, the largest first."""
    ds, rows = reading.ds, ranked(reading)
    numbers = ds.attrs["by"] == "parameter"
    marks = SAID.say("marks", marks=commas(f"{LETTERS[key]} {QUALITY[key]}" for key in QUALITY)) if numbers else ""
    drawn = [row for row in rows if row.worth > 0.0 or row.error > 0.0][:SHOWN] or rows[:1]
    left = len(rows) - len(drawn)
    words = SAID.say(
        "caption",
        who=reading.who(ds.attrs["player_asked"]),
        draws=counted(int(ds.attrs["draws"]) - int(ds.attrs["failed"]), "draw"),
        marks=marks,
        rest=SAID.say("rest", rest=counted(left, "number") if numbers else counted(left, "group")) if left > 0 else "",
        whole=amount(float(ds.worth)),
    )
    return theme.Figure("findout", SAID["title"], words, _chart([_row(row) for row in drawn], numbers))


def _row(row: Target) -> dict[str, Any]:
    return {
        "label": theme.category(row.label, BROAD, row.name),
        "name": row.label,
        "worth": max(row.worth, 0.0),
        "low": max(row.worth - 2 * row.error, 0.0),
        "high": max(row.worth + 2 * row.error, 0.0),
        "clear": 0.9 if row.clear else 0.3,
        "quality": QUALITY[row.quality] if row.quality else "",
        "letter": LETTERS.get(row.quality, ""),
        "said": worth(row),
        "share": percent(row.change),
    }


def _chart(rows: list[dict[str, Any]], numbers: bool) -> Any:
    axis = theme.broken(190, ticks=False, domain=False)
    lines = max(row["label"].count("|") for row in rows)
    y = alt.Y("label:N", sort=[row["label"] for row in rows], title=None, axis=axis)
    reach = max((row["high"] for row in rows), default=0.0)
    scale = alt.Scale(domain=[0, max(1.06 * reach, 1e-3)], nice=False)
    x = alt.X("worth:Q", title=SAID["axis"], scale=scale, axis=alt.Axis(tickCount=4, grid=True))
    known = {"quality": SAID["known"]} if numbers else {}
    base = alt.Chart(theme.data(rows)).encode(y=y, tooltip=theme.tips(name="", said=SAID["axis"], share=SAID["change"], **known))
    colour = (
        theme.color("quality", list(QUALITY.values()), legend=alt.Legend(columns=2)) if numbers else alt.value(theme.PALETTE[0])
    )
    layers = [
        base.mark_bar(height={"band": 0.66}).encode(x=x, color=colour, opacity=alt.Opacity("clear:Q", scale=None)),
        base.mark_rule(strokeWidth=1.6, color=theme.INK).encode(x=alt.X("low:Q"), x2=alt.X2("high:Q")),
    ]
    if numbers:
        text = base.mark_text(align="left", dx=5, fontSize=11, color=theme.MUTED).encode(
            x=alt.X("high:Q"), text=alt.Text("letter:N")
        )
        layers.append(text)
    return theme.finish(alt.layer(*layers), (14 * lines + 12) * len(rows) + 40)
