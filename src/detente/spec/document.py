"""Text -> plain data with places: YAML 1.2 as a scenario uses it, nothing more.

Equal keys, tags, merge keys, several documents, deep nesting and aliases that multiply are problems. ``NO`` and ``on`` are
words, ``1e-3`` is a number, ``2025-07-01`` is a date. Built from parser events with a stack of its own, so that no input can
exhaust Python's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from detente.errors import Path, Problem
from detente.spec.places import Places
from detente.spec.scalar import plain
from detente.spec.text import Place, fatal, is_word, printable, unreadable

MAX_DEPTH = 40
MAX_NODES = 20_000
MAX_KEY = 200

BROKEN = object()
"""Stands for a value that was found wrong already."""


@dataclass
class Document:
    """Plain data, and where each part of it stands."""

    data: Any = None
    places: Places = field(default_factory=Places)
    problems: list[Problem] = field(default_factory=list)


class _Yaml(YAML):
    """A parser that looks for no plug-ins; the usual one searches its folder for some each time it is made."""

    def official_plug_ins(self) -> list[str]:
        return []


def load(text: str, file: str = "") -> Document:
    """Read ``text`` as one YAML document of plain data.

    Raises:
        ScenarioError: the text is no YAML, is empty, nests too deep or grows too large. Lesser problems are in the result.
    """
    builder = _Builder(file)
    try:
        for event in _Yaml(typ="safe", pure=True).parse(printable(text, file)):
            builder.take(event)
    except MarkedYAMLError as error:
        raise fatal(
            file, "yaml-syntax", _sentence(error), "check indentation, colons, quotation marks and brackets", *_mark(error)
        ) from None
    except (YAMLError, ValueError, RecursionError, OverflowError) as error:
        raise fatal(
            file, "yaml-syntax", f"the file cannot be read as YAML: {error}", "check quotation marks and brackets"
        ) from None
    if not builder.started:
        raise fatal(file, "empty-file", "the file holds no scenario", "start from a template: detente new NAME", 1, 1)
    return builder.document


def _sentence(error: MarkedYAMLError) -> str:
    parts = [str(part).strip() for part in (error.context, error.problem) if part]
    return "the file cannot be read as YAML: " + ", ".join(parts)


def _mark(error: MarkedYAMLError) -> tuple[int | None, int | None]:
    mark = error.problem_mark or error.context_mark
    return (mark.line + 1, mark.column + 1) if mark is not None else (None, None)


@dataclass
class _Open:
    """A mapping or list whose end has not been read."""

    value: dict[str, Any] | list[Any]
    path: Path
    live: bool
    """Whether what is inside is kept."""
    key: str | None = None
    """The key whose value comes next."""
    keep: bool = True
    """Whether that value is kept."""


class _Builder:
    """Builds data from parser events, one at a time."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.document = Document(places=Places(file))
        self.started = False
        self._stack: list[_Open] = []
        self._nodes = 0

    def take(self, event: Event) -> None:
        if isinstance(event, DocumentStartEvent):
            if self.started:
                raise fatal(
                    self.file,
                    "yaml-documents",
                    "a second document begins here",
                    "one scenario per file: remove the line ---",
                    *_at(event),
                )
            self.started = True
        elif isinstance(event, ScalarEvent | AliasEvent | MappingStartEvent | SequenceStartEvent):
            self._node(event)
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            self._stack.pop()

    def _node(self, event: NodeEvent) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise fatal(
                self.file, "too-many-entries", f"the file has more than {MAX_NODES} entries", "a scenario is smaller", *_at(event)
            )
        top = self._stack[-1] if self._stack else None
        if top is not None and isinstance(top.value, dict) and top.key is None:
            self._key(event, top)
        else:
            self._value(event, top)

    def _key(self, event: NodeEvent, top: _Open) -> None:
        text = event.value if isinstance(event, ScalarEvent) else ""
        path = (*top.path, text)
        top.key, top.keep = text, top.live
        usable = len(text) <= MAX_KEY and is_word(text) and getattr(event, "tag", None) is None
        if not isinstance(event, ScalarEvent) or not usable:
            top.keep = False
            self._report("bad-key", top.path, "a key here is no plain word", "a key is a word or a quoted text", event, top.live)
            if isinstance(event, MappingStartEvent | SequenceStartEvent):
                self._open(event, top.path, live=False)
        elif text in top.value:
            top.keep = False
            first = self.document.places.keys.get(path, (0, 0))[0]
            self._report(
                "duplicate-key", path, f"{text!r} stands here a second time", f"the first is on line {first}", event, top.live
            )
        elif top.live:
            self.document.places.keys[path] = _at(event)

    def _value(self, event: NodeEvent, top: _Open | None) -> None:
        path: Path = ()
        live = True
        if top is not None:
            path = (*top.path, top.key if isinstance(top.value, dict) and top.key is not None else len(top.value))
            live = top.live and top.keep
        trouble = _trouble(event)
        if trouble is not None:
            self._report(*trouble[:1], path, *trouble[1:], event, live)
        usable = trouble is None
        value = self._open(event, path, live and usable) if not isinstance(event, ScalarEvent | AliasEvent) else _scalar(event)
        if live:
            scalar = isinstance(event, ScalarEvent | AliasEvent)
            self.document.places.values[path] = _at(event) if scalar else self.document.places.keys.get(path, _at(event))
            self._store(value if usable else BROKEN, top)
        if top is not None:
            top.key, top.keep = None, True

    def _store(self, value: Any, top: _Open | None) -> None:
        if top is None:
            self.document.data = value
        elif isinstance(top.value, list):
            top.value.append(value)
        elif top.key is not None:
            top.value[top.key] = value

    def _open(self, event: NodeEvent, path: Path, live: bool) -> dict[str, Any] | list[Any]:
        if len(self._stack) >= MAX_DEPTH:
            raise fatal(
                self.file, "too-deep", f"the file nests more than {MAX_DEPTH} deep", "check brackets and indentation", *_at(event)
            )
        value: dict[str, Any] | list[Any] = {} if isinstance(event, MappingStartEvent) else []
        self._stack.append(_Open(value, path, live))
        return value

    def _report(self, code: str, path: Path, text: str, hint: str, event: NodeEvent, live: bool) -> None:
        if live:
            self.document.problems.append(Problem(code, path, text, hint, *_at(event)))


def _at(event: Event) -> Place:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _trouble(event: NodeEvent) -> tuple[str, str, str] | None:
    """Return what of YAML this entry uses that a scenario does not have."""
    if isinstance(event, AliasEvent) or event.anchor is not None:
        return (
            "yaml-alias",
            "anchors (&) and aliases (*) are not used here",
            "give the number or formula a name under parameters or definitions",
        )
    tag = getattr(event, "tag", None)
    if tag is not None:
        return "yaml-tag", f"the tag {str(tag)[:60]!r} is not used here", "leave it out; nothing in a scenario is ever executed"
    if hidden := unreadable(getattr(event, "value", "")):
        return "not-text", f"this holds the character {hidden!r}, which is no text", "leave it out"
    return None


def _scalar(event: ScalarEvent | AliasEvent) -> Any:
    """Return what a scalar says: only a plain one can be anything but text."""
    text = getattr(event, "value", "")
    return plain(text) if getattr(event, "style", None) in (None, "") else text
