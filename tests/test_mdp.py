"""Where one player decides alone the game is a Markov decision problem: QuantEcon finds the values the engine finds."""

from __future__ import annotations

from functools import cache
from itertools import product

import numpy as np
from hypothesis import given, settings
from quantecon.markov import DiscreteDP

from playing import Bench, front, scenario
from strategies import extremes, values
from verification import Verify

ALONE = scenario("alone")
NONE, SMALL, LARGE = range(3)
ROWS = [*((deal, False) for deal in (NONE, SMALL, LARGE)), (SMALL, True), (LARGE, True)]
"""The deal in effect, and whether it is in force; what persists after an end is in effect and not in force."""
POINTS, REGIMES = 4, 2
STATES = list(product(ROWS, range(POINTS), range(REGIMES)))
FIGHTING = 0


def problem(p: dict[str, float]) -> DiscreteDP:
    """Return the decision problem written out from the numbers of tests/games/alone.yaml.

    Actions: leave things as they are, sign the small package, sign the large one, exit. What is intended happens with the
    chance to act, else things stay; then the round's flow is counted and the world moves.
    """
    reward = np.full((len(STATES), 4), -np.inf)
    moves = np.zeros((len(STATES), 4, len(STATES)))
    for s, (row, point, regime) in enumerate(STATES):
        deal, in_force = row
        intended = {0: (row, 0.0, 0.0)}
        if row == (NONE, False):
            intended |= {new: ((new, True), p["talks"], -p["price"] * new) for new in (SMALL, LARGE)}
        elif in_force:
            intended[3] = ((deal, False), p["reviews"], -p["leaving"])
        for action, (after, chance, lump) in intended.items():
            outcomes = ((row, 1 - chance, 0.0), (after, chance, lump))
            reward[s, action] = sum(odds * (worth + flow(p, to, point, regime)) for to, odds, worth in outcomes)
            for to, odds, _ in outcomes:
                for t, (row_to, point_to, regime_to) in enumerate(STATES):
                    if row_to == to:
                        moves[s, action, t] += odds * drift(p, to[0], point, point_to) * switch(p, regime, regime_to)
    return DiscreteDP(reward, moves, p["patience"])


def flow(p: dict[str, float], row: tuple[int, bool], point: int, regime: int) -> float:
    deal, in_force = row
    own = {SMALL: p["small"], LARGE: p["large"]} if in_force else {SMALL: p["left_small"], LARGE: p["left_large"]}
    calm = p["calm"] if regime != FIGHTING and deal == NONE else 0.0
    return own.get(deal, 0.0) + calm - p["threat"] * point * (1.0 if regime == FIGHTING else 0.5)


def drift(p: dict[str, float], deal: int, point: int, to: int) -> float:
    step = {NONE: int(point < POINTS - 1), SMALL: 0, LARGE: -int(point > 0)}[deal]
    return (1 - p["pace"]) * (to == point) + p["pace"] * (to == point + step)


def switch(p: dict[str, float], regime: int, to: int) -> float:
    leaves = p["ends"] if regime == FIGHTING else p["resumes"]
    return 1 - leaves if to == regime else leaves


@cache
def alone() -> Bench:
    return Bench(ALONE, *extremes(ALONE))


def rows(bench: Bench) -> list[int]:
    """Return where the engine keeps each of ROWS."""
    frame = bench.model.frame.rows
    kept = list(zip(frame.levels[:, 0].tolist(), (frame.in_force > 0).tolist(), frame.lapsed.tolist(), strict=True))
    return [kept.index((deal, in_force, 0.0)) for deal, in_force in ROWS]


@settings(max_examples=12)
@given(values(ALONE))
def test_who_decides_alone_solves_a_decision_problem(verify: Verify, drawn: dict[str, float]) -> None:
    bench = alone()
    solved = problem(drawn).solve(method="policy_iteration")
    got = np.asarray(bench(drawn).solution.start[:, 0])[rows(bench)]
    what = "One decides alone, numbers drawn: largest deviation of a value in any state"
    verify.nothing(what, "QuantEcon's policy iteration", got.ravel() - solved.v, 1e-9)


def test_who_decides_alone_through_the_front_door(verify: Verify) -> None:
    p = alone().model.central()
    got = np.asarray(front("alone").solution.talking[0, 0]).ravel()
    solved = problem(p).solve(method="policy_iteration").v[: POINTS * REGIMES]
    verify("One decides alone: values without an agreement, by stock and war", "QuantEcon's policy iteration", solved, got, 1e-9)
