"""Games drawn at random, leaving, reviews and snapbacks among them: at every node Gambit plays what the engine plays."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.compile import Model
from detente.engine.agreement import split
from detente.engine.decide import decide, signed_values
from detente.engine.period import accrue, backward, terminal
from detente.engine.round import meet, outside_of
from detente.engine.timed import tree_at
from detente.export import efg
from detente.game import Game, Shape
from detente.spec.read import load_text, with_values
from playing import Bench
from strategies import extremes, values
from trees import Node, everywhere, second_opinion
from verification import Verify

RANDOM = """\
detente: 1
name: random
title: Two who offer, review and vote on a snapback; a storm; a pile that grows while an agreement holds
calendar: {{rounds: {rounds}, after: zero}}
menu: unweighted
after_lapse: {reopen}
sources: {{test: {{cite: A test}}}}
parameters:
  precision: {{value: 1, low: 0.3, high: 3, source: test}}
  talk_a: {{value: 0.5, low: 0.1, high: 0.5, source: test}}
  talk_b: {{value: 0.3, low: 0.1, high: 0.5, source: test}}
  review_a: {{value: 0.4, low: 0.1, high: 0.5, source: test}}
  review_b: {{value: 0.3, low: 0.1, high: 0.5, source: test}}
  small_a: {{value: 0.5, low: -1, high: 1, source: test}}
  small_b: {{value: 0.5, low: -1, high: 1, source: test}}
  large_a: {{value: 0.8, low: -1, high: 1, source: test}}
  large_b: {{value: 0.2, low: -1, high: 1, source: test}}
  quiet_a: {{value: 0.1, low: -1, high: 1, source: test}}
  quiet_b: {{value: 0.3, low: -1, high: 1, source: test}}
  blame: {{value: 0.2, low: -1, high: 1, source: test}}
  cost: {{value: 0.3, low: -1, high: 1, source: test}}
  bite: {{value: 0.7, low: -1, high: 1, source: test}}
  relief: {{value: 0.4, low: -1, high: 1, source: test}}
  storm: {{value: 0.3, low: 0.1, high: 0.9, source: test}}
players:
  a: {{discount_factor: 1, precision: precision, talks: talk_a, reviews: {reviews_a}, may_leave: {leaves_a}, principal: true}}
  b: {{discount_factor: 1, precision: precision, talks: {talks_b}, reviews: {reviews_b}, may_leave: {leaves_b}, principal: true}}
issues:
  deal: {{after_lapse: snapback, options: {{none: {{}}, small: {{a: small_a, b: small_b, snapback_consent: [{votes}]}}{large}}}}}
  rest: {{after_lapse: persists, options: {{intact: {{}}, gone: {{a: 0.2, b: -0.1}}}}}}
exclude: (deal == none and rest == gone) or (deal != none and rest == intact)
{regimes}{stocks}payoffs:
  a:
    flow: "deal.a * (1 - 0.5 * ({weather})) + rest.a - 0.4 * ({pile}) + quiet_a * (1 - in_force) - blame * talks_over"
    at refuse: {{blame: -blame}}
{out_a}    at exit: {{cost: -cost}}
    at snapback: {{bite: bite}}
  b:
    flow: "deal.b + rest.b + 0.3 * ({weather}) * in_force + quiet_b * (1 - in_force) - relief * snapped"
    at sign: {{relief: relief}}
{out_b}    at exit: {{cost: -2 * cost}}
    at snapback: {{bite: 0.5 - bite}}
    at horizon: {{late: 0.3 * lapsed - 0.2 * ({pile})}}
"""
PARTS = {
    "rounds": st.sampled_from([2, 1]),
    "reopen": st.sampled_from(["closed", "open"]),
    "talks_b": st.sampled_from(["talk_b", "0"]),
    "reviews_a": st.sampled_from(["review_a", "0"]),
    "reviews_b": st.sampled_from(["review_b", "0"]),
    "leaves_a": st.sampled_from(["true", "false"]),
    "leaves_b": st.sampled_from(["true", "false"]),
    "votes": st.sampled_from(["a", "b", ""]),
    "large": st.sampled_from(["", ", large: {a: large_a, b: large_b, snapback_consent: [b]}"]),
    "stormy": st.booleans(),
    "piles": st.booleans(),
}


@cache
def drawn_bench(parts: tuple[tuple[str, object], ...]) -> Bench:
    texts = dict(parts)
    stormy, piles = texts.pop("stormy"), texts.pop("piles")
    texts["regimes"] = "regimes: {sky: {states: [fair, foul], start: fair, moves: {fair -> foul: storm}}}\n" if stormy else ""
    texts["stocks"] = "stocks: {pile: {start: 0, grid: [0, 1], drift: 0.4 * in_force * (pile < 1)}}\n" if piles else ""
    texts |= {"weather": "sky == foul" if stormy else "0", "pile": "pile" if piles else "0"}
    for who, worth in (("a", "cost + 0.4 * lapsed"), ("b", "relief")):
        texts[f"out_{who}"] = f"    at leave: {{elsewhere: {worth}}}\n" if texts[f"leaves_{who}"] == "true" else ""
    if texts["reviews_a"] == texts["reviews_b"] == "0":  # nothing ends, so nothing snaps back
        texts["reopen"] = "closed"
    made = load_text(RANDOM.format(**texts))
    return Bench(made, *extremes(made))


SIMPLE = dict.fromkeys(("reviews_a", "reviews_b", "talks_b"), "0")
SIMPLE |= {
    "leaves_a": "false",
    "leaves_b": "false",
    "rounds": 1,
    "reopen": "closed",
    "votes": "",
    "large": "",
    "stormy": False,
    "piles": False,
}


@partial(jax.jit, static_argnames=("shape",))
def choices(game: Game, shape: Shape) -> list[dict[str, Any]]:
    """Return what is chosen in every period: rounds of talks by base, exit and snapback."""
    found = []
    after = accrue(game, shape, game.payoff, jnp.asarray(shape.periods - 1), terminal(shape, game.payoff))
    for t in reversed(range(shape.periods)):
        period = jnp.asarray(t)
        lumps = tree_at(game.payoff.lumps, period)
        conduct = decide(game, shape, period, after).conduct
        base, force = split(shape, after)
        signed = signed_values(conduct, lumps, force)
        rounds = [
            meet(game, shape, signed, base[b], lumps.refuse, game.allowed[b], outside_of(shape, lumps, base, b))
            for b in range(shape.talking)
        ]
        met = vars(jax.tree.map(lambda *parts: jnp.stack(parts), *rounds))
        found.append({"talks": met, "leave": conduct.leave, "restore": conduct.restore})
        before, _ = backward(game, shape, period, after)
        after = accrue(game, shape, game.payoff, jnp.asarray(max(t - 1, 0)), before)
    return found[::-1]


def engine_plays(bench: Bench, game: Game, found: list[dict[str, Any]], node: Node) -> dict[str, float]:
    """Return the engine's probability of each action at a decision, which the name of its information set describes."""
    labels, shape = bench.model.labels, bench.shape
    who, act, *status, date, state = node.words
    today, player, packages = found[int(date)], labels.players.index(who), labels.package_names
    point, regime = divmod(states(bench).index(state), shape.regimes)
    row = int(status[0].removeprefix("after lapse ")) if status and status[0].startswith("after") else 0
    package = packages.index(status[0].removeprefix("on ")) if status and status[0].startswith("on") else 0
    if act == "offers":
        chances = today["talks"]["offers"][row, labels.proposers.index(who), :, point, regime]
        made = {name: chance for name, chance in zip(packages, chances, strict=True) if name in node.actions}
        if "leave the talks" in node.actions:
            made["leave the talks"] = today["talks"]["quits"][row, labels.proposers.index(who), point, regime]
        return made | {"pass": 1 - sum(made.values())}
    if act.startswith("answers "):
        place = (row, player, packages.index(act.removeprefix("answers ")), point, regime)
        chance = today["talks"]["accept"][place]
        if "leave the talks" not in node.actions:
            return {"accept": chance, "refuse": 1 - chance}
        leaves = today["talks"]["leave"][place]
        return {"accept": chance, "refuse": 1 - chance - leaves, "leave the talks": leaves}
    if act == "reviews":
        chance = today["leave"][labels.reviewers.index(who), package, point, regime]
        return {"stay": 1 - chance, "leave": chance}
    assert act == "votes on a snapback"
    chance = today["restore"][game.lapse[package], point, regime]
    return {"restore": chance, "leave be": 1 - chance}


def states(bench: Bench) -> list[str]:
    joint = [" ".join(state) for state in bench.model.labels.joint]
    piles = [f"{pile:g}" for pile in bench.model.labels.grids[0]] if bench.model.labels.grids else [""]
    return [f"{state} {pile}".strip() or "start" for pile in piles for state in joint]


@pytest.mark.slow
@settings(max_examples=15)
@given(st.fixed_dictionaries(PARTS), values(drawn_bench(tuple(sorted(SIMPLE.items()))).model.scenario))
def test_random_games_are_played_as_gambit_plays_them(verify: Verify, parts: dict[str, object], drawn: dict[str, float]) -> None:
    bench = drawn_bench(tuple(sorted(parts.items())))
    played = bench(drawn)
    opinion = second_opinion(efg(Model.of(with_values(bench.model.scenario, drawn))), drawn["precision"])
    start = np.einsum("g,r,igr->i", played.game.start_point, played.game.start_regime, played.solution.talking[0])
    against = "Gambit, games and numbers drawn"
    verify.nothing(
        "Trees with leaving, reviews, snapbacks, regimes and stocks: values", against, np.subtract(opinion.payoffs, start), 1e-8
    )
    found = jax.tree.map(np.asarray, choices(played.game, played.shape))
    decisions = [node for node in everywhere(opinion.root) if node.player >= 0]
    assert {node.words[1].split()[0] for node in decisions} >= {"offers", "answers"}
    for node in decisions:
        theirs, ours = opinion.at(node), engine_plays(bench, played.game, found, node)
        assert theirs.keys() == ours.keys()
        off = [theirs[action] - ours[action] for action in theirs]
        verify.nothing("Trees with leaving, reviews, snapbacks, regimes and stocks: every choice", against, off, 1e-8)
