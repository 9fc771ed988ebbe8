"""A quick answer as a labelled dataset, in the same variables as the central result."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import xarray as xr

from detente import zopa
from detente.game import Labels
from detente.live import Quick
from detente.result import dataset, inputs, zone
from detente.spec.scenario import Scenario


def live(solved: Quick, scenario: Scenario, **settings: Any) -> xr.Dataset:
    """Label a quick answer.

    Args:
        solved: The answer.
        scenario: The scenario with the values asked, on its own calendar.
        settings: Anything to record about the run.
    """
    labels = solved.model.labels
    parts: dict[str, Any] = {"status": ((), solved.found["status"])}
    for part in (
        dataset.signing,
        dataset.regimes,
        dataset.life,
        dataset.paths_of,
        dataset.packages,
        _zone,
        dataset.delay,
        _terms,
    ):
        parts |= part(solved, labels)
    attributes = inputs.attributes(scenario, labels, **settings) | {"step": solved.model.scenario.calendar.length}
    ds = xr.Dataset(parts | inputs.parameters(scenario), coords=_coordinates(solved, labels), attrs=attributes)
    ds["solution"].attrs["definitions"] = json.dumps(zopa.DEFINITIONS)
    return dataset.named(ds)


def _coordinates(solved: Quick, labels: Labels) -> dict[str, Any]:
    everything = dataset.coordinates(solved, labels, [solved.shown])
    everything["age"] = solved.model.scenario.calendar.length * np.arange(solved.shape.periods)
    return {name: values for name, values in everything.items() if name not in ("decision", "end")}


def _zone(solved: Quick, labels: Labels) -> dict[str, Any]:
    """The zone at the start only: its course over time would take every period's values."""
    return dataset.zone_now(zone.at_start(solved), labels)


def _terms(solved: Quick, labels: Labels) -> dict[str, Any]:
    return dataset.terms_of(labels, [solved.shown], solved.terms[:, None])
