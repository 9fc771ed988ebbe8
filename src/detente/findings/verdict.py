"""The verdict: three to six sentences, each with its numbers and bands and with what it is conditional on."""

from __future__ import annotations

from detente.findings import statistics as stat
from detente.findings.course import dates, lasting
from detente.findings.finding import Finding, Numbers
from detente.findings.milestones import first_date
from detente.findings.numbers import chance, counted, listed, percent, when
from detente.findings.phrases import say
from detente.findings.reading import Estimate, Reading
from detente.findings.reasons import closest, drives, why
from detente.findings.terms import brief, contents

NOTABLE = 0.02
"""A difference of probabilities below this is not worth a sentence."""


def verdict(reading: Reading) -> list[Finding]:
    """Return three to six findings: is there a deal, which, when, for how long, why, and what drives it."""
    if stat.possible(reading):
        found = [deal(reading), which(reading), dates(reading), lasting(reading), why(reading)]
    else:
        found = [deal(reading), nearest(reading), why(reading)]
    return [finding for finding in [*found, drives(reading)] if finding is not None]


def deal(reading: Reading) -> Finding:
    """Is there a deal, by the next scheduled change and by the horizon."""
    by = reading.estimate(stat.signed_ever)
    dates, numbers = _dates(reading, by)
    packages = counted(len(reading.packages), "package")
    text = say(_leaning(reading, by.value), packages=packages, dates=dates, lean=_lean(reading, by.value))
    return _precision(
        reading, _leaving(reading, Finding("deal", text, (("p_signed_by[end]", by.value), *numbers), "p_signed_by"))
    )


def _leaving(reading: Reading, finding: Finding) -> Finding:
    """Say how likely talks are to end for good, and who leaves them how often."""
    if not reading.has("p_talks_over", "p_left"):
        return finding
    over = reading.estimate(stat.talks_over)
    if over.value < NOTABLE:
        return finding
    by = {str(name): float(p) for name, p in zip(reading.ds.player.values, reading.ds.p_left.sum("period").values, strict=True)}
    likeliest = sorted(by.items(), key=lambda pair: -pair[1])
    who = [say("who.p", who=reading.who(name), p=percent(p)) for name, p in likeliest if p > 0]
    numbers = tuple((f"p_left[{name}]", p) for name, p in by.items() if p > 0)
    text = say("deal.left", p=chance(over), who=listed(who))
    return finding.explain(text, ("p_talks_over[end]", over.value), *numbers)


def _dates(reading: Reading, by: Estimate) -> tuple[str, Numbers]:
    """The probability by the horizon, and by a date before it where there is one and an agreement is possible."""
    mid, words, what = first_date(reading)
    end = {"end": when(reading.ds.date.values[-1], reading), "p": chance(by)}
    if mid == reading.ds.date.values[-1] or not stat.possible(reading):
        return say("deal.one", **end), ()
    soon = reading.estimate(stat.signed_by(mid))
    first = say("deal.change", date=words, what=what) if what else words
    return say("deal.two", mid=first, q=chance(soon), **end), (("p_signed_by[mid]", soon.value),)


def _leaning(reading: Reading, p: float) -> str:
    if not stat.possible(reading):
        return "deal.none"
    return "deal.likely" if p >= 0.6 else "deal.unlikely" if p <= 0.4 else "deal.open"


def _lean(reading: Reading, p: float) -> str:
    """In how many draws an agreement is likelier, or less likely, than not, as it is in the central case."""
    if reading.draws is None or "p_signed_by" not in reading.draws or reading.count < 2:
        return ""
    same = (stat.signed_ever(reading.draws) > 0.5) == (p > 0.5)
    return say("deal.lean", share=percent(float(same.mean())))


def _precision(reading: Reading, finding: Finding) -> Finding:
    """Say how far the answer hangs on how precisely the players choose."""
    if not reading.has("p_deal_by_precision"):
        return finding
    swept = reading.ds.p_deal_by_precision.isel(date=-1)
    low, high = float(swept[0]), float(swept[-1])
    if abs(high - low) < NOTABLE:
        return finding
    words = {"low": f"{float(swept.precision[0]):g}", "p_low": percent(low), "p_high": percent(high)}
    text = say("deal.precision", end=when(reading.ds.date.values[-1], reading), **words)
    return finding.explain(text, ("p_deal_by_precision[first]", low), ("p_deal_by_precision[last]", high))


def nearest(reading: Reading) -> Finding | None:
    """The package that all needed would most likely accept, and who stands in its way."""
    package = closest(reading)
    who = next(iter(reading.acceptance(package)), None)
    if who is None:
        return None
    accept = reading.estimate(stat.acceptance(who, package))
    text = say("nearest", package=reading.package(package), who=reading.who(who), accept=chance(accept))
    return Finding("nearest", text, ((f"p_accept[{who}]", accept.value),), "p_accept, needs")


def which(reading: Reading) -> Finding:
    """What agreements most often contain, and the likeliest package."""
    if len(reading.packages) == 1:
        text = say("which.only", package=reading.package(reading.ranked[0]))
        return _consent(reading, Finding("which", text, (), "package_level, needs, p_accept"))
    foremost = [(issue.name, issue.foremost) for issue in contents(reading)]
    terms = [say("which.term", option=option.words, share=chance(option.share)) for _, option in foremost]
    share = reading.estimate(stat.share_of(reading.ranked[0]))
    numbers = tuple((f"p_deal[{issue}: {option.words}] / sum", option.share.value) for issue, option in foremost)
    text = say("which", terms=listed(terms), share=chance(share))
    finding = Finding("which", text, (*numbers, ("p_deal / sum", share.value)), "p_deal, package_level, needs, p_accept")
    finding = finding.explain(say("which.terms", end=when(reading.ds.date.values[-1], reading)))
    return _consent(reading, _single(reading, finding))


def _single(reading: Reading, finding: Finding) -> Finding:
    """Name the likeliest package, and say whether it is the likeliest in the draws too."""
    package = reading.ranked[0]
    outright = reading.estimate(stat.probability_of(package))
    finding = finding.explain(
        say("which.package", package=brief(reading, package), p=chance(outright)), ("p_deal", outright.value)
    )
    if reading.draws is None or "p_deal" not in reading.draws or reading.count < 2:
        return finding
    shares = stat.modal_shares(reading.draws)
    rival, modal = next(iter(shares)), shares.get(package, 0.0)
    words = {"modal": percent(modal), "rival": brief(reading, rival), "share": percent(shares[rival])}
    return finding.explain(say("which.robust" if rival == package else "which.rival", **words), ("modal share", modal))


def _consent(reading: Reading, finding: Finding) -> Finding:
    package = reading.ranked[0]
    needed = reading.needed(package)
    if not needed:
        return finding
    bottleneck = next(iter(reading.acceptance(package)))
    accept = reading.estimate(stat.acceptance(bottleneck, package))
    words = {
        "who": listed([reading.who(name) for name in needed]),
        "bottleneck": reading.who(bottleneck),
        "accept": chance(accept),
    }
    return finding.explain(say("which.consent", **words), (f"p_accept[{bottleneck}]", accept.value))
