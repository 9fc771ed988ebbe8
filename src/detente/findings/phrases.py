"""Every sentence detente says about a result, in one place, so that they can be read together and translated.

Values go in by name and are never read as a template themselves.
"""

from __future__ import annotations

from detente.words import Phrases

PHRASES = Phrases() | {
    # The questions the verdict answers
    "ask.deal": "Is there a deal?",
    "ask.nearest": "What comes nearest?",
    "ask.which": "Which one?",
    "ask.when": "When?",
    "ask.last": "Would it last?",
    "ask.why": "Why?",
    "ask.drives": "What drives it?",
    # Is there a deal
    "milestone": "the next scheduled change in {what}",
    "deal.likely": "With this scenario's payoffs and its menu of {packages}, an agreement is more likely than not{lean}: one "
    "is signed {dates}.",
    "deal.unlikely": "With this scenario's payoffs and its menu of {packages}, an agreement is less likely than not{lean}: "
    "one is signed {dates}.",
    "deal.open": "With this scenario's payoffs and its menu of {packages}, an agreement is about as likely as not: one is "
    "signed {dates}.",
    "deal.none": "With this scenario's payoffs and its menu of {packages}, an agreement is all but ruled out: one is signed "
    "{dates}.",
    "deal.one": "by {end} with probability {p}",
    "deal.two": "by {mid} with probability {q}, and by {end} with probability {p}",
    "deal.lean": " (as in {share} of the draws)",
    "deal.precision": "How precisely the players choose is an assumption: at {low} times the scenario's precision the "
    "probability by {end} would be {p_low}, with fully rational choice {p_high}.",
    "deal.left": "With probability {p} somebody leaves the talks for good before any agreement ({who}).",
    "deal.change": "{date}, {what},",
    "nearest": "The package that comes nearest is “{package}”; of those who must consent, the least likely to accept it today "
    "is {who}, with probability {accept}.",
    # Which one
    "which": "If one is signed, its commonest terms are, with their shares of all agreements, {terms}; the likeliest single "
    "package has {share}.",
    "which.only": "If one is signed, it is “{package}”, the only package on the menu.",
    "which.term": "{option} {share}",
    "who.p": "{who} {p}",
    "term.utils": "{term} {utils}",
    "which.terms": "Shares are taken issue by issue among the agreements signed by {end}.",
    "which.package": "The likeliest single package is {package}, signed with probability {p}.",
    "which.robust": "It is the likeliest in {modal} of the draws.",
    "which.rival": "Over the draws the likeliest is most often {rival}, in {share} of them; this one is in {modal}.",
    "which.consent": "The likeliest package needs {who}; the least likely to accept it today is {bottleneck}, with probability "
    "{accept}.",
    "terms.same": "the commonest terms together",
    "terms.but": "the commonest terms, but {apart}",
    "today": "today: {consent}",
    "today.rest": "the rest over {limit}",
    # When
    "when": "If one is signed by {end}, a quarter of the probability falls by {first}, half by {median}{band}, three quarters "
    "by {last}",
    "when.band": " (in the draws, {low} to {high})",
    "when.end": ".",
    "when.closing": "; while none is signed, the chance of signing within a {unit} falls from {before} ({first_date}) to "
    "{after} ({last_date}), mostly because of {why}.",
    "when.opening": "; while none is signed, the chance of signing within a {unit} rises from {before} ({first_date}) to "
    "{after} ({last_date}), mostly because of {why}.",
    "when.why.regime": "a change in {regime} (likelier then: {state})",
    "when.why.itself": "what builds up over time (stocks, the calendar)",
    # How long
    "last": "Once signed, an agreement is still in force after {age} with probability {s}{second}",
    "last.second": ", after {age} with {s}",
    "last.cause": "; the commonest ending is {cause}, {share} of endings",
    "last.cheat": ", and {who} would cheat on the likeliest package from the first day with probability {p}",
    "last.end": ".",
    "last.condition": "This is conditional on an agreement signed early enough to be followed that long{cheat}.",
    "last.condition.cheat": "; the figure for cheating is for that package signed today",
    "last.snapback": "After that ending, what was granted is taken back with probability {p}.",
    # Why
    "why": "On {package}, signed today rather than waiting: {sides}.",
    "why.likeliest": "the likeliest package",
    "why.nearest": "that package",
    "why.other": "“{package}”",
    "why.side": "{who} gains {gain} utils (for: {pros}; against: {cons})",
    "why.side.loses": "{who} loses {gain} utils (for: {pros}; against: {cons})",
    "why.nothing": "nothing",
    "why.util": "A util is the scenario's unit of payoff; at a precision of 1 per util, a gain of 1 util is accepted with "
    "probability 73%.",
    "why.later": "That {who} would lose by it today does not rule it out: gains change with circumstances, and choice is noisy.",
    # What drives it
    "drives": "Over the {draws} draws of the uncertain numbers, the probability of an agreement follows most closely {drivers}.",
    "drives.one": "“{label}” (higher is {direction}; rank correlation {rho})",
    "drives.up": "likelier",
    "drives.down": "less likely",
    "drives.none": "No single uncertain number stands out: with {draws} draws even the closest link, to “{label}” (rank "
    "correlation {rho}), could be chance.",
    "drives.detail": "A ranking by rank correlation (between −1 and +1) is rough, and no measure of cause. With {draws} draws "
    "of {numbers} uncertain numbers, anything below {threshold} could be chance and is not named as a driver.",
    # The menu check
    "menu": "With the menu refined by a small side payment, an agreement by {end} has probability {fine} instead of {coarse}, "
    "and the mean wait "
    "within the horizon is {fine_wait} instead of {coarse_wait}.",
    "menu.little": "So little of the predicted delay ({share}) comes from the coarseness of the menu.",
    "menu.much": "So {share} of the predicted delay comes from the coarseness of the menu and is no finding about the parties.",
    # The list of packages
    "packages": "The likeliest of the menu's {packages}, and the picks of bargaining theory",
    # Bands
    "util": "A util is the scenario's unit of payoff.",
    "band": "Brackets hold {share} of {draws} draws of the uncertain numbers; every figure is conditional on the scenario.",
    "band.failed": " {failed} more could not be solved and are left out; the audit says why.",
    "band.outside": " They run from the {low} to the {high} quantile. A figure can lie outside its own brackets: it takes "
    "every uncertain number at its best guess at once{coarse}.",
    "band.coarse": ", and the draws are solved on {offset}",
    "coarse": "a coarser calendar and grid ({step} a period instead of {fine}), which at the best guesses gives {there} "
    "instead of {here} by the horizon",
    "band.few": "Too few draws of the uncertain numbers could be solved to show bands; the audit says why.",
    "band.conditioned": " They are drawn from the posterior, given the {observations} of {scenario}; the draws weighed weigh as "
    "much as {ess} equally likely ones. Central values that clearly moved are at its medians.",
    "band.none": "This run used best guesses only: its figures have no band, and every one of them is conditional on the "
    "scenario.",
}


def say(key: str, **values: object) -> str:
    """Fill in a phrase."""
    return PHRASES.say(key, **values)
