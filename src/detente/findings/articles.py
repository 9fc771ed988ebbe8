"""Names as they stand in running English: with their article, and without a capital where they begin with a common noun."""

from __future__ import annotations

import re

PROPER = re.compile(r"(States|Kingdom|Netherlands|Philippines|Emirates|Union|Nations|Council|Agency|Commission|House|Kremlin)$")
"""Ends of proper names that take an article: the United States, the White House."""
COMMON = re.compile(r"^(Government|Parliament|Presidency|Leadership|Elected members|Members)\b")
"""Beginnings that are no names: the government in Seoul."""


def in_text(label: str) -> str:
    """Return a name for the middle of a sentence."""
    if COMMON.match(label):
        return f"the {label[0].lower()}{label[1:]}"
    return f"the {label}" if PROPER.search(label) and not label.lower().startswith("the ") else label
