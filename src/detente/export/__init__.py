"""Small games as trees, in the extensive form Gambit reads (.efg).

What a player has not seen it does not know in the tree: whether an agreement is honoured, and that somebody else has
reviewed one and kept it. Its information sets hold all it cannot tell apart, by everything it has seen and done since the
start. Where nobody has anything left to decide, what follows is folded into the payoffs at the leaves, which are values as
of the start of the game.

Where discount factors are one, the menu is unweighted and nobody acts unseen, a tree solver's logit equilibrium at one
precision for all is detente's. With discounting a tree solver weighs choices at present value, which in period t is a
precision of lambda d^t, and it knows no menu weights. Where somebody acts unseen, a tree solver has the others infer from
all they have seen, and detente from the state alone (docs/belief.md). Without hidden action, subgame-perfect equilibria
agree in any case, but for ties.
"""

from __future__ import annotations

from itertools import islice
from typing import Any

import jax

from detente.compile import Model, build
from detente.errors import ScenarioError
from detente.export.numbers import Numbers
from detente.export.refusals import MOST, problem, refusals
from detente.export.tree import Tree

__all__ = ["MOST", "efg"]


def efg(case: Any, most: int = MOST) -> str:
    """Return the game of a case, or of a model, at its central values in Gambit's extensive form.

    Args:
        case: The case, or model.
        most: Most nodes of the tree.

    Raises:
        ScenarioError: where the game has no such tree, or one too large (code ``no-tree``).
    """
    model: Model = getattr(case, "model", case)
    scenario, shape = model.scenario, model.shape()
    with jax.enable_x64(True):
        game = build(model.frame, shape, model.central())
        if refused := list(refusals(scenario, game, shape)):
            raise ScenarioError(refused, scenario.name)
        numbers = Numbers.of(game, shape)
    lines = list(islice(Tree(model.labels, shape, numbers).lines(), most + 1))
    if len(lines) > most:
        text = f"the tree has more than {most:,} nodes"
        raise ScenarioError([problem(("calendar",), text, "fewer rounds, packages or states")], scenario.name)
    players = " ".join(f'"{name}"' for name in scenario.players)
    return "\n".join([f'EFG 2 R "{scenario.name}" {{ {players} }}', '""', "", *lines, ""])
