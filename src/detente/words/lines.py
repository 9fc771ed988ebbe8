"""Lines of a readable length, in scripts that put blanks between words and in those that do not."""

from __future__ import annotations

from textwrap import wrap
from unicodedata import east_asian_width

NEVER_FIRST = frozenset("，。、；：？！）》〉】」』”’％%～—·…,.;:?!)]}")
"""What no line begins with."""
NEVER_LAST = frozenset("（《〈【「『“‘([{")
"""What no line ends with."""


def wide(text: str) -> int:
    """Return how many columns a text takes; a Chinese character takes two."""
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text)


def folded(text: str, width: int) -> list[str]:
    """Break a text into lines of at most ``width`` columns, between words and between Chinese characters."""
    if wide(text) == len(text):
        return wrap(text, width)
    lines, line = [], ""
    for piece in pieces(text):
        if line and wide(line) + wide(piece.rstrip()) > width:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()] if line.strip() else lines


def pieces(text: str) -> list[str]:
    """Cut a text wherever a line may be broken."""
    found: list[str] = []
    for c in text:
        if found and not _cut(found[-1][-1], c):
            found[-1] += c
        else:
            found.append(c)
    return found


def _cut(before: str, after: str) -> bool:
    """Whether a line may end between two characters."""
    if after.isspace() or after in NEVER_FIRST or before in NEVER_LAST:
        return False
    return before.isspace() or any(east_asian_width(c) in "WF" for c in (before, after))
