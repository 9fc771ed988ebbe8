"""The job of the sources: every number of a scenario with where it comes from. Nothing is solved."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from detente.spec.quantity import Quantity
from detente.spec.scenario import Scenario
from detente.web.jobs import Reply, Request, as_json, job, number
from detente.words import chosen, language

if TYPE_CHECKING:
    from detente.web.shelf import Shelf

JUDGEMENT = "judgement"


@job("sources")
def sources(shelf: Shelf, request: Request) -> Reply:
    """Every number with its range, readings, note and sources; and every source with the numbers that rest on it."""
    scenario = shelf.scenario(request)
    rows = [_number(scenario, name, quantity) for name, quantity in scenario.quantities.items()]
    used = Counter(source["key"] for row in rows for source in row["sources"])
    return as_json(
        {
            "title": chosen(scenario.title, scenario.name),
            "numbers": rows,
            "sources": [_source(scenario, key) | {"count": used[key]} for key in scenario.sources],
        }
    )


def _number(scenario: Scenario, name: str, quantity: Quantity) -> dict[str, Any]:
    from detente.compile.labels import words
    from detente.findings.names import group, unit

    low, high = (quantity.low, quantity.high) if quantity.values is None else (min(quantity.values), max(quantity.values))
    return {
        "name": name,
        "words": chosen(quantity.label, name),
        "value": number(quantity.value),
        "low": low if quantity.uncertain else None,
        "high": high if quantity.uncertain else None,
        "values": None if quantity.values is None else list(quantity.values),
        "unit": "" if quantity.unit == "1" else unit(quantity.unit),
        "group": group(words(scenario), quantity.group) if quantity.group else "",
        "contested": quantity.contested,
        "readings": _readings(quantity),
        "note": chosen(quantity.note),
        "sources": [_source(scenario, key) for key in quantity.source],
        "sourced": any(_weighty(scenario, key) for key in quantity.source),
    }


def _readings(quantity: Quantity) -> list[tuple[str, float]]:
    """Return the readings of a contested number, in the page's language where they are written in it."""
    known = quantity.readings or {}
    return list(zip(quantity.readings_in.get(language(), tuple(known)), known.values(), strict=True))


def _weighty(scenario: Scenario, key: str) -> bool:
    """Return whether a number's source is more than somebody's judgement."""
    source = scenario.sources.get(key)
    return key != JUDGEMENT and (source is None or source.quality != JUDGEMENT)


def _source(scenario: Scenario, key: str) -> dict[str, Any]:
    from detente.findings.ledger import QUALITIES

    source = scenario.sources.get(key)
    if source is None:
        return {"key": key, "cite": QUALITIES.get(key, key), "locator": "", "url": "", "quality": ""}
    url = source.url if source.url and source.url.lower().startswith(("http://", "https://")) else ""
    said = QUALITIES.get(source.quality, source.quality)
    return {"key": key, "cite": source.cite, "locator": source.locator, "url": url, "quality": said}
