"""Logit equilibria of trees whose players hold on to less than they have seen: what a belief held on a summary costs.

A class is a set of decisions between which a player does not tell the difference. Play is iterated: first how likely each
decision of a class is, from play so far; then choices, from the last to the first. Where that settles, beliefs are those
that play implies, given what is held on to. Where classes are information sets, it is an equilibrium of the game itself.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field

import numpy as np

from trees import Node

ORDER = ("offers", "answers", "has signed", "has found cheating", "reviews", "votes on a snapback")
"""Decisions in the order in which a period brings them."""


@dataclass
class Place:
    """A decision, a move of chance or an end, and how play comes there."""

    node: Node
    path: tuple[tuple[Node, str], ...]
    """Every decision and move on the way, and what was done."""
    after: list[Place] = field(default_factory=list)
    key: Hashable = None
    """The class it belongs to."""
    reach: float = 0.0
    """How likely play is to come there."""
    worth: np.ndarray | None = None
    """What players expect from there on [I]."""


Play = dict[Hashable, dict[str, float]]
Groups = dict[Hashable, list[Place]]


def places(node: Node, path: tuple[tuple[Node, str], ...] = ()) -> Place:
    """Return a tree as places."""
    after = [places(later, (*path, (node, action))) for action, later in zip(node.actions, node.after, strict=True)]
    return Place(node, path, after)


def everywhere(place: Place) -> Iterator[Place]:
    """Yield every place, each before what follows it."""
    yield place
    for later in place.after:
        yield from everywhere(later)


def grouped(root: Place, classes: Callable[[Place], Hashable]) -> Groups:
    """Sort decisions into classes, those of the last period first."""
    groups: Groups = {}
    for place in everywhere(root):
        if place.node.player >= 0:
            place.key = classes(place)
            groups.setdefault(place.key, []).append(place)
    return dict(sorted(groups.items(), key=lambda group: _when(group[1][0].node), reverse=True))


def _when(node: Node) -> tuple[int, int]:
    return int(node.words[-2]), next(k for k, word in enumerate(ORDER) if node.words[1].startswith(word))


def settle(root: Place, groups: Groups, precision: float, tolerance: float = 1e-10, most: int = 1000) -> tuple[Play, int]:
    """Return what is played at each class where play settles, and how often it was iterated."""
    play: Play = {key: dict.fromkeys(members[0].node.actions, 1 / len(members[0].after)) for key, members in groups.items()}
    for count in range(1, most + 1):
        reach(root, play)
        if _improve(root, groups, play, precision) < tolerance:
            return play, count
    raise AssertionError(f"play has not settled in {most} iterations")


def reach(root: Place, play: Play) -> None:
    """Note at every place how likely play is to come there."""
    root.reach = 1.0
    for place in everywhere(root):
        for share, later in zip(_shares(place, play), place.after, strict=True):
            later.reach = place.reach * share


def _shares(place: Place, play: Play) -> list[float]:
    return list((place.node.actions if place.node.player < 0 else play[place.key]).values()) if place.after else []


def _improve(root: Place, groups: Groups, play: Play, precision: float) -> float:
    """Choose anew at every class, on the beliefs that play so far implies; return the largest change."""
    for place in everywhere(root):
        place.worth = None
    change = 0.0
    for key, members in groups.items():
        belief = np.array([place.reach for place in members])
        belief = belief / belief.sum() if belief.sum() > 0 else np.full(len(members), 1 / len(members))
        worth = [[_worth(later, play)[members[0].node.player] for later in place.after] for place in members]
        score = precision * (belief @ np.array(worth))
        chosen = np.exp(score - score.max())
        chosen /= chosen.sum()
        change = max(change, float(np.abs(chosen - list(play[key].values())).max()))
        play[key] = dict(zip(play[key], chosen.tolist(), strict=True))
    return change


def _worth(place: Place, play: Play) -> np.ndarray:
    if place.worth is None:
        parts = [share * _worth(later, play) for share, later in zip(_shares(place, play), place.after, strict=True)]
        place.worth = np.sum(parts, axis=0) if parts else np.array(place.node.payoffs)
    return place.worth
