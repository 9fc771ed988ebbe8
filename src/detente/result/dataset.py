"""The two datasets of an answer: the central result, and the draws."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from detente import zopa
from detente.central import Central
from detente.engine.check import DECISIONS
from detente.engine.push import Events
from detente.game import Labels
from detente.outcomes import COHORTS, Outcome
from detente.result import audit, inputs, paths, status, unique, zone
from detente.result.names import NAMES
from detente.words import speaking

LEADING = 8
"""How many of the likeliest packages are decomposed term by term."""


def central(solved: Central, refined: Events, **settings: Any) -> xr.Dataset:
    """Label the central result.

    Args:
        solved: The solved game.
        refined: Events under the refined menu.
        settings: Anything to record about the run.
    """
    labels = solved.model.labels
    parts: dict[str, Any] = {}
    for part in (signing, regimes, life, paths_of, packages, _zone, delay, _terms):
        parts |= part(solved, labels)
    parts["value_never"] = ("player", solved.never)
    parts |= audit.audit(solved) | inputs.parameters(solved.model.scenario)
    parts["p_signed_by_refined"] = ("date", _cumulative(refined.signed_first.sum(1)))
    ds = xr.Dataset(
        parts,
        coords=coordinates(solved, labels, _leading(solved)),
        attrs=inputs.attributes(solved.model.scenario, labels, **settings),
    )
    known = audit.uniqueness(solved)
    with speaking("en"):  # the words of a dataset are English whoever makes it; findings say the same in other languages
        ds.attrs |= {"uniqueness": unique.said(known), "uniqueness_known": json.dumps(known)}
    ds["solution"].attrs |= {
        "definitions": json.dumps(zopa.DEFINITIONS),
        "disagreement": zopa.DISAGREEMENT["waiting"],
    }
    return named(ds)


def named(ds: xr.Dataset) -> xr.Dataset:
    """Give every variable its long name, unit and note."""
    for name in ds.data_vars:
        long_name, unit, note = NAMES.get(str(name), (str(name).replace("_", " "), "1", ""))
        held = ds.variables[name].attrs  # a labelled array of its own, made anew for each, takes longer
        for key, text in (("long_name", long_name), ("units", unit), ("note", note)):
            held.setdefault(key, text)
    return ds


def moments(labels: Labels) -> np.ndarray:
    """Return the dates of a calendar, or its round numbers."""
    return np.array(labels.dates, dtype="datetime64[ns]") if not isinstance(labels.dates[0], int) else np.array(labels.dates)


def states(labels: Labels) -> list[str]:
    """Return ``regime=state`` for every state of every regime."""
    return [f"{name}={state}" for name, listed in labels.regimes.items() for state in listed]


def coordinates(solved: Central, labels: Labels, leading: Sequence[int]) -> dict[str, Any]:
    """Return the names along every axis; ``leading``: the packages decomposed term by term."""
    when = moments(labels)
    names = labels.package_names
    return {
        "date": when,
        "period": when[:-1],
        "player": list(labels.players),
        "proposer": list(labels.proposers),
        "package": list(names),
        "issue": list(labels.issues),
        "regime_state": states(labels),
        "cause": list(labels.causes),
        "age": solved.model.scenario.calendar.length * np.arange(solved.shape.periods),
        "stock": list(labels.stocks),
        "indicator": list(labels.indicators),
        "branch": list(paths.BRANCHES),
        "consenter": [*labels.players, *labels.bodies],
        "concept": list(zopa.DEFINITIONS),
        "decision": list(DECISIONS),
        "end": list(audit.ENDS),
        "leading": [names[a] for a in leading],
        "term": term_names(labels),
        "parameter": list(solved.model.scenario.quantities),
    }


def _cumulative(per_period: Any) -> np.ndarray:
    return np.concatenate([[0.0], np.cumsum(per_period)])


def _leading(solved: Central) -> list[int]:
    return list(np.argsort(-solved.events.signed.sum((0, 1)), kind="stable")[:LEADING])


def signing(solved: Central, labels: Labels) -> dict[str, Any]:
    """Return what is signed, when, and what becomes of it."""
    events = solved.events
    waiting, flow = events.waiting[:-1], events.signed_first
    hazard = np.divide(flow, waiting, out=np.full_like(flow, np.nan), where=waiting > 1e-9)
    return {
        "package_level": (("package", "issue"), np.array(labels.packages)),
        "p_signed": (("period", "proposer", "package"), events.signed),
        "p_signed_by": ("date", _cumulative(events.signed_first.sum(1))),
        "p_signed_hazard": (("period", "regime_state"), zone.by_state(solved, hazard, waiting)),
        "p_open": ("date", events.waiting.sum(1)),
        "p_in_force": ("date", events.alive),
        "p_cheating": ("date", events.cheating),
        "p_ended": (("period", "cause"), events.ended),
        "snapback_given_lapse": ("cause", _ratio(events.restored.sum(0), events.ended.sum(0))),
        "p_deal": ("package", events.signed.sum((0, 1))),
    } | _leaving(solved)


def _leaving(solved: Central) -> dict[str, Any]:
    events = solved.events
    if events.over is None:
        return {}
    return {"p_talks_over": ("date", _cumulative(events.over[:, 0])), "p_left": (("period", "player"), events.left)}


def regimes(solved: Central, labels: Labels) -> dict[str, Any]:
    """Return how likely each state of each regime is."""
    mass = solved.adrift.sum(1)
    frame = solved.model.frame
    columns = [
        mass[:, frame.codes[name] == code].sum(1) for name, listed in labels.regimes.items() for code in range(len(listed))
    ]
    return {"p_regime": (("date", "regime_state"), np.stack(columns, 1) if columns else np.zeros((len(mass), 0)))}


def _ratio(top: Any, bottom: Any) -> np.ndarray:
    return np.divide(top, bottom, out=np.full(np.shape(top), np.nan), where=bottom > 1e-12)


def survival(alive: np.ndarray, ended: np.ndarray, first: np.ndarray, periods: int) -> dict[str, np.ndarray]:
    """Return survival, its mass at risk, and cumulative incidence by cause, over ages (Kaplan and Meier 1958).

    A cohort counts at an age as long as its horizon lets the next age be seen, so the hazard at each age is exact for the
    agreements it rests on; survival and the causes of ending add up to one.

    Args:
        alive: [..., C, T] in force by cohort and age.
        ended: [..., C, T, H] ending by cause between each age and the next.
        first: [C] period in which each cohort signed.
        periods: T.
    """
    seen = first[:, None] + np.arange(periods) < periods - 1  # C, T
    at_risk = (alive * seen).sum(-2)
    hazard = _ratio((ended * seen[..., None]).sum(-3), np.broadcast_to(at_risk[..., None], (*at_risk.shape, ended.shape[-1])))
    left = np.cumprod(1.0 - hazard.sum(-1), axis=-1)
    survive = np.concatenate([np.ones_like(left[..., :1]), left[..., :-1]], axis=-1)
    ends = np.cumsum(hazard * survive[..., None], axis=-2)
    ended_by = np.concatenate([np.zeros_like(ends[..., :1, :]), ends[..., :-1, :]], axis=-2)
    return {"survival": survive, "survival_at_risk": at_risk, "ended_by": ended_by}


def life(solved: Central, labels: Labels) -> dict[str, Any]:
    """Return how long an agreement lasts, and how it ends."""
    alive, ended = solved.lives
    out = survival(alive, ended, solved.cohorts, solved.shape.periods)
    axes = {"survival": "age", "survival_at_risk": "age", "ended_by": ("age", "cause")}
    return {name: (axes[name], array) for name, array in out.items()}


def paths_of(solved: Central, labels: Labels) -> dict[str, Any]:
    """Return the expected course of stocks and indicators."""
    scenario = solved.model.scenario
    branches = paths.Branches(solved)
    out: dict[str, Any] = {"stock_mean": (("date", "stock", "branch"), branches.stocks())}
    out["indicator_mean"] = (("date", "indicator", "branch"), branches.indicators())
    out["stock_unit"] = ("stock", np.array([stock.unit for stock in scenario.stocks.values()], dtype=str))
    out["indicator_unit"] = ("indicator", np.array([entry.unit for entry in scenario.indicators.values()], dtype=str))
    out["indicator_percent"] = ("indicator", np.array([entry.percent for entry in scenario.indicators.values()], dtype=bool))
    return out


def packages(solved: Central, labels: Labels) -> dict[str, Any]:
    """Return what each package is worth today, and who would take it."""
    table = solved.table
    waiting = np.einsum("gr,igr->i", solved.here, solved.waiting[0])
    gain = zone.gains(solved)
    game = solved.game
    return {
        "value_signed": (("player", "package"), gain + waiting[:, None]),
        "value_waiting": ("player", waiting),
        "gain": (("player", "package"), gain),
        "p_accept": (("consenter", "package"), np.concatenate([table["accept"], table["bodies"]])),
        "p_all_accept": (("proposer", "package"), table["passes"]),
        "p_offer": (("proposer", "package"), table["offers"]),
        "p_cheat": ("package", solved.cheat),
        "needs": (("consenter", "package"), np.concatenate([np.asarray(game.need), np.asarray(game.need_body)]) == 1),
        "precision_used": ("player", np.asarray(game.precision.value)),
    }


def _zone(solved: Central, labels: Labels) -> dict[str, Any]:
    start, path = zone.at_start(solved), zone.over_time(solved)
    waiting = solved.events.waiting[:-1]
    counts = zone.by_state(solved, path["count"], waiting)
    weight = waiting / np.maximum(waiting.sum(1, keepdims=True), 1e-300)
    return zone_now(start, labels) | {
        "zopa_count": (("period", "regime_state"), counts),
        "zopa_share": (("period", "regime_state"), counts / len(labels.packages)),
        "zopa_mean": ("period", (path["count"] * weight).sum(1)),
        "zopa_best": ("period", np.nansum(np.nan_to_num(path["best"]) * weight, axis=1)),
    }


def zone_now(start: Mapping[str, Any], labels: Labels) -> dict[str, Any]:
    """Return the zone of possible agreement at the start, its frontier and the bargaining solutions on it."""
    names = labels.package_names
    picks = [names[a] if a is not None else "" for a in start["solutions"].values()]
    return {
        "pareto": ("package", start["frontier"]),
        "in_zone": ("package", start["zone"]),
        "solution": ("concept", np.array(picks, dtype=str)),
    }


def delay(solved: Central, labels: Labels) -> dict[str, Any]:
    """Return what waiting costs the players."""
    zone_now = np.asarray(zone.at_start(solved)["zone"])
    gain = zone.gains(solved)
    inside = gain[:, zone_now] if zone_now.any() else gain
    stake = np.ptp(inside, axis=1) if inside.size else np.zeros(len(gain))
    best = np.maximum(inside.max(1), stake)
    out: dict[str, Any] = {
        "cost_of_delay": ("player", solved.delay),
        "cost_of_delay_share": ("player", _ratio(solved.delay, np.where(best > 1e-9, best, 0.0))),
    }
    principals = list(solved.shape.principals)
    if len(principals) >= 2:
        first, second = solved.delay[principals[0]], solved.delay[principals[1]]
        out["leverage"] = ((), float(second / first) if abs(first) > 1e-12 else float("nan"))
    return out


def term_names(labels: Labels) -> list[str]:
    """Return the names of payoff terms; a lump sum's begins with its event."""
    return list(dict.fromkeys(name if event == "flow" else f"at {event}.{name}" for _, event, name in labels.terms))


def _terms(solved: Central, labels: Labels) -> dict[str, Any]:
    leading = _leading(solved)
    return terms_of(labels, leading, solved.terms[:, leading])


def terms_of(labels: Labels, leading: Sequence[int], gains: np.ndarray) -> dict[str, Any]:
    """Return the gain from some packages by named term, from gains by channel of the decomposition [K, leading] [utils]."""
    names = term_names(labels)
    out = np.zeros((len(labels.players), len(leading), len(names)))
    for (player, event, name), row in zip(labels.terms, gains, strict=False):
        column = names.index(name if event == "flow" else f"at {event}.{name}")
        out[labels.players.index(player), :, column] += row
    return {"gain_term": (("player", "leading", "term"), out)}


def swept(ds: xr.Dataset, sweep: Mapping[str, np.ndarray], multiples: np.ndarray) -> xr.Dataset:
    """Add a sweep over precision to the central result; its coarser dates are interpolated to the central ones.

    Args:
        ds: The central result.
        sweep: Outcomes of an ensemble over multiples of precision.
        multiples: Those multiples.
    """
    by = np.concatenate([np.zeros((len(multiples), 1)), np.cumsum(sweep["first"], axis=1)], axis=1)
    fine, coarse = np.linspace(0, 1, ds.sizes["date"]), np.linspace(0, 1, by.shape[1])
    names = ds.package.values.astype(str)
    parts: dict[str, Any] = {
        "p_deal_by_precision": (("precision", "date"), np.stack([np.interp(fine, coarse, row) for row in by])),
        "modal_by_precision": ("precision", names[sweep["signed"].sum(1).argmax(1)]),
    }
    coordinate = ("precision", multiples, {"long_name": "precision, as a multiple of the scenario's own"})
    return named(ds.assign(parts).assign_coords(precision=coordinate))


def ensemble(
    labels: Labels, coarse: Labels, design: Mapping[str, np.ndarray], outcomes: Mapping[str, np.ndarray], length: float
) -> xr.Dataset:
    """Label the draws.

    Args:
        labels: Names along the axes.
        coarse: Labels of the calendar the draws were solved on.
        design: Parameter values by name, one per draw.
        outcomes: What :func:`detente.ensemble.run` returned.
        length: Length of a period of that calendar [years or rounds].
    """
    count, periods = outcomes["signed"].shape[:2]
    when = moments(coarse)
    cohorts = np.arange(0, periods, COHORTS)
    life = survival(outcomes["alive"], outcomes["ended"], cohorts, periods)
    bodies = np.full((count, len(labels.bodies), len(labels.packages)), np.nan)
    parts = {
        "p_signed_by": (("draw", "date"), np.concatenate([np.zeros((count, 1)), np.cumsum(outcomes["first"], 1)], 1)),
        "p_in_force": (("draw", "date"), outcomes["in_force"]),
        "p_deal": (("draw", "package"), outcomes["signed"].sum(1)),
        "survival": (("draw", "age"), life["survival"]),
        "ended_by": (("draw", "age", "cause"), life["ended_by"]),
        "gain": (("draw", "player", "package"), outcomes["gain"]),
        "value_waiting": (("draw", "player"), outcomes["reservation"]),
        "p_accept": (("draw", "consenter", "package"), np.concatenate([outcomes["accept"], bodies], 1)),
        "p_cheat": (("draw", "package"), outcomes["cheat"]),
        "unsettled": ("draw", outcomes["unsettled"]),
        "status": ("draw", outcomes["status"], status.flags()),
        "parameter_value": (("draw", "parameter"), np.stack(list(design.values()), 1) if design else np.zeros((count, 0))),
    }
    if "over" in outcomes:
        over = np.concatenate([np.zeros((count, 1)), np.cumsum(outcomes["over"], 1)], 1)
        parts["p_talks_over"] = (("draw", "date"), over)
    coords = {
        "draw": np.arange(count),
        "date": when,
        "age": length * np.arange(periods),
        "package": list(labels.package_names),
        "player": list(labels.players),
        "consenter": [*labels.players, *labels.bodies],
        "cause": list(labels.causes),
        "parameter": list(design),
    }
    ds = xr.Dataset(parts, coords=coords, attrs={"quantiles": json.dumps([0.05, 0.95]), "step": length})
    for name in parts.keys() - {"status", "parameter_value"}:
        ds[name] = ds[name].where(ds.status == 0)  # what a failed draw left behind is not an outcome
    return named(ds)


def outcomes(ds: xr.Dataset, wanted: Sequence[Outcome], raw: Mapping[str, np.ndarray]) -> xr.Dataset:
    """Add named outcomes to an ensemble; draws that failed have none."""
    values = np.stack([np.asarray(outcome.read(raw), float) for outcome in wanted], -1)
    parts = {"outcome_value": (("draw", "outcome"), values), "outcome_unit": ("outcome", [each.unit for each in wanted])}
    labels = ("outcome", [each.label for each in wanted])
    ds = ds.assign(parts).assign_coords(outcome=[each.name for each in wanted], outcome_label=labels)
    ds["outcome_value"] = ds.outcome_value.where(ds.status == 0)
    return named(ds)
