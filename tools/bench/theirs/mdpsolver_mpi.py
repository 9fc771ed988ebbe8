"""mdpsolver: modified policy iteration for an infinite horizon, with its sparse transitions and all its threads."""

from __future__ import annotations

from pathlib import Path

import alone
import mdpsolver
from serve import Work, serve


def prepare(path: Path) -> Work:
    """Write the problem out; the library numbers the actions of a state from zero."""
    p = alone.read(path)
    pairs: list[list[list[float]]] = [[[], []] for _ in p.state]
    for source, target, chance in zip(p.source.tolist(), p.target.tolist(), p.chance.tolist(), strict=True):
        pairs[source][0].append(chance)
        pairs[source][1].append(target)
    rewards: list[list[float]] = [[] for _ in range(p.states)]
    chances: list[list[list[float]]] = [[] for _ in range(p.states)]
    targets: list[list[list[float]]] = [[] for _ in range(p.states)]
    for state, reward, (chance_of, to) in zip(p.state.tolist(), p.reward.tolist(), pairs, strict=True):
        rewards[state].append(reward)
        chances[state].append(chance_of)
        targets[state].append(to)
    model = mdpsolver.model()
    model.mdp(discount=p.discount, rewards=rewards, tranMatProbs=chances, tranMatColumns=targets)

    def work() -> list[float]:
        model.solve(algorithm="mpi", tolerance=1e-9)
        values: list[float] = model.getValueVector()
        return values

    return work


serve(prepare)
