"""From a scenario to a game: the static shape once, and a function from parameter values to arrays.

Model(scenario).shape, .labels            what does not depend on values
build(frame, shape, values)               the arrays, traceable by jax over ``values``
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax.numpy as jnp
import numpy as np

from detente.compile import payoffs, regimes, stocks
from detente.compile.environment import Environment, Frame
from detente.compile.labels import labels
from detente.game import Body, Channels, Game, Labels, Precision, Shape
from detente.program import program
from detente.spec.scenario import Scenario


@dataclass(frozen=True, eq=False)
class Model:
    """A scenario laid out for computing."""

    frame: Frame

    @classmethod
    def of(cls, scenario: Scenario) -> Model:
        """Lay out a scenario."""
        return cls(Frame(scenario))

    @property
    def scenario(self) -> Scenario:
        """The scenario."""
        return self.frame.scenario

    @cached_property
    def labels(self) -> Labels:
        """Names along the axes."""
        return labels(self.frame)

    def central(self) -> dict[str, float]:
        """Return the central value of every parameter."""
        return {name: quantity.value for name, quantity in self.scenario.quantities.items()}

    @cached_property
    def smooth(self) -> bool:
        """Whether single precision serves: no choice turns on exact ties, and no value is iterated to a limit."""
        return not self.exact(Environment(self.frame, self.central(), np)) and self.scenario.calendar.after != "stationary"

    def exact(self, env: Environment) -> bool:
        """Return whether any player chooses exactly at these values, or any of them: one or an array of each parameter."""
        return any(bool(np.isinf(env(player.precision)).any()) for player in self.scenario.players.values())

    def shape(self, draws: list[Mapping[str, float]] | None = None) -> Shape:
        """Return the static description: where any of ``draws`` (default: central values) takes stocks, and exact choice."""
        frame, scenario = self.frame, self.scenario
        index = {name: i for i, name in enumerate(scenario.players)}
        every = draws or [self.central()]
        columns = {name: np.array([draw[name] for draw in every]) for name in every[0]}
        moves = [stocks.reach(frame, Environment(frame, draw, np)) for draw in every] if scenario.stocks else []
        grid = tuple(len(stock.grid) for stock in scenario.stocks.values())
        furthest = ((max(m[d][0] for m in moves), max(m[d][1] for m in moves)) for d in range(len(grid)))
        reach = tuple((stocks.room(down, n), stocks.room(up, n)) for (down, up), n in zip(furthest, grid, strict=True))
        schedule = scenario.calendar.proposers
        return Shape(
            periods=scenario.calendar.periods,
            players=len(index),
            packages=len(frame.rows.packages),
            bases=frame.rows.bases,
            regimes=len(frame.joint),
            grid=grid,
            reach=reach,
            proposers=tuple(index[name] for name in scenario.proposers),
            reviewers=tuple(index[name] for name in scenario.reviewers),
            hidden=None if scenario.hidden is None else index[scenario.hidden],
            principals=tuple(index[name] for name in scenario.principals),
            bodies=tuple(
                Body(body.quota, tuple((index[seat.player], seat.count, seat.veto) for seat in body.seats))
                for body in scenario.bodies.values()
            ),
            talking=frame.rows.talking,
            terminal=scenario.calendar.after,
            cycle=max(1, len(schedule)),
            weighted=scenario.menu == "weighted",
            leavers=tuple(index[name] for name in scenario.leavers),
            exact=self.exact(Environment(frame, columns, np)),
        )


@program("frame", "shape")
def build(frame: Frame, shape: Shape, values: Mapping[str, Any]) -> Game:
    """Return the game's arrays at the given parameter values (numbers or traced scalars)."""
    env = Environment(frame, values, jnp)
    offsets, spill = stocks.weights(frame, env, shape.reach)
    needs = _consent(frame)
    rows = frame.rows
    return Game(
        moves=regimes.transitions(frame.scenario, env, jnp),
        start_regime=regimes.start(frame.scenario, env, jnp),
        start_point=stocks.start(frame, env),
        offsets=offsets,
        spill=spill,
        payoff=payoffs.channels(frame, env),
        precision=Precision(jnp.stack([env.scalar(player.precision) for player in frame.scenario.players.values()]), shape.exact),
        log_menu=_menu(frame, env),
        talk=_talk(frame, env),
        review=_review(frame, env),
        detect=_detect(frame, env),
        lapse=jnp.asarray(rows.lapse),
        lapse_to=jnp.asarray(rows.lapse_to),
        snap_to=jnp.asarray(rows.snap_to),
        allowed=jnp.asarray(rows.allowed),
        side=jnp.zeros((1, shape.players)),
        **{name: jnp.asarray(mask) for name, mask in needs.items()},
    )


@program("frame")
def terms(frame: Frame, values: Mapping[str, Any]) -> Channels:
    """Return payoffs with one channel per named term, for decomposition."""
    return payoffs.channels(frame, Environment(frame, values, jnp), by_term=True)


def _menu(frame: Frame, env: Environment) -> Any:
    """Return log menu weights, normalised to one over the menu [A]."""
    total: Any = jnp.zeros(len(frame.rows.packages))
    for index, issue in enumerate(frame.scenario.issues.values()):
        weight = jnp.stack([env.scalar(option.weight) for option in issue.options.values()])
        total = total + jnp.log(weight)[frame.rows.packages[:, index]]
    return total - jnp.log(jnp.sum(jnp.exp(total)))


def _talk(frame: Frame, env: Environment) -> Any:
    """Return each proposer's chance to propose per period, timed [T|1, J, B|1, G|1, R]."""
    scenario, calendar = frame.scenario, frame.scenario.calendar
    if calendar.proposers:
        turn = [calendar.proposers[t % len(calendar.proposers)] for t in range(calendar.periods + 1)]
        chance = np.array([[float(name == who) for name in scenario.proposers] for who in turn])
        return jnp.broadcast_to(jnp.asarray(chance)[:, :, None, None, None], (*chance.shape, 1, 1, len(frame.joint)))
    bases = env.on(np.arange(frame.rows.talking))
    rates = [bases.array(scenario.players[name].talks) for name in scenario.proposers]
    return _timed_share(rates, len(frame.joint), frame)


def _review(frame: Frame, env: Environment) -> Any:
    """Return each reviewer's chance to review per period, timed [T|1, V, A|1, G|1, R]."""
    honoured = env.on(frame.rows.honoured())
    rates = [honoured.array(frame.scenario.players[name].reviews) for name in frame.scenario.reviewers]
    return _timed_share(rates, len(frame.joint), frame)


def _timed_share(rates: list[Any], count: int, frame: Frame) -> Any:
    if not rates:
        return jnp.zeros((1, 0, 1, 1, count))
    shape = np.broadcast_shapes(*(rate.shape for rate in rates), (1, 1, 1, count))
    stacked = jnp.stack([jnp.broadcast_to(rate, shape) for rate in rates], 1)
    return regimes.share(stacked, frame.scenario.calendar, jnp, axis=1)


def _detect(frame: Frame, env: Environment) -> Any:
    """Return the chance of detection per period, timed [T|1, A|1, G|1, R|1]."""
    if frame.scenario.hidden is None:
        return jnp.zeros((1, 1, 1, 1))
    rate = env.on(frame.rows.cheated()).array(frame.scenario.detection)
    return rate if frame.scenario.calendar.clock == "rounds" else -jnp.expm1(-rate * frame.scenario.calendar.length)


def _consent(frame: Frame) -> dict[str, np.ndarray]:
    """Return who must consent to each package, and to the snapback at each lapse, as masks over players and bodies."""
    scenario = frame.scenario
    needed = [_needed(scenario, package) for package in frame.rows.packages]
    groups = {"need": list(scenario.players), "need_body": list(scenario.bodies)}
    sign = {name: _mask(group, needed) for name, group in groups.items()}
    snap = {
        name: _mask(group, frame.rows.consents) for name, group in zip(("snap_need", "snap_body"), groups.values(), strict=True)
    }
    return {**sign, **snap}


def _needed(scenario: Scenario, package: np.ndarray) -> set[str]:
    options = [list(issue.options.values())[code] for issue, code in zip(scenario.issues.values(), package, strict=True)]
    return {*scenario.principals, *scenario.needs, *(name for option in options for name in option.consent)}


def _mask(group: list[str], sets: Any) -> np.ndarray:
    return np.array([[name in names for names in sets] for name in group], np.int32).reshape(len(group), len(sets))
