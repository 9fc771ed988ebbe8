"""What to find out first: what knowing a number is worth to a player before it makes an offer, or answers one.

ds = find_out(load("small-deal-2025"), "us", "2026-06")

The decision is this one: which package to offer now, or none; for who answers, to which packages to say yes. A draw of the
uncertain numbers says what each choice would gain in expectation (see :mod:`detente.analysis.advise`); the player maximises its
mean over draws, neither fond of risk nor afraid of it, and knowing a number means that it can choose by it. All that follows the
decision is played as if everybody knew every number, so that the worth of knowing it later, too, is not counted.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

import detente
from detente.analysis.knowing import Decision, Worth, partial, perfect, rivals
from detente.analysis.moment import period
from detente.analysis.rows import blocks, copies
from detente.analysis.seat import Progress, Sample, known, sampled, seated
from detente.errors import Problem, ScenarioError, SolveError
from detente.result.dataset import moments
from detente.result.inputs import attributes, parameters
from detente.run import Case
from detente.spec.joint import Joint
from detente.spec.quantity import say

DRAWS = 256
"""Draws of the uncertain numbers."""
FEW = 32
"""Draws that must be left at least."""
WIDE = 0.1
"""Share of the worth of knowing everything at which there are draws enough: as a standard error, and as what is lost of the worth
of all that is not known by learning it from so few draws."""
KEYS = ("label", "unit", "group", "source", "contested", "readings", "value", "low", "high", "shape", "note")
CLEAR = 2.0
"""Standard errors above nought from which a worth is clear."""
QUIET = 1e-12
"""Utils that are nothing."""


def find_out(
    case: Case,
    player: str,
    on: str | None = None,
    draws: int = DRAWS,
    seed: int = 1,
    decision: str | None = None,
    own: str = "held",
    by: str = "parameter",
    progress: Progress | None = None,
) -> xr.Dataset:
    """Say what a player had best find out before it decides.

    Args:
        case: The scenario.
        player: Whose decision it is.
        on: A date (``2026-06``) or a round at which no agreement has been signed yet (default: the start).
        draws: Draws of the uncertain numbers; a power of two is best.
        seed: Seed of the draws and of the parts they are cut into.
        decision: ``offer`` or ``accept`` (default: ``offer`` for who can).
        own: Whether what the player knows (see :func:`detente.analysis.seat.known`) is ``held`` at central values or ``drawn``.
        by: ``parameter`` or ``group``: which of the two the words rank; both are valued.
        progress: Told (stage, done, total).

    Returns:
        Worth of knowing everything, each parameter and each group [utils], with errors, and how knowing it changes the choice.

    Raises:
        ScenarioError: ``unknown-player``, ``outside-horizon``, ``nothing-uncertain`` or ``no-decision``.
        SolveError: too many draws failed.
    """
    seat = seated(case, player)
    what = _decision(case, player, decision)
    mine = known(case.scenario, player)
    uncertain = [name for name, quantity in case.scenario.quantities.items() if quantity.uncertain]
    names = tuple(name for name in uncertain if own == "drawn" or name not in mine)
    if not names:
        hint = (
            "give numbers that are not known low and high" if not uncertain else "--own drawn counts what the player knows, too"
        )
        raise _wrong(case, "nothing-uncertain", f"no number is uncertain to {player}", hint)
    if on is not None:
        period(case.scenario.calendar, on)
    sample = sampled(case, seat, on, draws, seed, progress or (lambda *_: None), mine if own == "held" else ())
    if len(sample.place) < FEW:
        raise SolveError(f"{draws - len(sample.place)} draws failed, which leaves {len(sample.place)} of {draws}: too few")
    ds = _valued(case, sample, what, names, mine, seed)
    now = 0 if on is None else period(case.scenario.calendar, on)
    labels = case.model.labels
    ds = ds.assign_coords(date=moments(labels))
    ds.attrs |= attributes(case.scenario, labels, draws=draws, variant=case.variant)
    ds.attrs |= {
        "player_asked": player,
        "decision": what,
        "on": str(labels.dates[now]),
        "asked_on": on or "",
        "own": own,
        "by": by,
        "known_names": json.dumps(list(mine)),
        "known": json.dumps([say(case.scenario.quantities[name].label, default=name) for name in mine], ensure_ascii=False),
        "conditioned": int(case.scenario.conditioned),
        "draws": draws,
        "failed": draws - len(sample.place),
        "seed": seed,
        "version": detente.__version__,
        "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
    }
    return _named(ds.assign_attrs(_verdict(ds, len(sample.place))))


def _wrong(case: Case, code: str, text: str, hint: str) -> ScenarioError:
    return ScenarioError([Problem(code, (), text, hint)], case.scenario.name)


def _decision(case: Case, player: str, asked: str | None) -> str:
    """Return which decision is meant, if the player ever comes to make it."""
    proposers = case.scenario.proposers
    what = asked or ("offer" if player in proposers else "accept")
    if what == "offer" and player not in proposers:
        raise _wrong(case, "no-decision", f"{player} cannot make offers in this scenario", "ask what it should accept")
    if what == "accept" and set(proposers) <= {player}:
        raise _wrong(case, "no-decision", f"nobody but {player} makes offers in this scenario", "ask what it should offer")
    return what


def choices(sample: Sample, what: str) -> tuple[Decision, np.ndarray]:
    """Return the decision, and which packages its choices are: of offers those never beaten, making none first (-1)."""
    if what == "accept":
        return Decision(sample.accepted, each=True), np.arange(sample.gain.shape[1])
    payoffs = np.column_stack([np.zeros(len(sample.gain)), sample.offered])
    kept = rivals(payoffs)
    return Decision(payoffs[:, kept]), kept - 1


def _valued(case: Case, sample: Sample, what: str, names: tuple[str, ...], mine: tuple[str, ...], seed: int) -> xr.Dataset:
    """Value knowing everything, every number, every group, and all the player does not know."""
    decision, packages = choices(sample, what)
    inputs = np.column_stack([sample.inputs[name] for name in names])
    groups = blocks(case.scenario, names, "group")
    foreign = [place for place, name in enumerate(names) if name not in mine]
    sets = [*([place] for place in range(len(names))), *groups.values(), foreign]
    family = copies(inputs) if case.scenario.conditioned else None
    if family is None and any(set(cluster) & set(names) for cluster in Joint(case.scenario).clusters()):
        family = np.arange(len(inputs))
    found = partial(decision, inputs, sets, seed, family)
    together = zip(found[len(names) :], sets[len(names) :], strict=True)
    found[len(names) :] = [_most(each, [found[place] for place in members]) for each, members in together]
    count = len(case.model.labels.package_names)
    parts = {
        **_worths("", (), [perfect(decision)], packages, count),
        **_worths("parameter_", ("parameter",), found[: len(names)], packages, count),
        **_worths("group_", ("group",), found[len(names) : -1], packages, count),
        **_worths("foreign_", (), found[-1:], packages, count),
        **_turns(decision, found[: len(names)], inputs),
        **_table(case, names, mine),
        "group_members": ("group", np.array([len(each) for each in groups.values()])),
        "payoff_mean": ("package", _spread(decision.payoffs.mean(0), packages, count)),
        "base": ("package", _spread(decision.base.astype(float), packages, count) > 0.5),
        "package_level": (("package", "issue"), np.array(case.model.labels.packages)),
    }
    labels = case.model.labels
    return xr.Dataset(
        parts,
        coords={
            "parameter": np.array(names, str),
            "group": np.array(list(groups), str),
            "package": list(labels.package_names),
            "issue": list(labels.issues),
            "player": list(labels.players),
        },
        attrs={"choices": len(packages)},
    )


def _most(together: Worth, single: list[Worth]) -> Worth:
    """Return the worth of a set: at least that of any number in it whose worth is clear, for one may decide by that alone."""
    clear = [each for each in single if each.value > CLEAR * each.error]
    return max([together, *clear], key=lambda each: each.value)


def _spread(row: np.ndarray, packages: np.ndarray, count: int) -> np.ndarray:
    """Return a figure of choices as one of all packages, not known where a package is no choice [packages]."""
    out = np.full(count, np.nan)
    out[packages[packages >= 0]] = row[packages >= 0]
    return out


def _worths(prefix: str, dims: tuple[str, ...], found: Sequence[Worth], packages: np.ndarray, count: int) -> dict[str, Any]:
    """Return worths as variables: a row each, or single numbers."""

    def rows(values: list[Any], more: tuple[str, ...] = ()) -> tuple[tuple[str, ...], np.ndarray]:
        array = np.array(values, float).reshape(len(found), *([count] if more else []))
        return (*dims, *more), array if dims else array[0]

    to = [_shares(worth.chosen & ~worth.base, packages, count) for worth in found]
    away = [_shares(~worth.chosen & worth.base, packages, count) for worth in found]
    none = [_none(worth, packages) for worth in found]
    return {
        f"{prefix}worth": rows([worth.value for worth in found]),
        f"{prefix}worth_error": rows([worth.error for worth in found]),
        f"{prefix}worth_fitted": rows([worth.fitted for worth in found]),
        f"{prefix}change": rows([worth.change for worth in found]),
        f"{prefix}change_to": rows(to, ("package",)),
        f"{prefix}change_from": rows(away, ("package",)),
        f"{prefix}change_to_none": rows(none),
    }


def _shares(moved: np.ndarray, packages: np.ndarray, count: int) -> np.ndarray:
    return np.nan_to_num(_spread(moved.mean((0, 1)), packages, count))


def _none(worth: Worth, packages: np.ndarray) -> float:
    """Return the share of draws in which nothing would be offered, or accepted, where without knowing it something would."""
    real = packages >= 0
    return float((~worth.chosen[..., real].any(-1) & worth.base[real].any()).mean())


def _turns(decision: Decision, found: Sequence[Worth], inputs: np.ndarray) -> dict[str, Any]:
    """Return, by parameter, between which values what changes most often changes (nine tenths of the draws)."""
    low, high = np.full((2, len(found)), np.nan)
    for place, worth in enumerate(found):
        moved = worth.chosen ^ worth.base if decision.each else worth.chosen & ~worth.base
        if moved.any():
            often = moved[..., moved.sum((0, 1)).argmax()]
            low[place], high[place] = np.quantile(np.tile(inputs[:, place], (len(often), 1))[often], [0.05, 0.95])
    return {"parameter_turn_low": ("parameter", low), "parameter_turn_high": ("parameter", high)}


def _table(case: Case, names: tuple[str, ...], mine: tuple[str, ...]) -> dict[str, Any]:
    """The parameters with their ranges and the quality of their sources."""
    every = list(case.scenario.quantities)
    rows = [every.index(name) for name in names]
    told = parameters(case.scenario)
    sources = [case.scenario.quantities[name].source for name in names]
    quality = [[_quality(case, source) for source in each] for each in sources]
    return {
        **{f"parameter_{key}": ("parameter", told[f"parameter_{key}"][1][rows]) for key in KEYS},
        "parameter_source_key": ("parameter", np.array(["; ".join(each) for each in sources], str)),
        "parameter_quality": ("parameter", np.array(["; ".join(each) for each in quality], str)),
        "parameter_known": ("parameter", np.array([name in mine for name in names])),
    }


def _quality(case: Case, source: str) -> str:
    entry = case.scenario.sources.get(source)
    return "judgement" if entry is None else str(entry.quality)


def _verdict(ds: xr.Dataset, rows: int) -> dict[str, Any]:
    """Whether there are draws enough, by the largest standard error and by how much better learning looks on its own draws."""
    whole = float(ds.worth)
    error = max(float(ds[f"{kind}worth_error"].max()) for kind in ("", "parameter_", "group_"))
    gap = float(ds.foreign_worth_fitted) - max(float(ds.foreign_worth), 0.0)
    wide, hopeful = (error / whole, max(gap, 0.0) / whole) if whole > QUIET else (0.0, 0.0)
    # an error falls with the root of the draws, what is lost by learning from few of them with their number
    needed = 2 ** int(np.ceil(np.log2(rows * max(1.0, (wide / WIDE) ** 2, hopeful / WIDE))))
    enough = int(wide <= WIDE and hopeful <= WIDE)
    return {"enough": enough, "relative_error": wide, "relative_gap": hopeful, "needed": needed, "wide": WIDE}


WORTH = {
    "worth": ("worth of knowing {what} before the decision, judged on draws it was not learnt from", "util"),
    "worth_error": ("its standard error", "util"),
    "worth_fitted": ("the same judged on the draws it was learnt from: too high on average", "util"),
    "change": ("share of draws in which something else would be chosen", "1"),
    "change_to": ("share of draws in which the package would be chosen instead", "1"),
    "change_from": ("share of draws in which the package would no longer be chosen", "1"),
    "change_to_none": ("share of draws in which nothing would be offered, or accepted, instead", "1"),
}
PREFIXES = {"": "everything", "parameter_": "the number", "group_": "the group", "foreign_": "all the player does not know"}
NAMES = {
    f"{prefix}{name}": (label.format(what=what), unit)
    for prefix, what in PREFIXES.items()
    for name, (label, unit) in WORTH.items()
} | {
    "parameter_turn_low": ("from where what changes most often changes (5 % of those draws lie below)", "its own"),
    "parameter_turn_high": ("up to where it changes (5 % of those draws lie above)", "its own"),
    "parameter_label": ("what the number is", ""),
    "parameter_unit": ("unit", ""),
    "parameter_group": ("group the number belongs to", ""),
    "parameter_source": ("sources", ""),
    "parameter_source_key": ("sources, as the scenario's ledger calls them", ""),
    "parameter_quality": ("quality of each source", ""),
    "parameter_contested": ("whether informed people disagree", ""),
    "parameter_readings": ("what each side says, as JSON", ""),
    "parameter_known": ("whether the number is no question for the player", ""),
    "parameter_value": ("central value", "its own, see parameter_unit"),
    "parameter_low": ("lower end of the range", "its own, see parameter_unit"),
    "parameter_high": ("upper end of the range", "its own, see parameter_unit"),
    "parameter_shape": ("shape of the range", ""),
    "parameter_note": ("why this value", ""),
    "group_members": ("uncertain numbers in the group", "1"),
    "payoff_mean": ("mean expected gain of the choice over draws; not known for offers that another beats in every draw", "util"),
    "base": ("whether the package is chosen when nothing more is known", ""),
    "package_level": ("option of each issue in a package", ""),
}


def _named(ds: xr.Dataset) -> xr.Dataset:
    for name, variable in ds.data_vars.items():
        variable.attrs["long_name"], variable.attrs["units"] = NAMES[str(name)]
    return ds
