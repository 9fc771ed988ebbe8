"""A file of bytes read as a sequence of choices, so that a fuzzer's small changes are small changes of what is built."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from detente.spec.text import unreadable

T = TypeVar("T")


class Choices:
    """Bytes, taken from the front; once they are used up, every choice is the first."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    @property
    def left(self) -> int:
        """How many bytes have not been used."""
        return len(self._data) - self._at

    def bytes(self, count: int) -> bytes:
        """Return the next ``count`` bytes, or as many as there are."""
        taken = self._data[self._at : self._at + count]
        self._at += len(taken)
        return taken

    def number(self, limit: int) -> int:
        """Return a number from 0 up to, not including, ``limit``."""
        width = 1 if limit <= 256 else 2 if limit <= 65536 else 8
        return int.from_bytes(self.bytes(width), "little") % limit

    def pick(self, among: Sequence[T]) -> T:
        """Return one of several things."""
        return among[self.number(len(among))]

    def text(self, limit: int = 64) -> str:
        """Return a text of any characters that a file can hold."""
        return "".join(char for char in self.bytes(self.number(limit)).decode("utf-8", "replace") if not unreadable(char))
