"""The zone of possible agreement and the bargaining solutions on it.

Gains are D_i(a) - N_i [utils], so the disagreement point is zero. A package is in the zone when every player whose consent
it needs gains (or is indifferent) and every body it needs would carry it if each seat voted its own gain.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from detente.game import Body

TIE = 1e-9
SAMPLE = 256
"""Packages of which those a menu is first compared with are chosen."""
PIVOTS = 16
"""At most how many those are."""
FEW = 512
"""Packages few enough to compare with each other at once."""
CACHED = 32_768
"""Packages few enough to stay in a core's cache while they are compared with a few."""
AT_ONCE = 1_000_000
"""Pairs of packages compared at once, which bounds memory."""

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

    A package beats another that gives nobody more and somebody less, by more than TIE. Most of a large menu is beaten by a few
    good packages and never compared with the rest, which for two principals needs sorting only.

    Args:
        gain: [P, A] the principals' gains [utils].
    """
    left = _trimmed(gain)
    rest = gain[:, left]
    kept = np.zeros(gain.shape[1], bool)
    kept[left[~(_beaten_of_two(*rest) if len(gain) == 2 else _beaten(rest))]] = True
    return kept


def _trimmed(gain: np.ndarray) -> np.ndarray:
    """Return packages that may be on the frontier; whatever those left out beat, one of those returned beats too.

    What beats most of a sample beats most of the rest, and what beats most of a sample of what is left, most of that.
    """
    packages = gain.shape[1]
    if packages <= FEW:
        return np.arange(packages)
    best = _covering(gain[:, :: packages // SAMPLE + 1])
    left = np.concatenate([part.start + _unbeaten(gain[:, part], best) for part in _blocks(packages, AT_ONCE // CACHED)])
    return left[_trimmed(np.take(gain, left, axis=1))] if len(left) < packages / 2 else left


def _covering(sample: np.ndarray) -> np.ndarray:
    """Return packages of a sample [P, S], each the one that exceeds most of those that none chosen before it exceeds."""
    exceeds = _everywhere(np.greater_equal, sample, sample)
    left = np.ones(len(exceeds), bool)
    chosen: list[int] = []
    while len(chosen) < PIVOTS:
        short = exceeds[left].sum(0)
        best = int(short.argmax())
        if short[best] <= 2:  # itself, and hardly another
            break
        chosen.append(best)
        left &= ~exceeds[:, best]
    return sample[:, chosen]


def _unbeaten(gain: np.ndarray, best: np.ndarray) -> np.ndarray:
    """Return which packages none of ``best`` [P, B] equals for everybody and exceeds by TIE for somebody."""
    beaten = np.zeros(gain.shape[1], bool)
    for pivot in best.T:
        topped = gain[0] <= pivot[0]
        for own, level in zip(gain[1:], pivot[1:], strict=True):
            topped &= own <= level
        alike = np.flatnonzero(topped & (gain[0] >= pivot[0] - TIE))  # hardly any: the others are looked at for them alone
        topped[alike[(gain[:, alike] >= pivot[:, None] - TIE).all(0)]] = False
        beaten |= topped
    return np.flatnonzero(~beaten)


def _beaten_of_two(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return which packages [A] another beats for two principals, in the time it takes to sort them."""
    order = np.argsort(-first, kind="stable")
    falling = -first[order]
    most = np.append(-np.inf, np.maximum.accumulate(second[order]))  # the second's best gain among the first so many
    as_good = most[np.searchsorted(falling, -(first - TIE), side="right")]
    better = most[np.searchsorted(falling, -(first + TIE), side="left")]
    return (as_good > second + TIE) | (better >= second - TIE)


def _beaten(gain: np.ndarray) -> np.ndarray:
    """Return which packages [A] another beats, compared block by block with those nobody tops [P, A]."""
    rivals = _untopped(gain)
    beaten = np.zeros(gain.shape[1], bool)
    for block in _blocks(gain.shape[1], rivals.shape[1]):
        mine = gain[:, block]
        no_worse = _everywhere(np.greater_equal, rivals, mine - TIE)
        no_better = _everywhere(np.less_equal, rivals, mine + TIE)
        beaten[block] = (no_worse & ~no_better).any(1)
    return beaten


def _untopped(gain: np.ndarray) -> np.ndarray:
    """Return the different gains [P, F] that no others equal or exceed for every principal."""
    ordered = gain[:, np.lexsort((*gain, gain.sum(0)))[::-1]]  # what tops another comes before it, equals side by side
    again = (ordered[:, 1:] == ordered[:, :-1]).all(0)
    ordered = ordered[:, np.append(True, ~again)]
    found = np.empty_like(ordered)
    count = 0
    for block in _blocks(ordered.shape[1], AT_ONCE // FEW):
        mine = ordered[:, block]
        mine = mine[:, _everywhere(np.greater_equal, mine, mine).sum(1) == 1]  # each equals itself
        mine = mine[:, ~_everywhere(np.greater_equal, found[:, :count], mine).any(1)]
        found[:, count : count + mine.shape[1]] = mine
        count += mine.shape[1]
    return found[:, :count]


def _everywhere(compare: np.ufunc, rivals: np.ndarray, mine: np.ndarray) -> np.ndarray:
    """Return whether ``compare(rival, own)`` holds for every principal [own, rival]."""
    holds = compare(rivals[0], mine[0][:, None])
    for rival, own in zip(rivals[1:], mine[1:], strict=True):
        holds &= compare(rival, own[:, None])
    return holds


def _blocks(count: int, width: int) -> list[slice]:
    """Return slices of 0 .. count - 1, each short enough for a table as wide as ``width``."""
    step = max(1, AT_ONCE // max(1, width))
    return [slice(first, first + step) for first in range(0, count, step)]


def solutions(gain: np.ndarray, zone: np.ndarray) -> dict[str, int | None]:
    """Return the package each solution concept picks, or None where the zone is empty.

    Args:
        gain: [P, A] the principals' gains [utils].
        zone: [A] which packages are in the zone.
    """
    inside = np.flatnonzero(zone & (gain >= -TIE).all(0))
    if not len(inside):
        return dict.fromkeys(DEFINITIONS)
    held = np.maximum(np.take(gain, inside, axis=1), 0.0)
    best = held.max(1, keepdims=True)
    scores = {
        "nash": np.prod(held, axis=0),
        "kalai_smorodinsky": np.min(held / np.where(best > 0, best, 1.0), axis=0),
        "egalitarian": np.min(held, axis=0),
    }
    return {concept: int(inside[np.argmax(score)]) for concept, score in scores.items()}
