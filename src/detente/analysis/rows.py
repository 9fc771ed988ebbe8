"""Solved draws in rows, for indices and regions: a design of independent shares, or draws given what was observed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from detente import runtime
from detente.analysis import indices as sobol_indices
from detente.compile import Model
from detente.draws import drawn, sobol
from detente.ensemble import Ensemble
from detente.errors import SolveError
from detente.outcomes import Outcome
from detente.run import Case, Progress, told
from detente.spec.joint import Joint
from detente.spec.scenario import Scenario


@dataclass(frozen=True, eq=False)
class Rows:
    """Solved draws in rows: what stands in different rows is independent."""

    names: tuple[str, ...]
    """Uncertain parameters."""
    inputs: np.ndarray
    """Their values [columns, rows, parameters]."""
    values: np.ndarray
    """The outcome [columns, rows]."""
    chance: np.ndarray
    """Probability of what is given, one where nothing is [columns, rows]."""
    solves: int
    """Draws solved."""
    failed: int
    """Draws that failed; their rows are left out."""
    groups: dict[str, list[int]]
    """Positions of the parameters of each group whose indices can be estimated; none where draws are not independent."""

    def independent(self, rows: slice = slice(None)) -> tuple[np.ndarray, np.ndarray]:
        """Return independent draws: parameters [M, parameters], outcome [M]."""
        return self.inputs[:2, rows].reshape(-1, len(self.names)), self.values[:2, rows].ravel()


def blocks(scenario: Scenario, names: Sequence[str], by: str) -> dict[str, list[int]]:
    """Return positions of parameters by group, or each by its name; joined groups stand together, as ``a + b``."""
    own = {name: scenario.quantities[name].group or "other" if by == "group" else name for name in names}
    joined = [{own[name] for name in cluster if name in own} for cluster in Joint(scenario).clusters()]
    found: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        inside = _reached(own[name], joined)
        found.setdefault(" + ".join(label for label in dict.fromkeys(own.values()) if label in inside), []).append(place)
    return found


def _reached(label: str, joined: list[set[str]]) -> set[str]:
    """Return the groups that are joined to one, directly or through others, and itself."""
    inside, before = {label}, set[str]()
    while inside != before:
        before, inside = inside, inside.union(*(group for group in joined if group & inside))
    return inside


def designed(
    model: Model,
    names: tuple[str, ...],
    wanted: Outcome,
    event: Outcome | None,
    groups: dict[str, list[int]],
    draws: int,
    seed: int,
    progress: Progress | None,
) -> Rows:
    """Solve the design of Saltelli et al. (2010), of independent shares."""
    shares = sobol(2 * len(names), draws, seed).reshape(draws, 2, len(names)).swapaxes(0, 1)
    flat = sobol_indices.mixed(shares, list(groups.values())).reshape(-1, len(names))
    columns = drawn(model.scenario, dict(zip(names, flat.T, strict=True)), len(flat))
    values, chance, status = _solved(model, columns, wanted, event, progress)
    inputs = np.stack([columns[name] for name in names], axis=-1)
    return _kept(names, inputs, values, chance, status, groups, draws)


def _solved(
    model: Model, columns: dict[str, np.ndarray], wanted: Outcome, event: Outcome | None, progress: Progress | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the outcome, the probability of the event and the status of every draw; nothing else of a draw is kept."""
    every = Ensemble.of(model, columns, memory=runtime.memory() / 4, single=True)
    values, chance, status, done = np.empty(len(every)), np.ones(len(every)), np.zeros(len(every), int), 0
    for call, made in every.solved(every.calls):
        members = list(call.members)
        values[members], status[members] = wanted.read(made), made["status"]
        if event is not None:
            chance[members] = event.read(made)
        done += len(members)
        if progress:
            progress("draws", done, len(every))
    return values, chance, status


def observed(
    case: Case,
    names: tuple[str, ...],
    wanted: Outcome,
    event: Outcome | None,
    draws: int,
    seed: int,
    progress: Progress | None,
) -> Rows:
    """Solve draws given what was observed: no longer independent, so without groups."""
    asked = list(dict.fromkeys([wanted.name, *([] if event is None else [event.name])]))
    ds = case.ensemble(2 * draws, seed, outcomes=asked, progress=progress)
    inputs = ds.parameter_value.transpose("draw", "parameter").sel(parameter=list(names)).values
    read = ds.outcome_value.transpose("draw", "outcome")
    values = read.sel(outcome=wanted.name).values
    chance = np.ones_like(values) if event is None else read.sel(outcome=event.name).values
    # rows follow one another in pairs, so that copies of one draw stay on one side of a cut between rows
    order = _shuffled(inputs, seed).reshape(draws, 2).T.ravel()
    return _kept(names, inputs[order], values[order], chance[order], ds.status.values[order], {}, draws)


def _shuffled(inputs: np.ndarray, seed: int) -> np.ndarray:
    """Return draws in random order, copies of one draw of the posterior one after the other."""
    family = copies(inputs)
    return np.argsort(np.random.default_rng(seed).permutation(family.max() + 1)[family], kind="stable")


def copies(inputs: np.ndarray) -> np.ndarray:
    """Return which draws are copies of one draw of the posterior: equal numbers are [M]."""
    places = [np.unique(column, return_inverse=True)[1] for column in inputs.T]
    copied = [place for place in places if place.max() >= len(inputs) / 10]  # others take a few listed values
    return min(copied, key=lambda place: int(place.max())) if copied else np.arange(len(inputs))


def _kept(
    names: tuple[str, ...],
    inputs: np.ndarray,
    values: np.ndarray,
    chance: np.ndarray,
    status: np.ndarray,
    groups: dict[str, list[int]],
    rows: int,
) -> Rows:
    """Lay flat draws out in rows, and leave out rows with a draw that failed."""
    bad = ((status != 0) | ~np.isfinite(values) | ~np.isfinite(chance)).reshape(-1, rows)
    if bad.all():
        raise SolveError(f"every draw failed: {told(int(np.bitwise_or.reduce(status)))}")
    well = ~bad.any(0)
    return Rows(
        names,
        inputs.reshape(-1, rows, len(names))[:, well],
        values.reshape(-1, rows)[:, well],
        np.clip(chance.reshape(-1, rows)[:, well], 0, None),
        bad.size,
        int(bad.sum()),
        groups,
    )
