"""Gambit: the logit equilibrium of a tree at precision one, followed from the uniform profile (Turocy 2005)."""

from __future__ import annotations

from pathlib import Path

import pygambit
from serve import Work, serve


def prepare(path: Path) -> Work:
    """Read a tree."""
    game = pygambit.read_efg(path)
    return lambda: [value for _, value in pygambit.qre.logit_solve_lambda(game, [1.0])[0].profile.payoffs]


serve(prepare)
