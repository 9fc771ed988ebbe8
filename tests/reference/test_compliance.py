"""Cheating, detection, snapback, and what outlives an administration (sections 14 and 15)."""

from __future__ import annotations

from math import log

import numpy as np
import pytest

from playing import Played, front
from verification import Verify

KEEP = "repeated compliance, closed form"
CHANCE = "product of chances"
OFFICES = "two linear equations"


def odds(chance: float) -> float:
    """Return the log odds of a probability; 40 stands for certainty."""
    return 40.0 * (2 * chance - 1) if chance in (0, 1) else log(chance / (1 - chance))


def postures(played: Played) -> tuple[float, float]:
    """Return the doer's average payoff from honouring and from cheating, before today's decisions."""
    start = played.start(1)[:, 0] * (1 - float(played.game.payoff.discount[1]))
    return start[-2], start[-1]


@pytest.mark.parametrize(("d", "tempt", "threshold"), [(0.9, 1.3, 0.0416666667), (0.8, 1.3, 0.09375), (0.95, 1.5, 0.0328947368)])
@pytest.mark.parametrize("found", [0.5, 0.9])
def test_only_detection_times_snapback_matters(verify: Verify, d: float, tempt: float, threshold: float, found: float) -> None:
    """Here an agreement goes on if nobody acts on what was found, so acting on it plays the part of the snapback."""
    values = {"patience": d, "tempt": tempt, "found": found}
    cheats = [front("compliance", values, ends_odds=odds(scale * threshold / found)).cheat()[0] for scale in (0.999, 1.001)]
    what = f"14 A temptation of {tempt} found with chance {found}, discount factor {d}, is resisted if found and acted on with"
    verify(f"{what} chance {threshold}: cheating 0.1 % below and above it", KEEP, [1, 0], cheats, 1e-12)


@pytest.mark.parametrize(("snaps", "value"), [(1, 0.4), (0.2, 0.7789473684)])
def test_value_of_cheating_until_it_is_acted_on(verify: Verify, snaps: float, value: float) -> None:
    honour, cheat = postures(front("compliance", ends_odds=odds(snaps)))
    assert honour == pytest.approx(1.0, abs=1e-9)
    # the closed form counts from after today's decisions, when cheating may be acted on
    after = (cheat - 0.5 * snaps * 0.2) / (1 - 0.5 * snaps)
    verify(f"14 Cheating found with chance 0.5 and acted on with chance {snaps}: value", KEEP, value, after, 1e-9)


@pytest.mark.parametrize(("snaps", "value"), [(0.2, 1.12), (0.5, 0.85)])
def test_a_failed_snapback_that_is_forgiven(verify: Verify, snaps: float, value: float) -> None:
    _, cheat = postures(front("compliance", snaps_odds=odds(snaps)))
    after = (cheat - 0.5 * (snaps * 0.2 + (1 - snaps) * 1.3)) / 0.5
    what = f"14 Cheating found with chance 0.5, snapback with chance {snaps}, forgiven if it fails: value"
    verify(what, KEEP, value, after, 1e-9)


@pytest.mark.parametrize(("q", "rounds", "caught"), [(0.2, 4, 0.5904), (0.1, 12, 0.7175704635)])
def test_timely_detection(verify: Verify, q: float, rounds: int, caught: float) -> None:
    alive, _ = front("watch", found=q).follow()
    verify(f"14 Found with chance {q} a round: caught within {rounds} rounds", CHANCE, caught, 1 - alive[rounds] / alive[0], 1e-9)


@pytest.mark.parametrize(("fine", "prize", "threshold"), [(4, 1, 0.2), (9, 1, 0.1), (2, 3, 0.6)])
def test_deterrent_detection_probability(verify: Verify, fine: float, prize: float, threshold: float) -> None:
    found = [front("inspection", fine=fine, prize=prize, found=scale * threshold) for scale in (0.999, 1.001)]
    what = f"14 A fine of {fine} and a prize of {prize}: cheating if found with a chance 0.1 % below and above {threshold}"
    verify(what, "Avenhaus, von Stengel and Zamir 2002", [1, 0], [played.cheat()[0] for played in found], 1e-12)


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
    verify: Verify, snaps: float, back: float, revokes: float, friendly: float, hostile: float
) -> None:
    played = front("durability", turns_friendly=back, revokes=revokes, snaps_odds=odds(snaps))
    what = f"15 Relief revoked with chance {revokes} by the hostile, who lose office with chance {back}, snapback {snaps}: values"
    verify(what, OFFICES, [friendly, hostile], 0.05 * played.start(1)[-1], 1e-9)


@pytest.mark.parametrize(("left", "value"), [(14, 0.7073950125), (8, 0.6019477412), (2, 0.4585)])
def test_the_same_deal_is_worth_less_the_nearer_the_election(verify: Verify, left: int, value: float) -> None:
    got = 0.05 * front("election", snaps_odds=odds(0.8)).deal(14 - left)[1, 0]
    verify(f"15 Relief, {left} rounds before an election, snapback 0.8: value", "closed form", value, got, 1e-9)


@pytest.mark.parametrize(("snaps", "least"), [(0, 0.65), (0.2, 0.7089578494), (1, 1.0208371006)])
def test_smallest_relief_that_is_accepted(verify: Verify, snaps: float, least: float) -> None:
    terms = {"reserve": 0.3, "price": 0.35 / 0.05, "snaps_odds": odds(snaps)}
    signs = [front("election", terms, relief=least + more).sign().sum() for more in (-1e-6, 1e-6)]
    what = (
        f"15 Relief is accepted from {least} on, 14 rounds before an election, snapback {snaps}: signed a millionth below, above"
    )
    verify(what, "closed form", [0, 1], signs, 1e-12)


@pytest.mark.parametrize(("left", "most"), [(14, 0.9569214880), (8, 0.7034252258), (2, 0.5170821791)])
def test_likeliest_snapback_that_is_accepted(verify: Verify, left: int, most: float) -> None:
    """At that chance of a snapback, signing and waiting are worth the same."""
    played = front("election", reserve=0.3, price=0.35 / 0.05, snaps_odds=odds(most))
    gain = 0.05 * (played.deal(14 - left) - played.wait(14 - left)[:, None])[1, 0]
    what = (
        f"15 Relief of 1, {left} rounds before an election, snapback {most:g}, the likeliest it is signed with: gain from signing"
    )
    verify(what, "closed form", 0, gain, 1e-9)


def test_hazards_of_ending_multiply(verify: Verify) -> None:
    alive, ended = front("hazards").follow()
    lives = alive / alive[0]
    hazards = -np.log1p([-0.05, -0.02, -0.01])
    what = "15 Three hazards of ending, 0.05, 0.02 and 0.01 a quarter, over 16 quarters"
    verify(f"{what}: in force", CHANCE, 0.2712426691, lives[16], 1e-9)
    causes = (1 - 0.2712426691) * hazards / hazards.sum()
    verify(f"{what}: ended by each", "competing exponential hazards", causes, ended[:16].sum(0) / alive[0], 1e-9)
