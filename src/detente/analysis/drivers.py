"""What drives an outcome: Sobol' indices, sensitivity given an event, regions of assumptions, slopes at central values.

ds = drivers(load("small-deal-2025"), "p_deal", draws=128)

One set of solves serves all but the slopes. Indices need inputs that are independent; where the scenario joins draws, they are
taken on the independent shares behind them, those that are joined moving as one group.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import xarray as xr

import detente
from detente.analysis import indices as sobol_indices
from detente.analysis import prim
from detente.analysis.gradient import gradient
from detente.analysis.rows import Rows, blocks, designed, observed
from detente.coarse import coarser
from detente.compile import Model
from detente.errors import Problem, ScenarioError, SolveError
from detente.outcomes import Outcome, outcome
from detente.result.inputs import identity, parameters
from detente.run import Case, Progress
from detente.spec.joint import Joint

DRAWS = 128
"""Rows of the design; each is solved once, once more, and once for every group."""
FEW = 16
"""Rows that must be left at least."""
WIDE = 0.1
"""Width of the widest interval at which indices count as converged."""
SOUGHT = 6
"""Regions are sought in so many parameters that explain most by themselves, and in so many with the steepest slopes: in more,
a few hundred draws hold regions by chance."""
PART = 2 / 3
"""Share of the rows in which regions are sought; they are measured in the others."""
KEYS = ("label", "unit", "group", "source", "contested", "value", "low", "high")


def drivers(
    case: Case,
    name: str = "p_deal",
    draws: int = DRAWS,
    seed: int = 1,
    by: str = "group",
    given: str | None = None,
    above: float | None = None,
    below: float | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Say what an outcome hangs on.

    Args:
        case: The scenario.
        name: The outcome; see :mod:`detente.outcomes`.
        draws: Rows of the design; there are as many solves as rows times two more than groups. A power of two is best.
        seed: Seed of the draws and of the bootstrap.
        by: ``group`` or ``parameter``: whose Sobol' indices.
        given: An outcome that is a probability: also say what drives the first one given that event.
        above: Seek the region in which the outcome is above this value (default, with ``below``: on either side of its median).
        below: Seek the region in which it is below.
        progress: Told (stage, done, total).

    Returns:
        By group: first-order and total indices with intervals. By parameter: share of variance it explains by itself (given the
        event, too), slopes at central values. By box: bounds, coverage, density, quasi-p-values.

    Raises:
        ScenarioError: ``unknown-outcome``, ``outside-horizon``, ``not-an-event``, ``nothing-uncertain`` or ``nothing-varies``.
        SolveError: if too many draws failed.
    """
    model = Model.of(coarser(case.scenario))
    wanted, event = outcome(model, name), _event(model, given)
    names = tuple(key for key, quantity in case.scenario.quantities.items() if quantity.uncertain)
    if not names:
        raise _wrong(case, "nothing-uncertain", "no parameter has a range", "give those that are not known low and high")
    if case.scenario.conditioned:
        sample = observed(case, names, wanted, event, draws, seed, progress)
    else:
        sample = designed(model, names, wanted, event, blocks(case.scenario, names, by), draws, seed, progress)
    rows = sample.values.shape[1]
    if rows < FEW:
        raise SolveError(f"{sample.failed} draws failed, which leaves {rows} of {draws} rows: too few")
    if np.ptp(sample.values) <= 1e-9 * max(1.0, float(np.abs(sample.values).max())):
        hint = "ask for another outcome, or widen the ranges"
        raise _wrong(case, "nothing-varies", f"{name} is the same in every draw", hint)
    slopes, obstacle = _slopes(case, sample, wanted)
    places = _promising(sample, slopes.per_deviation.values, seed)
    parts = [
        _sobol(sample, seed),
        _alone(sample, seed, event),
        slopes,
        _boxes(sample, places, above, below),
        _table(case, sample),
    ]
    ds = _named(xr.merge(parts))
    said = _attributes(case, sample, wanted, event) | {"draws": draws, "seed": seed, "by": by, "no_slopes": obstacle}
    return ds.assign_attrs(said | _moments(sample) | _verdict(ds, rows), box_parameters=len(places))


def _wrong(case: Case, code: str, text: str, hint: str) -> ScenarioError:
    return ScenarioError([Problem(code, (), text, hint)], case.scenario.name)


def _event(model: Model, given: str | None) -> Outcome | None:
    if given is None:
        return None
    event = outcome(model, given)
    if not event.bounded or given.startswith(("share", "survival")):
        hint = "name a probability, such as p_deal"
        raise ScenarioError(
            [Problem("not-an-event", (), f"{given} is not the probability of an event", hint)], model.scenario.name
        )
    return event


def _sobol(sample: Rows, seed: int) -> xr.Dataset:
    groups = np.array(list(sample.groups), str)
    if not len(groups):
        return xr.Dataset()
    found = sobol_indices.indices(sample.values, seed)
    shape = ("group", "end")
    return xr.Dataset(
        {
            "first": ("group", found.first),
            "first_band": (shape, found.first_band),
            "total": ("group", found.total),
            "total_band": (shape, found.total_band),
            "interaction_band": (shape, found.additive),
            "added": found.added,
            "added_band": ("end", found.added_band),
            "members": ("group", np.array([len(each) for each in sample.groups.values()])),
        },
        coords={"group": groups, "end": np.array(["low", "high"])},
    )


def _alone(sample: Rows, seed: int, event: Outcome | None) -> xr.Dataset:
    """What each parameter explains by itself."""
    (inputs, values), chance = sample.independent(), sample.chance[:2].ravel()
    found = sobol_indices.explained(inputs.T, values, np.ones(len(values)), seed)
    parts = {"own": ("parameter", found.share), "own_error": ("parameter", found.error)}
    if event is not None:
        found = sobol_indices.explained(inputs.T, values, chance, seed)
        parts |= {"own_given": ("parameter", found.share), "own_given_error": ("parameter", found.error)}
    return xr.Dataset(parts, coords={"parameter": np.array(sample.names, str)})


def _moments(sample: Rows) -> dict[str, float]:
    """Mean and deviation of the outcome, and how many draws these rest on; given the event, too."""
    values, chance = sample.values[:2].ravel(), sample.chance[:2].ravel()
    mean = float(np.average(values, weights=chance))
    return {
        "mean": float(values.mean()),
        "deviation": float(values.std()),
        "mean_given": mean,
        "deviation_given": float(np.sqrt(np.average((values - mean) ** 2, weights=chance))),
        "ess_given": float(chance.sum() ** 2 / (chance**2).sum()),
    }


def _slopes(case: Case, sample: Rows, wanted: Outcome) -> tuple[xr.Dataset, str]:
    """Return slopes at central values, not a number where there are none, and why there are none at all."""
    keys, names = ["gradient", "elasticity", "per_range", "per_deviation"], np.array(sample.names, str)
    try:
        found = gradient(case, wanted.name).sel(outcome=wanted.name)
    except (ScenarioError, SolveError) as error:
        why = error.problems[0].text if isinstance(error, ScenarioError) else str(error)
        empty = {key: ("parameter", np.full(len(names), np.nan)) for key in keys}
        return xr.Dataset(empty, coords={"parameter": names}), why
    rows = found[keys].reset_coords(drop=True).reindex(parameter=names)
    return rows.assign(outcome_central=found.outcome_value.reset_coords(drop=True)), ""


def _boxes(sample: Rows, places: np.ndarray, above: float | None, below: float | None) -> xr.Dataset:
    """Regions, sought in some rows and measured in others."""
    if above is None and below is None:
        above = below = float(np.median(sample.values[:2]))
    asked = [(side, float(at)) for side, at in (("above", above), ("below", below)) if at is not None]
    found = [_box(sample, places, side, threshold) for side, threshold in asked]
    most = max(len(each["bound_parameter"]) for each in found)
    ends = ("bound_low", "bound_high", "bound_low_p", "bound_high_p")
    parts: dict[str, Any] = {"box_side": ("box", np.array([side for side, _ in asked], str))}
    parts |= {key: ("box", np.array([each[key] for each in found])) for key in found[0] if not key.startswith("bound")}
    for key, empty in (("bound_parameter", ""), *((end, np.nan) for end in ends)):
        rows = [[*each[key], *[empty] * (most - len(each[key]))] for each in found]
        parts[key] = (("box", "bound"), np.array(rows, str if empty == "" else float).reshape(len(found), most))
    return xr.Dataset(parts)


def _promising(sample: Rows, slopes: np.ndarray, seed: int) -> np.ndarray:
    """Return positions of the parameters to seek regions in, without a look at the rows they are measured in."""
    inputs, values = sample.independent(slice(_cut(sample)))
    own = sobol_indices.explained(inputs.T, values, np.ones(len(values)), seed, 1).share
    ranked = [np.argsort(-each, kind="stable")[:SOUGHT] for each in (np.nan_to_num(own), np.abs(np.nan_to_num(slopes)))]
    return np.unique(np.concatenate(ranked))


def _cut(sample: Rows) -> int:
    return round(PART * sample.values.shape[1])


def _box(sample: Rows, places: np.ndarray, side: str, threshold: float) -> dict[str, Any]:
    """Return one region, its measures and its bounds."""

    def points(rows: slice) -> tuple[np.ndarray, np.ndarray]:
        inputs, values = sample.independent(rows)
        return inputs[:, places], values > threshold if side == "above" else values < threshold

    known, fresh = points(slice(_cut(sample))), points(slice(_cut(sample), None))
    box = prim.discover(*known) if known[1].any() else prim.Box.whole(len(places))
    seen = prim.measured(box, *fresh)
    chance = dict(zip(box.bounds, prim.quasi_p(box, *fresh), strict=True))
    columns = list(dict.fromkeys(column for column, _ in box.bounds))
    return {
        "threshold": threshold,
        "base": seen.base,
        "coverage": seen.coverage,
        "density": seen.density,
        "mass": seen.mass,
        "density_sought": prim.measured(box, *known).density,
        "tested": len(fresh[1]),
        "bound_parameter": [sample.names[places[column]] for column in columns],
        "bound_low": [_finite(box.low[column]) for column in columns],
        "bound_high": [_finite(box.high[column]) for column in columns],
        "bound_low_p": [chance.get((column, "low"), np.nan) for column in columns],
        "bound_high_p": [chance.get((column, "high"), np.nan) for column in columns],
    }


def _finite(value: float) -> float:
    return float(value) if np.isfinite(value) else float("nan")


def _table(case: Case, sample: Rows) -> xr.Dataset:
    """The parameters with their ranges and sources, and the independent draws."""
    every = list(case.scenario.quantities)
    rows = [every.index(name) for name in sample.names]
    known = parameters(case.scenario)
    (inputs, values), chance = sample.independent(), sample.chance[:2].ravel()
    parts: dict[str, Any] = {f"parameter_{key}": ("parameter", known[f"parameter_{key}"][1][rows]) for key in KEYS}
    parts |= {
        "parameter_draws": (("draw", "parameter"), inputs),
        "parameter_source_key": (
            "parameter",
            np.array(["; ".join(case.scenario.quantities[n].source) for n in sample.names], str),
        ),
        "outcome_draws": ("draw", values),
        "given_draws": ("draw", chance),
    }
    return xr.Dataset(parts, coords={"parameter": np.array(sample.names, str), "draw": np.arange(len(values))})


def _verdict(ds: xr.Dataset, rows: int) -> dict[str, Any]:
    """Whether indices have converged: the widest interval, their signs and their sum."""
    if "first" not in ds:
        return {"converged": 0, "consistent": 1, "width": float("nan"), "needed": 0, "wide": WIDE}
    bands = [ds[name].values for name in ("first_band", "total_band")]
    width = float(max(np.ptp(band, axis=1).max() for band in bands))
    consistent = (
        bool((ds.first_band.values[:, 1] >= 0).all())
        and bool((ds.interaction_band.values[:, 1] >= 0).all())
        and float(ds.added_band[0]) <= 1
    )
    needed = 2 ** int(np.ceil(np.log2(rows * max(1.0, (width / WIDE) ** 2))))
    return {
        "converged": int(width <= WIDE and consistent),
        "consistent": int(consistent),
        "width": width,
        "needed": needed,
        "wide": WIDE,
    }


def _attributes(case: Case, sample: Rows, wanted: Outcome, event: Outcome | None) -> dict[str, Any]:
    return identity(case.scenario) | {
        "variant": case.variant or "",
        "outcome": wanted.name,
        "outcome_label": wanted.label,
        "outcome_unit": wanted.unit,
        "given": "" if event is None else event.name,
        "given_label": "" if event is None else event.label,
        "rows": sample.values.shape[1],
        "failed": sample.failed,
        "solves": sample.solves,
        "conditioned": int(case.scenario.conditioned),
        "joined": json.dumps([sorted(cluster & {*sample.names}) for cluster in Joint(case.scenario).clusters()]),
        "version": detente.__version__,
    }


SEE = "see attribute outcome_unit"
NAMES = {
    "first": ("share of the outcome's variance that goes when the group is known (first-order index)", "1"),
    "first_band": ("its 95 % interval", "1"),
    "total": ("share of the outcome's variance that stays when all but the group is known (total index)", "1"),
    "total_band": ("its 95 % interval", "1"),
    "interaction_band": ("95 % interval of the total less the first-order index", "1"),
    "added": ("sum of the first-order indices", "1"),
    "added_band": ("its 95 % interval", "1"),
    "members": ("uncertain parameters in the group", "1"),
    "own": ("share of the outcome's variance that the parameter explains by itself, from the draws as they are", "1"),
    "own_error": ("its standard error", "1"),
    "own_given": ("the same given the event, every draw weighed by its probability", "1"),
    "own_given_error": ("its standard error", "1"),
    "gradient": ("derivative of the outcome at central values", "outcome's unit per unit of the parameter"),
    "elasticity": ("relative change of the outcome per relative change of the parameter, at central values", "1"),
    "per_range": ("slope at central values times the width of the parameter's range", SEE),
    "per_deviation": ("slope at central values times the standard deviation of the parameter's range", SEE),
    "outcome_central": ("outcome at central values, on the coarser calendar and grid of the draws", SEE),
    "box_side": ("whether the outcome is to be above or below the threshold", ""),
    "threshold": ("what the outcome is to be above or below", SEE),
    "base": ("share of all draws where it is; of draws the region was not sought in, as the three that follow", "1"),
    "coverage": ("share of those that lie in the region", "1"),
    "density": ("share of the draws in the region where it is", "1"),
    "mass": ("share of all draws that lie in the region", "1"),
    "density_sought": ("density in the draws the region was sought in", "1"),
    "tested": ("draws the region was measured on", "1"),
    "bound_parameter": ("parameter that is bounded; empty: no further one", ""),
    "bound_low": ("lower bound", "its own, see parameter_unit"),
    "bound_high": ("upper bound", "its own, see parameter_unit"),
    "bound_low_p": ("probability that the lower bound tells as much by chance (quasi-p-value)", "1"),
    "bound_high_p": ("probability that the upper bound tells as much by chance (quasi-p-value)", "1"),
    "parameter_label": ("what the number is", ""),
    "parameter_unit": ("unit", ""),
    "parameter_group": ("group the number belongs to", ""),
    "parameter_source": ("sources", ""),
    "parameter_source_key": ("sources, as the scenario's ledger calls them", ""),
    "parameter_contested": ("whether informed people disagree", ""),
    "parameter_value": ("central value", "its own, see parameter_unit"),
    "parameter_low": ("lower end of the range", "its own, see parameter_unit"),
    "parameter_high": ("upper end of the range", "its own, see parameter_unit"),
    "parameter_draws": ("independent draws, by parameter", "its own, see parameter_unit"),
    "outcome_draws": ("outcome in each", SEE),
    "given_draws": ("probability of the event in each; one where none is asked for", "1"),
}


def _named(ds: xr.Dataset) -> xr.Dataset:
    for name, (label, unit) in NAMES.items():
        if name in ds:
            ds[name].attrs |= {"long_name": label, "units": unit}
    return ds
