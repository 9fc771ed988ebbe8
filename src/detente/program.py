"""Programs kept on disk: what jax has traced and lowered once, a later run only loads.

A compilation cache alone spares a run the compiling, not the tracing, which for a whole answer takes seconds. A program is
kept as StableHLO (``jax.export``) under a key of everything it depends on: this package's code, jax, the platform, the static
arguments, and the structure and types of the others. Whatever cannot be read is made again.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
from collections.abc import Callable
from functools import cached_property, partial, update_wrapper
from threading import Lock
from typing import Any, Generic, ParamSpec, TypeVar
from weakref import WeakSet

import jax
import jax.numpy as jnp
import numpy as np
from jax import export

from detente import runtime
from detente.executable import loaded, written
from detente.runtime import code

Args = ParamSpec("Args")
Out = TypeVar("Out")
Record = TypeVar("Record", bound=type)
UNREAD = frozenset(("charts", "cli", "findings", "report", "web", "words"))
"""Parts of this package that no program holds code of: a sentence or a picture changed leaves every program as it was."""
CROWDED = 25_000
"""Pieces of memory at which compiled programs are dropped."""
ALL: WeakSet[Program[Any, Any]] = WeakSet()
"""Every program of this process."""
STATIC = (bool, int, str, type(None))
"""Types of static arguments whose repr says all there is to say."""


def record(kind: Record) -> Record:
    """Register a frozen dataclass of arrays as a tree that jax can take apart, and write down with a program."""
    jax.tree_util.register_dataclass(kind)
    export.register_pytree_node_serialization(
        kind,
        serialized_name=f"{kind.__module__}.{kind.__qualname__}",
        serialize_auxdata=lambda static: repr(static).encode(),
        deserialize_auxdata=lambda text: ast.literal_eval(bytes(text).decode()),
    )
    return kind


def program(*static: str, alone: bool = False) -> Callable[[Callable[Args, Out]], Program[Args, Out]]:
    """Return a decorator that compiles a function of arrays, as ``jax.jit`` does, and keeps it on disk.

    Args:
        static: Names of arguments that are not arrays: bools, ints, strings, or objects with a ``fingerprint`` that is equal
            only where they lead to the same program.
        alone: Whether it keeps to one core of a processor: for what is called on every core at a time.
    """
    return lambda function: Program(function, static, alone)


class Program(Generic[Args, Out]):
    """A function of arrays and some static arguments."""

    def __init__(self, function: Callable[Args, Out], static: tuple[str, ...], alone: bool = False) -> None:
        self.function, self.static, self.alone = function, static, alone
        self.signature = inspect.signature(function)
        self.lock = Lock()
        self.ready: dict[Any, Callable[..., Out]] = {}
        ALL.add(self)
        update_wrapper(self, function)

    @cached_property
    def traced(self) -> Callable[..., Out]:
        """The function under ``jax.jit``, for calls from within another trace."""
        return jax.jit(self.function, static_argnames=self.static)

    def __call__(self, *args: Args.args, **kwargs: Args.kwargs) -> Out:
        """Call the function; a program that is new to this process is loaded, or made and kept."""
        if _traced((args, kwargs)):
            return self.traced(*args, **kwargs)
        bound = self.signature.bind(*args, **kwargs)
        bound.apply_defaults()
        fixed = {name: bound.arguments[name] for name in self.static}
        free = {name: value for name, value in bound.arguments.items() if name not in fixed}
        # all of them at once; what a program returns is bound to a device, and what is not would be compiled for anew
        free = jax.device_put(jax.tree.map(_array, free), jax.devices()[0])
        if _traced(free):  # within another trace, though all is known beforehand
            return self.traced(*args, **kwargs)
        leaves, tree = jax.tree.flatten(free)
        what = (tree, *map(fingerprint, fixed.values()), *((leaf.dtype, leaf.shape) for leaf in leaves))
        with self.lock:  # of several threads one makes what the others wait for
            ready = self.ready.get(what)
            if ready is None:
                ready = self.ready[what] = self._load(fixed, free, "\n".join(map(str, what)))
        return ready(free)

    def _load(self, fixed: dict[str, Any], free: dict[str, Any], what: str) -> Callable[..., Out]:
        make_room()

        def applied(free: dict[str, Any]) -> Out:
            return self.function(**fixed, **free)  # type: ignore[call-arg]

        parts = [code(UNREAD), self.function.__module__, self.function.__qualname__, jax.__version__, jax.default_backend(), what]
        name = f"program-{hashlib.sha256(chr(10).join(parts).encode()).hexdigest()}"
        ready: Callable[..., Out] = runtime.kept(name, partial(written, applied, free), partial(loaded, alone=self.alone))
        return ready


def _traced(tree: Any) -> bool:
    """Return whether any leaf stands for an array that is not known yet."""
    return any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(tree))


def _array(leaf: Any) -> Any:
    """Return a number as an array that says its type: numbers of Python take that of what they meet."""
    return leaf if isinstance(leaf, jax.Array) else np.asarray(leaf)


def plain(tree: Any) -> Any:
    """Return what a program returned as arrays of numpy, floating ones in double precision."""
    return jax.tree.map(lambda leaf: np.asarray(leaf, float if jnp.issubdtype(leaf.dtype, jnp.floating) else None), tree)


def make_room() -> None:
    """Drop what this process has compiled where it holds too many pieces of memory.

    Every function of a compiled program has pieces of its own, some hundreds to a game, and Linux ends a process that asks for
    65,530 (``vm.max_map_count``): a long session over games of many kinds would get there.
    """
    if runtime.pieces() > CROWDED:
        forget()


def forget() -> None:
    """Drop what this process has compiled, to be loaded again when called for."""
    for each in list(ALL):
        each.ready.clear()
    jax.clear_caches()  # type: ignore[no-untyped-call]


def fingerprint(value: Any) -> str:
    """Return a text that is equal for two static arguments only where they lead to the same program."""
    if isinstance(value, STATIC):
        return repr(value)
    known: str = value.fingerprint
    return known
