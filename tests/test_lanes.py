"""Many at once along the last axis: every operation gives what ``jax.vmap`` gives, and so does every kind of game."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from detente.compile import Model
from detente.ensemble import Ensemble, gathered
from detente.lanes import mapped
from detente.spec.read import read

GAMES = Path(__file__).parent / "games"
WIDTH = 5
ORDER = np.array([2, 0, 1])
MATRIX = np.arange(12.0).reshape(3, 4) / 7

# each of an array [3, 4] and a number, both another for each of the many
FUNCTIONS: dict[str, Callable[[Any, Any], Any]] = {
    "choices": lambda x, y: jax.nn.sigmoid(jnp.where(x > y, x * y, -x)),
    "a number beside an array": lambda x, y: lax.select(y > 0.5, x, MATRIX) + lax.clamp(0.1, x, 0.9),
    "what is the same for all": lambda x, y: (jnp.asarray(MATRIX), MATRIX * 2.0 + 1.0, x),
    "sums": lambda x, y: (x.sum(0), x.max(1), x.argmax(0), jnp.cumsum(x, 1), x.prod(), (x > y).any(1)),
    "axes": lambda x, y: (x.T, x.reshape(2, 6), x[:, None], x.ravel()[::2], jnp.squeeze(x[:1]), jnp.flip(x, 1)),
    "parts": lambda x, y: (jnp.concatenate([x, MATRIX]), jnp.stack([x, x + y]), jnp.split(x, 2, 1), jnp.pad(x, ((0, 1), (2, 0)))),
    "padded with a number of each": lambda x, y: lax.pad(x, y, ((0, 1, 0), (1, 0, 1))),
    "by index": lambda x, y: (x[ORDER], jnp.take(x, ORDER, axis=1, mode="clip"), x.at[ORDER, 1].set(0.0), x.at[1].add(y)),
    "by an index of each": lambda x, y: (
        x[(3 * y).astype(int)] + lax.dynamic_index_in_dim(x, (2 * y).astype(int), 0, keepdims=False)
    ),
    "put by an index of each": lambda x, y: lax.dynamic_update_slice(x, x[:1], ((3 * y).astype(int), 0)),
    "written by an index of each": lambda x, y: jnp.zeros(3).at[(3 * x[:, 0]).astype(int) % 3].add(x[:, 1]),
    "sorted": lambda x, y: jnp.sort(x, axis=1),
    "short products": lambda x, y: (x @ MATRIX.T, MATRIX.T @ x, jnp.einsum("ab,ab->a", x, x * y), jnp.einsum("ab,cb->ca", x, x)),
    "a product of two sums": lambda x, y: jnp.einsum("ab,kab->k", x[:2, :2], jnp.stack([x[1:, 2:], MATRIX[1:, :2]])),
    "a product in groups": lambda x, y: jnp.einsum("kab,kbc->kac", jnp.stack([x, x + y]), jnp.stack([MATRIX.T, x.T])),
    "a long product": lambda x, y: jnp.ravel(x) @ jnp.linspace(0.0, 1.0, 24).reshape(12, 2),
    "one way of two": lambda x, y: lax.cond(x.shape[0] > 2, lambda: x, lambda: jnp.asarray(MATRIX)),
    "a way that all take": lambda x, y: lax.switch(jnp.asarray(ORDER)[0], [lambda v: v, lambda v: MATRIX, lambda v: v * y], x),
    "a way of each": lambda x, y: lax.cond(y > 0.5, lambda v: (v.sum(), MATRIX), lambda v: (y, v), x),
    "one way of three for each": lambda x, y: lax.switch(
        (3 * y).astype(int), [lambda v: v, lambda v: v * 2.0, lambda v: MATRIX - v], x
    ),
    "carried through": lambda x, y: lax.scan(lambda s, row: ((s[0] + row.sum(), s[1] + 1), row * s[1]), (0.0, 0), x),
    "carried back, the same for all": lambda x, y: lax.scan(
        lambda s, row: (s + row, x[0] * row[0]), jnp.zeros(4), MATRIX, reverse=True
    ),
    "comes to differ late": lambda x, y: lax.scan(lambda s, _: ((s[1], s[0] * 2.0 + y), s[0]), (1.0, 2.0), None, length=4),
    "repeated as often by all": lambda x, y: lax.fori_loop(0, 4, lambda i, v: v.at[0].mul(y) + MATRIX * i, x),
    "repeated till each has ended": lambda x, y: lax.while_loop(
        lambda s: s[0] < 3.0, lambda s: (s[0] + y + 0.1, s[1] * 1.5, s[2] + 1), (y, x, 0)
    ),
    "functions within": lambda x, y: jax.jit(jax.checkpoint(lambda v: jax.nn.relu(v - 0.5)))(x) + jax.nn.softplus(y),
    "a derivative": lambda x, y: jax.grad(lambda v: (jnp.tanh(v) * y).sum() ** 2)(x),
}


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=list(FUNCTIONS))
def test_each_operation_gives_what_vmap_gives(function: Callable[[Any, Any], Any]) -> None:
    with jax.enable_x64(True):
        rng = np.random.default_rng(3)
        x, y = jnp.asarray(rng.uniform(size=(WIDTH, 3, 4))), jnp.asarray(rng.uniform(size=WIDTH))
        first = jax.vmap(function)(x, y)
        last = mapped(lambda both: function(*both))((jnp.moveaxis(x, 0, -1), y))
        assert jax.tree.structure(last) == jax.tree.structure(first)
        for one, other in zip(jax.tree.leaves(first), jax.tree.leaves(last), strict=True):
            assert one.dtype == other.dtype
            np.testing.assert_allclose(np.moveaxis(other, -1, 0), one, rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize("name", ["breakdown", "election", "majority-of-five", "outside-options", "whole"])
def test_draws_side_by_side_are_those_one_by_one(name: str) -> None:
    model = Model.of(read(GAMES / f"{name}.yaml"))
    multiples = np.array([1.0, 0.5, 3.0, np.inf])
    values = {name: np.full(4, value) for name, value in model.central().items()}
    laid = Ensemble.of(model, values, multiples)
    made = []
    for together in (False, True):
        ensemble = replace(laid, plan=replace(laid.plan, together=together))
        made.append(gathered(ensemble, ensemble.solved))
    assert made[0].keys() == made[1].keys()
    for key, alone in made[0].items():
        np.testing.assert_allclose(made[1][key], alone, rtol=1e-9, atol=1e-11, err_msg=key)
