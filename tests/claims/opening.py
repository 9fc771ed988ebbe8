"""The two cases side by side: reservation values, softness, what is refused (T1 to T4, T29, T30)."""

from __future__ import annotations

import numpy as np

from claims.claim import Claim, Pair, Reader
from claims.terms import PYONGYANG, WASHINGTON
from claims.world import HANOI, NORTH, SMALL, World

BOTH = "2019 → 2025"
SIGNED = "of what is signed within the term"


def _mean(name: str) -> Reader:
    return lambda w: (w(HANOI).mean(name), w(SMALL).mean(name))


def _refused(w: World) -> Pair:
    """Return the chance that Pyongyang accepts, given that Washington asks for all known sites at the start."""
    hanoi = w(HANOI)
    weight = hanoi.raw["offers"][:, 0, WASHINGTON] * hanoi.raw["known"]
    accept = hanoi.raw["accept"][:, 0, hanoi.case.players.index(NORTH)]
    return 0.5, (weight * accept).sum(1) / weight.sum(1)


def _small(w: World) -> Pair:
    small = w(SMALL)
    return small.deals("cvid"), small.signed().sum(1) - small.deals("cvid")


def _yardstick(w: World) -> Pair:
    """Return the worth of what is signed in each case, both judged as Pyongyang stands in 2025."""
    small = w(SMALL)
    return small.worth(w(HANOI).signed()), small.worth(small.signed())


def _asked(w: World, case: str) -> np.ndarray:
    outcome = w(case)
    offers = outcome.offers(PYONGYANG)
    return outcome.mean("lifted", offers) / outcome.mean("cut", offers)


CLAIMS = [
    Claim(
        "T1",
        "Pyongyang is better off without a deal in 2025 than in 2019",
        BOTH,
        "its value of waiting [utils]",
        "up",
        lambda w: (w(HANOI).waiting(NORTH), w(SMALL).waiting(NORTH)),
    ),
    Claim("T2a", "the deal of 2025 lifts more", BOTH, f"share of sanctions lifted, mean {SIGNED}", "up", _mean("lifted")),
    Claim(
        "T2b",
        "the deal of 2025 is harder to take back",
        BOTH,
        f"share that needs a new Council vote, {SIGNED}",
        "up",
        _mean("by_vote"),
    ),
    Claim(
        "T2c",
        "the deal of 2025 closes less",
        BOTH,
        f"share of production closed, mean {SIGNED}",
        "down",
        _mean("cut"),
        finding="it closes more: with fifty warheads the factories are what Pyongyang can best spare",
    ),
    Claim(
        "T2d",
        "the deal of 2025 is softer on balance",
        BOTH,
        f"relief × (1 − cut), mean {SIGNED}",
        "up",
        _mean("softness"),
        finding="dearer (T2a, T2b, T2e) and deeper (T2c), not softer",
    ),
    Claim(
        "T2e",
        "the deal of 2025 is worth more to Pyongyang",
        BOTH,
        f"worth of the package as Pyongyang stands in 2025, mean {SIGNED} [utils]",
        "up",
        _yardstick,
    ),
    Claim(
        "T3a",
        "at Hanoi the demand for all known sites is refused",
        "2019, level",
        "chance that Pyongyang accepts it (bound .5)",
        "down",
        _refused,
    ),
    Claim(
        "T3b",
        "no deal is the likely outcome of Hanoi",
        "2019, level",
        "signed by January 2021 (bound .5)",
        "down",
        lambda w: (0.5, w(HANOI).signed_by()),
    ),
    Claim(
        "T3c",
        "full denuclearisation is hardly ever signed",
        "2019, level",
        "signed within eight years (bound .01)",
        "down",
        lambda w: (0.01, w(HANOI).deals("cvid", 16)),
    ),
    Claim(
        "T4",
        "in 2025 a small deal is possible, and likelier than full denuclearisation",
        "2025, level",
        "signed by January 2029: full → any other",
        "up",
        _small,
    ),
    Claim(
        "T29a",
        "pressure as in 2018 shrinks the economy by about 4 %",
        "2019: `china_enforcement[low]` → .95",
        "growth at the start (−.041 → model, ±.0075)",
        "same",
        lambda w: (-0.041, w.formula(HANOI, "gdp_growth", 0, {"china_enforcement[low]": 0.95})),
        margin=0.0075,
        comment="in draws growth leaves the band on either side",
    ),
    Claim(
        "T29b",
        "lax enforcement returns it to 3 to 4 %",
        "2025, level",
        "growth at the start (.035 → model, ±.005)",
        "same",
        lambda w: (0.035, w.formula(SMALL, "gdp_growth", 0)),
        margin=0.005,
        comment="in draws growth leaves the band on either side",
    ),
    Claim(
        "T30",
        "Pyongyang asks for more relief per unit of dismantling than in 2019",
        BOTH,
        "relief lifted / production closed, means of its own offers at the start",
        "up",
        lambda w: (_asked(w, HANOI), _asked(w, SMALL)),
        comment="barely, and in a minority of draws",
    ),
]
