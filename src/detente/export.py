"""Small games as trees, in the extensive form Gambit reads (.efg).

The tree is the game of offers alone: who gets to propose, what is offered, whether it is accepted, how regimes and stocks
move. What follows a signature takes no decision in the games that are written, so it is folded into the payoffs at the
leaves, which are values as of the start of the game.

Where discount factors are one and the menu is unweighted, a tree solver's logit equilibrium at one precision for all is
detente's. With discounting a tree solver weighs choices at present value, which in period t is a precision of lambda d^t,
and it knows no menu weights. Subgame-perfect equilibria agree in any case, but for ties.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import count, islice
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from detente.compile import Model, build
from detente.engine.motion import transport
from detente.engine.solve import flow_at, solve, terminal
from detente.engine.timed import at
from detente.errors import Path, Problem, ScenarioError
from detente.game import Game, Shape

MOST = 50_000
"""Most nodes of a tree."""
ROUNDING = 10**12
"""Largest denominator of a chance: Gambit wants chances that sum to one exactly."""


def efg(case: Any) -> str:
    """Return the game of a case, or of a model, at its central values in Gambit's extensive form.

    Raises:
        ScenarioError: where the game has no such tree, or one too large (code ``no-tree``).
    """
    model: Model = getattr(case, "model", case)
    scenario, shape = model.scenario, model.shape()
    if refused := list(_refusals(model)):
        raise ScenarioError(refused, scenario.name)
    with jax.enable_x64(True):
        numbers = Numbers.of(build(model.frame, shape, model.central()), shape)
    lines = list(islice(Tree(model, shape, numbers).lines(), MOST + 1))
    if len(lines) > MOST:
        text = f"the tree has more than {MOST:,} nodes"
        raise ScenarioError([_problem(("calendar",), text, "fewer rounds, packages or states")], scenario.name)
    players = " ".join(f'"{name}"' for name in scenario.players)
    return "\n".join([f'EFG 2 R "{scenario.name}" {{ {players} }}', '""', "", *lines, ""])


def _problem(path: Path, text: str, hint: str) -> Problem:
    return Problem("no-tree", path, text, hint)


def _refusals(model: Model) -> Iterator[Problem]:
    """Say what about a scenario no tree with one decision at a time describes."""
    scenario = model.scenario
    if scenario.calendar.after == "stationary":
        yield _problem(("calendar", "after"), "a game without end has no tree", "write after: zero, or frozen")
    if scenario.hidden is not None:
        yield _problem(("players", scenario.hidden), "what others believe about hidden action is in no tree", "leave it out")
    for name in scenario.reviewers:
        yield _problem(("players", name, "reviews"), "only the signing of agreements is written", "leave reviews out")
    consents = [option.consent for issue in scenario.issues.values() for option in issue.options.values()]
    deciders = {*scenario.proposers, *scenario.principals, *scenario.needs}.union(*consents)
    if len(deciders) > 2 or deciders & set(scenario.bodies):
        text = f"{', '.join(sorted(deciders))} decide: consents are given at once, each as if it alone mattered"
        yield _problem(("players",), text, "leave two players who decide")


@dataclass(frozen=True)
class Numbers:
    """The game of offers, by joint state of stocks and regimes (X)."""

    talk: np.ndarray
    """[T, J, X] chance to propose."""
    moves: np.ndarray
    """[T, X, X] chances of the next state while there is no agreement."""
    flow: np.ndarray
    """[T, I, X] worth of a period without an agreement, at its start [utils]."""
    signed: np.ndarray
    """[T, I, A, X] worth of an agreement when signed [utils]."""
    refuse: np.ndarray
    """[T, I, A, X] lump sum for refusing [utils]."""
    last: np.ndarray
    """[I, X] worth of having no agreement at the horizon [utils]."""
    start: np.ndarray
    """[X] chance of each state at the start."""
    discount: np.ndarray
    """[I] discount factor per period."""

    @classmethod
    def of(cls, game: Game, shape: Shape) -> Numbers:
        """Read them off a game."""
        payoff, periods = game.payoff, range(shape.periods)
        one = (shape.points, shape.regimes)
        each = (shape.players, shape.packages, *one)

        def flat(array: Any, *lead: int) -> np.ndarray:
            return np.broadcast_to(array, (*lead, *one)).reshape(*lead, -1)

        def lump(period: int) -> np.ndarray:
            return np.zeros(each) if payoff.lumps.refuse is None else np.broadcast_to(at(payoff.lumps.refuse, period), each)

        return cls(
            talk=np.stack([flat(at(game.talk, t)[:, 0], len(shape.proposers)) for t in periods]),
            moves=np.stack([_moves(game, shape, t) for t in periods]),
            flow=np.stack([_worth(game, t) for t in periods]).reshape(shape.periods, shape.players, -1),
            signed=np.asarray(solve(game, shape, keep=True).signed).reshape(shape.periods, *each[:2], -1),
            refuse=np.stack([lump(t) for t in periods]).reshape(shape.periods, *each[:2], -1),
            last=flat(terminal(shape, payoff)[:, 0], shape.players),
            start=(np.asarray(game.start_point)[:, None] * np.asarray(game.start_regime)).ravel(),
            discount=np.asarray(payoff.discount),
        )


def _worth(game: Game, period: int) -> np.ndarray:
    """Return what the flows of a period at the status quo are worth at its start [I, G, R]."""
    return np.asarray(flow_at(game.payoff, jnp.asarray(period))[:, 0] * game.payoff.accrual[:, None, None])


def _moves(game: Game, shape: Shape, period: int) -> np.ndarray:
    """Return the chances of the next state from each state at the status quo [X, X]."""
    size = shape.points * shape.regimes

    def after(here: Any) -> Any:
        mass = jnp.zeros((shape.rows, shape.points, shape.regimes)).at[0].set(here.reshape(shape.points, shape.regimes))
        return transport(game, shape, jnp.asarray(period), mass)[0].ravel()

    return np.asarray(jax.vmap(after)(jnp.eye(size)))


class Tree:
    """Writes a tree node by node, each node before what follows it."""

    def __init__(self, model: Model, shape: Shape, numbers: Numbers) -> None:
        self.labels, self.shape, self.numbers = model.labels, shape, numbers
        agree = {*model.scenario.principals, *model.scenario.needs}
        self.deciders = [k for k, name in enumerate(model.labels.players) if name in agree]
        self.sets = [count(1) for _ in range(shape.players + 1)]
        self.leaves = count(1)
        states = [" ".join(state) or "start" for state in model.labels.joint]
        self.states = [f"{state} {point}" if shape.grid else state for point in range(shape.points) for state in states]

    def lines(self) -> Iterator[str]:
        """Write the whole game."""
        yield from self._drawn(self.numbers.start, self.states, lambda x: self._period(0, x, np.zeros(self.shape.players)))

    def _drawn(self, chances: np.ndarray, names: list[str], follow: Any) -> Iterator[str]:
        """Write a move of chance, and what follows each outcome; an outcome that is certain is no move."""
        possible = [k for k, chance in enumerate(chances) if chance > 1 / ROUNDING]
        if len(possible) == 1:
            yield from follow(possible[0])
            return
        shares = [Fraction(float(chances[k])).limit_denominator(ROUNDING) for k in possible[:-1]]
        shares.append(1 - sum(shares, Fraction(0)))
        index = next(self.sets[-1])
        listed = " ".join(f'"{names[k]}" {share}' for k, share in zip(possible, shares, strict=True))
        yield f'c "" {index} "chance {index}" {{ {listed} }} 0'
        for k in possible:
            yield from follow(k)

    def _period(self, t: int, x: int, paid: np.ndarray) -> Iterator[str]:
        """Write a period: somebody is drawn to propose, or nobody."""
        chances = self.numbers.talk[t, :, x]
        names = [*self.labels.proposers, "nobody"]

        def follow(k: int) -> Iterator[str]:
            return self._ahead(t, x, paid) if k == len(chances) else self._offers(t, x, paid, self.shape.proposers[k])

        yield from self._drawn(np.append(chances, max(0.0, 1.0 - chances.sum())), names, follow)

    def _offers(self, t: int, x: int, paid: np.ndarray, proposer: int) -> Iterator[str]:
        """Write a proposer's choice between all packages and passing."""
        yield self._choice(proposer, [*self.labels.package_names, "pass"])
        for package in range(self.shape.packages):
            yield from self._answer(t, x, paid, proposer, package)
        yield from self._ahead(t, x, paid)

    def _answer(self, t: int, x: int, paid: np.ndarray, proposer: int, package: int) -> Iterator[str]:
        """Write the other's answer to an offer."""
        factor = self.numbers.discount**t
        done = self._leaf(paid + factor * self.numbers.signed[t, :, package, x])
        other = next(k for k in self.deciders if k != proposer)
        cost = np.zeros(self.shape.players)
        cost[other] = self.numbers.refuse[t, other, package, x]
        yield self._choice(other, ["accept", "refuse"])
        yield done
        yield from self._ahead(t, x, paid + factor * cost)

    def _ahead(self, t: int, x: int, paid: np.ndarray) -> Iterator[str]:
        """Write what follows a period without an agreement."""
        numbers = self.numbers
        paid = paid + numbers.discount**t * numbers.flow[t, :, x]
        if t + 1 == self.shape.periods:
            yield self._leaf(paid + numbers.discount ** (t + 1) * (numbers.last @ numbers.moves[t, x]))
            return
        yield from self._drawn(numbers.moves[t, x], self.states, lambda y: self._period(t + 1, y, paid))

    def _choice(self, player: int, actions: list[str]) -> str:
        index = next(self.sets[player])
        listed = " ".join(f'"{name}"' for name in actions)
        return f'p "" {player + 1} {index} "{self.labels.players[player]} {index}" {{ {listed} }} 0'

    def _leaf(self, payoffs: np.ndarray) -> str:
        index = next(self.leaves)
        listed = ", ".join(repr(float(value)) for value in payoffs)
        return f't "" {index} "end {index}" {{ {listed} }}'
