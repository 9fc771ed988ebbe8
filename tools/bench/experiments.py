"""EMA Workbench's thousand experiments beside our ensemble, on the same model and draws."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bench.games import UNCERTAIN, options, shares
from bench.measure import Effort, Row
from bench.neighbour import Problem, climb
from detente import ensemble
from detente.compile import Model
from detente.draws import design
from detente.spec.read import load_text

GOAL = 10.0


def rows(effort: Effort) -> list[Row]:
    """Compare for menus of two lengths."""
    beside = "EMA Workbench, the model as a NumPy function"
    return climb("ema.py", beside, _problems(200 if effort.fast else 1000), effort, GOAL)


def _problems(draws: int) -> Iterator[Problem]:
    for packages in (10, 100):
        split = shares(packages)
        model = Model.of(load_text(UNCERTAIN.format(options=options(split))))
        drawn = design(model.scenario, draws, 1)
        told = {"share": split.tolist(), "periods": 40, "step": 0.25, "draws": {name: list(c) for name, c in drawn.items()}}

        def write(path: Path, told: dict[str, Any] = told) -> None:
            path.write_text(json.dumps(told), encoding="utf-8")

        def ours(model: Model = model, drawn: dict[str, np.ndarray] = drawn) -> dict[str, np.ndarray]:
            return ensemble.run(model, drawn)

        def answer(found: dict[str, np.ndarray]) -> np.ndarray:
            return found["first"].sum(1)

        yield Problem(f"{draws:,} draws of 5 numbers, {packages} packages x 2 regimes x 40 periods", write, ours, answer, 1e-9)
