"""A scenario's text with other central values: the text as it was written, remarks and all, only those numbers changed.

What is written is read again before it is given out: it says the same as :func:`detente.spec.change.with_values`, or else the
scenario is written out plainly, without its remarks.
"""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML

from detente.errors import Path, ScenarioError
from detente.spec.change import FIXED, with_values
from detente.spec.quantity import Quantity, Table
from detente.spec.read import load_text
from detente.spec.scenario import Scenario

Change = tuple[int, int, str]
"""From where to where, and what stands there instead."""
NUMBER = re.compile(r"[^\s,\]}#]+")
REST = re.compile(r"\s*,?[ \t]*")


def written(text: str, values: Mapping[str, float], file: str = "") -> str:
    """Return a scenario's text with other central values, named as in ``scenario.quantities``.

    Raises:
        ScenarioError: the text is no scenario, a name is unknown, or the values break a rule.
    """
    scenario = load_text(text, file)
    wanted = with_values(scenario, dict(values))
    made = _edited(text, scenario, wanted, values)
    try:
        if load_text(made, file) == wanted:
            return made
    except ScenarioError:
        pass  # so written that its numbers cannot be changed in place
    return _plainly(wanted)


class Page:
    """A text, and where the parts of a scenario stand in it."""

    def __init__(self, text: str, scenario: Scenario) -> None:
        """Take a text and what was read from it."""
        self.text, self.places = text, scenario.places
        starts = [0]
        for line in text.splitlines(keepends=True):
            starts.append(starts[-1] + len(line))
        self.starts = starts

    def value(self, *path: str) -> int | None:
        """Return where a value stands."""
        return self._at(self.places.values, path)

    def key(self, *path: str) -> int | None:
        """Return where a key stands."""
        return self._at(self.places.keys, path)

    def _at(self, places: Mapping[Path, tuple[int, int]], path: Path) -> int | None:
        found = places.get(path)
        return None if found is None else self.starts[found[0] - 1] + found[1] - 1

    def number(self, start: int, value: float) -> Change:
        """Return the change that puts a number in the place of one."""
        match = NUMBER.match(self.text, start)
        return start, match.end() if match else start, _number(value)

    def without(self, *path: str) -> Change | None:
        """Return the change that takes a key and its value out: its line, or its part of one."""
        key, value = self.key(*path), self.value(*path)
        if key is None or value is None:
            return None
        colon = self.text.index(":", key) + 1
        begin = colon + len(self.text[colon:]) - len(self.text[colon:].lstrip())
        end = self.text.index("]", begin) + 1 if self.text[begin] == "[" else begin + len(NUMBER.match(self.text, begin)[0])  # type: ignore[index]
        line = self.text.rfind("\n", 0, key) + 1
        if not self.text[line:key].strip() and self.text[end : end + 1] == "\n":
            return line, end + 1, ""
        return key, REST.match(self.text, end).end(), ""  # type: ignore[union-attr]


def _edited(text: str, scenario: Scenario, wanted: Scenario, values: Mapping[str, float]) -> str:
    page, changes, added = Page(text, scenario), [], {}
    for name in values:
        key, _, case = name.partition("[")
        entry = wanted.parameters[key]
        path = ("parameters", key, "cases", case[:-1]) if isinstance(entry, Table) else ("parameters", key)
        quantity = entry.cases[case[:-1]] if isinstance(entry, Table) else entry
        if page.key("parameters", key) is None:  # it stands in the scenario this one extends
            added[key] = entry.model_dump(mode="json", exclude_defaults=True)
        else:
            changes += _changes(page, path, quantity)
    for start, end, new in sorted(changes, reverse=True):
        text = text[:start] + new + text[end:]
    return _with(text, page, added)


def _changes(page: Page, path: tuple[str, ...], quantity: Quantity) -> list[Change]:
    """Return what changes where a quantity stands: its value, and a range it has left."""
    start = page.value(*path, "value")
    if start is None:
        start = page.value(*path)
    found = [page.number(start or 0, quantity.value)]
    return found + [c for name in FIXED if getattr(quantity, name) is None and (c := page.without(*path, name)) is not None]


def _with(text: str, page: Page, added: Mapping[str, Any]) -> str:
    """Write further entries before the first of the parameters, or after everything where there is none."""
    if not added:
        return text
    entries = [f"{json.dumps(name)}: {json.dumps(entry, ensure_ascii=False)}" for name, entry in added.items()]
    firsts = [page.key(*path) for path in _paths(page) if path[0] == "parameters"]
    first = min((start for start in firsts if start is not None), default=None)
    if first is None:
        return text.rstrip("\n") + "\nparameters:\n" + "".join(f"  {entry}\n" for entry in entries)
    lead = page.text[page.text.rfind("\n", 0, first) + 1 : first]
    joint = f"\n{lead}" if not lead.strip() else ", "
    return text[:first] + joint.join([*entries, ""]) + text[first:]


def _paths(page: Page) -> list[tuple[str, str]]:
    """Return the parameters that stand in a text."""
    return [(str(path[0]), str(path[1])) for path in page.places.keys if len(path) == 2]


def _number(value: float) -> str:
    if math.isinf(value):
        return ".inf" if value > 0 else "-.inf"
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def _plainly(scenario: Scenario) -> str:
    stream = io.StringIO()
    YAML(typ="safe", pure=True).dump(scenario.model_dump(mode="json", by_alias=True, exclude_defaults=True), stream)
    return stream.getvalue()
