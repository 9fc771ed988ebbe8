"""What a user waits for beside the answer itself: imports, help, a first and a second run; and the memory a run takes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from bench.measure import MULTIPLE, Effort, Row, Task, in_turn, spread
from detente.run import load

GROUP = "start-up"
NAME = "small-deal-2025"
EMPTY = [sys.executable, "-c", "pass"]
COMMAND = [sys.executable, "-m", "detente.cli"]
WATCH = """
import json, resource, subprocess, sys, time
began = time.perf_counter()
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
print(json.dumps([time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss]))
sys.exit(code)
"""
"""A small process between this one and the command: a process starts with the peak of the one that started it."""


def rows(effort: Effort) -> list[Row]:
    """Measure whole processes."""
    return [*light(effort), *whole_runs(1 if effort.fast else 3)]


def light(effort: Effort) -> list[Row]:
    """Compare what needs no engine with an empty Python."""
    said = {
        "import detente": [sys.executable, "-c", "import detente"],
        "detente --help": [*COMMAND, "--help"],
        "detente check of the default scenario": [*COMMAND, "check", NAME],
        "importing what solves (jax and the engine)": [sys.executable, "-c", "import detente.run"],
    }
    tasks: dict[str, Task] = {name: partial(_seconds, command) for name, command in {"empty": EMPTY, **said}.items()}
    in_turn(tasks, 1)
    took = in_turn(tasks, effort.repeats)
    found = []
    for name in said:
        ratio, low, high = spread(took[name], took["empty"])
        found.append(Row(GROUP, name, "an empty Python", MULTIPLE, ratio, low, high, float(np.median(took[name]))))
    return found


def whole_runs(repeats: int) -> list[Row]:
    """Compare a first run of the default scenario, nothing kept, with a second, and its memory with the estimate shown."""
    cold, warm, peaks = [], [], []
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as folder:
            kept = {"DETENTE_CACHE": folder, "JAX_COMPILATION_CACHE_DIR": f"{folder}/xla"}
            command = [*COMMAND, "run", NAME, "--out", f"{folder}/out"]
            cold.append(whole(command, kept)[0])
            seconds, peak = whole(command, kept)
            warm.append(seconds)
            peaks.append(peak)
    ratio, low, high = spread(cold, warm)
    work = f"detente run {NAME}, nothing compiled yet"
    note = f"second run {np.median(warm):.1f} s"
    first = Row(GROUP, work, "the same run once more", MULTIPLE, ratio, low, high, float(np.median(cold)), note=note)
    estimate = load(NAME).size.bytes
    shares = np.array(peaks) / estimate
    note, middle = f"{np.median(peaks) / 1e6:.0f} MB", float(np.median(shares))
    what = "memory of that run at its peak"
    return [
        first,
        Row(GROUP, what, "the estimate", MULTIPLE, middle, min(shares), max(shares), goal=1.5, note=note),
    ]


def _seconds(command: Sequence[str]) -> float:
    return whole(command, {})[0]


def whole(command: Sequence[str], environment: dict[str, str]) -> tuple[float, float]:
    """Run a command; return seconds of wall clock and the peak of resident memory [bytes].

    Raises:
        SystemExit: the command failed.
    """
    watched, settings = [sys.executable, "-c", WATCH, *command], {**os.environ, **environment}
    found = subprocess.run(watched, env=settings, stdout=subprocess.PIPE, text=True, cwd=Path.cwd(), check=False)
    if found.returncode:
        raise SystemExit(f"{' '.join(command)} failed with exit code {found.returncode}")
    seconds, peak = json.loads(found.stdout)
    return seconds, peak * (1 if sys.platform == "darwin" else 1024)
