"""Evidence as a picture: the parameters that move most, before and after what was seen."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import xarray as xr

from detente.charts import theme
from detente.findings.condition import SHOWN, band, moved
from detente.findings.names import parameter
from detente.words import Phrases, counted

SAID = Phrases() | {
    "title": "What was seen says about the parameters",
    "caption": "The parameters whose means clearly move, most first: before (grey, circle) and after (dark, diamond) what was "
    "seen. Marks are medians, lines run from the 5% to the 95% quantile of {draws}, weighed afterwards by the probability each "
    "gives to what was seen (they weigh as much as {ess}). Across: standard deviations of the parameter before, from its mean "
    "before.",
    "x": "standard deviations",
    "parameter": "parameter",
    "values": "median (5% to 95%)",
}
STAGES = Phrases() | {0: "before", 1: "after"}
BROAD = 24
"""Letters to a line of a label."""


def beliefs(ds: xr.Dataset) -> theme.Figure:
    """Prior and posterior of the parameters that move most."""
    names = moved(ds)[:SHOWN]
    rows = [_row(ds, name, k) for name in names for k in range(2)]
    y = alt.Y("label:N", sort=[row["label"] for row in rows[::2]], title=None, axis=theme.broken(190, ticks=False, domain=False))
    offset = alt.YOffset("stage:N", sort=list(STAGES.values()))
    x = alt.X("low:Q", title=SAID["x"], axis=alt.Axis(tickCount=5))
    base = alt.Chart(theme.data(rows)).encode(
        y=y,
        yOffset=offset,
        tooltip=theme.tips(name=SAID["parameter"], stage="", values=SAID["values"]),
    )
    color = alt.Color(
        "stage:N",
        scale=alt.Scale(domain=list(STAGES.values()), range=[theme.FAINT, theme.GAIN]),
        legend=alt.Legend(title=None, orient="top", symbolSize=90),
    )
    shape = alt.Shape("stage:N", scale=alt.Scale(domain=list(STAGES.values()), range=["circle", "diamond"]))
    lines = base.mark_rule(strokeWidth=3).encode(x=x, x2=alt.X2("high:Q"), color=color)
    marks = base.mark_point(filled=True, size=90, opacity=1).encode(x=alt.X("middle:Q"), color=color, shape=shape)
    chart = theme.finish(alt.layer(lines, marks), 44 * max(1, len(names)) + 40)
    words = SAID.say("caption", draws=counted(ds.attrs["draws"], "draw"), ess=f"{ds.attrs['ess']:.0f}")
    return theme.Figure("beliefs", SAID["title"], words, chart)


def _row(ds: xr.Dataset, name: str, stage: int) -> dict[str, Any]:
    weight = ds.weight.values[0]
    values = ds.parameter_draws.sel(parameter=name).values
    mean = float(values @ weight)
    spread = float(np.sqrt(np.square(values - mean) @ weight))
    low, middle, high = ((float(value) - mean) / spread for value in ds.parameter_band.sel(parameter=name).values[stage])
    label = parameter(ds, name, str(ds.parameter_label.sel(parameter=name).item()))
    which = str(ds.stage.values[stage])
    return {
        "label": theme.category(label, BROAD, name),
        "name": label,
        "stage": STAGES[stage],
        "low": low,
        "middle": middle,
        "high": high,
        "values": band(ds, name, which),
    }
