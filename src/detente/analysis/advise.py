"""Advice to a player: what to offer, or what to accept, now or on a later date (MODEL.md section 5).

    expected gain of offering a = P(all needed accept a | it is offered) * (D(a) - N)

with D the value of the package once signed and N that of going on without an agreement, both to the player asked. An offer
that is refused changes nothing, so a chance to propose that is let pass is worth nothing: N holds all that may still come.
Regret in a draw of the uncertain numbers is the expected gain of that draw's best offer less that of the offer (Savage 1951).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

import detente
from detente.analysis.moment import period
from detente.analysis.seat import Progress, sampled, seated
from detente.central import Central
from detente.engine.idle import late
from detente.engine.round import acceptance, everyone
from detente.engine.timed import at
from detente.errors import SolveError
from detente.result.dataset import moments
from detente.result.inputs import attributes
from detente.run import Case

WITHIN = 0.05
"""Utils by which an offer may fall short of a draw's best and still count as good."""
BAND = (0.05, 0.95)
"""Quantiles of the bands over draws."""
UNREACHED = 1e-12
"""A date that play reaches without an agreement with a lower probability is not advised on."""


def advise(
    case: Case,
    player: str,
    on: str | None = None,
    draws: int = 32,
    seed: int = 1,
    within: float = WITHIN,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Advise a player on what to offer, or, where it cannot propose, on what to accept.

    Args:
        case: The scenario.
        player: Whom to advise.
        on: A date (``2026-06``) or a round at which no agreement has been signed yet (default: the start).
        draws: Draws of the uncertain parameters; 0 for none.
        seed: Seed of the draws.
        within: Utils by which an offer may fall short of a draw's best and still count as good.
        progress: Told (stage, done, total).

    Returns:
        One row per package, with acceptance, gains, the consent bottleneck, steps to neighbouring packages and, over draws,
        regret; variables say their unit.

    Raises:
        ScenarioError: ``unknown-player`` or ``outside-horizon``.
        SolveError: if the numbers failed, or an agreement is certain before the date.
    """
    tell = progress or (lambda stage, done, total: None)
    seat = seated(case, player)
    calendar = case.scenario.calendar
    now = 0 if on is None else period(calendar, on)
    tell("solve", 0, 1)
    solved = case.centred(max(draws, 1), seed, tell).central()
    ds = _central(solved, seat, now)
    tell("solve", 1, 1)
    if draws:
        ds = ds.merge(_drawn(case, seat, on, draws, seed, within, tell))
    ds.attrs |= attributes(case.scenario, solved.model.labels, draws=draws, variant=case.variant)
    ds.attrs |= {
        "advised": player,
        "role": "proposer" if player in case.scenario.proposers else "responder",
        "on": str(solved.model.labels.dates[now]),
        "asked_on": on or "",
        "p_open": float(solved.events.waiting[now].sum()),
        "per_year": calendar.per_year * calendar.length,
        "conditioned": int(case.scenario.conditioned),
        "draws": draws,
        "seed": seed,
        "within": within,
        "version": detente.__version__,
        "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
    }
    return _named(ds)


def _central(solved: Central, seat: int, now: int) -> xr.Dataset:
    """Label the advice at central values."""
    labels, shape = solved.model.labels, solved.shape
    if not float(solved.events.waiting[now].sum()) > UNREACHED:
        raise SolveError(f"an agreement is all but certain before {labels.dates[now]}: there is nothing to advise on that date")
    here = solved.open_in(now)
    table = solved.table_in(now)
    gain = np.einsum("gr,iagr->ia", here, solved.signed_in(now) - solved.waiting[now][:, None])
    consent = np.concatenate([table["accept"], table["bodies"]])
    needs = np.concatenate([np.asarray(solved.game.need), np.asarray(solved.game.need_body)]) == 1
    if seat in shape.proposers:
        own = shape.proposers.index(seat)
        seen = {"p_all_accept": table["passes"][own], "p_if_refused": np.zeros(shape.packages), "p_offer": table["offers"][own]}
    else:
        seen = _answered(solved, seat, now, here, table)
    return xr.Dataset(
        {
            "package_level": (("package", "issue"), np.array(labels.packages)),
            "gain": (("player", "package"), gain),
            "own_gain": ("package", gain[seat]),
            "p_accept": (("consenter", "package"), consent),
            "needs": (("consenter", "package"), needs),
            **{name: ("package", values) for name, values in seen.items()},
            "expected_gain": ("package", (seen["p_all_accept"] - seen["p_if_refused"]) * gain[seat]),
            **_bottleneck(solved, seat, consent, needs),
            "cost_of_delay": ("player", _delay(solved, now, here)),
            "value_waiting": ("player", np.einsum("gr,igr->i", here, solved.waiting[now])),
            **_neighbours(solved),
        },
        coords={
            "date": moments(labels),
            "player": list(labels.players),
            "package": list(labels.package_names),
            "issue": list(labels.issues),
            "consenter": [*labels.players, *labels.bodies],
            "step": ["down", "up"],
        },
    )


def _answered(solved: Central, seat: int, now: int, here: np.ndarray, table: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return what follows from a responder's yes and no [A], over the proposers as likely as each is to make the offer."""
    game, shape = solved.game, solved.shape
    chance = np.asarray(game.talk[min(now, len(game.talk) - 1), :, 0])
    made = np.einsum("gr,jgr->j", here, np.broadcast_to(chance, (len(shape.proposers), *here.shape)))[:, None] * table["offers"]
    total = made.sum(0)
    weight = np.divide(made, total, out=np.full_like(made, 1.0 / len(made)), where=total > 0.0)
    with jax.enable_x64(True):
        votes = _votes(solved, now)
        out = {}
        for name, vote in (("p_all_accept", 1.0), ("p_if_refused", 0.0)):
            fixed = votes.at[seat].set(vote)
            carried = [everyone(fixed, game.need, game.need_body, shape.bodies, j) for j in shape.proposers]
            out[name] = np.einsum("ja,gr,jagr->a", weight, here, np.stack([np.asarray(each) for each in carried]))
    return out | {"p_offer": total}


def _votes(solved: Central, now: int) -> Any:
    refuse = solved.game.payoff.lumps.refuse
    lump = None if refuse is None else at(refuse, now)
    return acceptance(solved.game, jnp.asarray(solved.signed_in(now)), jnp.asarray(solved.waiting[now]), lump)


def _bottleneck(solved: Central, seat: int, consent: np.ndarray, needs: np.ndarray) -> dict[str, Any]:
    """Return, by package, who of the others needed is least likely to consent, and with what probability."""
    names = np.array([*solved.model.labels.players, *solved.model.labels.bodies])
    others = needs & (np.arange(len(needs)) != seat)[:, None]
    chance = np.where(others, consent, np.inf)
    least = chance.argmin(0)
    alone = ~others.any(0)
    return {
        "bottleneck": ("package", np.where(alone, "", names[least])),
        "p_bottleneck": ("package", np.where(alone, 1.0, chance.min(0))),
    }


def _delay(solved: Central, now: int, here: np.ndarray) -> np.ndarray:
    """Return what each player loses if talks are impossible for a year (or round) from the period on [I] [utils]."""
    talking, year = solved.solution.talking, solved.model.scenario.calendar.per_year
    with jax.enable_x64(True):
        later = late(solved.game, solved.shape, talking, year, now)
    return np.einsum("gr,igr->i", here, np.asarray(talking[now]) - np.asarray(later))


def _neighbours(solved: Central) -> dict[str, Any]:
    """Return, by package, issue and direction, the package one option further that leaves all else as it is; else none."""
    labels = solved.model.labels
    place = dict(zip(labels.packages, labels.package_names, strict=True))
    out = np.full((len(labels.packages), len(labels.issues), 2), "", dtype=object)
    for a, package in enumerate(labels.packages):
        for i, issue in enumerate(labels.issues):
            options = labels.options[issue]
            code = options.index(package[i])
            for k, move in enumerate((-1, 1)):
                if 0 <= code + move < len(options):
                    out[a, i, k] = place.get((*package[:i], options[code + move], *package[i + 1 :]), "")
    return {"neighbour": (("package", "issue", "step"), out.astype(str))}


def _drawn(case: Case, seat: int, on: str | None, draws: int, seed: int, within: float, tell: Progress) -> xr.Dataset:
    """Label the advice over draws of the uncertain parameters, on the coarser version."""
    sample = sampled(case, seat, on, draws, seed, tell, answers=False)
    parts: dict[str, Any] = {"own_gain_draws": (("draw", "package"), sample.gain)}
    if seat in sample.proposers:
        parts |= {"p_all_accept_draws": (("draw", "package"), sample.passes), **_regret(sample.offered, within)}
    parts["cost_of_delay_draws"] = (("draw", "player"), sample.raw["delay"])
    parts["share_gaining"] = ("package", (sample.gain > 0.0).mean(0))
    return xr.Dataset(parts, coords={"draw": sample.place})


def _regret(expected: np.ndarray, within: float) -> dict[str, Any]:
    """Return how offers [draw, A] fare against each draw's best; letting the chance pass gains nothing in any draw."""
    best = np.maximum(expected.max(1, keepdims=True), 0.0)
    regret = best - expected
    leads = (expected == best) & (best > 0.0)
    return {
        "expected_gain_draws": (("draw", "package"), expected),
        "share_best": ("package", leads.mean(0)),
        "share_within": ("package", (regret <= within).mean(0)),
        "max_regret": ("package", regret.max(0)),
        "mean_regret": ("package", regret.mean(0)),
        "max_regret_of_passing": ((), float(best.max())),
        "share_within_of_passing": ((), float((best <= within).mean())),
    }


NAMES = {
    "package_level": ("option of each issue in a package", ""),
    "gain": ("gain from the package signed now over going on without it", "util"),
    "own_gain": ("gain of the player advised from the package signed now", "util"),
    "p_accept": ("probability of consenting to the package", "1"),
    "needs": ("whether the package needs this consent", ""),
    "p_all_accept": ("probability that all others needed accept, once the player advised has offered or accepted it", "1"),
    "p_if_refused": ("probability that the package is agreed although the player advised refuses it", "1"),
    "p_offer": ("probability that the package is offered", "1"),
    "expected_gain": ("expected gain of offering (or accepting) the package", "util"),
    "bottleneck": ("who of the others needed is least likely to consent", ""),
    "p_bottleneck": ("its probability of consenting", "1"),
    "cost_of_delay": ("what the player loses if talks are impossible for a year (or round)", "util"),
    "value_waiting": ("value of going on without an agreement", "util"),
    "neighbour": ("package one option further on one issue", ""),
    "own_gain_draws": ("gain of the player advised, by draw", "util"),
    "p_all_accept_draws": ("probability that all others needed accept, by draw", "1"),
    "expected_gain_draws": ("expected gain of offering the package, by draw", "util"),
    "cost_of_delay_draws": ("cost of delay, by draw", "util"),
    "share_gaining": ("share of draws in which the player advised gains from the package", "1"),
    "share_best": ("share of draws in which the package is the best offer", "1"),
    "share_within": ("share of draws in which the offer is within the stated utils of the best", "1"),
    "max_regret": ("largest expected gain forgone by the offer in any draw", "util"),
    "mean_regret": ("mean expected gain forgone by the offer over draws", "util"),
    "max_regret_of_passing": ("largest expected gain forgone by making no offer in any draw", "util"),
    "share_within_of_passing": ("share of draws in which making no offer is within the stated utils of the best", "1"),
}


def _named(ds: xr.Dataset) -> xr.Dataset:
    for name, variable in ds.data_vars.items():
        variable.attrs["long_name"], variable.attrs["units"] = NAMES[str(name)]
    return ds
