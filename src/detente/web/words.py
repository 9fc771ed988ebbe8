"""The explorer's words, in one place, so that they can be read together and translated."""

from __future__ import annotations

from detente.words import LANGUAGES, Phrases

WORDS = Phrases() | {
    "name": "explorer",
    "skip": "Skip to the answer",
    "views": "Views",
    "view.explore": "What if",
    "view.findout": "What to find out first",
    "findout.about": "What knowing a number would be worth to a player before it makes an offer, or answers one: the numbers to "
    "ask about first. Its draws of all uncertain numbers take a while to solve.",
    "findout.player": "Whose decision",
    "findout.go": "Work it out",
    "findout.ready": "Nothing is worked out yet.",
    "findout.working": "Solving the draws; this takes some tens of seconds.",
    "findout.done": "Numbers whose worth is clear, the largest first.",
    "scenario": "Scenario",
    "variant": "Reading of the facts",
    "variant.none": "the scenario's own",
    "undo": "Undo",
    "redo": "Redo",
    "reset": "Reset all",
    "reset.one": "Back to {value}",
    "copy": "Copy link",
    "copied": "Link copied",
    "download": "Download",
    "download.report": "Report of this view (HTML)",
    "download.yaml": "Changed scenario (YAML)",
    "download.csv": "What is shown (CSV)",
    "download.json": "What is shown (JSON)",
    "picture.png": "PNG",
    "picture.svg": "SVG",
    "theme": "Dark or light",
    "language": "Language",
    "assumptions": "Assumptions",
    "assumptions.find": "Find a number",
    "assumptions.contested": "contested only",
    "assumptions.changed": "changed only",
    "assumptions.none": "No number matches.",
    "assumptions.count": "{count} numbers",
    "others": "Others",
    "contested": "contested",
    "fixed": "no range given",
    "range": "{low} to {high}",
    "base": "base {value}",
    "about": "Note and sources",
    "source.none": "no source given",
    "answer": "Answer",
    "verdict": "The answer",
    "detail": "Conditions and second figures",
    "was": "was {value}",
    "same": "as in the base",
    "points": "{change} points",
    "shares": "What agreements contain",
    "shares.note": "Share of the agreements signed within the horizon, issue by issue. The mark on a bar is the base.",
    "package": "Package explained",
    "package.likeliest": "the likeliest",
    "package.back": "Explain the likeliest",
    "changed.none": "Every number is the scenario's own. Move one to see what changes; grey shows where you started.",
    "changed.some": "{count} changed against the base",
    "quick": "Quick answer, on a coarser calendar ({step} a period). The exact one follows when you pause.",
    "exact": "Exact answer, on the scenario's own calendar and grid.",
    "working": "Solving…",
    "starting": "Starting the solver…",
    "exactly": "Refining…",
    "failed": "No answer: {reason}",
    "lost": "The server does not answer. Start it again with detente explore.",
    "failed.chart": "This chart could not be drawn.",
    "legend": "Grey: the base. Coloured: this view.",
    "years": "{count} years",
    "year": "1 year",
    "months": "{count} months",
    "rounds": "a round",
    "footer": "Everything runs on this machine; nothing is sent anywhere. Every figure is conditional on the scenario.",
    "api": "Data and addresses (API)",
}


def known(language: str) -> str:
    """Return the language there are words in that comes nearest."""
    return next((code for code in (language, language.partition("-")[0]) if code in LANGUAGES), "en")


def views() -> list[tuple[str, str]]:
    """Return the views: address, and name."""
    return [("/", WORDS["view.explore"]), ("/find-out", WORDS["view.findout"])]
