"""Check the shape of plain data against the models: every error as a problem, then what can be saved as a Scenario.

Entries with errors are taken out, one round after another, until the rest is a scenario; so the rules can check the rest,
and a file shows all its problems at once.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from detente.errors import Path, Problem
from detente.spec.document import BROKEN
from detente.spec.fields import allowed_keys
from detente.spec.places import get, locate
from detente.spec.scenario import Scenario
from detente.spec.scope import nearest

MAX_ROUNDS = 12
NEAR = 500
"""Problems for which the nearest key or choice is looked up: nobody mistypes as many, and it takes most of the time of each."""
_NUMBER = re.compile(r"\s*[-+]?[0-9.]+([eE][-+]?[0-9]+)?\s*")
_EXPECTED = {
    "string_type": "text",
    "float_type": "a number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "date_type": "a date such as 2025-07-01",
    "dict_type": "a mapping (lines of key: value)",
    "model_type": "a mapping (lines of key: value)",
    "tuple_type": "a list",
    "finite_number": "a finite number",
}
_CODES = {
    "greater_than_equal": "out-of-range",
    "less_than_equal": "out-of-range",
    "greater_than": "out-of-range",
    "less_than": "out-of-range",
    "too_short": "wrong-count",
    "too_long": "wrong-count",
    "literal_error": "not-a-choice",
    "finite_number": "not-finite",
}


@dataclass
class Shaped:
    """What came of the data."""

    scenario: Scenario | None = None
    problems: list[Problem] = field(default_factory=list)
    removed: set[Path] = field(default_factory=set)
    """What had to be taken out, as paths in the file."""
    order: dict[Path, list[int]] = field(default_factory=dict)
    """Per list that lost entries: where each remaining one stands in the file."""

    def original(self, path: Path) -> Path:
        """Return the path in the file of what stands at ``path`` in the data that remain."""
        found: Path = ()
        for part in path:
            known = self.order.get(found)
            found = (*found, known[part] if known is not None and isinstance(part, int) and part < len(known) else part)
        return found

    @property
    def broken(self) -> frozenset[str]:
        """Names that are declared in the file but were taken out, and keys of lists that lost an entry."""
        return frozenset(next((part for part in reversed(path) if isinstance(part, str)), "") for path in self.removed)


def shape(data: Any) -> Shaped:
    """Return the scenario that ``data`` describe, or what can be saved of it, with the problems found.

    The data are changed in place.
    """
    out = Shaped()
    usable = _drop(data, _broken(data), out)
    for _ in range(MAX_ROUNDS):
        if not usable:
            break
        try:
            out.scenario = Scenario.model_validate(data)
            break
        except ValidationError as error:
            usable = _mend(data, error, out)
    return out


def _broken(data: Any, path: Path = ()) -> list[Path]:
    """Return where the reader left something out; nesting is limited by the reader."""
    if data is BROKEN:
        return [path]
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [found for key, value in items for found in _broken(value, (*path, key))]


def _mend(data: Any, error: ValidationError, out: Shaped) -> bool:
    """Note the errors and take out what they concern; return whether another try makes sense."""
    targets: list[Path] = []
    extra: list[Path] = []
    for entry in error.errors(include_url=False):
        path = locate(entry["loc"], data)
        where = out.original(path)
        if entry["type"] == "missing" and not path:
            path = (str(entry["loc"][0]),)
        if not any(gone[: len(where)] == where for gone in out.removed):
            out.problems.append(_problem(entry, where, near=len(out.problems) < NEAR))
        (extra if entry["type"] == "extra_forbidden" and path[-1:] == entry["loc"][-1:] else targets).append(path)
    for path in set(extra):
        del get(data, path[:-1])[path[-1]]
    return _drop(data, [path for path in targets if path not in extra], out)


def _drop(data: Any, paths: list[Path], out: Shaped) -> bool:
    """Take out what stands at ``paths``; return False where nothing useful would remain."""
    gone = [(path, out.original(path)) for path in set(paths)]
    for path, where in sorted(gone, key=lambda pair: _depth(pair[0]), reverse=True):
        out.removed.add(where)
        if path in ((), ("players",), ("issues",)):
            return False
        if path in (("detente",), ("calendar",)):
            data[path[0]] = 1 if path[0] == "detente" else _some_calendar(data.get("calendar"))
            continue
        parent = get(data, path[:-1])
        if isinstance(parent, list):
            known = out.order.setdefault(where[:-1], list(range(len(parent))))
            del known[int(path[-1])]
        del parent[path[-1]]
    return True


def _depth(path: Path) -> tuple[int, tuple[tuple[int, str], ...]]:
    """Order paths so that, from the last to the first, taking one out leaves the others where they are."""
    return len(path), tuple((part, "") if isinstance(part, int) else (0, part) for part in path)


def _some_calendar(given: Any) -> dict[str, Any]:
    """Return a calendar on the clock that was probably meant."""
    rounds = isinstance(given, dict) and "rounds" in given and "start" not in given
    return {"rounds": 1} if rounds else {"start": dt.date(2000, 1, 1), "horizon": 1}


def _problem(entry: Any, where: Path, near: bool) -> Problem:
    kind, given, loc = entry["type"], entry["input"], entry["loc"]
    context = entry.get("ctx", {})

    def hint(word: Any, known: Iterable[str]) -> str:
        return nearest(str(word), known) if near else ""

    match kind:
        case "detente":
            read = f"{_short(given)} is not " if context["code"] == "wrong-type" else ""
            return Problem(context["code"], where, read + context["text"])
        case "missing":
            return Problem("missing-key", where, f"{loc[-1]!r} is missing", f"add a line '{loc[-1]}: ...' here")
        case "extra_forbidden":
            said = f"there is no key {_short(loc[-1])} here"
            return Problem("unknown-key", where, said, hint(loc[-1], allowed_keys(loc[:-1])))
        case "literal_error":
            choices = re.findall(r"'([^']*)'", context["expected"]) or [context["expected"]]
            return Problem("not-a-choice", where, f"{_short(given)} is not one of the choices here", hint(given, choices))
        case "value_error":
            return Problem("bad-value", where, str(context["error"]))
    if kind in _CODES:
        return Problem(_CODES[kind], where, f"{_short(given)} cannot stand here", entry["msg"].lower())
    return Problem(
        "wrong-type", where, f"{_short(given)} is not {_EXPECTED.get(kind, 'what is needed here')}", _quoting(given, kind)
    )


def _quoting(given: Any, kind: str) -> str:
    if kind == "string_type" and given is not None and not isinstance(given, dict | list):
        return "put quotation marks around it"
    number = isinstance(given, str) and _NUMBER.fullmatch(given)
    return "remove the quotation marks" if number and kind in ("float_type", "int_type") else ""


def _short(given: Any) -> str:
    match given:
        case None:
            return "an empty entry"
        case bool():
            return "true" if given else "false"
        case dict():
            return "a mapping"
        case list() | tuple():
            return "a list"
        case str():
            return repr(given if len(given) <= 60 else given[:57] + "...")
    return str(given)[:60]
