"""The language detente speaks: every sentence is written in English where it is used, and looked up in a catalogue when said.

SAID = Phrases({"signed": "One is signed by {end}."})       a table of sentences, as modules keep them
SAID.say("signed", end=...)                                 in the language spoken here
with speaking("zh"): ...                                    everything said inside is Chinese

Catalogues are gettext's (``assets/locale``); docs/words.md says how to add a language.
"""

from __future__ import annotations

from detente.words.grammar import bracketed, clauses, commas, counted, labelled, listed, quoted, semicolons, sentences, spanned
from detente.words.language import LANGUAGES, Text, chosen, language, plural, speaking, tag, translated
from detente.words.lines import breaks, folded, wide
from detente.words.phrases import Phrases

__all__ = [
    "LANGUAGES",
    "Phrases",
    "Text",
    "bracketed",
    "breaks",
    "chosen",
    "clauses",
    "commas",
    "counted",
    "folded",
    "labelled",
    "language",
    "listed",
    "plural",
    "quoted",
    "semicolons",
    "sentences",
    "spanned",
    "speaking",
    "tag",
    "translated",
    "wide",
]
