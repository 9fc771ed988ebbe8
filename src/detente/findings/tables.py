"""Tables of a result: the leading packages, the solution points, the year-ends, the precision sweep, the identities."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from detente.findings import statistics as stat
from detente.findings.numbers import when
from detente.findings.reading import Estimate, Reading
from detente.words import Phrases, translated

CONCEPTS = Phrases() | {
    "nash": "Nash",
    "kalai_smorodinsky": "Kalai\u2013Smorodinsky",
    "egalitarian": "egalitarian",
    "every": "every solution point",
    "likeliest": "likeliest",
    "frontier": "frontier",
}
"""What a package is known as: the solution concepts that pick it, and more."""
CHECKS = Phrases() | {
    "dates": "signed by each date + still open = 1",
    "dates.over": "signed by each date + still open + talks left for good = 1",
    "signed": "signings summed over periods, proposers and packages = signed by the horizon",
    "terms": "payoff terms add up to the gain",
    "ages": "in force + ended by each cause = 1, at every age",
}
"""Identities."""


@dataclass(frozen=True)
class Leader:
    """A row of the table of leading packages."""

    name: str
    words: str
    terms: tuple[tuple[str, str, bool], ...]
    """Issue, option, whether that goes without saying."""
    probability: Estimate
    """P(signed within the horizon)."""
    share: float
    """Share of the probability of an agreement."""
    gains: dict[str, float]
    """Principal -> gain against waiting, at the start [utils]."""
    accepts: dict[str, float]
    """Those needed -> probability of accepting at the start, the least likely first."""
    frontier: bool
    """Whether no other package is better for one principal and worse for none."""
    cheat: float
    """P(cheating at once on signing); NaN where nobody can."""
    roles: tuple[str, ...]
    """What it is known as: the likeliest, the solution concepts it is the solution of."""


def leaders(reading: Reading, count: int = 8) -> list[Leader]:
    """The likeliest packages, and the solution points wherever they rank."""
    chosen = list(reading.ranked[:count])
    chosen += [name for name in dict.fromkeys(reading.solutions.values()) if name not in chosen]
    return [leader(reading, name) for name in chosen]


def leader(reading: Reading, name: str) -> Leader:
    """One row."""
    ds = reading.ds.sel(package=name)
    total = float(reading.ds.p_deal.sum())
    return Leader(
        name=name,
        words=reading.package(name),
        terms=tuple(reading.terms(name)),
        probability=reading.estimate(stat.probability_of(name)),
        share=float(ds.p_deal) / total if total > 0 else 0.0,
        gains={player: float(ds.gain.sel(player=player)) for player in reading.principals},
        accepts=reading.acceptance(name),
        frontier=bool(ds.pareto),
        cheat=float(ds.p_cheat) if reading.has("p_cheat") and reading.ds.attrs.get("hidden") else float("nan"),
        roles=roles(reading, name),
    )


def roles(reading: Reading, name: str) -> tuple[str, ...]:
    """What a package is known as."""
    likeliest = (CONCEPTS["likeliest"],) if name == reading.ranked[0] and float(reading.ds.p_deal.max()) > 0 else ()
    picked = tuple(concept(c) for c, package in reading.solutions.items() if package == name)
    return likeliest + ((CONCEPTS["every"],) if len(picked) == len(reading.solutions) > 1 else picked)


def concept(name: str) -> str:
    """A solution concept for people."""
    return CONCEPTS.get(name, name)


def by_year(reading: Reading) -> list[tuple[str, Estimate]]:
    """P(signed by) each year's end, or a dozen rounds, and the end of the horizon."""
    ends = stat.year_ends(reading)
    if not reading.dated and len(ends) > 12:
        ends = ends[:: len(ends) // 12 + 1]
    last = reading.ds.date.values[-1]
    if stat.days([last])[0] > stat.days(ends[-1:] or [reading.ds.date.values[0]])[0]:
        ends = [*ends, last]
    return [(when(end, reading), reading.estimate(stat.signed_by(end))) for end in ends]


def solutions(reading: Reading) -> dict[str, list[tuple[str, str]]]:
    """Package -> the solution concepts that pick it, each with its definition."""
    said = json.loads(reading.ds.solution.attrs.get("definitions", "{}")) if reading.solutions else {}
    found: dict[str, list[tuple[str, str]]] = {}
    for name, package in reading.solutions.items():
        found.setdefault(package, []).append((concept(name), translated(said.get(name, ""))))
    return found


def sweep(reading: Reading) -> list[dict[str, Any]]:
    """Per precision: probability of an agreement by the horizon and the likeliest package."""
    if not reading.has("p_deal_by_precision"):
        return []
    by, rows = reading.ds.p_deal_by_precision, []
    for i, precision in enumerate(reading.ds.precision.values):
        modal = str(reading.ds.modal_by_precision.values[i]) if reading.has("modal_by_precision") else ""
        rows.append(
            {
                "precision": float(precision),
                "p": float(by.isel(precision=i, date=-1)),
                "modal": modal,
            }
        )
    return rows


def notes(reading: Reading) -> list[tuple[str, str]]:
    """What the scenario itself says it leaves out: whose note, the note."""
    said = reading.note("notes", {})
    names = {"players": reading.player, "bodies": reading.player, "issues": reading.issue}
    return [
        (names.get(kind, lambda name, kind=kind: reading.word(kind, name))(name), reading.noted(kind, name, str(note)))
        for kind, entries in said.items()
        for name, note in entries.items()
        if note
    ]


def checks(reading: Reading) -> list[tuple[str, float]]:
    """Identities the result must satisfy, with how far off it is."""
    ds = reading.ds
    whole, words = ds.p_signed_by + ds.p_open, CHECKS["dates"]
    if reading.has("p_talks_over"):
        whole, words = whole + ds.p_talks_over, CHECKS["dates.over"]
    found = [(words, float(np.abs(whole - 1).max()))]
    if reading.has("p_signed") and reading.note("settings", {}).get("after_lapse", "closed") == "closed":
        off = abs(float(ds.p_signed.sum()) - float(ds.p_signed_by[-1]))
        found.append((CHECKS["signed"], off))
    if reading.has("gain_term"):
        gain = ds.gain.sel(package=ds.leading.values).rename(package="leading")
        found.append((CHECKS["terms"], float(np.abs(ds.gain_term.sum("term") - gain).max())))
    if reading.has("ended_by", "survival"):
        found.append((CHECKS["ages"], float(np.abs(ds.survival + ds.ended_by.sum("cause") - 1).max())))
    return found
