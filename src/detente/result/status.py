"""Which draws failed, and of what: read off the dataset alone, so that a saved file tells it too."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import xarray as xr

from detente.engine.audit import REMEDY, Status


def flags() -> dict[str, Any]:
    """Return the attributes that say what the bits of a draw's status mean (CF conventions), and the remedies."""
    troubles = [flag for flag in Status if flag]
    return {
        "flag_masks": np.array([int(flag) for flag in troubles], np.int32),
        "flag_meanings": " ".join(str(flag.name) for flag in troubles),
        "remedies": json.dumps({flag.name: REMEDY[flag] for flag in troubles}),
    }


def failures(draws: xr.Dataset) -> dict[str, int]:
    """Return how many draws failed, by trouble."""
    status = draws.status
    masks, names = np.atleast_1d(status.attrs["flag_masks"]), str(status.attrs["flag_meanings"]).split()
    counts = {name: int(((status.values & mask) > 0).sum()) for mask, name in zip(masks, names, strict=True)}
    return {name: count for name, count in counts.items() if count}


def solved(draws: xr.Dataset) -> xr.Dataset:
    """Return the draws that were solved."""
    return draws.isel(draw=np.flatnonzero(draws.status.values == 0))
