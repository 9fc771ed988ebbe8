"""Two divide a pie: turns, lots, flows while they wait, outside options, breakdown.

Sections 1, 2, 3, 7 and 8 of the list in docs/verification.md.

Players are fully rational, so the menu is the only approximation: a value may be off by a crumb a round, crumb / (1 - d) in all.
"""

from __future__ import annotations

from functools import cache
from math import exp, expm1

import numpy as np
import pytest

from playing import Bench, Played, front, scenario, shares
from verification import Verify

FINE, CRUMB = 1e-4, 1e-3
"""What shares are cut into, in files of four digits and of three."""


@pytest.mark.parametrize(
    ("d1", "d2", "share"),
    [
        (0.5, 0.5, 0.6666666667),
        (0.9, 0.9, 0.5263157895),
        (0.95, 0.95, 0.5128205128),
        (0.99, 0.99, 0.5025125628),
        (0.9, 0.8, 0.7142857143),
        (0.8, 0.9, 0.3571428571),
        (0.95, 0.99, 0.1680672269),
    ],
)
def test_alternating_offers(verify: Verify, d1: float, d2: float, share: float) -> None:
    played = front("rubinstein", patience_a=d1, patience_b=d2)
    what = f"1 Turns for ever, discount factors {d1} and {d2}: share of the first"
    verify(what, "Rubinstein 1982", share, played.value()[0], FINE / (1 - max(d1, d2)))
    assert played.value().sum() == pytest.approx(1.0, abs=1e-12)
    assert played.events.signed[0].sum() == pytest.approx(1.0, abs=1e-12)
    assert played.solution.residual < 1e-12


@cache
def rounds() -> Played:
    return front("rounds")


@pytest.mark.parametrize(("left", "share"), [(1, 1.0), (2, 0.1), (3, 0.91), (4, 0.181), (5, 0.8371), (10, 0.342800821)])
def test_few_rounds_left_and_the_parity_trap(verify: Verify, left: int, share: float) -> None:
    got = rounds().value(60 - left)[left % 2]
    verify(f"1 Turns, {left} rounds left, discount factor 0.9: share of the proposer", "Rubinstein 1982", share, got, CRUMB / 0.1)


@pytest.mark.parametrize(("left", "share"), [(2, 0.2), (3, 0.92), (4, 0.344), (5, 0.8624)])
def test_few_rounds_left_and_unequal_patience(verify: Verify, left: int, share: float) -> None:
    first = left % 2
    played = front("rounds", {"patience_b": 0.8} if first == 0 else {"patience_a": 0.8})
    what = f"1 Turns, {left} rounds left, discount factors 0.9 (proposer) and 0.8: share of the proposer"
    verify(what, "Rubinstein 1982", share, played.value(60 - left)[first], CRUMB / 0.1)


@pytest.mark.parametrize(("cost_a", "cost_b", "share"), [(0.05, 0.1, 1.0), (0.1, 0.05, 0.05)])
def test_fixed_costs_of_a_round(verify: Verify, cost_a: float, cost_b: float, share: float) -> None:
    played = front("rounds", patience_a=1, patience_b=1, cost_a=cost_a, cost_b=cost_b)
    what = f"1 Turns, each round costs the first {cost_a} and the second {cost_b}: share of the first"
    verify(what, "Rubinstein 1982", share, played.value()[0], 1e-9)


def test_turns_in_calendar_time(verify: Verify) -> None:
    share = front("turns-in-years").value()[0]
    d1, d2 = exp(-0.05 / 4), exp(-0.15 / 4)
    what = "1 Turns a quarter of a year apart, rates 0.05 and 0.15 a year: share of the first"
    verify(what, "Rubinstein 1982", (1 - d2) / (1 - d1 * d2), share, FINE / (1 - d1 * d2))
    verify(f"{what}, in the limit of no time between turns", "Rubinstein 1982", 0.75, share, 0.01)


@pytest.mark.parametrize(("step", "share"), [(0.01, 0.55), (0.05, 0.55), (0.1, 0.9)])
def test_coarse_shares_make_many_things_an_equilibrium(verify: Verify, step: float, share: float) -> None:
    bench = Bench(scenario("pie", rounds=52, issues=shares(round(1 / step), 1)))
    what = f"1 Turns, 51 rounds left, shares in steps of {step}, discount factor 0.9: share of the proposer"
    verify(what, "van Damme, Selten and Winter 1990", share, bench().value(1)[1], 1e-12)


@pytest.mark.parametrize(
    ("d", "b1", "b2", "share"), [(0.9, 0.1, 0.3, 0.4157894737), (0.8, 0, 0.4, 0.3333333333), (0.95, 0.25, 0.25, 0.5064102564)]
)
def test_flows_while_waiting(verify: Verify, d: float, b1: float, b2: float, share: float) -> None:
    got = front("rubinstein", patience_a=d, patience_b=d, waiting_a=b1, waiting_b=b2).value()[0]
    what = f"2 Turns, waiting pays {b1} and {b2}, discount factor {d}: share of the first"
    verify(what, "Muthoo 1999, chapter 6", share, got, FINE / (1 - d))


@pytest.mark.parametrize(("sender", "target", "share"), [(0, 0, 0.52631579), (0.05, 0.1, 0.55526316), (0.05, 0.3, 0.66052632)])
def test_sanctions_as_flows(verify: Verify, sender: float, target: float, share: float) -> None:
    got = front("rubinstein", waiting_a=-sender, waiting_b=-target).value()[0]
    what = f"2 Sanctions cost the sender {sender} and the target {target}, discount factor 0.9: share of the sender"
    verify(what, "Muthoo 1999, chapter 6", share, got, FINE / 0.1)


@pytest.mark.parametrize(("p", "d1", "d2", "share"), [(0.7, 0.9, 0.9, 0.7), (0.6, 0.9, 0.8, 0.75), (0.3, 0.95, 0.85, 0.5625)])
def test_proposers_drawn_by_lot(verify: Verify, p: float, d1: float, d2: float, share: float) -> None:
    got = front("lot", chance=p, patience_a=d1, patience_b=d2).value()[0]
    verify(
        f"3 Lots for ever, chance {p}, discount factors {d1} and {d2}: value",
        "Binmore 1987",
        share,
        got,
        FINE / (1 - max(d1, d2)),
    )


@pytest.mark.parametrize(
    ("p", "d", "s1", "s2", "share"), [(0.5, 0.9, 0.1, 0.3, 0.4), (0.7, 0.9, 0.2, 0.2, 0.62), (0.25, 0.8, 0, 0.5, 0.125)]
)
def test_lots_with_flows_while_waiting(verify: Verify, p: float, d: float, s1: float, s2: float, share: float) -> None:
    got = front("lot", chance=p, patience_a=d, patience_b=d, waiting_a=s1, waiting_b=s2).value()[0]
    verify(
        f"3 Lots, chance {p}, waiting pays {s1} and {s2}, discount factor {d}: value", "Binmore 1987", share, got, FINE / (1 - d)
    )


def test_lots_within_few_rounds(verify: Verify) -> None:
    played = front("lot-rounds")
    for left in (1, 2, 5, 40):
        got = played.value(40 - left)[0]
        verify(f"3 Lots, {left} rounds left, chance 0.7, discount factor 0.9: value", "Binmore 1987", 0.7, got, CRUMB / 0.1)
    offered = played.sign(38)[0]
    kept = offered @ played.deal(38)[0] / offered.sum()
    verify(
        "3 Lots, 2 rounds left, chance 0.7, discount factor 0.9: what the proposer keeps", "Binmore 1987", 0.73, kept, CRUMB / 0.1
    )


def test_lots_and_a_curved_utility(verify: Verify) -> None:
    played = front("lot", curve=0.5)
    against = "Britz, Herings and Predtetchinski 2010"
    for proposer, share in ((0, 0.4019933555), (1, 0.2691029900)):
        got = 1 - played.deal()[1, played.sign()[proposer].argmax()]
        what = f"3 Lots, discount factor 0.9, utility x^0.5 of the first: its share if {('it', 'the other')[proposer]} proposes"
        verify(what, against, share, got, FINE / 0.1)


@pytest.mark.parametrize(("p", "a", "split"), [(0.5, 0.5, 0.33333333), (0.6, 0.8, 0.54545455)])
def test_the_split_of_patient_players_is_asymmetric_nash(verify: Verify, p: float, a: float, split: float) -> None:
    played = front("lot", chance=p, curve=a, patience_a=0.99, patience_b=0.99)
    shares_of_a = [1 - played.deal()[1, played.sign()[proposer].argmax()] for proposer in (0, 1)]
    what = f"3 Lots, chance {p}, utility x^{a} of the first, discount factor 0.99: mean share, in the limit of patience"
    verify(what, "Binmore 1987", split, p * shares_of_a[0] + (1 - p) * shares_of_a[1], 0.01)


@pytest.mark.parametrize(("wait_a", "wait_b"), [(0.0, 0.0), (0.01, 0.04)])
def test_proposals_by_chance_in_calendar_time(verify: Verify, wait_a: float, wait_b: float) -> None:
    """V_i (1 - d_i) = f_i + phi p_i S with S = 1 - sum_i (f_i + d_i V_i), which is linear in S."""
    played = front("lot-in-years", waiting_a=wait_a, waiting_b=wait_b)
    d = np.exp([-0.05 / 4, -0.15 / 4])
    f = np.array([wait_a, wait_b]) * (1 - d) / np.array([0.05, 0.15])
    phi_p = -expm1(-10 / 4) * np.array([0.4, 0.6])
    surplus = (1 - (f / (1 - d)).sum()) / (1 + (d * phi_p / (1 - d)).sum())
    values = (f + phi_p * surplus) / (1 - d)
    what = f"3 Proposals 4 and 6 times a year, rates 0.05 and 0.15, waiting pays {wait_a} and {wait_b} a year: values"
    verify(what, "linear system at a quarter's step", values, played.value(), FINE / (1 - d.max()))
    assert played.sign().sum() == pytest.approx(-expm1(-10 / 4), abs=1e-12)


def test_frequent_proposals_divide_by_chance_over_rate(verify: Verify) -> None:
    got = front("lot-in-years", talks_a=400, talks_b=600).value()[0]
    what = "3 Proposals 400 and 600 times a year, rates 0.05 and 0.15: value, in the limit of no time between proposals"
    verify(what, "Binmore 1987", 0.66666667, got, 0.01)


@pytest.mark.parametrize(
    ("w1", "w2", "share"), [(0, 0.3, 0.5263157895), (0, 0.48, 0.52), (0, 0.6, 0.4), (0.7, 0.1, 0.73), (0.55, 0.44, 0.56)]
)
def test_outside_options(verify: Verify, w1: float, w2: float, share: float) -> None:
    played = front("outside-options", outside_a=w1, outside_b=w2)
    what = f"7 Turns, either may leave for good and take {w1} and {w2}, discount factor 0.9: share of the first"
    verify(what, "Binmore, Shaked and Sutton 1989", share, played.value()[0], FINE / 0.1)
    assert played.events.signed[0].sum() == pytest.approx(1.0, abs=1e-12)  # the option is never taken
    assert played.events.left.sum() == 0.0


def test_outside_options_worth_more_than_the_pie_end_talks(verify: Verify) -> None:
    played = front("outside-options", outside_a=0.7, outside_b=0.6)
    what = "7 Turns, either may leave for good and take 0.7 and 0.6, more than the pie: values of the first, who leaves"
    verify(what, "by hand", [0.7, 0.0], played.value(), 1e-12)
    assert played.events.over[0].sum() == 1.0


@pytest.mark.parametrize(
    ("p", "b1", "b2", "share"), [(0.1, 0, 0, 0.5263157895), (0.1, 0.1, 0.3, 0.4157894737), (0.02, 0.1, 0.3, 0.4030303030)]
)
def test_breakdown(verify: Verify, p: float, b1: float, b2: float, share: float) -> None:
    got = front("breakdown", breaks=p, broken_a=b1, broken_b=b2).value()[0]
    what = f"8 Turns, breakdown with chance {p} is worth {b1} and {b2}: share of the first"
    verify(what, "Binmore, Rubinstein and Wolinsky 1986", share, got, CRUMB / p)


def test_breakdown_in_calendar_time(verify: Verify) -> None:
    """s_i = 1 - w_j and w_i = delta ((1 - p) s_i + p b_i) with s the share at one's own turn: linear."""
    got = front("breakdown-in-years").value()[0]
    delta, goes_on, b = exp(-0.05 / 4), exp(-0.2 / 4), (0.1, 0.3)
    q, broken = delta * goes_on, [delta * (1 - goes_on) * worth for worth in b]
    exact = (1 - q + q * broken[0] - broken[1]) / (1 - q * q)
    what = "8 Turns a quarter of a year apart, rate 0.05, breakdown at 0.2 a year is worth 0.1 and 0.3: share of the first"
    verify(what, "Binmore, Rubinstein and Wolinsky 1986", exact, got, FINE / (1 - q * q))
    verify(f"{what}, in the limit of no time between turns", "Muthoo 1999, chapter 4", 0.42, got, 0.02)
