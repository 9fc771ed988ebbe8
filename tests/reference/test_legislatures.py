"""Quotas and vetoes (section 6)."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from detente.spec import rules
from detente.spec.scenario import Scenario
from playing import Bench, front
from verification import Verify

CLOSED_RULE = "Baron and Ferejohn 1989"
VETOES = "Winter 1996; McCarty 2000"


@pytest.mark.parametrize(
    ("name", "n", "d", "keeps", "crumb"),
    [
        ("majority", 3, 1.0, 0.66666667, 1e-3),
        ("majority", 3, 0.9, 0.7, 1e-3),
        ("majority-of-five", 5, 0.9, 0.64, 1e-2),
        ("unanimity-of-four", 4, 0.8, 0.4, 1e-2),
    ],
)
def test_the_price_of_a_majority(verify: Verify, name: str, n: int, d: float, keeps: float, crumb: float) -> None:
    """The price of a vote is found on the whole menu of prices; at d = 1 the fixed point is iterated on as it stands."""
    played = front(name, patience=d)
    offered = played.sign()[0]
    what = f"6 Closed rule, {name.replace('-', ' ')}, discount factor {d}"
    verify(f"{what}: what the proposer keeps", CLOSED_RULE, keeps, offered @ played.deal()[0] / offered.sum(), crumb)
    verify(f"{what}: values", CLOSED_RULE, np.full(n, 1 / n), played.value(), 1e-9)


@pytest.mark.parametrize(("d", "veto", "plain"), [(0.9, 0.7333333333, 0.1333333333), (0.8, 0.6, 0.2)])
def test_one_veto(verify: Verify, d: float, veto: float, plain: float) -> None:
    got = front("veto", patience=d).value()
    verify(f"6 Three members, majority, one veto, discount factor {d}: values", VETOES, [veto, plain, plain], got, 1e-3 / (1 - d))


def legislature(count: int, quota: int, vetoes: int) -> Scenario:
    """Return one round of dividing a dollar; offers hold partners exactly to a stated price, a tenth below and above.

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
                paid = {f"m{k}": f"{part} * ({'elected_price' if k >= vetoes else 'veto_price'})" for k in partners}
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


@cache
def bench(n: int, q: int, vetoes: int) -> Bench:
    return Bench(legislature(n, q, vetoes))


@pytest.mark.parametrize(("n", "q", "d", "keeps"), [(7, 7, 0.9, 0.22857143), (15, 9, 0.95, 0.49333333)])
def test_larger_legislatures(verify: Verify, n: int, q: int, d: float, keeps: float) -> None:
    """The closed form is a fixed point: if these are the values of going on, they are today's values."""
    played = bench(n, q, 0)(patience=d, elected_price=d / n, elected_rest=1 / n)
    offered = played.sign()[0]
    what = f"6 Closed rule, {q} of {n}, discount factor {d}"
    verify(f"{what}: what the proposer keeps", CLOSED_RULE, keeps, offered @ played.deal()[0] / offered.sum(), 1e-8)
    verify(f"{what}: values", CLOSED_RULE, 1 / n, played.value().mean(), 1e-9)
    assert np.ptp(played.value()) < 1e-12


@pytest.mark.parametrize(("d", "veto", "elected"), [(0.9, 0.1523809524, 0.0238095238), (0.95, 0.1722222222, 0.0138888889)])
def test_the_security_council(verify: Verify, d: float, veto: float, elected: float) -> None:
    """The closed form is a fixed point, as above."""
    prices = {"veto_price": d * veto, "elected_price": d * elected}
    played = bench(15, 9, 5)(patience=d, veto_rest=veto, elected_rest=elected, **prices)
    got = played.value()
    what = f"6 Security Council, 9 of 15 with five vetoes, discount factor {d}: value with and without a veto"
    verify(what, VETOES, [veto, elected], [got[:5].mean(), got[5:].mean()], 2e-9)
    assert max(np.ptp(got[:5]), np.ptp(got[5:])) < 1e-12
    assert played.sign().sum() == pytest.approx(1.0, abs=1e-12)
