"""The difference between two scenarios in words: what changed, and which groups of parameters account for it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr

from detente.findings import names
from detente.findings.finding import Finding
from detente.findings.numbers import counted, percent, plain_number, utils
from detente.words import Phrases, bracketed, clauses, language

SAID = Phrases() | {
    "first": "{name}, the first",
    "second": "{name}, the second",
    "utils": "{amount} utils",
    "points": "{amount} points",
    "band": " ({low} to {high})",
    "none": "{first} and {second} do not differ in any number or in structure, so no outcome differs.",
    "change": "{label}: {before} in {first}, {after} in {second}, {difference}{band}. {parts}",
    "same": "{label}: {before} in both.",
    "parts": "Of this {parts}.",
    "part": "{amount}{band} is due to {group}",
    "rest": "{amount} to all other groups together",
    "basis.exact": "Each amount is the group's Shapley value: what changing it from {first} to {second} adds, averaged over all "
    "orders in which the {groups} can change; every one of the {coalitions} combinations was solved. Amounts add up to the "
    "difference.",
    "basis.orders": "Each amount is the group's Shapley value: what changing it from {first} to {second} adds, averaged over "
    "{orders} random orders in which the {groups} can change, instead of all; the standard error this leaves is stated. Amounts "
    "add up to the difference.",
    "basis.draws": "Brackets hold {share} of {draws} draws of the uncertain numbers, a number that both have at the same "
    "quantile in each; {how}.{failed}",
    "basis.draws.orders": "every draw is attributed along one random order and its reverse, which by itself spreads an amount by "
    "its order error (a standard error; at most {worst} in utils and {points} points here)",
    "basis.draws.exact": "every draw is attributed exactly",
    "basis.failed": " {failed} more could not be solved and are left out.",
    "basis.none": "No brackets: central values only.",
    "basis.coarse": "All are solved on the coarser calendar and grid that draws are solved on, so figures differ a little from "
    "those of detente run. Every figure is conditional on the two scenarios.",
    "values": "A value of waiting holds everything a side enjoys without a deal, an arsenal included: that it rises does not by "
    "itself say that a deal gains less.",
    "structure": "“{label}” is what no number carries: the calendar, dates of elections, the menu, formulas.",
}
STRUCTURE = "Calendar and structure"
"""What a dataset calls the group of what no number carries."""
SHIFTS = 3
"""Terms named in the words, those that shift most."""
NAMED = 4
"""Groups named for one outcome, those that account for most."""
SMALL = 0.02
"""Groups whose parts are smaller than this share of the largest part are not named."""
CHARTED = 2
"""Terms that get a chart."""


@dataclass(frozen=True)
class Part:
    """What one group accounts for."""

    group: str
    label: str
    amount: float
    low: float
    high: float
    """Band over draws; nan without."""
    alone: float
    """Difference if the group alone changed."""
    last: float
    """Difference it makes when all others have changed."""
    error: float
    """Standard error from random orders; nought where every coalition was solved."""
    order_error: float
    """Standard error that the orders of one draw leave in its amount; nan without draws."""


@dataclass(frozen=True)
class Difference:
    """One outcome in both scenarios."""

    name: str
    label: str
    unit: str
    before: float
    after: float
    low: float
    high: float
    """Band of the difference over draws; nan without."""
    parts: tuple[Part, ...]
    """The largest first."""

    @property
    def amount(self) -> float:
        """The difference."""
        return self.after - self.before

    @property
    def chance(self) -> bool:
        """Whether it is a probability or a share."""
        return self.unit == "1" and self.name != "leverage"

    def level(self, x: float) -> str:
        """A value of the outcome in words."""
        if self.chance:
            return percent(x)
        return SAID.say("utils", amount=plain_number(round(x, 2))) if self.unit == "util" else plain_number(float(f"{x:.3g}"))

    def change(self, x: float) -> str:
        """A difference in words, with its sign."""
        if self.chance:
            return SAID.say("points", amount=utils(100 * x, 1))
        return SAID.say("utils", amount=utils(x)) if self.unit == "util" else utils(x)

    def short(self, x: float) -> str:
        """A difference in a cell of a table: points for a share, else in the outcome's unit."""
        return utils(100 * x, 1) if self.chance else utils(x)

    def band(self, low: float, high: float) -> str:
        """A band of differences in words; empty without draws."""
        if math.isnan(low + high):
            return ""
        scale, digits = (100, 1) if self.chance else (1, 2)
        return SAID.say("band", low=utils(scale * low, digits), high=utils(scale * high, digits))


@dataclass(frozen=True, eq=False)
class Comparison:
    """A dataset of :func:`detente.analysis.compare.compare`, ready to be put into words."""

    ds: xr.Dataset

    @cached_property
    def drawn(self) -> xr.Dataset | None:
        """The draws that could be solved, if there are any to make a band of."""
        if "status" not in self.ds:
            return None
        solved = self.ds.isel(draw=np.flatnonzero(self.ds.status.values == 0))
        return solved if solved.sizes["draw"] > 1 else None

    @property
    def quantiles(self) -> tuple[float, float]:
        """The quantiles of a band."""
        low, high = json.loads(self.ds.attrs["quantiles"])
        return float(low), float(high)

    @property
    def titles(self) -> tuple[str, str]:
        """What the two are called: their names, with the variant if there is one, told apart where they are the same."""
        attrs = self.ds.attrs
        before, after = (bracketed(str(attrs[f"scenario_{side}"]), str(attrs[f"variant_{side}"])) for side in ("from", "to"))
        same = before == after
        return (SAID.say("first", name=before), SAID.say("second", name=after)) if same else (before, after)

    @cached_property
    def differences(self) -> tuple[Difference, ...]:
        """Every outcome."""
        return tuple(self._difference(name) for name in self.ds.outcome.values)

    def _difference(self, name: Any) -> Difference:
        one = self.ds.sel(outcome=name)
        low, high = self._band("difference_draws", name)
        return Difference(
            str(name),
            names.outcome(self.ds, str(name), str(one.outcome_label.values)),
            str(one.outcome_unit.values),
            float(one.value.values[0]),
            float(one.value.values[1]),
            float(low),
            float(high),
            self._parts(one, name),
        )

    def _parts(self, one: xr.Dataset, name: Any) -> tuple[Part, ...]:
        low, high = self._band("attribution_draws", name)
        noise = one.order_error.values if "order_error" in one else np.full(one.sizes["group"], np.nan)
        columns = (one.attribution.values, low, high, one.alone.values, one.last.values, one.attribution_error.values, noise)
        parts = [
            Part(str(group), self.group(str(group)), *(float(column[i]) for column in columns))
            for i, group in enumerate(one.group.values)
        ]
        return tuple(sorted(parts, key=lambda part: -abs(part.amount)))

    def _band(self, variable: str, name: Any) -> tuple[Any, Any]:
        apart = () if variable == "difference_draws" else (self.ds.sizes["group"],)
        if self.drawn is None or 0 in apart:  # no draws, or two that are the same: nothing differs, by no group
            nothing = np.full(apart, np.nan)
            return nothing, nothing
        low, high = self.drawn[variable].sel(outcome=name).quantile(self.quantiles, "draw").values
        return low, high

    def group(self, name: str) -> str:
        """A group in words."""
        label = str(self.ds.group_label.sel(group=name).values)
        return label if language() == "en" else names.group(names.known(self.ds), "structure" if label == STRUCTURE else name)

    def of(self, kind: str) -> list[Difference]:
        """The outcomes whose name begins so."""
        return [each for each in self.differences if each.name.partition("[")[0] == kind]

    @cached_property
    def shifts(self) -> list[Difference]:
        """Terms whose share differs most, largest first."""
        moved = [each for each in self.of("share") if abs(each.amount) > 1e-9]
        return sorted(moved, key=lambda each: -abs(each.amount))


def story(found: Comparison) -> list[Finding]:
    """The argument in numbers: values of waiting, costs of delay, terms, whether and how long; then how they were made."""
    if not found.ds.sizes["group"]:
        first, second = found.titles
        return [Finding("none", SAID.say("none", first=first, second=second), (), "difference")]
    rest = [each for each in found.differences if each.name.partition("[")[0] not in ("value", "delay", "share")]
    told = [*found.of("value"), *found.of("delay"), *found.shifts[:SHIFTS], *rest]
    return [_told(found, each) for each in told] + basis(found)


def _told(found: Comparison, each: Difference) -> Finding:
    first, second = found.titles
    label = names.upper(each.label)
    if abs(each.amount) < 1e-9 and not any(abs(part.amount) > 1e-9 for part in each.parts):
        return Finding(each.name, SAID.say("same", label=label, before=each.level(each.before)), (), "value")
    text = SAID.say(
        "change",
        label=label,
        before=each.level(each.before),
        after=each.level(each.after),
        first=first,
        second=second,
        difference=each.change(each.amount),
        band=each.band(each.low, each.high),
        parts=parted(each),
    )
    numbers = (("from", each.before), ("to", each.after), *((part.group, part.amount) for part in each.parts))
    return Finding(each.name, text, numbers, "value, difference, attribution")


def parted(each: Difference) -> str:
    """What the groups account for, in one sentence: the largest by name, the others together."""
    named, others = leading(each)
    said = [
        SAID.say("part", amount=each.change(part.amount), band=each.band(part.low, part.high), group=part.label) for part in named
    ]
    if others:
        said.append(SAID.say("rest", amount=each.change(sum(part.amount for part in others))))
    return SAID.say("parts", parts=clauses(said)) if said else ""


def leading(each: Difference) -> tuple[list[Part], list[Part]]:
    """The parts to name, and the others."""
    largest = max((abs(part.amount) for part in each.parts), default=0.0)
    named = [part for part in each.parts[:NAMED] if abs(part.amount) > SMALL * largest]
    return named, list(each.parts[len(named) :])


def basis(found: Comparison) -> list[Finding]:
    """How the amounts were made and what they do not say."""
    ds, (first, second) = found.ds, found.titles
    key = "basis.exact" if ds.attrs["exact"] else "basis.orders"
    groups = counted(ds.sizes["group"], "group")
    made = SAID.say(key, first=first, second=second, groups=groups, coalitions=2 ** ds.sizes["group"], orders=ds.attrs["orders"])
    texts = {"made": made, "band": _bands(found), "coarse": SAID["basis.coarse"]}
    if found.of("value"):
        texts["values"] = SAID["values"]
    if ds.attrs["structural"]:
        texts["structure"] = SAID.say("structure", label=found.group(str(ds.group.values[-1])))
    return [Finding(f"basis.{name}", text, (), "attribution") for name, text in texts.items()]


def _bands(found: Comparison) -> str:
    if found.drawn is None:
        return SAID["basis.none"]
    low, high = found.quantiles
    noise = found.ds.order_error
    how = SAID["basis.draws.exact"]
    if float(noise.max()) > 0:
        utility = (found.ds.outcome_unit == "util").values
        worst = [float(noise.values[rows].max(initial=0.0)) for rows in (utility, ~utility)]
        how = SAID.say("basis.draws.orders", worst=f"{worst[0]:.2f}", points=f"{100 * worst[1]:.1f}")
    failed = int((found.ds.status != 0).sum())
    more = SAID.say("basis.failed", failed=failed) if failed else ""
    return SAID.say("basis.draws", share=percent(high - low), draws=found.drawn.sizes["draw"], how=how, failed=more)


def rows(found: Comparison) -> list[dict[str, Any]]:
    """Every outcome as plain data; what is not a number is null."""
    return [_known(_row(found, each)) for each in found.differences]


def _known(entry: Any) -> Any:
    if isinstance(entry, dict):
        return {key: _known(part) for key, part in entry.items()}
    if isinstance(entry, list):
        return [_known(part) for part in entry]
    return None if isinstance(entry, float) and not math.isfinite(entry) else entry


def _row(found: Comparison, each: Difference) -> dict[str, Any]:
    def of(read: Callable[[Part], Any]) -> dict[str, Any]:
        return {part.group: read(part) for part in sorted(each.parts, key=lambda part: order.index(part.group))}

    order = [str(group) for group in found.ds.group.values]
    row: dict[str, Any] = {
        "outcome": each.name,
        "label": each.label,
        "unit": each.unit,
        "from": each.before,
        "to": each.after,
        "difference": each.amount,
        "attribution": of(lambda part: part.amount),
        "standard_error": of(lambda part: part.error),
        "alone": of(lambda part: part.alone),
        "last": of(lambda part: part.last),
    }
    if found.drawn is not None:
        row["draws"] = found.drawn.sizes["draw"]
        row["band"] = {
            "quantiles": list(found.quantiles),
            "difference": [each.low, each.high],
            "attribution": of(lambda part: [part.low, part.high]),
            "order_error": of(lambda part: part.order_error),
        }
    return row


@dataclass(frozen=True)
class Changed:
    """A number that differs."""

    name: str
    label: str
    group: str
    before: str
    after: str
    unit: str


def changed(found: Comparison) -> list[Changed]:
    """Every number whose central value differs, by group; one that a scenario does not have is a dash."""
    ds = found.ds
    labels = {str(group): found.group(str(group)) for group in ds.group.values}
    made = [
        Changed(
            str(name),
            names.parameter(ds, name, str(ds.parameter_label.values[i])),
            labels.get(str(ds.parameter_group.values[i]), str(ds.parameter_group.values[i])),
            _shown(float(ds.parameter_from.values[i])),
            _shown(float(ds.parameter_to.values[i])),
            names.unit(str(ds.parameter_unit.values[i])),
        )
        for i, name in enumerate(ds.parameter.values)
    ]
    order = list(labels.values())
    return sorted(made, key=lambda row: order.index(row.group) if row.group in order else len(order))


def _shown(x: float) -> str:
    return "\u2014" if math.isnan(x) else plain_number(x)


def charted(found: Comparison) -> list[Difference]:
    """The outcomes that get a chart: values of waiting, costs of delay, whether, and the terms that shift most."""
    moved = [*found.of("value"), *found.of("delay"), *found.of("p_deal"), *found.shifts[:CHARTED]]
    shown = moved or list(found.differences[:6])
    return [each for each in shown if any(abs(part.amount) > 1e-9 for part in each.parts)]


def section(ds: xr.Dataset) -> dict[str, Any]:
    """What the section of a report shows, its charts aside."""
    found = Comparison(ds)
    told = story(found)
    return {
        "first": found.titles[0],
        "second": found.titles[1],
        "findings": [finding for finding in told if not finding.key.startswith("basis")],
        "basis": [finding for finding in told if finding.key.startswith("basis")],
        "table": found.differences if ds.sizes["group"] else (),
        "changed": changed(found),
    }
