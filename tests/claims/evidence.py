"""What happened after Hanoi against what could be expected in 2019, and what words are worth (T25, T26)."""

from __future__ import annotations

import datetime as dt
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np

from claims.claim import Claim, Pair
from claims.world import HANOI, NORTH, SMALL, Case, World
from detente import run
from detente.compile import build
from detente.compile.regimes import boundary
from detente.draws import quantile, sobol
from detente.engine.motion import offsets
from detente.engine.period import flow_at
from detente.engine.timed import at
from detente.evidence import normalised, words
from detente.spec.scenario import Observation

PATHS = 4000
"""Paths of the world sampled from what 2019 could expect."""
TAIL = 0.9
"""Where the upper tail begins."""
UNTIL = dt.date(2025, 6, 30)
HAPPENED = {
    "war": (("peace", None), ("fighting", dt.date(2022, 2, 24))),
    "white_house": (("trump", None), ("democrat", dt.date(2021, 1, 20)), ("trump", dt.date(2025, 1, 20))),
    "rivalry": (("low", None), ("high", dt.date(2020, 7, 1))),
    "blue_house": (("progressive", None), ("conservative", dt.date(2022, 5, 10))),
}
"""What came, on the case's own regimes; rivalry is dated from the closing of consulates in July 2020, a judgement."""
WORDS = 4096


@cache
def walked(world: World) -> dict[str, np.ndarray]:
    """Value to Pyongyang of flows from 2019 to 2025 without an agreement, by row: expected, on the path that came, its rank."""
    case = world.cases[HANOI]
    columns = case.moved({}, world.count)
    rows = [_row(case, {name: float(column[i]) for name, column in columns.items()}) for i in range(world.count)]
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def _row(case: Case, values: dict[str, float]) -> dict[str, float]:
    with jax.enable_x64(True):
        game = build(case.model.frame, case.batch.shape, {name: jnp.asarray(value) for name, value in values.items()})
        periods = boundary(case.model.scenario.calendar, UNTIL)
        player = case.players.index(NORTH)
        flows = np.stack([np.asarray(flow_at(case.batch.shape, game.payoff, jnp.asarray(t)))[0, player] for t in range(periods)])
        moves = [np.asarray(at(game.moves, t)) for t in range(periods)]
        drifts = [np.asarray(at(game.offsets, t))[:, 1] for t in range(periods)]  # of the row without an agreement
        weights = [np.broadcast_to(drift, (*drift.shape[:2], len(game.start_regime))) for drift in drifts]
        start, regime = np.asarray(game.start_point), np.asarray(game.start_regime)
        accrual, discount = float(game.payoff.accrual[player]), float(game.payoff.discount[player])
    steps = [step for (step,) in offsets(case.batch.shape)]
    rng = np.random.default_rng(0)
    path = np.empty((periods, PATHS + 1), int)
    path[:, -1] = _came(case, periods)
    path[0, :-1] = rng.choice(len(regime), PATHS, p=regime / regime.sum())
    for t in range(1, periods):
        chance = np.cumsum(moves[t - 1][path[t - 1, :-1]], 1)
        path[t, :-1] = np.minimum((rng.uniform(size=(PATHS, 1)) > chance).sum(1), chance.shape[1] - 1)
    value, point = np.zeros(PATHS + 1), np.tile(start, (PATHS + 1, 1))
    for t in range(periods):
        value += accrual * discount**t * (point * flows[t][:, path[t]].T).sum(1)
        moved = [_pushed(point * weights[t][k][:, path[t]].T, step) for k, step in enumerate(steps)]
        point = np.sum(moved, 0)
    drawn, came = value[:-1], value[-1]
    return {
        "expected": float(drawn.mean()),
        "came": float(came),
        "rank": float((drawn < came).mean() + (drawn == came).mean() / 2),
    }


def _pushed(mass: np.ndarray, step: int) -> np.ndarray:
    out = np.zeros_like(mass)
    n = mass.shape[1]
    low, high = max(0, -step), min(n, n - step)
    out[:, low + step : high + step] = mass[:, low:high]
    return out


def _came(case: Case, periods: int) -> list[int]:
    """Return the joint regime of every period on the path that came."""
    calendar, joint = case.model.scenario.calendar, [list(states) for states in case.model.frame.joint]

    def state(name: str, period: int) -> str:
        return [state for state, on in HAPPENED[name] if on is None or boundary(calendar, on) <= period][-1]

    return [joint.index([state(name, t) for name in case.model.scenario.regimes]) for t in range(periods)]


def _serious(*ratios: float) -> float:
    """Return the probability that the doctrine costs little (the lower half of its range) after words of these ratios."""
    quantities = run.load(SMALL).scenario.quantities
    values = {"creed_cost": quantile(quantities["creed_cost"], sobol(1, WORDS, 1)[:, 0])}
    facts = [
        Observation.model_validate({"on": "2025-07-01", "what": "signal", "likelihood_ratio": {"creed_cost": r}}) for r in ratios
    ]
    log = sum((words(quantities, fact, values) for fact in facts), start=np.zeros(WORDS))
    low = values["creed_cost"] <= np.median(values["creed_cost"])
    return float(normalised(log)[low].sum())


def _said(name: str) -> list[float]:
    """Return the ratios of the warm words of July 2025, as the case states them."""
    found = [
        fact.likelihood_ratio.get("creed_cost", 1.0) for fact in run.load(name).scenario.observations if fact.what == "signal"
    ]
    return [ratio for ratio in found if ratio < 1]


def _one(_: World) -> Pair:
    return _serious(), _serious(_said(SMALL)[0])


def _little(_: World) -> Pair:
    return _serious(_said(SMALL)[0]), _serious() + 0.1


def _several(_: World) -> Pair:
    said = _said(SMALL)
    return _serious(said[0]), _serious(*said)


AFTER = "2019: expected of all paths → the path that came (war from 2022, rivalry from 2020)"
CLAIMS = (
    Claim(
        "T25a",
        "walking away in 2019 came to be worth more to Pyongyang than could be expected",
        AFTER,
        "Pyongyang's flows from 2019 to mid 2025, no agreement signed, discounted [utils]",
        "up",
        lambda w: (walked(w)["expected"], walked(w)["came"]),
    ),
    Claim(
        "T25b",
        "the path that came lies in the upper tenth of what could be expected in 2019",
        "2019: bound → share of paths that were worth less than the one that came",
        "share of 4,000 paths",
        "up",
        lambda w: (TAIL, walked(w)["rank"]),
    ),
    Claim(
        "T26a",
        "a warm signal makes it likelier that Pyongyang is serious",
        "2025: nothing said → officials tell contacts that they would meet Americans",
        "probability that the cost of the doctrine lies in its lower half",
        "up",
        _one,
        comment="the ratio is stated, not computed",
    ),
    Claim(
        "T26b",
        "but only slightly: by less than ten points",
        "2025: one warm signal → ten points above nothing said",
        "the same",
        "up",
        _little,
    ),
    Claim(
        "T26c",
        "several independent channels say more than one",
        "2025: one warm signal → that and the tone of the state media",
        "the same",
        "up",
        _several,
    ),
)
