"""General solvers of games, on the same games: Gambit and OpenSpiel on exported trees, sgamesolver on talks without end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from bench.games import ENDLESS, STOPPING, TALKS, Laid, border, options, shares
from bench.measure import Effort, Row
from bench.neighbour import Problem, climb, here
from detente.export import efg

NODES = 2_000_000
"""Most nodes of a tree written for a neighbour."""
GOAL = 1000.0


def rows(effort: Effort) -> list[Row]:
    """Compare with each."""
    trees = climb("gambit.py", "Gambit, logit equilibrium at precision 1", _logit(), effort, GOAL, here())
    ends = climb("openspiel.py", "OpenSpiel, value iteration", _stopping(), effort, GOAL)
    endless = climb("sgamesolver_qre.py", "sgamesolver, logit Markov equilibrium", _endless(), effort, GOAL)
    return trees + ends + endless


def _logit() -> Iterator[Problem]:
    for packages, rounds in ((2, 2), (4, 2), (2, 3), (8, 2), (10, 2), (12, 2), (14, 2)):
        text = TALKS.format(rounds=rounds, options=options(shares(packages, 2.0)))
        yield _tree(text, f"talks over {packages} packages in {rounds} rounds", 1e-6)


def _stopping() -> Iterator[Problem]:
    for packages, rounds in ((3, 3), (6, 3), (4, 4), (6, 4)):  # the next, with 8 packages, has more nodes than NODES
        text = STOPPING.format(rounds=rounds, options=border(packages))
        yield _tree(text, f"a stopping game without noise, {packages} packages, {rounds} rounds", 1e-9)


def _tree(text: str, what: str, close: float) -> Problem:
    laid = Laid.out(text)
    tree = efg(laid.model, NODES)
    nodes = tree.count("\n") - 3
    return Problem(f"{what}: a tree of {nodes:,} nodes", lambda path: _written(path, tree), laid.solve, laid.start, close)


def _written(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _endless() -> Iterator[Problem]:
    """The numbers are those of the scenario text."""
    for packages in (2, 4, 8, 16, 32, 48, 64, 96):
        split = shares(packages, 2.0)
        laid = Laid.out(ENDLESS.format(options=options(split)))
        told = {
            "share": split.tolist(),
            "flow": [[0.1, 0.3], [0.3, 0.1]],
            "moves": [[0.7, 0.3], [0.2, 0.8]],
            "talks": [0.5, 0.4],
            "patience": 0.9,
        }
        text = json.dumps(told)
        what = f"talks without end over {packages} packages, 2 states of war, logit: {4 * packages + 7} states"
        yield Problem(what, lambda path, text=text: _written(path, text), laid.solve, laid.start, 1e-5)  # type: ignore[misc]
