"""What a scenario is known by."""

from __future__ import annotations

import hashlib
import json

from detente.spec.scenario import Scenario


def fingerprint(scenario: Scenario) -> str:
    """Return the SHA-256 of everything the scenario says, overrides included."""
    text = json.dumps(scenario.model_dump(mode="json", by_alias=True), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
