"""Choose the corpus of the repository from what fuzzing kept: ``python -m fuzz.keep``, after ``make fuzz``.

Per target, the few small inputs that together reach most lines of the language's code, found greedily.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from fuzz import __main__ as run
from fuzz.guard import Broken
from fuzz.targets import TARGETS, warm

KEPT = 12
"""Inputs kept per target, beside those with a name of their own."""
OWN = str(Path("src") / "detente")
Line = tuple[CodeType, int]


def lines(name: str, data: bytes) -> frozenset[Line]:
    """Return the lines of detente that a target reaches on ``data``."""
    found: set[Line] = set()

    def within(frame: FrameType, event: str, argument: object) -> Any:
        if event == "line":
            found.add((frame.f_code, frame.f_lineno))
        return within

    def entered(frame: FrameType, event: str, argument: object) -> Any:
        return within if OWN in frame.f_code.co_filename else None

    sys.settrace(entered)
    try:
        TARGETS[name](data)
    except Broken:
        return frozenset()  # slow only because it is traced, or a finding that belongs to a test of its own
    finally:
        sys.settrace(None)
    return frozenset(found)


def chosen(name: str, inputs: list[bytes]) -> Iterator[bytes]:
    """Yield the inputs worth keeping, the most telling first."""
    reached = {data: lines(name, data) for data in sorted(inputs, key=len)}
    known: frozenset[Line] = frozenset()
    for _ in range(min(KEPT, len(reached))):
        best = max(reached, key=lambda data: (len(reached[data] - known), -len(data)))
        if not reached[best] - known:
            return
        known |= reached[best]
        yield best


def main() -> None:
    """Rewrite the corpus."""
    for name in TARGETS:
        warm(name)
        folder = run.HERE / "corpus" / name
        stored = [path for path in folder.iterdir() if len(path.name) == 16]
        inputs = [path.read_bytes() for path in [*stored, *(run.WORK / name).iterdir()]]
        for path in stored:
            path.unlink()
        for data in chosen(name, inputs):
            (folder / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)


main()
