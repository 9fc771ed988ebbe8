"""What would have to be true: the smallest joint change of parameters at which an outcome reaches a value.

    minimise  z' R^-1 z   over  low_i <= x_i <= high_i   subject to  J(x) = target
    z_i = (x_i - centre_i) / deviation_i, on a logarithmic scale where the range has one

R holds the correlations of the parameters that may move: the sum of the squares where there are none, else the distance of
Mahalanobis (1936), which counts as near what goes together; parameters tied by a rank correlation of 1 or -1 move by equally many
deviations. Where a parameter's range depends on a condition, it is the one that holds at central values. A deviation is the
standard deviation of the parameter's stated range. The search is sequential quadratic programming (Kraft
1988, in SciPy) on the calendar and grid that draws are solved on, with exact gradients; what it finds is solved anew on the
scenario's own, and the target moved by the difference until that solve meets it. It is a local search: no nearer point was found,
which does not prove that there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr

import detente
from detente.analysis.gradient import Slopes
from detente.coarse import coarser
from detente.compile import Model
from detente.draws import deviation, held
from detente.errors import Problem, ScenarioError
from detente.result.inputs import identity
from detente.run import Case
from detente.spec.joint import Joint
from detente.spec.quantity import Quantity, Range, say
from detente.spec.scenario import Scenario
from detente.spec.scope import nearest

Progress = Callable[[str, int, int], None]
LOG = ("lognormal", "loguniform")
"""Ranges on a logarithmic scale."""
CLOSE = 2e-3
"""Distance from the target, relative to what the outcome has to move by, at which a full solve meets it."""
STEPS = 40
"""Steps of one search."""
ROUNDS = 4
"""Searches, each with the target moved by what the last full solve was off."""
EDGE = 1e-6
"""Distance from the end of a range, in deviations, at which a parameter stands there."""


def goal_seek(case: Case, name: str, target: float, player: str | None = None, progress: Progress | None = None) -> xr.Dataset:
    """Find the smallest joint change of parameters, in deviations of their ranges, at which an outcome reaches ``target``.

    Args:
        case: The scenario.
        name: The outcome; see :mod:`detente.outcomes`.
        target: The value it shall reach, in its unit.
        player: Whose levers alone may move (``controlled_by``); None: every parameter with a continuous range.
        progress: Told (stage, done, total).

    Returns:
        By parameter: its central value, the value found, the change in deviations. ``reached`` says whether the target was; if
        not, the point is the furthest the search got.

    Raises:
        ScenarioError: ``unknown-outcome``, ``not-smooth``, ``unknown-player``, ``no-levers``, or ``out-of-range`` for the
            target.
        SolveError: if the numbers failed.
    """
    scales = _scales(case, player)
    metric = Metric.of(case.scenario, [scale.name for scale in scales])
    rough = Search(Slopes(Model.of(coarser(case.scenario)), name), scales, metric, progress)
    full = Slopes(case.model, name)
    if not (np.isfinite(target) and (0 <= target <= 1 or not full.outcome.bounded)):
        text = f"{target:g} is no value of {name}"
        hint = "a probability or a share lies between 0 and 1" if full.outcome.bounded else "name a finite number"
        raise ScenarioError([Problem("out-of-range", (), text, hint)], case.scenario.name)
    start = full.value(full.model.central())
    wanted = Wanted(start, target)
    w, shift, value = rough.centre, 0.0, start
    for _ in range(ROUNDS):
        if wanted.met(value):
            break
        w, reached = rough.nearest(target + shift, wanted.sign, w)
        value = full.value(rough.values(w))
        shift = rough.at(w)[0] - value
        if not reached:
            break
    found = _labelled(case, full, scales, metric.spread @ w, wanted, value, player)
    joint = Joint(case.scenario)
    return found.assign_attrs(
        distance=metric.distance(w),
        correlated=int(any(scale.name in joint.names for scale in scales)),
        conditional=int(bool(joint.behind)),
        solves=rough.solves,
        step=case.scenario.calendar.length,
        player=player or "",
    )


@dataclass(frozen=True)
class Wanted:
    """What the outcome is and what it shall be."""

    start: float
    target: float

    @property
    def sign(self) -> float:
        """Whether it shall rise (1) or fall (-1)."""
        return 1.0 if self.target >= self.start else -1.0

    def met(self, value: float) -> bool:
        """Whether a value is as good as the target, or beyond it."""
        way = abs(self.target - self.start)
        return bool(abs(value - self.target) <= CLOSE * way + 1e-12)

    def passed(self, value: float) -> bool:
        """Whether a value is the target, or beyond it."""
        return self.met(value) or self.sign * (value - self.target) > 0


@dataclass(frozen=True)
class Scale:
    """A parameter in deviations from its central value."""

    name: str
    centre: float
    low: float
    high: float
    log: bool
    size: float
    """One deviation: of the value, or of its logarithm."""

    @classmethod
    def of(cls, name: str, stated: Range, centre: float) -> Scale:
        """Measure a parameter by its stated range; one that takes listed values there cannot move."""
        low, high = float(stated.low or 0.0), float(stated.high or 0.0)
        log = stated.kind in LOG
        size = 0.0 if stated.kind == "discrete" else _log_deviation(stated) if log else deviation(stated)
        return cls(name, centre, low, high, log, size)

    def value(self, z: float) -> float:
        """Return the value that lies so many deviations off."""
        x = self.centre * np.exp(self.size * z) if self.log else self.centre + self.size * z
        return float(np.clip(x, self.low, self.high))

    def slope(self, z: float) -> float:
        """Return the derivative of the value by the deviation."""
        return self.value(z) * self.size if self.log else self.size

    @property
    def bounds(self) -> tuple[float, float]:
        """The ends of the range in deviations."""
        ends = np.array([self.low, self.high])
        low, high = (np.log(ends / self.centre) if self.log else ends - self.centre) / self.size
        return float(low), float(high)


def _log_deviation(quantity: Range) -> float:
    """Return the standard deviation of the logarithm."""
    logs = {"low": float(np.log(quantity.low or 1.0)), "high": float(np.log(quantity.high or 1.0))}
    same = quantity.model_copy(
        update=logs | {"shape": "uniform" if quantity.kind == "loguniform" else "normal", "value": sum(logs.values()) / 2}
    )
    return deviation(same)


def _scales(case: Case, player: str | None) -> list[Scale]:
    quantities = case.scenario.quantities
    if player is not None and player not in case.scenario.players:
        hint = nearest(player, case.scenario.players)
        raise ScenarioError([Problem("unknown-player", (), f"there is no player {player!r}", hint)], case.scenario.name)
    mine = {name: q for name, q in quantities.items() if player is None or player in q.controlled_by}
    there = held(case.scenario)
    scales = [Scale.of(name, there.get(name, q), q.value) for name, q in mine.items() if q.kind not in ("fixed", "discrete")]
    scales = [scale for scale in scales if scale.size > 0]
    if not scales:
        whose = f"is controlled by {player}" if player else "has a continuous range"
        hint = "mark what a player can change: controlled_by: NAME, and give it a range"
        raise ScenarioError([Problem("no-levers", ("parameters",), f"no parameter {whose}", hint)], case.scenario.name)
    return scales


@dataclass(frozen=True, eq=False)
class Metric:
    """How far a change is."""

    spread: np.ndarray
    """Deviations of the parameters by what moves freely: itself, or one parameter for all that are tied [parameters, moves]."""
    weight: np.ndarray
    """Inverse of the correlations of what moves freely [moves, moves]."""

    @classmethod
    def of(cls, scenario: Scenario, names: list[str]) -> Metric:
        """Read off how some parameters are correlated.

        Raises:
            ScenarioError: ``bad-correlation`` where one is a mixture of several others.
        """
        matrix = np.array(Joint(scenario).matrix(names))
        leads = [int(np.argmax(np.abs(row) == 1)) for row in matrix]
        free = sorted(set(leads))
        spread = np.where(np.equal.outer(leads, free), matrix[:, free], 0.0)
        inner = matrix[np.ix_(free, free)]
        if np.linalg.matrix_rank(inner, tol=1e-6, hermitian=True) < len(free):
            text = "the correlations make one number a mixture of several others, so no distance can be told"
            raise scenario.wrong([Problem("bad-correlation", ("correlated",), text, "weaken one of them a little")])
        return cls(spread, np.linalg.inv(inner))

    def distance(self, w: np.ndarray) -> float:
        """Return how far a change is from none, in deviations."""
        return float(np.sqrt(w @ self.weight @ w))

    def bounds(self, scales: list[Scale]) -> list[tuple[float, float]]:
        """Return the ends of what moves freely: within the ranges of all that are tied to it."""
        ends = np.array([scale.bounds for scale in scales])
        low = np.where(self.spread > 0, ends[:, :1], np.where(self.spread < 0, -ends[:, 1:], -np.inf)).max(0)
        high = np.where(self.spread > 0, ends[:, 1:], np.where(self.spread < 0, -ends[:, :1], np.inf)).min(0)
        return list(zip(low.tolist(), high.tolist(), strict=True))


@dataclass
class Search:
    """The outcome on the coarser calendar and grid, as a function of what moves freely, in deviations."""

    slopes: Slopes
    scales: list[Scale]
    metric: Metric
    progress: Progress | None
    solves: int = 0
    seen: dict[bytes, tuple[float, np.ndarray]] = field(default_factory=dict)

    @property
    def centre(self) -> np.ndarray:
        """No change."""
        return np.zeros(self.metric.spread.shape[1])

    def values(self, w: np.ndarray) -> dict[str, float]:
        """Return all parameter values at a change."""
        z = self.metric.spread @ w
        moved = {scale.name: scale.value(float(at)) for scale, at in zip(self.scales, z, strict=True) if at != 0.0}
        return self.slopes.model.central() | moved

    def at(self, w: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the outcome and its gradient by what moves freely."""
        key = w.tobytes()
        if key not in self.seen:
            point, z = self.slopes.at(self.values(w)), self.metric.spread @ w
            slope = [point.gradient[scale.name] * scale.slope(float(at)) for scale, at in zip(self.scales, z, strict=True)]
            self.seen[key] = point.value, np.array(slope) @ self.metric.spread
            self.solves += 1
            if self.progress:
                self.progress("search", self.solves, max(self.solves + 1, STEPS))
        return self.seen[key]

    def nearest(self, target: float, sign: float, start: np.ndarray) -> tuple[np.ndarray, bool]:
        """Return the nearest point found at which the outcome is ``target``, or else the furthest found on the way to it."""
        steepness = float(np.linalg.norm(self.at(self.centre)[1])) or 1.0
        short = 1e-4 * max(abs(target - self.at(self.centre)[0]), 1e-9)

        def there(z: np.ndarray) -> bool:
            return sign * (self.at(z)[0] - target) >= -short

        found = self._constrained(target, sign, steepness, start)
        if there(found):
            return found, True
        furthest = self._furthest(sign, steepness, target, found)
        if not there(furthest):
            return furthest, False
        again = self._constrained(target, sign, steepness, furthest)
        return (again, True) if there(again) else (furthest, True)

    def _constrained(self, target: float, sign: float, steepness: float, start: np.ndarray) -> np.ndarray:
        from scipy.optimize import minimize

        gap = {
            "type": "ineq",
            "fun": lambda z: sign * (self.at(z)[0] - target) / steepness,
            "jac": lambda z: sign * self.at(z)[1] / steepness,
        }
        done = minimize(
            lambda z: 0.5 * float(z @ self.metric.weight @ z),
            start,
            jac=lambda z: self.metric.weight @ z,
            bounds=self.metric.bounds(self.scales),
            constraints=[gap],
            method="SLSQP",
            options={"maxiter": STEPS, "ftol": 1e-7},
        )
        return self._inside(done.x)

    def _furthest(self, sign: float, steepness: float, target: float, start: np.ndarray) -> np.ndarray:
        """Climb from ``start``; stop once the target is passed."""
        from scipy.optimize import minimize

        best = [start]

        def climb(z: np.ndarray) -> tuple[float, np.ndarray]:
            value, slope = self.at(z)
            if sign * value > sign * self.at(best[0])[0]:
                best[0] = np.array(z)
            return -sign * value / steepness, -sign * slope / steepness

        def enough(_: np.ndarray) -> None:
            if sign * (self.at(best[0])[0] - target) > 0:
                raise StopIteration

        minimize(
            climb,
            start,
            jac=True,
            bounds=self.metric.bounds(self.scales),
            method="L-BFGS-B",
            callback=enough,
            options={"maxiter": STEPS, "ftol": 1e-7},
        )
        return self._inside(best[0])

    def _inside(self, z: np.ndarray) -> np.ndarray:
        bounds = np.array(self.metric.bounds(self.scales))
        return np.clip(z, bounds[:, 0], bounds[:, 1])


def _labelled(
    case: Case, full: Slopes, scales: list[Scale], z: np.ndarray, wanted: Wanted, value: float, player: str | None
) -> xr.Dataset:
    quantities: Mapping[str, Quantity] = case.scenario.quantities
    mine = [quantities[scale.name] for scale in scales]
    bounds = np.array([scale.bounds for scale in scales])
    edge = np.where(z >= bounds[:, 1] - EDGE, 1, np.where(z <= bounds[:, 0] + EDGE, -1, 0)) * (np.abs(z) > EDGE)
    columns: dict[str, tuple[Any, str, str]] = {
        "central": ([scale.centre for scale in scales], "central value", "its own, see unit"),
        "found": (
            [s.value(float(at)) if at else s.centre for s, at in zip(scales, z, strict=True)],
            "value found",
            "its own, see unit",
        ),
        "change": (z, "change in standard deviations of the stated range", "1"),
        "low": ([scale.low for scale in scales], "lower end of the range", "its own, see unit"),
        "high": ([scale.high for scale in scales], "upper end of the range", "its own, see unit"),
        "edge": (edge, "1 at the upper end of the range, -1 at the lower, 0 inside", "1"),
    }
    data = {
        name: ("parameter", np.asarray(column), {"long_name": text, "units": unit})
        for name, (column, text, unit) in columns.items()
    }
    words = {
        "parameter": np.array([scale.name for scale in scales], str),
        "label": ("parameter", np.array([say(q.label, default=s.name) for q, s in zip(mine, scales, strict=True)], str)),
        "unit": ("parameter", np.array([q.unit for q in mine], str)),
        "group": ("parameter", np.array([q.group for q in mine], str)),
    }
    return xr.Dataset(data, words).assign_attrs(
        **identity(case.scenario),
        player_label=say(case.scenario.players[player].label, default=player) if player else "",
        outcome=full.outcome.name,
        outcome_label=full.outcome.label,
        outcome_unit=full.outcome.unit,
        outcome_from=wanted.start,
        outcome_to=wanted.target,
        outcome_found=value,
        reached=int(wanted.passed(value)),
        version=detente.__version__,
    )
