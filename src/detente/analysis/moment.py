"""Dates on a command line: the period of a scenario's calendar that begins nearest to a day."""

from __future__ import annotations

import datetime as dt

from detente.errors import Problem, ScenarioError
from detente.spec.scenario import Calendar
from detente.spec.text import shown


def period(calendar: Calendar, when: str) -> int:
    """Return the period that begins nearest to a date; ``2026`` and ``2026-06`` mean their first day, a number a round (from 1).

    Args:
        calendar: The scenario's.
        when: A year, a month, a day, or a round.

    Raises:
        ScenarioError: ``outside-horizon`` for a date at which the game is not played, or text that is no date.
    """
    if calendar.start is None:
        if not when.isdecimal() or not 1 <= int(when) <= calendar.periods:
            raise _outside(f"{shown(when)!r} is not a round of this scenario", f"rounds run from 1 to {calendar.periods}")
        return int(when) - 1
    day, years = _day(when), calendar.horizon or 0.0
    until = calendar.start + dt.timedelta(days=years * 365.25)
    hint = f"the scenario runs from {calendar.start} to {until}; write 2026, 2026-06 or 2026-06-15"
    if day is None:
        raise _outside(f"{shown(when)!r} is not a date", hint)
    at = (day - calendar.start).days / 365.25 / calendar.length
    if not 0 <= at < calendar.periods:
        raise _outside(f"{day} is not within the horizon of the scenario", hint)
    return min(round(at), calendar.periods - 1)


def _day(when: str) -> dt.date | None:
    parts = when.split("-")
    if len(parts) > 3 or not all(part.isdecimal() for part in parts):
        return None
    year, month, day = (int(part) for part in [*parts, *["1"] * (3 - len(parts))])
    try:
        return dt.date(year, month, day)
    except (ValueError, OverflowError):
        return None


def _outside(text: str, hint: str) -> ScenarioError:
    return ScenarioError([Problem("outside-horizon", ("calendar",), text, hint)])
