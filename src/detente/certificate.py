"""The machine-readable answer: a deal certificate, and the manifest that lets anyone make it again."""

from __future__ import annotations

import json
import platform
from importlib import metadata
from typing import Any

import numpy as np
import xarray as xr

from detente.result.status import failures, solved

PACKAGES = ("jax", "jaxlib", "numpy", "scipy", "xarray", "pydantic")


def certificate(ds: xr.Dataset, draws: xr.Dataset | None) -> dict[str, Any]:
    """Return the answer in short: every number is read off the datasets."""
    modal = int(np.argmax(ds.p_deal.values))
    total = float(ds.p_signed_by[-1])
    settings = json.loads(ds.attrs["settings"])
    return {
        "scenario": ds.attrs["scenario"],
        "title": ds.attrs["title"],
        "scenario_hash": ds.attrs["scenario_hash"],
        "version": ds.attrs["version"],
        "seed": int(ds.attrs["seed"]),
        "variant": settings.get("variant"),
        "p_deal": total,
        "p_deal_band": _band(draws, lambda d: d.p_signed_by.isel(date=-1)),
        "p_deal_by": by_year(ds),
        "modal_package": _levels(ds, modal) if total > 0 else None,
        "p_modal_package": float(ds.p_deal[modal]),
        "leading_packages": [_entry(ds, int(a)) for a in np.argsort(-ds.p_deal.values, kind="stable")[:8]],
        "survival": _survival(ds),
        "causes_of_ending": _causes(ds),
        "snapback_given_lapse": _named(ds.snapback_given_lapse, "cause"),
        "solutions": _solutions(ds),
        "disagreement_point": {
            "definition": ds.solution.attrs["disagreement"],
            "value": _named(ds.value_waiting, "player"),
        },
        "cost_of_delay": _named(ds.cost_of_delay, "player"),
        "maximum_regret": _named(ds.regret, "player"),
        "audit": _audit(ds, draws),
        "lambda": _named(ds.precision_used, "player"),
        "draws": int(draws.sizes["draw"]) if draws is not None else 0,
    }


def _audit(ds: xr.Dataset, draws: xr.Dataset | None) -> dict[str, Any]:
    """Return how far the answer is from what it claims to be."""
    return {
        "equilibrium_residual": float(ds.residual),
        "maximum_regret_by_decision": _named(ds.regret_by.max("player"), "decision"),
        "mass_error": float(ds.mass_error),
        "not_finite": int(ds.not_finite),
        "p_at_edge_of_grid": {str(stock): _named(ds.p_at_edge.sel(stock=stock), "end") for stock in ds.stock.values},
        "uniqueness": ds.attrs["uniqueness"],
        "draws_failed": {} if draws is None else failures(draws),
    }


def by_year(ds: xr.Dataset) -> dict[str, float]:
    """Return the probability of an agreement by the end of each year (or each round), by ISO date."""
    dates, values = ds.date.values, ds.p_signed_by.values
    if not np.issubdtype(dates.dtype, np.datetime64):
        return {str(int(date)): float(value) for date, value in zip(dates[1:], values[1:], strict=True)}
    days = dates.astype("datetime64[D]").astype(float)
    years = range(int(str(dates[0])[:4]), int(str(dates[-1])[:4]) + 1)
    ends = [np.datetime64(f"{year}-12-31", "D") for year in years]
    inside = [end for end in ends if days[0] < end.astype(float) <= days[-1]]
    return {str(end): float(np.interp(end.astype(float), days, values)) for end in inside}


def _band(draws: xr.Dataset | None, read: Any) -> dict[str, float] | None:
    if draws is None:
        return None
    low, high = json.loads(draws.attrs["quantiles"])
    values = read(solved(draws)).values
    return {f"{q:g}": float(np.quantile(values, q)) for q in (low, 0.5, high)}


def _levels(ds: xr.Dataset, package: int) -> dict[str, str]:
    return {str(issue): str(option) for issue, option in zip(ds.issue.values, ds.package_level.values[package], strict=True)}


def _entry(ds: xr.Dataset, package: int) -> dict[str, Any]:
    needed = ds.needs[:, package].values
    return {
        "package": _levels(ds, package),
        "probability": float(ds.p_deal[package]),
        "gain": _named(ds.gain[:, package], "player"),
        "consent": {
            str(n): float(p) for n, p in zip(ds.consenter.values[needed], ds.p_accept[:, package].values[needed], strict=True)
        },
        "on_frontier": bool(ds.pareto[package]),
        "in_zone": bool(ds.in_zone[package]),
        "p_cheat_at_signing": float(ds.p_cheat[package]),
    }


def _named(array: xr.DataArray, dim: str) -> dict[str, float | str | None]:
    return {str(name): _number(value) for name, value in zip(array[dim].values, array.values, strict=True)}


def _number(value: float) -> float | str | None:
    """Return a number JSON can carry: infinity as text, not-a-number as null."""
    if np.isnan(value):
        return None
    return "inf" if np.isinf(value) else float(value)


def _survival(ds: xr.Dataset) -> dict[str, float | str | None]:
    """Return survival at whole years (or every fourth round)."""
    ages = ds.age.values
    whole = [i for i, age in enumerate(ages) if age > 0 and abs(age - round(age)) < 1e-9]
    return {f"{ages[i]:g}": _number(float(ds.survival[i])) for i in whole}


def _causes(ds: xr.Dataset) -> dict[str, float | None]:
    """Return each cause's share of the endings within the horizon."""
    ended = ds.p_ended.sum("period")
    total = float(ended.sum())
    return {str(c): (float(v) / total if total > 0 else None) for c, v in zip(ended.cause.values, ended.values, strict=True)}


def _solutions(ds: xr.Dataset) -> dict[str, Any]:
    definitions = json.loads(ds.solution.attrs["definitions"])
    names = [str(name) for name in ds.package.values]
    out = {}
    for concept, name in zip(ds.concept.values, ds.solution.values, strict=True):
        package = _levels(ds, names.index(str(name))) if str(name) else None
        out[str(concept)] = {"package": package, "definition": definitions[str(concept)]}
    return out


def manifest(ds: xr.Dataset, **extra: Any) -> dict[str, Any]:
    """Return what is needed to make the result again."""
    installed = {name: metadata.version(name) for name in PACKAGES}
    machine = {"python": platform.python_version(), "system": platform.system(), "machine": platform.machine()}
    keep = ("scenario", "scenario_hash", "version", "seed", "created")
    return (
        {key: ds.attrs[key] for key in keep}
        | {"settings": json.loads(ds.attrs["settings"])}
        | {"installed": installed, **machine, **extra}
    )
