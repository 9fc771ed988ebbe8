"""Play small games: lay a scenario out once, then solve it at any values without compiling again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from detente.compile import Model, build
from detente.engine.equilibrium import Until, equilibrium
from detente.engine.idle import never
from detente.engine.push import Events, follow, push
from detente.engine.solve import Solution
from detente.game import Game, Labels, Shape
from detente.run import load
from detente.spec.read import read
from detente.spec.scenario import Issue, Scenario

GAMES = Path(__file__).parent / "games"


def scenario(name: str, **parts: Any) -> Scenario:
    """Return a game of tests/games, with whole parts replaced; ``rounds`` and ``after`` go to its calendar."""
    read_in = read(GAMES / f"{name}.yaml")
    calendar = {key: parts.pop(key) for key in ("rounds", "after", "proposers", "horizon", "step") if key in parts}
    return read_in.model_copy(update={**parts, "calendar": read_in.calendar.model_copy(update=calendar)})


def shares(coarse: int, fine: int) -> dict[str, Issue]:
    """Return the issues of a pie cut into ``coarse`` pieces of ``fine`` crumbs each: a may get any number of crumbs."""
    pieces = {"none": {"coarse": -1}} | {f"s{k}": {"coarse": k / coarse} for k in range(coarse + 1)}
    crumbs = {f"c{k}": {"fine": k / (coarse * fine)} for k in range(fine)}
    return {"share": Issue.model_validate({"options": pieces}), "crumbs": Issue.model_validate({"options": crumbs})}


@dataclass(frozen=True, eq=False)
class Played:
    """A game solved at some values."""

    shape: Shape
    game: Game
    solution: Solution
    labels: Labels

    @cached_property
    def events(self) -> Events:
        """The exact forward pass, every state kept."""
        return jax.tree.map(np.asarray, push(self.game, self.shape, self.solution.policy, keep=True))

    def value(self, period: int = 0, regime: int = 0) -> np.ndarray:
        """Return the players' values before the decisions of a period, no agreement yet, at the first grid point [I]."""
        return np.asarray(self.solution.talking[period, :, 0, regime])

    def wait(self, period: int = 0, regime: int = 0) -> np.ndarray:
        """Return the players' values of going on without an agreement after the decisions of a period [I]."""
        return np.asarray(self.solution.waiting[period, :, 0, regime])

    def deal(self, period: int = 0, regime: int = 0) -> np.ndarray:
        """Return the players' values of each package once signed [I, A]."""
        assert self.solution.signed is not None
        return np.asarray(self.solution.signed[period, :, :, 0, regime])

    def sign(self, period: int = 0, regime: int = 0) -> np.ndarray:
        """Return the probability of signing each package from the status quo, by proposer, given the regime [J, A]."""
        return np.asarray(self.solution.policy.sign[period, 0, :, :, 0, regime])

    def cheat(self, period: int = 0, regime: int = 0) -> np.ndarray:
        """Return the probability of cheating on each package [A]."""
        chance = self.solution.policy.conduct.cheat
        assert chance is not None
        return np.asarray(chance[period, :, 0, regime])

    def start(self, player: int) -> np.ndarray:
        """Return a player's values before the first decisions by row and regime, at the first grid point [S, R]."""
        return np.asarray(self.solution.start[:, player, 0])

    def alone(self) -> np.ndarray:
        """Return the players' values at the start if talks never happen, by regime, at the first grid point [I, R]."""
        return np.asarray(never(self.game, self.shape)[:, 0])

    def follow(self, cohort: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Return the agreements signed in a period that are in force, by age [T], and that end, by age and cause [T, H]."""
        alive, ended = follow(self.game, self.shape, self.solution.policy, self.events.fresh, np.array([cohort]))
        return np.asarray(alive[0]), np.asarray(ended[0])


def front(name: str, values: dict[str, float] | None = None, **more: float) -> Played:
    """Load a game of tests/games, with some values changed, and solve it at central values, as anybody would."""
    solved = load(GAMES / f"{name}.yaml", values={**(values or {}), **more}).central()
    return Played(solved.shape, solved.game, solved.solution, solved.model.labels)


class Bench:
    """A scenario laid out once."""

    def __init__(self, what: Scenario, *extremes: dict[str, float]) -> None:
        self.model = Model.of(what)
        reaching = self.model.shape([self.model.central() | extreme for extreme in extremes] or None)
        self.shape = replace(reaching, exact=True)  # whatever precision it is played at
        self._build = jax.jit(partial(build, self.model.frame, self.shape))

    def game(self, values: dict[str, float] | None = None, **more: float) -> Game:
        """Return the game at the central values, with some changed."""
        changed = {**(values or {}), **more}
        unknown = changed.keys() - self.model.central().keys()
        assert not unknown, unknown
        return self._build(self.model.central() | {name: float(value) for name, value in changed.items()})

    def __call__(self, values: dict[str, float] | None = None, **more: float) -> Played:
        """Solve the game at the central values, with some changed."""
        return self.play(self.game(values, **more))

    def play(self, game: Game, **shape: Any) -> Played:
        """Solve a game of this bench's shape."""
        shape_ = replace(self.shape, **shape)
        return Played(shape_, game, equilibrium(game, shape_, keep=True, until=Until(1e-14, 100)).solution, self.model.labels)


def both(name: str, first: float, second: float) -> dict[str, float]:
    """Return a table's values for the two states of a game's ``state``."""
    return {f"{name}[first]": first, f"{name}[second]": second}


def array(values: Any) -> jnp.ndarray:
    """Return an array of floats."""
    return jnp.asarray(values, dtype=float)
