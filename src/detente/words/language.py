"""Which language is spoken, and the catalogue it is looked up in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache

ENGLISH = "en"
LANGUAGES = {ENGLISH: "English", "zh": "简体中文"}
"""Languages by code, each in its own words."""
TAGS = {"zh": "zh-Hans"}
"""What a page says of its language where that is more than the code (RFC 5646)."""
Text = Mapping[str, str]
"""Words for people, by language code."""

_spoken: ContextVar[str] = ContextVar("language", default=ENGLISH)


def language() -> str:
    """Return the code of the language spoken here."""
    return _spoken.get()


def tag(code: str | None = None) -> str:
    """Return a language (default: the one spoken here) as a page names it."""
    code = code or language()
    return TAGS.get(code, code)


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Speak a language inside the block; other threads and tasks keep theirs.

    Raises:
        ValueError: there is no such language.
    """
    if code not in LANGUAGES:
        raise ValueError(f"detente does not speak {code!r}; it speaks {', '.join(LANGUAGES)}")
    before = _spoken.set(code)
    try:
        yield
    finally:
        _spoken.reset(before)


def chosen(text: Text | None, default: str = "", code: str | None = None) -> str:
    """Return the words of a scenario in a language (default: the one spoken here), else in English, else in any."""
    if not text:
        return default
    return text.get(code or language()) or text.get(ENGLISH) or next(iter(text.values()), default)


@dataclass(frozen=True)
class Catalogue:
    """What is said in another language, by what is said in English."""

    said: Mapping[tuple[str, str], tuple[str, ...]]
    """Context and English -> its translations, one per form of the plural."""
    form: Callable[[int], int]
    """A number -> which form of the plural it takes."""


@cache
def catalogue(code: str) -> Catalogue:
    """Read the catalogue of a language, once."""
    # needed in no English run, and slow to import
    from gettext import c2py
    from importlib.resources import files

    from babel.messages.pofile import read_po

    path = files("detente") / "assets" / "locale" / code / "LC_MESSAGES" / "detente.po"
    with path.open("rb") as stream:
        found = read_po(stream, locale=code)
    known = (entry for entry in found if entry.id and entry.string and not entry.fuzzy)
    said = {(entry.context or "", _first(entry.id)): _forms(entry.string) for entry in known}
    return Catalogue(said, c2py(str(found.plural_expr)))


def _first(words: str | tuple[str, ...] | list[str]) -> str:
    return words if isinstance(words, str) else words[0]


def _forms(words: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return (words,) if isinstance(words, str) else tuple(words or ())


def translated(english: str, context: str = "") -> str:
    """Return what is said for ``english`` in the language spoken here; itself where the catalogue has nothing.

    Args:
        english: The sentence, its placeholders still to be filled.
        context: Tells apart what is alike in English only.
    """
    code = language()
    if code == ENGLISH:
        return english
    return catalogue(code).said.get((context, english), (english,))[0]


def plural(one: str, many: str, number: float) -> str:
    """Return the form that goes with a number, in the language spoken here."""
    code = language()
    forms = () if code == ENGLISH else catalogue(code).said.get(("", one), ())
    if not forms:
        return one if number == 1 else many
    form = catalogue(code).form(int(number)) if number == int(number) else len(forms) - 1
    return forms[min(form, len(forms) - 1)]
