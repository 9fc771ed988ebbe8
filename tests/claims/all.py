"""Every claim, in order."""

from __future__ import annotations

import re

from claims import arsenal, durability, evidence, opening, patrons, war, washington
from claims.claim import Apart, Claim

APART = (
    Apart(
        "T16",
        "detection and snapback count by their product only",
        "exact where a failed snapback is tried again: tests/reference/test_compliance.py",
    ),
)


def _order(claim: Claim) -> tuple[int, str]:
    number, letter = re.fullmatch(r"T(\d+)([a-z]?)", claim.name).groups()  # type: ignore[union-attr]
    return int(number), letter


CLAIMS: tuple[Claim, ...] = tuple(
    sorted(
        (claim for part in (opening, war, patrons, durability, arsenal, washington, evidence) for claim in part.CLAIMS),
        key=_order,
    )
)
