"""How sentences are put together: lists, plurals, spans of time, brackets. Each language does it by its catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce

from detente.words.language import plural
from detente.words.phrases import Phrases

NAMES = Phrases() | {"and": "{before} and {last}", "comma": "{before}, {next}"}
"""How names are joined."""
CLAUSES = Phrases(context="clauses") | {"and": "{before} and {last}", "comma": "{before}, {next}"}
"""How clauses are joined: as names in English, but not everywhere."""
JOINTS = Phrases() | {
    "semicolon": "{before}; {next}",
    "sentence": "{before} {next}",
    "label": "{label}: {words}",
    "brackets": "{words} ({inside})",
    "quotes": "“{words}”",
}


def listed(words: Sequence[str]) -> str:
    """Join names as a sentence does: a, b and c."""
    return _listed(words, NAMES)


def clauses(words: Sequence[str]) -> str:
    """Join clauses as a sentence does."""
    return _listed(words, CLAUSES)


def _listed(words: Sequence[str], joints: Phrases) -> str:
    if len(words) < 2:
        return "".join(words)
    before = reduce(lambda made, word: joints.say("comma", before=made, next=word), words[:-1])
    return joints.say("and", before=before, last=words[-1])


def commas(words: Iterable[str]) -> str:
    """Join words by commas alone."""
    return _reduced(words, NAMES, "comma")


def semicolons(words: Iterable[str]) -> str:
    """Join clauses by semicolons."""
    return _reduced(words, JOINTS, "semicolon")


def sentences(*words: str) -> str:
    """Join whole sentences; empty ones are left out."""
    return _reduced((text for text in words if text), JOINTS, "sentence")


def _reduced(words: Iterable[str], joints: Phrases, key: str) -> str:
    parts = list(words)
    return reduce(lambda made, word: joints.say(key, before=made, next=word), parts) if parts else ""


def labelled(label: str, words: str) -> str:
    """A label and what it says."""
    return JOINTS.say("label", label=label, words=words)


def bracketed(words: str, inside: str) -> str:
    """Words with something in brackets behind them; without, where there is nothing."""
    return JOINTS.say("brackets", words=words, inside=inside) if inside else words


def quoted(words: str) -> str:
    """Words in quotation marks."""
    return JOINTS.say("quotes", words=words)


def counted(number: int, word: str) -> str:
    """So many of something: ``1 package``, ``2 packages``. The word is an English noun whose plural ends in s."""
    return plural(f"{{n}} {word}", f"{{n}} {word}s", number).format(n=number)


def spanned(span: float, unit: str) -> str:
    """A span of time in its unit: ``2.5 years``."""
    return plural(f"{{n}} {unit}", f"{{n}} {unit}s", span).format(n=f"{span:g}")
