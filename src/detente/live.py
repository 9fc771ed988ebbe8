"""Answers at once: a scenario laid out a single time, then asked with other numbers as often as one likes.

A quick answer is solved as draws are: on twice the step and every other grid point (:mod:`detente.coarse`), in single precision
where that serves, beliefs starting from those that play implies at the scenario's own values. So it depends on what is asked,
and not on what was asked before. An exact one is solved on the scenario's own calendar and grid, as `detente run` does.
Everything that is shown is read off by one program, kept on disk (:mod:`detente.readout`); numbers go in as arrays, so that
changing them neither traces nor compiles anything.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import jax
import numpy as np

from detente import runtime
from detente.central import Central
from detente.coarse import coarser
from detente.compile import Model
from detente.compile.environment import Environment
from detente.compile.stocks import cells, reach, span
from detente.engine.equilibrium import SURE, Until, doubtful, trusting
from detente.ensemble import UNTIL
from detente.game import Precision
from detente.program import UNREAD, plain
from detente.readout import Layout, answer
from detente.spec.quantity import Quantity
from detente.spec.scenario import Scenario

Reach = tuple[tuple[int, int], ...]
KEPT = 1000
"""How far stocks move, for so many combinations of the numbers it rests on."""


@dataclass(frozen=True, eq=False)
class Quick(Central):
    """One quick answer: a solved game of which everything that is shown has been read off already."""

    layout: Layout
    asked: dict[str, float]
    """The parameter values."""
    found: dict[str, Any]
    """What the program returned, as arrays of numpy."""

    def __post_init__(self) -> None:
        """Put what was found where a central answer computes it."""
        known = ("lives", "table", "adrift", "waiting", "delay", "cheat", "here", "terms", "status")
        vars(self).update({name: self.found[name] for name in known})

    @property
    def values(self) -> dict[str, float]:
        """The parameter values it is solved at."""
        return self.asked

    @property
    def cohorts(self) -> np.ndarray:
        """The periods of signing that are followed."""
        return self.layout.cohorts

    def signed_in(self, period: int) -> np.ndarray:
        """Return the value of each package signed at the start, the one period there is [I, A, G, R] [utils]."""
        signed: np.ndarray = self.found["signed"][period]
        return signed

    @property
    def reservation(self) -> np.ndarray:
        """What each player has without an agreement, at the start [1, I, G, R] [utils]."""
        outside = self.found["outside"]
        if outside is None:
            return self.waiting
        may = np.isin(np.arange(self.shape.players), self.shape.leavers)[:, None, None]
        return np.where(may, np.maximum(self.waiting, outside.over + outside.lump), self.waiting)

    @property
    def shown(self) -> int:
        """The package whose gain is explained."""
        return int(self.found["shown"])


class Live:
    """A scenario that answers at once."""

    def __init__(self, scenario: Scenario, exact: bool = False) -> None:
        """Lay out a scenario; nothing is computed yet.

        Args:
            scenario: The scenario, at its own values.
            exact: Whether to keep its own calendar and grid, double precision, and beliefs until they settle.
        """
        self.model, self.exact = Model.of(scenario if exact else coarser(scenario)), exact
        self._reaches: dict[tuple[float, ...], Reach] = {}

    @cached_property
    def layout(self) -> Layout:
        """What the program is made for."""
        return Layout(self.model.frame, self.model.shape(), self.model.smooth and not self.exact, self.exact)

    @cached_property
    def wide(self) -> Layout:
        """The same where stocks reach as far as any numbers within their ranges can take them, which takes longer to solve."""
        return self._reaching(self.layout, hull(self.model))

    def _reaching(self, layout: Layout, cells: Reach) -> Layout:
        reach = tuple((max(a, c), max(b, d)) for (a, b), (c, d) in zip(layout.shape.reach, cells, strict=True))
        return replace(layout, shape=layout.shape.reaching(reach))

    @cached_property
    def belief(self) -> jax.Array | None:
        """Beliefs about cheating that every quick answer starts from: those at the scenario's own values."""
        shape = self.layout.shape
        if self.exact or not doubtful(shape):
            return None
        with jax.enable_x64(True):
            found: jax.Array = self._asked(self.layout, trusting(shape), self.model.central(), -1, SURE)["belief"]
            return found.astype(float)

    def _for(self, need: Reach) -> Layout:
        """Return the layout for stocks that move so far."""
        return next((each for each in self._layouts() if each == self._reaching(each, need)), self._reaching(self.wide, need))

    def _layouts(self) -> Iterator[Layout]:
        yield self.layout
        yield self.wide

    def ready(self) -> None:
        """Make, or load, the programs of all numbers within their ranges."""
        central = self.model.central()
        for layout in dict.fromkeys(self._layouts()):
            self._begin(layout, central, -1)()

    def begin(self, values: Mapping[str, float], package: int = -1) -> Callable[[], Quick]:
        """Begin to answer at these values of all parameters; what is returned waits for the answer.

        Args:
            values: All of them.
            package: The one to explain (default: the likeliest).

        Numbers within their ranges share two programs, one for stocks that move no further than at the scenario's own values and
        one for all others; numbers outside them that take a stock further still make a program of their own.
        """
        env = Environment(self.model.frame, values, np)
        layout = self._for(self._reach(env, tuple(values[name] for name in self._driving)))
        if self.model.exact(env):
            layout = replace(layout, single=False, shape=replace(layout.shape, exact=True))  # choices turn on exact ties
        return self._begin(layout, values, package)

    @cached_property
    def _driving(self) -> tuple[str, ...]:
        return tuple(_driving(self.model))

    def _reach(self, env: Environment, driving: tuple[float, ...]) -> Reach:
        """Return how far stocks move; most sliders move none of what that rests on."""
        if driving not in self._reaches:
            if len(self._reaches) >= KEPT:
                self._reaches.clear()
            self._reaches[driving] = reach(self.model.frame, env)
        return self._reaches[driving]

    def _asked(
        self, layout: Layout, belief: jax.Array | None, values: Mapping[str, float], package: int, until: Until
    ) -> dict[str, Any]:
        numbers: Any = np.array([values[name] for name in self.model.scenario.quantities], float)
        which: Any = np.asarray(package)
        return answer(layout, belief, numbers, which, until)

    def _begin(self, layout: Layout, values: Mapping[str, float], package: int) -> Callable[[], Quick]:
        with jax.enable_x64(True):
            until = SURE if self.exact else UNTIL
            pending = self._asked(layout, self.belief, values, package, until)  # solved while something else is done
        del pending["belief"]

        def quick() -> Quick:
            made = plain(pending)
            said: Any = _Said(made["need"], made["need_body"], made["precision"])
            return Quick(self.model, layout.shape, said, None, made["events"], layout, dict(values), made)  # type: ignore[arg-type]

        return quick


@dataclass(frozen=True)
class _Said:
    """What is read of the game itself when an answer is labelled."""

    need: np.ndarray
    need_body: np.ndarray
    precision: Precision


def hull(model: Model) -> Reach:
    """Return how far stocks move in a period at most, each parameter anywhere in its range; kept on disk.

    Exact where a drift rises or falls in each parameter by itself, which is what is looked at: first every parameter alone at
    either end, then all of them together at the ends that take the stock furthest.
    """
    free = _moving(model)
    if not free:
        return model.shape().reach
    texts = (
        runtime.code(UNREAD),
        model.frame.fingerprint,
        json.dumps({name: [q.low, q.high, q.values, q.value] for name, q in free.items()}),
    )
    name = f"reach-{hashlib.sha256(chr(10).join(texts).encode()).hexdigest()}"
    return runtime.kept(name, lambda: json.dumps(_hull(model, free)).encode(), lambda data: _read(json.loads(data)))


def _read(rows: Any) -> Reach:
    return tuple((int(down), int(up)) for down, up in rows)


def _moving(model: Model) -> dict[str, Quantity]:
    """Return the uncertain parameters that the drift of any stock rests on."""
    return {name: quantity for name, quantity in _driving(model).items() if quantity.uncertain}


def _driving(model: Model) -> dict[str, Quantity]:
    """Return the parameters that the drift of any stock rests on."""
    frame = model.frame
    scope, mask = frame.scope, 0
    for stock in frame.scenario.stocks.values():
        for formula in (stock.drift, stock.diffusion):
            mask |= scope.used(frame.parse(formula))
    names = {str(label) for label in scope.reach.labels(mask)}
    return {name: q for name, q in frame.scenario.quantities.items() if name.partition("[")[0] in names}


def ends(quantity: Quantity) -> tuple[float, float]:
    """Return the lowest and the highest value a quantity may have."""
    if quantity.values is not None:
        return min(quantity.values), max(quantity.values)
    return (quantity.value, quantity.value) if quantity.low is None or quantity.high is None else (quantity.low, quantity.high)


def _hull(model: Model, free: Mapping[str, Quantity]) -> Reach:
    """Return the reach over the corners of the ranges that matter."""
    central = model.central()
    middle = _span(model, central)
    towards: list[dict[str, float]] = [{} for _ in range(middle.size)]
    for name, quantity in free.items():
        low, high = (_span(model, central | {name: value}).ravel() for value in ends(quantity))
        for corner, a, b in zip(towards, low, high, strict=True):
            corner[name] = ends(quantity)[int(b > a)]
    corners = [_span(model, central | corner) for corner in towards]
    return cells(np.max([middle, *corners], axis=0))


def _span(model: Model, values: Mapping[str, float]) -> np.ndarray:
    return span(model.frame, Environment(model.frame, values, np))
