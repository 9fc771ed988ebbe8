"""From names to axes: rows, regimes, stocks, payoffs, labels, and what only the whole state space shows."""

from __future__ import annotations

import datetime as dt
from math import exp, expm1
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.coarse import coarser, thinned
from detente.compile import Model, build, payoffs, regimes, stocks
from detente.compile.environment import Environment, Frame
from detente.compile.inspect import problems
from detente.compile.labels import dates
from detente.compile.rows import build as lay_out
from detente.engine.period import flow_at
from detente.engine.solve import solve
from detente.errors import Problem
from detente.spec.menu import packages
from detente.spec.read import load_text, with_values
from detente.spec.scenario import Calendar, Scenario
from playing import Bench, scenario
from scenarios import BASE, changed

WHOLE = scenario("whole")


def environment(what: Scenario, **values: float) -> Environment:
    frame = Frame(what)
    return Environment(frame, Model.of(what).central() | values, np)


# Rows


def test_rows_of_every_kind_of_issue() -> None:
    rows = lay_out(WHOLE, packages(WHOLE))
    arms, relief = rows.levels.T
    assert rows.packages.tolist() == [[0, 1], [1, 0], [1, 1], [2, 1]]
    assert rows.bases == 8  # the status quo, four lapses, three snapbacks: without relief nothing comes back to tell apart
    assert arms[rows.honoured()].tolist() == rows.packages[:, 0].tolist()
    for package in range(4):
        down, back = rows.lapse_to[rows.lapse[package]], rows.snap_to[rows.lapse[package]]
        assert [arms[down], relief[down]] == rows.packages[package].tolist()  # it persists; relief stays until a snapback
        assert [arms[back], relief[back]] == [rows.packages[package, 0], 0]
        assert (rows.lapsed[down], rows.snapped[down]) == (1, 0)
        assert (rows.lapsed[back], rows.snapped[back]) == (0, 1)
    assert rows.in_force.tolist() == [0] * 8 + [1] * 8
    assert rows.talking == 1  # once an agreement has lapsed there are no more talks
    assert rows.cheating.tolist() == [0] * 12 + [1] * 4


def test_who_consents_to_a_snapback_adds_up_over_options() -> None:
    rows = lay_out(WHOLE, packages(WHOLE))
    assert [rows.consents[lapse] for lapse in rows.lapse] == [
        ("council", "third"),
        (),
        ("council", "third"),
        ("council", "third"),
    ]


def test_what_persists_cannot_be_undone() -> None:
    rows = lay_out(WHOLE, packages(WHOLE))
    arms = rows.levels[: rows.bases, 0]
    assert (rows.allowed == (rows.packages[:, 0] >= arms[:, None])).all()


def test_reverting_issues_leave_one_base() -> None:
    what = scenario("steps")
    rows = lay_out(what, packages(what))
    assert rows.bases == 3
    assert np.unique(rows.levels[:3]).tolist() == [0]
    assert len(rows.lapse_to) == 1


def test_an_agreement_nobody_can_end_leaves_nothing_behind() -> None:
    what = scenario("lankov")
    assert lay_out(what, packages(what)).bases == 1


# Regimes


def chain(what: Scenario, **values: float) -> np.ndarray:
    return np.asarray(regimes.transitions(what, environment(what, **values), np))


def test_joint_regimes() -> None:
    assert regimes.names(WHOLE) == (("fighting", "dove"), ("fighting", "hawk"), ("over", "dove"), ("over", "hawk"))
    assert {name: code.tolist() for name, code in regimes.joint(WHOLE).items()} == {"war": [0, 0, 1, 1], "office": [0, 1, 0, 1]}
    alone = scenario("coarse")
    assert regimes.names(alone) == ((),)
    assert np.asarray(regimes.transitions(alone, environment(alone), np)).tolist() == [[[1.0]]]


@given(st.floats(0, 50), st.floats(0, 50))
def test_transitions_are_probabilities(ends: float, resumes: float) -> None:
    moves = chain(WHOLE, ends=ends, resumes=resumes)
    assert moves.min() >= 0
    assert moves.sum(-1) == pytest.approx(np.ones(moves.shape[:-1]), abs=1e-12)


def test_hazards_compete_and_look_at_other_regimes() -> None:
    moves = chain(WHOLE)[0]
    assert moves[0, 2:].sum() == pytest.approx(-expm1(-0.4 * 2 * 0.25))  # twice as fast under a dove
    assert moves[1, 2:].sum() == pytest.approx(-expm1(-0.4 * 0.25))
    edits = [("states: [fighting, over]", "states: [fighting, over, lull]")]
    edits += [("{fighting -> over: rate, over -> fighting: 0.1}", "{fighting -> over: 3, fighting -> lull: 1}")]
    row = chain(load_text(changed(*edits)))[0].reshape(3, 2, 3, 2).sum(3)[0, 0]
    assert row == pytest.approx([exp(-4 * 0.5), -expm1(-4 * 0.5) * 3 / 4, -expm1(-4 * 0.5) / 4])


def test_a_switch_acts_once_at_the_boundary_nearest_its_date() -> None:
    moves = chain(WHOLE, hawk_wins=0.3)
    period = regimes.boundary(WHOLE.calendar, dt.date(2027, 5, 1))
    assert period == 5  # 1 May 2027 is 1.33 years in; 1.25 is nearest
    to_hawk = moves[:, 0].reshape(-1, 2, 2)[:, :, 1].sum(1)
    assert to_hawk == pytest.approx([0.3 if t == period - 1 else 0.0 for t in range(len(moves))], abs=1e-12)
    stays = moves[:, 1].reshape(-1, 2, 2)[:, :, 1].sum(1)
    assert stays == pytest.approx(np.ones(len(moves)))  # only a dove is up for election


def test_a_switch_without_from_takes_every_state() -> None:
    elected = {"from: dove, to: {dove: 0.5, hawk: 0.5}": "to: {dove: 0.2, hawk: 0.8}"}
    moves = chain(load_text(changed(*elected.items())))
    voted = [t for t in range(len(moves)) if moves[t, 1, 0] > 0.1]
    assert voted == [regimes.boundary(load_text(changed()).calendar, dt.date(2027, 1, 20)) - 1]
    for old in (0, 1):  # from a dove and from a hawk
        assert moves[voted[0], old].reshape(2, 2).sum(0) == pytest.approx([0.2, 0.8])


def test_a_switch_soon_after_the_start_is_not_lost() -> None:
    assert regimes.boundary(WHOLE.calendar, dt.date(2026, 1, 10)) == 1
    assert regimes.boundary(coarser(scenario("steps", step=0.125)).calendar, dt.date(2026, 1, 20)) == 1


def test_switches_beyond_the_horizon_do_nothing() -> None:
    late = WHOLE.model_copy(update={"calendar": WHOLE.calendar.model_copy(update={"horizon": 1.0})})
    assert len(chain(late)) == 1


def test_rounds_take_probabilities_as_they_are() -> None:
    what = scenario("lankov")
    assert chain(what)[0].tolist() == [[0.7, 0.3], [0.0, 1.0]]


def test_start_of_the_regimes() -> None:
    assert np.asarray(regimes.start(WHOLE, environment(WHOLE), np)) == pytest.approx([0.7, 0, 0.3, 0])


# Stocks


@given(st.floats(-20, 140))
def test_positions_between_and_beyond_grid_points(value: float) -> None:
    grid = (0.0, 10.0, 40.0, 120.0)
    place = float(stocks.locate(np.asarray(value), grid, np))
    if 0 <= value <= 120:
        assert np.interp(place, range(4), grid) == pytest.approx(value, abs=1e-9)
    else:
        assert place == pytest.approx(value / 10 if value < 0 else 3 + (value - 120) / 80)


def test_weights_are_probabilities_that_keep_the_mean() -> None:
    frame, env = Frame(WHOLE), environment(WHOLE, pace=12, spread=3)
    reach = stocks.reach(frame, env)
    weights, spill = (np.asarray(array) for array in stocks.weights(frame, env, reach))
    assert reach == ((1, 1),)
    assert weights.min() >= 0
    assert not weights[:, :, [0, -1]].any()
    weights = weights[:, :, 1:-1]
    assert weights.sum(1) == pytest.approx(np.ones(weights[:, 0].shape), abs=1e-12)
    assert np.abs(spill).max() == pytest.approx(0.0, abs=1e-12)
    mean = np.einsum("tosgr,o->tsgr", weights, 30.0 * np.arange(-1, 2))
    assert mean[0, 0, 1:4, 0] == pytest.approx(np.full(3, 12 * 0.25))
    assert mean[0, -1, 1:4, 0] == pytest.approx(np.full(3, 12 * 0.25 * (1 - 0.4)))  # given up, and cheated on


def test_a_period_spreads_a_stock_with_the_root_of_its_length() -> None:
    frame, env = Frame(WHOLE), environment(WHOLE, pace=0, spread=3)
    (low, _), (middle, _), (high, _) = stocks.landings(frame, env, "stock")
    assert middle[0, 0, :, 0] == pytest.approx(np.arange(len(WHOLE.stocks["stock"].grid)))
    assert (high - low)[0, 0, 1:-1, 0] == pytest.approx(2 * 3**0.5 * 3 * 0.25**0.5 / 30)


def test_a_stock_that_would_leave_is_held_and_counted() -> None:
    what = load_text(changed(("drift: pace * left", "drift: 40 - 80 * (arms == give)")))
    frame, env = Frame(what), environment(what)
    weights, spill = (np.asarray(array) for array in stocks.weights(frame, env, stocks.reach(frame, env)))
    assert stocks.reach(frame, env) == ((2, 2),)
    assert spill[0, 1, :, 0] == pytest.approx([0] * 9 + [1, 2])
    give = [k for k, (arms, _) in enumerate(frame.rows.levels) if arms == 2][-1]
    assert spill[0, 1 + give, :, 0] == pytest.approx([2, 1] + [0] * 9)
    inside = weights[:, :, 1:-1]
    assert inside.sum(1) == pytest.approx(np.ones(inside[:, 0].shape))


def test_reach_covers_every_draw() -> None:
    model = Model.of(WHOLE)
    fast = model.central() | {"pace": 200.0}
    assert model.shape().reach == ((1, 1),)
    assert model.shape([model.central(), fast]).reach == ((1, 3),)


@pytest.mark.parametrize(("first", "weights"), [(33, [0, 0.9, 0.1, 0, 0]), (0, [1, 0, 0, 0, 0]), (120, [0, 0, 0, 0, 1])])
def test_start_of_the_stocks(first: float, weights: list[float]) -> None:
    assert np.asarray(stocks.start(Frame(WHOLE), environment(WHOLE, stock_first=first))) == pytest.approx(weights)


def test_two_stocks_share_one_axis() -> None:
    stock = WHOLE.stocks["stock"]
    other = stock.model_copy(update={"grid": (0.0, 60.0, 120.0)})
    two = WHOLE.model_copy(update={"stocks": {"stock": stock, "other": other}})
    frame = Frame(two)
    assert frame.size["G"] == 15
    assert frame.points["stock"].tolist() == [0.0] * 3 + [30.0] * 3 + [60.0] * 3 + [90.0] * 3 + [120.0] * 3
    assert frame.points["other"].tolist() == [0.0, 60.0, 120.0] * 5
    start = np.asarray(stocks.start(frame, environment(two)))
    assert start @ frame.points["stock"] == pytest.approx(33)
    assert start @ frame.points["other"] == pytest.approx(33)


# Payoffs and other formulas


def test_attributes_flags_tables_and_time_are_arrays() -> None:
    env = environment(WHOLE)
    rows, size = env.frame.rows, env.frame.size
    assert env.array("arms.cut").ravel() == pytest.approx(np.array([0, 0.5, 1])[rows.levels[:, 0]])
    assert env.array("left").shape[2] == 1
    assert env.array("cheating").ravel() == pytest.approx(rows.cheating)
    assert env.timed("blame[office]", "R") == pytest.approx([0.5, 0.1, 0.5, 0.1])
    assert env.timed("year", "T") == pytest.approx(2026 + 0.25 * np.arange(13))
    assert env.array("stock").size == size["G"]
    assert float(env.scalar("rate_us * 2")) == 0.2
    assert env.array("relief == some and arms >= half").ravel() == pytest.approx(
        [float(arms >= 1 and relief == 1) for arms, relief in rows.levels]
    )


def test_attributes_may_rest_on_regimes_and_time() -> None:
    what = load_text(
        changed(
            ("half: {cut: 0.5}", "half: {cut: 0.5 * (war == over)}"), ("give: {cut: 1,", "give: {cut: 0.9 - 0.1 * (year - 2026),")
        )
    )
    env = environment(what)
    cut = np.broadcast_to(env.array("arms.cut"), [env.frame.size[axis] for axis in "TSGR"])
    over, passed = np.array([0, 0, 1, 1]), 0.5 * np.arange(len(cut))
    for row, (arms, _) in enumerate(env.frame.rows.levels):
        expected = (0 * over + 0 * passed[:, None], 0.5 * over + 0 * passed[:, None], 0.9 - 0.1 * passed[:, None] + 0 * over)[
            arms
        ]
        assert cut[:, row, 0] == pytest.approx(expected)


def test_channels_are_players_or_terms() -> None:
    listed = payoffs.items(WHOLE, by_term=True)
    assert [item.channel for item in listed] == list(range(len(listed)))
    assert {item.channel for item in payoffs.items(WHOLE, by_term=False)} == {0, 1, 2}
    frame, env = Frame(WHOLE), environment(WHOLE)
    players, terms = payoffs.channels(frame, env), payoffs.channels(frame, env, by_term=True)
    shape = Model.of(WHOLE).shape()
    for period in (0, 3, shape.periods):
        paid, told = (np.asarray(flow_at(shape, each, jnp.asarray(period))) for each in (players, terms))
        by_player = [told[:, np.asarray(terms.owner) == player].sum(1) for player in range(3)]
        assert np.asarray(paid).any()
        assert paid == pytest.approx(np.stack(by_player, 1))
    for player in range(3):
        mine = np.asarray(terms.owner) == player
        for event in ("sign", "refuse", "exit", "caught", "snapback", "horizon"):
            one, many = getattr(players.lumps, event), getattr(terms.lumps, event)
            assert np.asarray(one)[:, player] == pytest.approx(np.asarray(many)[:, mine].sum(1))


def test_flows_are_kept_on_the_axes_they_need() -> None:
    """Those of all channels by row and by point; what moves with time, or few channels vary with, apart."""
    channels = payoffs.channels(Frame(WHOLE), environment(WHOLE))
    size = Frame(WHOLE).size
    wide = {(size["S"], size["G"])}
    assert {flow.shape[::2] for flow in channels.flows}.isdisjoint(wide)
    moving = [(flow.shape[0], of) for flow, of in zip(channels.apart, channels.apart_of, strict=True) if flow.shape[0] > 1]
    assert moving == [(13, 0)]
    entries = [(k, np.ones((1, *shape))) for k in range(3) for shape in ((2, 1, 5), (1, 4, 5), (1, 1, 1))]
    both = [(k, np.full((1, 2, 4, 1), 2.0)) for k in range(3)]
    (by_row, by_point), apart = payoffs._flows([*entries, *both[:1]], 3, np)
    assert (by_row.shape, by_point.shape) == ((2, 3, 1, 5), (1, 3, 4, 5))
    assert [(k, flow.shape) for k, flow in apart] == [(0, (1, 2, 4, 1))]
    assert [flow.shape for flow in payoffs._flows([*entries, *both], 3, np)[0]] == [(2, 3, 1, 5), (1, 3, 4, 5), (2, 3, 4, 1)]
    assert by_row.tolist() == np.full((2, 3, 1, 5), 2.0).tolist()


@pytest.mark.parametrize(
    ("rate", "accrual", "factor", "forever"), [(0.1, -expm1(-0.025) / 0.1, exp(-0.025), 10), (0.0, 0.25, 1, 0)]
)
def test_discounting_in_years(rate: float, accrual: float, factor: float, forever: float) -> None:
    channels = payoffs.channels(Frame(WHOLE), environment(WHOLE, rate_us=rate))
    assert [float(np.asarray(c)[0]) for c in (channels.accrual, channels.discount, channels.forever)] == pytest.approx(
        [accrual, factor, forever]
    )


def test_discounting_in_rounds() -> None:
    channels = payoffs.channels(Frame(scenario("lankov")), environment(scenario("lankov")))
    assert np.asarray(channels.discount) == pytest.approx([0.95, 0.9])
    assert np.asarray(channels.accrual) == pytest.approx([1, 1])
    assert np.asarray(channels.forever) == pytest.approx([20, 10])


def test_menu_weights_are_products_that_sum_to_one() -> None:
    game = Bench(WHOLE).game(focal=3)
    assert np.exp(np.asarray(game.log_menu)) == pytest.approx(np.array([1, 3, 3, 1]) / 8)


def test_chances_to_talk_and_to_review() -> None:
    game = Bench(WHOLE).game()
    talk = np.asarray(game.talk)[0, :, 0]
    us, them = 2 * np.array([1.5, 1.0, 1.5, 1.0]), 1 - np.arange(5)[:, None] * 30 / 200
    total = -np.expm1(-(us + them) * 0.25)
    assert talk[0] == pytest.approx(total * us / (us + them))
    assert talk[1] == pytest.approx(total * them / (us + them))
    found = np.asarray(game.detect)[0, 0, 0]
    assert found == pytest.approx(-np.expm1(-0.8 * np.array([1, 1, 1.2, 1.2]) * 0.25))


def test_a_schedule_of_proposers_gives_everyone_their_turn() -> None:
    game = Bench(scenario("ultimatum", rounds=5)).game()
    assert np.asarray(game.talk)[:, :, 0, 0, 0].tolist() == [[1, 0], [0, 1]] * 3


def test_consents() -> None:
    model = Model.of(WHOLE)
    game = Bench(WHOLE).game()
    assert model.labels.packages == (("keep", "some"), ("half", "none"), ("half", "some"), ("give", "some"))
    assert np.asarray(game.need).tolist() == [[1, 1, 1, 1], [1, 1, 1, 1], [0, 0, 0, 1]]
    assert np.asarray(game.need_body).tolist() == [[1, 0, 1, 1]]


def test_the_example_that_uses_everything_compiles_and_solves() -> None:
    model = Model.of(load_text(BASE))
    game = build(model.frame, model.shape(), model.central())
    assert np.isfinite(np.asarray(solve(game, model.shape()).start)).all()


# Labels


@pytest.mark.parametrize(
    ("start", "step", "expected"),
    [
        ("2026-01-31", 0.25, ["2026-01-31", "2026-04-30", "2026-07-31", "2026-10-31", "2027-01-31"]),
        ("2024-02-29", 1.0, ["2024-02-29", "2025-02-28", "2026-02-28"]),
        ("2026-01-01", 0.1, ["2026-01-01", "2026-02-07", "2026-03-15"]),
    ],
)
def test_dates(start: str, step: float, expected: list[str]) -> None:
    calendar = Calendar.model_validate({"start": start, "horizon": step * (len(expected) - 1), "step": step})
    assert [str(day) for day in dates(calendar)] == expected


def test_rounds_are_numbered() -> None:
    assert dates(Calendar(rounds=3)) == (0, 1, 2, 3)


def test_labels_name_every_axis() -> None:
    labels, shape = Model.of(WHOLE).labels, Model.of(WHOLE).shape()
    assert labels.package_names == ("keep / some", "half / none", "half / some", "give / some")
    assert labels.causes == ("exit by us", "exit by them", "caught")
    assert labels.status_quo == ("keep", "none")
    assert (len(labels.players), len(labels.package_names), len(labels.joint)) == (shape.players, shape.packages, shape.regimes)
    assert (len(labels.proposers), len(labels.reviewers)) == (len(shape.proposers), len(shape.reviewers))
    assert len(labels.dates) == len(labels.years) == shape.periods + 1
    assert len(labels.causes) == shape.causes
    assert labels.terms[0] == ("us", "flow", "threat")


@pytest.mark.parametrize(
    ("name", "values", "smooth"),
    [("coarse", {}, True), ("coarse", {"precision": np.inf}, False), ("pie", {}, False), ("durability", {}, False)],
)
def test_a_game_is_smooth_where_no_choice_is_exact_and_it_ends(name: str, values: dict[str, float], smooth: bool) -> None:
    assert Model.of(with_values(scenario(name), values)).smooth is smooth


# What only the state space can tell


def found(*edits: tuple[str, str], base: Any = None) -> list[Problem]:
    what = load_text(changed(*edits)) if edits else base
    model = Model.of(what)
    return problems(model.frame, model.central())


@pytest.mark.parametrize("name", ["whole", "steps", "linear", "pie", "lankov", "compliance", "durability"])
def test_the_games_of_the_tests_are_in_order(name: str) -> None:
    assert found(base=scenario(name)) == []


def test_a_payoff_that_is_no_number_is_found_with_its_place() -> None:
    (problem,) = found(("-danger * (war == fighting)", "worth * log(1 - warheads / 100)"))
    assert problem.code == "not-finite"
    assert problem.path == ("payoffs", "us", "threat")
    assert "at warheads = 100" in problem.text


@pytest.mark.parametrize(("last", "said"), [(100, ""), (90, ", and in 1 other places"), (80, ", and in 2 other places")])
def test_how_often_a_payoff_is_no_number_is_said(last: int, said: str) -> None:
    (problem,) = found(("-danger * (war == fighting)", f"worth * log(1 - warheads / {last})"))
    assert problem.text == f"is -inf at warheads = {last}{said}"


def test_a_lump_sum_that_is_no_number_is_found_where_its_event_happens() -> None:
    (problem,) = found(("at sign: {pride: -view}", "at sign: {pride: view / (1 - relief.money * warheads / 50)}"))
    assert problem.code == "not-finite"
    assert problem.path == ("payoffs", "them", "at sign", "pride")
    assert "arms == half, relief == full, in_force, warheads = 50" in problem.text


def test_a_negative_rate_is_found() -> None:
    (problem,) = found(("talks: rate", "talks: 1 - warheads / 50"))
    assert (problem.code, problem.path) == ("rate-out-of-range", ("players", "us", "talks"))
    assert "warheads = 60" in problem.text


def test_a_stock_that_drifts_off_its_grid_is_found() -> None:
    (problem,) = found(("pace: {value: 5", "pace: {value: 50"))
    assert (problem.code, problem.path) == ("off-grid", ("stocks", "warheads", "grid"))
    assert (
        "above its grid (0 to 100) by 2027.5" in problem.text
    )  # 25 each half year from 50: at its end after two, beyond after three
    (problem,) = found(("pace: {value: 5", "pace: {value: -50"))
    assert "below its grid (0 to 100) by 2027.5" in problem.text
    model = Model.of(load_text(BASE))
    (problem,) = problems(model.frame, model.central() | {"start": 150.0})
    assert (problem.code, problem.path) == ("off-grid", ("stocks", "warheads", "start"))


ROUNDS = """\
detente: 1
calendar: {rounds: 4, after: zero}
players:
  a: {talks: 0.5, reviews: 0.5}
  b: {talks: 0.5, reviews: 0.5}
issues: {deal: {options: [none, done]}}
regimes: {war: {states: [on, off, lull], start: on, moves: {on -> off: 0.5, on -> lull: 0.5}}}
payoffs: {a: {at sign: {joy: 1}}}
"""


@pytest.mark.parametrize(
    ("old", "new", "path", "words"),
    [
        ("a: {talks: 0.5", "a: {talks: 0.5 + 0.2 * (war == on)", ("players",), "talks sum to 1.2 at war == on"),
        ("reviews: 0.5", "reviews: 0.6", ("players",), "reviews sum to 1.1 everywhere"),
        ("on -> off: 0.5", "on -> off: 0.3 + 0.1 * round", ("regimes", "war", "moves"), "moves from on sum to 1.1 at round 3"),
    ],
)
def test_probabilities_of_a_round_sum_to_one_at_most(old: str, new: str, path: tuple[str, ...], words: str) -> None:
    assert found(base=load_text(ROUNDS)) == []
    assert old in ROUNDS
    (problem,) = found(base=load_text(ROUNDS.replace(old, new, 1)))
    assert (problem.code, problem.path, problem.text) == ("bad-sum", path, words)


# The coarser version


def test_a_coarser_version_doubles_the_step_of_long_calendars() -> None:
    fine = scenario("steps", step=0.125)
    assert coarser(fine).calendar.periods == 16
    assert coarser(scenario("steps")) == scenario("steps")
    assert coarser(scenario("lankov")) == scenario("lankov")


@given(st.integers(2, 40), st.floats(0, 1))
def test_a_thinned_grid_keeps_its_ends_and_the_start(points: int, share: float) -> None:
    grid = tuple(float(10 * k) for k in range(points))
    start = share * grid[-1]
    kept = thinned(grid, start)
    assert set(kept) <= set(grid)
    assert (kept[0], kept[-1]) == (grid[0], grid[-1])
    assert min(abs(k - start) for k in kept) == min(abs(k - start) for k in grid)
    assert len(kept) <= points / 2 + 3 or points < 10
