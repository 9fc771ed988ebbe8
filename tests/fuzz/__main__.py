"""Fuzz every target in turn: ``python -m fuzz RUNS [TARGET ...]``; exit 1 with the file of each finding.

Inputs that reach something new are kept in build/fuzz, beside the files of what was found; the corpus of the repository is
read, never written. ``python -m fuzz.keep`` chooses from build/fuzz what is worth keeping.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

from fuzz.words import dictionary

HERE = Path(__file__).parent
WORK = HERE.parents[1] / "build" / "fuzz"
SHARES = {"formula": 0.9, "tree": 0.07, "text": 0.02, "estimate": 0.01}
"""What part of the runs each target gets: the cheaper it is, the more."""
LONGEST = {"formula": 2200, "text": 4000, "tree": 400, "estimate": 200}
"""Most bytes of one input."""
SECONDS, MEGABYTES = 1200, 1024
"""Limits of one run: seconds by the clock, for what no timer stops (a busy machine is no finding), and memory."""
BATCH = 50_000
"""Runs after which a fresh process takes over, so that what is cached for good does not count as memory of a file."""


def main() -> int:
    """Run every target asked for, and print what came of it."""
    try:
        import atheris  # noqa: F401
    except ImportError:
        print("fuzzing needs atheris, which is made for Linux on x86-64 and CPython only; the corpus is replayed by the tests")
        return 1
    runs, names = int(sys.argv[1]), sys.argv[2:] or list(SHARES)
    WORK.mkdir(parents=True, exist_ok=True)
    (WORK / "words.dict").write_text(dictionary(), encoding="utf-8")
    whole = sum(SHARES[name] for name in names)
    found = [_target(name, round(runs * SHARES[name] / whole)) for name in names]
    return min(1, sum(found))


def _target(name: str, runs: int) -> int:
    """Run one target in batches; return how many findings there were."""
    began, done, found, seen = time.monotonic(), 0, 0, "nothing"
    while done < runs:
        told = _batch(name, min(BATCH, runs - done), done // BATCH + 1)
        units = re.findall(r"stat::number_of_executed_units:\s*(\d+)", told)
        fresh = int(units[-1]) if units else 0
        done += fresh
        states = re.findall(r"cov: (\d+) ft: (\d+) corp: (\d+)", told)
        seen = "coverage {}, features {}, inputs kept {}".format(*states[-1]) if states else seen
        files = re.findall(r"Test unit written to (\S+)", told)
        found += len(files)
        for file in files:
            print(f"{name}: FOUND {file}\n{told[-3000:]}", flush=True)
        print(f"{name}: {done} runs, {done / (time.monotonic() - began):.0f} a second, {seen}, {found} findings", flush=True)
        if not fresh or found > 20:
            print(told[-3000:])
            return max(found, 1)
    return found


def _batch(name: str, runs: int, seed: int) -> str:
    """Run libFuzzer once and return what it said."""
    work, found = WORK / name, WORK / "found"
    for folder in (work, found):
        folder.mkdir(exist_ok=True)
    options = [
        f"-runs={runs}",
        f"-seed={seed}",
        f"-max_len={LONGEST[name]}",
        f"-timeout={SECONDS}",
        f"-report_slow_units={SECONDS}",
        f"-rss_limit_mb={MEGABYTES}",
        f"-dict={WORK / 'words.dict'}",
        f"-artifact_prefix={found}/{name}-",
        "-print_final_stats=1",
        "-reload=0",
        str(work),
        str(HERE / "corpus" / name),
    ]
    command = [sys.executable, "-m", "fuzz.one", name, *options]
    return subprocess.run(
        command, check=False, stderr=subprocess.STDOUT, stdout=subprocess.PIPE, text=True, errors="replace"
    ).stdout


if __name__ == "__main__":
    sys.exit(main())
