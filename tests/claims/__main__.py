"""Evaluate every claim over all draws, store the numbers, and rewrite the table in the case page."""

from __future__ import annotations

import sys
import time

from claims.all import CLAIMS
from claims.table import numbers, write
from claims.world import World


def main() -> None:
    """Evaluate, store, write; say on the way what is being solved."""
    began = time.monotonic()
    world = World(tell=lambda text: print(f"{time.monotonic() - began:5.0f} s  {text}", file=sys.stderr))  # noqa: T201
    write(numbers(world, [claim.answer(world) for claim in CLAIMS]))


main()
