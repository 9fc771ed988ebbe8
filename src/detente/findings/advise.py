"""Advice to a player in words: the best offer, the robust one, what a step to either side does, and what waiting costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from detente.findings.finding import Finding
from detente.findings.numbers import counted, length, listed, percent, utils, when
from detente.findings.reading import Estimate, Reading
from detente.words import Phrases, semicolons, sentences

BAND = (0.05, 0.95)
"""Quantiles of the bands over draws."""

SAID = Phrases() | {
    "at": "Advice to {who} for {date}{nearest}, no agreement having been signed before (probability {open}).",
    "at.nearest": ", where the period nearest to {asked} begins",
    "offer": "Best offer: “{package}”. All others needed would accept it with probability {accept}; it gains {who} {gain} utils "
    "over going on without it, so offering it is worth {expected} utils.",
    "offer.least": " Least likely to consent: {least}, with probability {chance}.",
    "offer.none": "No offer is worth making: the best, “{package}”, is worth {expected} utils, and letting the chance pass costs "
    "nothing.",
    "robust": "Most robust offer over {draws}: “{package}”. In no draw does it forgo more than {regret} utils against that "
    "draw's best offer (a mean of {mean}), and in {share} of the draws it is within {within} utils of it.",
    "robust.same": "Over {draws} the best offer is also the one with the smallest largest regret: in no draw does it forgo more "
    "than {regret} utils against that draw's best offer (a mean of {mean}), and in {share} of the draws it is within {within} "
    "utils of it.",
    "robust.other": " The best offer at central values may forgo up to {regret} utils, and is within {within} utils in {share} "
    "of the draws.",
    "robust.pass": " Making no offer would forgo at most {regret} utils.",
    "accept": "{who} cannot propose in this scenario; the advice is on what to accept.",
    "accept.best": "Worth most to accept: “{package}”, a gain of {gain} utils; a yes makes it pass with probability {accept}, a "
    "no with {refused}.",
    "accept.which": "It gains from {gaining} of the menu's {packages}.",
    "accept.sure": " In at least 95% of {draws} it gains from {sure} of them.",
    "accept.none": "It gains from none of the menu's {packages}: refuse.",
    "wait": "{period} without talks costs {costs}, the value of play with talks less that of play without.",
    "wait.year": "A year",
    "wait.round": "A round",
    "wait.one": "{who} {cost} utils{band}",
    "wait.band": " ({low}–{high})",
    "basis": "Probabilities and gains are at the scenario's central values; every figure is conditional on the scenario.",
    "basis.given": "Probabilities and gains are at the scenario's central values; numbers that what was observed clearly moves "
    "are at their medians given all of it. Every figure is conditional on the scenario.",
    "basis.draws": "Brackets and regrets are over {draws} of the uncertain numbers, solved on a coarser calendar and grid; "
    "brackets run from the 5% to the 95% quantile.",
}


OFFERS = Phrases() | {True: "Offers worth most", False: "Packages worth most to accept"}
"""Heading of the list, by whether the player advised proposes."""
ROWS = Phrases() | {
    "worth": "worth {expected} = {accept} accepted × own gain {gain}",
    "least": "least likely {who} {chance}",
    "regret": "close to best in {share} of draws, regret up to {regret}",
    "unlike": "as the first, but {apart}",
    "change": "{before} → {after}",
    "steps": "A concession more or less",
    "step": "one step from the best offer",
    "acceptance": "acceptance",
    "own": "own gain",
    "expected": "expected gain",
    "points": "{amount} points",
}
"""Lists and tables."""


@dataclass(frozen=True)
class Step:
    """What one option more or less on one issue does to an offer."""

    package: str
    change: str
    """The option before and after, in words."""
    issue: str
    accept: float
    """Change of the probability that all others needed accept."""
    gain: float
    """Change of the gain of the player advised [utils]."""
    expected: float
    """Change of the expected gain [utils]."""


def ranked(reading: Reading) -> list[str]:
    """Packages, the one worth most to offer (or to accept) first."""
    return [reading.packages[i] for i in np.argsort(-reading.ds.expected_gain.values, kind="stable")]


def robust(reading: Reading) -> str | None:
    """The offer whose largest regret over the draws is smallest; None without draws, or for a player who cannot propose."""
    if "max_regret" not in reading.ds:
        return None
    return reading.packages[int(reading.ds.max_regret.values.argmin())]


def proposes(reading: Reading) -> bool:
    """Whether the player advised can make offers."""
    return bool(reading.ds.attrs["role"] == "proposer")


def estimate(reading: Reading, name: str, package: str) -> Estimate:
    """A figure of a package with its band over draws."""
    value = float(reading.ds[name].sel(package=package))
    if f"{name}_draws" not in reading.ds or reading.ds.sizes["draw"] < 2:
        return Estimate(value)
    low, high = np.quantile(reading.ds[f"{name}_draws"].sel(package=package).values, BAND)
    return Estimate(value, float(low), float(high))


def advice(reading: Reading) -> list[Finding]:
    """The advice, sentence by sentence."""
    ds = reading.ds
    on = (
        ds.date.values[[str(date)[:10] for date in ds.date.values].index(ds.attrs["on"])]
        if reading.dated
        else int(ds.attrs["on"])
    )
    date = when(on if reading.dated else int(on) + 1, reading)
    nearest = SAID.say("at.nearest", asked=ds.attrs["asked_on"]) if reading.dated and ds.attrs["asked_on"] else ""
    said = SAID.say("at", who=_who(reading), date=date, nearest=nearest, open=percent(ds.attrs["p_open"]))
    found = [Finding("at", said, (("p_open", float(ds.attrs["p_open"])),), "p_open")]
    found += [_offer(reading), *_robust(reading)] if proposes(reading) else [_accept(reading)]
    return [*found, _wait(reading), Finding("basis", _basis(reading), (), "")]


def _who(reading: Reading) -> str:
    return reading.who(reading.ds.attrs["advised"])


def _draws(reading: Reading) -> str:
    return counted(reading.ds.sizes["draw"], "draw")


def _offer(reading: Reading) -> Finding:
    best = ranked(reading)[0]
    row = reading.ds.sel(package=best)
    numbers = tuple((name, float(row[name])) for name in ("p_all_accept", "own_gain", "expected_gain", "p_bottleneck"))
    words = {
        "package": reading.package(best),
        "who": _who(reading),
        "accept": percent(float(row.p_all_accept)),
        "gain": utils(float(row.own_gain)),
        "expected": utils(float(row.expected_gain)),
    }
    if float(row.expected_gain) <= 0:
        return Finding("offer", SAID.say("offer.none", **words), numbers, "expected_gain")
    text = SAID.say("offer", **words)
    if str(row.bottleneck.item()):
        least, chance = reading.who(row.bottleneck.item()), percent(float(row.p_bottleneck))
        text += SAID.say("offer.least", least=least, chance=chance)
    return Finding("offer", text, numbers, "p_all_accept, own_gain, expected_gain, bottleneck")


def _robust(reading: Reading) -> list[Finding]:
    safe, best = robust(reading), ranked(reading)[0]
    if safe is None:
        return []
    text = SAID.say(
        "robust.same" if safe == best else "robust",
        draws=_draws(reading),
        package=reading.package(safe),
        mean=_plain(reading, "mean_regret", safe),
        **_regret(reading, safe),
    )
    if safe != best:
        text += SAID.say("robust.other", **_regret(reading, best))
    idle = float(reading.ds.max_regret_of_passing)
    text += SAID.say("robust.pass", regret=f"{idle:.2f}")
    row = reading.ds.sel(package=safe)
    numbers = tuple((name, float(row[name])) for name in ("max_regret", "mean_regret", "share_within"))
    return [Finding("robust", text, (*numbers, ("max_regret_of_passing", idle)), "max_regret, mean_regret, share_within")]


def _regret(reading: Reading, package: str) -> dict[str, str]:
    share = percent(float(reading.ds.share_within.sel(package=package)))
    return {"regret": _plain(reading, "max_regret", package), "share": share, "within": f"{reading.ds.attrs['within']:g}"}


def _plain(reading: Reading, name: str, package: str) -> str:
    return f"{float(reading.ds[name].sel(package=package)):.2f}"


def _accept(reading: Reading) -> Finding:
    ds, best = reading.ds, ranked(reading)[0]
    packages, gaining = counted(len(reading.packages), "package"), int((ds.own_gain > 0).sum())
    text = SAID.say("accept", who=reading.player(ds.attrs["advised"]))
    if gaining == 0:
        refuse = SAID.say("accept.none", packages=packages)
        return Finding("accept", sentences(text, refuse), (("gaining", 0.0),), "own_gain")
    text = sentences(text, SAID.say("accept.which", gaining=gaining, packages=packages))
    if "share_gaining" in ds:
        sure = int((ds.share_gaining >= BAND[1]).sum())
        text += SAID.say("accept.sure", draws=_draws(reading), sure=sure)
    row = ds.sel(package=best)
    words = {
        "package": reading.package(best),
        "gain": utils(float(row.own_gain)),
        "accept": percent(float(row.p_all_accept)),
        "refused": percent(float(row.p_if_refused)),
    }
    text = sentences(text, SAID.say("accept.best", **words))
    numbers = tuple((name, float(row[name])) for name in ("own_gain", "p_all_accept", "p_if_refused"))
    return Finding("accept", text, (("gaining", float(gaining)), *numbers), "own_gain, p_all_accept, p_if_refused")


def _wait(reading: Reading) -> Finding:
    first = str(reading.ds.attrs["advised"])
    listing = [first, *(who for who in reading.principals if who != first)]
    costs = {who: float(reading.ds.cost_of_delay.sel(player=who)) for who in listing}
    said = [
        SAID.say("wait.one", who=reading.who(who), cost=f"{cost:.2f}", band=_band(reading, who)) for who, cost in costs.items()
    ]
    span = float(reading.ds.attrs["per_year"])
    period = SAID["wait.year" if reading.dated else "wait.round"] if span == 1 else length(span, reading.dated)
    text = SAID.say("wait", period=period, costs=listed(said))
    return Finding("wait", text, tuple((f"cost_of_delay[{who}]", cost) for who, cost in costs.items()), "cost_of_delay")


def _band(reading: Reading, player: str) -> str:
    if "cost_of_delay_draws" not in reading.ds or reading.ds.sizes["draw"] < 2:
        return ""
    low, high = np.quantile(reading.ds.cost_of_delay_draws.sel(player=player).values, BAND)
    return SAID.say("wait.band", low=f"{low:.2f}", high=f"{high:.2f}").replace("-", "\u2212")


def _basis(reading: Reading) -> str:
    more = SAID.say("basis.draws", draws=_draws(reading)) if "draw" in reading.ds.sizes else ""
    return sentences(SAID["basis.given" if reading.ds.attrs.get("conditioned") else "basis"], more)


def steps(reading: Reading, package: str) -> list[Step]:
    """What a step of one option on one issue does to an offer, for every neighbouring package on the menu."""
    ds, here = reading.ds, reading.ds.sel(package=package)
    out = []
    for issue in map(str, ds.issue.values):
        for direction in map(str, ds.step.values):
            other = str(here.neighbour.sel(issue=issue, step=direction).item())
            if not other:
                continue
            there = ds.sel(package=other)
            moves = [float(there[name] - here[name]) for name in ("p_all_accept", "own_gain", "expected_gain")]
            before, after = reading.levels[package][issue], reading.levels[other][issue]
            change = ROWS.say("change", before=reading.alone(issue, before), after=reading.alone(issue, after))
            out.append(Step(other, change, issue, *moves))
    return sorted(out, key=lambda step: -step.expected)


def figures(reading: Reading, package: str) -> str:
    """The figures of an offer on one line."""
    row = reading.ds.sel(package=package)
    expected, gain = utils(float(row.expected_gain)), utils(float(row.own_gain))
    parts = [ROWS.say("worth", expected=expected, accept=percent(float(row.p_all_accept)), gain=gain)]
    if least := str(row.bottleneck.item()):
        parts.append(ROWS.say("least", who=reading.player(least), chance=percent(float(row.p_bottleneck))))
    if "max_regret" in row:
        share, regret = percent(float(row.share_within)), f"{float(row.max_regret):.2f}"
        parts.append(ROWS.say("regret", share=share, regret=regret))
    return semicolons(parts)


def unlike(reading: Reading, package: str, other: str) -> str:
    """A package in words: in full where it is the other itself, else where it differs."""
    if package == other:
        return reading.package(package)
    here, there = reading.levels[package], reading.levels[other]
    apart = [reading.alone(issue, here[issue]) for issue in here if here[issue] != there[issue]]
    return ROWS.say("unlike", apart=listed(apart))


def section(ds: xr.Dataset) -> dict[str, Any]:
    """What the report's section on advice is made of."""
    reading = Reading(ds)
    order = ranked(reading)
    return {
        "findings": advice(reading),
        "heading": OFFERS.say(proposes(reading)),
        "rows": [(figures(reading, name), unlike(reading, name, order[0])) for name in order[:SHOWN]],
        "steps": steps(reading, order[0]) if proposes(reading) else [],
    }


SHOWN = 8
"""Offers listed in the report."""


def certificate(reading: Reading) -> dict[str, object]:
    """The advice in short, for machines: probabilities of one, gains in utils."""
    ds, order = reading.ds, ranked(reading)
    keys = ("scenario", "advised", "role", "on", "p_open", "draws", "seed", "within", "version")
    best = order[0] if float(ds.expected_gain.max()) > 0 else None
    delay = {str(who): float(cost) for who, cost in zip(ds.player.values, ds.cost_of_delay.values, strict=True)}
    return {
        **{key: ds.attrs[key] for key in keys},
        "best": best,
        "robust": robust(reading),
        "cost_of_delay": delay,
        "packages": [_row(reading, name) for name in order],
        "steps": [{**vars(step), "words": step.change} for step in steps(reading, best or order[0])],
    }


ROW = (
    "p_all_accept",
    "p_if_refused",
    "own_gain",
    "expected_gain",
    "p_offer",
    "bottleneck",
    "p_bottleneck",
    "share_gaining",
    "share_best",
    "share_within",
    "max_regret",
    "mean_regret",
)
"""What is said of a package, where the dataset carries it."""


def _row(reading: Reading, package: str) -> dict[str, object]:
    row = reading.ds.sel(package=package)
    gains = {str(who): float(gain) for who, gain in zip(row.player.values, row.gain.values, strict=True)}
    known = {name: row[name].item() for name in ROW if name in row}
    return {
        "package": package,
        "options": reading.levels[package],
        **known,
        "gain": gains,
        "accepts": reading.acceptance(package),
    }
