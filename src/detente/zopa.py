"""The zone of possible agreement and the bargaining solutions on it.

Gains are D_i(a) - N_i [utils], so the disagreement point is zero. A package is in the zone when every player whose consent
it needs gains (or is indifferent) and every body it needs would carry it if each seat voted its own gain.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from detente.game import Body

TIE = 1e-9

DISAGREEMENT = {"waiting": "the value of waiting: no agreement today, and play goes on as the model predicts"}
"""What gains are measured from."""
DEFINITIONS = {
    "nash": "the package in the zone with the largest product of the principals' gains (Nash 1950)",
    "kalai_smorodinsky": "the package in the zone whose smallest gain, each as a share of that principal's best in the zone, "
    "is largest (Kalai and Smorodinsky 1975)",
    "egalitarian": "the package in the zone whose smallest gain in utils is largest (Kalai 1977)",
}


def acceptable(gain: np.ndarray, need: np.ndarray, need_body: np.ndarray, bodies: Sequence[Body]) -> np.ndarray:
    """Return which packages everyone needed would accept if fully rational.

    Args:
        gain: [..., I, A] gains [utils].
        need: [I, A] 1 where the player's own consent is needed.
        need_body: [C, A] 1 where the body's consent is needed.
        bodies: The bodies.

    Returns:
        [..., A] booleans.
    """
    votes = gain >= -TIE
    fine = (votes | (need == 0)).all(-2)
    for index, body in enumerate(bodies):
        cast = votes | (need == 1)
        count = sum(cast[..., player, :] * number for player, number, _ in body.seats)
        blocked = np.zeros(fine.shape, bool)
        for player, _, veto in body.seats:
            blocked |= ~cast[..., player, :] if veto else False
        fine &= (need_body[index] == 0) | ((count >= body.quota) & ~blocked)
    return fine


def frontier(gain: np.ndarray) -> np.ndarray:
    """Return which packages no other package beats for every principal.

    Args:
        gain: [P, A] the principals' gains [utils].
    """
    no_worse = np.all(gain[:, None, :] >= gain[:, :, None] - TIE, axis=0)
    better = np.any(gain[:, None, :] > gain[:, :, None] + TIE, axis=0)
    return ~np.any(no_worse & better, axis=1)


def solutions(gain: np.ndarray, zone: np.ndarray) -> dict[str, int | None]:
    """Return the package each solution concept picks, or None where the zone is empty.

    Args:
        gain: [P, A] the principals' gains [utils].
        zone: [A] which packages are in the zone.
    """
    inside = zone & (gain >= -TIE).all(0)
    if not inside.any():
        return dict.fromkeys(DEFINITIONS)
    best = np.max(np.where(inside, gain, -np.inf), axis=1, keepdims=True)
    held = np.maximum(gain, 0.0)
    scores = {
        "nash": np.prod(held, axis=0),
        "kalai_smorodinsky": np.min(held / np.where(best > 0, best, 1.0), axis=0),
        "egalitarian": np.min(held, axis=0),
    }
    return {concept: int(np.argmax(np.where(inside, score, -1.0))) for concept, score in scores.items()}
