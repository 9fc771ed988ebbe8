"""Sampled paths against the exact answer: frequencies lie where their probabilities say they should."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy import stats

from detente.engine.walk import NOTHING, Walk, ended, signed, walk
from playing import Bench, Played, scenario
from strategies import extremes
from verification import Verify

PATHS = 40_000
WHOLE = scenario("whole")
GAMES = ("closed", "open")


@cache
def played(after_lapse: str) -> Played:
    what = WHOLE.model_copy(update={"after_lapse": after_lapse})
    return Bench(what, *extremes(what))(talks_us=4, found=2, reviews_us=2, worth=2, precision_them=1)


@cache
def paths(after_lapse: str) -> Walk:
    game = played(after_lapse)
    return walk(game.game, game.shape, game.solution.policy, PATHS, seed=11)


def agrees(verify: Verify, what: str, counts: np.ndarray, chances: np.ndarray) -> None:
    """Expect counts of PATHS paths to follow independent-looking probabilities: no deviation is out of the ordinary."""
    counts, chances = np.asarray(counts, float).ravel(), np.asarray(chances, float).ravel()
    assert counts[chances <= 1e-15].sum() == 0
    likely = (PATHS * chances > 5) & (PATHS * (1 - chances) > 5)
    deviation = (counts - PATHS * chances)[likely] / np.sqrt(PATHS * chances * (1 - chances))[likely]
    # Bonferroni at one in ten thousand for the whole table
    most = stats.norm.isf(0.5e-4 / likely.sum())
    verify.nothing(f"Sampled paths, {what}: largest deviation in standard errors", f"Monte Carlo, {PATHS} paths", deviation, most)
    assert likely.sum() < 30 or (deviation**2).mean() == pytest.approx(1.0, abs=0.5)


@pytest.mark.parametrize("after_lapse", GAMES)
def test_states_are_visited_as_often_as_they_should(verify: Verify, after_lapse: str) -> None:
    exact, drawn = played(after_lapse).events.occupancy, paths(after_lapse)
    for period in (0, 1, 5, 12):
        counts = np.zeros(exact.shape[1:])
        np.add.at(counts, (drawn.row[:, period], drawn.point[:, period], drawn.regime[:, period]), 1)
        agrees(verify, f"{after_lapse} after a lapse, states in period {period}", counts, exact[period])


@pytest.mark.parametrize("after_lapse", GAMES)
def test_events_happen_as_often_as_they_should(verify: Verify, after_lapse: str) -> None:
    game, drawn = played(after_lapse), paths(after_lapse)
    events, shape = game.events, game.shape
    counts = [[(drawn.event[:, t] == signed(j)).sum() for j in range(2)] for t in range(shape.periods)]
    agrees(verify, f"{after_lapse} after a lapse, agreements", np.array(counts), events.signed.sum(2))
    lapses = {
        back: [[(drawn.event[:, t] == ended(shape, h, back)).sum() for h in range(3)] for t in range(12)] for back in (0, 1)
    }
    agrees(verify, f"{after_lapse} after a lapse, snapbacks", np.array(lapses[1]), events.restored)
    agrees(verify, f"{after_lapse} after a lapse, ends without one", np.array(lapses[0]), events.ended - events.restored)


@pytest.mark.parametrize("after_lapse", GAMES)
def test_agreements_last_as_long_as_they_should(verify: Verify, after_lapse: str) -> None:
    game, drawn = played(after_lapse), paths(after_lapse)
    shape = game.shape
    for cohort in range(3):
        alive, _ = game.follow(cohort)
        fresh = (drawn.event[:, cohort] >= 0) & (drawn.event[:, cohort] < len(shape.proposers))
        ends = drawn.event >= len(shape.proposers)
        ages = range(shape.periods - cohort)
        counts = [(fresh & ~ends[:, cohort + 1 : cohort + age + 1].any(1)).sum() for age in ages]
        what = f"{after_lapse} after a lapse, survival of agreements of period {cohort}"
        agrees(verify, what, np.array(counts), alive[: len(counts)])


def test_average_payoffs_are_the_values(verify: Verify) -> None:
    """Discounted flows and lump sums along paths average to the value of the recursion, within four standard errors."""
    game, drawn = played("closed"), paths("closed")
    payoff, shape = game.game.payoff, game.shape
    discount, accrual, forever = (np.asarray(a) for a in (payoff.discount, payoff.accrual, payoff.forever))
    total = np.zeros((PATHS, shape.players))
    for t in range(shape.periods):
        total += discount**t * accrual * _flows(game, t, drawn.regime[:, t], drawn.row[:, t + 1], drawn.point[:, t])
        total += discount**t * _lumps(game, drawn, t)
    last = _flows(game, shape.periods, drawn.regime[:, -1], drawn.row[:, -1], drawn.point[:, -1])
    legacy = np.asarray(payoff.lumps.horizon)[-1, :, :, 0, 0].T[drawn.row[:, -1]]
    total += discount**shape.periods * (forever * last + legacy)
    value = np.einsum("g,r,igr->i", game.game.start_point, game.game.start_regime, game.solution.talking[0])
    error = total.std(0) / np.sqrt(PATHS)
    # what is refused is not seen on a path, so the player who pays for refusing is left out: us
    off = ((total.mean(0) - value) / error)[1:]
    verify.nothing("Sampled paths, average payoffs: largest deviation in standard errors", f"Monte Carlo, {PATHS} paths", off, 4)


def _flows(game: Played, t: int, regime: np.ndarray, row: np.ndarray, point: np.ndarray) -> np.ndarray:
    payoff = game.game.payoff
    axes = (game.shape.points, game.shape.regimes)
    flow = np.zeros((len(row), game.shape.players))
    for every in payoff.flows:
        full = np.broadcast_to(np.asarray(every), (game.shape.rows, game.shape.players, *axes))
        flow += full.swapaxes(0, 1)[:, row, point, regime].T
    for of, own in zip(payoff.apart_of, payoff.apart, strict=True):
        full = np.broadcast_to(np.asarray(own)[min(t, len(own) - 1)], (game.shape.rows, *axes))
        flow[:, of] += full[row, point, regime]
    return flow


def _lumps(game: Played, drawn: Walk, t: int) -> np.ndarray:
    """Return the lump sums of a period's events, by path and player."""
    shape, lumps = game.shape, game.game.payoff.lumps
    event, place = drawn.event[:, t], (drawn.point[:, t], drawn.regime[:, t])
    before, after = ((drawn.row[:, when] - shape.bases) % shape.packages for when in (t, t + 1))
    out = np.zeros((PATHS, shape.players))

    def full(lump: np.ndarray, which: np.ndarray, size: int) -> np.ndarray:
        lump = np.asarray(lump)[0 if len(lump) == 1 else t]
        return np.broadcast_to(lump, (shape.players, size, shape.points, shape.regimes))[:, which, *place].T

    signs = (event >= 0) & (event < len(shape.proposers))
    out += signs[:, None] * full(lumps.sign, after, shape.packages)
    for cause, player in enumerate(shape.reviewers):
        exits = (event == ended(shape, cause, False)) | (event == ended(shape, cause, True))
        out[:, player] += exits * full(lumps.exit, before, shape.packages)[:, player]
    caught = event >= ended(shape, len(shape.reviewers), False)
    out += caught[:, None] * full(lumps.caught, before, shape.packages)
    back = np.isin(event, [ended(shape, cause, True) for cause in range(shape.causes)])
    lapse = np.asarray(game.game.lapse)[before]
    return out + back[:, None] * full(lumps.snapback, lapse, len(game.game.lapse_to))


def test_a_plain_game_is_walked_too(verify: Verify) -> None:
    """Without stocks, cheating, or any way to end an agreement."""
    game = Bench(scenario("lankov"))()
    drawn = walk(game.game, game.shape, game.solution.policy, PATHS, seed=2)
    assert drawn.point.max() == 0
    for package, chance in enumerate(game.events.signed.sum((0, 1))):
        what = f"three rounds, agreements on package {'abc'[package]}"
        agrees(verify, what, np.array([(drawn.row[:, -1] == 1 + package).sum()]), np.array([chance]))


def test_the_same_seed_draws_the_same_paths() -> None:
    game = played("closed")
    one, two, other = (walk(game.game, game.shape, game.solution.policy, 50, seed=seed) for seed in (3, 3, 4))
    assert (one.row == two.row).all()
    assert (one.event == two.event).all()
    assert (one.row != other.row).any()


def test_stocks_move_between_neighbours() -> None:
    drawn = paths("closed")
    (down, up), *_ = played("closed").shape.reach
    steps = np.diff(drawn.point, axis=1)
    assert steps.min() >= -down
    assert steps.max() <= up


def test_a_row_changes_only_with_an_event_or_a_second_thought() -> None:
    game, drawn = played("closed"), paths("closed")
    moved = drawn.row[:, 1:] != drawn.row[:, :-1]
    quiet = moved & (drawn.event == NOTHING)
    before, after = drawn.row[:, :-1][quiet], drawn.row[:, 1:][quiet]
    assert (np.abs(before - after) == game.shape.packages).all()
    assert (before >= game.shape.bases).all()
