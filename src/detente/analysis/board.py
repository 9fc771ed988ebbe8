"""The board a game at the table is played on: a solved scenario, and what everybody would do in any of its states."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from detente.central import Central
from detente.compile import terms
from detente.engine.seat import Holding, Meeting, afterwards, holding, meeting, terms_at
from detente.errors import Problem, ScenarioError
from detente.result.dataset import moments, term_names, terms_of
from detente.result.inputs import attributes
from detente.run import Case
from detente.spec.scope import nearest
from detente.spec.text import shown

KEPT = 20_000
"""States whose choices are kept at hand."""


@dataclass(frozen=True)
class State:
    """Where a game stands at the start of a period's decisions; all of it indices."""

    period: int
    row: int
    """Public status and who knows what about it."""
    point: int
    regime: int


@dataclass(frozen=True, eq=False)
class Board:
    """A solved scenario to play on; made once, and shared by every game on it."""

    case: Case
    solved: Central
    kept: dict[Any, Any] = field(default_factory=dict)
    lock: Any = field(default_factory=Lock)

    @classmethod
    def of(cls, case: Case) -> Board:
        """Solve a case at its central values.

        Raises:
            SolveError: if the numbers failed.
        """
        return cls(case, case.central())

    @property
    def shape(self) -> Any:
        """The game's static description."""
        return self.solved.shape

    @property
    def labels(self) -> Any:
        """Names along each axis."""
        return self.solved.model.labels

    @cached_property
    def game(self) -> Any:
        """The game, as arrays of numpy."""
        return jax.tree.map(np.asarray, self.solved.game)

    @cached_property
    def after(self) -> Any:
        """Values after the decisions of every period [T, S, I, G, R] [utils]."""
        with jax.enable_x64(True):
            return np.asarray(afterwards(self.solved.game, self.shape, self.solved.policy))

    def seats(self) -> tuple[str, ...]:
        """Who can be played: the principals."""
        return self.case.scenario.principals

    def seat(self, name: str) -> int:
        """Return the index of a principal.

        Raises:
            ScenarioError: there is no such principal.
        """
        if name not in self.seats():
            hint = nearest(name, self.seats()) or f"principals: {', '.join(self.seats())}"
            problem = Problem("unknown-player", (), f"{shown(name)!r} is no principal, and only a principal can be played", hint)
            raise ScenarioError([problem], self.case.scenario.name)
        return int(self.labels.players.index(name))

    def package(self, name: str) -> int:
        """Return the index of a package.

        Raises:
            ScenarioError: there is no such package.
        """
        known = self.labels.package_names
        if name not in known:
            problem = Problem("unknown-package", (), f"there is no package {shown(name)!r}", nearest(name, known))
            raise ScenarioError([problem], self.case.scenario.name)
        return int(known.index(name))

    def meeting(self, at: State) -> Meeting:
        """Return what everybody would do in a round of talks."""

        def make() -> Meeting:
            row, point, regime = map(jnp.asarray, (at.row, at.point, at.regime))
            return meeting(self.solved.game, self.shape, *self._given(at.period), row, point, regime)

        return self._once(("meeting", at), make)

    def holding(self, at: State) -> Holding:
        """Return what everybody would do about an agreement in force."""

        def make() -> Holding:
            point, regime = jnp.asarray(at.point), jnp.asarray(at.regime)
            return holding(self.solved.game, self.shape, *self._given(at.period), point, regime)

        return self._once(("holding", at.period, at.point, at.regime), make)

    def _given(self, period: int) -> tuple[Any, Any, Any]:
        """Return the period, and values and beliefs after its decisions; inside double precision only."""
        belief = self.solved.solution.belief
        return jnp.asarray(period), self.after[period], None if belief is None else belief[period]

    def _once(self, key: Any, make: Callable[[], Any]) -> Any:
        with self.lock:
            found = self.kept.get(key)
        if found is None:
            with jax.enable_x64(True):
                found = jax.tree.map(np.asarray, make())
            with self.lock:
                if len(self.kept) >= KEPT:
                    self.kept.clear()
                self.kept[key] = found
        return found

    def words(self) -> xr.Dataset:
        """Return the names of everything, with which events can be put into words."""
        labels = self.labels
        coords = {
            "date": moments(labels),
            "player": list(labels.players),
            "proposer": list(labels.proposers),
            "package": list(labels.package_names),
            "issue": list(labels.issues),
            "consenter": [*labels.players, *labels.bodies],
        }
        levels = {"package_level": (("package", "issue"), np.array(labels.packages))}
        return xr.Dataset(levels, coords, attributes(self.case.scenario, labels, variant=self.case.variant))

    def position(self, at: State, seat: int) -> xr.Dataset:
        """Return what everybody thinks of every package in a state with talks, seen from a seat.

        Variables are those of :func:`detente.analysis.advise.advise` where they mean the same; ``p_all_accept`` is the
        probability that all others needed accept once the seat has agreed.
        """
        met, game, shape = self.meeting(at), self.game, self.shape
        names = np.array([*self.labels.players, *self.labels.bodies])
        consent = np.concatenate([met.accept, met.bodies[_proposer(shape, seat)]])
        needs = np.concatenate([game.need, game.need_body]) == 1
        others = needs & (np.arange(len(needs)) != seat)[:, None]
        chance = np.where(others, consent, np.inf)
        alone = ~others.any(0)
        return self.words().assign(
            gain=(("player", "package"), met.gain),
            own_gain=("package", met.gain[seat]),
            p_accept=(("consenter", "package"), consent),
            needs=(("consenter", "package"), needs),
            p_all_accept=("package", met.others[seat]),
            p_offer=(("proposer", "package"), met.offers),
            expected_gain=("package", met.others[seat] * met.gain[seat]),
            bottleneck=("package", np.where(alone, "", names[chance.argmin(0)])),
            p_bottleneck=("package", np.where(alone, 1.0, chance.min(0))),
            allowed=("package", met.allowed == 1),
        )

    def why(self, at: State, seat: int, package: str) -> xr.Dataset:
        """Return, for whoever is least likely to consent and for the seat, the gain from a package by named term.

        Of a body it is the member with a vote of its own who is least likely to agree. ``explained`` names the player.
        """
        a, position = self.package(package), self.position(at, seat)
        least = str(position.bottleneck.values[a])
        who = self._voter(at, least, a) if least else seat
        channels = self._once(("terms",), lambda: terms(self.solved.model.frame, self.solved.values))
        policy, gains = self.solved.policy, np.zeros(len(self.labels.terms))
        with jax.enable_x64(True):
            for player in dict.fromkeys((who, seat)):
                where = (at.period, at.row, at.point, at.regime, a, player)
                gains = gains + np.asarray(terms_at(self.solved.game, self.shape, channels, policy, *map(jnp.asarray, where)))
        told = {"explained": self.labels.players[who], "explained_package": package}
        ds = position.assign(terms_of(self.labels, [a], gains[:, None])).assign_attrs(told)
        return ds.assign_coords(leading=[package], term=term_names(self.labels))

    def _voter(self, at: State, name: str, package: int) -> int:
        """Return the player itself, or the member of a body who stands in its way."""
        if name in self.labels.players:
            return int(self.labels.players.index(name))
        body = self.shape.bodies[self.labels.bodies.index(name)]
        accept = self.meeting(at).accept[:, package]
        free = [seat for seat in body.seats if not self.game.need[seat[0], package]] or list(body.seats)
        return int(min(free, key=lambda seat: accept[seat[0]] ** seat[1] if seat[2] else accept[seat[0]])[0])


def _proposer(shape: Any, seat: int) -> int:
    """Return the seat's place among the proposers; the first one's, where it cannot propose."""
    return int(shape.proposers.index(seat)) if seat in shape.proposers else 0
