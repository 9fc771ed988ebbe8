"""The standing text of a report: headings, how to read each part, assumptions, limits and the words used."""

from __future__ import annotations

from collections.abc import Mapping

from detente.words import Phrases, bracketed, semicolons

HEADINGS = Phrases() | {
    "verdict": "Verdict",
    "table": "What is on the table",
    "zone": "The zone of possible agreement",
    "when": "When",
    "last": "How long it lasts, and what ends it",
    "stocks": "What is at stake, with and without a deal",
    "why": "Why each side accepts or refuses",
    "precision": "If choices were noisier, or fully rational",
    "menu": "Menu check",
    "parameters": "Every number and where it comes from",
    "limits": "Assumptions and limits",
    "words": "Words and symbols",
    "audit": "Audit",
}

ANALYSES = Phrases() | {
    "drivers": "What drives it",
    "findout": "What to find out first: {who}",
    "advise": "What to offer: {who}",
    "goal": "What would have to be true",
    "condition": "What has been seen, and what it says",
    "compare": "What is different from {who}",
}
"""Headings of further analyses; they stand before the numbers."""
BEFORE = "parameters"

TEXT = Phrases() | {
    "left_out": "Left out of this run: {what}.",
    "tile.by": "signed by {date}",
    "tile.change": "signed by {date}, {what}",
    "tile.end": "signed by {end} (the horizon)",
    "tile.last": "still in force {age} after signing, if one is signed",
    "tile.terms": "of agreements contain this: the commonest term on each issue",
    "contents.title": "What agreements contain",
    "contents": "Among the agreements signed by {end}, the share that contains each option, issue by issue. Bars start at zero "
    "and end at 100%.",
    "contents.band": "The thin line over a bar is its band over the draws.",
    "table.title": "The likeliest packages",
    "table": "The packages likeliest to be signed, and the solution points of bargaining theory wherever they rank. What "
    "leaves a thing as it is (“no aid”) is in grey here, and left out of sentences. Gains are for the package signed today, "
    "against waiting; the frontier is over the principals.",
    "table.more": "{shown} of {all} packages are shown; the picture below shows the others too.",
    "solutions": "What bargaining theory would pick, over whole packages (no lotteries). Disagreement point: {disagreement}.",
    "solutions.none": "No package gains everyone needed something today, so the solution points of bargaining theory do not "
    "exist here.",
    "delay": "What a year without talks would cost each side. {compare}",
    "delay.rounds": "What one round without talks would cost each side. {compare}",
    "delay.compare": "Utils of different sides cannot be compared; shares of what each has at stake can: the side with the "
    "larger share loses more by waiting.",
    "parts": "What moves the chance of signing between {first} and {last}, in percentage points per period ({step}): an "
    "account, period by period, of what the changing odds of each circumstance do while the chance in each of its states is "
    "held. What builds up over time is the rest: stocks, the calendar, the approaching horizon.",
    "parts.itself": "what builds up over time",
    "by_year": "The same, in numbers",
    "why": "The parts of each side's gain from {package}:",
    "stocks": "Each line is an expected value: along the forecast (“with talks”), had there been no talks at all (“talks "
    "off”), and where an agreement has been signed (“after a deal”).",
    "no_deal": "An agreement is so unlikely in this scenario that what would follow one is not shown.",
    "no_stocks": "This scenario carries no stocks.",
    "back": "Ways an agreement ends, as shares of all endings followed to the last age, and how often what was granted is then "
    "taken back (a snapback).",
    "regret": "The most any player forgoes at a single decision, by choosing with noise, is {regret} utils ({who}).",
    "audit.residual": "Choices differ from those their own values call for by at most {residual:.0e} in probability, at any "
    "state and date. {unique}",
    "audit.regret": "By choosing with noise a player forgoes, at the one decision where it is most, in any state and at any "
    "date: {players}.",
    "audit.regret.none": "No player forgoes anything at any decision.",
    "audit.mass": "All probabilities add up to one at every date, to within {mass:.0e}.",
    "audit.finite": "Every value is a finite number.",
    "audit.not_finite": "{count} values are not finite numbers.",
    "audit.edge": "{stock}: at its lowest with probability {lowest}, at its highest {highest}, at the later date "
    "where it is most",
    "audit.edges": "{edges}.",
    "audit.regret.one": "{who} {regret} utils ({decision})",
    "audit.draws": "{count} solved.",
    "audit.beliefs": "Their beliefs about unseen cheating are within {most} of those that play implies in every draw, and within "
    "{half} in half of them, on average over agreements in force.",
    "audit.failed": "{count} solved; failed, and left out of every band, so that the bands describe the others: {failed}.",
    "menu.none": "The refined menu was not computed in this run.",
    "precision.none": "The sweep over precision was not computed in this run.",
    "parameters": "Each number with its range, why it has this value, and its sources by their number in the list below. Bands "
    "come from drawing all of them within their ranges at once. Numbers on which informed people disagree come first, with "
    "each reading; any of them can be put into the scenario and run.",
    "parameters.contested": "Contested",
    "parameters.others": "others",
    "joined": "Drawn together",
    "joined.rest": "Every number that is not named here is drawn independently of all others.",
    "joined.correlated": "{names}: rank correlation {rank}.",
    "joined.conditional": "“{name}” where {when}: {range}.",
    "undrawn": "Drawn are the circumstances that move signing most; left out: {regimes}.",
    "notes": "The scenario's own notes",
    "sources": "Sources",
    "checks": "Identities this result satisfies, and how far off it is",
}

LIMITS = Phrases() | {
    "scenario": "Every figure is conditional on the scenario: its players, their payoffs, its menu and its regimes. A "
    "different reading "
    "of the facts is a different scenario, and the answer may be different too.",
    "players": "Players weigh packages by the payoffs written down for them, discount the future at a constant rate and "
    "choose with noise "
    "of a stated precision. They all know the scenario; the only thing hidden is whether an agreement in force is being "
    "cheated on.",
    "chances": "Chances to propose and to reconsider come at random, at the rates given. At most one player can cheat. "
    "What the regimes "
    "do does not depend on what the players do.",
    "dates": "Dates are exact to the length of a period ({step}). Beyond the horizon the scenario's own end rule "
    "applies, so the last "
    "periods carry a rush or a lull that is no finding.",
    "bands": "Probabilities are computed exactly from the model, without sampling. Bands show how the answer moves over "
    "the stated "
    "ranges of the numbers, drawn independently unless the scenario joins them; they do not show the error of the model itself.",
}

TERMS = Phrases() | {
    "package": "agreement, package",
    "principal": "principal",
    "gain": "gain",
    "util": "util",
    "waiting": "waiting",
    "zone": "zone of possible agreement",
    "frontier": "frontier",
    "precision": "precision (lambda, λ)",
    "rate": "rate",
    "regime": "regime",
    "stock": "stock",
    "snapback": "snapback",
    "draw": "draw, band",
    "contested": "contested",
}
"""The words a reader should know."""

MEANINGS = Phrases() | {
    "package": "one option for every issue on the table, signed as a whole",
    "principal": "a player whose consent every package needs",
    "gain": "what a package signed today is worth to a player, less what waiting is worth, in utils",
    "util": "the scenario's unit of payoff; only differences mean anything, and only within one player",
    "waiting": "no agreement now, while play goes on: talks, exits, elections and all",
    "zone": "the packages from which everyone whose consent they need gains",
    "frontier": "packages from which no principal can gain more without another losing (Pareto)",
    "precision": "how sharply choice follows interest, per util: at 1 per util, a gain of 1 util is "
    "accepted with probability 73%, a gain of 3 with 95%; \u221e is full rationality",
    "rate": "how often something would happen per year if circumstances stood still",
    "regime": "a circumstance that nobody at the table controls",
    "stock": "a quantity that decisions push up or down over time",
    "snapback": "the return, after an agreement has ended, of what it had lifted",
    "draw": "one set of values for the uncertain numbers; a band is the stated pair of quantiles over all draws",
    "contested": "a number on which informed people disagree",
}
"""What they mean."""

SETTINGS = Phrases() | {
    "variant": "Variant",
    "draws": "Draws",
    "step_of_draws": "Period of the draws and the sweep [years or rounds]",
    "grid_of_draws": "Grid points of the draws and the sweep",
    "after": "After the horizon",
    "after_lapse": "After an agreement has ended",
    "menu": "Weights of the menu",
}
"""What was set for the run, in words."""

CHOICES = Phrases() | {
    "frozen": "everything stays as it then is",
    "zero": "nothing counts",
    "stationary": "the same goes on for ever",
    "closed": "there are no more talks",
    "open": "talks reopen",
    "weighted": "packages share the weight of one offer, against passing",
    "unweighted": "each package counts as an offer of its own, against passing",
    "none": "none",
}
"""What the settings mean, in words."""


def glossary() -> list[tuple[str, str]]:
    """Every word with its meaning."""
    return [(TERMS[key], MEANINGS[key]) for key in TERMS]


def headings(further: Mapping[str, str]) -> dict[str, str]:
    """Return the headings in order, with those of further analyses before the numbers."""
    found: dict[str, str] = {}
    for key in HEADINGS:
        found |= dict(further) if key == BEFORE else {}
        found[key] = HEADINGS[key]
    return found


def heading(kind: str, who: str) -> str:
    """Return the heading of a further analysis."""
    return ANALYSES.say(kind, who=who)


def left_out(why: Mapping[str, str]) -> str:
    """Say which analyses were left out, and why."""
    said = [bracketed(heading(*_parted(name)), words) for name, words in why.items()]
    return text("left_out", what=semicolons(said)) if said else ""


def _parted(name: str) -> tuple[str, str]:
    kind, _, who = name.partition("-")
    return kind, who


def text(key: str, **values: object) -> str:
    """Fill in standing text."""
    return TEXT.say(key, **values)
