"""The rules of a game at the table: the periods of a solved game, one after the other, with a person in one seat.

Chance and the other players follow the equilibrium of MODEL.md section 3. Every draw comes from a stream of its own, keyed by the
seed, the period and what is drawn, so that the same seed meets the same world whatever is done in it, and the same seed and
moves give the same history to the last bit.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from detente.analysis.board import Board, State
from detente.engine.walk import entry, move

TALKS = ("chance", "offer", "votes", "bodies", "cheat")
FORCE = ("found", "caught", "reviewer", "leave", "waver", "restore")
STREAMS = ("start", "motion", "seat", *TALKS, *FORCE)
"""What is drawn; new streams go to the end, or games already played would play differently."""
OFFER = "offer:"
"""What the move of offering a package begins with."""


@dataclass(frozen=True)
class Decision:
    """What the person in the seat has to decide."""

    kind: str
    """``offer``, ``consent``, ``posture``, ``review``, ``caught`` or ``snapback``."""
    chances: dict[str, float]
    """Every move open, with the probability that the equilibrium gives it."""
    package: str = ""
    by: str = ""
    """Who made the offer."""

    @property
    def moves(self) -> tuple[str, ...]:
        """The moves open."""
        return tuple(self.chances)


@dataclass(frozen=True)
class Event:
    """Something that happened at the table, as everybody there could see it, and what the person in the seat did."""

    period: int
    date: str
    """First day of the period, or its round, from 1."""
    kind: str
    who: str = ""
    package: str = ""
    detail: str = ""
    chance: float | None = None
    """The probability of it in the equilibrium, where it was drawn or chosen."""
    yours: bool = False


@dataclass(eq=False)
class Play:
    """One game under way."""

    board: Board
    seat: int
    seed: int
    state: State = field(init=False)
    events: list[Event] = field(default_factory=list)
    cheating: list[int] = field(default_factory=list)
    """Periods in which another cheated, which nobody at the table saw."""

    def __post_init__(self) -> None:
        """Draw where the world stands."""
        game = self.board.game
        places = [
            min(_pick(chances, u), len(chances) - 1)
            for chances, u in zip((game.start_regime, game.start_point), self._draw("start", 2, 0), strict=True)
        ]
        self.state = State(0, 0, places[1], places[0])

    def run(self) -> Generator[Decision, str, None]:
        """Play to the horizon, asking for every move of the seat."""
        shape = self.board.shape
        for period in range(shape.periods):
            self.state = replace(self.state, period=period)
            if self.state.row < shape.talking:
                yield from self._talk()
            elif self.state.row >= shape.bases and shape.causes:
                yield from self._hold()
            if self.state.row >= shape.bases + shape.packages and self.seat != shape.hidden:
                self.cheating.append(period)
            self._move()
        self._tell("horizon")

    # --- what everybody sees

    def name(self, player: int) -> str:
        """Return a player's name."""
        return str(self.board.labels.players[player])

    def _tell(self, kind: str, who: str = "", package: str = "", detail: str = "", chance: float | None = None) -> None:
        period, dates = self.state.period, self.board.labels.dates
        date = str(dates[period]) if not isinstance(dates[0], int) else str(dates[period] + 1)
        yours = who == self.name(self.seat)
        self.events.append(Event(period, date, kind, who, package, detail, None if chance is None else float(chance), yours))

    def _draw(self, stream: str, count: int = 1, period: int | None = None) -> np.ndarray:
        at = self.state.period if period is None else period
        return np.random.default_rng([self.seed, at, STREAMS.index(stream)]).random(count)

    # --- talks

    def _talk(self) -> Generator[Decision, str, None]:
        """A period without an agreement: perhaps somebody gets to make an offer."""
        shape, met = self.board.shape, self.board.meeting(self.state)
        j = _pick(met.chance, self._draw("chance")[0])
        if j == len(shape.proposers):
            self._tell("quiet", chance=1.0 - float(met.chance.sum()))
            return
        proposer = shape.proposers[j]
        package, chance = (yield from self._offered(met, j)) if proposer == self.seat else self._offers(met, j)
        if package is None or package < 0:
            kind = "left" if package is None else "pass"
            self._tell(kind, self.name(proposer), chance=chance)
            if package is None:
                self._over()
            return
        self._tell("offer", self.name(proposer), self._named(package), chance=chance)
        yield from self._answered(met, j, package)

    def _offered(self, met: Any, j: int) -> Generator[Decision, str, tuple[int | None, float]]:
        """Ask the seat for its offer: a package, below zero none, None leaving for good."""
        offers, names = met.offers[j], self.board.labels.package_names
        chances = {OFFER + name: float(offers[a]) for a, name in enumerate(names) if met.allowed[a]}
        quits = 0.0 if met.quits is None else float(met.quits[j])
        chances["wait"] = max(0.0, 1.0 - float(offers.sum()) - quits)
        if self.seat in self.board.shape.leavers:
            chances["leave"] = quits
        chosen = yield Decision("offer", chances)
        if chosen in ("wait", "leave"):
            return (-1 if chosen == "wait" else None), chances[chosen]
        return self.board.package(chosen.removeprefix(OFFER)), chances[chosen]

    def _offers(self, met: Any, j: int) -> tuple[int | None, float]:
        """Draw what another does with its chance; as above."""
        quits = 0.0 if met.quits is None else float(met.quits[j])
        a = _pick(np.append(met.offers[j], quits), self._draw("offer")[0])
        if a < self.board.shape.packages:
            return a, float(met.offers[j, a])
        gone = a == self.board.shape.packages
        return (None, quits) if gone else (-1, 1.0 - float(met.offers[j].sum()) - quits)

    def _answered(self, met: Any, j: int, package: int) -> Generator[Decision, str, None]:
        """Everybody whose consent is needed answers an offer at once."""
        board, shape, name = self.board, self.board.shape, self._named(package)
        asked = [k for k in range(shape.players) if board.game.need[k, package] and k != shape.proposers[j]]
        told, gone, agreed = [], False, True
        if self.seat in asked:
            chances = _answers(met, self.seat, package, self.seat in shape.leavers)
            said = yield Decision("consent", chances, name, self.name(shape.proposers[j]))
            told.append((_ANSWERED[said], self.name(self.seat), chances[said]))
        votes = self._draw("votes", shape.players)
        for k in asked:
            if k != self.seat:
                chances = _answers(met, k, package, k in shape.leavers)
                said = list(chances)[min(_pick(np.array(list(chances.values())), votes[k]), len(chances) - 1)]
                told.append((_ANSWERED[said], self.name(k), chances[said]))
        for c, u in enumerate(self._draw("bodies", len(shape.bodies))):
            if board.game.need_body[c, package]:
                chance = float(met.bodies[j, c, package])
                kind, chance = ("accept", chance) if u < chance else ("refuse", 1.0 - chance)
                told.append((kind, str(board.labels.bodies[c]), chance))
        for kind, who, chance in told:
            self._tell(kind, who, name, chance=chance)
            gone, agreed = gone or kind == "left", agreed and kind == "accept"
        if gone:
            self._over()
        elif agreed:
            yield from self._signed(package, met.cheat)

    def _signed(self, package: int, cheat: Any) -> Generator[Decision, str, None]:
        """An agreement is signed; who can cheat on it decides at once."""
        self._tell("signed", package=self._named(package))
        posture = 0
        if cheat is not None:
            posture = yield from self._posture(package, cheat, "cheat")
        self.state = replace(self.state, row=self.board.shape.bases + package + self.board.shape.packages * posture)

    def _posture(self, package: int, cheat: Any, stream: str) -> Generator[Decision, str, int]:
        """Return 1 where the agreement is cheated on from now."""
        chance = float(cheat[package])
        if self.seat != self.board.shape.hidden:
            return int(self._draw(stream)[0] < chance)
        chosen = yield Decision("posture", {"honour": 1.0 - chance, "cheat": chance}, self._named(package))
        self._tell(chosen, self.name(self.seat), self._named(package), chance=chance if chosen == "cheat" else 1.0 - chance)
        return int(chosen == "cheat")

    def _over(self) -> None:
        """Talks are over for good."""
        self.state = replace(self.state, row=self.board.shape.over + self.state.row)

    # --- an agreement in force

    def _hold(self) -> Generator[Decision, str, None]:
        """A period of an agreement: found out, reviewed, perhaps ended."""
        board, shape = self.board, self.board.shape
        posture, package = divmod(self.state.row - shape.bases, shape.packages)
        held = board.holding(self.state)
        found = shape.hidden is not None and posture == 1 and self._draw("found")[0] < self._entry(board.game.detect, package)
        cause = -1
        if found:
            self._tell("found", self.name(shape.hidden), self._named(package))
            if (yield from self._judged(held, package)):
                cause = len(shape.reviewers)
        if cause < 0:
            cause, posture = yield from self._reviewed(held, package, posture, found)
        if cause < 0:
            self.state = replace(self.state, row=shape.bases + posture * shape.packages + package)
        else:
            yield from self._lapsed(held, package, cause)

    def _judged(self, held: Any, package: int) -> Generator[Decision, str, bool]:
        """Return whether anybody ends an agreement in which cheating was found."""
        shape, name, over = self.board.shape, self._named(package), False
        judges = [player for player in shape.principals if player != shape.hidden]
        for i, (player, u) in enumerate(zip(judges, self._draw("caught", len(judges)), strict=True)):
            chance = float(held.ends[i, package])
            ends = u < chance
            if player == self.seat:
                chosen = yield Decision("caught", {"end": chance, "bear": 1.0 - chance}, name)
                ends = chosen == "end"
            self._tell("end" if ends else "bear", self.name(player), name, chance=chance if ends else 1.0 - chance)
            over = over or bool(ends)
        return over

    def _reviewed(self, held: Any, package: int, posture: int, found: bool) -> Generator[Decision, str, tuple[int, int]]:
        """Perhaps somebody reviews the agreement; return the cause of its end, below zero none, and how it is kept."""
        shape, name = self.board.shape, self._named(package)
        if not shape.reviewers:
            return -1, posture
        chances = [self._entry(self.board.game.review[:, v], package) for v in range(len(shape.reviewers))]
        v = _pick(np.array(chances), self._draw("reviewer")[0])
        if v == len(chances):
            return -1, posture
        player = shape.reviewers[v]
        leave = float((held.known if found else held.leave)[v, package])
        if player != self.seat:
            if self._draw("leave")[0] < leave:
                self._tell("exit", self.name(player), name, chance=leave)
                return v, posture
            return -1, (yield from self._posture(package, held.cheat, "waver")) if player == shape.hidden else posture
        stays = {"keep": 1.0 - leave}
        if player == shape.hidden:
            cheat = float(held.cheat[package])
            stays = {"honour": (1.0 - leave) * (1.0 - cheat), "cheat": (1.0 - leave) * cheat}
        open_ = {**stays, "exit": leave}
        chosen = yield Decision("review", open_, name)
        self._tell(chosen, self.name(player), name, chance=open_[chosen])
        return (v, posture) if chosen == "exit" else (-1, int(chosen == "cheat") if player == shape.hidden else posture)

    def _lapsed(self, held: Any, package: int, cause: int) -> Generator[Decision, str, None]:
        """An agreement ends; sanctions may snap back."""
        board, name = self.board, self._named(package)
        lapse = int(board.game.lapse[package])
        self._tell("ended", package=name, detail=board.labels.causes[cause])
        at, to = int(board.game.lapse_to[lapse]), int(board.game.snap_to[lapse])
        if at != to:
            chance = float(held.restore[-1, 0, lapse])
            no, yes = (float(each) for each in held.restore[self.seat, :, lapse])
            if no != yes:
                chosen = yield Decision("snapback", {"yes": _vote(chance, no, yes), "no": 1.0 - _vote(chance, no, yes)}, name)
                self._tell("for" if chosen == "yes" else "against", self.name(self.seat), name)
                chance = yes if chosen == "yes" else no
            restored = bool(self._draw("restore")[0] < chance)
            self._tell("restored" if restored else "unrestored", package=name, chance=chance if restored else 1.0 - chance)
            at = to if restored else at
        self.state = replace(self.state, row=at)

    # --- the world

    def _move(self) -> None:
        """Regimes and stocks move by chance."""
        board, at = self.board, self.state
        rng = np.random.default_rng([self.seed, at.period, STREAMS.index("motion")])
        here = (np.array([at.regime]), np.array([at.row]), np.array([at.point]))
        regime, _, point = move(rng, board.game, board.shape, at.period, *here)
        self.state = State(at.period + 1, at.row, int(point[0]), int(regime[0]))
        before, now = (board.labels.joint[r] for r in (at.regime, self.state.regime))
        for name, was, is_ in zip(board.labels.regimes, before, now, strict=True):
            if was != is_:
                self._tell("regime", name, detail=is_)

    def _entry(self, array: Any, package: int) -> float:
        """Return the entry of a timed array by package, point and regime in the present state."""
        shape, at = self.board.shape, self.state
        full = np.broadcast_to(entry(array, at.period), (shape.packages, shape.points, shape.regimes))
        return float(full[package, at.point, at.regime])

    def _named(self, package: int) -> str:
        return str(self.board.labels.package_names[package])


_ANSWERED = {"yes": "accept", "no": "refuse", "leave": "left"}


def _answers(met: Any, player: int, package: int, may_leave: bool) -> dict[str, float]:
    """Return what a player asked for its consent may say, with probabilities."""
    yes = float(met.accept[player, package])
    leave = float(met.leave[player, package]) if met.leave is not None else 0.0
    return {"yes": yes, "no": 1.0 - yes - leave} | ({"leave": leave} if may_leave else {})


def _vote(chance: float, no: float, yes: float) -> float:
    """Return the seat's own probability of a yes, given what a snapback's probability is without and with it."""
    return min(1.0, max(0.0, (chance - no) / (yes - no)))


def _pick(chances: Any, u: float) -> int:
    """Return which of the chances ``u`` falls on; their number, where it falls on none."""
    return int(np.searchsorted(np.cumsum(chances), u, side="right"))
