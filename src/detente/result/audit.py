"""The audit that travels with every answer: is it the equilibrium, does probability add up, do the grids hold it."""

from __future__ import annotations

from typing import Any

import numpy as np

from detente.central import Central
from detente.engine.equilibrium import doubtful

ENDS = ("lowest", "highest")


def audit(solved: Central) -> dict[str, Any]:
    """Return the variables of the audit."""
    check, events = solved.check, solved.events
    numbers: list[Any] = [
        np.asarray(solved.solution.first),
        np.asarray(solved.solution.waiting),
        solved.signed_in(0),
        events.signed,
    ]
    return {
        "residual": ((), float(check.residual)),
        "regret": ("player", check.regret.max(1)),
        "regret_by": (("player", "decision"), check.regret),
        "mass_error": ((), float(np.abs(events.mass - 1.0).max())),
        "not_finite": ((), int(sum(np.size(array) - np.isfinite(array).sum() for array in numbers))),
        "p_at_edge": (("stock", "end"), _edges(solved)),
    }


def _edges(solved: Central) -> np.ndarray:
    """Return, for each stock, the highest probability of standing at either end of its grid after the start [stock, 2]."""
    points = solved.model.frame.points
    occupancy = solved.events.occupancy
    assert occupancy is not None, "kept"
    by_point = occupancy[1:].sum((1, 3))
    rows = [[by_point[:, at == end].sum(1).max() for end in (at.min(), at.max())] for at in points.values()]
    return np.array(rows).reshape(len(rows), len(ENDS))


def uniqueness(solved: Central) -> list[dict[str, Any]]:
    """Return what is known of other equilibria, for :mod:`detente.result.unique` to say."""
    precisions = zip(solved.model.labels.players, solved.game.precision.value, strict=True)
    exact = [name for name, precision in precisions if np.isinf(precision)]
    endless = solved.shape.terminal == "stationary"
    known: list[dict[str, Any]] = [{"key": "endless" if endless else "finite"}]
    if exact:
        known.append({"key": "exact", "who": exact})
    if doubtful(solved.shape):
        known.append({"key": "beliefs", "unsettled": float(solved.solution.unsettled)})
    elif solved.shape.hidden is not None and endless:
        known.append({"key": "unlike"})
    return known
