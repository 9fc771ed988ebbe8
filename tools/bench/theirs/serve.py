"""The other end of a neighbour's row: reads tasks, one JSON object a line, and answers with what came out and how long it took.

Each neighbour runs in a process of its own, in whichever environment has it, so these files import nothing of detente.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

Work = Callable[[], Iterable[Any]]
"""Solves the problem and returns numbers; turning them into text is not timed."""


def serve(prepare: Callable[[Path], Work]) -> None:
    """Answer tasks until the input ends: a task with a file replaces the work, one without repeats it.

    Args:
        prepare: Turns a file into work; reading, building and warming up are not timed.
    """
    out, sys.stdout = sys.stdout, sys.stderr  # what a library prints is not an answer
    work: Work = list
    for line in sys.stdin:
        task = json.loads(line)
        if "file" in task:
            work = prepare(Path(task["file"]))
        began = time.perf_counter()
        answer = work()
        seconds = time.perf_counter() - began
        print(json.dumps({"seconds": seconds, "answer": [float(value) for value in answer]}), file=out, flush=True)
