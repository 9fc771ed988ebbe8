"""A made-up result with every variable a real one has, so that words, charts and pages can be tested without a solve.

The numbers mean nothing; their identities hold (probabilities sum to one, terms add up to gains).
"""

from __future__ import annotations

import itertools
import json
from functools import cache

import numpy as np
import xarray as xr

from detente.result.status import flags

PLAYERS = ("us", "dprk", "china", "russia", "rok")
PRINCIPALS = ("us", "dprk")
CONSENTERS = (*PLAYERS, "council")
ISSUES = {
    "dismantle": ("nothing", "yongbyon", "known", "cvid"),
    "relief": ("none", "partial", "full"),
    "verification": ("none", "inspectors"),
    "snapback_rule": ("council_vote", "reverse_veto"),
}
STATES = ("war=fighting", "war=over", "white_house=trump", "white_house=heir", "white_house=democrat", "white_house=hawk")
CAUSES = ("exit by us", "exit by dprk", "caught")
TERMS = ("threat", "political_cost", "at sign.success", "economy", "security", "autonomy", "trade", "influence")
OWN = {
    "us": ("threat", "political_cost", "at sign.success"),
    "dprk": ("economy", "security", "autonomy"),
    "china": ("trade", "influence"),
    "russia": ("trade", "influence"),
    "rok": ("threat", "trade"),
}
BRANCHES = ("with talks", "talks off", "after a deal")
REGRET = np.array([[0.08, 0.02, 0.0], [0.03, 0.11, 0.05], [0.0, 0.01, 0.0], [0.0, 0.01, 0.0], [0.0, 0.0, 0.0]])
WORDS = {
    "players.us": "United States",
    "players.dprk": "North Korea",
    "players.china": "China",
    "players.russia": "Russia",
    "players.rok": "South Korea",
    "bodies.council": "Security Council",
    "issues.dismantle": "What is dismantled",
    "issues.dismantle.yongbyon": "Yongbyon",
    "issues.dismantle.known": "all known sites",
    "issues.dismantle.cvid": "everything (CVID)",
    "issues.relief": "Sanctions relief",
    "issues.relief.none": "no relief",
    "issues.relief.partial": "partial relief",
    "issues.relief.full": "full relief",
    "issues.verification.inspectors": "inspectors on site",
    "issues.snapback_rule.reverse_veto": "sanctions return unless the Council objects",
    "regimes.war": "War in Ukraine",
    "regimes.white_house": "White House",
    "regimes.white_house.trump": "Trump",
    "regimes.white_house.heir": "Republican successor",
    "regimes.white_house.democrat": "Democrat",
    "regimes.white_house.hawk": "Republican hawk",
    "stocks.warheads": "Warheads",
    "indicators.trade": "Trade with China",
    "payoffs.us.threat": "Nuclear threat",
    "payoffs.us.political_cost": "Cost of a soft deal at home",
    "payoffs.us.at sign.success": "Private benefit of a success",
    "payoffs.dprk.economy": "Economy",
    "payoffs.dprk.security": "Deterrence",
    "payoffs.dprk.autonomy": "Dependence on China",
}
SOURCES = {
    "sipri": {
        "cite": "SIPRI Yearbook 2025, chapter 6",
        "locator": "table 6.1",
        "url": "https://www.sipri.org/",
        "quality": "estimate",
    },
    "judgement": {"cite": "The authors' own estimate", "quality": "judgement"},
}
PARAMETERS = (  # name, label, value, low, high, unit, group, contested, source, note
    (
        "war_end",
        "Hazard that the war in Ukraine ends",
        0.4,
        0.15,
        0.9,
        "1/year",
        "war",
        False,
        "judgement",
        "Half-life between one and five years.",
    ),
    (
        "windfall",
        "What the war pays Pyongyang",
        1.8,
        0.6,
        4.7,
        "$bn/year",
        "war",
        True,
        "sipri",
        "The often quoted total is the top of the study's range.",
    ),
    ("soft_cost", "Cost at home of a soft deal", 1.2, 0.4, 2.5, "util", "domestic", False, "judgement", ""),
    (
        "saturation",
        "Arsenal at which deterrence saturates",
        25.0,
        15.0,
        40.0,
        "warheads",
        "arsenal",
        False,
        "sipri",
        "One e-fold.",
    ),
    ("exit_cost[hawk]", "What leaving costs a hawk", 0.3, 0.1, 0.6, "util", "domestic", False, "judgement", ""),
    ("precision", "Precision of choice", 2.0, 0.5, 8.0, "1/util", "method", False, "judgement", "Swept from a half to eight."),
    ("start_warheads", "Warheads at the start", 50.0, 50.0, 50.0, "warheads", "arsenal", False, "sipri", ""),
)


def _packages() -> list[tuple[str, ...]]:
    every = itertools.product(*ISSUES.values())
    return [p for p in every if not (p[0] == "nothing" and p[1] == "none") and not (p[1] == "full" and p[0] == "nothing")]


def _gains(levels: list[tuple[str, ...]]) -> np.ndarray:
    """Gain to each player [utils], player x package."""
    depth = np.array([list(ISSUES["dismantle"]).index(p[0]) for p in levels], float)
    relief = np.array([list(ISSUES["relief"]).index(p[1]) for p in levels], float)
    watch = np.array([p[2] == "inspectors" for p in levels], float)
    veto = np.array([p[3] == "reverse_veto" for p in levels], float)
    us = 0.9 * np.sqrt(depth) - 0.55 * relief + 0.12 * watch + 0.1 * veto - 0.1
    dprk = 1.05 * np.sqrt(relief + 0.2) - 0.16 * depth**2 - 0.1 * watch - 0.22 * veto - 0.15
    china = 0.1 * relief + 0.05 * depth - 0.15 * veto + 0.02
    russia = 0.02 * relief - 0.03 * depth - 0.2 * veto + 0.04
    rok = 0.2 * depth + 0.1 * relief - 0.1
    return np.stack([us, dprk, china, russia, rok])


def _cited(source: dict[str, str]) -> str:
    return ", ".join(source[key] for key in ("cite", "locator", "url") if key in source)


def _logistic(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def _clock(clock: str, periods: int) -> np.ndarray:
    if clock == "rounds":
        return np.arange(periods + 1)
    start = np.datetime64("2025-07-01", "D")
    return np.array([start + np.timedelta64(round(i * 91.3125), "D") for i in range(periods + 1)])


def _milestones(clock: str, periods: int) -> list[dict[str, str]]:
    """An election on the way, and the same again late, where the horizon reaches that far."""
    on = ("3", "8") if clock == "rounds" else ("2029-01-20", "2033-01-20")
    reached = [date for date, at in zip(on, (3, 8) if clock == "rounds" else (14, 30), strict=True) if at < periods]
    return [{"on": date, "regime": "white_house", "note": ""} for date in reached for _ in range(2)]


def _named(ds: xr.Dataset) -> xr.Dataset:
    for name, variable in ds.data_vars.items():
        variable.attrs.setdefault("long_name", str(name).replace("_", " "))
        variable.attrs.setdefault("units", "1")
        variable.attrs.setdefault("note", "")
    return ds


def make(scale: float = 1.0, clock: str = "years", periods: int = 32) -> xr.Dataset:
    """Return a central result; ``scale`` multiplies the hazard of signing (0: no deal is ever signed)."""
    levels = _packages()
    names = [" / ".join(p) for p in levels]
    gain = _gains(levels)
    count, when = len(names), _clock(clock, periods)
    needs = np.zeros((len(CONSENTERS), count), bool)
    needs[:2] = True
    needs[2:4] = needs[5] = [p[1] != "none" for p in levels]
    accept = np.vstack([_logistic(4 * gain), _logistic(3 * gain[2:4].min(axis=0))[None]])
    together = np.where(needs, accept, 1.0).prod(axis=0)
    offer = np.stack([w * np.exp(2 * together * gain[j]) for j, w in ((0, 1.0), (1, 1.0))])
    offer = offer / (offer.sum(axis=1, keepdims=True) + offer.mean() * count)
    mix = offer.mean(axis=0) * together
    years = np.arange(periods) * 0.25
    fighting = 0.75 * np.exp(-0.4 * years)
    chance = scale * (0.02 + 0.06 * (1 - fighting)) * np.where(years >= 3.5, 0.45, 1.0)
    open_ = np.concatenate([[1.0], np.cumprod(1 - chance)])
    flow = open_[:-1] * chance
    shares = mix / mix.sum()
    signed = flow[:, None, None] * np.stack([0.4 * shares, 0.6 * shares])[None]
    pareto = np.array(
        [
            not any((gain[:2, b] >= gain[:2, a]).all() and (gain[:2, b] > gain[:2, a]).any() for b in range(count))
            for a in range(count)
        ]
    )
    order = np.argsort(-shares)
    zone = np.where((gain[:2] > 0).all(axis=0))[0]
    age = np.arange(0, 5.01, 0.25)
    survival = np.exp(-0.28 * age)
    split = np.array([0.5, 0.2, 0.3])
    before = np.where(np.arange(periods + 1) * 0.25 >= 3.5, 1.0, 0.0)
    states = np.stack(
        [
            0.75 * np.exp(-0.1 * np.arange(periods + 1)),
            1 - 0.75 * np.exp(-0.1 * np.arange(periods + 1)),
            1 - before,
            0.45 * before,
            0.35 * before,
            0.2 * before,
        ],
        axis=1,
    )
    hazards = np.stack(
        [
            chance * 0.7,
            chance * 1.3,
            np.where(years < 3.5, chance, np.nan),
            *[np.where(years >= 3.5, chance * k, np.nan) for k in (0.9, 1.2, 0.3)],
        ],
        axis=1,
    )
    share = np.stack(
        [
            0.12 - 0.001 * years,
            0.2 - 0.002 * years,
            np.where(years < 3.5, 0.16, np.nan),
            *[np.where(years >= 3.5, k, np.nan) for k in (0.1, 0.14, 0.03)],
        ],
        axis=1,
    )
    leading = [names[a] for a in order[:8]]
    terms = np.zeros((len(PLAYERS), 8, len(TERMS)))
    rng = np.random.default_rng(1)
    for i, player in enumerate(PLAYERS):
        own = [TERMS.index(t) for t in OWN[player]]
        pieces = rng.normal(0.0, 0.6, (8, len(own)))
        pieces[:, 0] += gain[i, order[:8]] - pieces.sum(axis=1)
        terms[i][:, own] = pieces
    grown = 50 + 5 * np.arange(periods + 1) * 0.25
    stock = np.stack([50 + 0.7 * (grown - 50), grown, 50 + 0.2 * (grown - 50)], axis=1)[:, None, :]
    precision = np.array([0.25, 0.5, 1.0, 2.0, 4.0, np.inf])
    bend = np.array([0.6, 0.8, 1.0, 1.15, 1.2, 1.1])
    by = 1 - open_
    solutions = {
        "nash": zone[np.argmax(gain[0, zone] * gain[1, zone])],
        "kalai_smorodinsky": zone[0],
        "egalitarian": zone[np.argmax(gain[:2, zone].min(axis=0))],
    }
    ds = xr.Dataset(
        {
            "package_level": (("package", "issue"), np.array(levels, dtype=object).astype(str)),
            "p_signed": (("period", "proposer", "package"), signed),
            "p_signed_by": ("date", by),
            "p_signed_hazard": (("period", "regime_state"), hazards),
            "p_open": ("date", open_),
            "p_in_force": ("date", by * 0.8),
            "p_regime": (("date", "regime_state"), states),
            "survival": ("age", survival),
            "survival_at_risk": ("age", by[-1] * (1 - age / 9)),
            "ended_by": (("age", "cause"), (1 - survival)[:, None] * split),
            "p_ended": (("period", "cause"), np.outer(flow * 0.2, split)),
            "snapback_given_lapse": ("cause", np.array([0.08, 0.35, 0.4])),
            "stock_mean": (("date", "stock", "branch"), stock),
            "indicator_mean": (("date", "indicator", "branch"), 0.05 * stock),
            "stock_unit": ("stock", np.array(["warheads"])),
            "indicator_unit": ("indicator", np.array(["$bn/year"])),
            "indicator_percent": ("indicator", np.array([False])),
            "value_signed": (("player", "package"), gain + 3.0),
            "value_waiting": ("player", np.full(len(PLAYERS), 3.0)),
            "gain": (("player", "package"), gain),
            "p_accept": (("consenter", "package"), accept),
            "p_all_accept": (("proposer", "package"), np.stack([together, together])),
            "p_offer": (("proposer", "package"), offer),
            "p_cheat": ("package", 0.2 + 0.3 * _logistic(gain[0])),
            "needs": (("consenter", "package"), needs),
            "pareto": ("package", pareto),
            "in_zone": ("package", ((gain >= 0) | ~needs[:5]).all(axis=0)),
            "p_deal": ("package", signed.sum(axis=(0, 1))),
            "zopa_count": (("period", "regime_state"), share * count),
            "zopa_share": (("period", "regime_state"), share),
            "zopa_best": ("period", 0.4 - 0.02 * years),
            "solution": ("concept", np.array([names[a] for a in solutions.values()])),
            "gain_term": (("player", "leading", "term"), terms),
            "cost_of_delay": ("player", np.array([0.05, 0.12, 0.02, 0.01, 0.02])),
            "cost_of_delay_share": ("player", np.array([0.04, 0.1, 0.02, 0.01, 0.02])),
            "regret": ("player", REGRET.max(1)),
            "regret_by": (("player", "decision"), REGRET),
            "residual": ((), 2e-16),
            "mass_error": ((), 3e-15),
            "not_finite": ((), 0),
            "p_at_edge": (("stock", "end"), np.array([[0.0, 0.012]])),
            "p_deal_by_precision": (("precision", "date"), np.minimum(0.99, 0.96 * bend[:, None] * by)),
            "modal_by_precision": ("precision", np.array([names[order[0]]] * 4 + [names[order[1]]] * 2)),
            "p_signed_by_refined": ("date", np.minimum(0.99, 1.1 * by)),
            "parameter_value": ("parameter", np.array([p[2] for p in PARAMETERS])),
            "parameter_low": ("parameter", np.array([p[3] for p in PARAMETERS])),
            "parameter_high": ("parameter", np.array([p[4] for p in PARAMETERS])),
            "parameter_unit": ("parameter", np.array([p[5] for p in PARAMETERS])),
            "parameter_label": ("parameter", np.array([p[1] for p in PARAMETERS])),
            "parameter_group": ("parameter", np.array([p[6] for p in PARAMETERS])),
            "parameter_contested": ("parameter", np.array([p[7] for p in PARAMETERS])),
            "parameter_source": ("parameter", np.array([_cited(SOURCES[p[8]]) for p in PARAMETERS])),
            "parameter_note": ("parameter", np.array([p[9] for p in PARAMETERS])),
            "parameter_readings": (
                "parameter",
                np.array(
                    ["" if not p[7] else json.dumps({"the low reading": p[3], "the high reading": p[4]}) for p in PARAMETERS]
                ),
            ),
        },
        coords={
            "date": when,
            "period": when[:-1],
            "player": list(PLAYERS),
            "proposer": list(PRINCIPALS),
            "package": names,
            "issue": list(ISSUES),
            "regime_state": list(STATES),
            "cause": list(CAUSES),
            "age": age,
            "stock": ["warheads"],
            "decision": ["offer", "accept", "cheat"],
            "end": ["lowest", "highest"],
            "indicator": ["trade"],
            "branch": list(BRANCHES),
            "consenter": list(CONSENTERS),
            "concept": list(solutions),
            "leading": leading,
            "term": list(TERMS),
            "precision": precision,
            "parameter": [p[0] for p in PARAMETERS],
        },
        attrs={
            "title": "The small deal",
            "scenario": "small-deal-2025",
            "summary": "Would Washington and Pyongyang sign a small deal?",
            "scenario_hash": "0" * 64,
            "version": "0.1.0",
            "seed": 1,
            "created": "2025-07-01T00:00:00Z",
            "clock": clock,
            "step": 0.25 if clock == "years" else 1.0,
            "principals": json.dumps(PRINCIPALS),
            "hidden": "dprk",
            "settings": json.dumps({"draws": 64, "step_of_draws": 0.5, "grid_of_draws": {"warheads": 8}, "after": "frozen"}),
            "milestones": json.dumps(_milestones(clock, periods)),
            "words": json.dumps({path: {"en": text} for path, text in WORDS.items()}),
            "sources": json.dumps(SOURCES),
            "uniqueness": "There is one equilibrium.",
            "status_quo": json.dumps({issue: options[0] for issue, options in ISSUES.items()}),
            "notes": json.dumps(
                {
                    "players": {"us": "One chooser stands for a divided government."},
                    "bodies": {"council": "Abstentions are left out."},
                }
            ),
        },
    )
    ds["solution"].attrs["definitions"] = json.dumps(
        {
            "nash": "largest product of the principals' gains",
            "kalai_smorodinsky": "gains in proportion to the best each could get",
            "egalitarian": "largest smaller gain",
        }
    )
    ds["solution"].attrs["disagreement"] = "waiting: no agreement today, play goes on"
    ds["precision"].attrs.update(units="1", long_name="precision, as a multiple of the scenario's own")
    return _named(ds)


@cache
def central() -> xr.Dataset:
    """The usual made-up result."""
    return make()


@cache
def ensemble(draws: int = 64) -> xr.Dataset:
    """Made-up draws: the same variables as the central result, each with a leading ``draw``."""
    ds, rng = central(), np.random.default_rng(2)
    factor = np.exp(rng.normal(0, 0.35, draws))
    by = np.minimum(0.99, 1 - (1 - ds.p_signed_by.values)[None] ** factor[:, None])
    survival = ds.survival.values[None] ** np.exp(rng.normal(0, 0.3, draws))[:, None]
    values = rng.uniform(ds.parameter_low.values, ds.parameter_high.values + 1e-12, (draws, len(PARAMETERS)))
    values[:, 0] = 0.4 * factor
    tilt = np.exp(rng.normal(0, 0.4, (draws, ds.sizes["package"])))
    deal = ds.p_deal.values[None] * tilt
    deal *= by[:, -1:] / deal.sum(axis=1, keepdims=True)
    out = xr.Dataset(
        {
            "p_signed_by": (("draw", "date"), by),
            "p_deal": (("draw", "package"), deal),
            "survival": (("draw", "age"), survival),
            "ended_by": (("draw", "age", "cause"), (1 - survival)[..., None] * np.array([0.5, 0.2, 0.3])),
            "parameter_value": (("draw", "parameter"), values),
            "status": ("draw", np.zeros(draws, np.int32), flags()),
        },
        coords={
            "draw": np.arange(draws),
            "date": ds.date,
            "package": ds.package,
            "age": ds.age,
            "cause": ds.cause,
            "parameter": ds.parameter,
        },
        attrs={"quantiles": json.dumps([0.05, 0.95])},
    )
    return _named(out)
