"""Solutions on a set of outcomes; war in place of an agreement (sections 10, 11 and 12)."""

from __future__ import annotations

from functools import cache
from math import floor
from typing import Any

import numpy as np
import pytest

import detente
from playing import GAMES, front
from verification import Verify

CRUMB = 1e-3


@cache
def dataset(name: str, *values: tuple[str, float]) -> Any:
    """Return what a game of tests/games answers, with some values changed."""
    return detente.load(GAMES / f"{name}.yaml", values=dict(values)).solve(draws=0).dataset


def digits(package: Any) -> float:
    """Return the number a package's options write in digits: t5 / h7 / k7 is 0.577."""
    return sum(int(option[1:]) / 10 ** (place + 1) for place, option in enumerate(str(package).split(" / ")))


CONCEPTS = {"nash": "Nash 1950", "kalai_smorodinsky": "Kalai and Smorodinsky 1975", "egalitarian": "Kalai 1977"}


@pytest.mark.parametrize(
    ("title", "values", "points"),
    [
        ("u2 = 1 - u1^2", {}, (0.5773502692, 0.6180339887, 0.6180339887)),
        ("u2 = 2 (1 - u1^2)", {"slope": 2}, (0.5773502692, 0.6180339887, 0.7807764064)),
        ("u2 = 1 - u1 from (0.1, 0.3)", {"power": 1, "rest_a": 0.1, "rest_b": 0.3}, (0.4, 0.4, 0.4)),
    ],
)
def test_axiomatic_solutions(verify: Verify, title: str, values: dict[str, float], points: tuple[float, ...]) -> None:
    picks = dataset("frontier", *values.items()).solution
    for (concept, author), point in zip(CONCEPTS.items(), points, strict=True):
        got = digits(picks.sel(concept=concept).item())
        verify(f"10 {concept.replace('_', '-').title()} solution on {title}: u1", author, point, got, CRUMB)


def test_risk_aversion_costs_a_share(verify: Verify) -> None:
    pick = dataset("frontier", ("power", 1), ("curve", 0.5)).solution.sel(concept="nash").item()
    verify("10 Nash solution, one side's utility x^0.5: its share", "Nash 1950", 1 / 3, digits(pick), CRUMB)


@pytest.mark.parametrize(("rest", "product"), [(0, 8.0), (2, 4.0), (3, 2.0)])
def test_the_pick_from_five_packages(verify: Verify, rest: float, product: float) -> None:
    ds = dataset("five-packages", ("rest", rest))
    pick = ds.solution.sel(concept="nash").item()
    assert pick == "part_for_part"  # at a rest of 3 it ties with the freeze, whose product is 2 as well
    got = ds.gain.sel(package=pick).prod().item()
    verify(f"10 Nash product of the best of five packages, disagreement (1, {rest})", "Nash 1950", product, got, 1e-9)


@pytest.mark.parametrize(("p", "cost_a", "cost_b", "low", "high"), [(0.6, 0.1, 0.15, 0.5, 0.75), (0.5, 0.2, 0.05, 0.3, 0.55)])
def test_range_of_agreements_that_beat_war(
    verify: Verify, p: float, cost_a: float, cost_b: float, low: float, high: float
) -> None:
    """War is what goes on without an agreement, for 400 rounds of 0.9, all but 5e-19 of for ever."""
    ds = dataset("war-or-split", ("wins_a", p), ("cost_a", cost_a), ("cost_b", cost_b))
    inside = [digits(name) for name in ds.package.values[ds.in_zone.values]]
    what = f"11 Shares that both prefer to a war the first wins with chance {p} at costs of {cost_a} and {cost_b}: range"
    verify(what, "Fearon 1995", [low, high], [min(inside), max(inside)], 1e-9)


def wars(*ways: dict[str, float]) -> list[float]:
    """Return the chance of war before power shifts, each way."""
    return [float(front("power-shift", way).events.left[0].sum()) for way in ways]


@pytest.mark.parametrize(
    ("d", "first", "cost", "least"),
    [(0.9, 0.3, 0.5, 0.3388888889), (0.9, 0.3, 0.7, 0.3411111111), (0.95, 0.5, 1.0, 0.5289473684)],
)
def test_who_declines_fights_what_nobody_can_promise(verify: Verify, d: float, first: float, cost: float, least: float) -> None:
    """Even all of today's flow does not make up for what the rising state will take: d p2 - p1 > c (1 - d)^2."""
    assert least == pytest.approx((first + cost * (1 - d) ** 2) / d)
    below = floor(1000 * least) / 1000  # so that the share that is just taken after the shift is on the menu
    ways = [{"patience": d, "first": first, "cost": cost, "then": then} for then in (below, below + 1e-3)]
    what = f"11 War over a power to win that rises from {first}, cost {cost}, discount factor {d}"
    verify(f"{what}: its chance at the thousandths on either side of {least}", "Fearon 1995, derived", [0, 1], wars(*ways), 1e-12)
    played = front("power-shift", {"patience": d, "first": first, "cost": cost, "then": first + 0.03})
    share = digits(played.labels.package_names[played.sign(1).sum(0).argmax()])
    verify(f"{what}: share after it has risen by 0.03", "Fearon 1995, derived", 1 - first - 0.03 - (1 - d) * cost, share, CRUMB)


def test_war_that_burns_a_part(verify: Verify) -> None:
    """War burns a fifth of the flow for ever: d p2 - p1 > D (1 - d) / (1 - D)."""
    ways = [{"patience": 0.9, "first": 0.4, "cost": 0, "burns": 0.2, "then": then} for then in (0.47, 0.475)]
    what = "11 War that burns a fifth, power rising from 0.4 to 0.47 and to 0.475, either side of 0.4722222222: its chance"
    verify(what, "Powell 2004", [0, 1], wars(*ways), 1e-12)


def test_no_more_can_be_taken_than_all(verify: Verify) -> None:
    """Where the shifted war would be worth less than nothing, the inequality alone is wrong: no share is below nothing."""
    assert 0.9 * 0.5 - 0.35 > 6 * 0.1**2
    ways = [{"first": 0.35, "then": 0.5, "cost": cost} for cost in (5.499999, 5.500001, 6)]
    what = "11 Trap: war costs so much that it is worth nothing once power has shifted, 5.499999, 5.500001 and 6: its chance"
    verify(what, "closed form", [1, 0, 0], wars(*ways), 1e-12)


@pytest.mark.parametrize(
    ("q", "d", "sticks", "worth"),
    [(0.5, 0.9, 0, 0.33), (0.1, 0.9, 0, 0.114), (0.1, 0.5, 0, 0.33), (0.1, 0.9, 0.5, 0.357), (0.1, 0.9, 0.9, 0.5514)],
)
def test_temporary_strength_signs_only_if_relief_sticks(verify: Verify, q: float, d: float, sticks: float, worth: float) -> None:
    """A transfer of 0.6 while the taker is strong (chance q a round), and sticking with some probability while it is weak."""
    values = {"strong": q, "patience": d, "sticks": sticks}
    got = (1 - d) * front("temporary-strength", values).deal()[1, 0]
    what = f"11 Relief of 0.6 to who is strong with chance {q}, sticking with chance {sticks}, discount factor {d}"
    verify(f"{what}: value", "Acemoglu and Robinson 2006", worth, got, 1e-9)
    signs = [front("temporary-strength", values, without=worth + more).sign().sum() for more in (-1e-6, 1e-6)]
    verify(f"{what}: signed if waiting is worth a millionth less, more", "Acemoglu and Robinson 2006", [1, 0], signs, 1e-12)


@pytest.mark.parametrize(("k", "share"), [(0.6, 0.28333333), (1.2, 0.21666667), (1.5, 0.2)])
def test_butter_for_bombs(verify: Verify, k: float, share: float) -> None:
    played = front("bombs", build=k)
    offer = played.sign()[0].argmax()
    what = f"12 Concessions in place of bombs that cost {k} to build: smallest share that keeps the rising state from them"
    verify(what, "Spaniel 2019, derived", share, 0.1 * played.deal()[0, offer], CRUMB)
    leaves = np.asarray(played.solution.policy.conduct.leave[0, 0, :, 0, 0])
    assert [leaves[offer], leaves[offer - 2]] == [0.0, float(k < 1.35)]


def test_cheap_bombs_are_built(verify: Verify) -> None:
    played = front("bombs", build=0.3)
    offer = played.sign()[0].argmax()
    assert played.labels.package_names[offer] == "t0 / h0 / k0"
    got = 0.1 * played.deal()[1, offer]
    verify("12 Bombs that cost 0.3: everything is taken today and they are built; value of the declining state",
           "Spaniel 2019, derived", 0.685, got, 1e-9)  # fmt: skip


@pytest.mark.parametrize(
    ("p", "armed", "cost_f", "cost_p", "d", "least"),
    [(0.2, 0.6, 0.1, 0.1, 0.9, 0.1666666667), (0.15, 0.7, 0.1, 0.05, 0.95, 0.0328947368)],
)
def test_preventive_war(verify: Verify, p: float, armed: float, cost_f: float, cost_p: float, d: float, least: float) -> None:
    values = {"wins": p, "wins_armed": armed, "cost_f": cost_f, "cost_p": cost_p, "patience": d}
    signs = [front("preventive-war", values, succeeds=scale * least).sign().sum() for scale in (0.999, 1.001)]
    what = f"12 Preventive war from a chance {least} a round of arming on: chance of peace 0.1 % below and above it"
    verify(what, "Bas and Coe 2012, derived", [1, 0], signs, 1e-12)
