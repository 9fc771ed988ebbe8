"""What to find out first, in words: a ranked list to task from, with how well each number is known and what it would change."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from detente.findings.finding import Finding
from detente.findings.ledger import QUALITIES
from detente.findings.names import unit
from detente.findings.numbers import counted, listed, percent, short, utils, when
from detente.findings.reading import Reading
from detente.words import Phrases, labelled, semicolons

SAID = Phrases() | {
    "offer": "What {who} had best find out before it decides what to offer, for {date}, no agreement having been signed before.",
    "accept": "What {who} had best find out before it decides to which offers of others to say yes, for {date}, no agreement "
    "having been signed before.",
    "base.offer": "Knowing no more than the ranges, its best offer is “{package}”, worth {mean} utils on average over {draws}.",
    "base.offer.none": "Knowing no more than the ranges, it had best make no offer: none gains it anything on average over "
    "{draws}.",
    "base.accept": "Knowing no more than the ranges, it would say yes to {yes} of the menu's {packages}.",
    "whole": "Knowing everything at once would be worth {worth} utils (standard error {error}) and would change {what} in "
    "{share} of the draws.",
    "whole.none": "In every draw the same is best: for this decision there is nothing to find out.",
    "row": "{place}. {label}: now thought between {low} and {high}{unit}{factor}; {known}. Knowing it is worth {worth} utils to "
    "{who} (standard error {error}) and would change {what} in {share} of the draws{to}.{own}",
    "row.own": " This is its own to know or to decide.",
    "row.group": "{place}. {label} ({numbers}): knowing all of it is worth at least {worth} utils to {who} (standard error "
    "{error}) and would change {what} in {share} of the draws{to}.",
    "what.offer": "the best offer",
    "what.accept": "some answer",
    "to.offer": ", most often to {package}{where}",
    "to.yes": ", most often to a yes to “{package}”{where}",
    "to.no": ", most often to a no to “{package}”{where}",
    "to.none": ", most often to making none{where}",
    "to.same": "the same but {apart}",
    "to.package": "“{package}”",
    "where.high": " if it is above {low}",
    "where.low": " if it is below {high}",
    "where.within": " if it is between {low} and {high}",
    "factor": ", a factor of {factor}",
    "known.contested": "informed people disagree{readings}",
    "known.guess": "no source but the authors' judgement",
    "known.single": "one source, {quality}",
    "known.several": "{count} sources, {quality}",
    "readings": " ({readings})",
    "more": "Clear as well, with less to gain: {rows}.",
    "more.one": "“{label}” ({worth})",
    "none.parameter": "No number by itself is clearly worth finding out: only several together would change what is best, or "
    "about {needed} draws would tell.",
    "none.group": "No group by itself is clearly worth finding out: only several together would change what is best, or about "
    "{needed} draws would tell.",
    "rest": "For {rest} the worth cannot be told from nought.",
    "rest.other": "For the other {rest} the worth cannot be told from nought.",
    "groups": "By groups, at least: {groups}.",
    "reached": "All that {who} does not know, learnt at once from these draws, reaches {worth} of those {whole} utils, and "
    "{fitted} where it is judged on the draws it was learnt from.",
    "enough": "There are draws enough: neither a standard error nor the gap between the two exceeds {wide} of the worth of "
    "knowing everything.",
    "more draws": "The draws are too few for more: the gap between the two is {gap} of the worth of knowing everything, and the "
    "largest standard error {error}. What many numbers do together cannot be seen yet, so groups are worth more than is said, "
    "and numbers that are not named may be worth something; for {wide} it would take about {needed} draws.",
    "held": "{numbers} {who} knows, decides or feels itself (its own tastes, its levers, what the scenario says it knows) are no "
    "question and stay at their central values, which fixes the unit of payoff too.",
    "drawn": "{numbers} {who} knows, decides or feels itself are drawn too, and marked: they are questions for its own house, "
    "and as they move, so does the unit of payoff.",
    "basis": "Worth is the mean gain, over {draws}, from deciding with the number known rather than on average; {who} is taken "
    "to be neither fond nor afraid of risk. Only this decision counts: what follows is played as if everybody knew all numbers. "
    "Each draw is judged by what other draws teach, so that luck is not taken for worth; what is not clear may be worth "
    "something all the same. "
    "Draws are solved on a coarser calendar and grid{failed}; every figure is conditional on the scenario and its ranges.",
    "failed": " ({failed} failed and are left out)",
    "option.draws": "On the command line, --draws {needed} takes as many.",
    "option.own": "On the command line, --own drawn counts what {who} knows itself as uncertain.",
}
NAMED = 5
"""Rows told in full."""
MORE = 5
"""Further rows named."""
SHOWN = 12
"""Rows in a table or a chart."""
CLEAR = 2.0
"""Standard errors above nought from which a worth is clear; errors are rather too large."""
LEAST = 5e-4
"""Utils below which a worth is not told: it would read 0.000."""
EDGE = 0.1
"""Share of a range within which a bound counts as the end of it."""
BROAD = 3.0
"""Ratio of the ends of a range from which it is told."""
QUALITY = Phrases() | {
    "contested": "informed people disagree",
    "guess": "judgement only",
    "single": "one source",
    "several": "several sources",
}
"""How well a number is known, the worst first."""


@dataclass(frozen=True)
class Target:
    """A number, or a group of numbers, that could be found out."""

    name: str
    label: str
    worth: float
    """[utils]"""
    error: float
    change: float
    """Share of draws in which something else would be chosen."""
    to: str
    """Package that changes most often; empty where none does, or where nothing would be offered."""
    way: str
    """``offer``, ``yes``, ``no`` or ``none``: what becomes of it."""
    unit: str = ""
    low: float = math.nan
    high: float = math.nan
    turn: tuple[float, float] = (math.nan, math.nan)
    log: bool = False
    quality: str = ""
    """A key of QUALITY."""
    qualities: tuple[str, ...] = ()
    """Of each source."""
    sources: str = ""
    readings: tuple[tuple[str, float], ...] = ()
    own: bool = False
    members: int = 1

    @property
    def clear(self) -> bool:
        """Whether the worth can be told from nought."""
        return self.worth > max(CLEAR * self.error, LEAST)


def targets(reading: Reading) -> list[Target]:
    """Every number, the one worth most first."""
    ds = reading.ds
    found = [_number(reading, i) for i in range(ds.sizes["parameter"])]
    return sorted(found, key=lambda row: (not row.clear, -row.worth, -row.error))


def groups(reading: Reading) -> list[Target]:
    """Every group, the one worth most first."""
    ds = reading.ds
    found = []
    for i, name in enumerate(map(str, ds.group.values)):
        members = int(ds.group_members[i])
        label = " + ".join(reading.group(part) for part in name.split(" + "))
        found.append(Target(name, label, **_worth(ds, "group_", i), members=members))
    return sorted(found, key=lambda row: (not row.clear, -row.worth, -row.error))


def ranked(reading: Reading) -> list[Target]:
    """What is ranked: numbers or groups."""
    return groups(reading) if reading.ds.attrs["by"] == "group" else targets(reading)


def _worth(ds: xr.Dataset, prefix: str, i: int) -> dict[str, Any]:
    to, away = (ds[f"{prefix}change_{key}"].values[i] for key in ("to", "from"))
    none = float(ds[f"{prefix}change_to_none"].values[i])
    accepts = ds.attrs["decision"] == "accept"
    way = "yes" if accepts else "offer"
    place, most = int(to.argmax()), float(to.max())
    if accepts and away.max() > most:
        way, place, most = "no", int(away.argmax()), float(away.max())
    elif not accepts and none > most:
        way, most = "none", none
    return {
        "worth": float(ds[f"{prefix}worth"][i]),
        "error": float(ds[f"{prefix}worth_error"][i]),
        "change": float(ds[f"{prefix}change"][i]),
        "to": str(ds.package.values[place]) if most > 0 and way != "none" else "",
        "way": way if most > 0 else "",
    }


def _number(reading: Reading, i: int) -> Target:
    row = reading.ds.isel(parameter=i)
    sources = [key for key in str(row.parameter_source_key.item()).split("; ") if key]
    graded = zip(sources, str(row.parameter_quality.item()).split("; "), strict=True) if sources else ()
    qualities = tuple(quality for _, quality in graded if quality != "judgement")
    contested = bool(row.parameter_contested)
    quality = "contested" if contested else ("guess", "single")[len(qualities)] if len(qualities) < 2 else "several"
    return Target(
        str(row.parameter.item()),
        reading.parameter(row.parameter.item()),
        **_worth(reading.ds, "parameter_", i),
        unit="" if row.parameter_unit.item() == "1" else unit(str(row.parameter_unit.item())),
        low=float(row.parameter_low),
        high=float(row.parameter_high),
        turn=(float(row.parameter_turn_low), float(row.parameter_turn_high)),
        log=str(row.parameter_shape.item()).startswith("log"),
        quality=quality,
        qualities=qualities,
        sources=str(row.parameter_source.item()),
        readings=reading.readings(row.parameter.item(), str(row.parameter_readings.item())),
        own=bool(row.parameter_known),
    )


def told(reading: Reading) -> list[Finding]:
    """What to find out, sentence by sentence."""
    ds = reading.ds
    found = [_asked(reading), _base(reading), _whole(reading)]
    if float(ds.change) > 0:
        found += [*_ranking(reading), *_groups(reading), _reached(reading), _verdict(reading)]
    return [*found, *_own(reading), Finding("basis", _basis(reading), (), ""), *_options(reading)]


def untabled(reading: Reading) -> list[Finding]:
    """What stands in no table, without options of the command line."""
    return [each for each in told(reading) if each.key.partition(".")[0] not in ("row", "more", "option")]


def _who(reading: Reading) -> str:
    return reading.who(reading.ds.attrs["player_asked"])


def _what(reading: Reading) -> str:
    return SAID[f"what.{reading.ds.attrs['decision']}"]


def _draws(reading: Reading) -> str:
    return counted(int(reading.ds.attrs["draws"]) - int(reading.ds.attrs["failed"]), "draw")


def _asked(reading: Reading) -> Finding:
    ds = reading.ds
    if reading.dated:
        dates = [str(date)[:10] for date in ds.date.values]
        date = when(ds.date.values[dates.index(ds.attrs["on"])], reading)
    else:
        date = when(int(ds.attrs["on"]) + 1, reading)
    return Finding("asked", SAID[ds.attrs["decision"]].format(who=_who(reading), date=date), (), "")


def _base(reading: Reading) -> Finding:
    ds = reading.ds
    chosen = [str(name) for name in ds.package.values[ds.base.values.astype(bool)]]
    if ds.attrs["decision"] == "accept":
        text = SAID["base.accept"].format(yes=len(chosen), packages=counted(ds.sizes["package"], "package"))
        return Finding("base", text, (("yes", float(len(chosen))),), "base")
    if not chosen:
        return Finding("base", SAID["base.offer.none"].format(draws=_draws(reading)), (), "base")
    mean = float(ds.payoff_mean.sel(package=chosen[0]))
    text = SAID["base.offer"].format(package=reading.package(chosen[0]), mean=utils(mean), draws=_draws(reading))
    return Finding("base", text, (("payoff_mean", mean),), "base, payoff_mean")


def _whole(reading: Reading) -> Finding:
    ds = reading.ds
    numbers = tuple((name, float(ds[name])) for name in ("worth", "worth_error", "change"))
    if float(ds.change) == 0:
        return Finding("whole", SAID["whole.none"], numbers, "worth")
    text = SAID["whole"].format(
        worth=amount(float(ds.worth)),
        error=amount(float(ds.worth_error)),
        what=_what(reading),
        share=percent(float(ds.change)),
    )
    return Finding("whole", text, numbers, "worth, worth_error, change")


def amount(worth: float) -> str:
    """A worth to three digits behind the point; what chance took below nought is nought."""
    return f"{max(worth, 0.0):.3f}"


def _ranking(reading: Reading) -> list[Finding]:
    rows = ranked(reading)
    clear = [row for row in rows if row.clear]
    by = reading.ds.attrs["by"]
    if not clear:
        text = SAID[f"none.{by}"].format(needed=_needed(reading))
        return [Finding("none", text, (), f"{by}_worth")]
    found = [
        Finding(f"row.{row.name}", line(reading, place, row), ((row.name, row.worth),), f"{by}_worth")
        for place, row in enumerate(clear[:NAMED], 1)
    ]
    more = clear[NAMED : NAMED + MORE]
    if more:
        said = [SAID["more.one"].format(label=row.label, worth=amount(row.worth)) for row in more]
        found.append(Finding("more", SAID["more"].format(rows=listed(said)), (), f"{by}_worth"))
    rest = len(rows) - len(clear)
    if rest:
        words = counted(rest, "group" if by == "group" else "number")
        text = SAID["rest.other" if clear else "rest"].format(rest=words)
        found.append(Finding("rest", text, (), f"{by}_worth"))
    return found


def line(reading: Reading, place: int, row: Target) -> str:
    """A row of the list, in full."""
    common = {
        "place": place,
        "label": row.label,
        "worth": amount(row.worth),
        "error": amount(row.error),
        "who": _who(reading),
        "what": _what(reading),
        "share": percent(row.change),
        "to": _to(reading, row),
    }
    if reading.ds.attrs["by"] == "group":
        return SAID["row.group"].format(numbers=counted(row.members, "number"), **common)
    return SAID["row"].format(
        low=short(row.low),
        high=short(row.high),
        unit=f" {row.unit}" if row.unit else "",
        factor=_factor(row),
        known=known(row),
        own=SAID["row.own"] if row.own else "",
        **common,
    )


def _factor(row: Target) -> str:
    if not (row.low > 0 and row.high / row.low >= BROAD):
        return ""
    return SAID["factor"].format(factor=f"{row.high / row.low:.2g}")


def known(row: Target) -> str:
    """How well a number is known, in words."""
    if row.quality == "contested":
        said = semicolons(labelled(words, short(value)) for words, value in row.readings)
        return SAID["known.contested"].format(readings=SAID["readings"].format(readings=said) if said else "")
    if row.quality == "guess":
        return SAID["known.guess"]
    return SAID[f"known.{row.quality}"].format(
        count=len(row.qualities), quality=listed([QUALITIES.get(each, each) for each in dict.fromkeys(row.qualities)])
    )


def _to(reading: Reading, row: Target) -> str:
    if not row.way:
        return ""
    at = where(row)
    if row.way == "none":
        return SAID["to.none"].format(where=at)
    package = instead(reading, row.to) if row.way == "offer" else reading.package(row.to)
    return SAID[f"to.{row.way}"].format(package=package, where=at)


def instead(reading: Reading, package: str) -> str:
    """A package in words; where something else is chosen without knowing more, only where it differs."""
    base = [str(name) for name in reading.ds.package.values[reading.ds.base.values.astype(bool)]]
    if len(base) != 1:
        return SAID["to.package"].format(package=reading.package(package))
    here, there = reading.levels[package], reading.levels[base[0]]
    apart = [reading.alone(issue, here[issue]) for issue in here if here[issue] != there[issue]]
    return SAID["to.same"].format(apart=listed(apart))


def where(row: Target) -> str:
    """For which values of the number that happens."""
    low, high = row.turn
    if math.isnan(low) or not row.high > row.low:
        return ""
    scale = math.log if row.log else float
    width = scale(row.high) - scale(row.low)
    from_low, to_high = (scale(low) - scale(row.low)) / width < EDGE, (scale(row.high) - scale(high)) / width < EDGE
    if from_low and to_high:
        return ""
    key = "high" if to_high else "low" if from_low else "within"
    return SAID[f"where.{key}"].format(low=short(low), high=short(high))


def _groups(reading: Reading) -> list[Finding]:
    clear = [row for row in groups(reading) if row.clear][:NAMED]
    if not clear or reading.ds.attrs["by"] == "group":
        return []
    said = [SAID["more.one"].format(label=row.label, worth=amount(row.worth)) for row in clear]
    text = SAID["groups"].format(groups=listed(said))
    return [Finding("groups", text, tuple((row.name, row.worth) for row in clear), "group_worth")]


def _reached(reading: Reading) -> Finding:
    ds = reading.ds
    names = ("foreign_worth", "worth", "foreign_worth_fitted")
    found, whole, fitted = (amount(float(ds[name])) for name in names)
    text = SAID["reached"].format(who=_who(reading), worth=found, whole=whole, fitted=fitted)
    return Finding("reached", text, tuple((name, float(ds[name])) for name in names), ", ".join(names))


def _verdict(reading: Reading) -> Finding:
    attrs = reading.ds.attrs
    key = "enough" if attrs["enough"] else "more draws"
    error, gap = (percent(float(attrs[f"relative_{name}"])) for name in ("error", "gap"))
    text = SAID[key].format(wide=percent(attrs["wide"]), error=error, gap=gap, needed=int(attrs["needed"]))
    return Finding("verdict", text, (("relative_error", float(attrs["relative_error"])),), "worth_error")


def _needed(reading: Reading) -> int:
    """Draws that would tell more: at least as many again, where nothing is clear."""
    return int(reading.ds.attrs["needed"]) * (1 if any(row.clear for row in ranked(reading)) else 2)


def _options(reading: Reading) -> list[Finding]:
    """How the command is told to do what the sentences speak of."""
    attrs, found = reading.ds.attrs, []
    if float(reading.ds.change) > 0 and _needed(reading) > int(attrs["draws"]):
        found.append(Finding("option.draws", SAID["option.draws"].format(needed=_needed(reading)), (), ""))
    if attrs["own"] == "held" and json.loads(attrs["known_names"]):
        found.append(Finding("option.own", SAID["option.own"].format(who=_who(reading)), (), ""))
    return found


def _own(reading: Reading) -> list[Finding]:
    known = json.loads(reading.ds.attrs["known_names"])
    names = [reading.parameter(name) for name in known]
    if not names:
        return []
    text = SAID[str(reading.ds.attrs["own"])].format(numbers=counted(len(names), "number"), who=_who(reading))
    return [Finding("own", text, (("known", float(len(names))),), "known", detail=semicolons(names))]


def _basis(reading: Reading) -> str:
    failed = int(reading.ds.attrs["failed"])
    return SAID["basis"].format(
        draws=_draws(reading), who=_who(reading), failed=SAID["failed"].format(failed=failed) if failed else ""
    )


def certificate(reading: Reading) -> dict[str, Any]:
    """Everything in short, for machines: worths in utils, shares of one."""
    ds = reading.ds
    keys = ("scenario", "player_asked", "decision", "on", "own", "by", "draws", "failed", "seed", "version")
    attrs = {key: value.item() if isinstance(value, np.generic) else value for key, value in ds.attrs.items()}
    return {
        **{key: attrs[key] for key in keys},
        "best": [str(name) for name in ds.package.values[ds.base.values.astype(bool)]],
        "everything": {"worth": float(ds.worth), "error": float(ds.worth_error), "change": float(ds.change)},
        "not_known": {
            "worth": float(ds.foreign_worth),
            "error": float(ds.foreign_worth_error),
            "worth_fitted": float(ds.foreign_worth_fitted),
        },
        "enough_draws": bool(attrs["enough"]),
        "draws_needed": int(attrs["needed"]),
        "known": json.loads(attrs["known"]),
        "parameters": [_row(reading, row) for row in targets(reading)],
        "groups": [_brief(row) | {"parameters": row.members} for row in groups(reading)],
    }


def _brief(row: Target) -> dict[str, Any]:
    return {
        "name": row.name,
        "label": row.label,
        "worth": row.worth,
        "error": row.error,
        "clear": row.clear,
        "change": row.change,
        "change_to": row.to or None,
        "change_kind": row.way or None,
    }


def _row(reading: Reading, row: Target) -> dict[str, Any]:
    ends = {"low": row.low, "high": row.high, "turn_low": row.turn[0], "turn_high": row.turn[1]}
    return {
        **_brief(row),
        "unit": row.unit,
        **{key: value if math.isfinite(value) else None for key, value in ends.items()},
        "quality": row.quality,
        "sources": row.sources,
        "source_qualities": list(row.qualities),
        "own": row.own,
        "group": str(reading.ds.parameter_group.sel(parameter=row.name).item()),
    }


HEADS = Phrases() | {
    "number": "Number",
    "range": "Now thought",
    "quality": "How known",
    "group": "Group",
    "members": "Numbers",
    "worth": "Worth [utils]",
    "change": "Changes",
    "to": "Most often to",
}
COLUMNS = {
    "parameter": ("number", "range", "quality", "worth", "change", "to"),
    "group": ("group", "members", "worth", "change", "to"),
}
"""Columns of the tables."""
CELLS = Phrases() | {
    "range": "{low} to {high} {unit}",
    "worth": "{worth} (error {error})",
    "unclear": "not clear, at most about {most}",
    "nothing": "none seen",
    "yes": "yes to {package}",
    "no": "no to {package}",
    "none": "no offer",
    "own": " (its own)",
}


def cells(reading: Reading, row: Target, by: str) -> tuple[str, ...]:
    """A row of a table; what cannot be told from nought is said so."""
    share, to = (percent(row.change), _brief_to(reading, row)) if row.clear else ("", "")
    if by == "group":
        return row.label, str(row.members), worth(row), share, to
    span = CELLS["range"].format(low=short(row.low), high=short(row.high), unit=row.unit).strip()
    quality = QUALITY[row.quality] + (CELLS["own"] if row.own else "")
    return row.label, span, quality, worth(row), share, to


def worth(row: Target) -> str:
    """A worth with its error; where it cannot be told from nought, how large it could be."""
    if row.clear:
        return CELLS["worth"].format(worth=amount(row.worth), error=amount(row.error))
    most = max(row.worth, 0.0) + CLEAR * row.error
    return CELLS["unclear"].format(most=amount(most)) if most >= LEAST else CELLS["nothing"]


def _brief_to(reading: Reading, row: Target) -> str:
    if row.way in ("", "none"):
        return CELLS["none"] if row.way else ""
    if row.way == "offer":
        return instead(reading, row.to)
    return CELLS[row.way].format(package=reading.package(row.to))


def section(ds: xr.Dataset) -> dict[str, Any]:
    """What the report's section on what to find out needs, its chart aside."""
    reading = Reading(ds)
    tables = [
        {"heads": [HEADS[key] for key in COLUMNS[by]], "rows": [cells(reading, row, by) for row in rows[:SHOWN]]}
        for by, rows in (("parameter", targets(reading)), ("group", groups(reading)))
    ]
    return {"findings": told(reading), "tables": tables}
