"""One line per run: docs/bench-history.jsonl."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax

from bench.measure import Row
from bench.table import key
from detente import runtime

FILE = Path("docs/bench-history.jsonl")


def processor() -> str:
    """Return the processor's name and how many of its cores may be used."""
    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
        name = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), name)
    return f"{name}, {runtime.cores()} cores"


def commit() -> str:
    """Return the commit measured, with a star where files differ from it; ``unknown`` outside a repository."""
    try:
        found = [
            subprocess.run(["git", *words], capture_output=True, text=True, check=True).stdout.strip()
            for words in (("rev-parse", "--short", "HEAD"), ("status", "--porcelain", "src"))
        ]
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return found[0] + "*" * bool(found[1])


def load() -> float | None:
    """Return how many processes wanted a core over the last minute."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def line(rows: Sequence[Row], fast: bool, loads: Sequence[float | None]) -> dict[str, Any]:
    """Return one run as one line."""
    return {
        "commit": commit(),
        "date": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "processor": processor(),
        "python": platform.python_version(),
        "jax": jax.__version__,
        "fast": fast,
        "load": list(loads),
        "rows": {key(row): [_short(row.ratio), _short(row.low), _short(row.high), _short(row.ours)] for row in rows},
    }


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")


def append(run: dict[str, Any], file: Path = FILE) -> None:
    """Add a run."""
    with file.open("a", encoding="utf-8") as out:
        out.write(json.dumps(run, ensure_ascii=False) + "\n")


def earlier(fast: bool, file: Path = FILE) -> dict[str, float]:
    """Return the ratios of the last run on this processor in which each row was measured."""
    found: dict[str, float] = {}
    for run in runs(file):
        if run["processor"] == processor() and run["fast"] == fast:
            found |= {name: row[0] for name, row in run["rows"].items() if row[0] is not None}
    return found


def runs(file: Path = FILE) -> list[dict[str, Any]]:
    """Return all runs, oldest first."""
    if not file.exists():
        return []
    return [json.loads(text) for text in file.read_text(encoding="utf-8").splitlines()]


def trend(file: Path = FILE) -> list[str]:
    """Return, for rows with a goal or a limit, the ratio at each commit on this processor."""
    names: dict[str, list[str]] = {}
    for run in runs(file):
        if run["processor"] != processor() or run["fast"]:
            continue
        for name, (ratio, *_) in run["rows"].items():
            if ratio is not None:
                names.setdefault(name, []).append(f"{ratio:.3g} ({run['commit']})")
    return [f"{name}: {', '.join(ratios[-6:])}" for name, ratios in names.items() if len(ratios) > 1]
