"""The explorer's pictures: charts without data of their own, drawn anew whenever ``now`` changes, over the ghost ``base``.

Each takes up to three named sets of rows (:mod:`detente.findings.live`): ``now``, ``base`` and, over time, ``rules``. The grey
line, mark or ring is the base; what is coloured is the view.
"""

from __future__ import annotations

from typing import Any

import altair as alt

from detente.charts import theme
from detente.charts.captions import axis, caption
from detente.findings.live import AGAINST, FOR, SUM
from detente.findings.names import branch
from detente.findings.names import unit as in_words
from detente.findings.reading import Reading
from detente.words import Phrases

ROW = 38
"""Height of a bar with its name above it [pixels]."""
GHOST: dict[str, Any] = {"color": theme.FAINT, "opacity": 0.9}
NOW, BASE, RULES = "now", "base", "rules"

TITLES = Phrases() | {
    "zone": "What each package is worth",
    "signed": "Has an agreement been signed?",
    "survival": "Once signed, is it still in force?",
    "endings": "What ends it",
    "stock": "{name}",
    "why": "{who}: for and against",
}
CAPTIONS = Phrases() | {
    "zone": "Across, the gain to {first} from signing today rather than waiting; up, to {second} [utils]. A bigger dot is "
    "likelier to be signed; filled dots lie in the zone of possible agreement. Point at a dot for its terms, select it to "
    "explain it. Grey rings: where the base stands.",
    "signed": "Probability that one has been signed by then. Grey: the base.",
    "survival": "Probability that an agreement is still in force so long after its signing. Grey: the base.",
    "endings": "Share of agreements that have ended so by the longest time followed. Grey marks: the base.",
    "stock": "Expected value with talks, with talks off, and after a deal{unit}. Grey: the base.",
    "why": "Parts of the gain to {side} from the package explained [utils]; the dark bar is their sum. Grey marks: the base.",
}

SHOWN = Phrases() | {"now": "now", "base": "base"}
"""What a bar and a mark show."""


def grows(key: str) -> int:
    """The height a picture takes for each of its rows, where that is what makes its height; else nought [pixels]."""
    return ROW if key == "endings" or key.startswith("why-") else 0


def figures(reading: Reading) -> list[theme.Figure]:
    """Every picture, in the order of the page."""
    made = [_zone(reading), _signed(reading)]
    if "survival" in reading.ds:
        made += [_survival(reading), _endings(reading)]
    made += [_stock(reading, str(name)) for name in reading.ds.stock.values]
    made += [_why(reading, i, player) for i, player in enumerate(reading.principals[:2])]
    return [figure for figure in made if figure is not None]


def _data(name: str) -> alt.NamedData:
    return alt.NamedData(name=name)


def _figure(key: str, kind: str, chart: Any, height: int, **words: Any) -> theme.Figure:
    return theme.Figure(key, TITLES.say(kind, **words), CAPTIONS.say(kind, **words), theme.finish(chart, height))


def _time(reading: Reading) -> alt.X:
    if not reading.dated:
        return alt.X("t:Q", title=axis("round"), axis=alt.Axis(tickMinStep=1, format="d"))
    years = alt.Axis(format="%Y", tickCount={"interval": "year", "step": 1}, labelOverlap=True)
    return alt.X("t:T", title=None, scale=alt.Scale(type="utc"), axis=years)


def _rules(x: alt.X) -> list[Any]:
    base = alt.Chart(_data(RULES)).encode(x=x)
    names = base.mark_text(angle=270, align="right", baseline="bottom", dx=-4, dy=-3, fontSize=11, color=theme.MUTED)
    return [base.mark_rule(color=theme.GRID, strokeWidth=1), names.encode(y=theme.fixed(alt.YValue, 0), text=alt.Text("name:N"))]


def _line(x: alt.X, y: alt.Y, **titles: str) -> list[Any]:
    """One curve over its ghost, with points for the pointer."""
    ghost = alt.Chart(_data(BASE)).mark_line(strokeWidth=2, strokeDash=[4, 3], **GHOST).encode(x=x, y=y)
    now = alt.Chart(_data(NOW))
    line = now.mark_line(color=theme.PALETTE[0], strokeWidth=2.6).encode(x=x, y=y)
    return [ghost, line, now.mark_point(size=120, opacity=0).encode(x=x, y=y, tooltip=theme.tips(**titles))]


def _signed(reading: Reading) -> theme.Figure:
    x = _time(reading)
    layers = [
        *(_rules(x) if reading.dated else []),
        *_line(x, theme.percent("v", axis("signed")), at=axis("when"), said=axis("probability")),
    ]
    return _figure("signed", "signed", alt.layer(*layers), 230)


def _survival(reading: Reading) -> theme.Figure:
    title = axis("since" if reading.dated else "since.rounds")
    x = alt.X("t:Q", title=title, axis=alt.Axis(tickCount=6, tickMinStep=1), scale=alt.Scale(nice=False))
    return _figure(
        "survival",
        "survival",
        alt.layer(*_line(x, theme.percent("v", axis("in.force")), at=axis("when"), said=axis("probability"))),
        230,
    )


def _bars(x: alt.X, color: Any) -> list[Any]:
    """Bars by name over tick marks of the base; names above the bars, so that none is cut on a narrow screen."""
    y = alt.Y("name:N", sort=None, axis=None)
    now = alt.Chart(_data(NOW)).encode(y=y)
    bars = now.mark_bar(height=11, yOffset=8).encode(x=x, color=color, tooltip=theme.tips(name=axis("which"), said=SHOWN["now"]))
    names = now.mark_text(align="left", dy=-8, color=theme.INK, fontSize=12, limit=330).encode(
        x=theme.fixed(alt.XValue, 0), text=alt.Text("name:N")
    )
    value = now.mark_text(align="left", dx=6, dy=8, color=theme.INK, fontSize=12)
    right = value.transform_filter(alt.datum.v >= 0).encode(x=x, text=alt.Text("said:N"))
    left = value.transform_filter(alt.datum.v < 0).encode(x=alt.XDatum(0), text=alt.Text("said:N"))
    ghost = (
        alt.Chart(_data(BASE))
        .mark_tick(thickness=2.5, size=18, yOffset=8, color=theme.MUTED)
        .encode(x=x, y=y, tooltip=theme.tips(name=axis("which"), said=SHOWN["base"]))
    )
    return [bars, ghost, names, right, left]


def _endings(reading: Reading) -> theme.Figure:
    ticks = alt.Axis(format="%", tickCount=4, labelFlush=24)
    x = alt.X("v:Q", title=None, scale=alt.Scale(domainMin=0, nice=False, padding=44), axis=ticks)
    return _figure("endings", "endings", alt.layer(*_bars(x, alt.value(theme.PALETTE[0]))), ROW)


def _why(reading: Reading, i: int, player: str) -> theme.Figure:
    fill = alt.Color(
        "kind:N", scale=alt.Scale(domain=[FOR, AGAINST, SUM], range=[theme.GAIN, theme.LOSS, theme.TOTAL]), legend=None
    )
    x = alt.X("v:Q", title=axis("utils"), scale=alt.Scale(nice=False, padding=48), axis=alt.Axis(tickCount=5, labelFlush=24))
    zero = alt.Chart(alt.InlineData(values=[{"v": 0}])).mark_rule(color=theme.FAINT).encode(x=alt.X("v:Q"))
    who = reading.player(player)
    return _figure(f"why-{i}", "why", alt.layer(zero, *_bars(x, fill)), ROW, who=who, side=reading.who(player))


def _stock(reading: Reading, name: str) -> theme.Figure:
    i = [str(stock) for stock in reading.ds.stock.values].index(name)
    unit, word = in_words(str(reading.ds.stock_unit.values[i])), reading.thing("stock", name)
    branches = [branch(str(name)) for name in reading.ds.branch.values]
    x, y = _time(reading), alt.Y("v:Q", title=unit or axis("expected"), scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=5))
    ghost = alt.Chart(_data(BASE)).mark_line(strokeWidth=2, **GHOST).encode(x=x, y=y, detail=alt.Detail("name:N"))
    now = alt.Chart(_data(NOW)).encode(x=x, y=y)
    line = now.mark_line().encode(color=theme.color("name", branches), strokeDash=theme.dash("name", branches))
    dots = now.mark_point(size=120, opacity=0).encode(
        tooltip=theme.tips(name=axis("which"), at=axis("when"), said=axis("expected"))
    )
    said = caption("unit", unit=unit) if unit and unit.lower() != word.lower() else ""
    return _figure(f"stock-{name}", "stock", alt.layer(ghost, line, dots), 230, name=word, unit=said)


def _zone(reading: Reading) -> theme.Figure | None:
    sides = reading.principals[:2] if len(reading.principals) > 1 else reading.players[:2]
    if len(sides) < 2:
        return None
    first, second = (reading.who(side) for side in sides)
    x = alt.X("x:Q", title=axis("gain.axis", who=first), axis=alt.Axis(grid=True, gridColor=theme.GRID, tickCount=8))
    y = alt.Y("y:Q", title=axis("gain.axis", who=second), axis=alt.Axis(tickCount=8))
    size = alt.Size("p:Q", scale=alt.Scale(type="sqrt", range=[24, 520]), legend=None)
    tips = theme.tips(
        terms=axis("package"),
        gx=axis("gain", who=first),
        gy=axis("gain", who=second),
        chance=axis("signed.p"),
        needs=axis("needs"),
        known=axis("known"),
    )
    framed = alt.datum.framed
    ghost = alt.Chart(_data(BASE)).mark_point(filled=False, strokeWidth=1, **GHOST).encode(x=x, y=y, size=size)
    now = alt.Chart(_data(NOW)).transform_filter(framed).encode(x=x, y=y)
    fill = alt.condition(alt.datum.inside, alt.value(theme.GAIN), alt.value("transparent"))
    dots = now.mark_point(stroke=theme.GAIN, strokeWidth=1, fillOpacity=0.75, strokeOpacity=0.8, cursor="pointer")
    shown = now.transform_filter(alt.datum.shown).mark_point(size=700, strokeWidth=2.4, filled=False, color=theme.LOSS)
    layers = [
        *_corner(),
        ghost.transform_filter(framed),
        dots.encode(fill=fill, size=size, tooltip=tips),
        shown.encode(tooltip=tips),
    ]
    return _figure("zone", "zone", alt.layer(*layers), 380, first=first, second=second)


def _corner() -> list[Any]:
    """The shaded corner where both gain, and the two lines of no gain."""
    base = alt.Chart(alt.InlineData(values=[{"x": 0.0, "y": 0.0}]))
    corner = base.mark_rect(color=theme.GAIN, opacity=0.07).encode(
        x=alt.X("x:Q"), y=alt.Y("y:Q"), x2=theme.fixed(alt.X2Value, "width"), y2=theme.fixed(alt.Y2Value, 0)
    )
    rule: dict[str, Any] = {"color": theme.MUTED, "strokeWidth": 1, "strokeDash": [3, 3]}
    return [corner, base.mark_rule(**rule).encode(x=alt.X("x:Q")), base.mark_rule(**rule).encode(y=alt.Y("y:Q"))]
