"""Scheduled changes within the horizon, elections and ends of terms: the dates a reader counts from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from detente.findings import statistics as stat
from detente.findings.numbers import day, listed, when
from detente.findings.phrases import say
from detente.findings.reading import Reading


@dataclass(frozen=True)
class Milestone:
    """One date on which something changes by schedule."""

    on: Any
    """The date, or the round."""
    at: Any
    """The boundary of periods at which the model lets it happen."""
    regimes: tuple[str, ...]
    """What may change."""


def milestones(reading: Reading) -> list[Milestone]:
    """Every scheduled change, in order; those of one date together."""
    found: dict[Any, list[str]] = {}
    for entry in reading.note("milestones", []):
        on = np.datetime64(entry["on"], "D") if reading.dated else int(entry["on"])
        regimes = found.setdefault(on, [])
        if entry["regime"] not in regimes:
            regimes.append(entry["regime"])
    return [Milestone(on, _boundary(reading, on), tuple(regimes)) for on, regimes in sorted(found.items())]


def _boundary(reading: Reading, on: Any) -> Any:
    points = stat.days(reading.ds.date.values)
    return reading.ds.date.values[int(np.abs(points - stat.days([on])[0]).argmin())]


def first_date(reading: Reading) -> tuple[Any, str, str]:
    """The date to quote a first probability for: the next scheduled change, else the middle of the horizon.

    Returns:
        The date to read off, the date in words, and what changes then (empty if nothing does).
    """
    ahead = milestones(reading)
    if ahead:
        what = say("milestone", what=listed([reading.regime(name) for name in ahead[0].regimes]))
        return ahead[0].at, day(ahead[0].on, reading), what
    middle = _middle(reading)
    return middle, when(middle, reading), ""


def _middle(reading: Reading) -> Any:
    dates = reading.ds.date.values
    middle = dates[len(dates) // 2]
    ends = [end for end in stat.year_ends(reading) if end >= middle] if reading.dated else []
    return ends[0] if ends and ends[0] < dates[-1] else middle if reading.dated else int(middle)
