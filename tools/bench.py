"""Time and peak memory of `detente run` on each bundled scenario, with an empty and with a warm compilation cache."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from detente.spec.read import bundled

OUT = Path("build/bench")
CACHE = OUT / "xla-cache"


def measure(name: str) -> dict[str, float]:
    """Run one scenario in a process of its own; return seconds of wall clock and the peak of resident memory [MiB]."""
    command = [sys.executable, "-m", "detente.cli", "run", name, "--out", str(OUT / name)]
    environment = {**os.environ, "JAX_COMPILATION_CACHE_DIR": str(CACHE.resolve())}
    began = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"detente run {name} failed with exit code {process.returncode}")
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return {"seconds": round(time.perf_counter() - began, 2), "peak_mib": round(usage.ru_maxrss / unit)}


def main() -> None:
    """Measure the scenarios named on the command line, or all bundled ones."""
    shutil.rmtree(CACHE, ignore_errors=True)
    CACHE.mkdir(parents=True)
    results = {}
    print(f"{'scenario':<32}{'cold [s]':>10}{'warm [s]':>10}{'peak [MiB]':>12}")
    for name in sys.argv[1:] or sorted(bundled()):
        cold, warm = measure(name), measure(name)
        results[name] = {"cold": cold, "warm": warm}
        print(f"{name:<32}{cold['seconds']:>10.1f}{warm['seconds']:>10.1f}{warm['peak_mib']:>12.0f}", flush=True)
    (OUT / "bench.json").write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
