"""Tables of sentences."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

from detente.words.language import translated


class Phrases(Mapping[Any, str]):
    """Sentences by key, written in English, read in the language spoken: ``SAID = Phrases() | {"key": "A sentence."}``.

    The dict is a literal of plain strings, which is how ``tools/words.py`` finds them.
    """

    def __init__(self, english: Mapping[Any, str] | None = None, context: str = "") -> None:
        """Make a table; ``context`` tells apart what is alike in English only."""
        self._english, self._context = dict(english or {}), context

    def __or__(self, english: Mapping[Any, str]) -> Phrases:
        """Return the table with more sentences."""
        return Phrases(self._english | dict(english), self._context)

    def __getitem__(self, key: Hashable) -> str:
        """Return a sentence; its placeholders are still to be filled."""
        return translated(self._english[key], self._context)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._english)

    def __len__(self) -> int:
        return len(self._english)

    def say(self, key: Hashable, **values: object) -> str:
        """Fill in a sentence. Values go in by name and are never read as a template themselves."""
        return self[key].format(**values)
