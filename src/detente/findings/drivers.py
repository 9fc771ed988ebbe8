"""What drives an outcome, in words: which numbers, how surely, given an event, and in which region of assumptions."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from detente.findings import names
from detente.findings.finding import Finding
from detente.findings.numbers import SAID as NUMBERS
from detente.findings.numbers import counted, listed, percent_band, plain_number, short, utils
from detente.words import Phrases, clauses, quoted, sentences

SAID = Phrases() | {
    "utils": "{amount} utils",
    "points": "{amount} points",
    "spread": "{label}: {mean} on average over the ranges of {numbers}, with a standard deviation of {deviation}.",
    "leads": "Of its variance {groups}.",
    "leads.group": "“{group}” accounts for {total} ({band}; {first} by itself)",
    "apart": "Groups by themselves account for {added} ({band}); the rest comes about only where groups move together.",
    "converged": "The indices have converged: no 95% interval is wider than {width} points.",
    "open": "The indices have not converged: the widest 95% interval spans {width} points; for {wide} it would take about "
    "{needed} rows (--draws {needed}). {order}",
    "order.clear": "That “{first}” leads is clear all the same: its interval lies above all others.",
    "order.open": "Which of {groups} leads is open: their intervals overlap.",
    "inconsistent": "Some indices contradict one another (a share below nought, or above its total, or a sum above one, beyond "
    "chance): do not use them before more draws are solved.",
    "dependent": "There are no indices of Sobol': the parameters are drawn given what was observed, so they are not independent. "
    "The shares below need no independence, but may overlap.",
    "joined": "Groups with “+” hold parameters whose draws are joined, so that they move together.",
    "alone": "What single numbers explain by themselves: {numbers}.",
    "alone.joined": "A share includes what the number says of those whose draws are joined to it.",
    "alone.none": "No number by itself clearly explains any of it.",
    "alone.one": "“{label}” {share} (standard error {error})",
    "own": "{share} (error {error})",
    "own.unclear": "not clear, at most about {most}",
    "given": "Given that {event}, the mean is {mean} and the standard deviation {deviation} (the draws then weigh as much as "
    "{ess} equally likely ones).",
    "slopes": "At central values, where the outcome is {central}, a standard deviation of a number moves it most for {numbers}. "
    "A slope says nothing of what lies far from there.",
    "slopes.one": "“{label}” ({slope}{contested})",
    "slopes.contested": ", contested",
    "slopes.none": "There are no slopes at central values: {why}.",
    "box": "It is {side} {threshold} in {base} of the draws, and in {density} of those in which {bounds}. In that region lie "
    "{coverage} of all draws where it is {side}.{test}{weak}",
    "box.none": "It is {side} {threshold} in {base} of the draws; no region of assumptions was found where that is clearly more "
    "common.",
    "box.test": " Measured on {tested} that the region was not sought in; in those it was sought in it was {sought}.",
    "box.weak": " Chance could explain what the bounds on {bounds} add (quasi-p above 5%).",
    "bound.low": "“{label}” is at least {low}",
    "bound.high": "“{label}” is at most {high}",
    "bound.both": "“{label}” is between {low} and {high}",
    "basis": "{solves} of a scrambled Sobol' design of {rows} rows, on a coarser calendar and grid{failed}. Parameters are as "
    "uncertain as their ranges say, and independent unless the scenario joins them. Indices by Saltelli et al. (2010) and Jansen "
    "(1999), intervals by the bootstrap. {share}",
    "basis.given": "{solves}, given what was observed, on a coarser calendar and grid{failed}. {share}",
    "basis.failed": " ({failed} failed; their rows are left out)",
    "basis.share": "A share of variance says how much of what is uncertain goes back to a number, not whether the number is "
    "right. Every figure is conditional on the scenario.",
}
SIDES = Phrases() | {"above": "above", "below": "below"}
"""Which side of a threshold."""
NAMED = 3
"""Groups, and numbers, named in a sentence."""
SHOWN = 10
"""Numbers in a table."""
CLEAR = 3.0
"""Standard errors above nought from which a share is clear: of a hundred numbers a few pass two by chance."""
SLIGHT = 0.05
"""Total indices below this are not named."""
CHANCE = 0.05
"""Quasi-p-value above which a bound could be chance."""


def points(share: float) -> str:
    """A share of variance; what chance took below nought is nought."""
    return NUMBERS["unknown"] if math.isnan(share) else NUMBERS.say("percent", number=f"{100 * max(share, 0.0):.0f}")


def interval(band: Sequence[float]) -> str:
    """An interval of shares."""
    return percent_band(max(band[0], 0.0), max(band[1], 0.0))


def chance(ds: xr.Dataset) -> bool:
    """Whether the outcome is a probability or a share."""
    return str(ds.attrs["outcome_unit"]) == "1" and ds.attrs["outcome"] != "leverage"


def level(ds: xr.Dataset, value: float) -> str:
    """A value of the outcome."""
    if chance(ds):
        return NUMBERS.say("percent", number=f"{100 * value:.1f}")
    return SAID.say("utils", amount=short(value)) if ds.attrs["outcome_unit"] == "util" else short(value)


def amount(ds: xr.Dataset, value: float) -> str:
    """A change of the outcome, with its sign."""
    if math.isnan(value):
        return ""
    if chance(ds):
        return SAID.say("points", amount=utils(100 * value, 1))
    return SAID.say("utils", amount=utils(value)) if ds.attrs["outcome_unit"] == "util" else utils(value)


def spread(ds: xr.Dataset, value: float) -> str:
    """A size of changes of the outcome."""
    return amount(ds, value).removeprefix("+")


def outcome(ds: xr.Dataset) -> str:
    """What is driven, in words."""
    return names.outcome(ds, str(ds.attrs["outcome"]), str(ds.attrs["outcome_label"]))


def given(ds: xr.Dataset) -> str:
    """The event it is also driven given, in words; empty without one."""
    return names.outcome(ds, str(ds.attrs["given"]), str(ds.attrs["given_label"])) if ds.attrs["given"] else ""


@dataclass(frozen=True)
class Group:
    """A group of parameters with its indices."""

    label: str
    first: float
    first_band: tuple[float, float]
    total: float
    total_band: tuple[float, float]
    members: int


def groups(ds: xr.Dataset) -> list[Group]:
    """Every group, the largest total index first."""
    if "total" not in ds:
        return []
    labels = dict(zip(map(str, ds.parameter.values), map(str, ds.parameter_label.values), strict=True))
    found = [
        Group(
            " + ".join(_part(ds, part, labels) for part in str(name).split(" + ")),
            float(ds.first[i]),
            (float(ds.first_band[i, 0]), float(ds.first_band[i, 1])),
            float(ds.total[i]),
            (float(ds.total_band[i, 0]), float(ds.total_band[i, 1])),
            int(ds.members[i]),
        )
        for i, name in enumerate(ds.group.values)
    ]
    return sorted(found, key=lambda row: -row.total)


def _part(ds: xr.Dataset, name: str, labels: dict[str, str]) -> str:
    """A group, or a parameter where indices are by parameter."""
    if name in labels:
        return names.plain(names.parameter(ds, name, labels[name]))
    return names.group(names.known(ds), name)


@dataclass(frozen=True)
class Number:
    """A parameter with everything known of its part."""

    name: str
    label: str
    group: str
    unit: str
    source: str
    source_key: str
    contested: bool
    own: float
    own_error: float
    given: float
    given_error: float
    slope: float
    """Of the outcome, per standard deviation of the range."""
    elasticity: float

    @property
    def clear(self) -> bool:
        """Whether what it explains by itself can be told from nought."""
        return clear(self.own, self.own_error)


def parameters(ds: xr.Dataset) -> list[Number]:
    """Every uncertain number; first come those with the largest clear share of variance, in the draws or by the slopes alone."""
    given = "own_given" in ds
    found = [
        Number(
            str(name),
            names.parameter(ds, name, str(ds.parameter_label.values[i])),
            str(ds.parameter_group.values[i]),
            str(ds.parameter_unit.values[i]),
            str(ds.parameter_source.values[i]),
            str(ds.parameter_source_key.values[i]),
            bool(ds.parameter_contested.values[i]),
            float(ds.own[i]),
            float(ds.own_error[i]),
            float(ds.own_given[i]) if given else math.nan,
            float(ds.own_given_error[i]) if given else math.nan,
            float(ds.per_deviation[i]),
            float(ds.elasticity[i]),
        )
        for i, name in enumerate(ds.parameter.values)
    ]
    steep = sum(np.nan_to_num(row.slope) ** 2 for row in found) or 1.0
    return sorted(found, key=lambda row: (-max(row.own if row.clear else 0.0, np.nan_to_num(row.slope) ** 2 / steep), -row.own))


def clear(own: float, error: float) -> bool:
    """Whether what a number explains by itself can be told from nought."""
    return own > CLEAR * error


def share(own: float, error: float) -> str:
    """What a number explains by itself with its error; where it cannot be told from nought, how large it could be."""
    if math.isnan(own) or math.isnan(error):
        return points(own)
    if clear(own, error):
        return SAID.say("own", share=points(own), error=points(error))
    return SAID.say("own.unclear", most=points(max(own, 0.0) + 2.0 * error))


def driven(ds: xr.Dataset) -> list[Finding]:
    """What drives the outcome, sentence by sentence."""
    found = [_spread(ds), *_indices(ds)]
    found.append(_alone(ds))
    if ds.attrs["given"]:
        found.append(_given(ds))
    found.append(_slopes(ds))
    found += [_box(ds.isel(box=i)) for i in range(ds.sizes["box"])]
    return [*found, Finding("basis", _basis(ds), (), "")]


def _spread(ds: xr.Dataset) -> Finding:
    text = SAID.say(
        "spread",
        label=names.upper(outcome(ds)),
        mean=level(ds, ds.attrs["mean"]),
        numbers=counted(ds.sizes["parameter"], "uncertain number"),
        deviation=spread(ds, ds.attrs["deviation"]),
    )
    return Finding("spread", text, (("mean", ds.attrs["mean"]), ("deviation", ds.attrs["deviation"])), "outcome_draws")


def _indices(ds: xr.Dataset) -> list[Finding]:
    rows = groups(ds)
    if not rows:
        return [Finding("dependent", SAID["dependent"], (), "own")]
    named = [row for row in rows[:NAMED] if row.total > SLIGHT] or rows[:1]
    said = [
        SAID.say("leads.group", group=row.label, total=points(row.total), band=interval(row.total_band), first=points(row.first))
        for row in named
    ]
    joined = SAID["joined"] if any(" + " in row.label for row in rows) else ""
    text = sentences(SAID.say("leads", groups=clauses(said)), joined)
    added = SAID.say("apart", added=points(float(ds.added)), band=interval(ds.added_band.values.tolist()))
    return [
        Finding("leads", text, tuple((row.label, row.total) for row in named), "total, first"),
        Finding("apart", added, (("added", float(ds.added)),), "added"),
        _verdict(ds, rows),
    ]


def _verdict(ds: xr.Dataset, rows: list[Group]) -> Finding:
    width = f"{100 * ds.attrs['width']:.0f}"
    numbers = (("width", float(ds.attrs["width"])), ("needed", float(ds.attrs["needed"])))
    if not ds.attrs["consistent"]:
        return Finding("verdict", SAID["inconsistent"], numbers, "first_band, total_band")
    if ds.attrs["converged"]:
        return Finding("verdict", SAID.say("converged", width=width), numbers, "first_band, total_band")
    rivals = [row for row in rows[1:] if row.total_band[1] >= rows[0].total_band[0]]
    leaders = listed([quoted(row.label) for row in (rows[0], *rivals[: NAMED - 1])])
    order = SAID.say("order.open", groups=leaders) if rivals else SAID.say("order.clear", first=rows[0].label)
    wide = f"{100 * ds.attrs['wide']:.0f}"
    text = SAID.say("open", width=width, wide=wide, needed=ds.attrs["needed"], order=order if len(rows) > 1 else "").strip()
    return Finding("verdict", text, numbers, "first_band, total_band")


def _alone(ds: xr.Dataset) -> Finding:
    rows = sorted((row for row in parameters(ds) if row.clear), key=lambda row: -row.own)[:NAMED]
    words = [SAID.say("alone.one", label=row.label, share=points(row.own), error=points(row.own_error)) for row in rows]
    text = SAID.say("alone", numbers=listed(words)) if rows else SAID["alone.none"]
    if {row.name for row in rows} & {name for cluster in json.loads(ds.attrs["joined"]) for name in cluster}:
        text = sentences(text, SAID["alone.joined"])
    return Finding("alone", text, tuple((row.name, row.own) for row in rows), "own")


def _given(ds: xr.Dataset) -> Finding:
    rows = [row for row in parameters(ds) if clear(row.given, row.given_error)]
    rows = sorted(rows, key=lambda row: -row.given)[:NAMED]
    words = [SAID.say("alone.one", label=row.label, share=points(row.given), error=points(row.given_error)) for row in rows]
    text = SAID.say(
        "given",
        event=given(ds),
        mean=level(ds, ds.attrs["mean_given"]),
        deviation=spread(ds, ds.attrs["deviation_given"]),
        ess=f"{ds.attrs['ess_given']:.0f}",
    )
    text = sentences(text, SAID.say("alone", numbers=listed(words)) if rows else SAID["alone.none"])
    return Finding("given", text, tuple((row.name, row.given) for row in rows), "own_given")


def _slopes(ds: xr.Dataset) -> Finding:
    if ds.attrs["no_slopes"]:
        return Finding("slopes", SAID.say("slopes.none", why=ds.attrs["no_slopes"]), (), "per_deviation")
    rows = sorted((row for row in parameters(ds) if row.slope), key=lambda row: -abs(np.nan_to_num(row.slope)))[:NAMED]
    words = [
        SAID.say(
            "slopes.one",
            label=row.label,
            slope=amount(ds, row.slope),
            contested=SAID["slopes.contested"] if row.contested else "",
        )
        for row in rows
    ]
    text = SAID.say("slopes", central=level(ds, float(ds.outcome_central)), numbers=listed(words))
    return Finding("slopes", text, tuple((row.name, row.slope) for row in rows), "per_deviation")


@dataclass(frozen=True)
class Bound:
    """A bound, or two, on one parameter of a region."""

    name: str
    label: str
    unit: str
    low: float
    high: float
    p: float
    """The larger quasi-p-value of its ends."""

    @property
    def said(self) -> str:
        """The bound in words."""
        key = "both" if not (math.isnan(self.low) or math.isnan(self.high)) else "high" if math.isnan(self.low) else "low"
        low, high = (f"{short(end)} {names.unit(self.unit)}".removesuffix(" 1").strip() for end in (self.low, self.high))
        return SAID.say(f"bound.{key}", label=self.label, low=short(self.low) if key == "both" else low, high=high)


def bounds(box: xr.Dataset) -> list[Bound]:
    """The bounds of one region."""
    words = {str(name): i for i, name in enumerate(box.parameter.values)}
    found = []
    for i, name in enumerate(str(name) for name in box.bound_parameter.values):
        if name:
            ends = [float(box[key].values[i]) for key in ("bound_low", "bound_high", "bound_low_p", "bound_high_p")]
            label, unit = (str(box[f"parameter_{key}"].values[words[name]]) for key in ("label", "unit"))
            label = names.parameter(box, name, label)
            found.append(Bound(name, label, unit, ends[0], ends[1], float(np.nanmax(ends[2:]))))
    return found


def _box(box: xr.Dataset) -> Finding:
    rows = bounds(box)
    side = str(box.box_side.item())
    common = {"side": SIDES[side], "threshold": level(box, float(box.threshold)), "base": points(float(box.base))}
    numbers = tuple((name, float(box[name])) for name in ("threshold", "base", "coverage", "density", "mass"))
    if not rows or math.isnan(float(box.density)):
        return Finding(f"box.{side}", SAID.say("box.none", **common), numbers, "bound_parameter")
    weak = [quoted(row.label) for row in rows if row.p > CHANCE]
    text = SAID.say(
        "box",
        **common,
        density=points(float(box.density)),
        coverage=points(float(box.coverage)),
        bounds=clauses([row.said for row in rows]),
        test=SAID.say("box.test", tested=counted(int(box.tested), "draw"), sought=points(float(box.density_sought))),
        weak=SAID.say("box.weak", bounds=listed(weak)) if weak else "",
    )
    return Finding(f"box.{side}", text, numbers, "bound_low, bound_high")


def _basis(ds: xr.Dataset) -> str:
    failed = SAID.say("basis.failed", failed=ds.attrs["failed"]) if ds.attrs["failed"] else ""
    key = "basis.given" if ds.attrs["conditioned"] else "basis"
    return SAID.say(
        key, solves=counted(ds.attrs["solves"], "solve"), rows=ds.attrs["draws"], failed=failed, share=SAID["basis.share"]
    )


def certificate(ds: xr.Dataset) -> dict[str, Any]:
    """Everything in short, for machines."""
    keys = ("scenario", "outcome", "given", "by", "draws", "solves", "failed", "seed", "version")
    attrs = {key: value.item() if isinstance(value, np.generic) else value for key, value in ds.attrs.items()}
    return {
        **{key: attrs[key] for key in keys},
        "mean": attrs["mean"],
        "standard_deviation": attrs["deviation"],
        "indices": {
            "converged": bool(attrs["converged"]),
            "consistent": bool(attrs["consistent"]),
            "widest_interval": plain(attrs["width"]),
            "draws_needed": attrs["needed"],
        },
        "groups": [
            {
                "group": row.label,
                "first": row.first,
                "first_95": list(row.first_band),
                "total": row.total,
                "total_95": list(row.total_band),
                "parameters": row.members,
            }
            for row in groups(ds)
        ],
        "parameters": [
            {
                "parameter": row.name,
                "label": row.label,
                "group": row.group,
                "source": row.source,
                "contested": row.contested,
                "own_share": plain(row.own),
                "own_share_error": plain(row.own_error),
                "own_share_given": plain(row.given),
                "own_share_given_error": plain(row.given_error),
                "slope_per_deviation": plain(row.slope),
                "elasticity": plain(row.elasticity),
            }
            for row in parameters(ds)
        ],
        "regions": [_region(ds.isel(box=i)) for i in range(ds.sizes["box"])],
    }


def plain(value: float) -> float | None:
    """A number, or None where it is not known: JSON has no other word."""
    return float(value) if math.isfinite(value) else None


def _region(box: xr.Dataset) -> dict[str, Any]:
    return {
        "outcome_is": str(box.box_side.item()),
        **{name: plain(float(box[name])) for name in ("threshold", "base", "coverage", "density", "mass", "density_sought")},
        "draws": int(box.tested),
        "bounds": [
            {"parameter": row.name, "low": plain(row.low), "high": plain(row.high), "quasi_p": row.p, "unit": row.unit}
            for row in bounds(box)
        ],
    }


def section(ds: xr.Dataset) -> dict[str, Any]:
    """What the report's section on drivers needs, its chart aside."""
    rows = [
        {
            "label": row.label,
            "source": row.source,
            "contested": row.contested,
            "own": share(row.own, row.own_error),
            "given": share(row.given, row.given_error),
            "slope": amount(ds, row.slope),
            "elasticity": plain_number(float(f"{row.elasticity:.2g}")),
        }
        for row in parameters(ds)[:SHOWN]
    ]
    return {"findings": driven(ds), "groups": groups(ds), "parameters": rows, "given": given(ds)}
