"""Conditioning in words: how likely what happened was, what it changes, and how much is words."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import xarray as xr

from detente.findings import names
from detente.findings.finding import Finding
from detente.findings.numbers import SAID as NUMBERS
from detente.findings.numbers import band_of, counted, percent
from detente.words import Phrases, bracketed, chosen, commas, labelled, sentences

SHOWN = 8
"""Parameters named, those that move most."""
CLEAR = 2.0
"""Standard errors by which a parameter's mean has to move to be named."""
LOUD = 0.5
"""Share of the information in words alone from which a warning is due."""

SAID = Phrases() | {
    "evidence": "{facts} between the start and the horizon. Before it happened, the scenario gave all the acts together a "
    "probability of {chance} (mean over {draws}).",
    "ess": "The draws weigh as much as {ess} equally likely ones.",
    "obstacle": "The posterior could not be sampled: {why}. Draws were weighed instead.",
    "nuts": "The posterior is sampled by the no-U-turn sampler: largest split R-hat {rhat}, {divergent} divergent transitions.",
    "degenerate": "That is too few: what happened lies where the ranges put little weight. Use more draws (--draws), sample with "
    "--nuts, or ask whether the scenario can describe what happened at all.",
    "outcome": "{label}: {prior} before, {later} now ({low} to {high}{error}).",
    "passed": " Of the change, {passed} points is what has happened by itself and {learned} points what it says about the "
    "parameters.",
    "error": "; standard error {points} points",
    "medians": "; medians",
    "words": "Words alone carry {share} of what the observations say. Cheap talk moves little: their likelihood ratios are "
    "stated by the scenario's authors, not computed.",
    "loud": " That is much; look at those ratios first.",
    "none": "Nothing was observed but words.",
    "basis": "Every draw is weighed by the exact probability it gives to the history. Bands run from the 5% to the 95% "
    "quantile of the weighted draws, solved on a coarser calendar and grid. What is not observed is not denied. Of the "
    "parameters only those are named whose mean moves by more than twice its standard error.",
}

SEEN = Phrases() | {
    "signed": "an agreement is signed",
    "no_deal": "no agreement until {until}",
    "lapse": "an agreement ends",
    "refusal": "{who} refuses an offer",
    "overture": "{who} makes an offer",
    "state": "{states}",
    "signal": "words",
    "signal.by": "words by {who}",
}
"""Observations in a few words."""


def conditioned(ds: xr.Dataset) -> list[Finding]:
    """What was seen and what it changes, sentence by sentence."""
    return [
        _evidence(ds),
        *(_outcome(ds, name) for name in ds.outcome.values),
        _words(ds),
        Finding("basis", SAID["basis"], (), ""),
    ]


def _evidence(ds: xr.Dataset) -> Finding:
    facts = counted(ds.sizes["observation"], "observation")
    text = SAID.say(
        "evidence", facts=facts, chance=small(np.exp(ds.attrs["log_evidence"])), draws=counted(ds.attrs["draws"], "draw")
    )
    if bool(ds.words_only.all()):
        text = SAID["none"]
    said = [text]
    if ds.attrs["obstacle"]:
        said.append(SAID.say("obstacle", why=ds.attrs["obstacle"]))
    if ds.attrs["sampler"] == "NUTS":
        said.append(SAID.say("nuts", rhat=f"{ds.attrs['rhat']:.2f}", divergent=ds.attrs["divergent"]))
    said.append(SAID.say("ess", ess=f"{ds.attrs['ess']:.0f}"))
    if ds.attrs["degenerate"]:
        said.append(SAID["degenerate"])
    text = sentences(*said)
    return Finding("evidence", text, (("log_evidence", ds.attrs["log_evidence"]), ("ess", ds.attrs["ess"])), "log_evidence, ess")


def small(chance: float) -> str:
    """A probability in per cent, with two digits however small."""
    return percent(chance) if chance >= 0.01 else NUMBERS.say("percent", number=f"{100 * chance:.2g}")


def said(ds: xr.Dataset, name: str, value: float) -> str:
    """A value of an outcome in its unit."""
    unit = str(ds.outcome_unit.sel(outcome=name).item())
    return percent(value) if unit == "1" and not name.startswith("leverage") else f"{value:.2f}"


def _outcome(ds: xr.Dataset, name: str) -> Finding:
    row = ds.sel(outcome=name)
    share = str(row.outcome_unit.item()) == "1" and not str(name).startswith("leverage")
    # a probability averages to a probability; a ratio's mean is made by its tails, so its median is told
    prior, later = (float(value) for value in (row.outcome_mean if share else row.outcome_band.sel(quantile=0.5)))
    low, _, high = (float(value) for value in row.outcome_band.sel(stage="posterior"))
    error = SAID.say("error", points=f"{100 * float(row.outcome_error):.1f}") if share else SAID["medians"]
    label = names.outcome(ds, str(name), str(row.outcome_label.item()))
    words = {"label": names.upper(label), "error": error}
    words |= {key: said(ds, name, value) for key, value in (("prior", prior), ("later", later), ("low", low), ("high", high))}
    text = SAID.say("outcome", **words)
    passed = float(row.outcome_passed) - prior
    if share and abs(later - prior) > 0.005:
        points = {"passed": f"{100 * passed:+.1f}", "learned": f"{100 * (later - prior - passed):+.1f}"}
        text += SAID.say("passed", **{key: value.replace("-", "\u2212") for key, value in points.items()})
    return Finding(f"outcome.{name}", text, (("prior", prior), ("posterior", later), ("passed", prior + passed)), "outcome_mean")


def _words(ds: xr.Dataset) -> Finding:
    told = ds.information.values
    share = float(told[ds.words_only.values].sum() / told.sum()) if told.sum() > 0 else 0.0
    text = SAID.say("words", share=percent(share)) + (SAID["loud"] if share > LOUD else "")
    return Finding("words", text, (("share_of_words", share),), "information")


def moved(ds: xr.Dataset) -> list[str]:
    """Parameters whose mean moves by more than the draws leave to chance, the one that moves most first."""
    move, chance = np.abs(ds["shift"].values), CLEAR * ds.shift_error.values
    return [str(ds.parameter.values[i]) for i in np.argsort(-move, kind="stable") if move[i] > chance[i]]


def certificate(ds: xr.Dataset) -> dict[str, Any]:
    """Everything in short, for machines."""
    rows = [
        {
            "outcome": str(name),
            "prior": float(ds.outcome_mean.sel(outcome=name, stage="prior")),
            "posterior": float(ds.outcome_mean.sel(outcome=name, stage="posterior")),
            "posterior_5_50_95": ds.outcome_band.sel(outcome=name, stage="posterior").values.tolist(),
            "given_acts_parameters_unchanged": float(ds.outcome_passed.sel(outcome=name)),
            "standard_error": float(ds.outcome_error.sel(outcome=name)),
        }
        for name in ds.outcome.values
    ]
    parameters = [
        {
            "parameter": name,
            "prior": float(ds.parameter_mean.sel(parameter=name, stage="prior")),
            "posterior": float(ds.parameter_mean.sel(parameter=name, stage="posterior")),
            "posterior_5_50_95": ds.parameter_band.sel(parameter=name, stage="posterior").values.tolist(),
            "shift": float(ds["shift"].sel(parameter=name)),
        }
        for name in moved(ds)
    ]
    keys = ("sampler", "obstacle", "rhat", "divergent", "ess", "log_evidence", "draws", "seed", "failed", "version")
    return {
        "scenario": ds.attrs.get("scenario", ""),
        **{key: ds.attrs[key] for key in keys},
        "outcomes": rows,
        "parameters": parameters,
        "observations": _facts(ds),
    }


def _facts(ds: xr.Dataset) -> list[dict[str, Any]]:
    keys = ("fact_on", "fact", "fact_note", "fact_source", "words_only", "predictive", "information", "ess_after")
    return [{key: ds[key].values[i].item() for key in keys} for i in range(ds.sizes["observation"])]


def facts(ds: xr.Dataset) -> list[dict[str, Any]]:
    """Every observation with its figures, in words."""
    rows = _facts(ds)
    seen = json.loads(ds.attrs.get("seen") or "[]") or [{}] * len(rows)
    notes = [chosen(each.get("note"), row["fact_note"]) for each, row in zip(seen, rows, strict=True)]
    return [
        row | {"fact": fact(ds, i), "fact_note": notes[i], "chance": "" if row["words_only"] else small(row["predictive"])}
        for i, row in enumerate(rows)
    ]


def fact(ds: xr.Dataset, i: int) -> str:
    """An observation in a few words."""
    if "seen" not in ds.attrs:
        return str(ds.fact.values[i])
    seen = json.loads(ds.attrs["seen"])[i]
    who = names.voter(ds, seen["by"]) if seen["by"] else ""
    key = "signal.by" if seen["what"] == "signal" and who else seen["what"]
    pairs = ((names.word(ds, "regimes", name), names.word(ds, "regimes", name, state)) for name, state in seen["state"].items())
    states = commas(labelled(*pair) for pair in pairs)
    ratios = commas(f"{names.parameter(ds, name)} ×{ratio:g}" for name, ratio in seen["ratios"].items())
    return bracketed(SEEN.say(key, who=who, until=seen["until"], states=states), ratios)


def section(ds: xr.Dataset) -> dict[str, Any]:
    """What the report's section on evidence needs."""
    rows = [
        {
            "label": names.parameter(ds, name, str(ds.parameter_label.sel(parameter=name).item())),
            "prior": band(ds, name, "prior"),
            "posterior": band(ds, name, "posterior"),
            "shift": float(ds["shift"].sel(parameter=name)),
        }
        for name in moved(ds)[:SHOWN]
    ]
    return {"findings": conditioned(ds), "rows": rows, "facts": facts(ds)}


def band(ds: xr.Dataset, name: str, stage: str) -> str:
    """A parameter's median with its 5% and 95% quantiles."""
    low, middle, high = (f"{float(value):.3g}" for value in ds.parameter_band.sel(parameter=name, stage=stage))
    return bracketed(middle, band_of(low, high))
