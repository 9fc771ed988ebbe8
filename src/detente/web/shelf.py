"""The scenarios a worker has at hand, read once and laid out once."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from detente.errors import Problem, ScenarioError
from detente.spec.bundled import bundled
from detente.spec.read import load_text, read
from detente.spec.scenario import Scenario
from detente.spec.scope import nearest

if TYPE_CHECKING:
    from detente.run import Case

MOST = 6
"""Scenarios, and things made of them, kept at hand."""
Made = TypeVar("Made")


class Shelf:
    """Scenarios by name: those the worker was started with, and texts that come with a job."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        """Take the names, each with the bundled name or the path it is read from."""
        self.sources = dict(sources)
        self.kept: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
        self.locks: dict[tuple[Any, ...], threading.Lock] = {}
        self.lock = threading.Lock()

    def scenario(self, request: Mapping[str, Any]) -> Scenario:
        """Return the scenario a request is about.

        Raises:
            ScenarioError: there is no such scenario, or it has problems.
        """
        text = request.get("text")
        if text is not None:
            return self.once(("text", mark(text)), lambda: load_text(text, request.get("file") or "scenario.yaml"))
        self.known(request)
        name = request["scenario"]
        return self.once(("name", name), lambda: read(self.sources[name]))

    def known(self, request: Mapping[str, Any]) -> None:
        """Refuse a request about a scenario there is not.

        Raises:
            ScenarioError: there is no such scenario.
        """
        name = request["scenario"]
        if request.get("text") is None and name not in self.sources:
            raise ScenarioError([Problem("unknown-scenario", (), f"there is no scenario {name!r}", nearest(name, self.sources))])

    def written(self, request: Mapping[str, Any]) -> str:
        """Return a scenario's text as it stands in its file."""
        if (text := request.get("text")) is not None:
            return str(text)
        source = self.sources[request["scenario"]]
        return Path(bundled().get(source, Path(source))).read_text(encoding="utf-8")

    def digest(self, request: Mapping[str, Any]) -> str:
        """Return a digest of all that a scenario is read from, as it stood when first asked for, without reading it.

        Raises:
            ScenarioError: there is no such scenario.
        """
        self.known(request)
        named = request.get("text") is None
        key = ("digest", request["scenario"] if named else mark(request["text"]))
        return self.once(key, lambda: mark("\0".join([request["scenario"], self.written(request), *_standing()])))

    def case(self, request: Mapping[str, Any]) -> Case:
        """Return the scenario ready to be asked, at its own values."""
        from detente.run import Case

        scenario = self.scenario(request)
        return self.once(("case", id(scenario)), lambda: (scenario, Case(scenario)))[1]

    def once(self, key: tuple[Any, ...], make: Callable[[], Made]) -> Made:
        """Return what was made under a key, making it where it is not at hand; others who want it wait."""
        with self.lock:
            lock = self.locks.setdefault(key, threading.Lock())
        with lock:
            with self.lock:
                if key in self.kept:
                    self.kept.move_to_end(key)
                    made: Made = self.kept[key]
                    return made
            made = make()
            with self.lock:
                self.kept[key] = made
                self._clear()
            return made

    def _clear(self) -> None:
        while len(self.kept) > 8 * MOST:
            key, _ = self.kept.popitem(last=False)
            self.locks.pop(key, None)


def _standing() -> list[str]:
    """Return the texts of the bundled scenarios, which others may extend."""
    return [path.read_text(encoding="utf-8") for path in bundled().values()]


def mark(text: str) -> str:
    """Return what a text is called by: a digest of it."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]
