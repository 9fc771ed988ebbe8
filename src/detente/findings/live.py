"""What the explorer's pictures are drawn from: rows for each of them, made anew at every move of a slider, so plain and quick.

Dates are milliseconds since 1970, as charts take them without reading text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from detente.findings import statistics as stat
from detente.findings.milestones import first_date, milestones
from detente.findings.names import branch
from detente.findings.names import unit as in_words
from detente.findings.numbers import distinct, length, percent, short, utils, when
from detente.findings.phrases import say
from detente.findings.reading import Reading
from detente.findings.reasons import explained, terms
from detente.findings.tables import CONCEPTS, concept
from detente.words import Phrases, commas

Row = dict[str, Any]
SUM, FOR, AGAINST = "sum", "for", "against"
"""Kinds of bars, which are not shown as words."""
DEEP = 1.5
"""A loss deeper than this many times the side's best gain lies outside the frame of the zone."""

SAID = Phrases() | {
    "signed": "signed by {date}",
    "signed.change": "signed by {date}, {what}",
    "horizon": "signed by {date}, the horizon",
    "survival": "still in force {age} after signing, if one is signed",
    "gain": "gain to {who} from the package explained [utils]",
    "stock": "{stock} by {date}, {branch}",
    "sum": "sum",
}
"""What the figures above the pictures are."""


def pictures(reading: Reading) -> dict[str, list[Row]]:
    """Rows of every picture, by its key."""
    found = {"zone": zone(reading), "signed": signed(reading), "survival": survival(reading), "endings": endings(reading)}
    found |= {f"stock-{name}": stock(reading, i) for i, name in enumerate(map(str, reading.ds.stock.values))}
    return found | {f"why-{i}": why(reading, player) for i, player in enumerate(reading.principals[:2])}


def places(reading: Reading, name: str) -> list[Any]:
    """Where the entries of a time axis stand: milliseconds since 1970, or rounds."""
    values = reading.ds[name].values
    return (values.astype("datetime64[ms]").astype(np.int64) if reading.dated else values).tolist()


def _curve(places: list[Any], words: list[str], values: np.ndarray, said: Any, **more: Any) -> Iterator[Row]:
    for place, at, value in zip(places, words, values.tolist(), strict=True):
        if np.isfinite(value):
            yield {"t": place, "at": at, "v": value, "said": said(value), **more}


def signed(reading: Reading) -> list[Row]:
    """P(signed by) at every date."""
    return list(_curve(places(reading, "date"), _dates(reading), reading.ds["p_signed_by"].values, percent))


def _dates(reading: Reading) -> list[str]:
    return [when(date, reading) for date in reading.ds["date"].values]


def survival(reading: Reading) -> list[Row]:
    """P(still in force) at every age."""
    ages = reading.ds["age"].values.tolist()
    words = [length(round(age, 3), reading.dated) for age in ages]
    return list(_curve(ages, words, reading.ds["survival"].values, percent))


def endings(reading: Reading) -> list[Row]:
    """The share of each way of ending, and of agreements still in force, at the last age that was followed."""
    ended = reading.ds["ended_by"].transpose("age", "cause").values
    known: Any = np.flatnonzero(np.isfinite(ended).all(1)) if ended.size else []
    if not len(known):
        return []
    last = int(known[-1])
    age = length(round(float(reading.ds["age"].values[last]), 3), reading.dated)
    names = [str(name) for name in reading.ds["cause"].values]
    words = distinct([reading.cause(name) for name in names], names)
    rows = [(word, float(v)) for word, v in zip(words, ended[last], strict=True)]
    return [{"name": word, "v": v, "said": percent(v), "at": age} for word, v in rows]


def stock(reading: Reading, i: int) -> list[Row]:
    """The expected course of a stock along every branch."""
    ds = reading.ds
    mean = ds["stock_mean"].transpose("date", "stock", "branch").values[:, i]
    unit = in_words(str(ds["stock_unit"].values[i]))
    at, words = places(reading, "date"), _dates(reading)
    branches = [str(name) for name in ds["branch"].values]
    return [
        row
        for b, name in enumerate(branches)
        for row in _curve(at, words, mean[:, b], lambda v: f"{short(v)} {unit}".strip(), name=branch(name))
    ]


def why(reading: Reading, player: str) -> list[Row]:
    """A player's gain from the package explained, by named term, and its sum."""
    package = explained(reading)
    if package is None:
        return []
    own = terms(reading, player, package)
    words = distinct([reading.term(player, term) for term, _ in own], [term for term, _ in own])
    gain = float(reading.ds["gain"].sel(player=player, package=package))
    bars = [(word, v, FOR if v > 0 else AGAINST) for word, (_, v) in zip(words, own, strict=True)]
    return [{"name": word, "v": v, "kind": kind, "said": utils(v)} for word, v, kind in [*bars, (SAID["sum"], gain, SUM)]]


def zone(reading: Reading) -> list[Row]:
    """Every package by the gains of the first two principals."""
    sides = reading.principals[:2] if len(reading.principals) > 1 else reading.players[:2]
    if len(sides) < 2:
        return []
    gain = reading.ds["gain"].transpose("player", "package").values
    x, y = (gain[reading.players.index(side)] for side in sides)
    chance, known, consent = reading.ds["p_deal"].values, _known(reading), _consent(reading)
    best = explained(reading)
    floor = [-DEEP * max(float(axis.max()), 0.1) for axis in (x, y)]
    return [
        {
            "package": name,
            "x": float(x[i]),
            "y": float(y[i]),
            "p": float(chance[i]),
            "inside": bool(reading.zone[i]),
            "shown": name == best,
            "framed": bool((x[i] >= floor[0] and y[i] >= floor[1]) or name == best or chance[i] > 0.02 * chance.sum()),
            "terms": reading.package(name),
            "chance": percent(float(chance[i])),
            "gx": utils(float(x[i])),
            "gy": utils(float(y[i])),
            "needs": consent[i],
            "known": known.get(name, ""),
        }
        for i, name in enumerate(reading.packages)
    ]


def _known(reading: Reading) -> dict[str, str]:
    """What packages are known as: the likeliest, and the picks of bargaining theory."""
    picked: dict[str, list[str]] = {}
    if float(reading.ds["p_deal"].values.max(initial=0.0)) > 0:
        picked[reading.ranked[0]] = [CONCEPTS["likeliest"]]
    picks: dict[str, list[str]] = {}
    for key, name in reading.solutions.items():
        picks.setdefault(name, []).append(concept(key))
    for name, said in picks.items():
        picked.setdefault(name, []).extend([CONCEPTS["every"]] if len(said) == len(reading.solutions) > 1 else said)
    return {name: " \u00b7 ".join(said) for name, said in picked.items()}


def _consent(reading: Reading) -> list[str]:
    """Per package, who must consent and how likely each is to today, the least likely first."""
    accept = reading.ds["p_accept"].transpose("package", "consenter").values
    needs = reading.ds["needs"].transpose("package", "consenter").values.astype(bool)
    who = [reading.player(name) for name in reading.ds["consenter"].values]
    rows = []
    for chances, needed in zip(accept, needs, strict=True):
        order = sorted(np.flatnonzero(needed), key=lambda c: chances[c])
        rows.append(commas(say("who.p", who=who[c], p=percent(float(chances[c]))) for c in order))
    return rows


@dataclass(frozen=True)
class Tile:
    """A figure to remember."""

    key: str
    words: str
    value: float
    said: str
    unit: str
    """``1`` for a probability."""

    @property
    def row(self) -> Row:
        """Return it as JSON carries it."""
        known = np.isfinite(self.value)
        return {**vars(self), "value": self.value if known else None}


def tiles(reading: Reading) -> list[Tile]:
    """The few figures that stand above the pictures."""
    mid, words, what = first_date(reading)
    end = reading.ds["date"].values[-1]
    found = []
    if mid != end:
        by = float(stat.signed_by(mid)(reading.ds))
        said = SAID.say("signed.change" if what else "signed", date=words, what=what)
        found.append(Tile("signed", said, by, percent(by), "1"))
    ever = float(stat.signed_ever(reading.ds))
    found.append(Tile("horizon", SAID.say("horizon", date=when(end, reading)), ever, percent(ever), "1"))
    return [*found, *_lasting(reading), *_stocks(reading), *_gains(reading)]


def _lasting(reading: Reading) -> list[Tile]:
    from detente.findings.course import ages

    age = next(iter(ages(reading)), None)
    if age is None:
        return []
    p = float(stat.surviving(age)(reading.ds))
    return [Tile("survival", SAID.say("survival", age=length(age, reading.dated)), p, percent(p), "1")]


def _stocks(reading: Reading) -> list[Tile]:
    ds, found = reading.ds, []
    mean = ds["stock_mean"].transpose("date", "stock", "branch").values
    end = when(ds["date"].values[-1], reading)
    for i, name in enumerate(map(str, ds["stock"].values)):
        value, unit = float(mean[-1, i, 0]), in_words(str(ds["stock_unit"].values[i]))
        words = SAID.say("stock", stock=reading.thing("stock", name), date=end, branch=branch(str(ds["branch"].values[0])))
        found.append(Tile(f"stock-{name}", words, value, f"{value:.0f}" if abs(value) >= 10 else short(value), unit))
    return found[:1]


def _gains(reading: Reading) -> list[Tile]:
    package, found = explained(reading), []
    if package is None:
        return []
    for player in reading.principals[:2]:
        gain = float(reading.ds["gain"].sel(player=player, package=package))
        found.append(Tile(f"gain-{player}", SAID.say("gain", who=reading.who(player)), gain, utils(gain), "util"))
    return found


def rules(reading: Reading) -> list[Row]:
    """The scheduled changes, as rules for charts over time."""
    found = []
    for milestone in milestones(reading):
        at = np.datetime64(milestone.on, "ms").astype(np.int64) if reading.dated else milestone.on
        found.append({"t": int(at), "name": commas(reading.word("regimes", name) for name in milestone.regimes)})
    return found


def shares(reading: Reading) -> list[dict[str, Any]]:
    """What agreements contain, issue by issue: each option's share of the agreements signed."""
    chance = reading.ds["p_deal"].values
    total = float(chance.sum())
    level = reading.ds["package_level"].transpose("package", "issue").values
    found = []
    for column, (issue, options) in enumerate(reading.menu.items()):
        parts = [float(chance[level[:, column] == option].sum()) / total if total > 0 else 0.0 for option in options]
        rows = [
            {"name": option, "words": reading.option(issue, option), "v": part, "said": percent(part)}
            for option, part in zip(options, parts, strict=True)
        ]
        found.append({"issue": issue, "words": reading.issue(issue), "options": rows})
    return found
