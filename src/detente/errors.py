"""The error tree.

    DetenteError
    |-- ScenarioError      the scenario (or the command) is wrong: exit code 2
    |   `-- SizeError      the scenario is right but too large for this machine: exit code 2
    `-- SolveError         the scenario is right but the numbers failed: exit code 1

A :class:`Problem` is one line of a scenario that must change; a :class:`ScenarioError` carries all of them at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a scenario: where it is, what was read, what is allowed."""

    code: str
    """Stable kebab-case identifier, e.g. ``unknown-name``; every code is documented in docs/errors.md."""
    path: Path
    """Keys and list positions from the top of the file, e.g. ``("payoffs", "us", "threat")``."""
    text: str
    """What was read and why it cannot stand."""
    hint: str = ""
    """What is allowed, the nearest match, or what to do."""
    line: int | None = None
    """Line in the file, counted from 1; filled in by the reader."""
    column: int | None = None
    """Column in the file, counted from 1; filled in by the reader."""

    def where(self, file: str = "") -> str:
        """Return ``file:line:column path``, leaving out what is not known."""
        place = ":".join(str(part) for part in (file, self.line, self.column) if part not in ("", None))
        return " ".join(part for part in (place, ".".join(_shown(key) for key in self.path)) if part)

    def __str__(self) -> str:
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.where()}: {self.text}{hint} [{self.code}]"


def _shown(key: str | int) -> str:
    """Return a key as it is, without the line breaks and signs to the terminal that a hostile file may put into a name."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in str(key))


class DetenteError(Exception):
    """Any error detente raises on purpose."""


@dataclass
class ScenarioError(DetenteError):
    """A scenario that cannot be used, with every problem found in it."""

    problems: Sequence[Problem]
    file: str = field(default="")

    def __str__(self) -> str:
        lines = [
            f"{p.where(self.file)}: {p.text}" + (f"\n    {p.hint}" if p.hint else "") + f"  [{p.code}]" for p in self.problems
        ]
        return "\n".join(lines)


class SizeError(ScenarioError):
    """A scenario whose arrays would not fit in this machine's memory."""


class SolveError(DetenteError):
    """The solution is not usable (non-finite values, no convergence, mass off the grid)."""


class RunError(DetenteError):
    """A run directory or the workers of a run cannot be used."""
