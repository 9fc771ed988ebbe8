"""What would have to be true, in words: the nearest point at which an outcome has the value asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from detente.findings import names
from detente.findings.finding import Finding
from detente.findings.numbers import counted, listed, plain_number, short, tenths, utils
from detente.words import Phrases, quoted, sentences

SAID = Phrases() | {
    "utils": "{amount} utils",
    "there": "{label}: {start}. That is what was asked for; nothing has to change.",
    "reached": "{label}: {start}. It would be {found} if {numbers} moved together by {distance} standard deviations of their "
    "stated ranges ({measure}): the smallest such change found.",
    "reached.own": "{label}: {start}. {player} alone could bring it to {found} by moving its {levers} by {distance} standard "
    "deviations of their stated ranges ({measure}): the smallest such change found.",
    "short": "{label}: {start}. No change of the {numbers} within their stated ranges was found that brings it to {target}; the "
    "furthest found is {found}.",
    "short.own": "{label}: {start}. No change of the levers of {player} within their stated ranges was found that brings it to "
    "{target}; the furthest found is {found}.",
    "measure": "root of the sum of squares",
    "measure.correlated": "Mahalanobis distance",
    "changes": "What moves most: {changes}.",
    "rest": " The other {rest} move by less than {small} deviations each.",
    "change": "{name} from {before} to {after} ({change} deviations{edge})",
    "edge": ", the end of its range",
    "basis": "A deviation is the standard deviation of a number's stated range, of its logarithm where the range is logarithmic. "
    "Numbers that take only listed values stay where they are. The point was solved anew on the scenario's own calendar and "
    "grid, which gave {exact}. The search follows exact gradients from the central values: that no nearer point "
    "was found does not prove that there is none, and that a number moves does not say that anybody can move it.",
    "basis.correlated": "Numbers that the scenario correlates count as nearer where they move as it says they go together.",
    "basis.conditional": "A range that depends on a condition is taken as it is at central values.",
    "basis.own": "A lever is a number that the scenario says the player controls; what moving it costs the player is not counted "
    "beyond what the game itself counts.",
}
NAMED = 6
"""Changes named in the words and the chart."""
SMALL = 0.05
"""Deviations below which a change is not named."""


@dataclass(frozen=True)
class Change:
    """A number that moves."""

    name: str
    label: str
    unit: str
    before: float
    after: float
    deviations: float
    edge: bool
    """Whether it stands at the end of its range."""

    @property
    def said(self) -> str:
        """The change in words."""
        return SAID.say(
            "change",
            name=quoted(self.label),
            before=short(self.before),
            after=f"{short(self.after)} {names.unit(self.unit)}".removesuffix(" 1").strip(),
            change=utils(self.deviations),
            edge=SAID["edge"] if self.edge else "",
        )


def ordered(ds: xr.Dataset) -> list[Change]:
    """Every number, those that move most in deviations first."""
    rows = [
        Change(
            str(ds.parameter.values[i]),
            names.parameter(ds, ds.parameter.values[i], str(ds.label.values[i])),
            str(ds.unit.values[i]),
            float(ds.central.values[i]),
            float(ds.found.values[i]),
            float(ds.change.values[i]),
            bool(ds.edge.values[i] != 0),
        )
        for i in range(ds.sizes["parameter"])
    ]
    return sorted(rows, key=lambda row: -abs(row.deviations))


def named(ds: xr.Dataset) -> list[Change]:
    """The changes worth a name."""
    return [row for row in ordered(ds)[:NAMED] if abs(row.deviations) > SMALL]


def level(ds: xr.Dataset, value: float) -> str:
    """A value of the outcome in words."""
    if ds.attrs["outcome_unit"] == "util":
        return SAID.say("utils", amount=utils(value))
    return tenths(value) if ds.attrs["outcome"] != "leverage" else short(value)


def outcome(ds: xr.Dataset) -> str:
    """What shall have the value, in words."""
    return names.outcome(ds, str(ds.attrs["outcome"]), str(ds.attrs["outcome_label"]))


def player(ds: xr.Dataset) -> str:
    """Whose levers alone may move, in words; empty where all numbers may."""
    return names.player(ds, ds.attrs["player"], str(ds.attrs["player_label"])) if ds.attrs["player"] else ""


def story(ds: xr.Dataset) -> list[Finding]:
    """Whether it can be reached, what has to move, how it was found."""
    attrs, rows = ds.attrs, named(ds)
    own = ".own" if attrs["player"] else ""
    key = "there" if not attrs["distance"] else f"{'reached' if attrs['reached'] else 'short'}{own}"
    text = SAID.say(
        key,
        label=names.upper(outcome(ds)),
        start=level(ds, attrs["outcome_from"]),
        found=level(ds, attrs["outcome_found"]),
        target=level(ds, attrs["outcome_to"]),
        distance=f"{attrs['distance']:.2f}",
        numbers=counted(ds.sizes["parameter"], "number"),
        levers=counted(ds.sizes["parameter"], "lever"),
        player=player(ds),
        measure=SAID["measure.correlated" if attrs["correlated"] else "measure"],
    )
    numbers = tuple((name, float(attrs[name])) for name in ("outcome_from", "outcome_to", "outcome_found", "distance"))
    findings = [Finding("found", text, numbers, "found, change")]
    if rows:
        findings.append(Finding("changes", _moves(ds, rows), tuple((row.name, row.deviations) for row in rows), "found, change"))
    return [*findings, Finding("basis", _basis(ds), (), "found")]


def _basis(ds: xr.Dataset) -> str:
    said = [SAID.say("basis", exact=level(ds, ds.attrs["outcome_found"]))]
    said += [SAID[f"basis.{key}"] for key in ("correlated", "conditional") if ds.attrs[key]]
    return sentences(*said, SAID["basis.own"] if ds.attrs["player"] else "")


def _moves(ds: xr.Dataset, rows: list[Change]) -> str:
    rest = ordered(ds)[len(rows) :]
    more = ""
    if rest:
        small = math.ceil(100 * abs(rest[0].deviations) + 1e-9) / 100
        more = SAID.say("rest", rest=counted(len(rest), "number"), small=plain_number(small))
    return SAID.say("changes", changes=listed([row.said for row in rows])) + more


def certificate(ds: xr.Dataset) -> dict[str, Any]:
    """Everything as plain data."""
    attrs = ds.attrs
    return {
        "scenario": attrs["scenario"],
        "outcome": attrs["outcome"],
        "label": attrs["outcome_label"],
        "unit": attrs["outcome_unit"],
        "player": attrs["player"] or None,
        "from": float(attrs["outcome_from"]),
        "to": float(attrs["outcome_to"]),
        "found": float(attrs["outcome_found"]),
        "reached": bool(attrs["reached"]),
        "distance": float(attrs["distance"]),
        "solves": int(attrs["solves"]),
        "version": attrs["version"],
        "changes": [
            {
                "parameter": row.name,
                "label": row.label,
                "unit": row.unit,
                "from": row.before,
                "to": row.after,
                "deviations": row.deviations,
                "at_end_of_range": row.edge,
            }
            for row in ordered(ds)
        ],
    }


def section(ds: xr.Dataset) -> dict[str, Any]:
    """What the section of a report shows, its chart aside."""
    return {"findings": story(ds), "changes": named(ds), "moved": int(np.count_nonzero(ds.change.values))}
