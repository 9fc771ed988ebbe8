"""Solve and push beside the least this machine needs for them: counted work over rates measured in the same process, in turn."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import jax
import numpy as np

from bench.measure import LIMIT, Effort, Row, Task, clocked, in_turn
from bench.steps import steps, unread
from detente import runtime
from detente.compile import build
from detente.engine.push import push
from detente.engine.solve import solve
from detente.run import load
from limits import Least, of_push, of_solve

GROUP = "limit"
NAME = "small-deal-2025"
COPIED, SIDE, RAISED = 2**24, 1536, 2**22
"""Numbers copied, side of the matrices multiplied, numbers whose exponential is taken: large enough for all cores."""
REST = 0.25
"""Seconds after which the threads that NumPy's library keeps for a matrix product sleep."""
THREADS = ThreadPoolExecutor(runtime.cores())
STEPS = "two passes over values, a product and the exponentials, as compiled, of a solve"
"""What no operation does together with the rest (:mod:`bench.steps`)."""
UNREAD = "the distribution carried on and nothing read off it, as compiled, of a push"
"""What is left of a push without what it reports."""
LEAST = "the least work counted, at this machine's rates"


def rows(effort: Effort) -> list[Row]:
    """Measure the default scenario in double and in single precision."""
    return [row for single in (False, True) for row in measured(single, effort)]


def measured(single: bool, effort: Effort) -> list[Row]:
    """Measure one precision."""
    model = load(NAME).model
    shape = model.shape()
    game = jax.jit(partial(build, model.frame, shape))(model.central())
    game = game.single() if single else game
    policy = solve(game, shape).policy
    works = {"solve": lambda: solve(game, shape), "push": lambda: push(game, shape, policy)}
    tasks = {name: clocked(work) for name, work in works.items()}
    tasks |= {STEPS: steps(game, shape), UNREAD: unread(game, shape, policy)}
    tasks |= machine(np.float32 if single else np.float64)
    in_turn(tasks, 1)
    took = in_turn(tasks, effort.repeats)
    rates = _rates(took, 4 if single else 8)
    size = f"{shape.values:,} state values x {shape.periods} periods, {'single' if single else 'double'} precision"
    backward, forward = of_solve(game, shape), of_push(game, shape)
    counted = {"solve": (backward, 1.5), STEPS: (backward, None), "push": (forward, 2.0), UNREAD: (forward, None)}
    return [_row(name, size, took, least, rates, goal) for name, (least, goal) in counted.items()]


def machine(kind: Any) -> dict[str, Task]:
    """Return the machine's own work, by NumPy on all cores: a copy into memory already held, a matrix product, exponentials."""
    taken, given = np.ones(COPIED, kind), np.ones(COPIED, kind)
    side, product = np.ones((SIDE, SIDE), kind), np.ones((SIDE, SIDE), kind)
    raised, made = np.linspace(-1.0, 1.0, RAISED, dtype=kind), np.ones(RAISED, kind)
    return {
        "copy": clocked(lambda: _split(np.copyto, given, taken)),
        "exp": clocked(lambda: _split(lambda out, array: np.exp(array, out=out), made, raised)),
        "product": _rested(clocked(lambda: np.matmul(side, side, out=product))),
    }


def _rested(task: Task) -> Task:
    """Wait after a task until its threads sleep: until then they spin, and take a core from the next task."""

    def then_wait() -> float:
        took = task()
        time.sleep(REST)
        return took

    return then_wait


def _split(work: Callable[[np.ndarray, np.ndarray], object], out: np.ndarray, array: np.ndarray) -> None:
    """Do element-wise work on a thread per core, each its share."""
    shares = zip(np.array_split(out, runtime.cores()), np.array_split(array, runtime.cores()), strict=True)
    list(THREADS.map(lambda share: work(*share), shares))


def _rates(took: dict[str, np.ndarray], width: int) -> np.ndarray:
    """Return bytes, multiply-adds and exponentials per second of each repeat."""
    return np.stack([2.0 * width * COPIED / took["copy"], SIDE**3 / took["product"], RAISED / took["exp"]])


def _row(name: str, size: str, took: dict[str, np.ndarray], least: Least, rates: np.ndarray, goal: float | None) -> Row:
    bounds = np.array([least.seconds(*rate) for rate in rates.T])
    ratios = took[name] / bounds
    bandwidth, fmas, exps = np.median(rates, axis=1)
    note = f"at least {least.bytes / 1e9:.2f} GB, {least.fmas / 1e9:.2f} G multiply-adds, {least.exps / 1e9:.3f} G exponentials; "
    note += f"rates {bandwidth / 1e9:.1f} GB, {fmas / 1e9:.0f} G, {exps / 1e9:.2f} G a second"
    median = float(np.median(took[name]) / np.median(bounds))
    ours = float(np.median(took[name]))
    return Row(GROUP, f"{name} of {NAME}: {size}", LEAST, LIMIT, median, ratios.min(), ratios.max(), ours, goal, note)
