"""Closed forms of bargaining theory against the engine.

Where players are fully rational the menu is the only approximation: shares are cut into 2500 crumbs, so a value may be off by
a crumb a round, a crumb / (1 - d) in all. Everything else agrees to rounding.

What the game cannot express, and so is not here:

- outside options of a responder (Shaked and Sutton 1984): nobody can end the game alone while there is no agreement, and a
  refusal is only ever followed by the next round. A flow while there is none, which the literature sets against it, is tested;
- consents given one after another, or by voters who weigh how likely the others are to say yes (closed forms for both are
  known): here everybody votes as if the others agreed, as MODEL.md says;
- simultaneous moves (matching pennies), private information (screening, signals, double auctions), commitment to a mixed
  strategy (inspection games of Dresher and Maschler): acts are observed, in turn, and types are known;
- wars: leaving the table for good is not an act (Powell 2006, Fearon 1995 with shifting power); only the range of agreements
  that beat fighting on is tested;
- a fixed lag of detection (Fearon 1998): detection is a hazard;
- weights other than equal in the axiomatic solutions (tests/test_zopa.py has the others);
- present-value logit, which a tree solver computes (a precision of lambda d^t at round t): logit here is in current value.
"""

from __future__ import annotations

from functools import cache
from math import expm1, log

import numpy as np
import pytest

from brute import bargain
from detente import zopa
from detente.engine.choice import yes
from detente.spec import rules
from detente.spec.scenario import Scenario
from playing import Bench, Played, array, both, scenario, shares

PIECES, CRUMBS = 50, 50
CRUMB = 1 / (PIECES * CRUMBS)
ROUNDS = 400


@cache
def pie() -> Bench:
    """A pie of 400 rounds, after which nothing is left."""
    return Bench(scenario("pie", rounds=ROUNDS, issues=shares(PIECES, CRUMBS)))


@cache
def endless(*proposers: str) -> Bench:
    return Bench(scenario("pie", rounds=2, proposers=proposers, after="stationary", issues=shares(PIECES, CRUMBS)))


def share_of_a() -> np.ndarray:
    """Return a's share in each package of the pie."""
    piece, crumb = np.asarray(pie().model.frame.rows.packages).T
    return (piece - 1) / PIECES + crumb * CRUMB


def lot(chance: float) -> dict[str, float]:
    """Return values under which a is drawn to propose with a probability, and b with the rest."""
    return both("turn_a", chance, chance) | both("turn_b", 1 - chance, 1 - chance) | {"alternate": 0}


def flows(a: float, b: float, d: float) -> dict[str, float]:
    """Return flows while there is no agreement, given as averages per period of discount factor ``d``."""
    return both("wait_a", a * (1 - d), a * (1 - d)) | both("wait_b", b * (1 - d), b * (1 - d))


def near(value: float, *factors: float) -> object:
    """Expect a value up to a crumb a round."""
    return pytest.approx(value, abs=CRUMB / (1 - max(factors)))


# 1. Alternating offers


@pytest.mark.parametrize(
    ("d1", "d2", "share"),
    [
        (0.5, 0.5, 0.6666666667),
        (0.9, 0.9, 0.5263157895),
        (0.95, 0.95, 0.5128205128),
        (0.9, 0.8, 0.7142857143),
        (0.8, 0.9, 0.3571428571),
    ],
)
def test_rubinstein(d1: float, d2: float, share: float) -> None:
    for bench in (pie(), endless("a", "b")):
        played = bench(patience_a=d1, patience_b=d2)
        assert played.value()[0] == near(share, d1, d2)
        assert played.value().sum() == pytest.approx(1.0, abs=1e-12)
        assert played.events.signed[0].sum() == pytest.approx(1.0, abs=1e-12)
        assert played.solution.residual < 1e-12


@pytest.mark.parametrize(("left", "share"), [(1, 1.0), (2, 0.1), (3, 0.91), (4, 0.181), (5, 0.8371), (10, 0.342800821)])
def test_rubinstein_with_few_rounds_left_and_the_parity_trap(left: int, share: float) -> None:
    proposer = (ROUNDS - left) % 2
    assert pie()().value(ROUNDS - left)[proposer] == near(share, 0.9)


@pytest.mark.parametrize(("left", "share"), [(2, 0.2), (3, 0.92), (4, 0.344), (5, 0.8624)])
def test_unequal_patience_with_few_rounds_left(left: int, share: float) -> None:
    first = (ROUNDS - left) % 2
    patience = {"patience_a": 0.9, "patience_b": 0.8} if first == 0 else {"patience_a": 0.8, "patience_b": 0.9}
    assert pie()(patience).value(ROUNDS - left)[first] == near(share, 0.9)


@pytest.mark.parametrize(("step", "share"), [(0.01, 0.55), (0.05, 0.55), (0.1, 0.9)])
def test_coarse_shares_make_many_things_an_equilibrium(step: float, share: float) -> None:
    bench = Bench(scenario("pie", rounds=52, issues=shares(round(1 / step), 1)))
    assert bench().value(1)[1] == pytest.approx(share, abs=1e-12)  # 51 rounds are left, and b is first


# 2. Flows while there is no agreement


@pytest.mark.parametrize(
    ("d", "b1", "b2", "share"), [(0.9, 0.1, 0.3, 0.4157894737), (0.8, 0, 0.4, 0.3333333333), (0.95, 0.25, 0.25, 0.5064102564)]
)
def test_inside_options(d: float, b1: float, b2: float, share: float) -> None:
    assert pie()(flows(b1, b2, d), patience_a=d, patience_b=d).value()[0] == near(share, d)


@pytest.mark.parametrize(("sender", "target", "share"), [(0, 0, 0.52631579), (0.05, 0.1, 0.55526316), (0.05, 0.3, 0.66052632)])
def test_sanctions_as_flows(sender: float, target: float, share: float) -> None:
    assert pie()(flows(-sender, -target, 0.9)).value()[0] == near(share, 0.9)


# 3. Proposers drawn by lot


@pytest.mark.parametrize(("p", "d1", "d2", "share"), [(0.7, 0.9, 0.9, 0.7), (0.6, 0.9, 0.8, 0.75), (0.3, 0.95, 0.85, 0.5625)])
def test_random_proposers(p: float, d1: float, d2: float, share: float) -> None:
    for bench in (pie(), endless()):
        assert bench(lot(p), patience_a=d1, patience_b=d2).value()[0] == near(share, d1, d2)


@pytest.mark.parametrize("left", [1, 2, 5, 40])
def test_random_proposers_get_their_chance_whatever_the_horizon(left: int) -> None:
    played = pie()(lot(0.7))
    assert played.value(ROUNDS - left)[0] == near(0.7, 0.9)
    offered = played.sign(ROUNDS - left)[0]
    kept = offered @ share_of_a() / offered.sum()
    assert kept == near(1.0 if left == 1 else 0.73, 0.9)


@pytest.mark.parametrize(
    ("p", "d", "s1", "s2", "share"), [(0.5, 0.9, 0.1, 0.3, 0.4), (0.7, 0.9, 0.2, 0.2, 0.62), (0.25, 0.8, 0, 0.5, 0.125)]
)
def test_random_proposers_with_flows(p: float, d: float, s1: float, s2: float, share: float) -> None:
    for bench in (pie(), endless()):
        assert bench(lot(p) | flows(s1, s2, d), patience_a=d, patience_b=d).value()[0] == near(share, d)


# 4. Regime-averaged split-the-difference: the sharpest single test


def windfall(h: float, d: float, us: tuple[float, float], dprk: tuple[float, float]) -> dict[str, float]:
    """Return values of a war (first) that may end (second) with hazard ``h``, with flows by state."""
    scale = 1 - d
    flow = both("wait_a", us[0] * scale, us[1] * scale) | both("wait_b", dprk[0] * scale, dprk[1] * scale)
    return flow | lot(0.6) | {"go": h, "patience_a": d, "patience_b": d}


@pytest.mark.parametrize(("h", "war"), [(0.0, 0.66), (0.1, 0.5027586207), (0.25, 0.4617391304)])
def test_split_the_difference_is_averaged_over_regimes(h: float, war: float) -> None:
    for bench in (pie(), endless()):
        played = bench(windfall(h, 0.95, (0.1, 0.1), (0.5, 0.1)))
        assert [played.value(0, regime)[1] for regime in (0, 1)] == [near(war, 0.95), near(0.42, 0.95)]
        assert played.sign(0, 0).sum() == pytest.approx(1.0, abs=1e-12)


def test_the_windfall_can_vanish_overnight() -> None:
    values = [pie()(windfall(h, 0.95, (0.1, 0.1), (0.5, 0.1))).value()[1] for h in (0.0, 0.05, 0.1, 0.25)]
    assert values == sorted(values, reverse=True)
    assert values[1] == near(0.543, 0.95)


def test_reservations_that_do_not_fit() -> None:
    played = pie()(windfall(0.1, 0.5, (0.3, 0.1), (0.8, 0.1)))
    assert played.sign(0, 0).sum() == 0.0
    assert played.sign(0, 1).sum() == pytest.approx(1.0, abs=1e-12)
    assert played.wait().sum() == pytest.approx(1.0909090909, abs=1e-9)


# 5. A windfall that may end, and one offer


@pytest.mark.parametrize(("h", "value"), [(0.0, 0.9), (0.05, 0.558974359), (0.1, 0.4413793103), (0.25, 0.3217391304)])
def test_value_of_a_windfall(h: float, value: float) -> None:
    once = windfall(h, 0.95, (0, 0), (0.9, 0.2)) | lot(1.0) | {"rounds_of_pie": 1}
    played = pie()(once)
    alone = played.alone()[1, 0]
    assert alone == pytest.approx(value, abs=1e-8)  # 400 rounds of 0.95 leave 1e-9
    cheapest = played.sign(0, 0)[0] @ (1 - share_of_a())
    assert 0 <= cheapest - alone < CRUMB


@pytest.mark.parametrize(("h", "accepts"), [(0.0946, False), (0.0948, True)])
def test_one_offer_is_accepted_once_the_hazard_is_high_enough(h: float, accepts: bool) -> None:
    played = pie()(windfall(h, 0.95, (0, 0), (0.9, 0.2)) | lot(1.0) | {"rounds_of_pie": 1})
    offer = int(np.argmin(np.abs(share_of_a() - 0.55)))
    assert (played.deal()[1, offer] >= played.wait()[1]) == accepts


# 6. Legislatures and vetoes


def legislature(count: int, quota: int, vetoes: int, price: str) -> Scenario:
    """Return a legislature that divides a dollar; offers hold partners exactly to ``price``, a tenth below and above.

    Elected partners are taken in the order of the seats from the proposer on, so that each is bought equally often.
    """
    names = [f"m{k}" for k in range(count)]
    options: dict[str, dict[str, str | float]] = {"none": {}}
    for proposer in range(count):
        held = [k for k in range(vetoes) if k != proposer]
        elected = [k for k in range(vetoes, count) if k != proposer]
        free = quota - 1 - len(held)
        starts = range(len(elected)) if proposer < vetoes else [proposer - vetoes]
        for start in starts:
            partners = held + [elected[(start + step) % len(elected)] for step in range(free)]
            for part in (0.9, 1.0, 1.1):
                paid = {f"m{k}": f"{part} * ({price if k >= vetoes else 'veto_price'})" for k in partners}
                keeps = " - ".join(["1", *(f"({text})" for text in paid.values())])
                options[f"o{len(options)}"] = {f"m{proposer}": keeps} | paid
        options[f"o{len(options)}"] = {f"m{proposer}": 1}
    data = {
        "detente": 1,
        "calendar": {"rounds": 1, "after": "zero"},
        "parameters": {"patience": 0.9, "elected_price": 0.1, "veto_price": 0.1, "elected_rest": 0, "veto_rest": 0},
        "players": {
            name: {"discount_factor": "patience", "precision": float("inf"), "talks": 1 / count, "principal": False}
            for name in names
        },
        "bodies": {"council": {"quota": quota, "seats": [{"player": n, "veto": k < vetoes} for k, n in enumerate(names)]}},
        "needs": ["council"],
        "issues": {"split": {"options": options}},
        "payoffs": {
            name: {
                "at sign": {"share": f"split.{name}"},
                "at horizon": {"rest": f"{'veto' if k < vetoes else 'elected'}_rest * (1 - in_force)"},
            }
            for k, name in enumerate(names)
        },
    }
    made = Scenario.model_validate(data)
    assert rules.check(made) == []
    return made


@pytest.mark.parametrize(
    ("n", "q", "d", "keeps"),
    [(3, 2, 1.0, 0.66666667), (3, 2, 0.9, 0.7), (5, 3, 0.9, 0.64), (7, 7, 0.9, 0.22857143)],
)
def test_baron_and_ferejohn(n: int, q: int, d: float, keeps: float) -> None:
    made = legislature(n, q, 0, "elected_price")
    bench = Bench(made.model_copy(update={"calendar": made.calendar.model_copy(update={"rounds": 3})}))
    played = bench(patience=d, elected_price=d / n)
    assert played.value() == pytest.approx(np.full(n, 1 / n), abs=1e-12)
    offered = played.sign()[0] * n  # of member 0, once it is recognised
    assert offered.sum() == pytest.approx(1.0, abs=1e-12)
    assert offered @ played.deal()[0] == pytest.approx(keeps, abs=1e-8)


@pytest.mark.parametrize(
    ("n", "q", "vetoes", "d", "veto", "elected"),
    [
        (3, 2, 1, 0.9, 0.7333333333, 0.1333333333),
        (3, 2, 1, 0.8, 0.6, 0.2),
        (15, 9, 5, 0.9, 0.1523809524, 0.0238095238),
        (15, 9, 5, 0.95, 0.1722222222, 0.0138888889),
    ],
)
def test_vetoes_and_the_security_council(n: int, q: int, vetoes: int, d: float, veto: float, elected: float) -> None:
    """The closed form is a fixed point: if these are the values of going on, they are today's values."""
    bench = _council(n, q, vetoes)
    prices = {"veto_price": d * veto, "elected_price": d * elected}
    played = bench(patience=d, veto_rest=veto, elected_rest=elected, **prices)
    expected = [veto] * vetoes + [elected] * (n - vetoes)
    assert played.value() == pytest.approx(np.array(expected), abs=2e-9)
    assert played.sign().sum() == pytest.approx(1.0, abs=1e-12)


@cache
def _council(n: int, q: int, vetoes: int) -> Bench:
    return Bench(legislature(n, q, vetoes, "elected_price"))


# 8. Breakdown


@pytest.mark.parametrize(
    ("p", "b1", "b2", "share"), [(0.1, 0, 0, 0.5263157895), (0.1, 0.1, 0.3, 0.4157894737), (0.05, 0.1, 0.3, 0.4076923077)]
)
def test_breakdown(p: float, b1: float, b2: float, share: float) -> None:
    broken = {"turn_a[second]": 0, "turn_b[second]": 0, "rest_a[second]": b1, "rest_b[second]": b2}
    played = pie()(broken, patience_a=1, patience_b=1, go=p)
    assert played.value()[0] == pytest.approx(share, abs=CRUMB / p)


# 9. Stochastic bargaining


@pytest.mark.parametrize(
    ("growth", "waits", "total", "in_high"), [(0.2, True, 1.2857142857, 1.2607142857), (0.05, False, 1.0, 1.325)]
)
def test_two_pies(growth: float, waits: bool, total: float, in_high: float) -> None:
    played = pie()(lot(0.5) | {"size[second]": 2, "go": growth, "back": 0.5})
    assert played.sign(0, 0).sum() == pytest.approx(0.0 if waits else 1.0, abs=1e-12)
    assert played.value(0, 0).sum() == pytest.approx(total, abs=1e-9)
    offered = played.sign(0, 1)[0]
    assert 2 * offered @ share_of_a() / offered.sum() == near(in_high, 0.9)


@pytest.mark.parametrize(("size", "values", "both_agree"), [(1.2, (0.05, 1.05), True), (1.5, (0.0, 1.3636363636), False)])
def test_who_proposes_in_the_good_state_takes_nearly_all(size: float, values: tuple[float, float], both_agree: bool) -> None:
    turns = both("turn_a", 1, 0) | both("turn_b", 0, 1) | {"alternate": 0}
    played = pie()(turns | {"size[second]": size, "go": 0.5, "back": 0.5})
    expected = [near(value, 0.9) for value in values]
    assert list((played.value(0, 0) + played.value(0, 1)) / 2) == expected
    assert played.sign(0, 0).sum() == pytest.approx(float(both_agree), abs=1e-12)
    assert played.sign(0, 1).sum() == pytest.approx(1.0, abs=1e-12)


def test_a_growing_pie_is_waited_for() -> None:
    played = pie()(grow=1.1, rounds_of_pie=6, patience_a=0.95, patience_b=0.95)
    assert played.value() == pytest.approx([0.0, 1.2461819377], abs=1e-9)
    assert played.events.signed.sum((1, 2))[:6] == pytest.approx([0, 0, 0, 0, 0, 1], abs=1e-12)


def test_an_impatient_pair_does_not_wait() -> None:
    played = pie()(grow=1.1, rounds_of_pie=6)
    assert played.value()[0] == near(0.0294069601, 0.9)
    assert played.events.signed[0].sum() == pytest.approx(1.0, abs=1e-12)


def pies(bits: int) -> Scenario:
    """Return bargaining over a pie drawn anew every round from 2 ** bits equal steps of the unit interval."""
    pie = " + ".join(f"{2.0 ** -(k + 1)} * (b{k} == yes)" for k in range(bits)) + f" + {2.0 ** -(bits + 1)}"
    coin = {"states": ["no", "yes"], "start": {"no": 0.5, "yes": 0.5}, "moves": {"no -> yes": 0.5, "yes -> no": 0.5}}
    made = scenario("pie", rounds=80, issues=shares(20, 20)).model_dump(by_alias=True)
    made["regimes"] |= {f"b{k}": coin for k in range(bits)}
    made["definitions"]["pie"] = {"value": pie}
    return Scenario.model_validate(made)


@pytest.mark.parametrize(("d", "least", "agrees"), [(0.5, 0.2679491924, 0.73205081), (0.8, 0.5, 0.5)])
def test_a_pie_drawn_anew_every_round(d: float, least: float, agrees: float) -> None:
    """Signed as soon as the pie exceeds what waiting is worth; with sixteen sizes, close to the uniform's closed form."""
    bits = 4
    sizes = (np.arange(2**bits) + 0.5) / 2**bits
    worth = 0.0
    for _ in range(500):
        worth = np.maximum(sizes, d * worth).mean()
    played = drawn_pies(bits)(lot(0.6), patience_a=d, patience_b=d)
    first = range(2**bits)  # joint states in the order of their pies, while the two-state regime is in its first
    signs = np.array([played.sign(0, regime).sum() for regime in first])
    assert signs == pytest.approx((sizes >= d * worth).astype(float), abs=1e-12)
    assert signs.mean() == pytest.approx(agrees, abs=1 / 2**bits)
    assert d * worth == pytest.approx(least, abs=0.01)
    total = np.mean([played.value(0, regime).sum() for regime in first])
    assert total == pytest.approx(worth, abs=1e-9)
    share = np.mean([played.value(0, regime)[0] for regime in first])
    assert share == pytest.approx(0.6 * worth, abs=1 / 400 / (1 - d))


@cache
def drawn_pies(bits: int) -> Bench:
    return Bench(pies(bits))


# 11. War, and promises kept only while one is strong


@pytest.mark.parametrize(("p", "cost_a", "cost_b", "low", "high"), [(0.6, 0.1, 0.15, 0.5, 0.75), (0.5, 0.2, 0.05, 0.3, 0.55)])
def test_range_of_agreements_that_beat_war(p: float, cost_a: float, cost_b: float, low: float, high: float) -> None:
    """War as what goes on without an agreement, for 400 rounds of 0.9 (all but 5e-19 of for ever), and one chance to stop it."""
    played = pie()(flows(p - cost_a, 1 - p - cost_b, 0.9) | lot(0.5), rounds_of_pie=1)
    game, gain = played.game, played.deal() - played.alone()[:, :1]
    zone = zopa.acceptable(gain, np.asarray(game.need), np.asarray(game.need_body), ())
    inside = share_of_a()[zone]
    assert [inside.min(), inside.max()] == [pytest.approx(low, abs=1e-9), pytest.approx(high, abs=1e-9)]


@pytest.mark.parametrize(
    ("q", "d", "sticks", "worth"),
    [(0.5, 0.9, 0, 0.33), (0.1, 0.9, 0, 0.114), (0.1, 0.5, 0, 0.33), (0.1, 0.9, 0.5, 0.357), (0.1, 0.9, 0.9, 0.5514)],
)
def test_temporary_strength_signs_only_if_relief_sticks(q: float, d: float, sticks: float, worth: float) -> None:
    """A transfer of 0.6 while the taker is strong (chance q a round), and sticking with some probability while it is weak."""
    held = both("hold_b", 0.6, 0.6 * sticks) | both("size", 0, 0) | {"go": 1 - q, "back": q}
    played = pie()(held, patience_a=d, patience_b=d)
    assert (1 - d) * played.deal()[1, 0] == pytest.approx(worth, abs=1e-9)


# 14. Inspection and cheating


@cache
def treaty() -> Bench:
    return Bench(scenario("compliance"))


def postures(played: Played) -> tuple[float, float]:
    """Return the doer's average payoff from honouring and from cheating, before today's decisions."""
    start = played.start(1)[:, 0] * (1 - float(played.game.payoff.discount[1]))
    return start[-2], start[-1]


def odds(chance: float) -> float:
    return 40.0 if chance == 1 else log(chance / (1 - chance))


@pytest.mark.parametrize(("d", "tempt", "threshold"), [(0.9, 1.3, 0.0416666667), (0.8, 1.3, 0.09375), (0.95, 1.5, 0.0328947368)])
@pytest.mark.parametrize("found", [0.5, 0.9])
def test_only_detection_times_snapback_matters(d: float, tempt: float, threshold: float, found: float) -> None:
    """Here an agreement goes on if nobody acts on what was found, so acting on it plays the part of the snapback."""
    for scale, cheats in ((0.999, 1.0), (1.001, 0.0)):
        played = treaty()(patience=d, tempt=tempt, found=found, ends_odds=odds(scale * threshold / found))
        assert played.cheat()[0] == cheats


@pytest.mark.parametrize(("snaps", "value"), [(1, 0.4), (0.2, 0.7789473684)])
def test_value_of_cheating_until_it_is_acted_on(snaps: float, value: float) -> None:
    honour, cheat = postures(treaty()(found=0.5, ends_odds=odds(snaps)))
    assert honour == pytest.approx(1.0, abs=1e-9)
    assert cheat == pytest.approx(_before(value, 0.5 * snaps), abs=1e-9)


def _before(value: float, acted_on: float, after: float = 0.2) -> float:
    """Return what a value after today's decisions is worth before them, when cheating may be acted on today."""
    return acted_on * after + (1 - acted_on) * value


@pytest.mark.parametrize(("snaps", "value"), [(0.2, 1.12), (0.5, 0.85)])
def test_a_failed_snapback_that_is_forgiven(snaps: float, value: float) -> None:
    _, cheat = postures(treaty()(found=0.5, snaps_odds=odds(snaps)))
    after = snaps * 0.2 + (1 - snaps) * 1.3
    assert cheat == pytest.approx(_before(value, 0.5, after), abs=1e-9)


@cache
def watched() -> Bench:
    return Bench(scenario("compliance", rounds=13, after="zero"))


@pytest.mark.parametrize(("q", "rounds", "caught"), [(0.2, 4, 0.5904), (0.1, 12, 0.7175704635)])
def test_timely_detection(q: float, rounds: int, caught: float) -> None:
    played = watched()(found=q, tempt=50)  # worth cheating whatever happens
    alive, _ = played.follow()
    assert 1 - alive[rounds] / alive[0] == pytest.approx(caught, abs=1e-9)


@pytest.mark.parametrize(("fine", "prize", "threshold"), [(4, 1, 0.2), (9, 1, 0.1), (2, 3, 0.6)])
def test_deterrent_detection_probability(fine: float, prize: float, threshold: float) -> None:
    """One inspection, at the start of the last round; the prize is for not having been found out."""
    bench = Bench(scenario("compliance", rounds=2, after="zero"))
    still = {"comply": 0, "tempt": 0, "punished": 0, "patience": 1}
    for scale, cheats in ((0.999, 1.0), (1.001, 0.0)):
        played = bench(still, fine=fine, prize=prize, found=scale * threshold)
        assert played.cheat()[0] == cheats


# 15. Durability across administrations


@cache
def relief() -> Bench:
    return Bench(scenario("durability"))


@pytest.mark.parametrize(
    ("snaps", "back", "revokes", "friendly", "hostile"),
    [
        (1, 0.1, 0.8, 0.0371621622, -0.4695945946),
        (0.2, 0.1, 0.8, 0.8074324324, 0.7060810811),
        (0, 0.1, 0.8, 1.0, 1.0),
        (1, 0, 1, 0.0172413793, -0.5),
        (0.2, 0, 1, 0.8034482759, 0.7),
    ],
)
def test_relief_under_changing_administrations(
    snaps: float, back: float, revokes: float, friendly: float, hostile: float
) -> None:
    played = relief()(turns_friendly=back, revokes=revokes, snaps_odds=_odds(snaps))
    values = 0.05 * played.start(1)[-1]
    assert values == pytest.approx([friendly, hostile], abs=1e-9)


def _odds(chance: float) -> float:
    return -40.0 if chance == 0 else odds(chance)


@cache
def election() -> Bench:
    return Bench(scenario("durability", rounds=16, after="frozen"))


WINDOW = {"turns_hostile": 0, "turns_friendly": 0, "revokes": 1, "hostile_wins": 0.5}


@pytest.mark.parametrize(("left", "value"), [(14, 0.7073950125), (8, 0.6019477412), (2, 0.4585)])
def test_the_same_deal_is_worth_less_the_nearer_the_election(left: int, value: float) -> None:
    played = election()(WINDOW, snaps_odds=odds(0.8))
    assert 0.05 * played.deal(14 - left)[1, 0] == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize(("snaps", "least"), [(0, 0.65), (0.2, 0.7089578494), (1, 1.0208371006)])
def test_smallest_relief_that_is_accepted(snaps: float, least: float) -> None:
    terms = {"reserve": 0.3, "price": 0.35 / 0.05, "snaps_odds": _odds(snaps)}
    signs = [election()(WINDOW | terms, relief=least + more).sign().sum() for more in (-1e-4, 1e-4)]
    assert signs == [0.0, pytest.approx(1.0, abs=1e-12)]


def test_hazards_of_ending_multiply() -> None:
    bench = Bench(scenario("hazards"))
    played = bench()
    alive, ended = played.follow()
    lives = alive / alive[0]
    assert lives[16] == pytest.approx(0.2712426691, abs=1e-9)
    causes = ended[:16].sum(0) / alive[0]
    hazards = -np.log1p([-0.05, -0.02, -0.01])
    assert causes == pytest.approx((1 - lives[16]) * hazards / hazards.sum(), abs=1e-12)


# 17. Logit


@cache
def ultimatum(rounds: int) -> Bench:
    return Bench(scenario("ultimatum", rounds=rounds))


@pytest.mark.parametrize(
    ("lam", "a", "b", "agree", "offers"),
    [
        (1e-12, 2.5, 2.5, 0.5, {0: 0.090909, 1: 0.090909, 2: 0.090909, 5: 0.090909}),
        (1.0, 6.46868511, 2.20651886, 0.8675204, {0: 0.043715, 1: 0.212134, 2: 0.338346, 5: 0.042276}),
        (2.0, 7.79823718, 1.53402389, 0.93322611, {0: 0.001401, 1: 0.488753, 2: 0.423999, 5: 0.001401}),
    ],
)
def test_ultimatum(lam: float, a: float, b: float, agree: float, offers: dict[int, float]) -> None:
    """The table knows no passing; logit choice does not care what else could be chosen, so given an offer it is the same."""
    played = ultimatum(1)(precision=lam)
    accept = 1 / (1 + np.exp(-lam * np.arange(11)))
    offered = played.sign()[0] / accept
    made = offered.sum()
    assert offered[list(offers)] / made == pytest.approx(list(offers.values()), abs=1e-6)
    assert played.sign()[0].sum() / made == pytest.approx(agree, abs=1e-8)
    assert played.value() / made == pytest.approx([a, b], abs=1e-8)


def test_ultimatum_at_full_rationality_accepts_on_a_tie_and_at_high_precision_does_not() -> None:
    exact, high = ultimatum(1)(precision=np.inf), ultimatum(1)(precision=60)
    assert exact.sign()[0] == pytest.approx(np.eye(11)[0], abs=1e-12)
    assert exact.value() == pytest.approx([10.0, 0.0], abs=1e-12)
    assert high.sign()[0] == pytest.approx(np.eye(11)[1], abs=1e-6)
    assert high.value() == pytest.approx([9.0, 1.0], abs=1e-6)


def test_two_rounds_exactly() -> None:
    assert ultimatum(2)(precision=np.inf).value() == pytest.approx([2.0, 8.0], abs=1e-12)


@pytest.mark.parametrize(
    ("lam", "published", "agree"), [(1, (2.7128060872, 5.7009426933), 0.4815896), (3, (2.0742076445, 7.2082345872), None)]
)
def test_two_rounds_in_current_value(lam: float, published: tuple[float, float], agree: float | None) -> None:
    """The published values know no passing: they certify the plain solver, and that, with passing, the engine."""
    packages = [(10 - x, x) for x in range(11)]

    def plain(passing: bool) -> list:
        return bargain(2, packages, lambda t: ((1, 0), (0, 1))[t], (0.8, 0.8), lam, passing=passing)

    without = plain(passing=False)[0]
    assert without.values[0] == pytest.approx(published, abs=1e-9)
    assert agree is None or without.deal(0, (1, 0)) == pytest.approx(agree, abs=1e-8)
    played = ultimatum(2)(precision=lam)
    for period, step in enumerate(plain(passing=True)):
        assert played.value(period) == pytest.approx(step.values[0], abs=1e-12)


@pytest.mark.parametrize(
    ("lam", "takes", "values"),
    [
        (1e-6, (0.5, 0.5, 0.5, 0.5), (0.9, 0.6)),
        (0.5, (0.37359423, 0.37557253, 0.38507281, 0.68997448), (1.04748821, 0.9361874)),
        (1.0, (0.29625657, 0.27798029, 0.46488365, 0.83201839), (1.00887033, 1.07761886)),
        (5.0, (0.49270422, 0.85143611, 0.98184719, 0.99966465), (0.40296110, 0.42879066)),
    ],
)
def test_centipede(lam: float, takes: tuple[float, ...], values: tuple[float, float]) -> None:
    played = Bench(scenario("centipede"))(precision=lam)
    taken = np.asarray(played.solution.policy.sign[:, 0, :, 0, 0, 0]).sum(1)
    assert taken == pytest.approx(takes, abs=2e-6 if lam < 0.1 else 1e-8)
    assert played.value() == pytest.approx(values, abs=2e-6 if lam < 0.1 else 1e-8)


def test_centipede_of_six_moves() -> None:
    played = Bench(scenario("centipede", rounds=6))()
    taken = np.asarray(played.solution.policy.sign[:, 0, :, 0, 0, 0]).sum(1)
    assert taken == pytest.approx([0.2457832, 0.23457355, 0.37284631, 0.7587508, 0.95941179, 0.9983412], abs=1e-8)


@cache
def lankov() -> Bench:
    return Bench(scenario("lankov"))


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
    lam: float, fighting: int, values: tuple[float, float], deal: float, packages: tuple[float, ...]
) -> None:
    played = lankov()(precision=lam, fighting_first=fighting)
    assert played.value(0, 1 - fighting) == pytest.approx(values, abs=1e-9)
    signed = played.events.signed.sum((0, 1))
    assert signed.sum() == pytest.approx(deal, abs=1e-8)
    assert signed == pytest.approx(packages, abs=1e-6)


def test_choices_of_the_reference_game() -> None:
    played = lankov()()
    accept = 1 / (1 + np.exp(played.wait()[1] - played.deal()[1]))
    assert accept == pytest.approx([0.02920524, 0.37665582, 0.18186436], abs=1e-8)
    assert played.sign()[0] / 0.6 / accept == pytest.approx([0.26000940, 0.21364164, 0.29345403], abs=1e-8)


def test_an_exact_tie_is_a_toss_however_precise() -> None:
    """Ten coins kept, none offered: the other is indifferent, and accepts every second time."""
    for lam in (1.0, 1e3, 1e6):
        played = ultimatum(1)(precision=lam)
        assert played.deal()[1, 0] == played.wait()[1]
        assert float(yes(array(0.0), played.game.precision[1])) == 0.5
    assert float(yes(array(0.0), array(np.inf))) == 1.0


def test_continuation_is_the_expected_payoff_not_the_log_sum() -> None:
    """One round before the end a is asked for an offer worth u = (1, 0) to it: 0.73105858 and not log(1 + e) = 1.31326169."""
    data = scenario("ultimatum", rounds=1).model_dump(by_alias=True)
    data["issues"] = {"coins": {"options": {"none": {"a": 0}, "one": {"a": 1}}}}
    data["payoffs"] = {"a": {"at sign": {"share": "coins.a"}}, "b": {"at sign": {"share": "100 * coins.a"}}}
    data["calendar"] = {"rounds": 1, "after": "zero", "proposers": ["a", "b"]}
    played = Bench(Scenario.model_validate(data))()
    assert played.value()[0] == pytest.approx(0.73105858, abs=1e-8)


COARSE = (0.949147, 0.140970, 0.233266, 0.322184, 0.404148, 0.479457)


@cache
def coarse() -> Bench:
    return Bench(scenario("coarse"))


def test_a_coarse_menu_creates_delay_by_itself() -> None:
    played = coarse()(precision=np.inf)
    for left in (2, 3, 4):  # with five left a settles for less
        expected = np.array([4.5, 3.5]) * 0.9 ** (left - 1)
        assert played.value(6 - left) == pytest.approx(expected, abs=1e-12)
        assert played.sign(6 - left).sum() == 0.0
    assert played.sign(5).sum() == pytest.approx(1.0, abs=1e-12)


def test_a_coarse_menu_creates_a_rush_at_the_deadline() -> None:
    played = coarse()()
    assert [played.sign(6 - left).sum() for left in range(1, 7)] == pytest.approx(COARSE, abs=1e-6)


def test_a_duplicate_takes_a_larger_share_only_where_weights_are_off() -> None:
    """Red bus, blue bus: unweighted, a second copy of a package takes from the others; sharing its weight, it does not."""
    once = {"none": {"us": 0, "dprk": 0}, "a": {"us": 8, "dprk": 2}, "b": {"us": 4, "dprk": 5}}
    twice = once | {"twin": {"us": 4, "dprk": 5, "weight": 0.5}, "b": {"us": 4, "dprk": 5, "weight": 0.5}}
    taken = {}
    for menu in ("weighted", "unweighted"):
        for name, options in (("once", once), ("twice", twice)):
            data = scenario("lankov").model_dump(by_alias=True) | {"menu": menu, "issues": {"deal": {"options": options}}}
            played = Bench(Scenario.model_validate(data))()
            taken[menu, name] = played.events.signed.sum((0, 1))[1:].sum()
    assert taken["weighted", "twice"] == pytest.approx(taken["weighted", "once"], abs=1e-12)
    assert taken["unweighted", "twice"] > taken["unweighted", "once"] + 0.01


# In calendar time


@cache
def years(*proposers: str) -> Bench:
    step = 0.25
    return Bench(scenario("years", horizon=2 * step, step=step, proposers=proposers, issues=shares(PIECES, CRUMBS)))


def test_turns_in_calendar_time_approach_the_ratio_of_rates() -> None:
    played = years("a", "b")()
    d1, d2 = np.exp([-0.05 * 0.25, -0.15 * 0.25])
    exact = (1 - d2) / (1 - d1 * d2)
    assert played.value()[0] == pytest.approx(exact, abs=CRUMB / (1 - d1 * d2))
    assert exact == pytest.approx(0.15 / (0.05 + 0.15), abs=0.02)


@pytest.mark.parametrize(("wait_a", "wait_b"), [(0.0, 0.0), (0.01, 0.04)])
def test_proposals_by_chance_in_calendar_time(wait_a: float, wait_b: float) -> None:
    """V_i (1 - d_i) = f_i + phi p_i S with S = 1 - sum_i (f_i + d_i V_i), which is linear in S."""
    played = years()(talks_a=4, talks_b=6, wait_a=wait_a, wait_b=wait_b)
    d = np.exp([-0.05 * 0.25, -0.15 * 0.25])
    f = np.array([wait_a, wait_b]) * (1 - d) / np.array([0.05, 0.15])
    phi_p = -expm1(-10 * 0.25) * np.array([0.4, 0.6])
    surplus = (1 - (f / (1 - d)).sum()) / (1 + (d * phi_p / (1 - d)).sum())
    values = (f + phi_p * surplus) / (1 - d)
    assert played.value() == pytest.approx(values, abs=CRUMB / (1 - d.max()))
    assert played.sign().sum() == pytest.approx(-expm1(-10 * 0.25), abs=1e-12)
