"""What differs between two scenarios, and which groups of parameters make the difference (Shapley values, MODEL.md section 6).

    v(S) = the outcome with the groups S as in the second scenario and all others as in the first
    attribution of a group = what it adds on joining S, averaged over all orders of joining

so that attributions add up to v(all) - v(none), the whole difference, whatever the order. With up to MOST groups every
coalition is solved; with more, random orders are, and the error they leave is stated. In a draw of the uncertain numbers, both
scenarios are drawn at the same quantiles, and one random order and its reverse are solved: exact where no more than two groups
interact at a time.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

import detente
from detente import ensemble, runtime
from detente.analysis.pair import Pair, Values
from detente.analysis.shapley import Scheme, antithetic
from detente.compile import Model
from detente.errors import ScenarioError, SolveError
from detente.outcomes import Outcome, outcome
from detente.result.inputs import attributes
from detente.run import Case, load, told
from detente.spec.quantity import say

Progress = Callable[[str, int, int], None]
DRAWS = 32
"""Draws of the default comparison."""
MOST = 10
"""Groups up to which every coalition is solved at central values."""
PAIRS = 32
"""Random orders, each with its reverse, where there are more."""
EACH = 4
"""Groups up to which every coalition is solved in every draw."""
TRIALS = 256
"""Pairs of orders over which the error of one pair is measured at central values."""
BAND = (0.05, 0.95)
"""Quantiles of the bands over draws."""


def compare(
    first: Case | str | Path,
    second: Case | str | Path,
    outcomes: Sequence[str] = (),
    draws: int = DRAWS,
    seed: int = 1,
    most: int = MOST,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Attribute the differences between two scenarios to the groups of parameters in which they differ.

    Args:
        first: Where the comparison starts: a case, a bundled name or a path.
        second: Where it ends.
        outcomes: Names of outcomes that both have (default: those of :func:`usual`).
        draws: Draws of the uncertain parameters; 0 for central values only.
        seed: Seed of the draws and of random orders.
        most: Groups up to which every coalition is solved at central values.
        progress: Told (stage, done, total).

    Returns:
        ``attribution`` [outcome, group], which adds up to ``difference``; ``alone`` and ``last``, what a group does by itself and
        on top of all others; with draws, the same per draw.

    Raises:
        ScenarioError: the two have too little in common, or an outcome is not one of both.
        SolveError: a coalition failed at central values, or every draw did.
    """
    cases = [case if isinstance(case, Case) else load(case) for case in (first, second)]
    pair = Pair.of(*(case.model.scenario for case in cases))  # a model is checked where a scenario was only read
    wanted = _wanted(pair, outcomes)
    rng = np.random.default_rng(seed)
    count = len(pair.groups)
    scheme = Scheme.of(count, most, PAIRS, rng)
    each = [Scheme.of(count, EACH, 1, rng) for _ in range(draws)]
    work = Work.of(pair, scheme, each, seed)
    found, status = work.solve(wanted, progress)
    _trusted(pair, work, status)
    ds = _central(pair, scheme, work.values(found, -1))
    if draws:
        ds = ds.merge(_drawn(pair, each, work, found, status)).merge(_noise(pair, scheme, each, found, work, rng))
    names = {"outcome": [each.name for each in wanted[1]], "group": list(pair.groups), "side": ["from", "to"]}
    words = {
        "outcome_label": ("outcome", [each.label for each in wanted[1]]),
        "outcome_unit": ("outcome", [each.unit for each in wanted[1]]),
        "group_label": ("group", np.array([pair.label(group) for group in pair.groups], dtype=str)),
    }
    ds = ds.assign_coords(names).assign_coords(words).merge(_changes(pair))
    return _named(ds).assign_attrs(_attributes(cases, pair, scheme, draws, seed))


def usual(pair: Pair) -> list[str]:
    """Return the outcomes that are compared unless others are asked for: whether, how long, values, costs of delay, terms.

    The ratio ``leverage`` is left out: on the way from one scenario to the other its denominator can come near nought. The two
    costs of delay it is made of are there.
    """
    principals = [who for who in pair.first.scenario.principals if who in pair.second.scenario.principals]
    names = ["p_deal", "survival_2"]
    names += [f"{kind}[{who}]" for kind in ("value", "delay") for who in principals]
    names += [f"share[{issue}={option}]" for issue, option in dict.fromkeys(_options(pair.second) + _options(pair.first))]
    return [name for name in names if all(_has(model, name) for model in pair.models)]


def _options(model: Model) -> list[tuple[str, str]]:
    """Return issue and option of every option that some package has."""
    packages = np.array(model.labels.packages)
    return [
        (issue, option)
        for column, (issue, entry) in enumerate(model.scenario.issues.items())
        for option in entry.options
        if (packages[:, column] == option).any()
    ]


def _has(model: Model, name: str) -> bool:
    try:
        outcome(model, name)
    except ScenarioError:
        return False
    return True


Wanted = tuple[list[Outcome], list[Outcome]]
"""The outcomes, as each of the two scenarios reads them."""


def _wanted(pair: Pair, names: Sequence[str]) -> Wanted:
    chosen = list(dict.fromkeys(names)) or usual(pair)
    one, other = ([outcome(model, name) for name in chosen] for model in pair.models)
    return one, other


@dataclass(frozen=True, eq=False)
class Work:
    """Every scenario in between that has to be solved."""

    pair: Pair
    coalitions: np.ndarray
    """Groups that are as in the second scenario, as bits [N]."""
    draw: np.ndarray
    """The draw each belongs to; -1: central values [N]."""
    sides: tuple[Values, Values]
    """Parameters of both scenarios; row 0 holds central values, row 1 + d those of draw d."""

    @classmethod
    def of(cls, pair: Pair, scheme: Scheme, each: list[Scheme], seed: int) -> Work:
        """Lay out the coalitions of the central scheme, those alone and last among them, and of every draw's."""
        count = len(pair.groups)
        ends = [1 << i for i in range(count)]
        whole = (1 << count) - 1
        central = np.unique([*scheme.coalitions, *ends, *(whole ^ bit for bit in ends)]) & pair.mask
        parts = [np.unique(central), *(scheme.coalitions for scheme in each)]
        draw = np.repeat(np.arange(-1, len(each)), [len(part) for part in parts])
        sides = pair.central()
        if each:
            drawn = pair.draws(len(each), seed)
            sides = _stacked(sides[0], drawn[0]), _stacked(sides[1], drawn[1])
        return cls(pair, np.concatenate(parts).astype(np.int64), draw, sides)

    def solve(self, wanted: Wanted, progress: Progress | None) -> tuple[np.ndarray, np.ndarray]:
        """Return the outcomes [N, outcomes], and the status of each solve [N]."""
        found, status = np.empty((len(self.draw), len(wanted[0]))), np.zeros(len(self.draw), int)
        whose = self.pair.structure(self.coalitions)
        done = 0
        for structure, model in enumerate(self.pair.models):
            rows = np.flatnonzero(whose == structure)
            if not len(rows):
                continue
            columns = self.pair.columns(structure, self.coalitions[rows], self.draw[rows] + 1, self.sides)
            raw = ensemble.run(
                model,
                columns,
                memory=runtime.memory() / 4,
                progress=_told(progress, done, len(self.draw)),
                single=True,
            )
            found[rows] = np.stack([np.asarray(each.read(raw), float) for each in wanted[structure]], -1)
            status[rows] = raw["status"]
            done += len(rows)
        return found, status

    def values(self, found: np.ndarray, draw: int) -> Callable[[np.ndarray], np.ndarray]:
        """Return what looks up the outcomes of coalitions of a draw."""
        rows = np.flatnonzero(self.draw == draw)
        mask = self.pair.mask if draw < 0 else -1

        def look(coalitions: np.ndarray) -> np.ndarray:
            return found[rows[np.searchsorted(self.coalitions[rows], coalitions & mask)]]

        return look


def _stacked(one: Values, others: Values) -> Values:
    return {name: np.concatenate([one[name], others[name]]) for name in one}


def _told(progress: Progress | None, before: int, total: int) -> Progress | None:
    if progress is None:
        return None
    return lambda _, done, __: progress("solves", before + done, total)


def _trusted(pair: Pair, work: Work, status: np.ndarray) -> None:
    """Raise if a solve at central values failed, or one in every draw."""
    central = np.flatnonzero((work.draw < 0) & (status != 0))
    if len(central):
        inside = [group for group, bit in pair.bits.items() if work.coalitions[central[0]] & bit]
        names = [model.scenario.name for model in pair.models]
        where = f"with {', '.join(inside) or 'nothing'} as in {names[1]} and the rest as in {names[0]}"
        raise SolveError(f"{where}: {told(int(status[central[0]]))}")
    drawn = work.draw >= 0
    if drawn.any() and not (set(work.draw[drawn]) - set(work.draw[status != 0])):
        raise SolveError(f"every draw failed: {told(int(np.bitwise_or.reduce(status[drawn])))}")


def _central(pair: Pair, scheme: Scheme, look: Callable[[np.ndarray], np.ndarray]) -> xr.Dataset:
    count = len(pair.groups)
    whole, bits = (1 << count) - 1, np.array([1 << i for i in range(count)], np.int64)
    ends = look(np.array([0, whole]))
    values = look(scheme.coalitions)
    shape = ("outcome", "group")
    return xr.Dataset(
        {
            "value": (("outcome", "side"), ends.T),
            "difference": ("outcome", ends[1] - ends[0]),
            "attribution": (shape, scheme.attribute(values).T),
            "attribution_error": (shape, scheme.error(values).T),
            "alone": (shape, (look(bits) - ends[0]).T),
            "last": (shape, (ends[1] - look(whole ^ bits)).T),
        }
    )


def _drawn(pair: Pair, each: list[Scheme], work: Work, found: np.ndarray, status: np.ndarray) -> xr.Dataset:
    """Attribute the differences in every draw; a draw with a solve that failed has none."""
    whole = (1 << len(pair.groups)) - 1
    ends, parts, codes = [], [], []
    for draw, scheme in enumerate(each):
        look = work.values(found, draw)
        ends.append(look(np.array([0, whole])).T)
        parts.append(scheme.attribute(look(scheme.coalitions)).T)
        codes.append(np.bitwise_or.reduce(status[work.draw == draw]))
    ds = xr.Dataset(
        {
            "value_draws": (("draw", "outcome", "side"), np.stack(ends)),
            "attribution_draws": (("draw", "outcome", "group"), np.stack(parts)),
            "status": ("draw", np.array(codes, np.int64)),
        },
        coords={"draw": np.arange(len(each))},
    )
    ds["difference_draws"] = ds.value_draws.isel(side=1) - ds.value_draws.isel(side=0)
    for name in ("value_draws", "attribution_draws", "difference_draws"):
        ds[name] = ds[name].where(ds.status == 0)
    return ds


def _noise(pair: Pair, scheme: Scheme, each: list[Scheme], found: np.ndarray, work: Work, rng: np.random.Generator) -> xr.Dataset:
    """Return the standard error that the orders of one draw leave in its attribution, as measured at central values."""
    look = work.values(found, -1)
    values = look(scheme.coalitions)
    if each[0].exact:
        noise = np.zeros((len(pair.groups), found.shape[1]))
    elif scheme.orders is not None:
        noise = scheme.error(values) * np.sqrt(len(scheme.orders) / 2)
    else:
        exact = scheme.attribute(values)
        trials = (Scheme(scheme.members, antithetic(scheme.members, 1, rng)) for _ in range(TRIALS))
        off = [np.square(trial.attribute(look(trial.coalitions)) - exact) for trial in trials]
        noise = np.sqrt(np.mean(off, axis=0))
    return xr.Dataset({"order_error": (("outcome", "group"), noise.T)})


def _changes(pair: Pair) -> xr.Dataset:
    """The parameters whose central values differ."""
    changed = pair.changed()
    known = [other or one for _, one, other in changed]
    columns: Mapping[str, list[Any]] = {
        "parameter_from": [np.nan if one is None else one.value for _, one, _ in changed],
        "parameter_to": [np.nan if other is None else other.value for _, _, other in changed],
        "parameter_label": [say(q.label, default=name) for (name, *_), q in zip(changed, known, strict=True) if q],
        "parameter_unit": [q.unit for q in known if q],
        "parameter_group": [pair.group[name] for name, *_ in changed],
    }
    kinds = {"parameter_from": float, "parameter_to": float}
    parts = {name: ("parameter", np.array(column, dtype=kinds.get(name, str))) for name, column in columns.items()}
    return xr.Dataset(parts, coords={"parameter": np.array([name for name, *_ in changed], dtype=str)})


NAMES: dict[str, tuple[str, str]] = {
    "value": ("outcome in the first scenario and in the second", "see outcome_unit"),
    "difference": ("outcome in the second scenario less that in the first", "see outcome_unit"),
    "attribution": ("part of the difference due to the group (Shapley value); parts add up to it", "see outcome_unit"),
    "attribution_error": (
        "standard error of the attribution from random orders; nought where every coalition is solved",
        "see outcome_unit",
    ),
    "alone": ("difference if the group alone were as in the second scenario", "see outcome_unit"),
    "last": ("difference the group makes when all others are as in the second scenario already", "see outcome_unit"),
    "value_draws": ("outcome in either scenario, by draw", "see outcome_unit"),
    "difference_draws": ("difference, by draw", "see outcome_unit"),
    "attribution_draws": ("attribution, by draw", "see outcome_unit"),
    "order_error": ("standard error that the orders of one draw leave in its attribution, at central values", "see outcome_unit"),
    "status": ("what went wrong in the draw, as bits; 0 is well", ""),
    "parameter_from": ("central value in the first scenario", "see parameter_unit"),
    "parameter_to": ("central value in the second scenario", "see parameter_unit"),
    "parameter_label": ("what the number is", ""),
    "parameter_unit": ("unit", ""),
    "parameter_group": ("group the number belongs to", ""),
}


def _named(ds: xr.Dataset) -> xr.Dataset:
    for name, (label, unit) in NAMES.items():
        if name in ds:
            ds[name].attrs |= {"long_name": label, "units": unit}
    return ds


def _attributes(cases: list[Case], pair: Pair, scheme: Scheme, draws: int, seed: int) -> dict[str, Any]:
    one, other = (attributes(case.scenario, pair.second.labels, variant=case.variant) for case in cases)
    words = {**json.loads(one["words"]), **json.loads(other["words"])}
    return other | {
        "words": json.dumps(words, ensure_ascii=False),
        "scenario_from": one["scenario"],
        "scenario_to": other["scenario"],
        "title_from": one["title"],
        "title_to": other["title"],
        "variant_from": cases[0].variant or "",
        "variant_to": cases[1].variant or "",
        "hash_from": one["scenario_hash"],
        "hash_to": other["scenario_hash"],
        "structural": int(pair.structural),
        "exact": int(scheme.exact),
        "orders": 0 if scheme.orders is None else len(scheme.orders),
        "draws": draws,
        "seed": seed,
        "quantiles": json.dumps(BAND),
        "step": pair.second.scenario.calendar.length,
        "version": detente.__version__,
        "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
    }
