"""A world that moves while two bargain: windfalls that end, pies that grow (sections 4, 5 and 9)."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from playing import Played, front
from verification import Verify

FINE, CRUMB = 1e-4, 1e-3
"""What shares are cut into, in files of four digits and of three."""
SPLIT = "split of the difference averaged over regimes, derived"


@pytest.mark.parametrize(("h", "war"), [(0.0, 0.66), (0.1, 0.5027586207), (0.25, 0.4617391304)])
def test_split_the_difference_is_averaged_over_regimes(verify: Verify, h: float, war: float) -> None:
    played = front("windfall", ends=h)
    got = [played.value(0, regime)[1] for regime in (0, 1)]
    verify(f"4 A windfall that ends with hazard {h}: value of who has it, before and after", SPLIT, [war, 0.42], got, FINE / 0.05)
    assert played.sign(0, 0).sum() == pytest.approx(1.0, abs=1e-12)


def test_the_windfall_can_vanish_overnight(verify: Verify) -> None:
    values = [front("windfall", ends=h).value()[1] for h in (0.0, 0.05, 0.1, 0.25)]
    assert values == sorted(values, reverse=True)
    verify(
        "4 The hazard that a windfall ends rises from 0 to 0.25: value", SPLIT, [0.66, 0.543, 0.503, 0.462], values, FINE / 0.05
    )


def test_reservations_that_do_not_fit(verify: Verify) -> None:
    flows = {"waiting_us[fighting]": 0.3, "waiting_us[over]": 0.1, "waiting_dprk[fighting]": 0.8, "waiting_dprk[over]": 0.1}
    played = front("windfall", flows, ends=0.1, patience=0.5)
    what = "4 Reservations beyond the pie until a windfall ends"
    verify(f"{what}: joint value of waiting", "derived", 1.0909090909, played.wait().sum(), 1e-9)
    verify(f"{what}: chance of signing before and after", "derived", [0, 1], [played.sign(0, r).sum() for r in (0, 1)], 1e-12)


@pytest.mark.parametrize(("h", "value"), [(0.0, 0.9), (0.05, 0.558974359), (0.1, 0.4413793103), (0.25, 0.3217391304)])
def test_value_of_a_windfall(verify: Verify, h: float, value: float) -> None:
    got = front("one-offer", ends=h).alone()[1, 0]
    verify(
        f"5 A windfall of 0.9 that falls to 0.2 with hazard {h}, discount factor 0.95: value",
        "two linear equations",
        value,
        got,
        1e-9,
    )


def test_one_offer_is_accepted_once_the_hazard_is_high_enough(verify: Verify) -> None:
    threshold = 0.0947368421
    signed = [front("one-offer", ends=scale * threshold).sign().sum() for scale in (0.999, 1.001)]
    what = f"5 One offer of 0.45 is taken from hazard {threshold} on: chance 0.1 % below and above it"
    verify(what, "closed form", [0, 1], signed, 1e-12)


@pytest.mark.parametrize(("grows", "signs", "total", "in_high"), [(0.2, 0, 1.2857142857, 1.2607142857), (0.05, 1, 1.0, 1.325)])
def test_two_pies(verify: Verify, grows: float, signs: float, total: float, in_high: float) -> None:
    played = front("two-pies", grows=grows)
    what, theorem = f"9 A pie that doubles with chance {grows}", "Merlo and Wilson 1995"
    verify(f"{what}: chance of signing while small", theorem, signs, played.sign().sum(), 1e-12)
    verify(f"{what}: total value while small", theorem, total, played.value().sum(), 1e-9)
    offered = played.sign(0, 1)[0]
    kept = offered @ played.deal(0, 1)[0] / offered.sum()
    verify(f"{what}: what the proposer keeps while large", theorem, in_high, kept, 2 * CRUMB / 0.1)


@pytest.mark.parametrize(("large", "values", "signs"), [(1.2, (0.05, 1.05), 1), (1.5, (0.0, 1.3636363636), 0)])
def test_who_proposes_in_the_good_state_takes_nearly_all(
    verify: Verify, large: float, values: tuple[float, float], signs: float
) -> None:
    played = front("who-proposes", large=large)
    got = (played.value(0, 0) + played.value(0, 1)) / 2
    what = f"9 The second proposes when the pie is {large}, the first when it is 1"
    verify(f"{what}: values", "Merlo and Wilson 1995", values, got, large * CRUMB / 0.1)
    verify(f"{what}: chance of signing", "Merlo and Wilson 1995", [signs, 1], [played.sign(0, r).sum() for r in (0, 1)], 1e-12)


@pytest.mark.parametrize(
    ("d", "when", "values", "tolerance"),
    [(0.95, 5, (0.0, 1.2461819377), 1e-9), (0.9, 0, (0.0294069601, 0.9705930399), FINE / 0.1)],
)
def test_a_growing_pie(verify: Verify, d: float, when: int, values: tuple[float, float], tolerance: float) -> None:
    played = front("growing-pie", patience=d)
    what, theorem = f"9 A pie that grows by a tenth for six rounds, discount factor {d}", "Merlo and Wilson 1995"
    verify(f"{what}: values", theorem, values, played.value(), tolerance)
    verify(f"{what}: chance of signing by round", theorem, np.eye(6)[when], played.events.signed.sum((1, 2)), 1e-12)


@cache
def drawn_pie(d: float) -> Played:
    return front("drawn-pie", patience=d)


@pytest.mark.parametrize(
    ("d", "least", "agrees", "share"),
    [
        (0.5, 0.2679491924, 0.73205081, 0.3215390309),
        (0.8, 0.5, 0.5, 0.375),
        (0.9, 0.6267890063, 0.37321099, 0.4178593375),
    ],
)
def test_a_pie_drawn_anew_every_round(verify: Verify, d: float, least: float, agrees: float, share: float) -> None:
    """Signed as soon as the pie exceeds what waiting is worth; with sixteen sizes, close to the uniform's closed form."""
    sizes = (np.arange(16) + 0.5) / 16
    worth = 0.0
    for _ in range(1000):
        worth = np.maximum(sizes, d * worth).mean()
    played = drawn_pie(d)
    signs = np.array([played.sign(0, regime).sum() for regime in range(16)])
    values = np.mean([played.value(0, regime) for regime in range(16)], axis=0)
    what = f"9 A pie drawn anew from sixteen sizes, discount factor {d}"
    verify(
        f"{what}: chance of signing by size",
        "optimal stopping, value iteration",
        (sizes >= d * worth).astype(float),
        signs,
        1e-12,
    )
    verify(f"{what}: total value", "optimal stopping, value iteration", worth, values.sum(), 1e-9)
    uniform = "Merlo and Wilson 1995, uniform pie"
    verify(f"{what}: least pie signed", uniform, least, d * values.sum(), 0.01)
    verify(f"{what}: chance of signing", uniform, agrees, signs.mean(), 1 / 16)
    verify(f"{what}: value of who proposes with chance 0.6", uniform, share, values[0], 0.01 / (1 - d) / 2)
