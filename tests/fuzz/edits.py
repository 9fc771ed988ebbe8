"""Plain data of a scenario, edited by choices: values, keys and whole branches replaced, taken out, moved and multiplied."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Sequence
from typing import Any

from detente.spec.jsonschema import json_schema
from detente.spec.text import is_word
from fuzz.choices import Choices
from fuzz.formulas import formula


def language(part: Any) -> list[str]:
    """Return the keys and choices a JSON Schema names, each once."""
    found: dict[str, None] = {}
    if isinstance(part, dict):
        choices = [choice for choice in part.get("enum", []) if isinstance(choice, str)]
        found |= dict.fromkeys([*part.get("properties", {}), *choices])
    for entry in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        found |= dict.fromkeys(language(entry))
    return list(found)


MAX_EDITS = 12
MAX_NODES = 20_000
MAX_DEPTH = 40
COUNTS = (2, 3, 5, 9, 30, 200, 1500)
NUMBERS = (0, 1, -1, 2, 3, 7, 200, 2000, 20_000, 10**17, 0.0, 0.5, -0.5, 1e-9, 1e-300, 5e-324, 1e18, 1e308, -1e308, 0.1, 0.25)
OTHERS = (None, True, False, math.inf, -math.inf, math.nan, dt.date(1, 1, 1), dt.date(2026, 7, 1), dt.date(9999, 12, 31))
TEXTS = (
    *(
        "",
        " ",
        "a -> b",
        "fighting -> over",
        "over -> fighting",
        "0..100 by 10",
        "0..1e308 by 1e300",
        "0..2 by 1e-3",
        "1..0 by 1",
    ),
    *("-1e308..1e308 by 1e306", "8 years", "1e9 years", "0.1/year", "1/year", "util/year", "$bn^(1/2)", "x^99999", "m^0.3333"),
    *(
        "judgement",
        "uniform",
        "normal",
        "lognormal",
        "loguniform",
        "triangular",
        "discrete",
        "stationary",
        "zero",
        "frozen",
        "open",
    ),
    *(
        "persists",
        "reverts",
        "snapback",
        "weighted",
        "unweighted",
        "signal",
        "no_deal",
        "inf",
        "nan",
        "a\rb",
        "\u202e",
        "é" * 99,
    ),
)
KEYS = ("", " ", "at nothing", "x" * 99, *language(json_schema()))
Place = tuple[Any, Any, int]
"""A container, a key or position in it, and how deep it lies."""


def words(data: Any) -> list[str]:
    """Return every key and text of ``data``, each once."""
    found: dict[str, None] = {}
    for container, key, _ in _places(data):
        for word in (key, container[key]):
            if isinstance(word, str) and word.isidentifier():
                found[word] = None
    return list(found)


def edit(data: dict[str, Any], choices: Choices, names: Sequence[str], gentle: bool = False) -> bool:
    """Edit ``data`` in place for as long as there are choices; return whether a file could hold the result.

    Args:
        data: plain data of a scenario.
        choices: what decides.
        names: words that texts are made of.
        gentle: replace numbers by numbers and texts by texts only, so that more of what results is in order.
    """
    for _ in range(MAX_EDITS):
        places = list(_places(data))
        if not choices.left or not places or len(places) > MAX_NODES // 4:
            break
        (_gently if gentle else _edit)(choices, places, names)
    return _fits(data)


def _places(data: Any, depth: int = 1) -> Iterator[Place]:
    keys = list(data) if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ()
    for key in keys:
        yield data, key, depth
        yield from _places(data[key], depth + 1)


def _fits(data: Any) -> bool:
    """Return whether the reader would let ``data`` through: not too much, and not too deep."""
    depths = [depth for _, _, depth in _places(data)]
    return len(depths) <= MAX_NODES // 2 and max(depths, default=0) <= MAX_DEPTH


def _gently(choices: Choices, places: list[Place], names: Sequence[str]) -> None:
    container, key, _ = choices.pick(places)
    value = container[key]
    if isinstance(value, int | float) and not isinstance(value, bool):
        container[key] = choices.pick(NUMBERS)
    elif isinstance(value, str):
        container[key] = formula(choices, names) if choices.number(2) else choices.pick((*TEXTS, *names))
    else:
        _multiply(choices, container, key)


def _edit(choices: Choices, places: list[Place], names: Sequence[str]) -> None:
    container, key, depth = choices.pick(places)
    match choices.number(10):
        case 0 | 1 | 2:
            container[key] = _scalar(choices, names)
        case 3:
            _multiply(choices, container, key)
        case 4:
            del container[key]
        case 5 if depth < MAX_DEPTH:
            container[key] = [container[key]] if choices.number(2) else {_key(choices, names): container[key]}
        case 6 if isinstance(container, dict):
            container[_key(choices, names)] = container.pop(key)
        case 7:
            other, there, _ = choices.pick(places)
            if there in other if isinstance(other, dict) else there < len(other):
                container[key] = _copy(other[there])
        case 8 if isinstance(container, dict):
            container[_key(choices, names)] = _scalar(choices, names)
        case _:
            container[key] = choices.pick((dict, list, str))()


def _multiply(choices: Choices, container: Any, key: Any) -> None:
    """Put numbered copies of an entry beside it."""
    count = choices.pick(COUNTS)
    if sum(1 for _ in _places([container[key]])) * count > MAX_NODES // 4:
        return
    for number in range(count):
        if isinstance(container, list):
            container.append(_copy(container[key]))
        else:
            container[f"{key}{number}"] = _copy(container[key])


def _scalar(choices: Choices, names: Sequence[str]) -> Any:
    match choices.number(6):
        case 0:
            return choices.pick(NUMBERS)
        case 1:
            return choices.pick(OTHERS)
        case 2:
            return choices.pick(TEXTS)
        case 3:
            return formula(choices, names)
        case 4:
            return choices.text()
    return choices.pick(names)


def _key(choices: Choices, names: Sequence[str]) -> str:
    if choices.number(8):
        return choices.pick((*KEYS, *names))
    key = choices.text()
    return key if is_word(key) else "key"


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(entry) for key, entry in value.items()}
    return [_copy(entry) for entry in value] if isinstance(value, list) else value
