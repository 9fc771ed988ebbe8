"""The verdict: three to six sentences, each with its numbers and bands and with what it is conditional on."""

from __future__ import annotations

from typing import Any

import numpy as np

from detente.findings import statistics as stat
from detente.findings.course import dates, lasting
from detente.findings.finding import Finding
from detente.findings.numbers import chance, listed, percent, when
from detente.findings.phrases import say
from detente.findings.reading import Reading
from detente.findings.reasons import drives, why

NEGLIGIBLE = 1e-4
"""Below this probability of an agreement, what would follow one is not worth a sentence."""


def verdict(reading: Reading) -> list[Finding]:
    """Return three to six findings: is there a deal, which, when, for how long, why, and what drives it."""
    if float(stat.signed_ever(reading.ds)) < NEGLIGIBLE:
        found = [deal(reading), nearest(reading), why(reading)]
    else:
        found = [deal(reading), which(reading), dates(reading), lasting(reading), why(reading)]
    return [finding for finding in [*found, drives(reading)] if finding is not None]


def milestone(reading: Reading) -> Any:
    """A date to quote a second probability for: the first year's end two years or more ahead, or the middle of the horizon."""
    ends, dates = stat.year_ends(reading), reading.ds.date.values
    if reading.dated:
        later = [
            end for end in ends if end - dates[0] >= np.timedelta64(730, "D") and dates[-1] - end >= np.timedelta64(180, "D")
        ]
        return later[0] if later else dates[len(dates) // 2]
    return int(dates[len(dates) // 2])


def deal(reading: Reading) -> Finding:
    """Is there a deal."""
    by, mid = reading.estimate(stat.signed_ever), milestone(reading)
    soon = reading.estimate(stat.signed_by(mid))
    end = reading.ds.date.values[-1]
    key = (
        "deal.none"
        if by.value < NEGLIGIBLE
        else "deal.likely"
        if by.value >= 0.6
        else "deal.unlikely"
        if by.value <= 0.4
        else "deal.open"
    )
    words = {
        "end": when(end, reading),
        "mid": when(mid, reading),
        "p": chance(by),
        "q": chance(soon),
        "packages": len(reading.packages),
    }
    numbers = (("p_signed_by[end]", by.value), ("p_signed_by[mid]", soon.value))
    return Finding("deal", say(key, **words), numbers, "p_signed_by")


def nearest(reading: Reading) -> Finding | None:
    """The package that all needed would most likely accept, and who stands in its way."""
    package = closest(reading)
    who = next(iter(reading.acceptance(package)), None)
    if who is None:
        return None
    accept = reading.estimate(stat.acceptance(who, package))
    text = say("nearest", package=reading.package(package), who=reading.player(who), accept=chance(accept))
    return Finding("nearest", text, ((f"p_accept[{who}]", accept.value),), "p_all_accept, p_accept, needs")


def closest(reading: Reading) -> str:
    """The package that all needed would most likely accept today."""
    return reading.packages[int(reading.ds.p_all_accept.max("proposer").values.argmax())]


def which(reading: Reading) -> Finding:
    """Which package, who must consent, and who is the bottleneck."""
    package = reading.ranked[0]
    share, outright = reading.estimate(stat.share_of(package)), reading.estimate(stat.probability_of(package))
    text = say("which", package=reading.package(package), share=chance(share))
    finding = _consent(reading, package, Finding("which", text, (("p_deal / sum", share.value),), "p_deal, needs, p_accept"))
    finding = finding.explain(say("which.outright", p=chance(outright)), ("p_deal", outright.value))
    if reading.draws is None or "p_deal" not in reading.draws or reading.count < 2:
        return finding
    shares = stat.modal_shares(reading.draws)
    finding = finding.explain(
        say("which.robust", modal=percent(shares.get(package, 0.0))), ("modal share", shares.get(package, 0.0))
    )
    rival = next(iter(shares))
    if rival == package:
        return finding
    return finding.explain(
        say("which.rival", rival=reading.package(rival), share=percent(shares[rival])), ("rival", shares[rival])
    )


def _consent(reading: Reading, package: str, finding: Finding) -> Finding:
    needed = reading.needed(package)
    if not needed:
        return finding.add(say("which.end"))
    bottleneck = next(iter(reading.acceptance(package)))
    accept = reading.estimate(stat.acceptance(bottleneck, package))
    words = {
        "who": listed([reading.player(name) for name in needed]),
        "bottleneck": reading.player(bottleneck),
        "accept": chance(accept),
    }
    return finding.add(say("which.consent", **words), (f"p_accept[{bottleneck}]", accept.value))


def band(reading: Reading) -> str:
    """What the bands are."""
    if reading.count < 2:
        return say("band.none")
    low, high = reading.quantiles
    return say("band", low=percent(low), high=percent(high), draws=reading.count)
