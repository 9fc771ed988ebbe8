"""The president's reasons and his agenda (T23, T27)."""

from __future__ import annotations

import numpy as np

from claims.claim import Claim
from claims.terms import PYONGYANG, WASHINGTON
from claims.world import SMALL, Moves, Outcome

EAGER: Moves = {"private_benefit": "high"}
SATED: Moves = {"other_successes": "high"}
BUSY: Moves = {"crowding": "high"}


def _own_offers(outcome: Outcome) -> np.ndarray:
    """Return the share of deals within the term that are signed on Pyongyang's offer."""
    signed = outcome.raw["signed"][:, : outcome.case.term].sum((1, 3))
    return signed[:, PYONGYANG] / signed.sum(1)


CLAIMS = [
    Claim(
        "T23a",
        "a president who needs a success offers more",
        "2025: `private_benefit` → high end",
        "worth to Pyongyang at own values, mean of Washington's offers at the start [utils]",
        "up",
        lambda w: tuple(w(SMALL).worth(w(SMALL, moves).offers(WASHINGTON)) for moves in ({}, EAGER)),
    ),
    Claim(
        "T23b",
        "… and signs sooner",
        "2025: `private_benefit` → high end",
        "signed within a year",
        "up",
        lambda w: tuple(w(SMALL, moves).signed_by(2) for moves in ({}, EAGER)),
    ),
    Claim(
        "T23c",
        "other successes lower it",
        "2025: `other_successes` → high end",
        "signed by January 2029",
        "down",
        lambda w: tuple(w(SMALL, moves).signed_by() for moves in ({}, SATED)),
    ),
    Claim(
        "T27a",
        "a crowded agenda delays the deal",
        "2025: `crowding` → high end",
        "signed by January 2029",
        "down",
        lambda w: tuple(w(SMALL, moves).signed_by() for moves in ({}, BUSY)),
    ),
    Claim(
        "T27b",
        "… and leaves the offers to Pyongyang",
        "2025: `crowding` → high end",
        "share of deals signed on its offer",
        "up",
        lambda w: tuple(_own_offers(w(SMALL, moves)) for moves in ({}, BUSY)),
    ),
    Claim(
        "T27c",
        "… and the terms too",
        "2025: `crowding` → high end",
        "worth to Pyongyang at own values, mean of what is signed within the term [utils]",
        "up",
        lambda w: tuple(w(SMALL).worth(w(SMALL, moves).signed()) for moves in ({}, BUSY)),
        comment="at central values, and in a minority of draws",
    ),
]
