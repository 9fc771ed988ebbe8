"""A JSON Schema of scenario files, so that editors complete and check while one types.

The models describe what a file means; the schema adds what a file may write for short: bare numbers and formulas, attributes
among an option's keys, ``at sign`` among a payoff's terms, ``a -> b`` for moves.
"""

from __future__ import annotations

from typing import Any

from detente.spec.scenario import EVENTS, Scenario

_FORMULA: dict[str, Any] = {"anyOf": [{"type": "string"}, {"type": "number"}]}
_SHORT = {
    "Quantity": [{"type": "number"}],
    "Definition": _FORMULA["anyOf"],
    "Term": _FORMULA["anyOf"],
    "Indicator": _FORMULA["anyOf"],
}


def json_schema() -> dict[str, Any]:
    """Return the schema (draft 2020-12), with descriptions."""
    schema = Scenario.model_json_schema(mode="validation", by_alias=True)
    parts: dict[str, Any] = schema["$defs"]
    parts["Option"] |= {"type": ["object", "null"], "additionalProperties": _FORMULA}
    parts["Regime"]["properties"]["moves"] |= {"propertyNames": {"pattern": "^.+->.+$"}}
    parts["Payoff"] = _payoff(parts["Payoff"]["description"])
    for name, short in _SHORT.items():
        description = parts[name].pop("description")
        parts[name] = {"description": description, "anyOf": [*short, parts[name]]}
    needed = {name for name in schema["required"] if name != "detente"}
    schema["required"] = ["detente"]
    schema["anyOf"] = [{"required": sorted(needed)}, {"required": ["extends"]}]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "detente scenario"}


def _payoff(description: str) -> dict[str, Any]:
    term = {"$ref": "#/$defs/Term"}
    lumps = {"type": "object", "additionalProperties": term}
    events = {f"at {event}": {**lumps, "description": f"Utils at the event: {event}."} for event in EVENTS}
    return {"type": "object", "description": description, "properties": events, "additionalProperties": term}
