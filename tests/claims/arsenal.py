"""Warheads, factories and waiting (T20, T21, T24)."""

from __future__ import annotations

import numpy as np

from claims.claim import Claim, Pair, Reader
from claims.terms import CVID, EVERY, EVERY_INTRUSIVE
from claims.world import NORTH, SMALL, US, World

FEW, MANY = {"warheads_at_start": 30.0}, {"warheads_at_start": 90.0}
STOCK = "2025: `warheads_at_start` 30 → 90"


def _stock(read: str, *args: str) -> Reader:
    return lambda w: tuple(getattr(w(SMALL, moves), read)(*args) for moves in (FEW, MANY))


def _handover(w: World) -> Pair:
    few, many = (w(SMALL, moves) for moves in (FEW, MANY))
    return tuple(side.gain(NORTH, CVID) - side.gain(NORTH, EVERY_INTRUSIVE) for side in (few, many))


def _production(w: World, cheated: bool) -> np.ndarray:
    case = w.cases[SMALL]
    rows = case.model.frame.rows
    listed = rows.cheated() if cheated else rows.honoured()
    return w.formula(SMALL, "production", int(listed[case.packages[EVERY]]))


def _hidden(w: World) -> Pair:
    values = w.cases[SMALL].moved({}, w.count)
    return values["hidden_share"] * values["enrichment_rate"], _production(w, cheated=True)


CLAIMS = [
    Claim(
        "T20a",
        "a larger arsenal loses less safety by closing the factories",
        STOCK,
        "part of Pyongyang's gain from every centrifuge that is deterrence [utils]",
        "up",
        _stock("of", "security", EVERY),
    ),
    Claim(
        "T20b",
        "… so that Pyongyang accepts a production cap",
        STOCK,
        "its acceptance of every centrifuge",
        "up",
        _stock("accept", NORTH, EVERY),
    ),
    Claim(
        "T20c",
        "… but no more readily gives up the warheads",
        STOCK,
        "its gain from full denuclearisation [utils]",
        "down",
        _stock("gain", NORTH, CVID),
        finding="a cap is part of it and costs less safety (T20a); the handover by itself costs more (T20d)",
    ),
    Claim(
        "T20d",
        "… what giving them up adds to a cap",
        STOCK,
        "its gain from full denuclearisation less that from every centrifuge, same terms [utils]",
        "down",
        _handover,
    ),
    Claim(
        "T21a",
        "the deal stops the flow",
        "2025: no deal → every centrifuge, honoured",
        "warheads made a year",
        "down",
        lambda w: (w.formula(SMALL, "production", 0), _production(w, cheated=False)),
    ),
    Claim(
        "T21b",
        "… not the stock",
        "2025: every centrifuge, honoured",
        "change of the stock a year (against 0)",
        "not down",
        lambda w: (0.0, _production(w, cheated=False)),
        margin=1e-9,
    ),
    Claim(
        "T21c",
        "a cheat keeps the hidden share of enrichment",
        "2025: every centrifuge, cheated on",
        "warheads made a year: `hidden_share` of enrichment → model",
        "same",
        _hidden,
        margin=1e-9,
        comment="plutonium cannot be hidden in the model",
    ),
    Claim(
        "T24a",
        "Washington loses by waiting",
        "2025, level",
        "its cost of a year without talks [utils] (against 0)",
        "up",
        lambda w: (0.0, w(SMALL).delay(US)),
    ),
    Claim(
        "T24b",
        "… less if the war may end meanwhile",
        "2025: `war_end` low → high end",
        "its cost of a year without talks [utils]",
        "down",
        lambda w: (w(SMALL, {"war_end": "low"}).delay(US), w(SMALL, {"war_end": "high"}).delay(US)),
        finding="the sooner the war may end the likelier a deal while there are talks: a lost year costs more",
    ),
    Claim(
        "T24c",
        "… more if the factories are fast",
        "2025: `enrichment_rate` → high end",
        "its cost of a year without talks [utils]",
        "up",
        lambda w: (w(SMALL).delay(US), w(SMALL, {"enrichment_rate": "high"}).delay(US)),
    ),
    Claim(
        "T24d",
        "a larger arsenal raises what Pyongyang can hold out for",
        STOCK,
        "its value of waiting [utils]",
        "up",
        _stock("waiting", NORTH),
    ),
]
