"""What must hold whatever the numbers: games drawn at random from the ranges of a few small ones.

Every property records the largest deviation found in docs/verification.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from detente import ensemble
from detente.compile import build, terms
from detente.engine.decompose import gain_terms
from detente.engine.evaluate import evaluate
from detente.engine.idle import never
from detente.engine.motion import expect, framed, offsets, transport
from detente.engine.push import push
from detente.engine.solve import solve
from detente.game import Channels, Game, Shape
from detente.spec import rules
from detente.spec.scenario import Scenario
from playing import Bench, Played, both, scenario
from strategies import extremes, scenarios, values
from verification import Verify

FEW = settings(max_examples=12)
INVARIANCE = "invariance, numbers drawn"
WHOLE = scenario("whole")


def bench_of(what: Scenario) -> Bench:
    return Bench(what, *extremes(what))


@cache
def whole() -> Bench:
    return bench_of(WHOLE)


@cache
def reopening() -> Bench:
    """The same, where talks go on after an agreement has ended."""
    return bench_of(WHOLE.model_copy(update={"after_lapse": "open"}))


# 1. Probabilities


@FEW
@given(values(WHOLE, exact=True), st.sampled_from([whole, reopening]))
def test_probability_is_conserved(verify: Verify, drawn: dict[str, float], bench: Callable[[], Bench]) -> None:
    played = bench()(drawn)
    events, shape = played.events, played.shape
    assert events.occupancy.min() >= -1e-15
    assert (events.restored <= events.ended + 1e-15).all()
    first = 1 - events.waiting.sum(1)
    flow = events.signed.sum((1, 2)) - events.ended.sum(1)
    inside = {
        "of all states": [events.mass - 1, events.occupancy.sum((1, 2, 3)) - 1],
        "of no agreement yet": [events.waiting - events.occupancy[:, 0].sum(1)],
        "of an agreement in force": [events.alive - events.occupancy[:, shape.bases :].sum((1, 2, 3))],
        "signed less ended": [np.diff(events.alive) - flow],
        "signed for the first time": [np.cumsum(events.signed_first.sum(1)) - first[1:]],
    }
    for name, deviations in inside.items():
        off = max(np.abs(deviation).max() for deviation in deviations)
        verify.nothing(f"Probability is conserved, {name}", "forward pass against itself, numbers drawn", off, 1e-12)


@FEW
@given(values(WHOLE), st.integers(0, 11), st.integers(0, 2**32 - 1))
def test_expectation_and_transport_are_adjoint(verify: Verify, drawn: dict[str, float], period: int, seed: int) -> None:
    bench = whole()
    game, shape = bench.game(drawn), bench.shape
    rng = np.random.default_rng(seed)
    mass = jnp.asarray(rng.random((shape.rows, shape.points, shape.regimes)))
    worth = jnp.asarray(rng.normal(size=mass.shape))
    ahead = (mass * expect(game, shape, jnp.asarray(period), framed(worth[:, None]))[:, 0]).sum()
    arrived = (transport(game, shape, jnp.asarray(period), framed(mass)) * worth).sum()
    off = (float(ahead) - float(arrived)) / max(1.0, abs(float(arrived)))
    verify.nothing("Looking ahead and moving forward are adjoint, relative", INVARIANCE, off, 1e-12)


# 2. The length of a period


@cache
def stepped(step: float) -> Bench:
    return bench_of(scenario("steps", step=step))


@settings(max_examples=6)
@given(values(scenario("steps")))
def test_halving_the_step_halves_the_error(verify: Verify, drawn: dict[str, float]) -> None:
    """Signing by the horizon is read at four steps: their differences halve, and extrapolated answers agree better."""
    by = np.array([stepped(step)(drawn).events.signed_first.sum() for step in (0.5, 0.25, 0.125, 0.0625)])
    change = np.diff(by)
    assume(np.abs(change).min() > 1e-4)
    better = np.abs(np.diff(2 * by[1:] - by[:-1]))[-1] / np.abs(change[-1])
    what = "Chance of signing by the horizon, step halved"
    verify(f"{what}: its change, relative to the change before", "order one", 0.5, change[2] / change[1], 0.15)
    verify.nothing(f"{what}: change of extrapolated answers, relative to that of answers", "Richardson", better, 0.35)


# 3. What makes no difference


def same(verify: Verify, what: str, one: Played, other: Played) -> None:
    """Expect two games to be played alike; where beliefs swing for ever, which is where play all but never goes, to end alike."""
    pairs = [(np.asarray(played.solution.policy.sign), played.events.signed, played.events.ended) for played in (one, other)]
    off = [np.abs(here - there).max() for here, there in zip(*pairs, strict=True)]
    unsettled = max(float(played.solution.unsettled) for played in (one, other))
    if unsettled > 1e-13:
        assert max(off[1:]) <= 1000 * unsettled
        return
    verify.nothing(f"{what}: choices and events", INVARIANCE, max(off), 1e-9)


@FEW
@given(values(WHOLE), st.integers(0, 2), st.floats(-5, 5))
def test_a_constant_flow_changes_nothing(verify: Verify, drawn: dict[str, float], player: int, constant: float) -> None:
    bench = whole()
    game = bench.game(drawn)
    same(verify, "A constant flow to one player", bench.play(game), bench.play(shifted(game, player, constant)))


def shifted(game: Game, player: int, constant: float) -> Game:
    """Return the game with a constant added to a player's flow."""
    more = jnp.zeros(len(game.payoff.owner)).at[player].set(constant)[None, :, None, None]
    return replace(game, payoff=replace(game.payoff, flows=(*game.payoff.flows, more)))


@FEW
@given(values(WHOLE), st.integers(0, 2), st.floats(0.1, 10))
def test_only_payoffs_times_precision_matter(verify: Verify, drawn: dict[str, float], player: int, scale: float) -> None:
    bench = whole()
    game = bench.game(drawn)
    rescaled = bench.play(scaled(game, jnp.ones(3).at[player].set(scale)))
    same(verify, "Payoffs of one player times a factor, precision divided by it", bench.play(game), rescaled)


def scaled(game: Game, factor: jax.Array) -> Game:
    """Return the game with each player's payoffs multiplied by a factor, and its precision divided by it."""
    payoff = replace(
        game.payoff,
        flows=tuple(flow * factor[:, None, None] for flow in game.payoff.flows),
        apart=tuple(flow * factor[to] for to, flow in zip(game.payoff.apart_of, game.payoff.apart, strict=True)),
        lumps=jax.tree.map(lambda lump: lump * factor[:, None, None, None], game.payoff.lumps),
    )
    return replace(game, payoff=payoff).with_precision(game.precision.value / factor)


@FEW
@given(values(WHOLE), st.sampled_from([2, 3]))
def test_side_payments_of_nothing_change_nothing(verify: Verify, drawn: dict[str, float], sides: int) -> None:
    bench = whole()
    game = bench.game(drawn)
    offered = bench.play(game.with_side(jnp.zeros((sides, 3))), sides=sides)
    same(verify, "Side payments of nothing", bench.play(game), offered)


def edited(**parts: Callable[[Any], Any]) -> Scenario:
    """Return the whole game with parts of what its file says changed."""
    data = WHOLE.model_dump(by_alias=True)
    for name, change in parts.items():
        data[name] = change(data[name])
    return Scenario.model_validate(data)


def _twin_option(issues: dict[str, Any]) -> dict[str, Any]:
    half = {**issues["arms"]["options"]["half"], "weight": "focal / 2"}
    options = {"keep": issues["arms"]["options"]["keep"], "half": half, "twin": half, "give": issues["arms"]["options"]["give"]}
    return issues | {"arms": issues["arms"] | {"options": options}}


@cache
def twin_option() -> Bench:
    return bench_of(edited(issues=_twin_option))


@FEW
@given(values(WHOLE))
def test_splitting_an_option_changes_nothing(verify: Verify, drawn: dict[str, float]) -> None:
    one, two = whole()(drawn).events, twin_option()(drawn).events
    names = twin_option().model.labels.package_names
    merged = [name.replace("twin", "half") for name in names]
    signed = np.stack(
        [two.signed[..., [n == name for n in merged]].sum(-1) for name in whole().model.labels.package_names], axis=-1
    )
    off = [signed - one.signed, two.ended - one.ended, two.restored - one.restored]
    verify.nothing("An option split in two that share its weight: events", INVARIANCE, _largest(off), 1e-10)


def _twin_state(regimes: dict[str, Any]) -> dict[str, Any]:
    war = {
        "states": {"fighting": None, "over": None, "twin": None},
        "start": {"fighting": "fighting_first * 0.3", "twin": "fighting_first * 0.7", "over": "1 - fighting_first"},
        "moves": {
            "fighting -> over": regimes["war"]["moves"]["fighting -> over"],
            "twin -> over": regimes["war"]["moves"]["fighting -> over"],
            "over -> fighting": "resumes * 0.4",
            "over -> twin": "resumes * 0.6",
        },
    }
    return {"office": regimes["office"], "war": regimes["war"] | war}


def _either(payoffs: dict[str, Any]) -> dict[str, Any]:
    flows = payoffs["them"]["flows"]
    money = flows["money"] | {"value": "worth * relief.money + windfall * (war in [fighting, twin])"}
    return payoffs | {"them": payoffs["them"] | {"flows": flows | {"money": money}}}


@cache
def twin_state() -> Bench:
    return bench_of(edited(regimes=_twin_state, payoffs=_either))


@FEW
@given(values(WHOLE))
def test_splitting_a_state_changes_nothing(verify: Verify, drawn: dict[str, float]) -> None:
    one, two = whole()(drawn).events, twin_state()(drawn).events
    off = [getattr(two, name) - getattr(one, name) for name in ("signed", "ended", "restored", "alive", "cheating")]
    # beliefs where play all but never goes are taken as they are, and splitting a state moves where that happens
    verify.nothing("A state of a regime split in two: events", INVARIANCE, _largest(off), 1e-7)


def _backwards(named: dict[str, Any]) -> dict[str, Any]:
    return dict(reversed(named.items()))


def _swapped(issues: dict[str, Any]) -> dict[str, Any]:
    """Reverse the order of the issues, and of the options but the status quo."""
    arms = issues["arms"]["options"]
    turned = {"keep": arms["keep"], "give": arms["give"], "half": arms["half"]}
    return {"relief": issues["relief"], "arms": issues["arms"] | {"options": turned}}


def _states_backwards(regimes: dict[str, Any]) -> dict[str, Any]:
    return {name: regime | {"states": _backwards(regime["states"])} for name, regime in _backwards(regimes).items()}


@cache
def permuted() -> Bench:
    return bench_of(edited(players=_backwards, issues=_swapped, regimes=_states_backwards, payoffs=_backwards))


@FEW
@given(values(WHOLE))
def test_order_changes_nothing(verify: Verify, drawn: dict[str, float]) -> None:
    one, two = whole()(drawn), permuted()(drawn)
    here, there = whole().model.labels, permuted().model.labels
    package = [there.packages.index(tuple(reversed(options))) for options in here.packages]
    proposer = [there.proposers.index(name) for name in here.proposers]
    cause = [there.causes.index(name) for name in here.causes]
    player = [there.players.index(name) for name in here.players]
    off = [
        two.events.signed[:, proposer][..., package] - one.events.signed,
        two.events.ended[:, cause] - one.events.ended,
        expected_value(two)[player] - expected_value(one),
    ]
    what = "Players, issues, options, regimes and states in another order: events and values"
    verify.nothing(what, INVARIANCE, _largest(off), 1e-10)


def _largest(deviations: list[np.ndarray]) -> float:
    return max(float(np.abs(deviation).max(initial=0.0)) for deviation in deviations)


def expected_value(played: Played) -> np.ndarray:
    """Return each player's value at the start [I]."""
    game = played.game
    return np.einsum("g,r,igr->i", game.start_point, game.start_regime, np.asarray(played.solution.talking[0]))


def _grid(by: int) -> Scenario:
    linear = scenario("linear")
    stock = linear.stocks["stock"].model_copy(update={"grid": tuple(float(x) for x in range(0, 121, by))})
    return linear.model_copy(update={"stocks": {"stock": stock}})


@cache
def gridded(by: int) -> Bench:
    return bench_of(_grid(by))


@FEW
@given(values(scenario("linear")))
def test_a_finer_grid_changes_nothing_where_payoffs_are_linear(verify: Verify, drawn: dict[str, float]) -> None:
    coarse, fine = gridded(20)(drawn), gridded(10)(drawn)
    off = [expected_value(fine) - expected_value(coarse), fine.events.signed - coarse.events.signed]
    verify.nothing("A grid twice as fine under linear payoffs: events and values", INVARIANCE, _largest(off), 1e-10)


# 4. Values


@cache
def _terms(bench: Bench) -> Callable[..., Any]:
    return jax.jit(lambda drawn: terms(bench.model.frame, drawn))


def gains(played: Played, channels: Channels, package: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return what each principal gains from a package at the start, by the values and as the sum of the named terms."""
    owners = tuple(np.asarray(channels.owner).tolist())
    here = played.game.start_point[:, None] * played.game.start_regime
    added = gain_terms(played.game, played.shape, channels, owners, played.solution.policy, here, jnp.asarray(package))
    gain = np.asarray(here) * np.asarray(played.solution.signed[0][:, package] - played.solution.waiting[0])
    sides = list(played.shape.principals)
    return gain.sum((1, 2))[sides], np.array([np.asarray(added)[np.asarray(owners) == side].sum() for side in sides])


@FEW
@given(values(WHOLE), st.sampled_from([whole, reopening]), st.integers(0, 2))
def test_named_terms_add_up_to_the_gain(
    verify: Verify, drawn: dict[str, float], bench: Callable[[], Bench], package: int
) -> None:
    made = bench()
    played = made(drawn)
    channels = _terms(made)(made.model.central() | drawn)
    signed, waiting = evaluate(played.game, played.shape, channels, played.solution.policy)
    parts = np.asarray(signed) - np.asarray(waiting)[:, None]
    whole_gain = np.asarray(played.solution.signed[0]) - np.asarray(played.solution.waiting[0])[:, None]
    for player in range(3):
        mine = np.asarray(channels.owner) == player
        off = parts[mine].sum(0) - whole_gain[player]
        verify.nothing("Named terms of a gain: their sum less the gain", "decomposition, numbers drawn", off, 1e-10)
    at_once, added = gains(played, channels, package)
    verify.nothing("Named terms in one pass: their sum less the gain", "decomposition, numbers drawn", added - at_once, 1e-10)


ENDLESS: dict[str, dict[str, Any]] = {
    "durability": {},
    "pie": {"rounds": 2, "after": "stationary", "proposers": ("a", "b")},
}


@pytest.mark.parametrize("name", ENDLESS)
def test_named_terms_add_up_where_the_game_goes_on_for_ever(verify: Verify, name: str) -> None:
    made = Bench(scenario(name, **ENDLESS[name]))
    values = both("wait_b", 0.02, 0.03) | {"precision": 3.0, "go": 0.2} if name == "pie" else {"reserve": 0.3}
    played = made(values)
    channels = _terms(made)(made.model.central() | values)
    signed, waiting = evaluate(played.game, played.shape, channels, played.solution.policy)
    gain, added = gains(played, channels)
    verify.nothing(
        f"Named terms of a gain in a game without end ({name}): their sum less the gain", "decomposition", added - gain, 1e-8
    )
    for player in range(played.shape.players):
        mine = np.asarray(channels.owner) == player
        off = [
            np.asarray(signed)[mine].sum(0) - np.asarray(played.solution.signed[0, player]),
            np.asarray(waiting)[mine].sum(0) - np.asarray(played.solution.waiting[0, player]),
        ]
        verify.nothing(
            f"Named terms in a game without end ({name}): their sum less the value", "decomposition", _largest(off), 1e-8
        )


def alone(game: Game, shape: Shape) -> np.ndarray:
    """Return the value of the status quo for ever without talks by multiplying matrices out [I, G x R]."""
    payoff, size = game.payoff, shape.points * shape.regimes
    legacy = np.asarray(payoff.lumps.horizon)[-1, :, 0]
    value = np.asarray(payoff.forever)[:, None, None] * _flow(game, shape.periods) + legacy
    for period in reversed(range(shape.periods)):
        ahead = (value.reshape(-1, size) @ _matrix(game, shape, period).T).reshape(value.shape)
        flow = np.asarray(payoff.accrual)[:, None, None] * _flow(game, period)
        value = flow + np.asarray(payoff.discount)[:, None, None] * ahead
    return value


def _flow(game: Game, period: int) -> np.ndarray:
    """Return flows at the status quo [I, G, R]."""
    flow = np.zeros((len(game.payoff.owner), len(game.start_point), len(game.start_regime)))
    for every in game.payoff.flows:
        flow += np.asarray(every)[0]
    for of, own in zip(game.payoff.apart_of, game.payoff.apart, strict=True):
        flow[of] += np.asarray(own)[min(period, len(own) - 1), 0]
    return flow


def _matrix(game: Game, shape: Shape, period: int) -> np.ndarray:
    """Return the transition matrix over grid points and regimes at the status quo."""
    moves = np.asarray(game.moves)[min(period, len(game.moves) - 1)]
    weights = np.asarray(game.offsets)[min(period, len(game.offsets) - 1), :, 1:-1]
    weights = np.broadcast_to(weights, (*weights.shape[:-1], shape.regimes))
    matrix = np.zeros((shape.points, shape.regimes, shape.points, shape.regimes))
    for index, (step,) in enumerate(offsets(shape)):
        for point in range(shape.points):
            for regime in range(shape.regimes):
                if 0 <= point + step < shape.points:
                    matrix[point, regime, point + step] += weights[index, 0, point, regime] * moves[regime]
    return matrix.reshape(shape.points * shape.regimes, -1)


@FEW
@given(values(WHOLE))
def test_without_talks_values_are_linear_algebra(verify: Verify, drawn: dict[str, float]) -> None:
    bench = whole()
    silent = bench(drawn | {"talks_us": 0.0, "talks_them": 0.0})
    expected = alone(silent.game, silent.shape)
    got = [np.asarray(silent.solution.talking[0]), np.asarray(never(bench.game(drawn), bench.shape))]
    off = _largest([values - expected for values in got])
    verify.nothing("Without talks: values", "products of transition matrices, numbers drawn", off, 1e-10)


# 5. Whole scenarios drawn


@pytest.mark.slow
@settings(max_examples=10)
@given(scenarios(), st.integers(0, 2), st.floats(0.2, 5), st.floats(-3, 3))
def test_any_scenario(verify: Verify, drawn: Scenario, player: int, scale: float, constant: float) -> None:
    assert rules.check(drawn) == []
    bench, against = Bench(drawn), "invariance, scenarios drawn"
    played = bench()
    game, events, solution = played.game, played.events, played.solution
    mass = [events.occupancy.sum((1, 2, 3)) - 1, np.diff(events.alive) - events.signed.sum((1, 2)) + events.ended.sum(1)]
    verify.nothing("Any scenario: probability conserved", against, _largest(mass), 1e-12)
    factor = jnp.ones(3).at[player].set(scale)
    for name, other in (("a constant flow", shifted(game, player, constant)), ("payoffs times a factor", scaled(game, factor))):
        again = bench.play(other)
        pairs = [(np.asarray(p.solution.policy.sign), p.events.signed, p.events.ended) for p in (played, again)]
        off = [here - there for here, there in zip(*pairs, strict=True)]
        verify.nothing(f"Any scenario: {name} to one player: choices and events", against, _largest(off), 1e-9)
    channels = _terms(bench)(bench.model.central())
    parts = evaluate(game, played.shape, channels, solution.policy)
    totals = (np.asarray(solution.signed[0]), np.asarray(solution.waiting[0]))
    mine = [np.asarray(channels.owner) == index for index in range(3)]
    off = [
        np.asarray(part)[own].sum(0) - total[i] for part, total in zip(parts, totals, strict=True) for i, own in enumerate(mine)
    ]
    verify.nothing("Any scenario: sums of named terms less values", against, _largest(off), 1e-8)


# 6. Many games at once, and derivatives


def chance(drawn: dict[str, Any]) -> jax.Array:
    """Return the probability of an agreement by the horizon."""
    bench = whole()
    game = build(bench.model.frame, bench.shape, bench.model.central() | drawn)
    return push(game, bench.shape, solve(game, bench.shape).policy).signed_first.sum()


STEP = 1e-4
WEIGHTS = {1: 8 / 12, -1: -8 / 12, 2: -1 / 12, -2: 1 / 12}
"""Weights of a difference of fourth order."""


@settings(max_examples=4)
@given(values(WHOLE))
def test_gradients_agree_with_differences(verify: Verify, drawn: dict[str, float]) -> None:
    assume(abs(drawn["stock_first"] % 30) > 0.05)  # between grid points: interpolation has a corner on each
    gradient = _gradient()({name: float(value) for name, value in drawn.items()})
    names = list(drawn)
    table = {name: np.full((len(names), len(WEIGHTS)), float(drawn[name])) for name in names}
    for index, name in enumerate(names):
        table[name][index] += STEP * np.array(list(WEIGHTS))
    near = _chances()({name: jnp.asarray(column.ravel()) for name, column in table.items()})
    slopes = np.asarray(near).reshape(len(names), -1) @ np.array(list(WEIGHTS.values())) / STEP
    off = (np.array([float(gradient[name]) for name in names]) - slopes) / np.maximum(np.abs(slopes), 0.01)
    what = "Gradient of the chance of an agreement, in every number: deviation relative to itself or 0.01"
    verify.nothing(what, "differences of fourth order, numbers drawn", off, 1e-6)


@cache
def _chances() -> Callable[..., Any]:
    return jax.jit(jax.vmap(chance))


@cache
def _gradient() -> Callable[..., Any]:
    return jax.jit(jax.grad(chance))


def test_draws_solved_together_are_those_solved_alone(verify: Verify) -> None:
    rng = np.random.default_rng(5)
    ranged = {name: q for name, q in WHOLE.quantities.items() if q.uncertain}
    draws = {
        name: rng.uniform(q.low, q.high, 3) if name in ranged else np.full(3, q.value) for name, q in WHOLE.quantities.items()
    }
    together = ensemble.run(whole().model, draws)
    off, passed = [], []
    for i in range(3):
        alone = ensemble.run(whole().model, {name: column[i : i + 1] for name, column in draws.items()})
        off += [together[name][i] - alone[name][0] for name in ("signed", "waiting", "gain", "ended")]
        assert together["status"][i] == 0
        events = whole()({name: float(column[i]) for name, column in draws.items()}).events
        passed += [together["signed"][i] - events.signed.sum(1), together["waiting"][i] - events.waiting.sum(1)]
    verify.nothing("Draws solved together: events", "the same solved one by one", _largest(off), 1e-10)
    verify.nothing("Draws with beliefs nearly settled: events", "the same with beliefs that have settled", _largest(passed), 0.01)


@FEW
@given(values(WHOLE))
def test_single_precision_is_close(verify: Verify, drawn: dict[str, float]) -> None:
    bench = whole()
    game = bench.game(drawn)
    double = push(game, bench.shape, solve(game, bench.shape).policy)
    single = jax.tree.map(lambda leaf: np.asarray(leaf, np.float32 if np.asarray(leaf).dtype == float else None), game)
    with jax.enable_x64(False):
        half = push(single, bench.shape, solve(single, bench.shape).policy)
        assert half.signed.dtype == np.float32
    off = [np.asarray(getattr(half, name)) - np.asarray(getattr(double, name)) for name in ("signed", "ended", "waiting")]
    verify.nothing("Single precision: events", "double precision, numbers drawn", _largest(off), 1e-4)
