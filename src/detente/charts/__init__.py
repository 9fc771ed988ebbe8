"""A saved result as Altair charts: one theme, one palette, each chart with the words that make it readable."""

from __future__ import annotations

from detente.charts.aftermath import endings, indicators, stocks, survival
from detente.charts.course import hazards, menu, openings, signed
from detente.charts.reasons import precision, reasons
from detente.charts.theme import Figure
from detente.charts.zone import zone

__all__ = [
    "Figure",
    "endings",
    "hazards",
    "indicators",
    "menu",
    "openings",
    "precision",
    "reasons",
    "signed",
    "stocks",
    "survival",
    "zone",
]
