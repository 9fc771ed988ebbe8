"""What each chart says under itself: what is shown, in what unit, what the band is and how to read it."""

from __future__ import annotations

from detente.words import Phrases

CAPTIONS = Phrases() | {
    "band": " The shaded band runs from the {low} to the {high} quantile of {draws} draws of the uncertain numbers; the line "
    "is the central case, every number at its best guess.",
    "band.none": " No band: this run used best guesses only.",
    "rules": " Thin upright lines mark scheduled changes.",
    "zone.title": "Gain to one side against gain to the other",
    "zone": "Each dot is a package: across, what {first} gains from it against waiting; up, what {second} gains (both in "
    "utils, signed today). A bigger dot is likelier to be signed. The shaded corner is where both gain. Filled dots lie in the "
    "zone of possible agreement: everyone whose consent they need gains (bodies: would carry it). The thin line joins the "
    "frontier between the two: from a package on it, neither can gain without the other losing. Point at a dot for its terms.",
    "zone.beyond": " Not drawn: {hidden} packages so bad for one side that they lie far outside the frame (signed with "
    "probability {p} in all).",
    "signed.title": "Probability that an agreement has been signed",
    "signed": "Up: the probability that an agreement has been signed by the {moment} across. It can only rise; where it is "
    "steep, signing is likely then.{rules}{band}{coarse}",
    "signed.coarse": " The draws are solved on {offset}.",
    "hazard.title": "{regime}: chance of signing within a {unit}",
    "hazard": "Up: the probability of signing within a {unit} of the {moment} across, while none is yet signed, if “{regime}” "
    "were as marked and the pace stayed that of the {moment}. A line runs only where its state can occur.{rules}",
    "open.title": "{regime}: width of the window",
    "open": "Up: the share of the {packages} packages that everyone needed would gain from at the {moment} across (the zone of "
    "possible agreement), if “{regime}” were as marked. The window closes where the lines fall.{rules}",
    "survival.title": "Probability that an agreement is still in force",
    "survival": "Up: the probability that an agreement is still in force after the {unit} across since its signing. Each age "
    "counts the agreements signed early enough to be followed that long.{band}",
    "endings.title": "How agreements end",
    "endings": "Up: the probability that an agreement has ended in the way marked, after the {unit} across since its signing. "
    "The lines and the curve of survival add up to one at every age.",
    "stock.title": "{stock}, with and without a deal",
    "stock": "Up: expected “{stock}”{unit} with talks (the forecast), with talks off, and after a deal.",
    "indicator.title": "{stock}",
    "indicator": "Up: expected “{stock}”{unit} with talks (the forecast), with talks off, and after a deal; nothing in the "
    "model depends on it.",
    "unit": " [{unit}]",
    "reasons.title": "{who}: for and against",
    "reasons": "Each bar is one named part of the gain to {who} from signing this package today, against waiting, in utils: "
    "right is for it, left against it. The dark bar at the bottom is their exact sum. {accept}",
    "reasons.accept": "Asked today, it would accept with probability {p}.",
    "precision.title": "From noisy choice to full rationality",
    "precision": "Up: the probability of an agreement by {end} when every player chooses as precisely as marked across "
    "({axis}). A low precision means noisy choices; \u221e means full rationality (the subgame-perfect outcome). The "
    "scenario's own precision, at 1, is an assumption, not a measurement.{coarse}",
    "precision.coarse": " The sweep is solved on {offset}: that is why the point at 1 is not the headline figure.",
    "menu.title": "The same scenario with a finer menu",
    "menu": "Up: the probability that an agreement has been signed, with the menu as given and with the menu refined by a "
    "small side payment. A gap between the two is delay that the coarse menu makes by itself.",
}

AXES = Phrases(context="chart") | {
    "others": "all others",
    "in.force": "still in force",
    "ended": "ended so",
    "probability": "probability",
    "probability.agreement": "probability of an agreement",
    "expected": "expected",
    "per": "per ",
    "since": "years since signing",
    "since.rounds": "rounds since signing",
    "signed": "signed by then",
    "within": "within a {unit}",
    "signed.within": "signed within a {unit}",
    "of.menu": "of the menu",
    "menu": "menu as given",
    "menu.refined": "menu refined",
    "which": "which",
    "when": "when",
    "moment": "date",
    "band": "band",
    "round": "round",
    "utils": "utils",
    "term": "term",
    "precision": "precision",
    "precision.own": "precision, as a multiple of the scenario's own",
    "precision.unit": "precision [{unit}]",
    "precision.multiple": "precision, as a multiple of the scenario's",
    "likeliest": "likeliest package",
    "gain.axis": "Gain to {who} [utils]",
    "gain": "gain to {who} [utils]",
    "package": "package",
    "signed.p": "probability it is signed",
    "needs": "would accept today",
    "known": "known as",
    "sum": "sum",
    "for": "for",
    "against": "against",
    "inside": "everyone needed gains",
    "outside": "someone needed loses",
}
"""Titles of axes, legends and what is shown where one points."""


def axis(key: str, **values: object) -> str:
    """Fill in the title of an axis, a legend or a column."""
    return AXES.say(key, **values)


def caption(key: str, **values: object) -> str:
    """Fill in a caption."""
    return CAPTIONS.say(key, **values)
