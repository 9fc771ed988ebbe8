"""From paths in the models to paths in the file, and to lines and columns.

The file is shorter than the models: an option's attributes stand beside its own keys, a payoff's flows beside its events
(written ``at sign``), a bare number stands for a quantity. A path is followed through the data as far as it goes, and parts
that the file does not spell out are passed over.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from detente.errors import Path, Problem
from detente.spec.text import Place


@dataclass(frozen=True)
class Places:
    """Where the parts of a scenario stand in its file. Any two are equal: they are no part of what a scenario says."""

    file: str = field(default="", compare=False)
    """What messages call the file."""
    values: dict[Path, Place] = field(default_factory=dict, compare=False, repr=False)
    """Path -> place of its value; of its key, where the value is itself a mapping or list."""
    keys: dict[Path, Place] = field(default_factory=dict, compare=False, repr=False)
    """Path -> place of its key."""

    def place(self, problem: Problem) -> Problem:
        """Return ``problem`` with the place of the nearest part of its path that stands in the file."""
        if problem.line is not None or not self.values:
            return problem
        places = self.keys if problem.code in ("unknown-key", "bad-name") else self.values
        path = self._spelled(problem.path)
        while path and path not in places:
            path = path[:-1]
        line, column = places.get(path, (1, 1))
        return replace(problem, line=line, column=column)

    def _spelled(self, path: Path) -> Path:
        """Return the part of ``path`` that the file spells out, as :func:`locate` does with the data at hand."""
        found: Path = ()
        for part in path:
            found = next((here for here in ((*found, part), (*found, f"at {part}")) if here in self.values), found)
        return found


def locate(path: Iterable[Any], data: Any) -> Path:
    """Return the part of ``path`` that ``data`` spells out."""
    found: list[str | int] = []
    here = data
    for part in path:
        key = _step(part, here)
        if key is not None:
            found.append(key)
            here = here[key]
    return tuple(found)


def _step(part: Any, here: Any) -> str | int | None:
    if isinstance(here, list):
        return part if isinstance(part, int) and 0 <= part < len(here) else None
    if not isinstance(here, dict):
        return None
    return next((key for key in (part, f"at {part}") if key in here), None)


def get(data: Any, path: Path) -> Any:
    """Return what stands at ``path``; it must exist."""
    for part in path:
        data = data[part]
    return data
