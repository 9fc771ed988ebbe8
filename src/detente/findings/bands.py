"""What the bands are, and how far the coarser version the draws are solved on lies from the fine one."""

from __future__ import annotations

from detente.findings import statistics as stat
from detente.findings.numbers import counted, length, percent, tenths
from detente.findings.phrases import say
from detente.findings.reading import Reading


def brackets(reading: Reading) -> str:
    """What the figures in brackets are."""
    if reading.count < 2:
        return say("band.few" if reading.failures else "band.none")
    low, high = reading.quantiles
    failed = sum(reading.failures.values())
    more = say("band.failed", failed=failed) if failed else ""
    return say("band", share=percent(high - low), draws=reading.count) + more + posterior(reading)


def posterior(reading: Reading) -> str:
    """What the draws are given, where they are drawn given something."""
    attrs = reading.ds.attrs
    if "conditioned_extends" not in attrs:
        return ""
    facts = counted(int(attrs["conditioned_observations"]), "observation")
    ess = f"{float(attrs['conditioned_ess']):.0f}"
    return say("band.conditioned", observations=facts, scenario=attrs["conditioned_extends"], ess=ess)


def band(reading: Reading) -> str:
    """What the bands are, and why a figure may lie outside its own."""
    if reading.count < 2:
        return brackets(reading)
    (low, high), offset = reading.quantiles, coarse(reading)
    more = say("band.coarse", offset=offset) if offset else ""
    return brackets(reading) + say("band.outside", low=percent(low), high=percent(high), coarse=more)


def coarse(reading: Reading) -> str:
    """How far the coarse version lies from the fine one at central values; empty where they are the same."""
    if not reading.has("p_deal_by_precision"):
        return ""
    settings = reading.note("settings", {})
    there, here = float(reading.ds.p_deal_by_precision.sel(precision=1.0)[-1]), float(stat.signed_ever(reading.ds))
    if abs(there - here) < 1e-9:
        return ""
    steps = [length(float(step), reading.dated) for step in (settings["step_of_draws"], reading.ds.attrs["step"])]
    return say("coarse", there=tenths(there), here=tenths(here), step=steps[0], fine=steps[1])
