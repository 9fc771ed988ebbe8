"""What a draw costs in an ensemble, beside solving draws one by one; and a gradient beside a solve."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from bench.games import UNCERTAIN, options, shares
from bench.measure import FASTER, MULTIPLE, Effort, Row, clocked, in_turn, spread
from detente.analysis.gradient import Slopes
from detente.coarse import coarser
from detente.compile import Model
from detente.draws import design
from detente.ensemble import run
from detente.run import Case, load
from detente.spec.read import load_text, with_values
from detente.spec.scenario import Scenario

GROUP = "ensemble"
MANY = 4096
HALF = 2.0
"""A draw shall cost at most half of a single solve."""
SOLVES = 6.0
"""Solves that a gradient shall cost at most."""


def rows(effort: Effort) -> list[Row]:
    """Compare on the default scenario and on a small game, then take the gradient."""
    default = coarser(load("small-deal-2025").scenario)
    small = load_text(UNCERTAIN.format(options=options(shares(10))))
    return [
        many("the default scenario as its draws are solved", default, 8 if effort.fast else 24, effort),
        many("a small game (10 packages x 2 regimes x 40 periods)", small, 64 if effort.fast else 256, effort),
        gradient(default, effort),
    ]


def many(what: str, scenario: Scenario, draws: int, effort: Effort) -> Row:
    """Compare an ensemble with a loop of loading a scenario at a draw's values, solving it, and reading off who signs when."""
    model = Model.of(scenario)
    drawn = design(scenario, draws, 1)
    each = max(2, draws // 8)
    loop = clocked(lambda: [_single(scenario, drawn, k) for k in range(each)])
    whole = clocked(lambda: run(model, drawn, single=True))
    tasks = {"loop": loop, "whole": whole}
    first = in_turn(tasks, 1)
    took = in_turn(tasks, effort.times(float(first["loop"][0] + first["whole"][0])))
    ratio, low, high = spread(took["loop"] / each, took["whole"] / draws)
    per_draw = float(np.median(took["whole"])) / draws
    rate = 1.0 / per_draw
    note = f"{rate:.3g} draws a second; {MANY:,} draws in {_span(MANY * per_draw)}"
    work = f"{draws} draws of {what}, per draw"
    return Row(GROUP, work, "a loop of load and solve", FASTER, ratio, low, high, per_draw, HALF, note)


def _single(scenario: Scenario, drawn: Mapping[str, np.ndarray], k: int) -> Any:
    return Case(with_values(scenario, {name: float(column[k]) for name, column in drawn.items()})).central().events


def gradient(scenario: Scenario, effort: Effort) -> Row:
    """Compare an outcome and its gradient by every parameter with the outcome alone."""
    model = Model.of(scenario)
    slopes, central = Slopes(model, "p_deal"), model.central()

    def afresh(work: Callable[[], Any]) -> Callable[[], float]:
        def task() -> float:
            slopes.belief = None
            return clocked(work)()

        return task

    tasks = {"value": afresh(lambda: slopes.value(central)), "gradient": afresh(lambda: slopes.at(central))}
    first = in_turn(tasks, 1)
    took = in_turn(tasks, effort.times(float(first["gradient"][0])))
    ratio, low, high = spread(took["gradient"], took["value"])
    work = f"the probability of a deal and its slopes by {len(central)} numbers"
    return Row(GROUP, work, "that probability alone", MULTIPLE, ratio, low, high, float(np.median(took["gradient"])), SOLVES)


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
