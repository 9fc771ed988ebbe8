"""What each chart says under itself: what is shown, in what unit, what the band is and how to read it."""

from __future__ import annotations

CAPTIONS = {
    "band": " The shaded band runs from the {low} to the {high} quantile of {draws} draws of the uncertain numbers; the line "
    "is the central case.",
    "band.none": " No band: this run used central values only.",
    "zone.title": "Gain to one side against gain to the other",
    "zone": "Each dot is a package: across, what {first} gains from it against waiting; up, what {second} gains (both in "
    "utils, signed today). A bigger dot is likelier to be "
    "signed. The shaded corner is where both gain. Filled dots lie in the zone of possible agreement: everyone whose consent "
    "they need gains (bodies: would carry "
    "it). The thin line joins the frontier between the two: from a package on it, neither can gain without the "
    "other losing. Point at a dot for its terms.",
    "zone.beyond": " Not drawn: {hidden} packages so bad for one side that they lie far outside the frame (signed with "
    "probability {p} in all).",
    "signed.title": "Probability that an agreement has been signed",
    "signed": "Up: the probability that an agreement has been signed by the date across. It can only rise; where it is steep, "
    "signing is likely then.{band}",
    "hazard.title": "Rate of signing, by {regime}",
    "hazard": "Up: how often agreements would be signed per {unit} while none is yet in force, if “{regime}” stood as marked: "
    "a rate of 0.5 per {unit} means a probability "
    "of about 39% within one {unit}. A line runs only where its state can occur.",
    "open.title": "Width of the window, by {regime}",
    "open": "Up: the share of the {packages} packages that everyone needed would gain from at that date (the zone of possible "
    "agreement), if “{regime}” stood as marked. "
    "The window closes where the lines fall.",
    "survival.title": "Probability that an agreement is still in force",
    "survival": "Up: the probability that an agreement is still in force after the {unit}s across since its signing, among "
    "those signed early enough to be followed "
    "that long.{band}",
    "endings.title": "How agreements end",
    "endings": "Up: the probability that an agreement has ended in the way marked, after the {unit}s across since its signing. "
    "The lines and the curve of survival add up to one "
    "at every age.",
    "stock.title": "{stock}, with and without a deal",
    "stock": "Up: expected value of “{stock}”{unit} along the forecast (“with talks”), had there been no talks at all "
    "(“talks off”), and "
    "where an agreement has been signed "
    "(“after a deal”). Shaded: 10% to 90% of the exact distribution with talks, in the central case.",
    "indicator.title": "{stock}",
    "indicator": "Up: expected value of “{stock}”{unit}, along the same three courses. It is reported only; nothing in the "
    "model depends on it.",
    "reasons.title": "{who}: for and against “{package}”",
    "reasons": "Each bar is one named part of the gain to {who} from signing this package today, against waiting, in utils: "
    "right is for it, left against it. "
    "The dark bar at the bottom is their exact sum. {accept}",
    "reasons.accept": "Asked today, it would accept with probability {p}.",
    "precision.title": "From noisy choice to full rationality",
    "precision": "Up: the probability of an agreement by {end} when every player chooses as precisely as marked across "
    "({axis}). A low precision means noisy choices; "
    "\u221e means full rationality (the subgame-perfect outcome). The scenario's own precision is an assumption, not a "
    "measurement.",
    "menu.title": "The same scenario with a finer menu",
    "menu": "Up: the probability that an agreement has been signed, with the menu as given and with the menu refined by a "
    "small side payment. A gap between the two is "
    "delay that the coarse menu makes by itself.",
}


def caption(key: str, **values: object) -> str:
    """Fill in a caption."""
    return CAPTIONS[key].format(**values)
