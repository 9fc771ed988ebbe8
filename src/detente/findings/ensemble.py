"""Bands of named outcomes over an ensemble's draws."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import xarray as xr

from detente.findings import names

BAND = (0.05, 0.95)
"""Quantiles of the bands over draws."""


@dataclass(frozen=True)
class Band:
    """How an outcome varies over the draws that did not fail."""

    outcome: str
    label: str
    unit: str
    mean: float
    low: float
    median: float
    high: float
    draws: int
    failed: int

    @property
    def row(self) -> dict[str, Any]:
        """The band as plain data."""
        return asdict(self)


def bands(ds: xr.Dataset) -> list[Band]:
    """Return the bands of every outcome.

    Args:
        ds: An ensemble with ``outcome_value`` [draw, outcome]; draws that failed are not numbers.

    Returns:
        One band per outcome; all its figures are not numbers when every draw failed.
    """
    well = (ds.status == 0).values
    kept = ds.outcome_value.transpose("draw", "outcome").values[well]
    if not len(kept):
        kept = np.full((1, ds.sizes["outcome"]), np.nan)
    low, median, high = np.quantile(kept, (BAND[0], 0.5, BAND[1]), axis=0)
    figures = [each.tolist() for each in (kept.mean(0), low, median, high)]
    keys, labels, units = (ds[name].values.tolist() for name in ("outcome", "outcome_label", "outcome_unit"))
    return [
        Band(
            keys[i],
            names.outcome(ds, keys[i], labels[i]),
            units[i],
            mean=figures[0][i],
            low=figures[1][i],
            median=figures[2][i],
            high=figures[3][i],
            draws=int(well.sum()),
            failed=int((~well).sum()),
        )
        for i in range(len(keys))
    ]
