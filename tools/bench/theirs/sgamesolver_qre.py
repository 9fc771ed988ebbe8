"""sgamesolver: the logit Markov equilibrium of talks without end, followed from the uniform profile to precision one.

Its discounting is by move, and a round of talks has two; so the discount factor is written into the transitions, as the chance
that the game does not end, and the library is told a factor of one (less a rounding error, or its equations are singular).
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

vars(np)["NaN"] = np.nan  # the library was written for NumPy 1
from serve import Work, serve
from sgamesolver import SGame
from sgamesolver.homotopy import QRE


def prepare(path: Path) -> Work:
    """Lay the game out: a state for each proposer, for each offer on the table, for a round nobody proposes in, and the end."""
    p = json.loads(path.read_text(encoding="utf-8"))
    share, flow, moves, talks = (np.array(p[name]) for name in ("share", "flow", "moves", "talks"))
    packages, wars = share.shape[1], len(moves)
    names = [("offer", j, r) for j in range(2) for r in range(wars)] + [("quiet", 0, r) for r in range(wars)]
    names += [("answer", j, r, a) for j in range(2) for r in range(wars) for a in range(packages)] + [("end",)]
    at = {name: k for k, name in enumerate(names)}
    end = np.eye(len(names))[at["end",]]

    def later(war: int) -> np.ndarray:
        chances = (1 - p["patience"]) * end
        for to in range(wars):
            for name, chance in (("offer", 0, to), talks[0]), (("offer", 1, to), talks[1]), (("quiet", 0, to), 1 - talks.sum()):
                chances[at[name]] += p["patience"] * moves[war, to] * chance
        return chances

    def state(name: tuple) -> tuple[np.ndarray, np.ndarray]:
        if name[0] == "end":
            return np.zeros((2, 1)), end[None]
        wait = (flow[:, name[2]], later(name[2]))
        if name[0] == "answer":
            own = [(share[:, name[3]], end), wait]
        else:
            offers = range(packages) if name[0] == "offer" else ()
            own = [(np.zeros(2), np.eye(len(names))[at["answer", name[1], name[2], a]]) for a in offers] + [wait]
        return np.stack([paid for paid, _ in own], 1), np.stack([to for _, to in own])

    payoffs, transitions = [], []
    for name in names:
        paid, to = state(name)
        first = name[0] != "end" and (name[0] == "answer") == (name[1] == 1)  # who answers is not who offered
        payoffs.append(paid[:, :, None] if first else paid[:, None])
        transitions.append(to[:, None] if first else to[None])

    def work() -> list[float]:
        homotopy = QRE(SGame(payoffs, transitions, 1 - 1e-10))
        homotopy.solver_setup(target_lambda=1.0)
        homotopy.solver.verbose = 0
        homotopy.solve()
        found = homotopy.equilibrium.values
        met = [(talks[0], "offer", 0), (talks[1], "offer", 1), (1 - talks.sum(), "quiet", 0)]
        return list(sum(chance * found[at[kind, j, 0]] for chance, kind, j in met))

    return work


serve(prepare)
