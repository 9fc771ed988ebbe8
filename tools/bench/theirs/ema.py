"""EMA Workbench: experiments on a model written as its users write one, a Python function of NumPy arrays, one call a draw."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from ema_workbench import Model, RealParameter, ScalarOutcome, Scenario, perform_experiments
from serve import Work, serve


def talks(p: dict[str, Any]) -> Any:
    """Return the model: two who talk over a menu while a war may end, by backward induction, then forward."""
    share, periods, step = np.array(p["share"]), p["periods"], p["step"]

    def model(precision: float, impatience: float, peace: float, relapse: float, cost: float) -> dict[str, float]:
        packages = share.shape[1]
        moves = np.array([[0.0, peace], [relapse, 0.0]])
        moves = 1 - np.exp(-moves * step)
        moves[np.arange(2), np.arange(2)] = 1 - moves.sum(1)
        factor, worth = np.exp(-impatience * step), -np.expm1(-impatience * step) / impatience
        chance = -np.expm1(-2.0 * step) / 2.0
        flow = np.zeros((2, 1 + packages, 2))
        flow[:, 1:] = share[:, :, None]
        flow[:, 0, 0] = -cost
        after = flow / impatience
        signs = np.empty((periods, packages, 2))
        for t in reversed(range(periods)):
            now = worth * flow + factor * after @ moves.T
            gain = now[:, 1:] - now[:, :1]
            yes = 1 / (1 + np.exp(-precision * gain))
            signs[t] = 0.0
            for proposer in range(2):
                weight = np.exp(precision * yes[1 - proposer] * gain[proposer]) / packages
                signs[t] += chance * weight / (1 + weight.sum(0)) * yes[1 - proposer]
            after = now.copy()
            after[:, 0] += (signs[t] * gain).sum(1)
        waiting = np.array([1.0, 0.0])
        for t in range(periods):
            waiting = (waiting * (1 - signs[t].sum(0))) @ moves
        return {"signed": 1 - waiting.sum()}

    return model


def prepare(path: Path) -> Work:
    """Read the menu and the draws."""
    p = json.loads(path.read_text(encoding="utf-8"))
    model = Model("talks", function=talks(p))
    model.uncertainties = [RealParameter(name, min(column), max(column)) for name, column in p["draws"].items()]
    model.outcomes = [ScalarOutcome("signed")]
    rows = zip(*p["draws"].values(), strict=True)
    draws = [Scenario(str(k), **dict(zip(p["draws"], row, strict=True))) for k, row in enumerate(rows)]

    def work() -> list[float]:
        _, found = perform_experiments(model, scenarios=draws)
        signed: list[float] = found["signed"]
        return signed

    return work


serve(prepare)
