"""When an agreement is signed, how long it lasts, and how much of the delay the menu itself makes."""

from __future__ import annotations

from typing import Any

import numpy as np

from detente.findings import statistics as stat
from detente.findings.finding import Finding
from detente.findings.numbers import chance, length, listed, percent, unit, when
from detente.findings.phrases import say
from detente.findings.reading import Reading
from detente.findings.window import ITSELF, Window, window

NOTABLE = 1.25
"""A chance of signing that moves by less than this factor is not worth a sentence."""


def dates(reading: Reading) -> Finding:
    """When, and what opens or closes the window."""
    quarters = [stat.quantile_date(reading.ds, share) for share in (0.25, 0.5, 0.75)]
    first, median, last = (when(date, reading) for date in quarters)
    numbers = tuple((f"date at {q:.0%}", float(d)) for q, d in zip((0.25, 0.5, 0.75), stat.days(quarters), strict=True))
    end = when(reading.ds.date.values[-1], reading)
    text = say("when", end=end, first=first, median=median, band=_median_band(reading), last=last)
    finding = Finding("when", text, numbers, "p_signed_by, p_signed_hazard, p_regime")
    moved = window(reading)
    if moved is None or not _notable(moved):
        return finding.add(say("when.end"))
    return finding.add(_moved(reading, moved), ("chance before", moved.chance_first), ("chance after", moved.chance_last))


def _notable(moved: Window) -> bool:
    low, high = sorted((moved.chance_first, moved.chance_last))
    return high >= NOTABLE * low and percent(low) != percent(high)


def _median_band(reading: Reading) -> str:
    if reading.draws is None or "p_signed_by" not in reading.draws or reading.count < 2:
        return ""
    medians = [stat.quantile_date(reading.draws.isel(draw=i), 0.5) for i in range(reading.count)]
    low, high = np.quantile(stat.days(medians), reading.quantiles)
    return say("when.band", low=when(_date(low, reading), reading), high=when(_date(high, reading), reading))


def _date(number: float, reading: Reading) -> Any:
    return np.datetime64(int(number), "D") if reading.dated else round(number)


def _moved(reading: Reading, moved: Window) -> str:
    periods = reading.ds.period.values
    words = {
        "unit": unit(reading.dated),
        "before": percent(moved.chance_first),
        "after": percent(moved.chance_last),
        "first_date": when(periods[moved.first], reading),
        "last_date": when(periods[moved.last], reading),
        "why": because(reading, moved),
    }
    return say("when.closing" if moved.closing else "when.opening", **words)


def because(reading: Reading, moved: Window) -> str:
    """What moved the chance of signing most, in words."""
    return listed([_reason(reading, moved, name) for name in moved.chief])


def _reason(reading: Reading, moved: Window, name: str) -> str:
    if name == ITSELF:
        return say("when.why.itself")
    _, state = reading.state(moved.states[name])
    return say("when.why.regime", regime=reading.regime(name), state=state)


def ages(reading: Reading) -> list[float]:
    """The ages survival is quoted at: two and three years, or the oldest that was followed."""
    if not reading.has("survival"):
        return []
    known = reading.ds.age.values[np.isfinite(reading.ds.survival.values)]
    if len(known) < 2:
        return []
    wanted = [age for age in ((2.0, 3.0) if reading.dated else (2.0, 5.0)) if age <= known[-1] + 1e-9]
    return wanted or [float(known[-1])]


def lasting(reading: Reading) -> Finding | None:
    """How long it lasts, how it ends, and whether it would be kept."""
    if not ages(reading):
        return None
    figures = [(age, reading.estimate(stat.surviving(age))) for age in ages(reading)]
    spoken = [(length(age, reading.dated), chance(estimate)) for age, estimate in figures]
    second = say("last.second", age=spoken[1][0], s=spoken[1][1]) if len(spoken) > 1 else ""
    numbers = tuple((f"survival[{age:g}]", estimate.value) for age, estimate in figures)
    basis = "survival, ended_by, snapback_given_lapse, p_cheat"
    finding = Finding("last", say("last", age=spoken[0][0], s=spoken[0][1], second=second), numbers, basis)
    return _cheated(reading, _ended(reading, finding)).add(say("last.end"))


def _ended(reading: Reading, finding: Finding) -> Finding:
    """Name the commonest ending, and whether what was granted comes back after it."""
    if not reading.has("ended_by") or not np.isfinite(stat.endings(reading.ds).values).all():
        return finding
    shares = stat.endings(reading.ds)
    cause = str(shares.cause.values[int(shares.argmax("cause"))])
    share = reading.estimate(lambda ds: stat.endings(ds).sel(cause=cause))
    finding = finding.add(say("last.cause", cause=reading.cause(cause), share=chance(share)), (f"ended_by[{cause}]", share.value))
    back = float(reading.ds.snapback_given_lapse.sel(cause=cause)) if reading.has("snapback_given_lapse") else float("nan")
    return (
        finding.explain(say("last.snapback", p=percent(back)), (f"snapback_given_lapse[{cause}]", back))
        if np.isfinite(back)
        else finding
    )


def _cheated(reading: Reading, finding: Finding) -> Finding:
    """Say whether the likeliest package would be kept, and what the figures are conditional on."""
    who, package = reading.ds.attrs.get("hidden"), reading.ranked[0]
    if not who or not reading.has("p_cheat") or not np.isfinite(float(reading.ds.p_cheat.sel(package=package))):
        return finding.explain(say("last.condition", cheat=""))
    p = reading.estimate(stat.cheating(package))
    finding = finding.add(say("last.cheat", who=reading.who(who), p=chance(p)), ("p_cheat", p.value))
    return finding.explain(say("last.condition", cheat=say("last.condition.cheat")))


def menu(reading: Reading) -> Finding | None:
    """How much of the predicted delay a coarse menu makes by itself."""
    if not reading.has("p_signed_by_refined"):
        return None
    coarse, fine = reading.ds.p_signed_by.values, reading.ds.p_signed_by_refined.values
    waits = [float((1 - p[:-1]).sum() * reading.step) for p in (coarse, fine)]
    share = max((waits[0] - waits[1]) / waits[0], 0.0) if waits[0] > 0 else 0.0
    words = {
        "end": when(reading.ds.date.values[-1], reading),
        "fine": percent(float(fine[-1])),
        "coarse": percent(float(coarse[-1])),
        "fine_wait": length(round(waits[1], 1), reading.dated),
        "coarse_wait": length(round(waits[0], 1), reading.dated),
    }
    numbers = (("mean wait, menu as given", waits[0]), ("mean wait, refined", waits[1]), ("share", share))
    finding = Finding("menu", say("menu", **words), numbers, "p_signed_by, p_signed_by_refined")
    return finding.explain(say("menu.much" if share >= 0.1 else "menu.little", share=percent(share)))
