"""Lines of a readable length, in scripts that put blanks between words and in those that do not."""

from __future__ import annotations

from textwrap import wrap
from unicodedata import east_asian_width

NEVER_FIRST = frozenset("，。、；：？！）》〉】」』］”’％%〜～—·…,.;:?!)]}")
"""What no line begins with."""
NEVER_LAST = frozenset("（《〈【「『［“‘([{")
"""What no line ends with."""


def wide(text: str) -> int:
    """Return how many columns a text takes; a Chinese character takes two."""
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text)


def folded(text: str, width: int) -> list[str]:
    """Break a text into lines of at most ``width`` columns, between words and between Chinese characters."""
    if wide(text) == len(text):
        return wrap(text, width)
    starts = [*breaks(text, width), len(text)]
    return [line for a, b in zip([0, *starts], starts, strict=False) if (line := text[a:b].strip())]


def breaks(text: str, width: int) -> list[int]:
    """Return where lines after the first begin; a piece longer than a line keeps one to itself."""
    starts, used, at = [], 0, 0
    for piece in _pieces(text):
        if used and used + wide(piece.rstrip()) > width:
            starts.append(at)
            used = 0
        used += wide(piece)
        at += len(piece)
    return starts


def _pieces(text: str) -> list[str]:
    """Cut a text wherever a line may be broken."""
    cuts = [i for i in range(1, len(text)) if _cut(text[i - 1], text[i])]
    return [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]


def _cut(before: str, after: str) -> bool:
    """Whether a line may end between two characters."""
    if after.isspace() or after in NEVER_FIRST or before in NEVER_LAST:
        return False
    return before.isspace() or any(east_asian_width(c) in "WF" for c in (before, after))
