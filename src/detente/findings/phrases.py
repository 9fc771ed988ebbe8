"""Every sentence detente says about a result, in one place, so that they can be read together and translated.

Values go in by name and are never read as a template themselves.
"""

from __future__ import annotations

PHRASES = {
    # The questions the verdict answers
    "ask.deal": "Is there a deal?",
    "ask.nearest": "What comes nearest?",
    "ask.which": "Which one?",
    "ask.when": "When?",
    "ask.last": "Would it last?",
    "ask.why": "Why?",
    "ask.drives": "What drives it?",
    # Is there a deal
    "deal.likely": "Given this scenario's payoffs and its menu of {packages} packages, an agreement is the likelier outcome: "
    "one is signed by {end} with probability {p}, and by {mid} with probability {q}.",
    "deal.unlikely": "Given this scenario's payoffs and its menu of {packages} packages, no agreement is the likelier outcome: "
    "an agreement is signed by {end} with probability {p}, and by {mid} with probability {q}.",
    "deal.open": "Given this scenario's payoffs and its menu of {packages} packages, it could go either way: "
    "an agreement is signed by {end} with probability {p}, and by {mid} with probability {q}.",
    "deal.none": "Given this scenario's payoffs and its menu of {packages} packages, an agreement is all but ruled out: "
    "one is signed by {end} with probability {p}.",
    "nearest": "The package that comes nearest is “{package}”; the bottleneck is {who}, which would accept it today with "
    "probability {accept}.",
    # Which one
    "which": "If one is signed, the likeliest is “{package}”, with {share} of that probability",
    "which.consent": "; it needs {who}, and the bottleneck is {bottleneck}, which would accept it today with probability "
    "{accept}.",
    "which.end": ".",
    "which.outright": "The probability that this very package is signed is {p}.",
    "which.robust": "It is the likeliest package in {modal} of the draws.",
    "which.rival": "Over the draws the likeliest package is most often “{rival}” (in {share}).",
    # When
    "when": "If one is signed within the horizon, half of the probability falls before {median}{band} and the middle half "
    "between {first} and {last}",
    "when.band": " (over the draws: {low} to {high})",
    "when.end": ".",
    "when.closing": "; the rate of signing falls from {before} per {unit} ({first_date}) to {after} ({last_date}), mostly {why}.",
    "when.opening": "; the rate of signing rises from {before} per {unit} ({first_date}) to {after} ({last_date}), mostly {why}.",
    "when.why.regime": "because “{regime}” moves towards “{state}”",
    "when.why.itself": "because of what moves by itself (stocks, the calendar)",
    # How long
    "last": "Once signed, an agreement is still in force after {age} with probability {s}{second}",
    "last.second": " and after {age} with probability {s}",
    "last.cause": "; the commonest ending is {cause}, with {share} of them",
    "last.cheat": ", and {who} would cheat from the first day with probability {p}",
    "last.end": ".",
    "last.condition": "This is conditional on an agreement signed early enough to be followed that long{cheat}.",
    "last.condition.cheat": "; the figure for cheating is for the likeliest package, signed today",
    "last.snapback": "After that kind of ending, what was granted is taken back with probability {p}.",
    # Why
    "why": "On “{package}” today, against waiting: {sides}.",
    "why.side": "{who} gains {gain} utils (for: {pros}; against: {cons})",
    "why.side.loses": "{who} loses {gain} utils (for: {pros}; against: {cons})",
    "why.nothing": "nothing",
    "why.util": "A util is the scenario's unit of payoff; a precision of 1 per util means that a gain of 1 util is accepted "
    "with probability 73%.",
    # What drives it
    "drives": "Over the {draws} draws of the uncertain numbers, the probability of an agreement follows most closely {drivers}.",
    "drives.one": "“{label}” (higher is {direction}; rank correlation {rho})",
    "drives.up": "likelier",
    "drives.down": "less likely",
    "drives.none": "Over the {draws} draws of the uncertain numbers, no single one stands out as driving the probability of an "
    "agreement "
    "(the largest rank correlation is {rho}; below {threshold} it could be chance).",
    "drives.detail": "A ranking by rank correlation: rough, and not a measure of cause. Correlations below {threshold} could "
    "be chance and are not named.",
    # The menu check
    "menu": "With the menu refined by a small side payment, an agreement by {end} has probability {fine} instead of {coarse}, "
    "and the mean wait "
    "within the horizon is {fine_wait} instead of {coarse_wait}.",
    "menu.little": "So little of the predicted delay ({share}) comes from the coarseness of the menu.",
    "menu.much": "So {share} of the predicted delay comes from the coarseness of the menu and is no finding about the parties.",
    # Bands
    "band": "Figures in brackets are the {low} to {high} quantiles over {draws} draws of the uncertain numbers; every figure "
    "is conditional on the scenario.",
    "band.none": "This run used central values only: its figures have no band, and every one of them is conditional on the "
    "scenario.",
}


def say(key: str, **values: object) -> str:
    """Fill in a phrase."""
    return PHRASES[key].format(**values)
