"""Further analyses as sections of a report: what each says, its pictures, its heading."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import xarray as xr

from detente.charts import advise as advice
from detente.charts import compare as comparison
from detente.charts import condition as conditioning
from detente.charts import drivers as driving
from detente.charts import findout as finding
from detente.charts import goal as seeking
from detente.charts.theme import Figure
from detente.findings import Reading, advise, compare, condition, drivers, findout, goal, page

Made = tuple[dict[str, Any], list[Figure], str]
"""What a section says, its pictures, and whom or what its heading names."""


@dataclass(frozen=True)
class Part:
    """A further analysis, ready for the template of its kind."""

    key: str
    kind: str
    title: str
    said: dict[str, Any]
    figures: list[Figure]


def part(name: str, ds: xr.Dataset) -> Part:
    """Return an analysis as a section; ``name`` is its kind, and after a hyphen whose it is: ``drivers``, ``advise-us``."""
    kind = name.partition("-")[0]
    said, figures, who = KINDS[kind](ds)
    apart = [replace(figure, key=f"{name}-{figure.key}") for figure in figures]
    return Part(name, kind, page.heading(kind, who), said, apart)


def _advise(ds: xr.Dataset) -> Made:
    reading = Reading(ds)
    return advise.section(ds), [advice.offers(reading)], reading.player(ds.attrs["advised"])


def _findout(ds: xr.Dataset) -> Made:
    reading = Reading(ds)
    drawn = [finding.bars(reading)] if float(ds.change) > 0 else []  # nothing to find out, nothing to draw
    return findout.section(ds), drawn, reading.player(ds.attrs["player_asked"])


def _compare(ds: xr.Dataset) -> Made:
    found = compare.Comparison(ds)
    return compare.section(ds), comparison.waterfalls(found), found.titles[0]


KINDS: dict[str, Callable[[xr.Dataset], Made]] = {
    "drivers": lambda ds: (drivers.section(ds), [driving.bars(ds)], ""),
    "findout": _findout,
    "advise": _advise,
    "goal": lambda ds: (goal.section(ds), [seeking.changes(ds)] if goal.named(ds) else [], ""),
    "condition": lambda ds: (condition.section(ds), [conditioning.beliefs(ds)] if condition.moved(ds) else [], ""),
    "compare": _compare,
}
