"""The parts of the engine one by one: choices, votes, motion, agreements in force, bookkeeping."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from itertools import product
from math import comb

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.special import expit

from detente.engine import agreement, audit, idle, size
from detente.engine.agreement import Conduct
from detente.engine.audit import Status
from detente.engine.channelwise import channelwise
from detente.engine.check import DECISIONS, check
from detente.engine.choice import TIE, offer, yes
from detente.engine.equilibrium import SURE, Until, equilibrium, implied, play
from detente.engine.motion import LARGE, expect, framed, offsets, switched, transport
from detente.engine.period import accrue, terminal
from detente.engine.push import by_lapse, lapse, settle
from detente.engine.round import at_least, binomial, carried, everyone
from detente.engine.seat import afterwards
from detente.engine.solve import repeat, solve
from detente.engine.stage import stage
from detente.engine.timed import at, tree_at
from detente.game import Body, Channels, Precision
from playing import Bench, Played, array, both, scenario
from strategies import extremes

WHOLE = scenario("whole")


@cache
def whole() -> Bench:
    return Bench(WHOLE, *extremes(WHOLE))


@cache
def played() -> Played:
    return whole()(talks_us=4, found=2, reviews_us=2, worth=2)


# Choices


def precise(lam: float, exact: bool = True) -> Precision:
    return Precision(array(lam), exact)


@given(st.floats(-50, 50), st.floats(0.01, 20), st.booleans())
def test_consent_is_logistic(gain: float, lam: float, exact: bool) -> None:
    assert float(yes(array(gain), precise(lam, exact))) == pytest.approx(expit(lam * gain), rel=1e-10, abs=1e-300)


@pytest.mark.parametrize(("gain", "chance"), [(1e-3, 1.0), (0.0, 1.0), (-TIE / 2, 1.0), (-1e-6, 0.0)])
def test_consent_at_full_rationality(gain: float, chance: float) -> None:
    assert float(yes(array(gain), precise(np.inf))) == chance


def test_extreme_gains_are_finite() -> None:
    assert np.asarray(yes(array([1e8, -1e8, 1e300, -1e300]), precise(50.0))).tolist() == [1.0, 0.0, 1.0, 0.0]


def test_a_choice_has_a_finite_slope_at_every_precision() -> None:
    for lam in (0.0, 2.0, np.inf):
        assert np.isfinite(jax.grad(lambda g, lam=lam: yes(g, precise(lam)))(0.3))


def offered(gain: list[float], passes: list[float], weights: list[float], lam: float, weighted: bool = True) -> np.ndarray:
    columns = [array(values)[:, None, None] for values in (gain, passes)]

    def made(exact: bool) -> np.ndarray:
        return np.asarray(offer(*columns, jnp.log(array(weights)), precise(lam, exact), weighted))[:, 0, 0]

    if np.isfinite(lam):  # the same where nobody may choose exactly
        assert made(False).tolist() == made(True).tolist()
    return made(True)


def test_offers_are_multinomial_logit_with_passing() -> None:
    gain, passes, weights = [1.0, -0.5, 2.0], [0.5, 1.0, 0.1], [0.2, 0.3, 0.5]
    mass = np.array(weights) * np.exp(3 * np.array(gain) * np.array(passes))
    assert offered(gain, passes, weights, 3) == pytest.approx(mass / (1 + mass.sum()))
    even = np.exp(3 * np.array(gain) * np.array(passes))
    assert offered(gain, passes, weights, 3, weighted=False) == pytest.approx(even / (1 + even.sum()))


@given(arrays.arrays(float, 5, elements=st.floats(-1e3, 1e3)), st.sampled_from([0.0, 1.0, 1e3, np.inf]))
def test_offers_never_sum_to_more_than_one(gain: np.ndarray, lam: float) -> None:
    made = offered(list(gain), [1.0] * 5, [0.2] * 5, lam)
    assert np.isfinite(made).all()
    assert made.min() >= 0
    assert made.sum() <= 1 + 1e-12


@pytest.mark.parametrize(
    ("gain", "passes", "made"),
    [
        ([1, 2, 3], [1, 1, 0], [0, 1, 0]),  # the best that passes
        ([1, 1, 0.5], [1, 1, 1], [0.25, 0.75, 0]),  # ties share by weight
        ([-1, -2, -3], [1, 1, 1], [0, 0, 0]),  # nothing is worth proposing
        ([0, -1, -1], [1, 1, 1], [1, 0, 0]),  # a tie with passing is proposed
        ([5, 5, 5], [0, 0, 0], [0, 0, 0]),  # nothing passes
        ([2, 1, 1], [0.4, 1, 1], [0, 0.75, 0.25]),  # a chance of two is worth less than one
    ],
)
def test_offers_at_full_rationality(gain: list[float], passes: list[float], made: list[float]) -> None:
    assert offered(gain, passes, [0.125, 0.375, 0.125], np.inf) == pytest.approx(made)


@pytest.mark.parametrize("lam", [1.0, np.inf])
@pytest.mark.parametrize("weighted", [True, False])
def test_a_package_off_the_menu_is_never_offered(lam: float, weighted: bool) -> None:
    made = offered([9.0, 1.0], [1.0, 1.0], [0.0, 0.5], lam, weighted)
    assert made[0] == 0
    assert made[1] > 0.5


# Votes


@given(st.floats(0, 1), st.integers(0, 12))
def test_binomial(chance: float, count: int) -> None:
    exact = [comb(count, n) * chance**n * (1 - chance) ** (count - n) for n in range(count + 1)]
    assert [float(p) for p in binomial(array(chance), count, count)] == pytest.approx(exact, abs=1e-12)


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(1, 3)), min_size=1, max_size=3), st.integers(0, 10))
def test_quota_by_counting_every_outcome(groups: list[tuple[float, int]], quota: int) -> None:
    votes = [chance for chance, count in groups for _ in range(count)]
    exact = sum(
        float(np.prod([p if cast else 1 - p for p, cast in zip(votes, outcome, strict=True)]))
        for outcome in product((0, 1), repeat=len(votes))
        if sum(outcome) >= quota
    )
    assert float(at_least(quota, [(array(p), n) for p, n in groups])) == pytest.approx(exact, abs=1e-12)


def votes(*chances: float) -> jax.Array:
    return array(chances)[:, None, None, None]


COUNCIL = Body(4, ((0, 1, True), (1, 2, True), (2, 3, False)))


def test_vetoes_must_all_agree_and_count_towards_the_quota() -> None:
    need = jnp.zeros((3, 1), int)
    chance = float(carried(votes(0.9, 0.8, 0.3), COUNCIL, need)[0, 0, 0])
    assert chance == pytest.approx(0.9 * 0.8**2 * (1 - 0.7**3))


def test_a_quota_met_by_vetoes_alone_needs_no_one_else() -> None:
    need = jnp.zeros((3, 1), int)
    body = Body(3, COUNCIL.seats)
    assert float(carried(votes(0.9, 0.8, 0.0), body, need)[0, 0, 0]) == pytest.approx(0.9 * 0.8**2)


@pytest.mark.parametrize("where", ["need", "settled"])
def test_who_is_committed_votes_yes(where: str) -> None:
    nobody, second = jnp.zeros((3, 1), int), jnp.zeros((3, 1), int).at[1].set(1)
    need, settled = (second, None) if where == "need" else (nobody, 1)
    chance = float(carried(votes(0.9, 0.8, 0.3), COUNCIL, need, settled)[0, 0, 0])
    assert chance == pytest.approx(0.9 * (1 - 0.7**3))


def test_everyone_multiplies_those_who_are_asked() -> None:
    need = jnp.array([[1], [1], [0]])
    body = jnp.array([[1]])
    only = Body(1, ((2, 1, False),))
    asked = everyone(votes(0.9, 0.8, 0.3), need, body, (only,), settled=0)
    assert float(asked[0, 0, 0]) == pytest.approx(0.8 * 0.3)
    assert float(everyone(votes(0.9, 0.8, 0.3), need, 0 * body, (only,))[0, 0, 0]) == pytest.approx(0.72)


# Motion


@pytest.mark.parametrize(("regimes", "cells"), [(2, LARGE), (3, LARGE), (2, LARGE + 1), (2, 12), (5, LARGE)])
def test_several_cells_are_switched_at_a_time(regimes: int, cells: int) -> None:
    numbers = np.random.default_rng(0)
    values, moves = numbers.normal(size=(cells, regimes)), numbers.random((regimes, regimes))
    done = switched(jnp.asarray(0), jnp.asarray(values), jnp.asarray(moves))
    assert np.asarray(done) == pytest.approx(values @ moves, abs=1e-12)


def test_offsets_cover_the_reach_of_every_stock() -> None:
    shape = replace(whole().shape, grid=(5, 4), reach=((1, 1), (0, 2)))
    assert offsets(shape) == [(d, u) for d in (-1, 0, 1) for u in (0, 1, 2)]


@given(st.integers(0, 11))
def test_what_is_certain_stays_certain(period: int) -> None:
    game, shape = played().game, played().shape
    ones = jnp.ones((shape.rows, 1, shape.points, shape.regimes))
    assert np.asarray(expect(game, shape, jnp.asarray(period), framed(ones))) == pytest.approx(np.ones(ones.shape), abs=1e-12)
    assert float(transport(game, shape, jnp.asarray(period), framed(ones[:, 0])).sum()) == pytest.approx(ones.size, abs=1e-9)


def test_drift_moves_the_mean_and_diffusion_the_variance() -> None:
    """From the middle of the grid, where nothing is held back; interpolation adds the spread it must."""
    game, shape = whole().game(pace=12, spread=3), whole().shape
    mass = jnp.zeros((shape.rows, shape.points, shape.regimes)).at[0, 2, 0].set(1.0)
    arrived = np.asarray(transport(game, shape, jnp.asarray(0), framed(mass)))[0].sum(-1)
    points = np.arange(5) * 30.0
    mean = arrived @ points
    assert mean == pytest.approx(60 + 12 * 0.25, abs=1e-12)
    assert arrived @ (points - mean) ** 2 >= 9 * 0.25


def test_an_axis_of_one_serves_every_period() -> None:
    assert float(at(array([7.0]), 5)) == 7
    assert float(at(array([7.0, 8.0, 9.0]), jnp.asarray(2))) == 9
    assert [float(leaf) for leaf in jax.tree.leaves(tree_at({"a": array([1.0]), "b": array([2.0, 3.0])}, 1))] == [1, 3]


def test_a_stage_is_its_function() -> None:
    double = jax.jit(lambda period, x: stage(period, lambda y: {"twice": 2 * y}, x))
    assert float(double(0, 3.0)["twice"]) == 6


# Agreements in force


def cell(*values: float) -> list[jax.Array]:
    return [array(value)[None, None, None] for value in values]


@pytest.mark.parametrize("lam", [0.5, 4.0])
def test_the_one_who_can_cheat_has_three_ways_to_go(lam: float) -> None:
    honour, cheat, out = 0.3, 0.5, 0.1
    stays = float(agreement._stays(*cell(honour, cheat, out), precise(lam))[0, 0, 0])
    mass = np.exp(lam * np.array([honour, cheat, out]))
    assert stays == pytest.approx(mass[:2].sum() / mass.sum())
    given_stay = float(yes(array(cheat - honour), precise(lam)))
    assert stays * given_stay == pytest.approx(mass[1] / mass.sum())


def test_channel_after_channel_has_the_derivatives_of_all_at_once() -> None:
    """Of a function whose channels share a number and have arrays, discounting and values of their own."""
    channels = whole().game().payoff
    count = len(channels.owner)
    assert count > 2
    own = jnp.arange(1.0, 2 * count + 1).reshape(2, count)

    def function(shared: jax.Array, channels: Channels, own: jax.Array) -> jax.Array:
        return shared**2 * own**2 + channels.discount * jnp.sin(shared) * own[::-1]

    def total(apply: Callable[..., jax.Array], shared: jax.Array, discount: jax.Array, own: jax.Array) -> jax.Array:
        made = apply(shared, replace(channels, discount=discount), own)
        return (made * jnp.arange(1.0, made.size + 1).reshape(made.shape)).sum()

    at_ = (array(0.7), channels.discount, own)
    plain, by_one = (partial(total, apply) for apply in (function, partial(channelwise, function)))
    assert float(by_one(*at_)) == pytest.approx(float(plain(*at_)), rel=1e-14)
    for one, other in zip(jax.grad(by_one, (0, 1, 2))(*at_), jax.grad(plain, (0, 1, 2))(*at_), strict=True):
        assert np.asarray(one) == pytest.approx(np.asarray(other), rel=1e-12)


def test_the_three_ways_at_full_rationality() -> None:
    for honour, cheat, out, stays in ((0.3, 0.5, 0.4, 1.0), (0.3, 0.5, 0.6, 0.0), (0.5, 0.3, 0.5, 1.0)):
        assert float(agreement._stays(*cell(honour, cheat, out), precise(np.inf))[0, 0, 0]) == stays


def test_beliefs_take_whole_steps_at_first() -> None:
    """Those of the second solve are those that play without cheating implies; later ones go half the way, lest they circle."""
    game, shape = played().game, played().shape
    nobody = jnp.zeros((shape.periods, shape.packages, shape.points, shape.regimes))
    then = implied(game, shape, play(game, shape, nobody))[0]
    once = equilibrium(game, shape, until=Until(SURE.settled, 2)).solution
    assert np.asarray(once.policy.sign) == pytest.approx(np.asarray(solve(game, shape, then).policy.sign), abs=1e-12)
    assert 1e-6 < once.unsettled < 1


def test_looking_away_takes_all_the_others() -> None:
    shape = replace(whole().shape, principals=(0, 1, 2))
    game = played().game.with_precision(array([2.0, 1.0, 3.0]))
    stay, lapse = array([0.2, 9.0, 0.5])[:, None, None, None], array([0.1, 0.0, 0.9])[None, :, None, None]
    chance = float(agreement._terminate(game, shape, stay, lapse, replace(game.payoff.lumps, caught=None))[0, 0, 0])
    away = 1 / (1 + np.exp(2 * (0.1 - 0.2))) / (1 + np.exp(3 * (0.9 - 0.5)))
    assert chance == pytest.approx(1 - away)


def test_values_and_masses_go_the_same_way() -> None:
    """Review, detection and lapse act on values and on masses as adjoint maps: what is ahead is worth what arrives."""
    game, shape = played().game, played().shape
    rng = np.random.default_rng(2)
    values = jnp.asarray(rng.normal(size=(shape.rows, 3, shape.points, shape.regimes)))
    none = replace(game.payoff.lumps, **dict.fromkeys(("sign", "refuse", "exit", "caught", "snapback", "horizon")))
    choices: Conduct = jax.tree.map(lambda leaf: leaf[3], played().solution.policy.conduct)
    force = agreement.split(shape, values)[1]
    lapsed = agreement.lapse_values(game, jnp.asarray(3), values, choices.restore, None)
    fates = agreement.fate(game, shape, jnp.asarray(3), choices)
    before = jnp.stack(agreement.in_force(shape, fates, game.payoff, none, force, lapsed))
    mass = jnp.asarray(rng.random((2, shape.packages, shape.points, shape.regimes)))
    kept, ended = lapse(fates, list(mass))
    left = settle(game, choices, jnp.zeros((shape.bases, shape.points, shape.regimes)), by_lapse(game, ended))
    arrived = jnp.concatenate([left, *kept])
    ahead = np.asarray((before * mass[:, :, None]).sum((0, 1, 3, 4)))
    assert ahead == pytest.approx(np.asarray((values * arrived[:, None]).sum((0, 2, 3))), abs=1e-10)


# Backward and forward


def test_cohorts_add_up_to_all_agreements() -> None:
    events, shape = played().events, played().shape
    lives = np.array([played().follow(cohort)[0] for cohort in range(shape.periods)])
    for period in range(shape.periods):
        together = sum(lives[cohort, period - cohort] for cohort in range(period + 1))
        after = events.alive[period] + events.signed[period].sum() - events.ended[period].sum()
        assert together == pytest.approx(after, abs=1e-12)


def test_what_is_reported_of_agreements_is_read_off_every_state() -> None:
    events, shape = played().events, played().shape
    force = events.occupancy[:, shape.bases :].sum((2, 3)).reshape(shape.periods + 1, 2, shape.packages).sum(2)
    assert events.alive == pytest.approx(force.sum(1), abs=1e-13)
    assert events.cheating == pytest.approx(force[:, 1], abs=1e-13)
    assert events.cheating.max() > 0.01


def test_endings_of_a_cohort_are_what_it_loses() -> None:
    alive, ended = played().follow(1)
    for age in range(played().shape.periods - 2):
        assert alive[age] - alive[age + 1] == pytest.approx(ended[age].sum(), abs=1e-12)
    assert alive[-1] == 0  # beyond the horizon


def test_the_path_without_talks_is_that_of_a_game_nobody_talks_in() -> None:
    silent = whole()(talks_us=0, talks_them=0)
    path = np.asarray(idle.adrift(silent.game, silent.shape))
    assert silent.events.occupancy[:, 0] == pytest.approx(path, abs=1e-13)
    assert path.sum((1, 2)) == pytest.approx(np.ones(len(path)), abs=1e-12)


@pytest.mark.parametrize("periods", [1, 3, 11])
def test_a_delay_is_that_many_periods_of_a_game_nobody_talks_in(periods: int) -> None:
    silent = whole()(talks_us=0, talks_them=0)
    delayed = idle.delayed(silent.game, silent.shape, silent.solution.talking[periods], periods, 0)
    assert np.asarray(delayed) == pytest.approx(np.asarray(silent.solution.talking[0]), abs=1e-12)


def test_a_delay_of_no_periods_costs_nothing() -> None:
    later = played().solution.talking[0]
    assert np.asarray(idle.delayed(played().game, played().shape, later, 0, 0)) == pytest.approx(np.asarray(later))


def test_terminal_values() -> None:
    game, shape = played().game, played().shape
    legacy = float(terminal(replace(shape, terminal="zero"), game.payoff)[1 + shape.bases, 0, 0, 0])
    assert legacy == pytest.approx(0.6)
    frozen = terminal(shape, game.payoff)
    flow = accrue(game, shape, replace(game.payoff, discount=jnp.zeros(3)), jnp.asarray(shape.periods), frozen)
    forever = np.asarray(frozen[1, 0]) * float(1 - game.payoff.discount[0])
    assert np.asarray(flow[0, 0]) == pytest.approx(forever, rel=1e-10)


def test_repeating_reaches_the_fixed_point() -> None:
    values, change = repeat(lambda v, t: 1.0 + 0.5 * v, replace(whole().shape, cycle=3), jnp.zeros((2, 2)))
    assert np.asarray(values) == pytest.approx(np.full((2, 2), 2.0), abs=1e-12)
    assert float(change) < 1e-12


@pytest.mark.parametrize(("step", "change"), [(lambda v, t: 1.0 - v, 1.0), (lambda v, t: v + 1.0, 8.0)])
def test_what_turns_or_grows_for_ever_does_not_settle(step: Any, change: float) -> None:
    """Every second cycle leaves the first as it was: eight look settled, one does not."""
    _, found = repeat(step, replace(whole().shape, cycle=1), jnp.zeros((2, 2)), most=100)
    assert float(found) == change


def test_what_is_no_number_is_not_repeated() -> None:
    values, change = repeat(lambda v, t: v + jnp.nan, whole().shape, jnp.zeros((2, 2)), most=10**15)
    assert np.isnan(values).all()
    assert np.isnan(change)


def test_never_talking_for_ever_is_a_perpetuity() -> None:
    """In a game without end, too: 0.3 a round at a discount factor of 0.95 is worth 6."""
    endless = Bench(scenario("durability"))(reserve=0.3)
    assert endless.alone()[1] == pytest.approx([6.0, 6.0], abs=1e-9)


def test_talks_put_off_beyond_the_horizon_begin_at_the_turn_they_would_have() -> None:
    """In a game without end, whose last rounds repeat: laid out with more rounds, it is the same game."""
    drawn = both("wait_b", 0.02, 0.03) | {"precision": 3.0, "go": 0.2}
    made = {rounds: Bench(scenario("pie", rounds=rounds, after="stationary", proposers=("a", "b")))(drawn) for rounds in (2, 6)}
    for periods in range(1, 6):
        short, long = (np.asarray(idle.late(one.game, one.shape, one.solution.talking, periods)) for one in made.values())
        assert short == pytest.approx(long, abs=1e-9)
    turns = made[2].solution.talking
    assert np.abs(turns[0] - turns[1]).max() > 1e-3  # it matters whose turn it is


def test_values_under_a_policy_are_those_it_was_found_with() -> None:
    """What a seat is shown is worked out anew from the policy; flows of this game move with the date."""
    after = np.asarray(afterwards(played().game, played().shape, played().solution.policy))
    assert len(played().game.payoff.apart) > 0
    assert after[:, 0] == pytest.approx(np.asarray(played().solution.waiting), abs=1e-11)


# Audit and size


def test_regret_is_nothing_at_full_rationality_and_bounded_by_precision() -> None:
    exact = whole()(precision_us=np.inf, precision_them=np.inf, precision_third=np.inf)
    assert np.asarray(check(exact.game, exact.shape, exact.solution.policy, exact.solution.belief).regret) == pytest.approx(
        np.zeros((3, 6)), abs=1e-8
    )
    soft = np.asarray(check(played().game, played().shape, played().solution.policy, played().solution.belief).regret)
    precision = np.asarray(played().game.precision.value)
    two_ways = soft[:, [DECISIONS.index(kind) for kind in ("accept", "cheat", "terminate", "snapback")]]
    assert (two_ways <= 0.2785 / precision[:, None]).all()
    assert (soft[:, DECISIONS.index("offer")] <= np.log(played().shape.packages + 1) / precision).all()
    assert (soft[0] > 0).sum() >= 3


def test_a_policy_answers_its_own_values_and_another_does_not() -> None:
    for made in (played(), Bench(scenario("durability"))(reserve=0.3)):
        assert float(check(made.game, made.shape, made.solution.policy, made.solution.belief).residual) < 1e-9
    game, shape, policy, belief = played().game, played().shape, played().solution.policy, played().solution.belief
    early = policy.sign.shape[0] // 2
    bent = replace(policy, sign=policy.sign.at[early].multiply(0.9))
    assert float(check(game, shape, bent, belief).residual) > 1e-3
    stiff = replace(policy, conduct=replace(policy.conduct, leave=policy.conduct.leave.at[early].multiply(0.5)))
    assert float(check(game, shape, stiff, belief).residual) > 1e-3
    assert belief is not None
    assert float(check(game, shape, policy, belief.at[early].multiply(0.5)).residual) > 1e-3


def test_regret_is_what_the_better_choice_gains() -> None:
    """A single decision by hand: refusing a gain of 1 with probability 1 / (1 + e^2)."""
    made = Bench(scenario("ultimatum", rounds=1))(patience=1.0, precision=2.0)
    regret = np.asarray(check(made.game, made.shape, made.solution.policy).regret)
    gain = np.asarray(made.solution.signed[0] - made.solution.waiting[0][:, None])[1, :, 0, 0]
    by_hand = max(float(max(g, 0) - g * expit(2.0 * g)) for g in gain)
    assert regret[1, DECISIONS.index("accept")] == pytest.approx(by_hand, abs=1e-12)


@pytest.mark.parametrize(
    ("start", "spill", "residual", "code"),
    [
        (1.0, 0.0, 0.0, Status.OK),
        (np.nan, 0.0, 0.0, Status.NOT_FINITE),
        (np.inf, 0.0, 0.0, Status.NOT_FINITE),
        (1.0, 0.1, 0.0, Status.OFF_GRID),
        (1.0, 0.0, 1e-3, Status.NOT_CONVERGED),
        (0.0, 0.0, 5e-10, Status.OK),  # what rounding leaves
        (1e3, 0.0, 5e-7, Status.OK),  # of payoffs in thousands
        (1e3, 0.0, 2e-6, Status.NOT_CONVERGED),
        (np.nan, 0.1, 0.0, Status.NOT_FINITE | Status.OFF_GRID),
    ],
)
def test_status(start: float, spill: float, residual: float, code: Status) -> None:
    found = int(audit.status(played().game, array([start, 0.0]), array([0.0, spill]), array(residual)))
    assert found == code
    assert [name for name, _ in audit.describe(found)] == [flag.name for flag in audit.REMEDY if flag & code]


def test_what_is_no_probability_is_reported() -> None:
    game = played().game
    assert 0 <= float(audit.slack(game)) < 1
    broken = {
        "talk": game.talk.at[:].set(0.6),
        "review": game.review.at[0, 0].set(-0.1),
        "detect": game.detect + 1.0,
        "moves": game.moves.at[0, 0, 0].add(-2.0),
        "start_regime": game.start_regime - 0.1,
    }
    for name, array_ in broken.items():
        found = int(audit.status(replace(game, **{name: array_}), array([0.0]), array([0.0]), array(0.0)))
        assert found == Status.NOT_PROBABLE, name


def test_values_that_never_settle_are_reported() -> None:
    """Without discounting a flow for ever has no value."""
    endless = Bench(scenario("durability"))(patience=1)
    assert (
        int(audit.status(endless.game, endless.solution.start, array([0.0]), endless.solution.residual)) == Status.NOT_CONVERGED
    )


def test_size_follows_what_a_game_is_made_of() -> None:
    shape = whole().shape
    base = size.size(shape)
    assert base.values == shape.values == 3 * 16 * 4 * 5
    for larger in ({"periods": 24}, {"packages": 8}, {"regimes": 8}, {"grid": (10,)}, {"players": 6}, {"talking": 8}):
        assert size.size(replace(shape, **larger)).arrays > base.arrays
    assert size.size(shape, channels=40).working > base.working
    assert base.bytes > base.arrays > 0
    assert size.size(shape, width=4).arrays == pytest.approx(base.arrays / 2)


def test_size_grows_with_every_point_of_the_state() -> None:
    """Twice as many stock points are twice as many numbers of everything; of each state of the world, all but its movements."""
    shape = whole().shape
    base = size.size(shape)
    finer = size.size(replace(shape, grid=(2 * shape.points,)))
    other = size.size(replace(shape, regimes=2 * shape.regimes))
    for part in ("solution", "states", "working"):
        assert getattr(finer, part) == pytest.approx(2 * getattr(base, part))
        assert getattr(other, part) == pytest.approx(2 * getattr(base, part))


def test_values_are_kept_of_every_package_and_twice_without_one() -> None:
    """Of every player: those of signing, and those of waiting and of talking."""
    shape = whole().shape
    more = size.size(replace(shape, players=2 * shape.players)).solution - size.size(shape).solution
    points = shape.points * shape.regimes
    assert more == 8 * shape.periods * shape.players * points * (shape.packages + 2)


def test_states_are_kept_twice() -> None:
    events = played().events
    assert size.size(played().shape).states == 2 * (events.occupancy.nbytes + events.fresh.nbytes)


def test_size_is_not_far_from_what_is_allocated() -> None:
    held = sum(leaf.nbytes for leaf in jax.tree.leaves((played().game, played().solution, played().events)))
    assert 0.3 < size.size(played().shape).arrays / held < 10
