"""Russia's war and its money (T5 to T9)."""

from __future__ import annotations

import numpy as np

from claims.claim import Claim, Pair, Reader
from claims.terms import AS_IS, KNOWN, PEACE, WASHINGTON
from claims.world import NORTH, SMALL, Moves, World

LOW, HIGH = {"war_end": "low"}, {"war_end": "high"}
RICH_PEACE = {"russia_peace": "high"}

# T6 compares two ways of losing the same money. Everything else the war's end changes is switched off.
NEUTRAL: Moves = {
    "mediation": 0.0,
    "war_start": 0.0,
    "troop_pay": 0.0,
    "shell_production": 99.0,
    "crowding_war": 0.0,
    "peace_credit": 0.0,
    "dependence_weight": 0.0,
    "diversity_weight": 0.0,
    "china_floor[low]": 0.0,
    "china_floor[high]": 0.0,
    "russia_monopoly": 0.0,
    "china_influence": 0.0,
    "alliance[peace]": 1.0,
    "alliance[fighting]": 1.0,
    "russia_enforcement[peace]": 0.1,
    "russia_enforcement[fighting]": 0.1,
    "russia_stability[peace]": 0.8,
    "russia_stability[fighting]": 0.8,
    "russia_order[peace]": 0.1,
    "russia_order[fighting]": 0.1,
    "russia_nonproliferation[peace]": 0.1,
    "russia_nonproliferation[fighting]": 0.1,
}
JUMP: Moves = {"war_end": 0.25, "windfall_decay": 0.0}
DECAY: Moves = {"war_end": 0.0, "windfall_decay": 0.25}
LINEAR: Moves = {"home_base": 1e6, "economy_weight": 1e6}
"""So large a base that an e-fold is never near: a billion is worth one util, whoever has how many."""
ONE_SHOT: Moves = {"us_talks": 1e-9, "dprk_talks": 1e-9}
WINDOW: Moves = {"dprk_talks": 1e-9, "us_attention[heir]": 0.0, "us_attention[democrat]": 0.0, "us_attention[hawk]": 0.0}


def _losing(*common: Moves) -> Reader:
    """Return the reader of Pyongyang's gain when the money decays, and when it may stop overnight."""
    base = {**NEUTRAL}
    for moves in common:
        base |= moves
    return lambda w: tuple(w(SMALL, {**base, **way}).gain(NORTH, KNOWN) for way in (DECAY, JUMP))


def _steps(w: World) -> Pair:
    low, own, high = (w(SMALL, moves).accept(NORTH, KNOWN) for moves in (LOW, {}, HIGH))
    return 0.0, np.minimum(own - low, high - own)


def _insurance(w: World, moves: Moves) -> np.ndarray:
    return w(SMALL, {**HIGH, **moves}).gain(NORTH, KNOWN) - w(SMALL, {**LOW, **moves}).gain(NORTH, KNOWN)


HAZARD = "2025: `war_end` low → high end"
LOSS = "2025: slow decay → overnight loss, equal present value"

CLAIMS = [
    Claim(
        "T5a",
        "a war likelier to end makes Pyongyang accept",
        HAZARD,
        "its acceptance of all known sites",
        "up",
        lambda w: (w(SMALL, LOW).accept(NORTH, KNOWN), w(SMALL, HIGH).accept(NORTH, KNOWN)),
    ),
    Claim("T5b", "… at every step", f"{HAZARD}, by way of its own value", "the smaller rise (against 0)", "up", _steps),
    Claim(
        "T5c",
        "… and lowers what it can hold out for",
        HAZARD,
        "its value of waiting [utils]",
        "down",
        lambda w: (w(SMALL, LOW).waiting(NORTH), w(SMALL, HIGH).waiting(NORTH)),
    ),
    Claim(
        "T5d",
        "… so that a deal is likelier",
        HAZARD,
        "signed by January 2029",
        "up",
        lambda w: (w(SMALL, LOW).signed_by(), w(SMALL, HIGH).signed_by()),
    ),
    Claim(
        "T6a",
        "linear utility, one offer: how the money is lost makes no difference",
        LOSS,
        "gain from all known sites [utils, ±.01]",
        "same",
        _losing(LINEAR, ONE_SHOT),
        margin=0.01,
    ),
    Claim(
        "T6b",
        "risk aversion, one offer: the overnight loss makes the deal worth more",
        LOSS,
        "gain from all known sites [utils]",
        "up",
        _losing(ONE_SHOT),
    ),
    Claim(
        "T6c",
        "linear utility, talks that end in January 2029: the overnight loss makes the deal worth more",
        LOSS,
        "gain from all known sites [utils]",
        "up",
        _losing(LINEAR, WINDOW),
        margin=0.01,
        finding="Russian money adds the same with a deal as without it: only curvature makes its loss matter, no window does",
    ),
    Claim(
        "T7a",
        "when the war ends Pyongyang's reservation drops at once",
        "2025: at war → war over, same day",
        "its value of waiting [utils]",
        "down",
        lambda w: (w(SMALL).waiting(NORTH, AS_IS), w(SMALL).waiting(NORTH, PEACE)),
    ),
    Claim(
        "T7b",
        "… and it accepts more readily",
        "2025: at war → war over, same day",
        "its acceptance of all known sites",
        "up",
        lambda w: (w(SMALL).accept(NORTH, KNOWN, AS_IS), w(SMALL).accept(NORTH, KNOWN, PEACE)),
    ),
    Claim(
        "T7c",
        "… and what Washington gets through is less soft",
        "2025: at war → war over, same day",
        "worth to Pyongyang as of the start, mean of its offers that pass [utils]",
        "down",
        lambda w: tuple(w(SMALL).worth(w(SMALL).passing(WASHINGTON, start)) for start in (AS_IS, PEACE)),
    ),
    Claim(
        "T8a",
        "more Russian money hardens Pyongyang",
        "2025: `windfall` → 12",
        "its acceptance of all known sites",
        "down",
        lambda w: (w(SMALL).accept(NORTH, KNOWN), w(SMALL, {"windfall": "high"}).accept(NORTH, KNOWN)),
    ),
    Claim(
        "T8b",
        "… and makes deals rarer",
        "2025: `windfall` → 12",
        "signed within a year",
        "down",
        lambda w: (w(SMALL).signed_by(2), w(SMALL, {"windfall": "high"}).signed_by(2)),
    ),
    Claim(
        "T9",
        "Russian money in peace weakens the fear of the war's end",
        "2025: `russia_peace` high end → own, effect of T5",
        "rise of the gain from all known sites [utils]",
        "up",
        lambda w: (_insurance(w, RICH_PEACE), _insurance(w, {})),
    ),
]
