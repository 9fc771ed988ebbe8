"""Bytes -> text a scenario can be read from."""

from __future__ import annotations

import re

from detente.errors import Problem, ScenarioError

MAX_BYTES = 500_000
"""Six times the bundled scenarios."""

Place = tuple[int, int]
"""Line and column, counted from 1."""

_UNREADABLE = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What YAML allows in no document."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
"""What no word holds: all that is unreadable, and what breaks a line."""


def decode(raw: bytes, file: str) -> str:
    """Return ``raw`` as text.

    Raises:
        ScenarioError: it is too large, not UTF-8, or holds bytes that are no text.
    """
    if len(raw) > MAX_BYTES:
        raise fatal(file, "file-too-large", f"the file has more than {MAX_BYTES // 1000} kB", "a scenario is a short text")
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        line, column = _place(raw[: error.start].decode())
        raise fatal(file, "not-utf8", "the file is not UTF-8 text", "save it as UTF-8", line, column) from None
    return printable(text.removeprefix("\ufeff"), file)


def printable(text: str, file: str) -> str:
    """Return ``text``, or raise where it holds a character that YAML allows nowhere."""
    if len(text) > MAX_BYTES:
        raise fatal(file, "file-too-large", f"the text has more than {MAX_BYTES // 1000} kB", "a scenario is a short text")
    if found := _UNREADABLE.search(text):
        line, column = _place(text[: found.start()])
        raise fatal(file, "not-text", f"the character {found.group()!r} is no text", "is this a scenario file?", line, column)
    return text


def unreadable(text: str) -> str:
    """Return the first character of ``text`` that YAML lets in as an escape only, such as a NUL or half a pair, or nothing."""
    found = _UNREADABLE.search(text)
    return found.group() if found else ""


def is_word(text: str) -> bool:
    """Whether ``text`` stands on one line, without characters that steer a terminal or that no file holds."""
    return _CONTROL.search(text) is None


def shown(text: str, length: int = 60) -> str:
    """Return ``text`` as a message shows it: all of it, or its beginning, on one line."""
    text = text if is_word(text) else repr(text)[1:-1]
    return text if len(text) <= length else text[: length - 3] + "..."


def _place(before: str) -> Place:
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def fatal(file: str, code: str, text: str, hint: str, line: int | None = None, column: int | None = None) -> ScenarioError:
    """Return the error of a file that cannot be read any further."""
    return ScenarioError([Problem(code, (), text, hint, line, column)], file)
