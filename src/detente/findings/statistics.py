"""Statistics read off a result. Each is a function of a Dataset that works alike on the central result and on the draws."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import xarray as xr

from detente.findings.reading import Reading, Statistic

NEGLIGIBLE = 0.005
"""Below this probability of an agreement, what would follow one is not worth a sentence."""


def possible(reading: Reading) -> bool:
    """Whether an agreement is likely enough to ask what would follow it."""
    return float(signed_ever(reading.ds)) >= NEGLIGIBLE


def _between(values: xr.DataArray, dim: str, points: np.ndarray, at: float) -> xr.DataArray:
    """Interpolate linearly along ``dim``, whose points rise; ends are held."""
    right = int(np.clip(np.searchsorted(points, at), 1, len(points) - 1)) if len(points) > 1 else 0
    left = max(right - 1, 0)
    span = points[right] - points[left]
    share = float(np.clip((at - points[left]) / span, 0.0, 1.0)) if span > 0 else 0.0
    return (1 - share) * values.isel({dim: left}, drop=True) + share * values.isel({dim: right}, drop=True)


def days(dates: Any) -> np.ndarray:
    """Dates as numbers that rise: days, or rounds."""
    array = np.asarray(dates)
    return array.astype("datetime64[D]").astype(float) if np.issubdtype(array.dtype, np.datetime64) else array.astype(float)


def signed_by(date: Any) -> Statistic:
    """P(an agreement is signed by ``date``)."""
    at = float(days([date])[0])
    return lambda ds: _between(ds["p_signed_by"], "date", days(ds["date"].values), at)


def signed_ever(ds: xr.Dataset) -> xr.DataArray:
    """P(an agreement is signed within the horizon)."""
    return ds["p_signed_by"].isel(date=-1, drop=True)


def talks_over(ds: xr.Dataset) -> xr.DataArray:
    """P(somebody leaves the talks for good before any agreement, within the horizon)."""
    return ds["p_talks_over"].isel(date=-1, drop=True)


def share_of(*packages: str) -> Statistic:
    """The share of signed agreements that are one of these packages; not a number where none is ever signed."""
    chosen = frozenset(packages)

    def share(ds: xr.Dataset) -> xr.DataArray:
        signed = ds["p_deal"]
        # plain arrays: this is asked of every option at every move of a slider
        values, axis = signed.values, signed.get_axis_num("package")
        part = values.compress([name in chosen for name in ds["package"].values], axis).sum(axis)
        total = values.sum(axis)
        share = np.divide(part, total, out=np.full_like(total, np.nan), where=total > 0)
        return xr.DataArray(share, dims=[dim for dim in signed.dims if dim != "package"])

    return share


def probability_of(package: str) -> Statistic:
    """P(this package is signed within the horizon)."""
    return lambda ds: ds["p_deal"].sel(package=package, drop=True)


def surviving(age: float) -> Statistic:
    """P(an agreement is still in force at this age)."""
    return lambda ds: _between(ds["survival"], "age", ds["age"].values.astype(float), age)


def modal_shares(draws: xr.Dataset) -> dict[str, float]:
    """Package -> share of draws in which it is the likeliest to be signed, the largest first."""
    best, count = np.unique(draws["p_deal"].argmax("package").values, return_counts=True)
    order = np.argsort(-count, kind="stable")
    return {str(draws.package.values[best[i]]): float(count[i]) / draws.sizes["draw"] for i in order}


def quantile_date(ds: xr.Dataset, share: float) -> Any:
    """The date (or the first round) by which ``share`` of the horizon's probability of an agreement has been used."""
    values, points = ds["p_signed_by"].values, days(ds["date"].values)
    at = float(np.interp(share * values[-1], values, points))
    return np.datetime64(int(at), "D") if np.issubdtype(ds["date"].dtype, np.datetime64) else math.ceil(at - 1e-9)


def year_ends(reading: Reading) -> list[Any]:
    """The last day of each year within the horizon, or the rounds."""
    dates = reading.ds.date.values
    if not reading.dated:
        return [int(date) for date in dates[1:]]
    first, last = (int(str(date)[:4]) for date in (dates[0], dates[-1]))
    ends = [np.datetime64(f"{year}-12-31", "D") for year in range(first, last + 1)]
    return [end for end in ends if dates[0] < end <= dates[-1]]


def hazard(reading: Reading) -> np.ndarray:
    """P(signing in the period | no agreement yet) [1/period]; NaN once next to nothing is left open."""
    flow = np.diff(reading.ds.p_signed_by.values)
    left = reading.ds.p_open.values[:-1]
    return np.where(left > 1e-9, flow / np.maximum(left, 1e-9), np.nan)


def within_one(probability: Any, step: float) -> Any:
    """A probability per period as one per year (or round), at the same pace."""
    return -np.expm1(np.log1p(-np.minimum(probability, 1 - 1e-12)) / step)


def endings(ds: xr.Dataset) -> xr.DataArray:
    """Share of each cause among the endings followed to the last age."""
    ended = ds["ended_by"].isel(age=-1, drop=True)
    return ended / ended.sum("cause")


def acceptance(who: str, package: str) -> Statistic:
    """P(someone needed accepts a package at the start)."""
    return lambda ds: ds["p_accept"].sel(consenter=who, package=package, drop=True)


def cheating(package: str) -> Statistic:
    """P(cheating at once on a package signed at the start)."""
    return lambda ds: ds["p_cheat"].sel(package=package, drop=True)


def gain(player: str, package: str) -> Statistic:
    """A player's gain from a package signed at the start, against waiting [utils]."""
    return lambda ds: ds["gain"].sel(player=player, package=package, drop=True)


def signed_band(reading: Reading) -> np.ndarray | None:
    """The band of P(signed by) at the dates of the central result [2, date]; draws may run on a coarser calendar."""
    band = reading.band(lambda ds: ds["p_signed_by"])
    return None if band is None else _onto(days(reading.ds.date.values), days(band.date.values), band.values)


def survival_band(reading: Reading) -> np.ndarray | None:
    """The band of survival at the ages of the central result [2, age]."""
    band = reading.band(lambda ds: ds["survival"])
    return None if band is None else _onto(reading.ds.age.values, band.age.values, band.values)


def _onto(points: np.ndarray, known: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Interpolate both ends of a band, leaving what lies beyond the draws unknown."""
    return np.array([np.interp(points, known, end, right=np.nan) for end in ends])
