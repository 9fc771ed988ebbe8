"""From paths in the models to paths in the file.

The file is shorter than the models: an option's attributes stand beside its own keys, a payoff's flows beside its events
(written ``at sign``), a bare number stands for a quantity. A path is followed through the data as far as it goes, and parts
that the file does not spell out are passed over.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from detente.errors import Path


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
