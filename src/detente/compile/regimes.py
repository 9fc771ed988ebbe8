"""Joint regimes and their transition matrix per period.

Chains move independently given the current joint state; a chain's hazards may look at the others and at the year.
In the years clock competing hazards h fire with 1 - exp(-sum(h) D), shared in proportion; in rounds they are probabilities.
A scheduled switch acts at the boundary of periods nearest to its date.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from detente.spec.scenario import Calendar, Regime, Scenario, Switch


def joint(scenario: Scenario) -> dict[str, np.ndarray]:
    """Return, for each regime, its state position in every joint regime; without regimes there is one joint regime."""
    sizes = [range(len(regime.states)) for regime in scenario.regimes.values()]
    states = list(itertools.product(*sizes))
    grid = np.array(states, dtype=np.int32).reshape(len(states), len(sizes))
    return {name: grid[:, i] for i, name in enumerate(scenario.regimes)}


def names(scenario: Scenario) -> tuple[tuple[str, ...], ...]:
    """Return the state names of every joint regime."""
    return tuple(itertools.product(*(regime.states for regime in scenario.regimes.values())))


def boundary(calendar: Calendar, on: Any) -> int:
    """Return the period a scheduled switch is in force from: the boundary nearest to its date, but for the start itself."""
    if calendar.start is None:
        return int(on)
    return max(1, round((on - calendar.start).days / 365.25 / calendar.length))


def transitions(scenario: Scenario, env: Any, ops: Any) -> Any:
    """Return the joint transition matrices, timed [T|1, R, R]."""
    codes = joint(scenario)
    total: Any = None
    for name, regime in scenario.regimes.items():
        chain = _chain(scenario.calendar, regime, codes[name], env, ops)  # [T|1, R, n]
        factor = chain[:, :, codes[name]]
        total = factor if total is None else total * factor
    return ops.ones((1, 1, 1)) if total is None else total


def _chain(calendar: Calendar, regime: Regime, code: np.ndarray, env: Any, ops: Any) -> Any:
    """Return the next-state probabilities of one chain from every joint regime, timed [T|1, R, n]."""
    states = list(regime.states)
    hazards: list[Any] = [0.0] * len(states)
    for key, formula in regime.moves.items():
        origin, goal = regime.arrow(key)  # type: ignore[misc]
        here = (code == states.index(origin)).astype(float)
        rate = env.timed(formula, "TR")
        hazards[states.index(goal)] = hazards[states.index(goal)] + rate * here
    shape = np.broadcast_shapes((1, len(code)), *(np.shape(h) for h in hazards))
    hazard = ops.stack([ops.broadcast_to(ops.asarray(h, dtype=float), shape) for h in hazards], -1)
    move = share(hazard, calendar, ops)
    stay = 1.0 - move.sum(-1, keepdims=True)
    result = move + stay * np.eye(len(states))[code]
    for switch in regime.switches:
        result = _switched(calendar, switch, states, result, env, ops)
    return result


def share(rates: Any, calendar: Calendar, ops: Any, axis: int = -1) -> Any:
    """Return the probability that each of several competing events (on ``axis``) comes first in a period."""
    if calendar.clock == "rounds":
        return rates
    expected = rates.sum(axis, keepdims=True) * calendar.length
    safe = ops.where(expected > 0.0, expected, 1.0)
    # (1 - exp(-x)) / x, with the slope it has at zero, so that a rate of zero can be differentiated
    any_first = ops.where(expected > 0.0, -ops.expm1(-safe) / safe, 1.0 - expected / 2)
    return rates * calendar.length * any_first


def _switched(calendar: Calendar, switch: Switch, states: list[str], chain: Any, env: Any, ops: Any) -> Any:
    """Apply a scheduled switch after the move into the period it is in force from."""
    period = boundary(calendar, switch.on)
    if not 0 < period <= calendar.periods:
        return chain
    weights = ops.stack([ops.asarray(env.scalar(switch.to[s]) if s in switch.to else 0.0, dtype=float) for s in states])
    row = weights / weights.sum()
    origins = switch.from_ or tuple(states)
    matrix = ops.stack([row if s in origins else ops.asarray(np.eye(len(states))[i]) for i, s in enumerate(states)])
    timed = ops.broadcast_to(chain, (calendar.periods + 1, *chain.shape[1:]))
    chosen = (np.arange(calendar.periods + 1) == period - 1)[:, None, None]
    return ops.where(chosen, timed @ matrix, timed)


def start(scenario: Scenario, env: Any, ops: Any) -> Any:
    """Return the probability of every joint regime at the start [R]."""
    codes = joint(scenario)
    total = ops.ones((len(names(scenario)),))
    for name, regime in scenario.regimes.items():
        if isinstance(regime.start, str):
            weight = ops.asarray(np.array([float(state == regime.start) for state in regime.states]))
        else:
            weight = ops.stack([ops.asarray(env.scalar(regime.start.get(s, "0")), dtype=float) for s in regime.states])
            weight = weight / weight.sum()
        total = total * weight[codes[name]]
    return total
