"""The central answer: one solve at central values, with everything that is read off it kept as arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np

from detente.compile import Model, build, terms
from detente.engine.audit import status
from detente.engine.check import Check, check
from detente.engine.course import kept, signing
from detente.engine.equilibrium import equilibrium
from detente.engine.evaluate import evaluate
from detente.engine.idle import adrift, late, never
from detente.engine.policy import Anew, Policy, cheating
from detente.engine.push import Events, follow, push
from detente.engine.round import Outside, acceptance, carried, talks
from detente.engine.size import stretched
from detente.engine.solve import Solution, solve
from detente.engine.timed import at
from detente.game import Game, Shape
from detente.program import plain, program

Out = TypeVar("Out")


class lazily(cached_property[Out]):
    """A property computed once, and in double precision wherever it is first read."""

    def __get__(self, instance: object, owner: type[Any] | None = None) -> Any:
        """Return the value, computing it where it is not known."""
        with jax.enable_x64(True):
            return super().__get__(instance, owner)


@dataclass(frozen=True, eq=False)
class Central:
    """A solved game and what follows from it; every array is read lazily and once."""

    model: Model
    shape: Shape
    game: Game
    solution: Solution
    events: Events
    """The exact forward pass, with every state kept."""

    @classmethod
    def of(cls, model: Model, lean: bool = False) -> Central:
        """Solve a model at its central values; ``lean``: without keeping the policy of every period."""
        shape = stretched(model.shape()) if lean else model.shape()
        with jax.enable_x64(True):
            game = build(model.frame, shape, model.central())
            played = equilibrium(game, shape, keep=not shape.stretch)
            return cls(model, shape, game, played.solution, jax.tree.map(np.asarray, played.events))

    @lazily
    def policy(self) -> Policy:
        """The policy of every period, made again where it was not kept."""
        return kept(self.game, self.shape, self.solution.policy)

    @lazily
    def here(self) -> np.ndarray:
        """Probability of each regime and stock point at the start [G, R]."""
        return np.asarray(self.game.start_point)[:, None] * np.asarray(self.game.start_regime)

    @property
    def values(self) -> dict[str, float]:
        """The parameter values it is solved at."""
        return self.model.central()

    @property
    def cohorts(self) -> np.ndarray:
        """The periods of signing that are followed."""
        return np.arange(self.shape.periods)

    @lazily
    def lives(self) -> tuple[np.ndarray, np.ndarray]:
        """Agreements in force by period of signing and age [T, T], and ending by cause [T, T, H]."""
        fresh, every = (jax.device_put(array) for array in (self.events.fresh, self.cohorts))  # jnp.asarray is a program
        alive, ended = follow(self.game, self.shape, self.solution.policy, fresh, every)
        return np.asarray(alive), np.asarray(ended)

    def signed_in(self, period: int) -> np.ndarray:
        """Return the value of each package signed in a period from the status quo [I, A, G, R] [utils]."""
        if self.solution.signed is not None:
            return np.asarray(self.solution.signed)[period]
        stretch, which = divmod(period + self.shape.ahead, self.shape.stretch)
        return self._stretch(stretch)[which]

    def _stretch(self, index: int) -> np.ndarray:
        """Return the values of signing in the periods of a stretch [L, I, A, G, R]; those made last are kept."""
        if index not in self._made:
            assert isinstance(self.solution.policy, Anew), "values of signing are kept where policies are"
            self._made.clear()
            with jax.enable_x64(True):
                self._made[index] = np.asarray(signing(self.game, self.shape, self.solution.policy, jnp.asarray(index)))
        return self._made[index]

    @cached_property
    def _made(self) -> dict[int, np.ndarray]:
        return {}

    @lazily
    def waiting(self) -> np.ndarray:
        """Value of going on without an agreement [T, I, G, R] [utils]."""
        return np.asarray(self.solution.waiting)

    def outside(self, period: int) -> Outside | None:
        """What leaving the talks leads to in a period, from the status quo; None where nobody may."""
        return jax.tree.map(lambda leaf: leaf[period], self.solution.outside)

    @lazily
    def reservation(self) -> np.ndarray:
        """What each player has without an agreement [T, I, G, R] [utils]: waiting, or leaving where it may and that is more."""
        outside = self.solution.outside
        if outside is None:
            return self.waiting
        may = np.isin(np.arange(self.shape.players), self.shape.leavers)[:, None, None]
        return np.where(may, np.maximum(self.waiting, np.asarray(outside.over + outside.lump)), self.waiting)

    @lazily
    def table(self) -> dict[str, np.ndarray]:
        """Acceptance by player [I, A], body [C, A] and all needed [J, A], and offers [J, A], at the start."""
        return self.table_in(0)

    def open_in(self, period: int) -> np.ndarray:
        """Probability of each regime and stock point at a period's start, given that no agreement was signed before [G, R].

        It is not a number where an agreement is certain by then.
        """
        assert self.events.occupancy is not None, "the forward pass keeps its states"
        mass = np.asarray(self.events.occupancy[period, 0])
        total = mass.sum()
        return mass / total if total > 0.0 else np.full_like(mass, np.nan)

    def table_in(self, period: int) -> dict[str, np.ndarray]:
        """Return acceptance and offers in a period, no agreement signed before: axes as in :attr:`table`."""
        here = self.here if period == 0 else self.open_in(period)
        with jax.enable_x64(True):
            found = _table(
                self.game, self.shape, jnp.asarray(period), self.signed_in(period), self.waiting[period], self.outside(period)
            )
        names = ("accept", "passes", "offers", "bodies")
        return {name: np.einsum("gr,kagr->ka", here, np.asarray(array)) for name, array in zip(names, found, strict=True)}

    @lazily
    def adrift(self) -> np.ndarray:
        """Distribution over regimes and stocks without talks [T + 1, G, R]."""
        return np.asarray(adrift(self.game, self.shape))

    @lazily
    def delay(self) -> np.ndarray:
        """What each player loses if talks are impossible for one year (or round) [I] [utils]."""
        talking = self.solution.talking
        later = late(self.game, self.shape, talking, self.model.scenario.calendar.per_year)
        return np.einsum("gr,igr->i", self.here, np.asarray(talking)[0] - np.asarray(later))

    @lazily
    def never(self) -> np.ndarray:
        """Value to each player at the start if talks never happen [I] [utils]."""
        return np.einsum("gr,igr->i", self.here, np.asarray(never(self.game, self.shape)))

    @lazily
    def terms(self) -> np.ndarray:
        """Gain from each package at the start, by named term [K, A] [utils]."""
        channels = terms(self.model.frame, self.model.central())
        signed, waiting = evaluate(self.game, self.shape, channels, self.solution.policy)
        return np.einsum("gr,kagr->ka", self.here, np.asarray(signed) - np.asarray(waiting)[:, None])

    @lazily
    def cheat(self) -> np.ndarray:
        """Probability of cheating at once on each package signed at the start [A]; nought where nobody can."""
        cheat = cheating(self.solution.policy)
        return np.zeros(self.shape.packages) if cheat is None else np.einsum("gr,agr->a", self.here, np.asarray(cheat)[0])

    @lazily
    def check(self) -> Check:
        """How far the policy is from answering its own values, and what its choices forgo."""
        return jax.tree.map(np.asarray, check(self.game, self.shape, self.solution.policy, self.solution.belief))

    def read_off(self) -> None:
        """Compute everything a result is made of."""
        for name in ("lives", "table", "adrift", "delay", "never", "terms", "check"):
            getattr(self, name)

    @lazily
    def status(self) -> int:
        """What went wrong, as bits."""
        return int(status(self.game, self.solution.start, jnp.asarray(self.events.spill), self.solution.residual))

    def refined(self, levels: int = 5) -> Events:
        """Return the forward pass when packages can be offered with a small side payment between the first two principals.

        Beliefs are held at those of the plain menu, and precision is single unless ties decide. The largest side payment is a
        tenth of each side's spread of gains over the menu, so it splits what a coarse menu cannot.
        """
        side, shape = _side_payments(self, levels), replace(self.shape, sides=levels)
        with jax.enable_x64(True):
            made: Events = plain(_refined(self.game, shape, self.model.smooth, side, self.solution.belief))
            return made


def _side_payments(central: Central, levels: int) -> np.ndarray:
    """Return side payments [levels, I]: what one principal gives the other receives, in proportion to their spreads."""
    gain = central.signed_in(0) - central.waiting[0][:, None]
    spread = np.ptp(np.einsum("gr,iagr->ia", central.here, gain), axis=1)
    side = np.zeros((levels, central.shape.players))
    if len(central.shape.principals) >= 2:
        giver, taker = central.shape.principals[:2]
        share = np.linspace(-0.1, 0.1, levels)
        side[:, giver], side[:, taker] = share * spread[giver], -share * spread[taker]
    return side


@program("shape", "single")
def _refined(game: Game, shape: Shape, single: bool, side: Any, belief: Any) -> Events:
    """Solve the game with side payments, beliefs held, and push it forward."""
    game = game.with_side(side)
    if single:
        game, belief = game.single(), None if belief is None else belief.astype(jnp.float32)
    return push(game, shape, solve(game, shape, belief).policy)


@program("shape")
def _table(
    game: Game, shape: Shape, period: Any, signed: Any, waiting: Any, outside: Outside | None
) -> tuple[Any, Any, Any, Any]:
    refuse = game.payoff.lumps.refuse
    lump = None if refuse is None else at(refuse, period)
    accept, passes, offers = talks(game, shape, signed, waiting, lump, game.allowed[0], outside)
    votes = acceptance(game, signed, waiting, lump)
    bodies = [jnp.broadcast_to(carried(votes, body, game.need), votes[0].shape) for body in shape.bodies]
    stacked = jnp.stack(bodies) if bodies else jnp.zeros((0, *votes.shape[1:]))
    return accept, passes, offers, stacked
