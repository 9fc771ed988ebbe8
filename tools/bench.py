"""What an answer costs: solve and push against the machine's own limits, growth, whole runs, start-up, memory.

Every figure of one table is measured in one run, interleaved, and given as a median; ratios are what to compare.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from detente import runtime

runtime.prepare()

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402

from detente.analysis.gradient import Slopes  # noqa: E402
from detente.coarse import coarser  # noqa: E402
from detente.compile import Model, build  # noqa: E402
from detente.engine.push import push  # noqa: E402
from detente.engine.solve import solve  # noqa: E402
from detente.run import load  # noqa: E402
from detente.spec.read import load_text  # noqa: E402

OUT = Path("build/bench")
REPEATS = 5
GROWTH = """
detente: 1
title: growth
calendar: {{start: 2025-01-01, horizon: {horizon} years, step: 0.25}}
parameters: {{end: {{value: 0.3, unit: 1/year}}}}
players:
  a: {{discount: 0.1/year, precision: 2, talks: 1, reviews: 1}}
  b: {{discount: 0.1/year, precision: 2, talks: 1, reviews: 1, hidden_action: true}}
issues:
  share:
    options:
      none: {{x: 0}}
{options}
regimes:
  war: {{states: [on, off], start: on, moves: {{on -> off: end}}}}
  mood: {{states: [good, bad], start: good, moves: {{good -> bad: 0.2, bad -> good: 0.2}}}}
stocks:
  arms: {{start: 50, unit: arms, grid: 0..100 by 20, drift: "2 * (1 - in_force) * (100 - arms) / 100"}}
payoffs:
  a: {{flow: "share.x - arms / 200"}}
  b: {{flow: "in_force - share.x + 0.3 * cheating + 0.2 * (war == on)"}}
detection: 0.3/year
"""


def ready(arrays: Any) -> None:
    """Wait until arrays are computed."""
    jax.block_until_ready(arrays)  # type: ignore[no-untyped-call]


def medians(work: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """Return the median seconds of each piece of work, repeated in turn."""
    for task in work.values():
        ready(task())
    times: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(REPEATS):
        for name, task in work.items():
            began = time.perf_counter()
            ready(task())
            times[name].append(time.perf_counter() - began)
    return {name: statistics.median(values) for name, values in times.items()}


def prepared(model: Model) -> tuple[Any, Any]:
    """Return a model's game and shape at central values."""
    shape = model.shape()
    return jax.jit(partial(build, model.frame, shape))(model.central()), shape


def engine() -> dict[str, float]:
    """Solve and push the default scenario, beside the machine's own limits for the same arrays."""
    game, shape = prepared(load("small-deal-2025").model)
    solution = solve(game, shape)
    values, matrix = solution.first, game.moves[0]
    copy, mix, exp = (jax.jit(f) for f in (lambda v: v * 1.000001, lambda v: matrix @ v.reshape(shape.regimes, -1), jnp.exp))
    took = medians(
        {
            "solve": lambda: solve(game, shape),
            "push": lambda: push(game, shape, solution.policy),
            "copy of one period's values": lambda: copy(values),
            "regime product of one period's values": lambda: mix(values),
            "exp of one period's values": lambda: exp(values),
        }
    )
    least = shape.periods * (took["copy of one period's values"] + took["regime product of one period's values"])
    print(f"\ndefault scenario: {shape.values:,} state values x {shape.periods} periods")
    for name, seconds in took.items():
        print(f"  {name:<42}{seconds * 1e3:>10.2f} ms")
    print(f"  solve / (copy + regime product, per period){took['solve'] / least:>9.1f}")
    return took | {"solve_over_limit": took["solve"] / least}


def gradients() -> dict[str, float]:
    """One outcome and its gradient with respect to all parameters, as multiples of one solve, on the calendar of draws."""
    model = Model.of(coarser(load("small-deal-2025").scenario))
    slopes, central = Slopes(model, "p_deal"), model.central()

    def afresh(work: Callable[[], Any]) -> Callable[[], float]:
        def run() -> float:
            slopes.belief = None
            work()
            return 0.0

        return run

    took = medians({"solve": afresh(lambda: slopes.value(central)), "gradient": afresh(lambda: slopes.at(central))})
    ratio = took["gradient"] / took["solve"]
    print(f"\ngradient of one outcome by {len(central)} parameters: {took['gradient']:.2f} s, {ratio:.1f} solves")
    return took | {"gradient_over_solve": ratio}


def growth() -> dict[str, dict[str, float]]:
    """Solve ever larger menus and longer calendars; cost per unit should stay level."""
    found: dict[str, dict[str, float]] = {"packages": {}, "periods": {}}
    print("\ngrowth (solve, per package and per period, relative to the first row)")
    for packages, years in ((125, 8), (250, 8), (500, 8), (1000, 8), (2000, 8), (500, 16), (500, 32)):
        lines = "\n".join(f"      o{i}: {{x: {(i + 1) / packages:.6f}}}" for i in range(packages))
        model = Model.of(load_text(GROWTH.format(horizon=years, options=lines)))
        game, shape = prepared(model)
        seconds = medians({"solve": partial(solve, game, shape)})["solve"]
        unit = seconds / packages / shape.periods
        found["packages" if years == 8 else "periods"][str(packages if years == 8 else shape.periods)] = seconds
        first = found.setdefault("unit", {"first": unit})["first"]
        print(f"  {packages:>5} packages x {shape.periods:>4} periods{seconds * 1e3:>10.1f} ms{unit / first:>8.2f}")
    return found


def whole(command: list[str], **environment: str) -> tuple[float, float]:
    """Run a command; return seconds of wall clock and the peak of resident memory [bytes]."""
    began = time.perf_counter()
    process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed with exit code {process.returncode}")
    return time.perf_counter() - began, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def runs(names: list[str]) -> dict[str, Any]:
    """Time whole runs with an empty and with a warm cache, and compare peak memory with the estimate shown."""
    cache = OUT / "xla-cache"
    shutil.rmtree(cache, ignore_errors=True)
    found = {}
    print(f"\n{'detente run':<26}{'cold [s]':>10}{'warm [s]':>10}{'peak [MB]':>12}{'peak / estimate':>18}")
    for name in names:
        command = [sys.executable, "-m", "detente.cli", "run", name, "--out", str(OUT / name)]
        cold, _ = whole(command, JAX_COMPILATION_CACHE_DIR=str(cache.resolve()))
        warm, peak = whole(command, JAX_COMPILATION_CACHE_DIR=str(cache.resolve()))
        ratio = peak / load(name).size.bytes
        found[name] = {"cold": cold, "warm": warm, "peak": peak, "peak_over_estimate": ratio}
        print(f"{name:<26}{cold:>10.1f}{warm:>10.1f}{peak / 1e6:>12.0f}{ratio:>18.2f}", flush=True)
    return found


def startup() -> dict[str, float]:
    """Time `detente --help` beside an empty Python."""
    empty = statistics.median(whole([sys.executable, "-c", "pass"])[0] for _ in range(REPEATS))
    usage = statistics.median(whole([sys.executable, "-m", "detente.cli", "--help"])[0] for _ in range(REPEATS))
    print(f"\ndetente --help {usage * 1e3:.0f} ms, an empty Python {empty * 1e3:.0f} ms")
    return {"help": usage, "python": empty}


def main() -> None:
    """Measure everything; write build/bench/bench.json."""
    OUT.mkdir(parents=True, exist_ok=True)
    with jax.enable_x64(True):
        results: dict[str, Any] = {"engine": engine(), "growth": growth()}
    results |= {"gradient": gradients(), "startup": startup(), "runs": runs(sys.argv[1:] or ["small-deal-2025", "hanoi-2019"])}
    (OUT / "bench.json").write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
