"""A neighbour: another program that solves the same problem, in a process of its own."""

from __future__ import annotations

import json
import select
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.measure import FASTER, Effort, Row, clocked, in_turn, ready, spread

THEIRS = Path(__file__).parent / "theirs"
SEPARATE = Path(".venv-bench/bin/python")
"""Where neighbours live that the tests do not need."""
GROUP = "neighbour"


class Missing(Exception):
    """The neighbour is not there, or fails."""


@dataclass(frozen=True)
class Problem:
    """A problem both sides solve."""

    work: str
    write: Callable[[Path], None]
    """Writes the file the neighbour reads."""
    ours: Callable[[], Any]
    """Solves it: what is timed."""
    answer: Callable[[Any], Any]
    """Turns what ``ours`` gives into numbers to compare."""
    close: float
    """How far answers may be apart."""


class Neighbour:
    """The other process."""

    def __init__(self, script: str, python: Path | str = SEPARATE) -> None:
        if not Path(python).exists():
            raise Missing(f"{python} is not there; `make neighbours` installs it")
        self.said = tempfile.TemporaryFile()  # noqa: SIM115  # lives as long as the process
        self.process = subprocess.Popen(
            [str(python), str(THEIRS / script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.said, text=True
        )

    def ask(self, task: dict[str, str], patience: float) -> tuple[float, Any] | None:
        """Return the seconds it took and the answer; None if it takes longer than ``patience``."""
        assert self.process.stdin
        assert self.process.stdout
        try:
            self.process.stdin.write(json.dumps(task) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise Missing(self.last()) from None
        # reading, building and compiling are not timed, so the wait allows for them
        if not select.select([self.process.stdout], [], [], 3.0 * patience)[0]:
            return None
        line = self.process.stdout.readline()
        if not line:
            raise Missing(self.last())
        reply = json.loads(line)
        return reply["seconds"], reply["answer"]

    def last(self) -> str:
        """Return the last thing it said on standard error."""
        self.process.wait()
        self.said.seek(0)
        lines = self.said.read().decode(errors="replace").strip().splitlines() or ["it ended without a word"]
        return lines[-1][:160]

    def end(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.communicate()
        self.said.close()


def climb(
    script: str, beside: str, problems: Iterable[Problem], effort: Effort, goal: float, python: Path | str = SEPARATE
) -> list[Row]:
    """Compare on ever larger problems until the neighbour takes too long; the goal is for the last one."""
    rows: list[Row] = []
    try:
        neighbour = Neighbour(script, python)
        try:
            for problem in problems:
                row, seconds = compared(neighbour, beside, problem, effort)
                if row:
                    rows.append(row)
                if seconds is None or seconds > effort.patience:
                    break
        finally:
            neighbour.end()
    except Missing as missing:
        rows.append(Row(GROUP, "not measured", beside, FASTER, note=str(missing)))
    return [*rows[:-1], *(_aimed(row, goal) for row in rows[-1:])]


def compared(neighbour: Neighbour, beside: str, problem: Problem, effort: Effort) -> tuple[Row | None, float | None]:
    """Compare answers, then times; the row is None where the neighbour took too long."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "problem"
        problem.write(path)
        cold = clocked(problem.ours)()
        asked = neighbour.ask({"file": str(path)}, effort.patience)
        if asked is None:
            return None, None
        seconds, theirs = asked
        off = float(np.abs(np.asarray(theirs) - np.asarray(problem.answer(ready(problem.ours())))).max())
        if not off <= problem.close:
            return Row(GROUP, problem.work, beside, FASTER, note=f"answers differ by {off:.1e}: not timed"), seconds
        row = _raced(neighbour, beside, problem, effort, seconds)
        return Row(**{**vars(row), "note": f"answers within {off:.0e}; our first call, compiling, {cold:.2g} s"}), seconds


def _raced(neighbour: Neighbour, beside: str, problem: Problem, effort: Effort, seconds: float) -> Row:
    def again() -> float:
        reply = neighbour.ask({}, 2.0 * effort.patience)
        if reply is None:
            raise Missing("it took far longer the second time")
        return reply[0]

    repeats = effort.times(seconds)
    ours = clocked(problem.ours)
    took = in_turn({"theirs": (lambda: seconds) if repeats == 1 else again, "ours": ours}, repeats)
    ratio, low, high = spread(took["theirs"], took["ours"])
    return Row(GROUP, problem.work, beside, FASTER, ratio, low, high, float(np.median(took["ours"])))


def _aimed(row: Row, goal: float) -> Row:
    return Row(**{**vars(row), "goal": goal})


def here() -> str:
    """Return this process's interpreter, whose environment has the neighbours that the tests need."""
    return sys.executable
