"""Files, texts and bundled names -> Scenario; every problem at once, each with its place in the file."""

from __future__ import annotations

import math
import stat
from collections.abc import Mapping
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

from detente.errors import Problem, ScenarioError
from detente.spec import document, rules
from detente.spec.jsonschema import json_schema
from detente.spec.places import locate
from detente.spec.quantity import Quantity, Table
from detente.spec.scenario import Scenario
from detente.spec.scope import nearest
from detente.spec.shape import Shaped, shape

__all__ = ["apply_variant", "bundled", "json_schema", "load_text", "read", "with_values"]

MAX_PROBLEMS = 500
_FIXED = {"low": None, "high": None, "shape": None, "values": None, "weights": None}


def bundled() -> dict[str, Path]:
    """Return the scenarios that come with detente, by name."""
    folder = Path(str(resources.files("detente"))) / "assets" / "scenarios"
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def read(source: str | Path) -> Scenario:
    """Return the scenario in a file, in a text of more than one line, or bundled under a name.

    Raises:
        ScenarioError: with everything that is wrong with it.
    """
    if isinstance(source, str) and "\n" in source:
        return load_text(source)
    known = bundled()
    if isinstance(source, str) and source in known:
        source = known[source]
    path = Path(source)
    return load_text(document.decode(_bytes(path, known), str(path)), str(path))


def load_text(text: str, file: str = "") -> Scenario:
    """Return the scenario written in ``text``; ``file`` is what messages call it.

    Raises:
        ScenarioError: with everything that is wrong with it.
    """
    doc = document.load(text, file)
    if not isinstance(doc.data, dict):
        problem = Problem(
            "not-a-scenario",
            (),
            "the file is not a mapping (lines of key: value)",
            "start from a template: detente new NAME",
            1,
            1,
        )
        raise ScenarioError([*doc.problems, problem], file)
    shaped = shape(doc.data)
    problems = [*doc.problems, *shaped.problems, *_ruled(shaped, doc.data)]
    if problems or shaped.scenario is None:
        placed = sorted((doc.place(problem) for problem in problems), key=lambda p: (p.line or 0, p.column or 0))
        raise ScenarioError(list(dict.fromkeys(placed))[:MAX_PROBLEMS], file)
    return shaped.scenario if shaped.scenario.name else shaped.scenario.model_copy(update={"name": Path(file).stem})


def _ruled(shaped: Shaped, data: Any) -> list[Problem]:
    """Return what breaks the rules, leaving out what only follows from entries that had to be taken out."""
    if shaped.scenario is None:
        return []
    found = [(p, shaped.original(locate(p.path, data))) for p in rules.check(shaped.scenario, shaped.broken)]
    return [replace(p, path=path) for p, path in found if not any(gone[: len(path)] == path for gone in shaped.removed)]


def _bytes(path: Path, known: Mapping[str, Path]) -> bytes:
    """Return what a regular file holds, up to just beyond what is accepted."""
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            raise _refuse(path, "not-a-file", "is not a file", "name the scenario file itself")
        with path.open("rb") as stream:
            return stream.read(document.MAX_BYTES + 1)
    except FileNotFoundError:
        raise _refuse(path, "no-such-file", "is neither a file nor a bundled scenario", nearest(str(path), known)) from None
    except OSError as error:
        raise _refuse(path, "cannot-read", f"cannot be read: {error.strerror}", "check the name and the permissions") from None
    except ValueError:
        raise _refuse(path, "cannot-read", "is not a name a file can have", "check the name") from None


def _refuse(path: Path, code: str, text: str, hint: str) -> ScenarioError:
    return ScenarioError([Problem(code, (), f"{str(path)[:200]!r} {text}", hint)], str(path)[:200])


def with_values(scenario: Scenario, values: Mapping[str, float]) -> Scenario:
    """Return ``scenario`` with other central values, named as in ``scenario.quantities``: ``x`` or ``table[case]``.

    A value outside the parameter's range is taken as certain: the range is dropped.

    Raises:
        ScenarioError: a name is unknown, a value is no number, or the result breaks a rule.
    """
    known = scenario.quantities
    problems = [
        Problem("unknown-parameter", ("parameters", name), f"there is no parameter {name!r}", nearest(name, known))
        for name in values
        if name not in known
    ]
    problems += [
        Problem("not-finite", ("parameters", name), f"{value!r} is not a number", "give a number")
        for name, value in values.items()
        if not _number(value)
    ]
    if problems:
        raise ScenarioError(problems)
    parameters = {name: _moved(name, entry, values) for name, entry in scenario.parameters.items()}
    changed = scenario.model_copy(update={"parameters": parameters})
    if found := rules.check(changed):
        raise ScenarioError(found)
    return changed


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value)


def _moved(name: str, entry: Quantity | Table, values: Mapping[str, float]) -> Quantity | Table:
    if isinstance(entry, Quantity):
        return _set(entry, values[name]) if name in values else entry
    cases = {case: _set(q, values[key]) if (key := f"{name}[{case}]") in values else q for case, q in entry.cases.items()}
    return entry.model_copy(update={"cases": cases})


def _set(quantity: Quantity, value: float) -> Quantity:
    inside = quantity.low is not None and quantity.high is not None and quantity.low <= value <= quantity.high
    kept = inside or (quantity.values is not None and value in quantity.values)
    return quantity.model_copy(update={"value": float(value)} | ({} if kept else _FIXED))


def apply_variant(scenario: Scenario, name: str) -> Scenario:
    """Return ``scenario`` as its variant ``name`` reads it.

    Raises:
        ScenarioError: there is no such variant, or its values break a rule.
    """
    if name not in scenario.variants:
        raise ScenarioError(
            [Problem("unknown-variant", ("variants",), f"there is no variant {name!r}", nearest(name, scenario.variants))]
        )
    return with_values(scenario, scenario.variants[name].set)
