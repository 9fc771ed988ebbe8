"""Names along every axis, and the words people read for them."""

from __future__ import annotations

import datetime as dt
from calendar import monthrange as calendar_days
from typing import Any

from detente.compile import payoffs
from detente.compile.environment import Frame
from detente.game import Labels
from detente.spec.scenario import Calendar, Scenario


def labels(frame: Frame) -> Labels:
    """Return the names of a scenario's axes."""
    scenario = frame.scenario
    options = {name: tuple(issue.options) for name, issue in scenario.issues.items()}
    packages = tuple(tuple(names[code] for names, code in zip(options.values(), p, strict=True)) for p in frame.rows.packages)
    players = tuple(scenario.players)
    return Labels(
        dates=dates(scenario.calendar),
        years=tuple(float(year) for year in frame.years),
        players=players,
        proposers=scenario.proposers,
        reviewers=scenario.reviewers,
        hidden=scenario.hidden,
        bodies=tuple(scenario.bodies),
        issues=tuple(scenario.issues),
        options=options,
        packages=packages,
        status_quo=tuple(names[0] for names in options.values()),
        regimes={name: tuple(regime.states) for name, regime in scenario.regimes.items()},
        joint=frame.joint,
        stocks=tuple(scenario.stocks),
        grids=tuple(stock.grid for stock in scenario.stocks.values()),
        terms=tuple((players[item.player], item.event, item.name) for item in payoffs.items(scenario, by_term=True)),
        indicators=tuple(scenario.indicators),
        words=words(scenario),
    )


def dates(calendar: Calendar) -> tuple[Any, ...]:
    """Return the start of every period and the horizon: dates, or round numbers."""
    if calendar.start is None:
        return tuple(range(calendar.periods + 1))
    return tuple(_after(calendar.start, t * calendar.length) for t in range(calendar.periods + 1))


def _after(start: dt.date, years: float) -> dt.date:
    """Return the date ``years`` after ``start``: by whole months where it is a number of them, else by days."""
    months = round(years * 12)
    if abs(years * 12 - months) > 1e-6:
        return start + dt.timedelta(days=round(years * 365.25))
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    last = calendar_days(year, month + 1)[1]
    return dt.date(year, month + 1, min(start.day, last))


def words(scenario: Scenario) -> dict[str, dict[str, str]]:
    """Return words for people by dotted path, e.g. ``issues.relief.partial``; what has none is left out."""
    found: dict[str, dict[str, str]] = {}

    def note(path: str, text: dict[str, str] | None) -> None:
        if text:
            found[path] = dict(text)

    for name, player in scenario.players.items():
        note(f"players.{name}", player.label)
    for name, body in scenario.bodies.items():
        note(f"bodies.{name}", body.label)
    for name, issue in scenario.issues.items():
        note(f"issues.{name}", issue.label)
        for option, entry in issue.options.items():
            note(f"issues.{name}.{option}", entry.label)
    for name, regime in scenario.regimes.items():
        note(f"regimes.{name}", regime.label)
        for state, text in regime.states.items():
            note(f"regimes.{name}.{state}", text)
    for name, stock in scenario.stocks.items():
        note(f"stocks.{name}", stock.label)
    for name, indicator in scenario.indicators.items():
        note(f"indicators.{name}", indicator.label)
    for owner, payoff in scenario.payoffs.items():
        for name, term in payoff.flows.items():
            note(f"payoffs.{owner}.{name}", term.label)
        for event, terms in payoff.events.items():
            for name, term in terms.items():
                note(f"payoffs.{owner}.at {event}.{name}", term.label)
    return found
