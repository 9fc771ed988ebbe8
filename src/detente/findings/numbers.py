"""Numbers and dates in words, the same everywhere."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from detente.findings.reading import Estimate, Reading

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
MINUS = "\u2212"


def percent(p: float) -> str:
    """A probability as a percentage; what is not exactly nought or one is never printed as if it were."""
    if math.isnan(p):
        return "not known"
    if 0 < p < 0.005:
        return "under 1%"
    return "over 99%" if 0.995 < p < 1 else f"{100 * p:.0f}%"


def tenths(p: float) -> str:
    """A probability to a tenth of a per cent, for comparing two."""
    return f"{100 * p:.1f}%".replace("-", MINUS)


def percent_band(low: float, high: float) -> str:
    """A band of probabilities."""
    return f"{100 * low:.0f}\u2013{100 * high:.0f}%"


def chance(estimate: Estimate) -> str:
    """A probability and its band."""
    return (
        f"{percent(estimate.value)} ({percent_band(estimate.low, estimate.high)})" if estimate.banded else percent(estimate.value)
    )


def utils(x: float, digits: int = 2) -> str:
    """A gain or a loss, with its sign."""
    rounded = f"{abs(x):.{digits}f}"
    if math.isnan(x) or float(rounded) == 0:
        return "not known" if math.isnan(x) else rounded
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
    number = f"{years:g}"
    unit = "year" if dated else "round"
    return f"{number} {unit}" + ("" if years == 1 else "s")


def counted(number: int, word: str) -> str:
    """So many of something."""
    return f"{number} {word}" + ("" if number == 1 else "s")


def _parts(date: Any) -> tuple[int, int, int]:
    year, month, day = str(np.datetime_as_string(np.datetime64(date, "D"))).split("-")
    return int(year), int(month), int(day)


def when(date: Any, reading: Reading) -> str:
    """A date as month and year, or a round."""
    if not reading.dated:
        return f"round {int(date)}"
    year, month, day = _parts(date)
    if (month, day) in ((12, 31), (1, 1)):
        return f"the end of {year - (month == 1)}"
    return f"{MONTHS[month - 1]} {year}"


def day(date: Any, reading: Reading) -> str:
    """A date to the day, or a round."""
    if not reading.dated:
        return when(date, reading)
    year, month, number = _parts(date)
    return f"{number} {MONTHS[month - 1]} {year}"


def iso(date: Any, reading: Reading) -> Any:
    """A date for a chart's data."""
    return str(np.datetime_as_string(np.datetime64(date, "D"))) if reading.dated else int(date)


def distinct(words: list[str], names: list[str]) -> list[str]:
    """Words that tell things apart: where two are the same, the identifier is added."""
    return [f"{word} ({name})" if words.count(word) > 1 else word for word, name in zip(words, names, strict=True)]


def listed(words: list[str]) -> str:
    """Join words as a sentence does."""
    return " and ".join(words) if len(words) < 3 else ", ".join(words[:-1]) + " and " + words[-1]
