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
    numbers = [np.asarray(solved.solution.first), np.asarray(solved.solution.waiting), solved.signed, events.signed]
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


def uniqueness(solved: Central) -> str:
    """Say whether another equilibrium is possible."""
    exact = [
        name for name, precision in zip(solved.model.labels.players, solved.game.precision, strict=True) if np.isinf(precision)
    ]
    if solved.shape.terminal == "stationary":
        said = "A game without end can have other equilibria; this is the one that ever longer games of this kind approach."
    else:
        said = "The horizon is finite and every choice has one answer to what follows it, so there is one equilibrium."
    if exact:
        said += (
            f" For {', '.join(exact)}, fully rational, ties are broken towards agreement and evenly between offers that are "
            "equally good; other ways of breaking them are other equilibria."
        )
    if doubtful(solved.shape):
        said += (
            " That holds for given beliefs about unseen cheating. Beliefs and choices imply each other, and more than one pair "
            f"may: this one is reached from trust, and beliefs are settled to {float(solved.solution.unsettled):.0e} on average."
        )
    elif solved.shape.hidden is not None and solved.shape.terminal == "stationary":
        said += " Others believe in cheating as likely as it would be chosen now, which is not what play implies."
    return said
