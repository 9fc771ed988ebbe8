"""What has been seen says about a scenario: prior and posterior of its parameters and outcomes, side by side.

The parameters are drawn from their ranges; every draw is weighed by the exact probability it gives to the observed history
(:mod:`detente.evidence`). An outcome changes for two reasons, told apart here: what has happened has happened (a year has
passed), and what has happened says something about the parameters.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import xarray as xr

import detente
from detente.analysis.nuts import nuts as sample
from detente.analysis.nuts import obstacle
from detente.coarse import coarser
from detente.compile import Model
from detente.evidence import FEW, Weighed, average, effective, normalised, quantiles, weigh
from detente.outcomes import Outcome, outcome
from detente.result.inputs import attributes
from detente.run import Case
from detente.spec.quantity import say
from detente.spec.scenario import Observation

Progress = Callable[[str, int, int], None]
SHARES = np.array([0.05, 0.5, 0.95])
"""Quantiles reported of parameters and outcomes."""
WARMUP = 300
"""Steps of each chain of the no-U-turn sampler before any is kept."""
DRAWS = 256
"""Draws weighed unless told otherwise."""


def condition(
    case: Case,
    outcomes: Sequence[str] = ("p_deal",),
    draws: int = DRAWS,
    seed: int = 1,
    progress: Progress | None = None,
    nuts: bool = False,
) -> xr.Dataset:
    """Condition a scenario on its observations.

    Args:
        case: The scenario.
        outcomes: Names of the outcomes to report (see :mod:`detente.outcomes`).
        draws: Draws of the uncertain parameters.
        seed: Seed of the draws.
        progress: Told (stage, done, total).
        nuts: Whether to sample the posterior with the no-U-turn sampler instead of weighing draws from the prior; where that
            cannot be done the dataset says why (``obstacle``) and weighed draws are returned.

    Returns:
        Parameters and outcomes by ``stage`` (prior, posterior) with means, quantiles and draws; what every observation adds.

    Raises:
        ScenarioError: ``nothing-observed``, or an unknown outcome.
        SolveError: if every draw failed, or the history is impossible in every draw.
    """
    model = Model.of(coarser(case.scenario))
    read = [outcome(model, name) for name in outcomes]
    tell = progress or (lambda stage, done, total: None)
    hindrance = obstacle(model) if nuts else ""
    found = weigh(model, draws, seed, tell)
    sampled = sample(model, draws, WARMUP, seed, tell) if nuts and not hindrance else None
    ds = labelled(model, found, read, None if sampled is None else weigh(model, draws, seed, tell, sampled.columns))
    ds.attrs |= attributes(case.scenario, model.labels, draws=draws, variant=case.variant)
    ds.attrs |= {
        "ess": found.ess if sampled is None else sampled.ess,
        "log_evidence": found.log_evidence,
        "degenerate": int(sampled is None and found.ess < FEW * draws),
        "sampler": "weighed draws" if sampled is None else "NUTS",
        "obstacle": hindrance,
        "seen": json.dumps([noted(fact) for fact in found.facts], ensure_ascii=False),
        "rhat": 1.0 if sampled is None else sampled.rhat,
        "divergent": 0 if sampled is None else sampled.divergent,
        "failed": int((found.raw["status"] != 0).sum()),
        "draws": draws,
        "seed": seed,
        "version": detente.__version__,
        "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
    }
    return ds


def labelled(model: Model, found: Weighed, read: Sequence[Outcome], sampled: Weighed | None = None) -> xr.Dataset:
    """Return draws from the prior, weighed, or followed by draws from the posterior, as labelled data."""
    parts = [found] if sampled is None else [found, sampled]
    before, after = _stages(parts)
    uncertain = [name for name, quantity in model.scenario.quantities.items() if quantity.uncertain]
    columns = {name: np.concatenate([part.columns[name] for part in parts]) for name in uncertain}
    values = np.stack(list(columns.values())) if uncertain else np.zeros((0, len(before)))
    prior = np.stack([np.concatenate([part.prior(each) for part in parts]) for each in read])
    later = np.stack([np.concatenate([part.posterior(each) for part in parts]) for each in read])
    ds = xr.Dataset(
        {
            **_summary("parameter", values, values, before, after),
            **_summary("outcome", prior, later, before, after),
            "shift": ("parameter", _shift(values, before, after)),
            "shift_error": ("parameter", _in_spreads(_error(values, after), values, before)),
            "outcome_passed": ("outcome", later @ before),
            "outcome_error": ("outcome", _error(later, after)),
            "parameter_draws": (("parameter", "draw"), values),
            "outcome_draws": (("stage", "outcome", "draw"), np.stack([prior, later])),
            "weight": (("stage", "draw"), np.stack([before, after])),
            **_steps(found),
        },
        coords={
            "stage": ["prior", "posterior"],
            "quantile": SHARES,
            "parameter": uncertain,
            "parameter_label": ("parameter", [_label(model, name) for name in uncertain]),
            "outcome": [each.name for each in read],
            "outcome_label": ("outcome", [each.label for each in read]),
            "outcome_unit": ("outcome", [each.unit for each in read]),
        },
    )
    for name, variable in ds.data_vars.items():
        variable.attrs["long_name"], variable.attrs["units"] = NAMES[str(name)]
    return ds


def _stages(parts: list[Weighed]) -> tuple[np.ndarray, np.ndarray]:
    """Return the weights of all draws before and after; where the posterior was sampled, its draws follow the prior's."""
    good = [part.raw["status"] == 0 for part in parts]
    if len(parts) == 1:
        return good[0] / good[0].sum(), parts[0].weights
    none = [np.zeros(len(each)) for each in good]
    return np.concatenate([good[0] / good[0].sum(), none[1]]), np.concatenate([none[0], good[1] / good[1].sum()])


def _label(model: Model, name: str) -> str:
    return (model.scenario.quantities[name].label or {}).get("en") or name.replace("_", " ")


def _summary(axis: str, prior: np.ndarray, later: np.ndarray, before: np.ndarray, after: np.ndarray) -> dict[str, tuple]:
    """Return weighted means [stage, name] and quantiles [stage, name, quantile]."""
    stages = ((prior, before), (later, after))
    bands = [
        np.array([quantiles(row, weight, SHARES) for row in rows]).reshape(len(rows), len(SHARES)) for rows, weight in stages
    ]
    return {
        f"{axis}_mean": (("stage", axis), np.stack([rows @ weight for rows, weight in stages])),
        f"{axis}_band": (("stage", axis, "quantile"), np.stack(bands)),
    }


def _shift(values: np.ndarray, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return by how many prior standard deviations the mean of each parameter moves."""
    return _in_spreads(values @ after - values @ before, values, before)


def _in_spreads(amount: np.ndarray, values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return an amount by parameter in weighted standard deviations of its values."""
    spread = np.sqrt(np.square(values - (values @ weights)[:, None]) @ weights)
    return np.divide(amount, spread, out=np.zeros_like(spread), where=spread > 0)


def _error(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the standard error of weighted means (self-normalised importance sampling: Owen 2013)."""
    away = values - (values @ weights)[:, None]
    return np.asarray(np.sqrt(np.square(away) @ np.square(weights)))


def _steps(found: Weighed) -> dict[str, tuple]:
    """Return what every observation adds, in the order in which they were known."""
    evidence = np.array([average(row) for row in found.acts])
    weights = [normalised(row) for row in found.steps]
    told = [float(np.sum(now[now > 0] * np.log(now[now > 0] / was[now > 0]))) for was, now in pairwise(weights)]
    return {
        "fact": ("observation", [described(fact) for fact in found.facts]),
        "fact_on": ("observation", [str(fact.on) for fact in found.facts]),
        "fact_note": ("observation", [say(fact.note) for fact in found.facts]),
        "fact_source": ("observation", [", ".join(fact.source) for fact in found.facts]),
        "words_only": ("observation", [fact.what == "signal" for fact in found.facts]),
        "predictive": ("observation", np.exp(np.diff(evidence))),
        "information": ("observation", np.array(told)),
        "ess_after": ("observation", np.array([effective(row) for row in weights[1:]])),
    }


def described(fact: Observation) -> str:
    """Return a fact in a few words."""
    parts = {
        "signed": "an agreement is signed",
        "no_deal": f"no agreement until {fact.until}",
        "lapse": "an agreement ends",
        "refusal": f"{fact.by} refuses an offer",
        "overture": f"{fact.by} makes an offer",
        "state": ", ".join(f"{name}: {state}" for name, state in fact.state.items()),
        "signal": f"words by {fact.by}" if fact.by else "words",
    }
    said = ", ".join(f"{name} ×{ratio:g}" for name, ratio in fact.likelihood_ratio.items())
    return parts[fact.what] + (f" ({said})" if said else "")


def noted(fact: Observation) -> dict[str, Any]:
    """Return what the words for a fact are made of, for findings to say it in other languages."""
    return {
        "what": fact.what,
        "by": fact.by,
        "until": str(fact.until or ""),
        "state": dict(fact.state),
        "ratios": dict(fact.likelihood_ratio),
        "note": fact.note or {},
    }


NAMES = {
    "parameter_mean": ("mean of the parameter before and after what was seen", "unit of the parameter"),
    "parameter_band": ("5%, 50% and 95% quantiles of the parameter over draws", "unit of the parameter"),
    "outcome_mean": ("mean of the outcome before and after what was seen", "unit of the outcome"),
    "outcome_band": ("5%, 50% and 95% quantiles of the outcome over draws", "unit of the outcome"),
    "shift": ("change of the mean of the parameter, in standard deviations of its prior", "1"),
    "shift_error": ("standard error of that change, from the draws", "1"),
    "outcome_passed": ("mean of the outcome given what was seen, beliefs about parameters unchanged", "unit of the outcome"),
    "outcome_error": ("standard error of the posterior mean of the outcome, from the draws", "unit of the outcome"),
    "parameter_draws": ("parameter by draw", "unit of the parameter"),
    "outcome_draws": ("outcome by draw; posterior: given what was seen, to be weighed", "unit of the outcome"),
    "weight": ("weight of each draw", "1"),
    "fact": ("what was seen", ""),
    "fact_on": ("when", ""),
    "fact_note": ("what it means", ""),
    "fact_source": ("where it is reported", ""),
    "words_only": ("whether it is words alone, which count by a stated likelihood ratio", ""),
    "predictive": ("probability of the act, given all seen before it; one for words", "1"),
    "information": ("what the observation tells about the parameters (Kullback-Leibler divergence)", "nat"),
    "ess_after": ("effective sample size once it is taken into account", "1"),
}
