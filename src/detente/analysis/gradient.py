"""Exact gradients of an outcome with respect to every continuous parameter, in reverse mode through the solve.

Choices follow backward from beliefs, beliefs forward from choices, and at the equilibrium b = F(x, b) for parameters x. With
the outcome J(x, b) and an adjoint l of the beliefs (Christianson 1994)

    l = dJ/db + l dF/db,    dJ/dx = partial J/partial x + l partial F/partial x

so that the passes by which beliefs were found are not differentiated: l is found by passes of its own, each one reverse sweep
through a solve. Where a formula has a kink (min, max, a stock on a point of its grid) the derivative is one between those on
either side.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Array, Float

import detente
from detente.coarse import coarser
from detente.compile import Model, build
from detente.compile.environment import Frame
from detente.draws import deviation
from detente.engine.audit import status
from detente.engine.equilibrium import SURE, Played, Until, doubtful, equilibrium, implied, play, trusting
from detente.ensemble import Batch, reported
from detente.errors import Problem, ScenarioError, SolveError
from detente.game import Game, Shape
from detente.outcomes import Outcome, outcome
from detente.program import program
from detente.run import Case, told
from detente.spec.quantity import Quantity, say

SETTLED = 1e-8
"""How far beliefs may be from those play implies, on average over agreements in force, where a derivative is taken."""
CLOSE = 1e-4
"""Change of the adjoint between two passes, relative to its size, at which it has settled."""
SWEEPS = 40
"""Passes of the adjoint after which it is taken as it is."""

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Asked:
    """What is differentiated."""

    frame: Frame
    shape: Shape
    needs: str
    """What the outcome reads of a solve, by name, with blanks between."""

    @property
    def fingerprint(self) -> str:
        """A text that is equal only where the same is asked of the same kind of game."""
        return f"{self.frame.fingerprint}{self.shape.fingerprint}{self.needs}"


def _play(asked: Asked, game: Game, belief: Array | None) -> tuple[dict[str, Array], Array | None]:
    """Return what the outcome reads of the solution at given beliefs, and the beliefs that it implies."""
    shape = asked.shape
    played = play(game, shape, belief)
    return _read(asked, game, played), None if belief is None else implied(game, shape, played)[0]


def _read(asked: Asked, game: Game, played: Played) -> dict[str, Array]:
    """Return what the outcome reads of a solved game."""
    raw = reported(Batch(asked.frame, asked.shape, False), game, played)
    return {name: raw[name] for name in ("spill", *asked.needs.split())}


@program("asked")
def _settle(
    asked: Asked, values: Values, start: Float[Array, "T A G R"] | None, settled: Array
) -> tuple[dict[str, Array], Array | None]:
    """Return what the outcome reads of the equilibrium, with the status, and its beliefs."""
    game = build(asked.frame, asked.shape, values)
    played = equilibrium(game, asked.shape, start, until=Until(settled, SURE.most))
    found, raw = played.solution, _read(asked, game, played)
    return raw | {"status": status(game, found.start, raw["spill"], found.residual)}, found.belief


@program("asked")
def _pull(asked: Asked, values: Values, belief: Float[Array, "T A G R"] | None, slopes: dict[str, Array]) -> tuple[Values, Array]:
    """Return the gradient with respect to the parameters, and the passes of the adjoint it took.

    ``slopes``: derivatives of the outcome with respect to what it reads.
    """

    def play(values: Values, belief: Array | None) -> tuple[dict[str, Array], Array | None]:
        raw, then = _play(asked, build(asked.frame, asked.shape, values), belief)
        return {name: raw[name] for name in slopes}, then

    if belief is None:
        alone: Values = jax.vjp(lambda values: play(values, None)[0], values)[1](slopes)[0]
        return alone, jnp.asarray(0)
    _, pull = jax.vjp(play, values, belief)

    def again(state: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        adjoint, _, count = state
        new = pull((slopes, adjoint))[1]
        return new, jnp.abs(new - adjoint).sum() / (jnp.abs(new).sum() + 1e-300), count + 1

    def going(state: tuple[Array, Array, Array]) -> Array:
        return (state[1] > CLOSE) & (state[2] < SWEEPS)

    adjoint, _, count = jax.lax.while_loop(going, again, (jnp.zeros_like(belief), jnp.asarray(jnp.inf), jnp.asarray(0)))
    found: Values = pull((slopes, adjoint))[0]
    return found, count


@dataclass(frozen=True)
class Point:
    """An outcome at some parameter values, and its derivatives there."""

    value: float
    gradient: dict[str, float]
    """By parameter, in units of the outcome per unit of the parameter."""
    sweeps: int
    """Passes of the adjoint."""


class Slopes:
    """Outcomes of a model as differentiable functions of parameter values; beliefs start from those found last."""

    def __init__(self, model: Model, *names: str) -> None:
        """Prepare; nothing is computed yet.

        Args:
            model: The scenario laid out for computing.
            names: The outcomes; one solve, and one program, serves them all.

        Raises:
            ScenarioError: for an outcome there is not, or ``not-smooth`` where choices turn on exact ties or the horizon is
                infinite.
        """
        if not model.smooth:
            text = "this game has no derivatives: a precision is infinite, or the horizon is (after: stationary)"
            hint = "give every player a finite precision, and a horizon that is frozen or zero"
            raise ScenarioError([Problem("not-smooth", (), text, hint)], model.scenario.name)
        self.model, self.outcomes = model, [outcome(model, name) for name in dict.fromkeys(names)]
        self.needs = sorted({need for each in self.outcomes for need in each.needs})
        self.shape = model.shape()
        self.belief: Array | None = None

    @property
    def outcome(self) -> Outcome:
        """The first outcome."""
        return self.outcomes[0]

    def value(self, values: Mapping[str, float], settled: float = SETTLED) -> float:
        """Return the first outcome.

        Raises:
            SolveError: if the numbers failed.
        """
        with jax.enable_x64(True):
            return float(self.outcome.read(self._settled(values, settled)[2]))

    def at(self, values: Mapping[str, float], settled: float = SETTLED) -> Point:
        """Return the first outcome and its gradient; see :meth:`points`."""
        return next(self.points(values, settled))

    def points(self, values: Mapping[str, float], settled: float = SETTLED) -> Iterator[Point]:
        """Yield every outcome and its gradient, all at one solve.

        Raises:
            SolveError: if the numbers failed.
        """
        with jax.enable_x64(True):
            asked, given, raw = self._settled(values, settled)
        for each in self.outcomes:
            yield self._point(each, asked, given, {name: raw[name] for name in self.needs})

    def _point(self, wanted: Outcome, asked: Asked, given: Values, read: dict[str, Array]) -> Point:
        with jax.enable_x64(True):
            value, slopes = jax.value_and_grad(wanted.read)(read)
            gradient, sweeps = _pull(asked, given, self.belief, slopes)
            found = {name: float(slope) for name, slope in gradient.items()}
        if not all(np.isfinite(list(found.values()))):
            bad = next(name for name, slope in found.items() if not np.isfinite(slope))
            raise SolveError(f"the derivative with respect to {bad} is not a finite number")
        return Point(float(value), found, int(sweeps))

    def _settled(self, values: Mapping[str, float], settled: float) -> tuple[Asked, Values, dict[str, Array]]:
        self._reaches(values)
        asked = Asked(self.model.frame, self.shape, " ".join(self.needs))
        given = {name: float(number) for name, number in values.items()}
        if self.belief is None and doubtful(self.shape):
            self.belief = trusting(self.shape)
        raw, self.belief = _settle(asked, given, self.belief, jnp.asarray(settled))
        if int(raw["status"]):
            raise SolveError(told(int(raw["status"])))
        return asked, given, raw

    def _reaches(self, values: Mapping[str, float]) -> None:
        """Let stocks move as far as these values take them."""
        wider = self.model.shape([self.model.central(), values])
        reach = tuple((max(a, c), max(b, d)) for (a, b), (c, d) in zip(self.shape.reach, wider.reach, strict=True))
        self.shape = self.shape.reaching(reach)


def gradient(case: Case, outcomes: str | Sequence[str], fine: bool = False) -> xr.Dataset:
    """Differentiate outcomes with respect to every continuous parameter, at central values.

    Args:
        case: The scenario.
        outcomes: One outcome or several; see :mod:`detente.outcomes`.
        fine: Whether to solve on the scenario's own calendar and grids; else on the coarser ones of the draws.

    Returns:
        By outcome and parameter: the derivative, the elasticity, the slope per range and per standard deviation of the range.
        Quantities that take only listed values have no derivative and are left out.

    Raises:
        ScenarioError: ``unknown-outcome``, ``outside-horizon`` or ``not-smooth``.
        SolveError: if the numbers failed.
    """
    model = case.model if fine else Model.of(coarser(case.scenario))
    slopes = Slopes(model, *([outcomes] if isinstance(outcomes, str) else outcomes))
    points = list(slopes.points(model.central()))
    quantities = {name: q for name, q in case.scenario.quantities.items() if q.kind != "discrete"}
    ds = _slopes(points, quantities).assign_coords(_words(slopes.outcomes, quantities))
    return _named(ds).assign_attrs(
        scenario=case.scenario.name,
        title=case.scenario.title.get("en", ""),
        step=model.scenario.calendar.length,
        sweeps=max((point.sweeps for point in points), default=0),
        version=detente.__version__,
    )


def _slopes(points: list[Point], quantities: dict[str, Quantity]) -> xr.Dataset:
    at = np.array([point.value for point in points])
    value = np.array([quantity.value for quantity in quantities.values()])
    slope = np.array([[point.gradient[name] for name in quantities] for point in points]).reshape(len(points), len(quantities))
    width = np.array([(q.high or 0.0) - (q.low or 0.0) if q.uncertain else 0.0 for q in quantities.values()])
    spread = np.array([deviation(quantity) for quantity in quantities.values()])
    relative = np.divide(slope * value, at[:, None], out=np.full_like(slope, np.nan), where=at[:, None] != 0)
    shape = ("outcome", "parameter")
    return xr.Dataset(
        {
            "value": ("parameter", value),
            "outcome_value": ("outcome", at),
            "gradient": (shape, slope),
            "elasticity": (shape, relative),
            "range": ("parameter", width),
            "deviation": ("parameter", spread),
            "per_range": (shape, slope * width),
            "per_deviation": (shape, slope * spread),
        }
    )


def _words(outcomes: list[Outcome], quantities: dict[str, Quantity]) -> dict[str, Any]:
    words = {
        key: ("parameter", np.array([getattr(q, key) for q in quantities.values()], str)) for key in ("unit", "group", "kind")
    }
    return words | {
        "outcome": np.array([each.name for each in outcomes], str),
        "outcome_label": ("outcome", np.array([each.label for each in outcomes], str)),
        "outcome_unit": ("outcome", np.array([each.unit for each in outcomes], str)),
        "parameter": np.array(list(quantities), str),
        "label": ("parameter", np.array([say(q.label, default=name) for name, q in quantities.items()], str)),
    }


NAMES = {
    "value": ("central value", "its own, see unit"),
    "outcome_value": ("outcome at central values", "see outcome_unit"),
    "gradient": ("derivative of the outcome", "outcome_unit per unit of the parameter"),
    "elasticity": ("relative change of the outcome per relative change of the parameter", "1"),
    "range": ("width of the parameter's stated range", "its own, see unit"),
    "deviation": ("standard deviation of the parameter's range", "its own, see unit"),
    "per_range": ("slope of the outcome times the width of the parameter's range", "see outcome_unit"),
    "per_deviation": ("slope of the outcome times the standard deviation of the parameter's range", "see outcome_unit"),
}


def _named(ds: xr.Dataset) -> xr.Dataset:
    for name, (label, unit) in NAMES.items():
        ds[name].attrs |= {"long_name": label, "units": unit}
    return ds
