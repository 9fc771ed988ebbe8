"""A game at the table in words: what is asked, what happened, and why somebody would say no."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from detente.findings.numbers import percent, utils, when
from detente.findings.reading import Reading
from detente.findings.reasons import terms
from detente.words import Phrases

NAMED = 3
"""Payoff terms named on either side."""

HAPPENED = Phrases() | {
    "quiet": "Nobody gets to make an offer.",
    "pass": "{who}: a chance to make an offer, and none is made.",
    "offer": "{who} offers: {package}",
    "accept": "{who} accepts.",
    "refuse": "{who} refuses.",
    "left": "{who} leaves the talks for good.",
    "signed": "Signed: {package}",
    "honour": "{who} honours the agreement.",
    "cheat": "{who} cheats on the agreement; nobody sees it yet.",
    "found": "{who} is found cheating.",
    "end": "{who} ends the agreement over it.",
    "bear": "{who} looks away.",
    "keep": "{who} reviews the agreement and keeps it.",
    "exit": "{who} reviews the agreement and leaves it.",
    "ended": "The agreement is over: {detail}.",
    "for": "{who} agrees to a snapback.",
    "against": "{who} refuses a snapback.",
    "restored": "What had been lifted snaps back.",
    "unrestored": "Nothing snaps back.",
    "regime": "{who}: {detail}",
    "horizon": "The game ends at the scenario's horizon.",
}
"""What an event says."""
ASKED = Phrases() | {
    "offer": "You have a chance to make an offer.",
    "consent": "{who} offers you this. Do you accept?",
    "posture": "Signed. Will you honour it, or cheat in secret?",
    "review": "You may review the agreement in force.",
    "caught": "Cheating has been found. Do you end the agreement over it?",
    "snapback": "The agreement is over. Should what was lifted snap back?",
}
"""What a decision asks."""
MOVES = Phrases() | {
    "offer.wait": "Make no offer",
    "offer.leave": "Leave the talks for good",
    "consent.yes": "Accept",
    "consent.no": "Refuse",
    "consent.leave": "Leave the talks for good",
    "posture.honour": "Honour it",
    "posture.cheat": "Cheat in secret",
    "review.keep": "Keep it",
    "review.honour": "Keep and honour it",
    "review.cheat": "Keep it and cheat in secret",
    "review.exit": "Leave it",
    "caught.end": "End it",
    "caught.bear": "Look away",
    "snapback.yes": "Agree to a snapback",
    "snapback.no": "Refuse a snapback",
}
"""A move, by the kind of decision."""
SAID = Phrases() | {
    "least": "Least likely to accept: {who}, {chance}.",
    "speaks": "{who} speaks for {body} here.",
    "gain": "Signed now it would gain {gain} utils over going on without it.",
    "loss": "Signed now it would lose {gain} utils against going on without it.",
}


def happened(reading: Reading, event: Mapping[str, Any]) -> str:
    """What an event says, in a sentence."""
    kind, detail = event["kind"], event["detail"]
    who = reading.word("regimes", event["who"]) if kind == "regime" else reading.player(event["who"]) if event["who"] else ""
    if kind == "regime":
        detail = reading.word("regimes", event["who"], detail)
    elif kind == "ended":
        detail = reading.cause(detail)
    package = reading.package(event["package"]) if event["package"] else ""
    return HAPPENED.say(kind, who=who, detail=detail, package=package)


def date(reading: Reading, period: int) -> str:
    """The start of a period, in words."""
    value = reading.ds.date.values[period]
    return when(value, reading) if reading.dated else when(int(value) + 1, reading)


def asked(reading: Reading, kind: str, by: str) -> str:
    """What a decision asks, in a sentence."""
    return ASKED.say(kind, who=reading.player(by) if by else "")


def move(kind: str, name: str) -> str:
    """A move other than an offer, in words."""
    return MOVES[f"{kind}.{name}"]


def packages(reading: Reading, seat: str) -> list[dict[str, Any]]:
    """Every package that can be offered: who accepts it how likely, and what it gains whom, the least likely first."""
    ds, found = reading.ds, []
    names, needs = [str(name) for name in ds.consenter.values], ds.needs.transpose("package", "consenter").values
    accept, gain = ds.p_accept.transpose("package", "consenter").values, ds.gain.transpose("package", "player").values
    sides = [(reading.players.index(player), reading.player(player)) for player in reading.principals]
    for a in np.flatnonzero(ds.allowed.values):
        others = sorted((float(accept[a, c]), c) for c in np.flatnonzero(needs[a]) if names[c] != seat)
        found.append(
            {
                "name": reading.packages[a],
                "levels": list(reading.levels[reading.packages[a]].values()),
                "words": reading.package(reading.packages[a]),
                "p": float(ds.p_all_accept.values[a]),
                "said": percent(float(ds.p_all_accept.values[a])),
                "own": float(ds.own_gain.values[a]),
                "expected": float(ds.expected_gain.values[a]),
                "expected_said": utils(float(ds.expected_gain.values[a])),
                "gains": [{"who": who, "v": float(gain[a, i]), "said": utils(float(gain[a, i]))} for i, who in sides],
                "accepts": [{"name": names[c], "who": reading.player(names[c]), "v": p, "said": percent(p)} for p, c in others],
            }
        )
    return found


def why(reading: Reading, seat: str) -> dict[str, Any]:
    """Who is least likely to accept the package explained, and what speaks against it and for it, on both sides."""
    ds = reading.ds
    package, who = str(ds.attrs["explained_package"]), str(ds.attrs["explained"])
    row = ds.sel(package=package)
    least, lines = str(row.bottleneck.item()), []
    if least:
        lines.append(SAID.say("least", who=reading.player(least), chance=percent(float(row.p_bottleneck))))
        if least != who:
            lines.append(SAID.say("speaks", who=reading.player(who), body=reading.who(least)))
    people = [who, *([seat] if who != seat else [])]
    return {"package": package, "text": lines, "sides": [_side(reading, player, package) for player in people]}


def _side(reading: Reading, player: str, package: str) -> dict[str, Any]:
    gain = float(reading.ds.gain.sel(player=player, package=package))
    own = terms(reading, player, package)
    parts: dict[bool, list[dict[str, Any]]] = {True: [], False: []}
    for term, value in own:
        parts[value > 0].append({"words": reading.term(player, term), "v": value, "said": utils(value)})
    return {
        "name": player,
        "who": reading.player(player),
        "gain": gain,
        "text": SAID.say("gain" if gain >= 0 else "loss", gain=f"{abs(gain):.2f}"),
        "against": parts[False][:NAMED],
        "for": parts[True][:NAMED],
    }
