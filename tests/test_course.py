"""Policies made again, stretch by stretch, are those that would have been kept, and take less memory."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from detente import ensemble, runtime
from detente.compile import build, terms
from detente.draws import design
from detente.engine import size
from detente.engine.check import check
from detente.engine.course import first, kept
from detente.engine.equilibrium import equilibrium
from detente.engine.evaluate import evaluate
from detente.engine.policy import Anew, Policy, on
from detente.engine.push import follow, push
from detente.engine.solve import solve
from detente.ensemble import Ensemble
from detente.errors import SizeError
from detente.game import Shape
from detente.run import load
from playing import GAMES, Bench, scenario
from strategies import extremes

WHOLE = scenario("whole")
RULES = {"talks_us": 4, "found": 2, "reviews_us": 2, "worth": 2}


@cache
def whole() -> Bench:
    return Bench(WHOLE, *extremes(WHOLE))


def told(shape: Shape, game: Any) -> Any:
    """Return everything that reads a policy."""
    played = equilibrium(game, shape, keep=True)
    course, events = played.solution.policy, played.events
    channels = terms(whole().model.frame, whole().model.central() | RULES)
    rest = (
        follow(game, shape, course, events.fresh, jnp.arange(0, shape.periods, 2)),
        check(game, shape, course, played.solution.belief),
        evaluate(game, shape, channels, course),
    )
    return replace(played, solution=replace(played.solution, policy=None)), rest


@cache
def straight() -> Any:
    return told(whole().shape, whole().game(**RULES))


@pytest.mark.parametrize("stretch", [4, 5])
def test_policies_made_again_tell_what_kept_ones_do(stretch: int) -> None:
    shape = replace(whole().shape, stretch=stretch)
    found = told(shape, whole().game(**RULES))
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-13), found, straight())


def test_what_is_kept_is_values_at_the_end_of_each_stretch() -> None:
    shape, game = replace(whole().shape, stretch=5), whole().game(**RULES)
    course = solve(game, shape).policy
    assert isinstance(course, Anew)
    assert len(course.after) == shape.stretches == 3
    assert shape.ahead == 3
    every = kept(game, shape, course)
    assert isinstance(every, Policy)
    jax.tree.map(np.testing.assert_array_equal, on(every, 0), first(game, shape, course))


def test_gradients_are_the_same() -> None:
    shape, model = whole().shape, whole().model
    values = {name: float(value) for name, value in (model.central() | RULES).items()}

    def signed(shape: Shape, worth: Any) -> Any:
        game = build(model.frame, shape, values | {"worth": worth})
        return push(game, shape, solve(game, shape).policy).signed.sum()

    slope = [jax.jit(jax.grad(lambda worth, s=s: signed(s, worth)))(2.0) for s in (shape, replace(shape, stretch=3))]
    assert float(slope[0]) != 0.0
    assert float(slope[1]) == pytest.approx(float(slope[0]), rel=1e-9)


def memory(shape: Shape) -> int:
    """Return the bytes that a solve and its push take beside the game, as the compiler counts them."""
    model = whole().model
    game = jax.eval_shape(lambda: build(model.frame, shape, model.central()))
    compiled = jax.jit(lambda game: push(game, shape, solve(game, shape).policy)).lower(game).compile()
    return int(compiled.memory_analysis().temp_size_in_bytes)


def test_memory_grows_with_the_root_of_the_number_of_periods() -> None:
    longer = [Bench(scenario("whole", rounds=periods)).shape for periods in (16, 256)]
    plain = [memory(shape) for shape in longer]
    lean = [memory(size.stretched(shape)) for shape in longer]
    assert plain[1] > 10 * plain[0]
    assert lean[1] < 6 * lean[0]
    assert lean[1] < plain[1] / 3


def test_stretches_take_the_least_memory_and_the_estimate_knows() -> None:
    shape = replace(whole().shape, periods=60)
    best = size.stretched(shape)
    estimates = {n: size.size(replace(shape, stretch=n)).solution for n in range(1, 61)}
    assert estimates[best.stretch] <= 1.1 * min(estimates.values())
    assert size.size(best).arrays < size.size(shape).arrays


def test_a_game_without_end_keeps_its_policies() -> None:
    assert size.stretched(replace(whole().shape, terminal="stationary")).stretch == 0


def test_a_lean_case_gives_the_same_answer() -> None:
    plain, lean = (load(GAMES / "whole.yaml", lean=lean).solve(draws=0) for lean in (False, True))
    assert isinstance(lean.solved.solution.policy, Anew)
    assert lean.solved.policy.sign.shape == plain.solved.policy.sign.shape
    for name, array in plain.dataset.data_vars.items():
        if array.dtype.kind == "f":
            np.testing.assert_allclose(lean.dataset[name], array, rtol=1e-9, atol=1e-12, err_msg=str(name))


def test_a_draw_that_does_not_fit_makes_its_policies_again() -> None:
    model = whole().model
    plain = ensemble.run(model, design(WHOLE, 2, 1), memory=1e9)
    short = Ensemble.of(model, design(WHOLE, 2, 1), memory=1e5)
    assert short.shape.stretch
    found = ensemble.gathered(short, short.solved)
    for name, array in plain.items():
        np.testing.assert_allclose(found[name], array, rtol=1e-9, atol=1e-12, err_msg=name)


def test_whoever_is_refused_is_told_where_less_would_do(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, lean = (load(GAMES / "whole.yaml", lean=lean).size.bytes for lean in (False, True))
    assert lean < plain
    monkeypatch.setattr(runtime, "memory", lambda: (lean + plain) / 2)
    with pytest.raises(SizeError, match="--lean"):
        load(GAMES / "whole.yaml").central()
    assert load(GAMES / "whole.yaml", lean=True).central().status == 0
    monkeypatch.setattr(runtime, "memory", lambda: lean - 1)
    with pytest.raises(SizeError) as refused:
        load(GAMES / "whole.yaml").central()
    assert "--lean" not in str(refused.value)
