"""Why each side accepts or refuses: the named terms of its gain; and what more or less precise choice would change."""

from __future__ import annotations

from typing import Any

import altair as alt

from detente.charts import theme
from detente.charts.captions import axis, caption
from detente.findings.bands import coarse
from detente.findings.numbers import distinct, percent, plain_number, utils, when
from detente.findings.reading import Reading
from detente.findings.reasons import explained, terms
from detente.findings.tables import sweep


def reasons(reading: Reading, package: str | None = None) -> list[theme.Figure]:
    """One chart per player that must consent to ``package`` (default: the likeliest): its gain by named term."""
    package = package or explained(reading)
    if package is None:
        return []
    sides = [player for player in reading.players if player in (*reading.principals, *reading.needed(package))]
    return [_bars(reading, player, package, i) for i, player in enumerate(sides)]


def _bars(reading: Reading, player: str, package: str, i: int) -> theme.Figure:
    own = terms(reading, player, package)
    words = distinct([reading.term(player, t) for t, _ in own], [t for t, _ in own])
    parts = [(word, v) for word, (_, v) in zip(words, own, strict=True)]
    gain = float(reading.ds.gain.sel(player=player, package=package))
    bars = [(t, v, axis("for" if v > 0 else "against")) for t, v in sorted(parts, key=lambda part: -part[1])]
    rows = [{"term": t, "v": v, "kind": kind, "said": utils(v)} for t, v, kind in [*bars, (axis("sum"), gain, axis("sum"))]]
    accept = reading.acceptance(package).get(player)
    said = caption("reasons.accept", p=percent(accept)) if accept is not None else ""
    who = reading.player(player)
    chart = theme.finish(_diverging(rows), 38 * len(rows))
    return theme.Figure(
        f"reasons-{i}",
        caption("reasons.title", who=who),
        caption("reasons", who=reading.who(player), accept=said),
        chart,
    )


def _diverging(rows: list[dict[str, Any]]) -> Any:
    """Bars to the right for, to the left against; names above the bars, so that none is cut on a narrow screen."""
    order = [row["term"] for row in rows]
    largest = max(abs(row["v"]) for row in rows) or 1.0
    base = alt.Chart(theme.data(rows)).encode(y=alt.Y("term:N", sort=order, axis=None))
    x = alt.X(
        "v:Q",
        title=axis("utils"),
        scale=alt.Scale(domain=[-1.3 * largest, 1.3 * largest], nice=False),
        axis=alt.Axis(tickCount=5),
    )
    fill = alt.Color(
        "kind:N",
        scale=alt.Scale(domain=[axis("for"), axis("against"), axis("sum")], range=[theme.GAIN, theme.LOSS, theme.TOTAL]),
        legend=None,
    )
    zero = alt.Chart(theme.data([{"v": 0}])).mark_rule(color=theme.FAINT).encode(x=alt.X("v:Q"))
    bars = base.mark_bar(height=12, yOffset=8).encode(x=x, color=fill, tooltip=theme.tips(term=axis("term"), said=axis("utils")))
    names = base.mark_text(align="left", dy=-8, color=theme.INK, fontSize=12, limit=330).encode(
        x=theme.fixed(alt.XValue, 0), text=alt.Text("term:N")
    )
    value = base.mark_text(align="left", dx=5, dy=8, color=theme.INK, fontSize=12)
    right = value.transform_filter(alt.datum.v >= 0).encode(x=x, text=alt.Text("said:N"))
    left = value.transform_filter(alt.datum.v < 0).encode(
        x=alt.XDatum(0), text=alt.Text("said:N")
    )  # where no name can be in its way
    return alt.layer(zero, bars, names, right, left)


def precision(reading: Reading) -> theme.Figure | None:
    """P(an agreement) as choice grows more precise, up to full rationality."""
    swept = sweep(reading)
    if not swept:
        return None
    rows = [
        {"at": plain_number(row["precision"]), "p": row["p"], "said": percent(row["p"]), "modal": _package(reading, row["modal"])}
        for row in swept
    ]
    order = [row["at"] for row in rows]
    x = alt.X("at:N", sort=order, title=_short(reading), axis=alt.Axis(labelAngle=0), scale=alt.Scale(type="point", padding=0.5))
    base = alt.Chart(theme.data(rows)).encode(x=x, y=theme.percent("p", axis("probability.agreement")))
    line = base.mark_line(color=theme.PALETTE[0], strokeWidth=1.6)
    tips = theme.tips(at=axis("precision"), said=axis("probability"), modal=axis("likeliest"))
    dots = base.mark_point(color=theme.PALETTE[0], filled=True, size=80, opacity=1).encode(tooltip=tips)
    text = base.mark_text(dy=-14, color=theme.INK, fontSize=12).encode(text=alt.Text("said:N"))
    offset = coarse(reading)
    end = when(reading.ds.date.values[-1], reading)
    more = caption("precision.coarse", offset=offset) if offset else ""
    said = caption("precision", end=end, axis=_short(reading, "precision.own"), coarse=more)
    return theme.Figure("precision", caption("precision.title"), said, theme.finish(alt.layer(line, dots, text), 260))


def _package(reading: Reading, name: str) -> str:
    return reading.package(name) if name in reading.levels else name


def _short(reading: Reading, key: str = "precision.multiple") -> str:
    unit = str(reading.ds.precision.attrs.get("units", ""))
    return axis("precision.unit", unit=unit) if unit not in ("", "1") else axis(key)
