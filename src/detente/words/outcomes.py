"""Named outcomes in words that stand alone; what each is, says :mod:`detente.outcomes`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from detente.words import dates
from detente.words.grammar import spanned
from detente.words.phrases import Phrases

SAID = Phrases() | {
    "p_deal": "an agreement is signed within the horizon",
    "p_deal_by": "an agreement is signed by {when}",
    "p_in_force_by": "an agreement is in force on {when}",
    "p_signed": "an agreement with “{option}” is signed within the horizon",
    "share": "share of signed agreements with “{option}”",
    "p_talks_over": "somebody leaves the talks for good before any agreement",
    "survival": "an agreement is still in force {age} after signing",
    "value": "what waiting is worth to {player}",
    "delay": "what a year without talks costs {player}",
    "delay.round": "what a round without talks costs {player}",
    "leverage": "cost of delay to {second} over that to {first}",
}
NAME = re.compile(
    r"(?P<kind>p_deal_by|p_in_force_by|survival|p_deal|p_signed|share|p_talks_over|value|delay|leverage)"
    r"(_(?P<at>[\d.-]+)|\[((?P<issue>\w+)=(?P<option>\w+)|(?P<player>\w+))\])?"
)
"""A kind of outcome, with what it is of."""
Word = Callable[..., str]
"""Gives the words of a scenario for a dotted path, as ``players``, ``us``."""


def described(name: str, word: Word, dated: bool, principals: Sequence[str] = ()) -> str:
    """Return an outcome in words, in the language spoken; its name where it is no outcome.

    Args:
        name: As ``p_deal_by_2029`` or ``share[relief=full]``.
        word: The scenario's words for issues, options and players.
        dated: Whether the clock runs in calendar years.
        principals: Its principals; ``leverage`` is about the first two.
    """
    found = NAME.fullmatch(name)
    if found is None:
        return name
    kind, at = found["kind"], found["at"]
    values = {
        "when": _when(at, dated),
        "age": spanned(float(at), "year" if dated else "round") if kind == "survival" else "",
        "option": word("issues", found["issue"], found["option"]) if found["option"] else "",
        "player": word("players", found["player"]) if found["player"] else "",
        **{key: word("players", who) for key, who in zip(("first", "second"), principals, strict=False)},
    }
    return SAID.say("delay.round" if kind == "delay" and not dated else kind, **values)


def _when(at: str | None, dated: bool) -> str:
    if not dated:
        return dates.SAID.say("round.end", round=at)
    date = dates.last_day(at or "")
    return dates.day(date) if date else str(at)
