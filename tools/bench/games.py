"""The games of the measurements, as scenario texts of any size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import jax
import numpy as np

from detente.compile import Model, build
from detente.engine.equilibrium import doubtful
from detente.engine.solve import Solution, solve
from detente.spec.read import load_text

TALKS = """
detente: 1
title: Two who propose by lot, and a menu of any length
calendar: {{rounds: {rounds}, after: zero}}
menu: unweighted
players:
  a: {{discount_factor: 1, precision: 1, talks: 0.5}}
  b: {{discount_factor: 1, precision: 1, talks: 0.5}}
issues:
  deal:
    options:
      none: {{a: 0, b: 0}}
{options}
payoffs:
  a: {{flow: 0.1 * (1 - in_force), at sign: {{share: deal.a}}}}
  b: {{flow: 0.2 * (1 - in_force), at sign: {{share: deal.b}}}}
"""

STOPPING = """
detente: 1
title: A war that turns; either may leave the talks for good, and one gains what the other loses
calendar: {{rounds: {rounds}, after: zero}}
players:
  a: {{discount_factor: 1, precision: .inf, talks: 0.5, may_leave: true}}
  b: {{discount_factor: 1, precision: .inf, talks: 0.4, may_leave: true}}
issues:
  border:
    options:
      none: {{a: 0}}
{options}
regimes: {{war: {{states: [won, lost], start: won, moves: {{won -> lost: 0.3, lost -> won: 0.4}}}}}}
payoffs:
  a: {{war: "(1 if war == won else -1) * (1 - 0.4 * talks_over) + border.a * in_force"}}
  b: {{war: "-(1 if war == won else -1) * (1 - 0.4 * talks_over) - border.a * in_force"}}
"""

ENDLESS = """
detente: 1
title: Talks without end while a war goes on or pauses
calendar: {{rounds: 1, after: stationary}}
menu: unweighted
players:
  a: {{discount_factor: 0.9, precision: 1, talks: 0.5}}
  b: {{discount_factor: 0.9, precision: 1, talks: 0.4}}
issues:
  deal:
    options:
      none: {{a: 0, b: 0}}
{options}
regimes: {{war: {{states: [on, off], start: on, moves: {{on -> off: 0.3, off -> on: 0.2}}}}}}
payoffs:
  a: {{flow: "(0.1 if war == on else 0.3) * (1 - in_force)", at sign: {{share: deal.a}}}}
  b: {{flow: "(0.3 if war == on else 0.1) * (1 - in_force)", at sign: {{share: deal.b}}}}
"""

ALONE = """
detente: 1
title: One decides alone, and a clerk agrees to everything
calendar: {{rounds: {rounds}, after: {after}}}
parameters:
  {{patience: 0.9, talks: 0.7, reviews: 0.6, ends: 0.3, resumes: 0.2, pace: 0.4, calm: 0.5, small: 1, large: 1.5,
  left_small: 0.2, left_large: -0.4, threat: {threat}, price: 1, leaving: 0.5}}
players:
  decider: {{discount_factor: patience, precision: .inf, talks: talks, reviews: reviews}}
  clerk: {{discount_factor: patience, precision: .inf, principal: true}}
issues: {{deal: {{after_lapse: persists, options: [none, small, large]}}}}
regimes: {{war: {{states: [fighting, over], start: fighting, moves: {{fighting -> over: ends, over -> fighting: resumes}}}}}}
stocks:
  stock: {{start: 1, grid: 0..{last} by 1, drift: pace * ((deal == none) * (stock < {last}) - (deal == large) * (stock > 0))}}
payoffs:
  decider:
    flow: "small * (deal == small) + large * (deal == large) if in_force
      else left_small * (deal == small) + left_large * (deal == large)"
    calm: calm * (war == over) * (deal == none)
    threat: -threat * stock * (1 if war == fighting else 0.5)
    at sign: {{price: "-price * (2 if deal == large else 1)"}}
    at exit: {{leaving: -leaving}}
"""

UNCERTAIN = """
detente: 1
title: Two who talk over a menu while a war may end
calendar: {{start: 2025-01-01, horizon: 10 years, step: 0.25}}
parameters:
  precision: {{value: 2, low: 0.5, high: 4, source: judgement}}
  impatience: {{value: 0.1, low: 0.05, high: 0.2, source: judgement}}
  peace: {{value: 0.3, low: 0.1, high: 0.6, source: judgement}}
  relapse: {{value: 0.2, low: 0, high: 0.5, source: judgement}}
  cost: {{value: 0.3, low: 0, high: 0.6, source: judgement}}
players:
  a: {{discount: impatience, precision: precision, talks: 1}}
  b: {{discount: impatience, precision: precision, talks: 1}}
issues:
  deal:
    options:
      none: {{a: 0, b: 0}}
{options}
regimes: {{war: {{states: [on, off], start: on, moves: {{on -> off: peace, off -> on: relapse}}}}}}
payoffs:
  a: {{share: "deal.a * in_force", war: "-cost * (war == on) * (1 - in_force)"}}
  b: {{share: "deal.b * in_force", war: "-cost * (war == on) * (1 - in_force)"}}
"""

GROWTH = """
detente: 1
title: Everything a scenario can have, in any number
calendar: {{start: 2025-01-01, horizon: {years} years, step: 0.25}}
parameters: {{end: {{value: 0.3, low: 0.1, high: 0.6, unit: 1/year, source: judgement}}}}
players:
  a: {{discount: 0.1/year, precision: 2, talks: 1, reviews: 1}}
  b: {{discount: 0.1/year, precision: 2, talks: 1, reviews: 1, hidden_action: true}}
issues:
{issues}
regimes:
  war: {{states: [on, off], start: on, moves: {{on -> off: end}}}}
{moods}
stocks:
  arms: {{start: 50, unit: arms, grid: 0..100 by {by!r}, drift: "2 * (1 - in_force) * (100 - arms) / 100"}}
payoffs:
  a: {{flow: "{given} - arms / 200"}}
  b: {{flow: "in_force - ({given}) + 0.3 * cheating + 0.2 * (war == on)"}}
detection: 0.3/year
"""


def shares(packages: int, total: float = 1.0) -> np.ndarray:
    """Return how each package splits ``total`` [2, packages]."""
    first = total * (np.arange(packages) + 1.0) / (packages + 1.0)
    return np.stack([first, total - first])


def options(split: np.ndarray) -> str:
    """Write a menu, one package a line."""
    return "\n".join(f"      o{k}: {{a: {float(a)!r}, b: {float(b)!r}}}" for k, (a, b) in enumerate(split.T))


def border(packages: int) -> str:
    """Write the menu of the stopping game: how much of a border is yielded."""
    return "\n".join(f"      o{k}: {{a: {(k + 1) / (packages + 1) - 0.5!r}}}" for k in range(packages))


def grown(digits: int = 2, moods: int = 1, points: int = 6, periods: int = 32) -> str:
    """Write a game of 10 ** digits - 1 packages, 2 ** moods regimes, and so many grid points and periods."""
    choices = ", ".join(f"o{k}: {{x: {k}}}" for k in range(10))
    mood = "  m{k}: {{states: [good, bad], start: good, moves: {{good -> bad: 0.2, bad -> good: 0.2}}}}"
    return GROWTH.format(
        years=periods / 4,
        issues="\n".join(f"  i{k}: {{options: {{{choices}}}}}" for k in range(digits)),
        moods="\n".join(mood.format(k=k) for k in range(moods - 1)),
        by=100 / (points - 1),
        given=" + ".join(f"i{k}.x * {0.1 ** (k + 1):.6f}" for k in range(digits)),
    )


@dataclass(frozen=True, eq=False)
class Laid:
    """A scenario laid out and compiled, so that only solving is left."""

    model: Model

    @classmethod
    def out(cls, text: str) -> Laid:
        """Lay a scenario text out."""
        return cls(Model.of(load_text(text)))

    @cached_property
    def shape(self) -> Any:
        """Everything static."""
        return self.model.shape()

    @cached_property
    def game(self) -> Any:
        """The arrays at central values."""
        return jax.jit(partial(build, self.model.frame, self.shape))(self.model.central())

    def solve(self) -> Solution:
        """Solve it: nobody has to form a belief."""
        assert not doubtful(self.shape)
        return solve(self.game, self.shape)

    def start(self, solution: Solution) -> Sequence[float]:
        """Return the players' values at the start."""
        here = np.asarray(self.game.start_point)[:, None] * np.asarray(self.game.start_regime)
        values: list[float] = np.einsum("gr,igr->i", here, np.asarray(solution.talking[0])).tolist()
        return values
