"""Beijing, Seoul, Tokyo: aid, dependence, votes, enforcement (T10 to T12, T18, T28)."""

from __future__ import annotations

import numpy as np

from claims.claim import Claim, Pair
from claims.terms import AS_IS, CONSERVATIVE, EVERY, KNOWN, KNOWN_PARTIAL
from claims.world import HANOI, NORTH, SMALL, Moves, World

AID: Moves = {"china_aid[high]": "high"}
CAREFREE: Moves = {"dependence_weight": 0.0, "diversity_weight": 0.0}
PROUD: Moves = {"dependence_weight": 3.0, "diversity_weight": 0.0}
DONORS: Moves = {"korea_aid[progressive]": "high", "japan_willing": "high"}
QUIET: Moves = {
    "china_stability[low]": "high",
    "china_stability[high]": "high",
    "russia_stability[peace]": "high",
    "russia_stability[fighting]": "high",
}
STRICT: Moves = {
    "strictness": "high",
    "china_enforcement[low]": "high",
    "china_enforcement[high]": "high",
    "russia_enforcement[peace]": "high",
    "russia_enforcement[fighting]": "high",
}


def _aided(w: World, moves: Moves) -> np.ndarray:
    """Return what Chinese aid does to the probability of a deal."""
    return w(SMALL, {**moves, **AID}).signed_by() - w(SMALL, moves).signed_by()


def _tempted(w: World, moves: Moves) -> np.ndarray:
    """Return what Chinese aid does to Pyongyang's gain from all known sites [utils]."""
    return w(SMALL, {**moves, **AID}).gain(NORTH, KNOWN) - w(SMALL, moves).gain(NORTH, KNOWN)


def _needed(w: World) -> Pair:
    """Return the relief for all known sites that makes Pyongyang gain as much as large relief does without more money."""
    before, after = w(SMALL), w(SMALL, DONORS)
    small, large = (after.gain(NORTH, package) for package in (KNOWN_PARTIAL, KNOWN))
    low, high = (before.values[name] for name in ("partial_share", "large_share"))
    return high, low + (high - low) * (before.gain(NORTH, KNOWN) - small) / (large - small)


def _donated(w: World, package: str) -> np.ndarray:
    return w(SMALL, DONORS).gain(NORTH, package) - w(SMALL).gain(NORTH, package)


MORE_AID = "2025: `china_aid[high]` → high end"
DONATIONS = "2025: `korea_aid[progressive]`, `japan_willing` → high ends"
STABILITY = "`*_stability` → high ends"
ENFORCED = "2025: enforcement by China and Russia → high ends"

CLAIMS = [
    Claim(
        "T10a",
        "aid without conditions raises what Pyongyang can hold out for",
        MORE_AID,
        "its value of waiting [utils]",
        "up",
        lambda w: (w(SMALL).waiting(NORTH), w(SMALL, AID).waiting(NORTH)),
    ),
    Claim(
        "T10b",
        "… so that a deal is less likely",
        MORE_AID,
        "signed by January 2029",
        "down",
        lambda w: (w(SMALL).signed_by(), w(SMALL, AID).signed_by()),
    ),
    Claim(
        "T10c",
        "… though it raises China's share, which makes relief attractive",
        f"{MORE_AID}; `dependence_weight` 0 → 3, `diversity_weight` 0",
        "change of Pyongyang's gain from all known sites [utils]",
        "up",
        lambda w: (_tempted(w, CAREFREE), _tempted(w, PROUD)),
    ),
    Claim(
        "T10d",
        "… and so spares the deal",
        f"{MORE_AID}; `dependence_weight` 0 → 3, `diversity_weight` 0",
        "change of signed by January 2029",
        "up",
        lambda w: (_aided(w, CAREFREE), _aided(w, PROUD)),
        comment="two fifths of the loss are spared; it does not turn into a gain",
    ),
    Claim(
        "T11a",
        "with no price on dependence aid only hardens",
        f"{MORE_AID}; both weights 0",
        "change of Pyongyang's gain from all known sites [utils] (against 0)",
        "down",
        lambda w: (0.0, _tempted(w, CAREFREE)),
    ),
    Claim(
        "T11b",
        "a price on dependence alone can turn that round",
        f"{MORE_AID}; `dependence_weight` 3",
        "change of Pyongyang's gain from all known sites [utils] (against 0)",
        "up",
        lambda w: (0.0, _tempted(w, PROUD)),
        comment="3 is three times the top of its range; the probability of a deal falls all the same (T10d)",
    ),
    Claim(
        "T12a",
        "money from Seoul and Tokyo makes Pyongyang accept",
        DONATIONS,
        "its acceptance of every centrifuge",
        "up",
        lambda w: (w(SMALL).accept(NORTH, EVERY), w(SMALL, DONORS).accept(NORTH, EVERY)),
    ),
    Claim(
        "T12b",
        "… and a deal likelier",
        DONATIONS,
        "signed by January 2029",
        "up",
        lambda w: (w(SMALL).signed_by(), w(SMALL, DONORS).signed_by()),
    ),
    Claim(
        "T12c",
        "… so that less relief would do",
        DONATIONS,
        "relief for all known sites at the same gain to Pyongyang",
        "down",
        _needed,
    ),
    Claim(
        "T12d",
        "… and less is given",
        DONATIONS,
        "share of sanctions lifted, mean of what is signed within the term",
        "down",
        lambda w: (w(SMALL).mean("lifted"), w(SMALL, DONORS).mean("lifted")),
        finding="the money is paid in step with relief, so more relief is signed, not less",
    ),
    Claim(
        "T12e",
        "a conservative in Seoul takes that away",
        "2025: progressive → conservative in Seoul, same day",
        "its acceptance of all known sites",
        "down",
        lambda w: (w(SMALL).accept(NORTH, KNOWN, AS_IS), w(SMALL).accept(NORTH, KNOWN, CONSERVATIVE)),
    ),
    Claim(
        "T12f",
        "the money counts with relief only",
        f"{DONATIONS}; relief partial → large",
        "rise of the gain from all known sites [utils]",
        "up",
        lambda w: (_donated(w, KNOWN_PARTIAL), _donated(w, KNOWN)),
    ),
    Claim(
        "T18a",
        "patrons that want quiet let relief pass",
        f"2019: {STABILITY}",
        "Council passes all known sites",
        "up",
        lambda w: (w(HANOI).of("council", KNOWN), w(HANOI, QUIET).of("council", KNOWN)),
    ),
    Claim(
        "T18b",
        "… and sanctions stay off after a lapse",
        f"2019: {STABILITY}",
        "sanctions return if all known sites lapses",
        "down",
        lambda w: (w(HANOI).of("restore", KNOWN), w(HANOI, QUIET).of("restore", KNOWN)),
    ),
    Claim(
        "T28a",
        "stricter enforcement lowers what Pyongyang can hold out for",
        ENFORCED,
        "its value of waiting [utils]",
        "down",
        lambda w: (w(SMALL).waiting(NORTH), w(SMALL, STRICT).waiting(NORTH)),
    ),
    Claim(
        "T28b",
        "… makes it accept",
        ENFORCED,
        "its acceptance of all known sites",
        "up",
        lambda w: (w(SMALL).accept(NORTH, KNOWN), w(SMALL, STRICT).accept(NORTH, KNOWN)),
    ),
    Claim(
        "T28c",
        "… for less",
        ENFORCED,
        "worth to Pyongyang at own values, mean of what is signed within the term [utils]",
        "down",
        lambda w: tuple(w(SMALL).worth(w(SMALL, moves).signed()) for moves in ({}, STRICT)),
    ),
]
