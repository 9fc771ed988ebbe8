"""The zone of possible agreement, its frontier, and the axiomatic solutions on it."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from detente import zopa
from detente.game import Body
from detente.zopa import DEFINITIONS, TIE, acceptable, frontier, solutions

GAINS = arrays.arrays(float, (2, 12), elements=st.integers(-30, 30).map(lambda tenths: tenths / 10))


def curve(slope: float, power: float, origin: tuple[float, float] = (0.0, 0.0)) -> np.ndarray:
    """Return gains (u1, u2) along u2 = slope (1 - u1 ** power), less a disagreement point."""
    first = np.linspace(0, 1, 1_000_001)
    return np.stack([first - origin[0], slope * (1 - first**power) - origin[1]])


@pytest.mark.parametrize(
    ("gain", "origin", "points"),
    [
        (curve(1, 2), 0.0, (0.5773502692, 0.6180339887, 0.6180339887)),
        (curve(2, 2), 0.0, (0.5773502692, 0.6180339887, 0.7807764064)),
        (curve(1, 1, (0.1, 0.3)), 0.1, (0.4, 0.4, 0.4)),
    ],
)
def test_solutions_of_curves(gain: np.ndarray, origin: float, points: tuple[float, ...]) -> None:
    picks = solutions(gain, np.ones(gain.shape[1], bool))
    assert [gain[0, picks[name]] + origin for name in ("nash", "kalai_smorodinsky", "egalitarian")] == pytest.approx(
        points, abs=2e-6
    )


def test_risk_aversion_costs_a_share() -> None:
    share = np.linspace(0, 1, 100_001)
    pick = solutions(np.stack([share**0.5, 1 - share]), np.ones(len(share), bool))["nash"]
    assert share[pick] == pytest.approx(1 / 3, abs=1e-5)


MENU = np.array([[3, 4], [5, 1], [2, 5], [9, -6], [4, 2.5]]).T
"""Yongbyon for part, all for all, a freeze for part, everything, a cap: to Washington and to Pyongyang."""


@pytest.mark.parametrize(("reserve", "best", "product"), [(0, 0, 8.0), (2, 0, 4.0), (3, 0, 2.0), (3.2, 2, 1.8)])
def test_the_pick_slides_towards_the_softer_package_as_the_reservation_rises(reserve: float, best: int, product: float) -> None:
    gain = MENU - np.array([[1], [reserve]])
    zone = acceptable(gain, np.ones((2, 5)), np.zeros((0, 5)), ())
    pick = solutions(gain, zone)["nash"]
    assert pick == best
    assert gain[:, pick].prod() == pytest.approx(product)


def test_an_empty_zone_has_no_solutions() -> None:
    assert solutions(-np.ones((2, 3)), np.zeros(3, bool)) == dict.fromkeys(DEFINITIONS)
    assert solutions(-np.ones((2, 3)), np.ones(3, bool)) == dict.fromkeys(DEFINITIONS)


def test_three_players() -> None:
    """On a simplex Nash gives everybody the same gain above disagreement."""
    points = np.array([(a, b, 100 - a - b) for a in range(101) for b in range(101 - a)]).T / 100
    gain = points - np.array([[0.1], [0.2], [0.1]])
    pick = solutions(gain, np.ones(gain.shape[1], bool))["nash"]
    assert gain[:, pick] == pytest.approx([0.2, 0.2, 0.2])


@given(GAINS)
def test_solutions_lie_in_the_zone_and_nash_on_the_frontier(gain: np.ndarray) -> None:
    zone = acceptable(gain, np.ones((2, 12)), np.zeros((0, 12)), ())
    assert (zone == (gain >= 0).all(0)).all()
    picks = solutions(gain, zone)
    assert (picks["nash"] is None) == (not zone.any())
    for pick in picks.values():
        assert pick is None or zone[pick]
    if zone.any() and gain[:, picks["nash"]].prod() > 0:
        assert frontier(gain)[picks["nash"]]


@given(GAINS, st.floats(0.1, 10))
def test_nash_does_not_care_for_units(gain: np.ndarray, scale: float) -> None:
    zone = (gain >= 0).all(0)
    here, there = solutions(gain, zone)["nash"], solutions(gain * np.array([[scale], [1]]), zone)["nash"]
    if here is not None and there is not None:
        assert gain[:, here].prod() == pytest.approx(gain[:, there].prod(), abs=1e-9)


@given(GAINS)
def test_the_frontier_is_what_nothing_beats(gain: np.ndarray) -> None:
    expected = [
        not any((gain[:, b] >= gain[:, a]).all() and (gain[:, b] > gain[:, a]).any() for b in range(12)) for a in range(12)
    ]
    assert frontier(gain).tolist() == expected


def test_indifference_is_enough() -> None:
    gain = np.array([[0.0, -TIE / 2, -1e-6], [1.0, 1.0, 1.0]])
    assert acceptable(gain, np.ones((2, 3)), np.zeros((0, 3)), ()).tolist() == [True, True, False]


def test_only_those_whose_consent_is_needed_are_asked() -> None:
    gain, need = np.array([[1.0, 1.0], [-1.0, -1.0]]), np.array([[1, 1], [1, 0]])
    assert acceptable(gain, need, np.zeros((0, 2)), ()).tolist() == [False, True]


def test_bodies_vote_by_their_seats_own_gains() -> None:
    """Three kinds of seats: one of two votes, one with a veto, one plain; a quota of three."""
    body = Body(3, ((0, 2, False), (1, 1, True), (2, 1, False)))
    for signs in product((-1.0, 1.0), repeat=3):
        yes = [sign > 0 for sign in signs]
        carried = yes[1] and 2 * yes[0] + yes[1] + yes[2] >= 3
        gain = np.array(signs)[:, None]
        assert acceptable(gain, np.zeros((3, 1)), np.ones((1, 1)), (body,)).tolist() == [carried]
        assert acceptable(gain, np.zeros((3, 1)), np.zeros((1, 1)), (body,)).tolist() == [True]


def test_who_consents_as_a_party_votes_yes_in_the_body() -> None:
    body = Body(2, ((0, 1, False), (1, 1, False)))
    gain = np.array([[-1.0], [1.0]])
    assert acceptable(gain, np.array([[1], [0]]), np.ones((1, 1)), (body,)).tolist() == [False]  # its own consent fails
    assert acceptable(gain, np.array([[0], [0]]), np.ones((1, 1)), (body,)).tolist() == [False]
    assert acceptable(-gain, np.array([[1], [0]]), np.ones((1, 1)), (body,)).tolist() == [False]
    assert acceptable(np.abs(gain), np.array([[1], [0]]), np.ones((1, 1)), (body,)).tolist() == [True]


def beaten(gain: np.ndarray) -> np.ndarray:
    """Return which packages another beats, by comparing every pair."""
    no_worse = (gain[:, None, :] >= gain[:, :, None] - TIE).all(0)
    return (no_worse & (gain[:, None, :] > gain[:, :, None] + TIE).any(0)).any(1)


@settings(max_examples=300)
@given(st.data(), st.integers(1, 4), st.integers(1, 60), st.integers(1, 40), st.integers(1, 500))
def test_a_large_menus_frontier_is_found_without_comparing_all_pairs(
    data: st.DataObject, players: int, packages: int, few: int, at_once: int
) -> None:
    """Whatever counts as few: ties, gains that differ by less than a tie, and equal packages included."""
    steps = st.sampled_from([1.0, 0.5, 0.7 * TIE, 1.1 * TIE])
    gain = data.draw(arrays.arrays(float, (players, packages), elements=st.integers(-3, 3).map(float)))
    gain = gain * data.draw(steps) + np.round(gain) * data.draw(steps)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"FEW": few, "AT_ONCE": at_once, "CACHED": few, "PIVOTS": 1 + few % 5}.items():
            patch.setattr(zopa, name, value)
        assert (frontier(gain) == ~beaten(gain)).all()


@pytest.mark.parametrize("players", [2, 3])
def test_a_frontier_of_many_packages_needs_little_memory(players: int) -> None:
    """Sharing out what there is: nothing beats anything. A table of all pairs would not fit in memory."""
    packages = 60_000 if players == 2 else 3_000
    shares = np.random.default_rng(1).dirichlet(np.ones(players), packages).T
    assert frontier(shares).all()
    assert frontier(np.concatenate([shares, 0.9 * shares], axis=1)).sum() == packages
