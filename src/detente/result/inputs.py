"""The scenario's own side of a result: its parameters with their sources, its words, its identity."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from detente.compile.labels import words
from detente.compile.regimes import boundary
from detente.game import Labels
from detente.spec.dependence import Conditional, Correlation
from detente.spec.identity import fingerprint
from detente.spec.quantity import Range, say
from detente.spec.scenario import Scenario


def parameters(scenario: Scenario) -> dict[str, tuple[str, np.ndarray]]:
    """Return every parameter with its range, unit, source and note, as columns."""
    named = scenario.quantities
    columns: dict[str, list[Any]] = {
        "value": [q.value for q in named.values()],
        "low": [_bound(q, min) for q in named.values()],
        "high": [_bound(q, max) for q in named.values()],
        "unit": [q.unit for q in named.values()],
        "label": [say(q.label, default=name) for name, q in named.items()],
        "group": [q.group for q in named.values()],
        "contested": [q.contested for q in named.values()],
        "source": ["; ".join(cited(scenario, source) for source in q.source) for q in named.values()],
        "note": [say(q.note) for q in named.values()],
        "readings": [json.dumps(q.readings, ensure_ascii=False) if q.readings else "" for q in named.values()],
        "shape": [q.kind for q in named.values()],
    }
    return {f"parameter_{name}": ("parameter", _column(values)) for name, values in columns.items()}


def _column(values: list[Any]) -> np.ndarray:
    return np.array(values, dtype=str) if not values or isinstance(values[0], str) else np.array(values)


def _bound(quantity: Range, extreme: Any) -> float:
    if quantity.values:
        return extreme(quantity.values)
    bounds = [bound for bound in (quantity.low, quantity.high) if bound is not None]
    return extreme(bounds) if bounds else quantity.value


def cited(scenario: Scenario, name: str) -> str:
    """Return a source in full."""
    source = scenario.sources.get(name)
    if source is None:
        return name
    return ", ".join(part for part in (source.cite, source.locator, source.url or "") if part)


def joined(scenario: Scenario) -> list[dict[str, Any]]:
    """Return how draws hang together: correlations, then conditions."""
    correlated = [({"between": entry.between, "rank": entry.rank}, entry) for entry in scenario.correlated]
    conditional = [({"of": entry.of, "when": entry.when, **_stated(entry)}, entry) for entry in scenario.conditional]
    rows: list[tuple[dict[str, Any], Correlation | Conditional]] = [*correlated, *conditional]
    return [
        row
        | {
            "source": "; ".join(cited(scenario, name) for name in entry.source),
            "note": say(entry.note),
            "notes": entry.note or {},
        }
        for row, entry in rows
    ]


def _stated(entry: Range) -> dict[str, list[float]]:
    return {"values": list(entry.values)} if entry.values else {"range": sorted({_bound(entry, min), _bound(entry, max)})}


def milestones(scenario: Scenario) -> list[dict[str, str]]:
    """Return the scheduled switches of regimes within the horizon, in order: elections and ends of terms."""
    calendar = scenario.calendar
    found = [
        {"on": str(switch.on), "regime": name, "note": say(switch.note)}
        for name, regime in scenario.regimes.items()
        for switch in regime.switches
        if 0 < boundary(calendar, switch.on) < calendar.periods
    ]
    return sorted(found, key=lambda entry: entry["on"])


def attributes(scenario: Scenario, labels: Labels, **settings: Any) -> dict[str, Any]:
    """Return the attributes of a result: identity, words and sources, nested things as JSON."""
    notes = {
        kind: {name: say(entry.note) for name, entry in entries.items() if entry.note}
        for kind, entries in noted(scenario).items()
    }
    nested = {
        "settings": settings | {"after": scenario.calendar.after, "after_lapse": scenario.after_lapse, "menu": scenario.menu},
        "sources": {name: source.model_dump(mode="json") for name, source in scenario.sources.items()},
        "status_quo": dict(zip(labels.issues, labels.status_quo, strict=True)),
        "notes": {kind: said for kind, said in notes.items() if said},
        "milestones": milestones(scenario),
        "joined": joined(scenario),
    }
    return (
        identity(scenario)
        | {
            "summary": say(scenario.summary),
            "summaries": json.dumps(dict(scenario.summary or {}), ensure_ascii=False),
            "scenario_hash": fingerprint(scenario),
            "step": scenario.calendar.length,
            "hidden": scenario.hidden or "",
        }
        | {name: json.dumps(value, ensure_ascii=False) for name, value in nested.items()}
    )


def noted(scenario: Scenario) -> dict[str, Mapping[str, Any]]:
    """Return the parts of a scenario whose notes a report shows, parameters aside."""
    return {kind: getattr(scenario, kind) for kind in ("players", "bodies", "issues", "regimes", "stocks")}


def notes(scenario: Scenario) -> dict[str, Mapping[str, str]]:
    """Return every note that is there in more than one language: dotted path -> language -> text."""
    every = noted(scenario) | {"parameters": scenario.quantities}
    return {
        f"{kind}.{name}": entry.note
        for kind, entries in every.items()
        for name, entry in entries.items()
        if entry.note and len(entry.note) > 1
    }


def readings(scenario: Scenario) -> dict[str, Mapping[str, str]]:
    """Return what the readings of contested numbers are called: ``readings.name.position`` -> language -> text."""
    return {
        f"readings.{name}.{i}": {"en": words, **{code: names[i] for code, names in q.readings_in.items()}}
        for name, q in scenario.quantities.items()
        if q.readings_in
        for i, words in enumerate(q.readings)
    }


def identity(scenario: Scenario) -> dict[str, str]:
    """Return the attributes by which any dataset can be put into words: whose it is, its clock, its words in every language."""
    said: dict[str, Mapping[str, str]] = dict(words(scenario))
    said |= {f"parameters.{name}": q.label for name, q in scenario.quantities.items() if q.label}
    said |= {f"notes.{path}": text for path, text in notes(scenario).items()} | readings(scenario)
    nested = {"titles": dict(scenario.title), "words": said, "principals": scenario.principals}
    return {
        "title": say(scenario.title, default=scenario.name),
        "scenario": scenario.name,
        "clock": scenario.calendar.clock,
        **{name: json.dumps(value, ensure_ascii=False) for name, value in nested.items()},
    }
