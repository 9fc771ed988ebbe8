"""At the table: take a principal's place, and let the others play their equilibrium.

    table = Table.of(detente.load("small-deal-2025"), "us", seed=7)
    table.decision                      what is to be decided, every move open, and what the model would do
    table.position()                    every package: who would accept it, what it gains whom
    table.offer(package)                make an offer, at a chance to make one
    table.answer(True)                  accept an offer
    table.wait()                        let a chance pass
    table.play("exit")                  any move by its name
    table.history                       what happened, as everybody could see it

Chances to propose come as often as the scenario says. Between two decisions of the seat the others act, and regimes and stocks
move. Whether an agreement is honoured stays unseen until it is detected, or the game is over. The same seed and moves play the
same game, to the last bit.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from typing import Any

import numpy as np
import xarray as xr

import detente
from detente.analysis.board import Board
from detente.analysis.play import OFFER, STREAMS, Decision, Event, Play
from detente.errors import Problem, ScenarioError
from detente.run import Case
from detente.spec.scope import nearest
from detente.spec.text import shown

COLUMNS = ("period", "date", "kind", "who", "package", "detail", "chance", "yours")
"""Columns of an exported history."""


class Table:
    """A game under way, or over."""

    def __init__(self, board: Board, seat: str, seed: int = 1) -> None:
        """Sit down at a board; see :meth:`of`."""
        self.board, self.seat, self.seed = board, seat, seed
        self.moves: list[str] = []
        self._play = Play(board, board.seat(seat), seed)
        self._run = self._play.run()
        self.decision: Decision | None = next(self._run, None)

    @classmethod
    def of(cls, case: Case | Board, seat: str, seed: int = 1, moves: Iterable[str] = ()) -> Table:
        """Begin a game, or take one up where its moves left it.

        Args:
            case: The scenario, or a board made of it, which spares solving it again.
            seat: The principal to play.
            seed: Seed of everything that is drawn.
            moves: Moves made already.

        Raises:
            ScenarioError: ``unknown-player``, or a move that was not open.
            SolveError: if the numbers failed.
        """
        table = cls(case if isinstance(case, Board) else Board.of(case), seat, seed)
        for move in moves:
            table.play(move)
        return table

    @property
    def over(self) -> bool:
        """Whether the horizon has been reached."""
        return self.decision is None

    @property
    def history(self) -> list[Event]:
        """What happened so far, as everybody at the table could see it."""
        return list(self._play.events)

    @property
    def talking(self) -> bool:
        """Whether an agreement can still be made."""
        return not self.over and self._play.state.row < self.board.shape.talking

    @property
    def in_force(self) -> str:
        """The package in force; empty where there is none."""
        row, shape = self._play.state.row, self.board.shape
        return str(self.board.labels.package_names[(row - shape.bases) % shape.packages]) if row >= shape.bases else ""

    @property
    def cheated(self) -> list[str]:
        """Dates of the periods in which another cheated on an agreement; told only once the game is over."""
        return [str(self.board.labels.dates[period]) for period in self._play.cheating] if self.over else []

    @property
    def standing(self) -> dict[str, Any]:
        """The date, the state of every regime, and where every stock stands, to the nearest point of its grid."""
        state, labels = self._play.state, self.board.labels
        places = np.unravel_index(state.point, self.board.shape.grid) if self.board.shape.grid else ()
        stocks = {name: float(grid[i]) for name, grid, i in zip(labels.stocks, labels.grids, places, strict=True)}
        return {
            "period": state.period,
            "date": str(labels.dates[state.period]),
            "regimes": dict(zip(labels.regimes, labels.joint[state.regime], strict=True)),
            "stocks": stocks,
        }

    def offer(self, package: str) -> None:
        """Offer a package, at a chance to."""
        self.board.package(package)
        self.play(OFFER + package)

    def answer(self, yes: bool) -> None:
        """Say yes or no: to an offer, or to a snapback."""
        self.play("yes" if yes else "no")

    def wait(self) -> None:
        """Let a chance to make an offer pass."""
        self.play("wait")

    def play(self, move: str) -> None:
        """Make a move, and play on to the next decision.

        Raises:
            ScenarioError: the move is not open.
        """
        if self.decision is None:
            raise self._wrong("the game is over: no move is open", "")
        if move not in self.decision.chances:
            few = [each for each in self.decision.moves if not each.startswith(OFFER)]
            offers = ["offer:PACKAGE"] if len(few) < len(self.decision.moves) else []
            hint = nearest(move, self.decision.moves) or f"open: {', '.join(few + offers)}"
            raise self._wrong(f"the move {shown(move)!r} is not open", hint)
        self.moves.append(move)
        try:
            self.decision = self._run.send(move)
        except StopIteration:
            self.decision = None

    def _wrong(self, text: str, hint: str) -> ScenarioError:
        return ScenarioError([Problem("unknown-move", (), text, hint)], self.board.case.scenario.name)

    def model(self) -> str:
        """Return the move that the equilibrium draws for the seat here; draws of this stream bear on nothing else."""
        assert self.decision is not None, "the game is over"
        rng = np.random.default_rng([self.seed, len(self.moves), STREAMS.index("seat")])
        place = int(np.searchsorted(np.cumsum(list(self.decision.chances.values())), rng.random(), side="right"))
        return self.decision.moves[min(place, len(self.decision.moves) - 1)]

    def position(self) -> xr.Dataset | None:
        """Return what everybody thinks of every package now; None where talks are closed, or an agreement is in force."""
        return self.board.position(self._play.state, self.board.seat(self.seat)) if self.talking else None

    def why(self, package: str) -> xr.Dataset | None:
        """Return the gains from a package by named term, of whoever is least likely to consent and of the seat."""
        return self.board.why(self._play.state, self.board.seat(self.seat), package) if self.talking else None

    def record(self) -> dict[str, Any]:
        """Return the whole game as plain data: what it was played on, its seed and moves, and what happened."""
        return {
            "scenario": self.board.case.scenario.name,
            "variant": self.board.case.variant,
            "seat": self.seat,
            "seed": self.seed,
            "moves": self.moves,
            "over": self.over,
            "standing": self.standing,
            "in_force": self.in_force,
            "history": [vars(event) for event in self.history],
            "cheated": self.cheated,
            "version": detente.__version__,
        }

    def json(self) -> str:
        """Return the game as JSON."""
        return json.dumps(self.record(), indent=2, ensure_ascii=False)

    def csv(self) -> str:
        """Return the history as CSV."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows([getattr(event, name) for name in COLUMNS] for event in self.history)
        return out.getvalue()
