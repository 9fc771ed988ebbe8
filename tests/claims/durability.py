"""Whether it would last: relief that sticks, successors, cheating (T13 to T15, T17, T19, T22)."""

from __future__ import annotations

import numpy as np

from claims.claim import Claim, Pair, Reader
from claims.terms import ALONE_REVERSE, ALONE_VOTE, EASY, HOSTILE, IRREVERSIBLE, KNOWN, KNOWN_REVERSE, STICKY, STUCK
from claims.world import HANOI, NORTH, SMALL, US, Moves, World

LATE = 1
"""Periods before the end of the term of the later signing: half a year."""


def _sticky(name: str, read: str, *args: str) -> Reader:
    return lambda w: tuple(getattr(w(name, moves), read)(*args) for moves in (EASY, STICKY))


def _hostile(w: World, package: str, moves: Moves = STUCK, case: str = HANOI) -> np.ndarray:
    """Return what a hostile successor does to Pyongyang's gain from a package [utils]."""
    return w(case, {**moves, **HOSTILE}).gain(NORTH, package) - w(case, moves).gain(NORTH, package)


def _closing(w: World) -> Pair:
    """Return what a hostile successor does to the gain from signing at once, and from signing late in the term [utils]."""
    calm, hostile = w(HANOI, STUCK), w(HANOI, {**STUCK, **HOSTILE})
    late = calm.case.term - LATE
    return tuple(hostile.later(ALONE_REVERSE, t) - calm.later(ALONE_REVERSE, t) for t in (0, late))


def _rush(name: str) -> Reader:
    """Return the reader of the chance to sign, if none has been signed, at the start and at the end of the term."""

    def read(w: World) -> Pair:
        outcome = w(name)
        hazard = outcome.raw["first"] / outcome.raw["open"][:, :-1]
        return hazard[:, 0], hazard[:, outcome.case.term - 1]

    return read


STICKIER = "what a vote to restore sanctions costs Beijing and Moscow, low → high ends"
SUCCESSOR = "2019: a Democrat who opposes the deal and walks out cheaply"
CHANGE = "change of Pyongyang's gain from all known sites without aid [utils]"
SUCCESS = "2019: what a vote to restore sanctions costs, own → low ends"

CLAIMS = [
    Claim(
        "T13a",
        "relief that sticks makes Pyongyang accept",
        f"2019: {STICKIER}",
        "its acceptance of all known sites",
        "up",
        _sticky(HANOI, "accept", NORTH, KNOWN),
    ),
    Claim(
        "T13b",
        "the same in 2025",
        f"2025: {STICKIER}",
        "its acceptance of all known sites",
        "up",
        _sticky(SMALL, "accept", NORTH, KNOWN),
        comment="Beijing and Moscow hardly ever vote sanctions back, even where the vote is free",
    ),
    Claim(
        "T14a",
        "a hostile successor lowers the worth of a deal that can be undone",
        f"{SUCCESSOR}; reverse veto",
        f"{CHANGE} (against 0)",
        "down",
        lambda w: (0.0, _hostile(w, ALONE_REVERSE)),
        finding="an American walk-out frees Pyongyang too, at no price of its own; and waiting is worth less as well",
    ),
    Claim(
        "T14b",
        "… matters less where relief sticks",
        f"{SUCCESSOR}; reverse veto → a vote that never passes",
        CHANGE,
        "up",
        lambda w: (_hostile(w, ALONE_REVERSE), _hostile(w, ALONE_VOTE)),
    ),
    Claim(
        "T14c",
        "… and not at all where it sticks for good",
        f"{SUCCESSOR}; a vote that never passes",
        f"{CHANGE} (against 0, ±.02)",
        "same",
        lambda w: (0.0, _hostile(w, ALONE_VOTE)),
        margin=0.02,
        finding="a hostile successor helps: Pyongyang keeps the relief and rebuilds without walking out itself",
    ),
    Claim(
        "T14d",
        "T14a again, with factories that never come back",
        f"{SUCCESSOR}; reverse veto; `rebuild_years` 1000",
        f"{CHANGE} (against 0)",
        "down",
        lambda w: (0.0, _hostile(w, ALONE_REVERSE, {**STUCK, **IRREVERSIBLE})),
        comment="small, and in a minority of draws",
    ),
    Claim(
        "T14e",
        "in 2025, where relief sticks, Pyongyang accepts all the same",
        "2025: the same Democrat",
        "its acceptance of all known sites (±.02)",
        "same",
        lambda w: tuple(w(SMALL, moves).accept(NORTH, KNOWN) for moves in ({}, HOSTILE)),
        margin=0.02,
    ),
    Claim(
        "T14f",
        "… and can lose the neighbours' money only",
        "2025: the same Democrat; without → with Seoul's money",
        "change of Pyongyang's gain from all known sites [utils]",
        "down",
        lambda w: tuple(_hostile(w, package, {}, SMALL) for package in (ALONE_VOTE, KNOWN)),
    ),
    Claim(
        "T14g",
        "… yet a deal is less likely",
        "2025: the same Democrat",
        "signed by January 2029",
        "down",
        lambda w: tuple(w(SMALL, moves).signed_by() for moves in ({}, HOSTILE)),
        comment="Washington counts what its successor will pay to uphold it",
    ),
    Claim(
        "T15a",
        "relief that sticks invites cheating",
        f"2019: {STICKIER}",
        "Pyongyang cheats at once on all known sites",
        "up",
        _sticky(HANOI, "of", "cheat", KNOWN),
    ),
    Claim(
        "T15b",
        "… and lowers what Washington gains",
        f"2019: {STICKIER}",
        "its gain from all known sites [utils]",
        "down",
        _sticky(HANOI, "gain", US, KNOWN),
    ),
    Claim(
        "T15c",
        "… so that deals may become likelier or rarer",
        f"2019: {STICKIER}",
        "signed by January 2021",
        "either",
        _sticky(HANOI, "signed_by"),
        comment="rarer at central values",
    ),
    Claim(
        "T17a",
        "a hostile successor hurts the more the later in the term one signs",
        f"{SUCCESSOR}; reverse veto; signed February 2019 → mid 2020",
        CHANGE,
        "down",
        _closing,
        comment="a smaller gain rather than a larger loss (T14a)",
    ),
    Claim(
        "T17b",
        "as the window closes deals bunch early or late",
        "2019: first → last half-year of the term",
        "chance of signing, if none is signed yet",
        "either",
        _rush(HANOI),
        comment="neither: the chance hardly moves",
    ),
    Claim(
        "T17c",
        "the same in 2025",
        "2025: first → last half-year of the term",
        "chance of signing, if none is signed yet",
        "either",
        _rush(SMALL),
        comment="early",
    ),
    Claim(
        "T19a",
        "one member's word to restore sanctions makes Pyongyang refuse",
        "2025: Council vote → reverse veto, same package",
        "its acceptance of all known sites",
        "down",
        lambda w: (w(SMALL).accept(NORTH, KNOWN), w(SMALL).accept(NORTH, KNOWN_REVERSE)),
    ),
    Claim(
        "T19b",
        "… and Washington willing",
        "2025: Council vote → reverse veto, same package",
        "its acceptance of all known sites",
        "up",
        lambda w: (w(SMALL).accept(US, KNOWN), w(SMALL).accept(US, KNOWN_REVERSE)),
    ),
    Claim(
        "T22a",
        "Pyongyang may well cheat",
        "2025, level",
        "it cheats at once on all known sites (bound .05)",
        "up",
        lambda w: (0.05, w(SMALL).of("cheat", KNOWN)),
    ),
    Claim(
        "T22b",
        "… the less the likelier it is found out",
        "2025: `detection_declared` → high end",
        "it cheats at once on all known sites",
        "down",
        lambda w: (w(SMALL).of("cheat", KNOWN), w(SMALL, {"detection_declared": "high"}).of("cheat", KNOWN)),
    ),
    Claim(
        "T22c",
        "… and the less the surer sanctions return",
        SUCCESS,
        "it cheats at once on all known sites",
        "down",
        lambda w: (w(HANOI).of("cheat", KNOWN), w(HANOI, EASY).of("cheat", KNOWN)),
    ),
]
