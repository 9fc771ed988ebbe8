"""Words of the scenario behind a dataset, in the language spoken: parameters, players, groups, outcomes.

A dataset carries English labels for people who open it themselves, and the words of every language in its attribute ``words``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Mapping
from functools import lru_cache
from typing import Any

import xarray as xr

from detente.words import Phrases, Text, chosen, language
from detente.words.outcomes import described

GROUPS = Phrases(context="group") | {
    "arsenal": "arsenal",
    "bargaining": "bargaining",
    "calendar": "calendar",
    "council": "council",
    "economy": "economy",
    "neighbours": "neighbours",
    "others": "others",
    "structure": "calendar and structure",
    "verification": "verification",
}
"""Groups of parameters that are named after no regime, player or body."""

UNITS = Phrases(context="unit") | {
    "year": "year",
    "round": "round",
    "util": "util",
    "$bn": "$bn",
    "warheads": "warheads",
    "thousand": "thousand",
    "shells_m": "million shells",
}
"""Words that units are made of; a scenario may use others, which stay as they are."""


def unit(text: str) -> str:
    """A unit, word by word."""
    return re.sub(r"[^\s/*^()0-9]+", lambda found: UNITS.get(found[0], found[0]), text)


BRANCHES = Phrases() | {"with talks": "with talks", "talks off": "talks off", "after a deal": "after a deal"}
"""Paths of a stock."""


def branch(name: str) -> str:
    """A path of a stock in words."""
    return BRANCHES.get(name, name)


def plain(name: Hashable) -> str:
    """Turn an identifier into words."""
    return str(name).replace("_", " ")


def upper(words: str) -> str:
    """Begin with a capital."""
    return words[:1].upper() + words[1:]


@lru_cache(maxsize=8)
def _read(text: str) -> dict[str, Text]:
    return dict(json.loads(text))


def known(ds: xr.Dataset) -> Mapping[str, Text]:
    """Every word of the scenario: dotted path -> language -> text."""
    return _read(str(ds.attrs.get("words") or "{}"))


def word(ds: xr.Dataset, *path: Hashable) -> str:
    """The words for a dotted path; the identifier itself where there are none."""
    return chosen(known(ds).get(".".join(map(str, path))), plain(path[-1]))


def parameter(ds: xr.Dataset, name: Hashable, label: str = "") -> str:
    """A parameter; ``label`` is what the dataset calls it in English."""
    return chosen(known(ds).get(f"parameters.{name}")) or label or str(name)


def player(ds: xr.Dataset, name: Hashable, label: str = "") -> str:
    """A player; ``label`` is what the dataset calls it in English."""
    return chosen(known(ds).get(f"players.{name}")) or label or plain(name)


def voter(ds: xr.Dataset, name: Hashable) -> str:
    """A player or a body, in words."""
    return word(ds, "bodies" if f"bodies.{name}" in known(ds) else "players", name)


def group(words: Mapping[str, Text], name: Hashable) -> str:
    """A group of parameters, by the regime, player or body it is named after; else its name."""
    kind = next((kind for kind in ("regimes", "players", "bodies") if f"{kind}.{name}" in words), "")
    return upper(chosen(words[f"{kind}.{name}"]) if kind else GROUPS.get(name, plain(name)))


def outcome(ds: xr.Dataset, name: str, label: str) -> str:
    """An outcome; ``label`` is what the dataset calls it in English."""
    if language() == "en" or "words" not in ds.attrs:
        return label
    principals: Any = json.loads(ds.attrs.get("principals") or "[]")
    return described(name, lambda *path: word(ds, *path), ds.attrs.get("clock") == "years", principals)


def title(ds: xr.Dataset) -> str:
    """The scenario's title."""
    return chosen(json.loads(ds.attrs.get("titles") or "{}"), str(ds.attrs.get("title", "")))
