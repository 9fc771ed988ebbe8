"""What no scenario file may do: raise anything but a ScenarioError, take long, run code, or reach outside the program."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from detente.errors import ScenarioError
from detente.spec.bundled import bundled

SECONDS = 2.0
"""Most processor time for one file."""
_FOREIGN = ("open", "os.", "subprocess.", "socket.", "shutil.", "ctypes.", "import", "exec", "marshal.", "pickle.", "tempfile.")
_OWN = {str(next(iter(bundled().values())).parent), str(Path(__file__).parents[1] / "games")}
"""Where scenarios are that a file may extend: the folders may be listed, and their files opened for reading."""
_HIDDEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
"""Characters that steer a terminal, or that no file can hold."""

_watched = False
_seen: list[str] = []


class Broken(AssertionError):
    """A file did what none may."""


def _reads_own(event: str, arguments: tuple[Any, ...]) -> bool:
    """Tell whether an event lists the bundled scenarios or opens one of them for reading."""
    if event == "os.scandir":
        return str(arguments[0]) in _OWN
    return event == "open" and arguments[1] in ("r", "rb") and str(Path(str(arguments[0])).parent) in _OWN


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if _watched and event.startswith(_FOREIGN) and not _reads_own(event, arguments):
        _seen.append(f"{event} {arguments!r}"[:200])


sys.addaudithook(_hook)


def guarded(action: Callable[[], object]) -> ScenarioError | None:
    """Run ``action`` and return the ScenarioError it raised, if it did.

    Raises:
        Broken: it took too long, reached outside, or told its problems in characters that cannot be shown.
        Exception: any other exception it raised.
    """
    global _watched
    before, refused = time.process_time(), None
    _seen.clear()
    _watched = True
    try:
        action()
    except ScenarioError as error:
        refused = error
    finally:
        _watched = False
    spent = time.process_time() - before
    if _seen:
        raise Broken(f"reached outside: {_seen[0]}")
    if spent > SECONDS:
        raise Broken(f"took {spent:.1f} s")
    if refused is not None:
        _readable(refused)
    return refused


def _readable(error: ScenarioError) -> None:
    """Check that every problem is told in a few words that can be printed."""
    if not error.problems:
        raise Broken("refused without a problem")
    for problem in error.problems:
        said = str(problem)
        if not problem.text or len(said) > 2000 or _HIDDEN.search(said):
            raise Broken(f"cannot be shown: {said[:300]!a}")
