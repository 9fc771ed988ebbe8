"""What no tree with one decision at a time describes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from detente.errors import Path, Problem
from detente.game import Game, Shape
from detente.spec.scenario import Scenario

MOST = 50_000
"""Most nodes of a tree."""
AT_ONCE = "each as if it alone mattered, which no equilibrium of a tree does"


def problem(path: Path, text: str, hint: str) -> Problem:
    """Return a reason why there is no tree."""
    return Problem("no-tree", path, text, hint)


def refusals(scenario: Scenario, game: Game, shape: Shape) -> Iterator[Problem]:
    """Say what about a scenario no tree describes: play without end, and votes that several cast at once."""
    if scenario.calendar.after == "stationary":
        yield problem(("calendar", "after"), "a game without end has no tree", "write after: zero, or frozen")
    need, bodies = np.asarray(game.need), np.asarray(game.need_body)
    if answer := _voters(scenario, [np.delete(need, j, 0) for j in shape.proposers], need, bodies):
        text = f"{answer} answer offers: more than one vote is cast at once, {AT_ONCE}"
        yield problem(("players",), text, "leave one who answers each offer")
    if shape.causes:
        snap = np.asarray(game.snap_need)
        if restore := _voters(scenario, [snap], snap, np.asarray(game.snap_body)):
            text = f"{restore} decide on a snapback: more than one vote is cast at once, {AT_ONCE}"
            yield problem(("issues",), text, "leave one in each snapback_consent, or nobody")
    others = [name for name in scenario.principals if name != scenario.hidden]
    if shape.hidden is not None and len(others) > 1:
        text = f"{', '.join(others)} may end an agreement found broken: more than one decides at once, {AT_ONCE}"
        yield problem(("players",), text, "leave one principal beside the player with the hidden action")


def _voters(scenario: Scenario, asked: list[np.ndarray], need: np.ndarray, bodies: np.ndarray) -> str:
    """Name those who vote, where any of the tables ``asked`` [players, packages] asks two at once, or a body; else nobody."""
    if not bodies.any() and all(table.sum(0).max(initial=0) <= 1 for table in asked):
        return ""
    names = [name for name, row in zip(scenario.players, need, strict=True) if row.any()]
    return ", ".join(names + [name for name, row in zip(scenario.bodies, bodies, strict=True) if row.any()])
