"""Logit choice and its traps: ties, log-sums, coarse menus, duplicates (section 17)."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from brute import bargain
from detente.engine.choice import yes
from detente.game import Precision
from detente.spec.scenario import Scenario
from playing import Bench, Played, array, front, scenario
from verification import Verify

TABLE = "tabulated, brute force"
CENTIPEDE = "tabulated, brute force and Gambit"


@cache
def ultimatum(precision: float) -> Played:
    """The ultimatum game is the last of the two rounds, with b proposing."""
    return front("ultimatum", precision=precision)


@pytest.mark.parametrize(
    ("lam", "a", "b", "agree", "offers"),
    [
        (1e-12, 2.5, 2.5, 0.5, {0: 0.090909, 1: 0.090909, 2: 0.090909, 5: 0.090909}),
        (1.0, 6.46868511, 2.20651886, 0.8675204, {0: 0.043715, 1: 0.212134, 2: 0.338346, 5: 0.042276}),
        (2.0, 7.79823718, 1.53402389, 0.93322611, {0: 0.001401, 1: 0.488753, 2: 0.423999, 5: 0.001401}),
    ],
)
def test_ultimatum(verify: Verify, lam: float, a: float, b: float, agree: float, offers: dict[int, float]) -> None:
    """The table knows no passing; logit choice does not care what else could be chosen, so given an offer it is the same."""
    played = ultimatum(lam)
    accept = 1 / (1 + np.exp(-lam * np.arange(11)))
    signed = played.sign(1)[1][::-1]
    offered = signed / accept
    made = offered.sum()
    what = f"17 Ultimatum over ten coins, lambda {lam:g}"
    verify(f"{what}: chances of offering 0, 1, 2, 5", TABLE, list(offers.values()), offered[list(offers)] / made, 1e-6)
    verify(f"{what}: chance of agreement", TABLE, agree, signed.sum() / made, 1e-8)
    verify(f"{what}: values", TABLE, [a, b], played.value(1)[::-1] / made, 1e-8)


def test_full_rationality_accepts_on_a_tie_and_high_precision_does_not(verify: Verify) -> None:
    exact, high = (ultimatum(lam).value(1)[::-1] for lam in (np.inf, 60.0))
    verify("17 Ultimatum over ten coins, lambda inf, ties accepted: values", "subgame perfection", [10, 0], exact, 1e-12)
    verify("17 Ultimatum over ten coins, lambda 60, ties tossed: values", "limit of logit", [9, 1], high, 1e-6)


def test_two_rounds_exactly(verify: Verify) -> None:
    got = ultimatum(np.inf).value()
    verify("17 Two rounds over ten coins, lambda inf, discount factor 0.8: values", "subgame perfection", [2, 8], got, 1e-12)


@pytest.mark.parametrize(
    ("lam", "published", "agree"), [(1, (2.7128060872, 5.7009426933), 0.4815896), (3, (2.0742076445, 7.2082345872), None)]
)
def test_two_rounds_in_current_value(verify: Verify, lam: float, published: tuple[float, float], agree: float | None) -> None:
    """The tabulated values know no passing: they certify the plain solver, and that, with passing, the engine."""
    packages = [(10 - x, x) for x in range(11)]

    def plain(passing: bool) -> list:
        return bargain(2, packages, lambda t: ((1, 0), (0, 1))[t], (0.8, 0.8), lam, passing=passing)

    without, steps = plain(passing=False)[0], plain(passing=True)
    assert without.values[0] == pytest.approx(published, abs=1e-9)
    assert agree is None or without.deal(0, (1, 0)) == pytest.approx(agree, abs=1e-8)
    got = [ultimatum(lam).value(period) for period in (0, 1)]
    what = f"17 Two rounds over ten coins, lambda {lam} in current value, with passing: values by round"
    verify(what, "plain solver, which gives the tabulated values without passing", [step.values[0] for step in steps], got, 1e-10)


@pytest.mark.parametrize(
    ("lam", "takes", "values"),
    [
        (1e-6, (0.5, 0.5, 0.5, 0.5), (0.9, 0.6)),
        (0.5, (0.37359423, 0.37557253, 0.38507281, 0.68997448), (1.04748821, 0.9361874)),
        (1.0, (0.29625657, 0.27798029, 0.46488365, 0.83201839), (1.00887033, 1.07761886)),
        (5.0, (0.49270422, 0.85143611, 0.98184719, 0.99966465), (0.40296110, 0.42879066)),
    ],
)
def test_centipede(verify: Verify, lam: float, takes: tuple[float, ...], values: tuple[float, float]) -> None:
    played = front("centipede", precision=lam)
    tolerance = 2e-6 if lam < 0.1 else 1e-8
    verify(f"17 Centipede of four moves, lambda {lam:g}: chances of taking", CENTIPEDE, takes, _takes(played), tolerance)
    verify(f"17 Centipede of four moves, lambda {lam:g}: values", CENTIPEDE, values, played.value(), tolerance)


def _takes(played: Played) -> np.ndarray:
    return np.asarray(played.solution.policy.sign[:, 0, :, 0, 0, 0]).sum(1)


def test_centipede_of_six_moves(verify: Verify) -> None:
    played = Bench(scenario("centipede", rounds=6))()
    takes = [0.2457832, 0.23457355, 0.37284631, 0.7587508, 0.95941179, 0.9983412]
    verify("17 Centipede of six moves, lambda 1: chances of taking", CENTIPEDE, takes, _takes(played), 1e-8)


@pytest.mark.parametrize(
    ("lam", "fighting", "values", "deal", "packages"),
    [
        (1e-12, 1, (4.2575073242, 4.3183563232), 0.75585938, (0.251953, 0.251953, 0.251953)),
        (1e-12, 0, (4.2575073242, 2.9073486328), 0.75585938, (0.251953, 0.251953, 0.251953)),
        (1, 1, (4.3404388836, 5.2933779688), 0.89714066, (0.139089, 0.428293, 0.329759)),
        (1, 0, (5.3169789144, 3.4270824430), 0.95990155, (0.275834, 0.250833, 0.433235)),
        (200, 1, (5.1126625, 5.56728), 1.0, (0.306, 0.4, 0.294)),
        (200, 0, (5.776, 2.972), 1.0, (0.6, 0.4, 0.0)),
    ],
)
def test_reference_stochastic_game(
    verify: Verify, lam: float, fighting: int, values: tuple[float, float], deal: float, packages: tuple[float, ...]
) -> None:
    played = front("lankov", precision=lam, fighting_first=fighting)
    signed = played.events.signed.sum((0, 1))
    what = f"17 Three rounds, {'a war that may end' if fighting else 'the war over'}, lambda {lam:g}"
    verify(f"{what}: values", TABLE, values, played.value(0, 1 - fighting), 1e-9)
    verify(f"{what}: chance of agreement", TABLE, deal, signed.sum(), 1e-8)
    verify(f"{what}: chance of each package", TABLE, packages, signed, 1e-6)


def test_choices_of_the_reference_game(verify: Verify) -> None:
    played = front("lankov")
    accept = 1 / (1 + np.exp(played.wait()[1] - played.deal()[1]))
    what = "17 Three rounds, a war that may end, lambda 1"
    verify(f"{what}: chances of accepting", TABLE, [0.02920524, 0.37665582, 0.18186436], accept, 1e-8)
    offers = played.sign()[0] / 0.6 / accept
    verify(f"{what}: chances of offering", TABLE, [0.26000940, 0.21364164, 0.29345403], offers, 1e-8)


@pytest.mark.parametrize("lam", [1.0, 1e3, 1e6])
def test_an_exact_tie_is_a_toss_however_precise(verify: Verify, lam: float) -> None:
    """Ten coins kept, none offered: the other is indifferent, and accepts every second time, but at infinity always."""
    played = ultimatum(lam)
    assert played.deal(1)[0, 10] == played.wait(1)[0]
    chance = float(yes(array(0.0), played.game.precision[0]))
    verify(f"17 Trap: an exact tie at lambda {lam:g}: chance of accepting", "limit of logit", 0.5, chance, 0)
    assert float(yes(array(0.0), Precision(array(np.inf), True))) == 1.0


def test_continuation_is_the_expected_payoff_not_the_log_sum(verify: Verify) -> None:
    """One round before the end a is asked for an offer worth u = (1, 0) to it: 0.73105858 and not log(1 + e) = 1.31326169."""
    data = scenario("ultimatum", rounds=1).model_dump(by_alias=True)
    data["issues"] = {"coins": {"options": {"none": {"a": 0}, "one": {"a": 1}}}}
    data["payoffs"] = {"a": {"at sign": {"share": "coins.a"}}, "b": {"at sign": {"share": "100 * coins.a"}}}
    data["calendar"] = {"rounds": 1, "after": "zero", "proposers": ["a", "b"]}
    got = Bench(Scenario.model_validate(data))().value()[0]
    verify("17 Trap: value of a choice of utils (1, 0) at lambda 1", "expected payoff, not log-sum", 0.73105858, got, 1e-8)


@cache
def coarse(precision: float) -> Played:
    return front("coarse", precision=precision)


@pytest.mark.parametrize("left", [2, 3, 4])
def test_a_coarse_menu_creates_delay_by_itself(verify: Verify, left: int) -> None:
    """With five rounds left a settles for less."""
    played = coarse(np.inf)
    expected = np.array([4.5, 3.5]) * 0.9 ** (left - 1)
    what = f"17 Trap: two packages, {left} rounds left, lambda inf: values"
    verify(what, "backward induction by hand", expected, played.value(6 - left), 1e-12)
    assert played.sign(6 - left).sum() == 0.0
    assert played.sign(5).sum() == pytest.approx(1.0, abs=1e-12)


def test_a_coarse_menu_creates_a_rush_at_the_deadline(verify: Verify) -> None:
    expected = (0.949147, 0.140970, 0.233266, 0.322184, 0.404148, 0.479457)
    got = [coarse(2).sign(6 - left).sum() for left in range(1, 7)]
    verify("17 Trap: two packages, 1 to 6 rounds left, lambda 2: chance of agreement", TABLE, expected, got, 1e-6)


def test_a_duplicate_takes_a_larger_share_only_where_weights_are_off(verify: Verify) -> None:
    """Red bus, blue bus: unweighted, a second copy of a package takes from the others; sharing its weight, it does not."""
    once = {"none": {"us": 0, "dprk": 0}, "a": {"us": 8, "dprk": 2}, "b": {"us": 4, "dprk": 5}}
    twice = once | {"twin": {"us": 4, "dprk": 5, "weight": 0.5}, "b": {"us": 4, "dprk": 5, "weight": 0.5}}
    taken = {}
    for menu in ("weighted", "unweighted"):
        for name, options in (("once", once), ("twice", twice)):
            data = scenario("lankov").model_dump(by_alias=True) | {"menu": menu, "issues": {"deal": {"options": options}}}
            played = Bench(Scenario.model_validate(data))()
            taken[menu, name] = played.events.signed.sum((0, 1))[1:].sum()
    what = "17 Trap: a package listed twice, sharing its weight: change of its share"
    verify.nothing(what, "invariance", taken["weighted", "twice"] - taken["weighted", "once"], 1e-12)
    assert taken["unweighted", "twice"] > taken["unweighted", "once"] + 0.01


def test_a_duplicate_takes_two_thirds(verify: Verify) -> None:
    """Everybody tosses coins at lambda 0, and whether a offers is left aside: two copies of three packages have two thirds."""
    data = scenario("lankov").model_dump(by_alias=True)
    options = {"none": {}, "a": {"us": 4, "dprk": 5}, "b": {"us": 4, "dprk": 5}, "twin": {"us": 4, "dprk": 5}}
    played = Bench(Scenario.model_validate(data | {"issues": {"deal": {"options": options}}}))()
    signed = played.sign()[0]
    verify("17 Trap: a package listed twice beside one as good, unweighted: its share", "red bus, blue bus", 2 / 3,
           signed[1:].sum() / signed.sum(), 1e-12)  # fmt: skip
