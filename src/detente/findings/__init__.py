"""A saved result in sentences and tables, each with the numbers it rests on."""

from __future__ import annotations

from detente.findings.finding import Finding
from detente.findings.reading import Reading
from detente.findings.tables import Leader, leaders
from detente.findings.verdict import verdict

__all__ = ["Finding", "Leader", "Reading", "leaders", "verdict"]
