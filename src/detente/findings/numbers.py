"""Numbers and dates in words, the same everywhere."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import numpy as np

from detente.findings.reading import Estimate, Reading
from detente.words import Phrases, bracketed, counted, dates, listed, spanned

__all__ = [
    "band_of",
    "chance",
    "counted",
    "day",
    "distinct",
    "iso",
    "length",
    "listed",
    "percent",
    "percent_band",
    "plain_number",
    "plural_unit",
    "short",
    "tenths",
    "unit",
    "utils",
    "when",
]

SAID = Phrases() | {
    "unknown": "not known",
    "under": "under 1%",
    "over": "over 99%",
    "percent": "{number}%",
    "percent.band": "{low}–{high}%",
    "band": "{low} to {high}",
}
UNITS = Phrases() | {True: "year", False: "round"}
"""What time is counted in, by whether the clock runs in calendar years."""
MANY = Phrases() | {True: "years", False: "rounds"}
MINUS = "\u2212"


def percent(p: float) -> str:
    """A probability as a percentage; what is not exactly nought or one is never printed as if it were."""
    if math.isnan(p):
        return SAID["unknown"]
    if 0 < p < 0.005:
        return SAID["under"]
    return SAID["over"] if 0.995 < p < 1 else SAID.say("percent", number=f"{100 * p:.0f}")


def tenths(p: float) -> str:
    """A probability to a tenth of a per cent, for comparing two."""
    return SAID.say("percent", number=f"{100 * p:.1f}".replace("-", MINUS))


def percent_band(low: float, high: float) -> str:
    """A band of probabilities."""
    return SAID.say("percent.band", low=f"{100 * low:.0f}", high=f"{100 * high:.0f}")


def band_of(low: str, high: str) -> str:
    """A band of anything else, its ends in words."""
    return SAID.say("band", low=low, high=high)


def chance(estimate: Estimate) -> str:
    """A probability and its band."""
    return bracketed(percent(estimate.value), percent_band(estimate.low, estimate.high) if estimate.banded else "")


def utils(x: float, digits: int = 2) -> str:
    """A gain or a loss, with its sign."""
    rounded = f"{abs(x):.{digits}f}"
    if math.isnan(x) or float(rounded) == 0:
        return SAID["unknown"] if math.isnan(x) else rounded
    return ("+" if x > 0 else MINUS) + rounded


def plain_number(x: float) -> str:
    """A parameter's value, as short as it can be."""
    if math.isinf(x):
        return "\u221e" if x > 0 else MINUS + "\u221e"
    return "" if math.isnan(x) else f"{x:.6g}".replace("-", MINUS)


def short(x: float) -> str:
    """A quantity to three digits."""
    return plain_number(float(f"{x:.3g}"))


def length(years: float, dated: bool) -> str:
    """A span of time."""
    return spanned(years, "year" if dated else "round")


def unit(dated: bool) -> str:
    """What time is counted in, one of it."""
    return UNITS[dated]


def plural_unit(dated: bool) -> str:
    """What time is counted in, many of it."""
    return MANY[dated]


def _date(date: Any) -> dt.date:
    return dt.date.fromisoformat(str(np.datetime_as_string(np.datetime64(date, "D"))))


def when(date: Any, reading: Reading) -> str:
    """A date as month and year, or a round."""
    if not reading.dated:
        return dates.SAID.say("round", round=int(date))
    found = _date(date)
    if (found.month, found.day) in ((12, 31), (1, 1)):
        return dates.SAID.say("end", year=found.year - (found.month == 1))
    return dates.month(found.year, found.month)


def day(date: Any, reading: Reading) -> str:
    """A date to the day, or a round."""
    return dates.day(_date(date)) if reading.dated else when(date, reading)


def iso(date: Any, reading: Reading) -> Any:
    """A date for a chart's data."""
    return str(np.datetime_as_string(np.datetime64(date, "D"))) if reading.dated else int(date)


def distinct(words: list[str], names: list[str]) -> list[str]:
    """Words that tell things apart: where two are the same, the identifier is added."""
    return [bracketed(word, name) if words.count(word) > 1 else word for word, name in zip(words, names, strict=True)]
