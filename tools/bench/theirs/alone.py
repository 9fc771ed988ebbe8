"""The problem of somebody who decides alone, written out from its numbers as libraries of decision problems want it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

NONE, SMALL, LARGE = range(3)
ROWS = np.array([(NONE, 0), (SMALL, 0), (LARGE, 0), (SMALL, 1), (LARGE, 1)])
"""The deal in effect, and whether it is in force; what persists after an end is in effect and not in force."""
STAY, SIGN_SMALL, SIGN_LARGE, LEAVE = range(4)
INTENDED = [(0, SIGN_SMALL, 3, SMALL), (0, SIGN_LARGE, 4, LARGE), (3, LEAVE, 1, 0), (4, LEAVE, 2, 0)]
"""(row, action, row that follows if there is a chance to act, deal to be paid for)."""


@dataclass(frozen=True)
class Problem:
    """States are (row, stock, war); pairs of a state and an action it allows come in order of the state."""

    state: np.ndarray
    action: np.ndarray
    reward: np.ndarray
    source: np.ndarray
    """Pair that each probability belongs to."""
    target: np.ndarray
    chance: np.ndarray
    states: int
    discount: float
    periods: int
    """0: for ever."""


def read(path: Path) -> Problem:
    """Read the numbers and write the problem out."""
    p = json.loads(path.read_text(encoding="utf-8"))
    points = p["points"]
    row, point, war = (axis.ravel() for axis in np.meshgrid(range(5), range(points), range(2), indexing="ij"))
    states = np.arange(10 * points)
    pairs = [(states, STAY, row, row, 0.0, np.zeros(len(states)))]
    for here, action, after, paid in INTENDED:
        at = states[row == here]
        chance, lump = (p["talks"], -p["price"] * paid) if action != LEAVE else (p["reviews"], -p["leaving"])
        pairs.append((at, action, row[at], np.full(len(at), after), chance, np.full(len(at), lump)))
    order = np.argsort(np.concatenate([at for at, *_ in pairs]), kind="stable")
    state = np.concatenate([at for at, *_ in pairs])[order]
    action = np.concatenate([np.full(len(at), act) for at, act, *_ in pairs])[order]
    before, after, lump = (np.concatenate([pair[k] for pair in pairs])[order] for k in (2, 3, 5))
    acted = np.concatenate([np.full(len(pair[0]), pair[4]) for pair in pairs])[order]
    y, w = point[state], war[state]
    reward = (1 - acted) * _flow(p, before, y, w) + acted * (lump + _flow(p, after, y, w))
    moves = [_moved(p, before, y, w, 1 - acted), _moved(p, after, y, w, acted)]
    source, target, chance = (np.concatenate([move[k] for move in moves]) for k in range(3))
    kept = chance > 0
    return Problem(state, action, reward, source[kept], target[kept], chance[kept], len(states), p["patience"], p["periods"])


def _flow(p: dict[str, float], row: np.ndarray, point: np.ndarray, war: np.ndarray) -> np.ndarray:
    deal, in_force = ROWS[row].T
    own = np.array([[0.0, p["left_small"], p["left_large"]], [0.0, p["small"], p["large"]]])[in_force, deal]
    calm = p["calm"] * ((war == 1) & (deal == NONE))
    return own + calm - p["threat"] * point * np.where(war == 0, 1.0, 0.5)


def _moved(p: dict[str, float], row: np.ndarray, point: np.ndarray, war: np.ndarray, odds: np.ndarray) -> list[np.ndarray]:
    """Return which pair goes where with which probability."""
    points = int(p["points"])
    deal = ROWS[row, 0]
    step = np.select([deal == NONE, deal == LARGE], [point < points - 1, -1 * (point > 0)], 0)
    leaves = np.where(war == 0, p["ends"], p["resumes"])
    pair = np.arange(len(row))
    parts = []
    for up, share in ((0, 1 - p["pace"]), (1, p["pace"])):
        for change, turn in ((0, 1 - leaves), (1, leaves)):
            to = (row * points + point + up * step) * 2 + np.abs(war - change)
            parts.append((pair, to, odds * share * turn))
    return [np.concatenate([part[k] for part in parts]) for k in range(3)]
