"""Jobs: what a worker process can be asked for. Each takes the worker's shelf of scenarios and a request, and gives a reply."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from detente.errors import DetenteError, Problem, ScenarioError
from detente.web.words import known
from detente.words import speaking

PARTS = ("answers", "files", "texts", "ranked", "long", "table_jobs", "sides_jobs", "sources_jobs", "edit_jobs")
MODULES = tuple(f"detente.web.{name}" for name in PARTS)
"""Modules that define jobs."""
JSON = "application/json"


@dataclass(frozen=True)
class Reply:
    """What a job gives back."""

    body: bytes
    type: str = JSON
    status: int = 200
    name: str = ""
    """A file's name, where it is meant to be kept."""


Request = Mapping[str, Any]
Job = Callable[[Any, Request], Reply]
KNOWN: dict[str, Job] = {}


def job(name: str) -> Callable[[Job], Job]:
    """Register a job under a name."""

    def register(function: Job) -> Job:
        KNOWN[name] = function
        return function

    return register


def as_json(content: Any, status: int = 200) -> Reply:
    """Return a reply in JSON; numbers that are none become null."""
    try:
        text = _json(content)
    except ValueError:
        text = _json(_nulled(content))
    return Reply(text.encode("utf-8", "replace"), JSON, status)


def _json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _nulled(content: Any) -> Any:
    if isinstance(content, dict):
        return {key: _nulled(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_nulled(value) for value in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content


def number(value: float) -> float | str:
    """Return a number as JSON carries it where it may be infinite."""
    return value if math.isfinite(value) else ("inf" if value > 0 else "-inf")


def told(problem: Problem) -> dict[str, Any]:
    """Return a problem as JSON carries it."""
    return {**vars(problem), "path": [str(key) for key in problem.path]}


def done(shelf: Any, request: Request) -> Reply:
    """Do a job; what is wrong with the scenario, or with its numbers, is a reply too."""
    for module in MODULES:
        import_module(module)
    try:
        with speaking(known(request.get("language") or "en")):
            return KNOWN[request["job"]](shelf, request)
    except ScenarioError as error:
        problems = [told(problem) for problem in error.problems]
        return as_json({"detail": str(error), "problems": problems}, 422)
    except (DetenteError, MemoryError) as error:
        return as_json({"detail": str(error) or "out of memory", "problems": []}, 422)
