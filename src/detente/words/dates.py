"""Dates in words, and dates as names of outcomes write them."""

from __future__ import annotations

import calendar
import datetime as dt

from detente.words.phrases import Phrases

MONTHS = Phrases() | {
    1: "January",
    2: "February",
    3: "March",
    4: "April",
    5: "May",
    6: "June",
    7: "July",
    8: "August",
    9: "September",
    10: "October",
    11: "November",
    12: "December",
}
SAID = Phrases() | {
    "round": "round {round}",
    "end": "the end of {year}",
    "month": "{month} {year}",
    "day": "{day} {month} {year}",
    "round.end": "the end of round {round}",
}


def month(year: int, number: int) -> str:
    """A month of a year."""
    return SAID.say("month", month=MONTHS[number], year=year)


def day(date: dt.date) -> str:
    """A date to the day."""
    return SAID.say("day", day=date.day, month=MONTHS[date.month], year=date.year)


def last_day(text: str) -> dt.date | None:
    """Return the last day of a year (2029) or a month (2029-06), or the day itself (2029-06-30); None for anything else."""
    try:
        parts = [int(part) for part in text.split("-")]
        match parts:
            case [year]:
                return dt.date(year, 12, 31)
            case [year, number]:
                return dt.date(year, number, calendar.monthrange(year, number)[1])
            case [year, number, date]:
                return dt.date(year, number, date)
    except ValueError:
        pass
    return None
