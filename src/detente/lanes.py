"""A function of arrays for many at once, which run along the last axis of every array.

``jax.vmap`` puts them first, or wherever the rule of an operation leaves them. What becomes vectors on a processor is the loop
over the last axis, and in a game of two regimes that loop has two turns. So a function is traced for one, and its operations are
carried out on arrays with one axis more at the end (:mod:`detente.operations` says how). What a function says of its own
derivative is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
from jax import lax
from jax.extend.core import ClosedJaxpr, JaxprEqn, Literal

from detente.operations import Flags, Values, bound, carried, lifted, selected


def mapped(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return ``function`` of one tree of arrays for many; each leaf, of what it takes and of what it returns, has them last."""

    def many(tree: Any) -> Any:
        one = jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape[:-1], leaf.dtype), tree)  # type: ignore[no-untyped-call]
        traced, shapes = jax.make_jaxpr(function, return_shape=True)(one)
        leaves = jax.tree.leaves(tree)
        lanes = _Lanes(leaves[0].shape[-1])
        return jax.tree.unflatten(
            jax.tree.structure(shapes), lifted(lanes.width, *lanes.run(traced, leaves, [True] * len(leaves)))
        )

    return many


@dataclass(frozen=True)
class _Lanes:
    """Carries out what was traced for one, for as many as ``width``."""

    width: int

    def run(self, traced: Any, values: Values, flags: Flags) -> tuple[Values, Flags]:
        """Return what the operations give, and which of it has the axis."""
        jaxpr, constants = _opened(traced)
        known: dict[Any, tuple[Any, bool]] = dict(zip(jaxpr.invars, zip(values, flags, strict=True), strict=True))
        known |= {name: (constant, False) for name, constant in zip(jaxpr.constvars, constants, strict=True)}

        def read(names: Sequence[Any]) -> tuple[Values, Flags]:
            found = [(name.val, False) if isinstance(name, Literal) else known[name] for name in names]
            return [value for value, _ in found], [flag for _, flag in found]

        for each in jaxpr.eqns:
            known |= zip(each.outvars, zip(*self._one(each, *read(each.invars)), strict=True), strict=True)
        return read(jaxpr.outvars)

    def _one(self, each: JaxprEqn, values: Values, flags: Flags) -> tuple[Values, Flags]:
        if not any(flags):
            return bound(each, values), [False] * len(each.outvars)
        if each.primitive.name in FLOW:
            varies = _varies(each, flags)
            return FLOW[each.primitive.name](self, each, values, flags, varies), varies
        if (inner := _called(each)) is not None:
            return self.run(inner, values, flags)
        return carried(self.width, each, values, flags), [True] * len(each.outvars)

    def choose(self, each: JaxprEqn, values: Values, flags: Flags, varies: Flags) -> Values:
        """Take one of several ways; where each takes its own, all of them."""

        def way(traced: Any, *args: Any) -> Values:
            return lifted(self.width, *self.run(traced, list(args), flags[1:]), varies)

        index, *rest = values
        ways = [partial(way, traced) for traced in each.params["branches"]]
        if not flags[0]:
            return list(lax.switch(index, ways, *rest))
        return [selected(index, cases) for cases in zip(*(way(*rest) for way in ways), strict=True)]

    def scan(self, each: JaxprEqn, values: Values, flags: Flags, varies: Flags) -> Values:
        """Carry a state through, and stack what is kept."""
        first, last = each.params["num_consts"], each.params["num_consts"] + each.params["num_carry"]
        carried_on = varies[: last - first]

        def step(state: Values, today: Values) -> tuple[Values, Values]:
            made = self.run(each.params["jaxpr"], [*values[:first], *state, *today], [*flags[:first], *carried_on, *flags[last:]])
            then = lifted(self.width, *made, varies)
            return then[: last - first], then[last - first :]

        start = lifted(self.width, values[first:last], flags[first:last], carried_on)
        state, kept = lax.scan(
            step, start, values[last:], **{name: each.params[name] for name in ("length", "reverse", "unroll")}
        )
        return [*state, *kept]

    def repeat(self, each: JaxprEqn, values: Values, flags: Flags, varies: Flags) -> Values:
        """Repeat a loop; where each has its own end, until the last has ended, the others waiting."""
        first, last = each.params["cond_nconsts"], each.params["cond_nconsts"] + each.params["body_nconsts"]
        test = each.params["cond_jaxpr"]
        (own,) = _through(test, [*flags[:first], *varies])

        def going(state: Values) -> Any:
            return self.run(test, [*values[:first], *state], [*flags[:first], *varies])[0][0]

        def step(state: Values) -> Values:
            made = self.run(each.params["body_jaxpr"], [*values[first:last], *state], [*flags[first:last], *varies])
            then = lifted(self.width, *made, varies)
            return [selected(going(state), both) for both in zip(state, then, strict=True)] if own else then

        def any_going(state: Values) -> Any:
            return going(state).any() if own else going(state)

        end: Values = lax.while_loop(any_going, step, lifted(self.width, values[last:], flags[last:], varies))
        return end


FLOW: dict[str, Callable[[_Lanes, JaxprEqn, Values, Flags, Flags], Values]] = {
    "cond": _Lanes.choose,
    "scan": _Lanes.scan,
    "while": _Lanes.repeat,
}


def _opened(traced: Any) -> tuple[Any, Sequence[Any]]:
    """Return operations and their constants."""
    return (traced.jaxpr, traced.consts) if isinstance(traced, ClosedJaxpr) else (traced, ())


def _called(each: JaxprEqn) -> Any:
    """Return the operations that an operation does nothing but call, if it is of that kind."""
    return each.params.get("jaxpr", each.params.get("call_jaxpr"))


def _through(traced: Any, flags: Flags) -> Flags:
    """Return which results have the axis, given which arguments have it."""
    jaxpr, _ = _opened(traced)
    known = {name for name, flag in zip(jaxpr.invars, flags, strict=True) if flag}

    def read(names: Sequence[Any]) -> Flags:
        return [not isinstance(name, Literal) and name in known for name in names]

    for each in jaxpr.eqns:
        known |= {name for name, flag in zip(each.outvars, _varies(each, read(each.invars)), strict=True) if flag}
    return read(jaxpr.outvars)


def _varies(each: JaxprEqn, flags: Flags) -> Flags:
    """Return the same of one operation."""
    params = each.params
    if not any(flags):
        return [False] * len(each.outvars)
    match each.primitive.name:
        case "cond":
            ways = [_through(traced, flags[1:]) for traced in params["branches"]]
            return [flags[0] or any(way) for way in zip(*ways, strict=True)]
        case "scan":
            first, last = params["num_consts"], params["num_consts"] + params["num_carry"]
            return _settled(params["jaxpr"], flags[:first], flags[first:last], flags[last:])
        case "while":
            first, last = params["cond_nconsts"], params["cond_nconsts"] + params["body_nconsts"]
            states = _settled(params["body_jaxpr"], flags[first:last], flags[last:], [])
            own = any(_through(params["cond_jaxpr"], [*flags[:first], *states]))
            return [True] * len(states) if own else states
        case _:
            inner = _called(each)
            return [True] * len(each.outvars) if inner is None else _through(inner, flags)


def _settled(traced: Any, before: Flags, states: Flags, after: Flags) -> Flags:
    """Return which results of a loop's body have the axis, once its states have it that come to have it."""
    while True:
        out = _through(traced, [*before, *states, *after])
        then = [a or b for a, b in zip(states, out, strict=False)]
        if then == states:
            return [*states, *out[len(states) :]]
        states = then
