"""Single operations on arrays with one axis more at the end, for :mod:`detente.lanes`.

What has no rule here is left to ``jax.vmap``, which is slower where it moves axes about, and right.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from math import prod
from operator import add
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jax.extend.core import JaxprEqn

ARITHMETIC = {"abs", "add", "add_any", "div", "integer_pow", "mul", "neg", "pow", "rem", "square", "sub"}
CURVES = {"exp", "exp2", "expm1", "log", "log1p", "logistic", "rsqrt", "sqrt", "tanh"}
COMPARED = {"and", "eq", "ge", "gt", "is_finite", "le", "lt", "max", "min", "ne", "not", "or", "select_n", "sign", "xor"}
ROUNDED = {"ceil", "clamp", "convert_element_type", "copy", "floor", "round", "stop_gradient"}
ADDED_UP = {"cumprod", "cumsum", "reduce_and", "reduce_or", "reduce_prod", "reduce_sum"}
RANKED = {"argmax", "argmin", "cummax", "cummin", "reduce_max", "reduce_min"}
PUT_TOGETHER = {"concatenate", "rev", "split", "squeeze", "stack"}
AS_THEY_ARE = ARITHMETIC | CURVES | COMPARED | ROUNDED | ADDED_UP | RANKED | PUT_TOGETHER
"""Operations that say nothing of any axis after those they name, so that one more changes nothing."""
FEW = 8
"""Terms of a sum of products up to which it is written out."""

Values = list[Any]
Flags = list[bool]
"""Whether each value has the axis, being another for each of the many; else it is the same for all."""


def lift(value: Any, width: int) -> Any:
    """Return a value that is the same for all with the axis at the end."""
    array = jnp.asarray(value)
    return lax.broadcast_in_dim(array, (*array.shape, width), tuple(range(array.ndim)))


def lifted(width: int, values: Values, flags: Flags, wanted: Flags | None = None) -> Values:
    """Return values with the axis at the end: all of them, or those ``wanted`` with it."""
    wanted = [True] * len(values) if wanted is None else wanted
    return [lift(v, width) if want and not has else v for v, has, want in zip(values, flags, wanted, strict=True)]


def bound(each: JaxprEqn, values: Sequence[Any], **changed: Any) -> Values:
    """Return what an operation gives, with some of what it is told changed."""
    made = each.primitive.bind(*values, **(each.params | changed))  # type: ignore[no-untyped-call]
    return list(made) if each.primitive.multiple_results else [made]


def _shape(name: Any) -> tuple[int, ...]:
    """Return the shape of what an operation takes or gives, for one."""
    shape: tuple[int, ...] = name.aval.shape
    return shape


def selected(which: Any, cases: Sequence[Any]) -> Any:
    """Return for each of the many its own case; ``which`` is a number or a truth for each."""
    shape = cases[0].shape
    number = lax.convert_element_type(which, bool) if len(cases) == 2 else which
    return lax.select_n(lax.broadcast_in_dim(number, shape, (len(shape) - 1,)), *cases)


def carried(width: int, each: JaxprEqn, values: Values, flags: Flags) -> Values:
    """Return what an operation gives for as many as ``width``, with the axis at the end."""
    name = each.primitive.name
    if name in AS_THEY_ARE:
        return bound(each, _level(lifted(width, values, flags)))
    made = RULES[name](width, each, values, flags) if name in RULES else None
    return _left(each, values, flags) if made is None else [made]


def _level(values: Values) -> Values:
    """Return values with the axes of the longest: some operations take a number beside an array."""
    longest = max(values, key=lambda value: value.ndim)
    last = (longest.ndim - 1,)
    return [v if v.ndim == longest.ndim else lax.broadcast_in_dim(v, longest.shape, last) for v in values]


def _left(each: JaxprEqn, values: Values, flags: Flags) -> Values:
    """Leave an operation to ``jax.vmap``."""
    axes = [-1 if flag else None for flag in flags]
    return list(jax.vmap(lambda *args: bound(each, args), in_axes=axes, out_axes=-1)(*values))


def _broadcast(width: int, each: JaxprEqn, values: Values, _: Flags) -> Any:
    shape, axes = each.params["shape"], each.params["broadcast_dimensions"]
    return lax.broadcast_in_dim(values[0], (*shape, width), (*axes, len(shape)))


def _reshape(width: int, each: JaxprEqn, values: Values, _: Flags) -> Any:
    return lax.reshape(values[0], (*each.params["new_sizes"], width))


def _transpose(_: int, each: JaxprEqn, values: Values, __: Flags) -> Any:
    return lax.transpose(values[0], (*each.params["permutation"], values[0].ndim - 1))


def _slice(width: int, each: JaxprEqn, values: Values, _: Flags) -> Any:
    first, last, by = (each.params[name] for name in ("start_indices", "limit_indices", "strides"))
    return lax.slice(values[0], (*first, 0), (*last, width), None if by is None else (*by, 1))


def _pad(width: int, each: JaxprEqn, values: Values, flags: Flags) -> Any:
    return None if flags[1] else lax.pad(values[0], values[1], (*each.params["padding_config"], (0, 0, 0)))


def _window(width: int, each: JaxprEqn, values: Values, flags: Flags) -> Any:
    array, *first = values
    return None if any(flags[1:]) else lax.dynamic_slice(array, _from(first), (*each.params["slice_sizes"], width))


def _put(width: int, each: JaxprEqn, values: Values, flags: Flags) -> Any:
    if any(flags[2:]):
        return None
    array, new = lifted(width, values[:2], flags[:2])
    return lax.dynamic_update_slice(array, new, _from(values[2:]))


def _from(first: Values) -> Values:
    """Return where a slice begins; along the last axis with the first."""
    return [*first, lax.full_like(first[0], 0)]


def _gather(width: int, each: JaxprEqn, values: Values, flags: Flags) -> Any:
    if flags[1]:
        return None
    names = each.params["dimension_numbers"]
    names = names._replace(offset_dims=(*names.offset_dims, len(_shape(each.outvars[0]))))
    return bound(each, values, dimension_numbers=names, slice_sizes=(*each.params["slice_sizes"], width))[0]


def _scatter(width: int, each: JaxprEqn, values: Values, flags: Flags) -> Any:
    if flags[1]:
        return None
    array, index, new = lifted(width, values, flags, [True, False, True])
    names = each.params["dimension_numbers"]
    names = names._replace(update_window_dims=(*names.update_window_dims, new.ndim - 1))
    return bound(each, (array, index, new), dimension_numbers=names)[0]


def _dot(width: int, each: JaxprEqn, values: Values, flags: Flags) -> Any:
    """Write a short sum of products out: a product of matrices would need the axis in front."""
    summed, both = each.params["dimension_numbers"]
    terms = prod(values[0].shape[axis] for axis in summed[0])
    if terms > FEW:
        return None
    shape = (*_shape(each.outvars[0]), width)
    shared, last = len(both[0]), len(shape) - 1

    def entries(side: int) -> tuple[Any, list[int]]:
        """Return one factor with what is summed first, as one axis, and where its other axes are in the result."""
        axes = range(len(_shape(each.invars[side])))
        own = [axis for axis in axes if axis not in (*summed[side], *both[side])]
        start = shared if side == 0 else last - len(own)
        end = [len(axes)] if flags[side] else []
        order = [*summed[side], *both[side], *own, *end]
        first = lax.transpose(values[side], order)
        first = lax.reshape(first, (terms, *first.shape[len(summed[side]) :]))
        return first, [*range(shared), *range(start, start + len(own)), *([last] if end else [])]

    (left, left_to), (right, right_to) = entries(0), entries(1)
    return reduce(
        add,
        (lax.broadcast_in_dim(left[i], shape, left_to) * lax.broadcast_in_dim(right[i], shape, right_to) for i in range(terms)),
    )


RULES: dict[str, Callable[[int, JaxprEqn, Values, Flags], Any]] = {
    "broadcast_in_dim": _broadcast,
    "dot_general": _dot,
    "dynamic_slice": _window,
    "dynamic_update_slice": _put,
    "gather": _gather,
    "pad": _pad,
    "reshape": _reshape,
    "scatter": _scatter,
    "scatter-add": _scatter,
    "slice": _slice,
    "transpose": _transpose,
}
"""Operations with axes of their own to tell; None where the rule does not hold."""
