"""Small games written as trees: Gambit's own solver finds the equilibria the engine finds."""

from __future__ import annotations

import io
import re
from collections import Counter
from functools import cache

import numpy as np
import pygambit
import pytest

from detente.compile import Model
from detente.errors import ScenarioError
from detente.export import MOST, efg
from detente.run import load
from detente.spec.read import load_text, with_values
from detente.spec.scenario import Scenario
from playing import Bench, scenario
from scenarios import BASE

PATIENT = {"patience_us": 1.0, "patience_dprk": 1.0}

STOCK = """\
detente: 1
name: stockpile
title: Two rounds, a stock that grows while they talk, a cost of refusing
calendar: {rounds: 2, after: zero}
menu: unweighted
parameters: {precision: 1, pace: 6, growth: 0.5}
players:
  a: {discount_factor: 1, precision: precision, talks: 0.5}
  b: {discount_factor: 1, precision: precision, talks: 0.3 + 0.1 * (stock > 5)}
  bystander: {discount_factor: 1}
issues: {deal: {options: {none: {a: 0, b: 0}, small: {a: 1, b: 2}, large: {a: 2, b: 1.2}}}}
regimes: {war: {states: [on, off], start: on, moves: {on -> off: 0.25}}}
stocks: {stock: {start: 2, grid: [0, 10, 20], drift: pace * (1 - in_force) * (stock < 20)}}
payoffs:
  a:
    fear: -stock / 20
    at sign: {share: deal.a}
    at refuse: {blame: -0.4}
    at horizon: {rest: "-0.5 * (war == on) * (1 - in_force)"}
  b:
    windfall: 0.3 * (war == on) * (1 - in_force)
    at sign: {share: deal.b + 0.1 * stock}
    at refuse: {blame: -0.2 - 0.1 * deal.b}
  bystander:
    quiet: -stock
    at sign: {joy: 1}
"""


@cache
def bench(name: str, rounds: int) -> Bench:
    return Bench(load_text(STOCK) if name == "stock" else scenario(name, rounds=rounds))


def tree(what: Scenario) -> pygambit.Game:
    return pygambit.read_efg(io.StringIO(efg(Model.of(what))))


GAMES = [
    ("lankov", 1, {**PATIENT}),
    ("lankov", 2, {**PATIENT}),
    ("lankov", 2, {**PATIENT, "fighting_first": 0.6, "over": 0.45}),
    ("ultimatum", 1, {"patience": 1.0}),
    ("ultimatum", 2, {"patience": 1.0}),
    ("stock", 2, {}),
]


@pytest.mark.parametrize("lam", [0.5, 1.0, 2.0])
@pytest.mark.parametrize(("name", "rounds", "values"), GAMES)
def test_logit_equilibria_agree(name: str, rounds: int, values: dict[str, float], lam: float) -> None:
    made = bench(name, rounds)
    values = values | {"precision": lam}
    played = made(values)
    game = tree(with_values(made.model.scenario, values))
    profile = pygambit.qre.logit_solve_lambda(game, [lam])[0].profile
    start = np.einsum("g,r,igr->i", played.game.start_point, played.game.start_regime, played.solution.talking[0])
    assert [value for _, value in profile.payoffs] == pytest.approx(start, abs=1e-8)


def test_choices_agree_with_the_published_game() -> None:
    """T = 2, d = 1, lambda = 1: values (4.0431949309, 5.3000547748)."""
    played = bench("lankov", 2)(PATIENT)
    assert played.value() == pytest.approx([4.0431949309, 5.3000547748], abs=1e-9)
    game = tree(with_values(bench("lankov", 2).model.scenario, PATIENT))
    profile = pygambit.qre.logit_solve_lambda(game, [1.0])[0].profile
    _, first = next(iter(profile["us"]))  # what us proposes when drawn in the first round
    offers = np.array([dict(first)[name] for name in "abc"])
    accept = 1 / (1 + np.exp(played.wait()[1] - played.deal()[1]))
    assert offers * accept * 0.6 == pytest.approx(played.sign()[0], abs=1e-8)


@pytest.mark.parametrize("rounds", [1, 2, 3])
def test_the_rush_at_the_deadline_is_gambits_too(rounds: int) -> None:
    what = scenario("coarse", rounds=rounds)
    patient = what.model_copy(
        update={"players": {n: p.model_copy(update={"discount_factor": "1"}) for n, p in what.players.items()}}
    )
    game = tree(patient)
    profile = pygambit.qre.logit_solve_lambda(game, [2.0])[0].profile
    assert [value for _, value in profile.payoffs] == pytest.approx(Bench(patient)().value(), abs=1e-8)


def test_a_tree_counts_what_the_game_has() -> None:
    """T = 1: who proposes; offers and passing; answers. Two proposers, three packages."""
    text = efg(Model.of(scenario("lankov", rounds=1)))
    kinds = Counter(line[0] for line in text.splitlines() if line[:2] in ("c ", "p ", "t "))
    assert kinds == {"c": 1, "p": 2 + 6, "t": 2 * (3 * 2 + 1)}
    game = pygambit.read_efg(io.StringIO(text))
    assert list(game.players) == ["us", "dprk"]


def test_names_in_a_tree_are_unique() -> None:
    lines = efg(Model.of(scenario("lankov", rounds=2))).splitlines()
    ends = [line.split('"')[3] for line in lines if line.startswith("t ")]
    choices = [line.split('"')[3] for line in lines if line.startswith("p ")]
    assert len(set(ends)) == len(ends)
    assert len(set(choices)) == len(choices)


def test_payoffs_are_values_as_of_the_start() -> None:
    """Passing in the only round: a flow of 1.5, and the rest, discounted: 0.9 x (0.7 x 3 + 0.3 x 0.5) = 2.025."""
    text = efg(Model.of(scenario("lankov", rounds=1)))
    ends = [re.findall(r"{ (.*), (.*) }", line)[0] for line in text.splitlines() if line.startswith("t ")]
    paid = Counter((round(float(us), 12), round(float(dprk), 12)) for us, dprk in ends)
    assert paid[0.0, 3.525] == 8
    assert paid[8.0, 2.0] == 2


def test_a_case_can_be_exported_too() -> None:
    text = efg(load(STOCK))
    assert text.startswith('EFG 2 R "stockpile" { "a" "b" "bystander" }')
    assert text.endswith("}\n")


def refused(what: Scenario) -> list[tuple[str | int, ...]]:
    with pytest.raises(ScenarioError) as caught:
        efg(Model.of(what))
    assert {problem.code for problem in caught.value.problems} == {"no-tree"}
    assert all(problem.text and problem.hint for problem in caught.value.problems)
    return [problem.path for problem in caught.value.problems]


def test_games_that_have_no_such_tree_are_refused_with_all_reasons() -> None:
    assert refused(load_text(BASE)) == [("players",), ("issues",)]
    assert refused(scenario("pie", rounds=1, after="stationary")) == [("calendar", "after")]


def test_three_who_consent_are_refused() -> None:
    three = STOCK.replace("bystander: {discount_factor: 1}", "bystander: {discount_factor: 1, principal: true}")
    assert refused(load_text(three)) == [("players",)]


def test_a_tree_too_large_is_refused() -> None:
    assert MOST == 50_000
    assert refused(scenario("lankov", rounds=6)) == [("calendar",)]
