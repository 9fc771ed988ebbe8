"""Long jobs: how far each has come, and stopping one, by a name the page gives it; what came of one is kept on disk."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from detente import runtime
from detente.errors import DetenteError
from detente.web.jobs import Reply, Request, as_json, job
from detente.web.shelf import mark
from detente.words import language

Tell = Callable[[str, int, int], None]


class Stopped(DetenteError):
    """The page that asked has thought better of it."""


@dataclass
class Task:
    """A job under way."""

    done: int = 0
    total: int = 0
    stopped: bool = False


TASKS: dict[str, Task] = {}
MOST = 1000
"""Jobs remembered at most."""
LOCK = threading.Lock()


@contextmanager
def task(name: str) -> Iterator[Tell]:
    """Give what a long computation tells its progress to; it raises :class:`Stopped` once the job has been stopped."""
    with LOCK:
        mine = TASKS.setdefault(name, Task())

    def tell(_: str, done: int, total: int) -> None:
        if mine.stopped:
            raise Stopped("stopped")
        mine.done, mine.total = done, total

    try:
        tell("", 0, 0)
        yield tell
    finally:
        with LOCK:
            TASKS.pop(name, None)


def once(request: Request, basis: Iterable[object], work: Callable[[Tell], Any]) -> Reply:
    """Return what ``work`` finds, in JSON; found once, it is kept for what it rests on."""

    def make() -> bytes:
        with task(request["task"]) as tell:
            return as_json(work(tell)).body

    rests = json.dumps([*map(str, basis), language()])
    return Reply(runtime.kept(f"{request['job']}-{runtime.code()[:24]}-{mark(rests)}", make, bytes))


@job("progress")
def progress(shelf: object, request: Request) -> Reply:
    """How far a job has come; nothing done of nothing, where it has not begun or is over."""
    known = TASKS.get(request["task"], Task())
    return as_json({"done": known.done, "total": known.total})


@job("stop")
def stop(shelf: object, request: Request) -> Reply:
    """Stop a job at its next step; one that still waits for its turn, at its first."""
    with LOCK:
        if len(TASKS) >= MOST:
            TASKS.clear()
        TASKS.setdefault(request["task"], Task()).stopped = True
    return as_json({"stopped": True})
