"""QuantEcon: backward induction, or policy iteration where the horizon is infinite, on sparse transitions."""

from __future__ import annotations

from pathlib import Path

import alone
from quantecon.markov import DiscreteDP
from quantecon.markov.ddp import backward_induction
from scipy.sparse import csr_matrix
from serve import Work, serve


def prepare(path: Path) -> Work:
    """Write the problem out."""
    p = alone.read(path)
    moves = csr_matrix((p.chance, (p.source, p.target)), (len(p.state), p.states))
    ddp = DiscreteDP(p.reward, moves, p.discount, p.state, p.action)
    if p.periods:
        return lambda: backward_induction(ddp, p.periods)[0][0]
    return lambda: ddp.solve(method="policy_iteration").v


serve(prepare)
