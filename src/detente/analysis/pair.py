"""Two scenarios that share names, and every scenario in between: some groups of parameters as in one, the rest as in the other.

A parameter that only one of them has keeps its value: nothing can take its place. What no parameter carries (the calendar, the
menu, formulas, the grids of stocks) moves as one group, together with the parameters of the group ``calendar``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from detente.coarse import coarser
from detente.compile import Model
from detente.draws import drawn, sobol
from detente.errors import Problem, ScenarioError
from detente.spec.joint import Joint
from detente.spec.quantity import Quantity, say
from detente.spec.scenario import Scenario

CALENDAR = "calendar"
"""The group that carries the calendar and the structure."""
OTHERS = "others"
"""The group of parameters that name none."""
WORDS = {"title", "summary", "sources", "variants", "observations", "parameters", "correlated", "conditional", "name"}
"""What a scenario says without changing the game; parameters, and how they are joined, are compared by name."""
UNSEEN = {"label", "note", "source", "readings_in"}
"""The same inside its entries."""
Values = Mapping[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Pair:
    """Two scenarios and the groups of parameters in which they differ."""

    first: Model
    second: Model
    structural: bool
    """Whether the two differ in what no parameter carries."""
    group: Mapping[str, str]
    """Group of every parameter."""
    groups: tuple[str, ...]
    """Groups in which the two differ, in central values or in ranges; the calendar last."""
    moving: tuple[bool, ...]
    """Whether they differ in central values (or structure)."""

    @classmethod
    def of(cls, first: Scenario, second: Scenario) -> Pair:
        """Lay out two scenarios on the coarser calendar and grid.

        Raises:
            ScenarioError: ``nothing-shared`` or ``different-units``.
        """
        _comparable(first, second)
        structural = layout(first) != layout(second)
        one = coarser(first)
        # the grid is thinned around the start of a stock, a parameter: where nothing else differs one grid serves both
        numbers = {part: getattr(second, part) for part in ("parameters", "correlated", "conditional", "name")}
        other = coarser(second) if structural else one.model_copy(update=numbers)
        before, after = first.quantities, second.quantities
        group = {name: quantity.group or OTHERS for name, quantity in (before | after).items()}
        differ = {name: _differ(before[name], after[name]) for name in after if name in before}
        rejoined = _rejoined(first, second)
        moving = {group[name]: False for name in after if any(differ.get(name, ())) or (name in before and name in rejoined)}
        moving |= {group[name]: True for name, (value, _) in differ.items() if value}
        if structural or CALENDAR in moving:
            moving[CALENDAR] = moving.pop(CALENDAR, False) or structural
        return cls(Model.of(one), Model.of(other), structural, group, tuple(moving), tuple(moving.values()))

    @property
    def models(self) -> tuple[Model, Model]:
        """The first and the second."""
        return self.first, self.second

    @cached_property
    def bits(self) -> dict[str, int]:
        """The bit of each group in a coalition: those that are as in the second scenario."""
        return {group: 1 << i for i, group in enumerate(self.groups)}

    @property
    def mask(self) -> int:
        """The coalition of all groups that differ at central values; the others change nothing there."""
        return sum(1 << i for i, moves in enumerate(self.moving) if moves)

    def structure(self, coalitions: np.ndarray) -> np.ndarray:
        """Return whose structure each coalition has: 0 for the first, 1 for the second."""
        return (coalitions & self.bits[CALENDAR] > 0).astype(int) if self.structural else np.zeros(len(coalitions), int)

    def central(self) -> tuple[Values, Values]:
        """Return the central values of both, one row each."""
        one, other = ({name: np.array([value]) for name, value in model.central().items()} for model in self.models)
        return one, other

    def draws(self, count: int, seed: int) -> tuple[Values, Values]:
        """Draw both: a parameter that both have lies at the same quantile of its range in each (common random numbers)."""
        before, after = (model.scenario.quantities for model in self.models)
        names = [name for name, q in (before | after).items() if q.uncertain or (name in before and before[name].uncertain)]
        points = sobol(len(names), count, seed) if names else np.zeros((count, 0))
        shares = dict(zip(names, points.T, strict=True))
        one, other = (_drawn(model.scenario, shares, count) for model in self.models)
        return one, other

    def columns(self, structure: int, coalitions: np.ndarray, rows: np.ndarray, sides: tuple[Values, Values]) -> Values:
        """Return the parameters of coalitions that have a structure.

        Args:
            structure: 0 or 1.
            coalitions: Groups that are as in the second scenario, as bits [N].
            rows: Which row of values each takes [N].
            sides: Values of both scenarios, row by row.
        """
        before, after = sides
        columns = {}
        for name in self.models[structure].scenario.quantities:
            one, other = before.get(name, after.get(name)), after.get(name, before.get(name))
            assert one is not None, "of one of them"
            assert other is not None, "of one of them"
            inside = coalitions & self.bits.get(self.group[name], 0) > 0
            columns[name] = np.where(inside, other[rows], one[rows])
        return columns

    def changed(self) -> list[tuple[str, Quantity | None, Quantity | None]]:
        """Return the parameters whose central values differ, or which only one of them has: name, in the first, in the second."""
        before, after = (model.scenario.quantities for model in self.models)
        pairs = [(name, before.get(name), after.get(name)) for name in (before | after)]
        return [(name, one, other) for name, one, other in pairs if one is None or other is None or one.value != other.value]

    def label(self, group: str) -> str:
        """Return a group in words: those of the regime, player or body it is named after, else its name."""
        if group == CALENDAR and self.structural:
            return "Calendar and structure"
        for scenario in (self.second.scenario, self.first.scenario):
            for named in (scenario.regimes, scenario.players, scenario.bodies):
                if group in named:
                    return say(named[group].label, default=_plain(group))
        return _plain(group)


def layout(scenario: Scenario) -> Any:
    """Return everything about a scenario that no parameter carries and that is not words."""
    return _bare(scenario.model_dump(mode="json", exclude=WORDS))


def _bare(entry: Any) -> Any:
    if isinstance(entry, dict):
        return [(key, list(part) if key == "states" else _bare(part)) for key, part in entry.items() if key not in UNSEEN]
    return [_bare(part) for part in entry] if isinstance(entry, list) else entry


def _plain(group: str) -> str:
    words = group.replace("_", " ")
    return words[:1].upper() + words[1:]


def _differ(one: Quantity, other: Quantity) -> tuple[bool, bool]:
    """Return whether central values differ, and whether draws can."""
    spread = [(q.kind, q.low, q.high, q.values, q.weights, q.value) for q in (one, other)]
    return one.value != other.value, spread[0] != spread[1]


def _drawn(scenario: Scenario, shares: Values, count: int) -> Values:
    own = {name: shares[name] for name, quantity in scenario.quantities.items() if quantity.uncertain}
    return drawn(scenario, own, count)


def _rejoined(first: Scenario, second: Scenario) -> set[str]:
    """Return the parameters that are joined to others in either, unless both say the same of them."""
    joints = Joint(first), Joint(second)
    clusters = {cluster for joint in joints for cluster in joint.clusters()}
    return {name for cluster in clusters if joints[0].said(cluster) != joints[1].said(cluster) for name in cluster}


def _comparable(first: Scenario, second: Scenario) -> None:
    before, after = first.quantities, second.quantities
    shared = [name for name in after if name in before]
    kinds = {"parameter": bool(shared) or not (before or after), "player": bool(first.players.keys() & second.players.keys())}
    missing = [kind for kind, has in kinds.items() if not has]
    if missing:
        text = f"{first.name} and {second.name} have no {' and no '.join(missing)} of the same name"
        hint = "scenarios are compared by their names: call the same things the same in both"
        raise ScenarioError([Problem("nothing-shared", (), text, hint)], second.name)
    wrong = [
        Problem(
            "different-units",
            ("parameters", name, "unit"),
            f"{after[name].unit!r} here, {before[name].unit!r} in {first.name}",
            "a value can take the place of another only in the same unit",
        )
        for name in shared
        if after[name].unit and before[name].unit and after[name].unit != before[name].unit
    ]
    if wrong:
        raise ScenarioError(wrong, second.name)
