"""Libraries of dynamic programming, on the scenario in which one player decides alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bench.games import ALONE, Laid
from bench.measure import Effort, Row
from bench.neighbour import Problem, climb, here

GOAL = 1.0


def rows(effort: Effort) -> list[Row]:
    """Compare with each; what QuantEcon solves by backward induction is the same recursion."""
    sizes = (200, 2_000) if effort.fast else (100, 500, 2_000)
    finite = climb("quantecon_ddp.py", "QuantEcon, backward induction", _problems(sizes, 40), effort, GOAL, here())
    endless = climb("quantecon_ddp.py", "QuantEcon, policy iteration", _problems(sizes, 0), effort, GOAL, here())
    also = climb("mdpsolver_mpi.py", "mdpsolver, modified policy iteration to 1e-9", _problems(sizes, 0), effort, GOAL)
    return finite + endless + also


def _problems(sizes: tuple[int, ...], periods: int) -> Iterator[Problem]:
    for points in sizes:
        threat = 3.0 / points
        clock = {"rounds": periods, "after": "zero"} if periods else {"rounds": 1, "after": "stationary"}
        laid = Laid.out(ALONE.format(last=points - 1, threat=threat, **clock))
        text = json.dumps(laid.model.central() | {"points": points, "periods": periods})

        def write(path: Path, text: str = text) -> None:
            path.write_text(text, encoding="utf-8")

        rows = _order(laid)

        def answer(solution: Any, rows: list[int] = rows) -> np.ndarray:
            return np.asarray(solution.start[:, 0])[rows].ravel()

        span = f"{periods} periods" if periods else "an infinite horizon"
        yield Problem(f"one decides alone: {10 * points:,} states, {span}", write, laid.solve, answer, 1e-7)


def _order(laid: Laid) -> list[int]:
    """Return where the engine keeps the rows the other side numbers: nothing, left small, left large, small, large."""
    frame = laid.model.frame.rows
    kept = list(zip(frame.levels[:, 0].tolist(), (frame.in_force > 0).tolist(), frame.lapsed.tolist(), strict=True))
    return [kept.index((deal, in_force, 0.0)) for deal, in_force in ((0, False), (1, False), (2, False), (1, True), (2, True))]
