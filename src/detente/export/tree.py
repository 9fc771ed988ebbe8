"""The tree itself, in the form Gambit reads, node by node, each node before what follows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import count

import numpy as np

from detente.export.numbers import Numbers
from detente.game import Labels, Shape

ROUNDING = 10**12
"""Largest denominator of a chance: Gambit wants chances that sum to one exactly."""
Lines = Iterator[str]


@dataclass(frozen=True)
class Place:
    """Where play is, how it came there, and who knows it."""

    t: int
    row: int
    x: int
    paid: np.ndarray
    """[I] what players have been paid so far, as of the start [utils]."""
    seen: tuple[object, ...]
    """What everybody has seen."""
    own: tuple[tuple[object, ...], ...]
    """What each player alone has seen and done."""

    def after(self, event: object, **changes: object) -> Place:
        """Return the place reached by something everybody sees."""
        return replace(self, seen=(*self.seen, event), **changes)  # type: ignore[arg-type]

    def alone(self, player: int, event: object, **changes: object) -> Place:
        """Return the place reached by something only one player sees."""
        own = tuple((*mine, event) if k == player else mine for k, mine in enumerate(self.own))
        return replace(self, own=own, **changes)  # type: ignore[arg-type]


class Tree:
    """Writes a tree."""

    def __init__(self, labels: Labels, shape: Shape, numbers: Numbers) -> None:
        self.labels, self.shape, self.numbers = labels, shape, numbers
        self.need, self.snap_need = np.asarray(numbers.game.need), np.asarray(numbers.game.snap_need)
        self.allowed = np.asarray(numbers.game.allowed)
        self.ends = next((k for k in shape.principals if k != shape.hidden), None)
        self.sets: list[dict[object, str]] = [{} for _ in range(shape.players)]
        self.draws, self.leaves = count(1), count(1)
        states = [" ".join(state) for state in labels.joint]
        points = [" ".join(f"{value:g}" for value in np.atleast_1d(point)) for point in _points(labels)]
        self.states = [f"{state} {point}".strip() or "start" for point in points for state in states]

    def lines(self) -> Lines:
        """Write the whole game."""
        players = self.shape.players
        root = Place(0, 0, 0, np.zeros(players), (), ((),) * players)
        yield from self._drawn(self.numbers.start, self.states, lambda x: self._period(root.after(x, x=x)))

    # what players meet

    def _period(self, place: Place) -> Lines:
        """Write a period: talks, or an agreement in force, or neither."""
        if place.row < self.shape.talking:
            return self._talks(place)
        return self._found(place) if place.row >= self.shape.bases else self._ahead(place)

    def _talks(self, place: Place) -> Lines:
        """Write a round of talks: somebody is drawn to propose, or nobody."""
        names = [*self.labels.proposers, "nobody"]

        def follow(k: int) -> Lines:
            met = place.after(names[k])
            return self._ahead(met) if names[k] == "nobody" else self._offers(met, self.shape.proposers[k])

        return self._drawn(_rest_of(self.numbers.talk[place.t, :, place.row, place.x]), names, follow)

    def _offers(self, place: Place, proposer: int) -> Lines:
        """Write a proposer's choice between all packages that can be agreed on and passing."""
        open_ = np.flatnonzero(self.allowed[place.row])
        named = [self.labels.package_names[a] for a in open_]
        leaves = ["leave the talks"] if proposer in self.shape.leavers else []
        yield self._choice(place, proposer, "offers", [*named, "pass", *leaves])
        for a in open_:
            yield from self._answer(place.after(int(a)), proposer, int(a))
        yield from self._ahead(place.after("pass"))
        if leaves:
            yield from self._over(place, proposer)

    def _answer(self, place: Place, proposer: int, package: int) -> Lines:
        """Write the answer to an offer, if anybody needs to be asked."""
        other = next((k for k in np.flatnonzero(self.need[:, package]) if k != proposer), None)
        if other is None:
            yield from self._signed(place, package)
            return
        leaves = ["leave the talks"] if other in self.shape.leavers else []
        act = f"answers {self.labels.package_names[package]}"
        yield self._choice(place, int(other), act, ["accept", "refuse", *leaves])
        yield from self._signed(place.after("accept"), package)
        yield from self._ahead(self._paid(place.after("refuse"), "refuse", package, only=int(other)))
        if leaves:
            yield from self._over(place, int(other))

    def _over(self, place: Place, player: int) -> Lines:
        """Write what follows when a player leaves the talks for good."""
        left = self._paid(place.after(("leaves the talks", player)), "leave", place.row, only=player)
        return self._ahead(replace(left, row=self.shape.over + place.row))

    def _signed(self, place: Place, package: int) -> Lines:
        """Write what follows a signature: whoever can cheat at once decides whether to."""
        signed = replace(self._paid(place, "sign", package), row=self.shape.bases + package)
        if self.shape.hidden is None:
            return self._ahead(signed)
        return self._conduct(signed, "has signed", [])

    def _conduct(self, place: Place, act: str, more: list[str]) -> Lines:
        """Write the unseen choice to honour or to cheat, or with ``more`` to leave."""
        player, package = self._hidden(), self._package(place)
        yield self._choice(place, player, act, ["honour", "cheat", *more])
        for posture, name in enumerate(("honour", "cheat")):
            row = self.shape.bases + posture * self.shape.packages + package
            yield from self._ahead(place.alone(player, name, row=row))
        if more:
            yield from self._left(place, player)

    def _found(self, place: Place) -> Lines:
        """Write what comes first in a period of an agreement: cheating may be found out."""
        package = self._package(place)
        cheating = place.row - self.shape.bases >= self.shape.packages
        if not cheating:
            return self._review(place)
        chance = self.numbers.detect[place.t, package, place.x]
        follow: list[Callable[[], Lines]] = [lambda: self._caught(place.after("found")), lambda: self._review(place)]
        return self._drawn(_rest_of(np.array([chance])), ["found", "not found"], lambda k: follow[k]())

    def _caught(self, place: Place) -> Lines:
        """Write the choice of the other side that has found cheating."""
        package = self._package(place)
        if self.ends is None:
            yield from self._review(place)
            return
        yield self._choice(place, self.ends, "has found cheating", ["end", "look away"])
        yield from self._lapse(self._paid(place.after("end"), "caught", package), package)
        yield from self._review(place.after("look away"))

    def _review(self, place: Place) -> Lines:
        """Write who reviews an agreement, which only the reviewer sees, and what it decides."""
        names = [*(f"{name} reviews" for name in self.labels.reviewers), "no review"]

        def follow(k: int) -> Lines:
            if k == len(self.shape.reviewers):
                return self._ahead(place)
            player = self.shape.reviewers[k]
            alone = place.alone(player, place.t)
            return self._conduct(alone, "reviews", ["leave"]) if player == self.shape.hidden else self._keeps(alone, player)

        return self._drawn(_rest_of(self.numbers.review[place.t, :, self._package(place), place.x]), names, follow)

    def _keeps(self, place: Place, player: int) -> Lines:
        """Write the choice to stay in an agreement or to leave it."""
        yield self._choice(place, player, "reviews", ["stay", "leave"])
        yield from self._ahead(place)
        yield from self._left(place, player)

    def _left(self, place: Place, player: int) -> Lines:
        package = self._package(place)
        return self._lapse(self._paid(place.after(("leaves", player)), "exit", package, only=player), package)

    def _lapse(self, place: Place, package: int) -> Lines:
        """Write whether sanctions snap back when an agreement ends."""
        game = self.numbers.game
        lapse = int(game.lapse[package])
        voter = next(iter(np.flatnonzero(self.snap_need[:, lapse])), None)
        back = replace(self._paid(place.after("snapback"), "snapback", lapse), row=int(game.snap_to[lapse]))
        if voter is None:
            yield from self._ahead(back)
            return
        yield self._choice(place, int(voter), "votes on a snapback", ["restore", "leave be"])
        yield from self._ahead(back)
        yield from self._ahead(place.after("no snapback", row=int(game.lapse_to[lapse])))

    def _ahead(self, place: Place) -> Lines:
        """Write what follows the decisions of a period."""
        numbers, t = self.numbers, place.t
        factor = numbers.discount**t
        here = (t, place.row, slice(None), place.x)
        if t + 1 == self.shape.periods or self._quiet(place.row):
            yield self._leaf(place.paid + factor * numbers.rest[here])
            return
        later = replace(place, t=t + 1, paid=place.paid + factor * numbers.flow[here])
        chances = numbers.next(t, place.row, place.x)
        yield from self._drawn(chances, self.states, lambda y: self._period(later.after(y, x=y)))

    # where that is

    def _hidden(self) -> int:
        assert self.shape.hidden is not None
        return self.shape.hidden

    def _package(self, place: Place) -> int:
        return (place.row - self.shape.bases) % self.shape.packages

    def _quiet(self, row: int) -> bool:
        """Return whether nobody decides anything any more."""
        return row >= self.shape.talking and (row < self.shape.bases or self.shape.causes == 0)

    def _paid(self, place: Place, event: str, index: int, only: int | None = None) -> Place:
        """Return the place after a lump sum is paid, to everybody or to one player only."""
        lump = self.numbers.discount**place.t * self.numbers.lump(event, place.t, index, place.x)
        if only is not None:
            lump = np.where(np.arange(len(lump)) == only, lump, 0.0)
        return replace(place, paid=place.paid + lump)

    # lines of the file

    def _drawn(self, chances: np.ndarray, names: Sequence[str], follow: Callable[[int], Lines]) -> Lines:
        """Write a move of chance, and what follows each outcome; an outcome that is certain is no move."""
        possible = [k for k, chance in enumerate(chances) if chance > 1 / ROUNDING]
        if len(possible) == 1:
            yield from follow(possible[0])
            return
        shares = [Fraction(float(chances[k])).limit_denominator(ROUNDING) for k in possible[:-1]]
        shares.append(1 - sum(shares, Fraction(0)))
        index = next(self.draws)
        listed = " ".join(f'"{names[k]}" {share}' for k, share in zip(possible, shares, strict=True))
        yield f'c "" {index} "chance {index}" {{ {listed} }} 0'
        for k in possible:
            yield from follow(k)

    def _choice(self, place: Place, player: int, act: str, actions: list[str]) -> str:
        """Write a decision; the player cannot tell places apart that are the same in all it has seen and done."""
        sets = self.sets[player]
        index = len(sets) + 1
        if place.row < self.shape.bases:
            status = f"after lapse {place.row}" if place.row else ""
        else:
            status = f"on {self.labels.package_names[self._package(place)]}"
        words = [self.labels.players[player], act, status, str(self.labels.dates[place.t]), self.states[place.x]]
        listed = " ".join(f'"{name}"' for name in actions)
        text = f'{index} "{", ".join(word for word in words if word)} #{index}" {{ {listed} }} 0'
        return f'p "" {player + 1} {sets.setdefault((act, place.seen, place.own[player]), text)}'

    def _leaf(self, payoffs: np.ndarray) -> str:
        index = next(self.leaves)
        listed = ", ".join(repr(float(value)) for value in payoffs)
        return f't "" {index} "end {index}" {{ {listed} }}'


def _rest_of(chances: np.ndarray) -> np.ndarray:
    """Append the chance that none of ``chances`` comes about."""
    return np.append(chances, max(0.0, 1.0 - chances.sum()))


def _points(labels: Labels) -> list[tuple[float, ...]]:
    """Return the stocks' values at each joint grid point."""
    mesh = np.meshgrid(*labels.grids, indexing="ij")
    return [tuple(point) for point in np.stack([axis.ravel() for axis in mesh], 1)] if mesh else [()]
