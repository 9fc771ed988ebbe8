"""Gambit's opinion on a game written as a tree: what it plays at every information set, and what players get."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

import pygambit

NODE = re.compile(r'([cp]) "" (?:(\d+) )?(\d+) "(.*) *(?:#\d+)?" { (.*) } 0|t "" \d+ ".*" { (.*) }')
ACTION = re.compile(r'"([^"]*)"(?: ([0-9/]+))?')


@dataclass
class Node:
    """A place in a tree, as the file has it."""

    player: int
    """Position of the player who moves; -1: chance; -2: nobody, the game is over."""
    number: int = 0
    """Number of the information set, by player, from 1."""
    words: tuple[str, ...] = ()
    """Who moves, what for, and where, as the information set's name says it."""
    actions: dict[str, float] = field(default_factory=dict)
    """Each action, and the probability of those of chance."""
    payoffs: tuple[float, ...] = ()
    after: list[Node] = field(default_factory=list)


def parse(text: str) -> Node:
    """Return the root of the tree written in an .efg file."""
    lines = iter(text.splitlines()[3:])
    return _node(lines)


def _node(lines: Iterator[str]) -> Node:
    found = NODE.fullmatch(next(lines))
    assert found
    kind, player, number, name, actions, payoffs = found.groups()
    if payoffs is not None:
        return Node(-2, payoffs=tuple(float(value) for value in payoffs.split(", ")))
    listed = {action: _share(share) for action, share in ACTION.findall(actions)}
    words = tuple(name.split(" #")[0].split(", "))
    node = Node(int(player) - 1 if kind == "p" else -1, int(number), words, listed)
    node.after = [_node(lines) for _ in listed]
    return node


def _share(text: str) -> float:
    top, _, bottom = text.partition("/")
    return float(top) / float(bottom or 1) if text else 0.0


def everywhere(node: Node) -> Iterator[Node]:
    """Yield every node, each before what follows it."""
    yield node
    for later in node.after:
        yield from everywhere(later)


@dataclass(frozen=True)
class Opinion:
    """A logit equilibrium as Gambit finds it."""

    root: Node
    payoffs: list[float]
    """By player."""
    chances: dict[tuple[int, int], dict[str, float]]
    """What is played, by player and number of the information set."""

    def at(self, node: Node) -> dict[str, float]:
        """Return the probability of every action."""
        return node.actions if node.player < 0 else self.chances[node.player, node.number]

    def reached(self) -> Iterator[tuple[Node, float]]:
        """Yield every node with the probability that play comes to it."""
        return self._reached(self.root, 1.0)

    def _reached(self, node: Node, chance: float) -> Iterator[tuple[Node, float]]:
        yield node, chance
        for share, later in zip(self.at(node).values(), node.after, strict=True):
            yield from self._reached(later, chance * share)


def second_opinion(text: str, precision: float) -> Opinion:
    """Let Gambit find the logit equilibrium of a tree at one precision for all (Turocy 2005)."""
    game = pygambit.read_efg(io.StringIO(text))
    profile = pygambit.qre.logit_solve_lambda(game, [precision])[0].profile
    chances = {}
    for k, player in enumerate(game.players):  # sets come in the order of the tree, which is how they are numbered
        chances |= {(k, number): dict(played) for number, (_, played) in zip(count(1), profile[player])}
    return Opinion(parse(text), [value for _, value in profile.payoffs], chances)
