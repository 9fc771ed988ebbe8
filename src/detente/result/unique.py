"""Whether another equilibrium is possible: what is known of it in an answer, and the sentences that say it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from detente.words import Phrases, commas, sentences

Facts = Sequence[dict[str, Any]]
"""What is known, in the order in which it is said: ``key``, and what its sentence needs."""

SAID = Phrases() | {
    "endless": "A game without end can have other equilibria; this is the one that ever longer games of this kind approach.",
    "finite": "The horizon is finite and every choice has one answer to what follows it, so there is one equilibrium.",
    "exact": "For {who}, fully rational, ties are broken towards agreement and evenly between offers that are equally good; "
    "other ways of breaking them are other equilibria.",
    "beliefs": "That holds for given beliefs about unseen cheating. Beliefs and choices imply each other, and more than one "
    "pair may: this one is reached from trust, and beliefs are settled to {unsettled:.0e} on average.",
    "unlike": "Others believe in cheating as likely as it would be chosen now, which is not what play implies.",
}


def said(facts: Facts, who: Callable[[str], str] = str) -> str:
    """Say it; ``who`` gives a player's name."""
    return sentences(*(_one(fact, who) for fact in facts))


def _one(fact: dict[str, Any], who: Callable[[str], str]) -> str:
    values = {key: value for key, value in fact.items() if key != "key"}
    if "who" in values:
        values["who"] = commas(who(name) for name in values["who"])
    return SAID.say(fact["key"], **values)
