"""Files, texts and bundled names -> Scenario; every problem at once, each with its place in the file."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from detente.errors import Problem, ScenarioError
from detente.spec import document, rules
from detente.spec.bundled import bundled
from detente.spec.change import apply_variant, variant_problems, with_values
from detente.spec.document import Document
from detente.spec.jsonschema import json_schema
from detente.spec.places import locate
from detente.spec.scenario import Scenario
from detente.spec.scope import nearest
from detente.spec.shape import Shaped, shape
from detente.spec.text import MAX_BYTES, decode, shown

__all__ = ["apply_variant", "json_schema", "load_text", "read", "with_values"]


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
    return load_text(decode(_bytes(path, known), str(path)), str(path))


def load_text(text: str, file: str = "") -> Scenario:
    """Return the scenario written in ``text``; ``file`` is what messages call it.

    Raises:
        ScenarioError: with everything that is wrong with it.
    """
    return understood(document.load(text, file))


def understood(doc: Document) -> Scenario:
    """Return the scenario that a document describes; its data are changed in place.

    Raises:
        ScenarioError: with everything that is wrong with it.
    """
    file = doc.places.file
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
    found = extended(doc)
    shaped = shape(doc.data)
    problems = [*doc.problems, *found, *shaped.problems, *_ruled(shaped, doc.data)]
    if not problems and shaped.scenario is not None:
        problems = variant_problems(shaped.scenario)
    if problems or shaped.scenario is None:
        placed = sorted((doc.places.place(problem) for problem in problems), key=lambda p: (p.line or 0, p.column or 0))
        raise ScenarioError(list(dict.fromkeys(placed))[: rules.MAX_PROBLEMS], file)
    named = shaped.scenario if shaped.scenario.name else shaped.scenario.model_copy(update={"name": Path(file).stem})
    return named.standing(doc.places)


def extended(doc: Document) -> list[Problem]:
    """Put what a document does not say, but the bundled scenario it extends does, into its data; return what is wrong with it.

    Of sections that hold named entries (parameters, issues, ...) an entry written here replaces the other's of that name, or
    is added; anything else written here replaces the other's.
    """
    name = doc.data.get("extends")
    if not isinstance(name, str) or not name:
        conditioned = doc.data.get("conditioned") is True
        hint = "extends: the scenario that holds the observations"
        return [Problem("missing-key", ("conditioned",), "'extends' is missing", hint)] if conditioned else []
    known = bundled()
    if name not in known:
        return [Problem("unknown-scenario", ("extends",), f"there is no bundled scenario {shown(name)!r}", nearest(name, known))]
    base = document.load(decode(_bytes(known[name], known), name), name)
    if "extends" in base.data:
        text = f"{name} extends another scenario itself"
        return [Problem("unknown-scenario", ("extends",), text, f"extend {base.data['extends']}")]
    for key, theirs in base.data.items():
        ours = doc.data.get(key)
        if key not in doc.data:
            doc.data[key] = theirs
        elif isinstance(ours, dict) and isinstance(theirs, dict):
            doc.data[key] = {**theirs, **ours}
    return []


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
            return stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise _refuse(path, "no-such-file", "is neither a file nor a bundled scenario", nearest(str(path), known)) from None
    except OSError as error:
        raise _refuse(path, "cannot-read", f"cannot be read: {error.strerror}", "check the name and the permissions") from None
    except ValueError:
        raise _refuse(path, "cannot-read", "is not a name a file can have", "check the name") from None


def _refuse(path: Path, code: str, text: str, hint: str) -> ScenarioError:
    return ScenarioError([Problem(code, (), f"{str(path)[:200]!r} {text}", hint)], str(path)[:200])
