"""Every number of a scenario with its range and readings, and the sources it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from detente.findings.names import unit
from detente.findings.numbers import band_of, short, utils
from detente.findings.page import text
from detente.findings.reading import Reading
from detente.words import Phrases, bracketed, chosen, commas, listed, quoted

QUALITIES = Phrases() | {
    "official": "official",
    "peer-reviewed": "peer-reviewed",
    "press": "press",
    "estimate": "estimate",
    "judgement": "judgement",
}
"""What a source is worth."""


@dataclass(frozen=True)
class Source:
    """An entry of the ledger."""

    number: int
    """Its place in the ledger, from 1; 0 for words that are no entry of it."""
    cite: str
    """Citation, locator and kind."""
    url: str = ""

    @property
    def id(self) -> str:
        """Where the report keeps it."""
        return f"source-{self.number}"


@dataclass(frozen=True)
class Parameter:
    """A row of the tables of parameters."""

    name: str
    label: str
    value: float
    low: float
    high: float
    unit: str
    group: str
    sources: tuple[Source, ...]
    note: str
    contested: bool
    readings: tuple[tuple[str, float], ...]

    @property
    def ranged(self) -> bool:
        """Whether it was drawn from a range."""
        return bool(np.isfinite(self.low) and np.isfinite(self.high) and self.low < self.high)


@dataclass(frozen=True)
class Joined:
    """Numbers whose draws hang together."""

    text: str
    note: str
    sources: tuple[Source, ...]


def joined(reading: Reading) -> list[Joined]:
    """How the draws of numbers hang together, in words."""
    known, rows = ledger(reading), reading.note("joined", [])
    label = {row.name: row.label for row in parameters(reading)} if rows else {}
    return [Joined(_joined(row, label), chosen(row.get("notes"), row["note"]), cited(known, row["source"])) for row in rows]


def _joined(row: Mapping[str, Any], label: Mapping[str, str]) -> str:
    if "rank" in row:
        names = listed([quoted(label.get(name, name)) for name in row["between"]])
        return text("joined.correlated", names=names, rank=utils(row["rank"]))
    said = commas(map(short, row["values"])) if "values" in row else _range(*row["range"])
    return text("joined.conditional", name=label.get(row["of"], row["of"]), when=row["when"], range=said)


def _range(low: float, high: float | None = None) -> str:
    return short(low) if high is None else band_of(short(low), short(high))


def ledger(reading: Reading) -> dict[str, Source]:
    """Every source of the scenario, by its citation in full."""
    found = {}
    for number, entry in enumerate(reading.note("sources", {}).values(), 1):
        cite, locator, url = (str(entry.get(key) or "") for key in ("cite", "locator", "url"))
        quality = str(entry.get("quality") or "")
        words = ", ".join(part for part in (cite, locator) if part)
        said = bracketed(words, QUALITIES.get(quality, quality))
        found[", ".join(part for part in (words, url) if part)] = Source(number, said, url)
    return found


def cited(known: Mapping[str, Source], text: str) -> tuple[Source, ...]:
    """The sources a parameter names; what is not in the ledger stays in words."""
    found = []
    for full, source in sorted(known.items(), key=lambda item: -len(item[0])):
        if full and full in text:
            text = text.replace(full, "", 1)
            found.append(source)
    rest = text.strip("; ")
    return (*sorted(found, key=lambda source: source.number), *([Source(0, rest)] if rest else []))


def parameters(reading: Reading) -> list[Parameter]:
    """Every parameter, in the scenario's order."""
    known = ledger(reading)
    return [_parameter(reading, known, i) for i in range(reading.ds.sizes.get("parameter", 0))]


def grouped(rows: list[Parameter]) -> dict[str, list[Parameter]]:
    """Parameters by group, in order of appearance."""
    groups: dict[str, list[Parameter]] = {}
    for row in rows:
        groups.setdefault(row.group, []).append(row)
    return groups


def _parameter(reading: Reading, known: Mapping[str, Source], i: int) -> Parameter:
    ds = reading.ds

    def text(name: str) -> str:
        return str(ds[f"parameter_{name}"].values[i])

    name = str(ds.parameter.values[i])
    return Parameter(
        name=name,
        label=reading.parameter(name),
        value=float(ds.parameter_value.values[i]),
        low=float(ds.parameter_low.values[i]),
        high=float(ds.parameter_high.values[i]),
        unit=unit(text("unit")),
        group=text("group"),
        sources=cited(known, text("source")),
        note=reading.noted("parameters", name, text("note")),
        contested=bool(ds.parameter_contested.values[i]),
        readings=reading.readings(name, text("readings")),
    )
