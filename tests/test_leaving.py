"""Leaving the talks for good: the choices by hand, the flow of probability, what is reported of it; and nothing of it unused."""

from __future__ import annotations

from functools import cache
from math import exp

import numpy as np
import pytest

from detente.compile import terms
from detente.compile.history import seen
from detente.compile.rows import build as lay_out
from detente.compile.rows import count_bases
from detente.engine.check import DECISIONS, check
from detente.engine.choice import answer, offer_or_leave
from detente.engine.evaluate import evaluate
from detente.engine.walk import left, signed, walk
from detente.errors import ScenarioError
from detente.findings.reading import Reading
from detente.findings.tables import checks
from detente.findings.verdict import deal
from detente.game import Precision
from detente.outcomes import examples, outcome
from detente.run import Case
from detente.spec.menu import packages
from detente.spec.read import load_text
from playing import Bench, Played, array

TALKS = """\
detente: 1
name: talks
calendar: {{rounds: {rounds}, after: {after}}}
menu: {menu}
after_lapse: open
parameters: {{lam: {lam}, out_a: 0.7, out_b: 0.4}}
players:
  a: {{discount_factor: 0.9, precision: lam, talks: 0.4, may_leave: {a}, reviews: 0.1}}
  b: {{discount_factor: 0.8, precision: lam, talks: 0.5, may_leave: {b}}}
  c: {{discount_factor: 0.8, precision: lam, principal: true, may_leave: {b}}}
issues:
  deal: {{options: {{none: {{}}, good: {{a: 1, b: 0.3}}, bad: {{a: 0.2, b: 0.9}}}}, after_lapse: persists}}
payoffs:
  a: {{deal: deal.a * in_force, cold: -0.2 * talks_over, at refuse: {{blame: -0.1}}{pay_a}}}
  b: {{deal: deal.b, quiet: 0.1 * (1 - in_force), at exit: {{x: 0}}{pay_b}}}
  c: {{deal: 0.2 * in_force}}
"""


@cache
def played(
    a: bool = True, b: bool = True, rounds: int = 4, lam: str = "3", after: str = "zero", menu: str = "weighted"
) -> Played:
    return bench(a, b, rounds, lam, after, menu)()


@cache
def bench(a: bool, b: bool, rounds: int = 4, lam: str = "3", after: str = "zero", menu: str = "weighted") -> Bench:
    pay = {who: f", at leave: {{out: out_{who}}}" if may else "" for who, may in (("a", a), ("b", b))}
    words = {"a": str(a).lower(), "b": str(b).lower(), "pay_a": pay["a"], "pay_b": pay["b"]}
    return Bench(load_text(TALKS.format(rounds=rounds, lam=lam, after=after, menu=menu, **words)))


@pytest.mark.parametrize("exact", [True, False])
def test_an_answer_is_a_logit_of_three(exact: bool) -> None:
    accept, leave = answer(array([0.5]), array([-0.2]), Precision(array(2.0), exact))
    total = exp(1.0) + exp(-0.4) + 1
    assert [float(accept[0]), float(leave[0])] == pytest.approx([exp(1.0) / total, exp(-0.4) / total])


@pytest.mark.parametrize(
    ("gain", "leaving", "expected"),
    [(0.5, 0.4, (1, 0)), (0.5, 0.5, (1, 0)), (0.5, 0.6, (0, 1)), (-0.1, 0.0, (0, 0)), (0.0, 0.0, (1, 0)), (-0.1, 0.1, (0, 1))],
)
def test_an_exact_answer_takes_the_best_and_a_tie_goes_to_agreement(
    gain: float, leaving: float, expected: tuple[float, float]
) -> None:
    assert tuple(float(p[0]) for p in answer(array([gain]), array([leaving]), Precision(array(np.inf), True))) == expected


def offered(worth: list[float], moves: list[float], leaving: float | None, lam: float, weighted: bool = True) -> list[float]:
    weights = np.log([0.25, 0.75])
    out = None if leaving is None else array([[leaving]])
    columns = [array(values)[:, None, None] for values in (worth, moves)]

    def made(exact: bool) -> list[float]:
        offers, quits = offer_or_leave(*columns, out, array(weights), Precision(array(lam), exact), weighted)
        return [*np.asarray(offers)[:, 0, 0].tolist(), float(quits[0, 0])]

    if np.isfinite(lam):
        assert made(False) == made(True)
    return made(True)


def test_an_offer_weighs_leaving_as_it_does_passing() -> None:
    mass = np.array([0.25 * exp(0.6), 0.75 * exp(-0.4), exp(0.2)])
    assert offered([0.3, -0.2], [1, 1], 0.1, 2) == pytest.approx(mass / (1 + mass.sum()))
    even = np.array([exp(0.6), exp(-0.4), exp(0.2)])
    assert offered([0.3, -0.2], [1, 1], 0.1, 2, weighted=False) == pytest.approx(even / (1 + even.sum()))
    alone = mass[:2] / (1 + mass[:2].sum())
    assert offered([0.3, -0.2], [1, 1], None, 2) == pytest.approx([*alone, 0.0])


@pytest.mark.parametrize(
    ("worth", "moves", "leaving", "expected"),
    [
        ([0.3, 0.2], [1, 1], 0.2, [1, 0, 0]),
        ([0.3, 0.3], [1, 1], 0.3, [0.25, 0.75, 0]),
        ([0.3, 0.2], [1, 1], 0.4, [0, 0, 1]),
        ([-0.3, 0.0], [1, 0], 0.0, [0, 0, 0]),
        ([-0.3, 0.0], [1, 0], 0.1, [0, 0, 1]),
        ([-0.3, 0.0], [1, 0], -0.1, [0, 0, 0]),
        ([-0.3, -0.05], [1, 1], -0.1, [0, 0, 0]),
        ([-0.3, 0.2], [1, 1], None, [0, 1, 0]),
        ([-0.3, -0.2], [1, 1], None, [0, 0, 0]),
    ],
)
def test_an_exact_proposer_does_what_is_best(
    worth: list[float], moves: list[float], leaving: float | None, expected: list[float]
) -> None:
    assert offered(worth, moves, leaving, np.inf) == pytest.approx(expected)


@pytest.mark.parametrize("lam", ["3", ".inf"])
@pytest.mark.parametrize("after", ["zero", "frozen", "stationary"])
def test_probability_goes_to_agreements_to_talks_over_or_stays(lam: str, after: str) -> None:
    events = played(lam=lam, after=after).events
    assert events.mass == pytest.approx(np.ones_like(events.mass), abs=1e-12)
    gone = np.concatenate([[0.0], np.cumsum(events.signed_first.sum(1) + events.over[:, 0])])
    assert events.waiting.sum(1) + gone == pytest.approx(np.ones_like(gone), abs=1e-12)
    assert (events.left.sum(1) >= events.over.sum(1) - 1e-12).all()  # several may leave at once
    assert (events.left <= events.over.sum(1)[:, None] + 1e-12).all()


def test_nothing_leads_back_from_talks_that_are_over() -> None:
    game = played()
    over = game.events.occupancy[:, game.shape.over : game.shape.bases].sum((2, 3))
    assert (np.diff(over, axis=0) >= -1e-15).all()
    assert over[-1].sum() == pytest.approx(game.events.over.sum(), abs=1e-12)


def test_sampled_paths_leave_as_often() -> None:
    game, paths = played(), 100_000
    drawn = walk(game.game, game.shape, game.solution.policy, paths, seed=5)
    share = np.array([(drawn.event[:, t] == left(game.shape)).mean() for t in range(game.shape.periods)])
    exact = game.events.over.sum(1)
    assert exact.min() > 0.01
    assert np.abs(share - exact).max() < 4.5 * np.sqrt(0.25 / paths)
    rows = np.bincount(drawn.row[:, -1], minlength=game.shape.rows) / paths
    assert np.abs(rows - game.events.occupancy[-1].sum((1, 2))).max() < 4.5 * np.sqrt(0.25 / paths)
    assert (drawn.event[:, 0] == signed(0)).any()


@pytest.mark.parametrize("lam", ["3", ".inf"])
def test_the_policy_answers_its_own_values(lam: str) -> None:
    game = played(lam=lam)
    found = check(game.game, game.shape, game.solution.policy)
    assert float(found.residual) == pytest.approx(0.0, abs=1e-12)
    regret = np.asarray(found.regret)[:, [DECISIONS.index("offer"), DECISIONS.index("accept")]]
    assert (regret >= -1e-12).all()
    assert (regret.max() > 0.01) if lam == "3" else (regret.max() == pytest.approx(0.0, abs=1e-9))


def test_who_is_asked_refuses_where_it_neither_accepts_nor_leaves() -> None:
    """By hand, in every round: refusing costs a 0.1, which neither accepting nor leaving does."""
    made = bench(True, True)
    game = made.play(made.game(), watched=True)
    policy, outside = game.solution.policy, game.solution.outside
    waiting = game.solution.waiting[:, 0, None]
    accept, leave = answer(
        game.solution.signed[:, 0] - waiting + 0.1,
        (outside.over + outside.lump)[:, 0, None] - waiting + 0.1,
        Precision(array(3.0), False),
    )
    by_others = policy.made[:, 0, 1:].sum(1)
    refused = np.asarray(policy.refused[:, 0, 0])
    assert refused == pytest.approx(np.asarray(by_others * (1 - accept - leave)), abs=1e-12)
    assert refused.max() > 0.01
    assert np.asarray(leave).max() > 0.1


def test_named_terms_add_up() -> None:
    made = bench(True, True)
    game = made()
    channels = terms(made.model.frame, made.model.central())
    parts, waits = evaluate(game.game, game.shape, channels, game.solution.policy)
    for player in range(2):
        mine = np.asarray(channels.owner) == player
        assert np.asarray(parts)[mine].sum(0) == pytest.approx(np.asarray(game.solution.signed[0, player]), abs=1e-12)
        assert np.asarray(waits)[mine].sum(0) == pytest.approx(np.asarray(game.solution.waiting[0, player]), abs=1e-12)


@pytest.mark.parametrize(("talks", "bases", "over"), [("open", 10, [5, 6, 7, 8, 9]), ("closed", 6, [5])])
def test_talks_can_be_over_from_wherever_there_are_talks(talks: str, bases: int, over: list[int]) -> None:
    """From the status quo; and if there are talks again, from what either package leaves behind, with or without a snapback."""
    words = {"a": "true", "b": "true", "pay_a": ", at leave: {out: out_a}", "pay_b": ", at leave: {out: out_b}"}
    text = TALKS.format(rounds=2, lam=3, after="zero", menu="weighted", **words)
    what = load_text(text.replace("after_lapse: open", f"after_lapse: {talks}"))
    menu = packages(what)
    rows = lay_out(what, menu)
    assert rows.bases == count_bases(what, menu) == bases
    assert np.flatnonzero(rows.talks_over).tolist() == over


def test_a_game_nobody_may_leave_has_nothing_of_it() -> None:
    game, other = played(a=False, b=False), played()
    assert other.shape.bases == game.shape.bases + game.shape.talking
    assert game.solution.policy.quit is None
    assert game.solution.outside is None
    assert game.events.over is None
    assert game.game.payoff.lumps.leave is None


def test_an_option_worth_far_less_than_staying_is_as_good_as_none() -> None:
    some, none = bench(True, True)(out_a=-1e6, out_b=-1e6), played(a=False, b=False)
    # c may leave for nothing but what follows, so only its own share of leaving is left
    only = bench(True, False)(out_a=-1e6)
    assert only.value() == pytest.approx(none.value(), abs=1e-12)
    assert only.events.over.sum() == pytest.approx(0.0, abs=1e-12)
    assert some.events.left[:, :2].sum() == pytest.approx(0.0, abs=1e-12)


@cache
def case() -> Case:
    return Case(bench(True, True).model.scenario)


def test_it_is_reported() -> None:
    answer_ = case().solve(draws=0)
    reading = Reading(answer_.dataset)
    ds = answer_.dataset
    events = played().events
    assert ds.p_talks_over[-1] == pytest.approx(events.over[:, 0].sum())
    assert ds.p_left.values == pytest.approx(events.left)
    words, off = checks(reading)[0]
    assert "left for good" in words
    assert off < 1e-12
    finding = deal(reading)
    assert "leaves the talks for good" in finding.detail
    assert dict(finding.numbers)["p_talks_over[end]"] == pytest.approx(float(ds.p_talks_over[-1]))


def test_it_is_an_outcome_where_somebody_may_leave() -> None:
    model = bench(True, True).model
    assert "p_talks_over" in examples(model)
    assert outcome(model, "p_talks_over").read({"over": np.array([[0.1, 0.2]])}) == pytest.approx([0.3])
    with pytest.raises(Exception, match="nobody may leave"):
        outcome(bench(False, False).model, "p_talks_over")


def test_history_is_not_weighed_where_somebody_may_leave() -> None:
    with pytest.raises(ScenarioError) as caught:
        seen(bench(True, True).model, [])
    assert caught.value.problems[0].code == "observed-leaving"
    assert seen(bench(False, False).model, []).quiet.sum() == 0.0


def test_the_zone_counts_what_leaving_is_worth() -> None:
    solved = case().central()
    reservation, waiting = solved.reservation[0], solved.waiting[0]
    assert (reservation >= waiting).all()
    outside = solved.outside(0)
    assert outside is not None
    assert (reservation[0] == np.maximum(waiting[0], np.asarray(outside.over + outside.lump)[0])).all()
