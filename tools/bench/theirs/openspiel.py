"""OpenSpiel: the value of a zero-sum tree of perfect information, by its value iteration."""

from __future__ import annotations

from pathlib import Path

import pyspiel
from open_spiel.python.algorithms.value_iteration import value_iteration
from serve import Work, serve


def prepare(path: Path) -> Work:
    """Read a tree."""
    game = pyspiel.load_efg_game(path.read_text(encoding="utf-8"))

    def work() -> list[float]:
        values = value_iteration(game, -1, 1e-9)
        root = [(game.new_initial_state(), 1.0)]
        total = 0.0
        while root:  # values are kept for decisions and ends: chance at the root is averaged here
            state, chance = root.pop()
            if state.is_chance_node():
                root += [(state.child(action), chance * share) for action, share in state.chance_outcomes()]
            else:
                total += chance * values[str(state)]
        return [total, -total]

    return work


serve(prepare)
