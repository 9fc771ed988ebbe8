"""A saved result with its words: the one view through which findings, charts and pages look at the data."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import TopologicalSorter
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
import xarray as xr

from detente.findings import names
from detente.findings.articles import in_text
from detente.findings.kept import Kept
from detente.findings.names import plain
from detente.result.status import failures, solved
from detente.words import Phrases, chosen, labelled, language

ABSENCE = ("no ", "not ", "none", "nothing", "without ")
"""How the words for an option begin that only says that nothing is done."""

CAUSES = Phrases() | {"exit": "exit by {who}", "caught": "cheating found out"}
"""Ways an agreement ends."""

Found = TypeVar("Found")
Statistic = Callable[[xr.Dataset], xr.DataArray]
"""A statistic of a result; computed for the central result and, with a leading ``draw``, for the ensemble."""


@dataclass(frozen=True)
class Estimate:
    """A number with its band over the draws."""

    value: float
    low: float = float("nan")
    high: float = float("nan")

    @property
    def banded(self) -> bool:
        """Whether there were draws to give it a band."""
        return bool(np.isfinite(self.low) and np.isfinite(self.high))


@dataclass(frozen=True)
class Reading:
    """The central result, the draws that were solved (if any), and names for people."""

    ds: xr.Dataset
    draws: xr.Dataset | None = None
    failures: dict[str, int] = field(default_factory=dict, init=False)
    """How many draws failed, by trouble; they are left out of every band."""
    found: dict[Any, Any] = field(default_factory=dict, init=False)
    """Findings already made, by the function that makes them and the language."""

    def __post_init__(self) -> None:
        """Set aside the draws that failed; label every variable once."""
        draws = self.draws
        if draws is not None and "status" in draws:
            object.__setattr__(self, "failures", failures(draws))
            draws = solved(draws)
        object.__setattr__(self, "ds", Kept.of(self.ds))
        object.__setattr__(self, "draws", None if draws is None else Kept.of(draws))

    def note(self, key: str, default: Any = None) -> Any:
        """Return the JSON attribute ``key``, read once."""
        if ("note", key) not in self.found:
            text = self.ds.attrs.get(key)
            self.found["note", key] = json.loads(text) if text else None
        read = self.found["note", key]
        return default if read is None else read

    @cached_property
    def words(self) -> dict[str, dict[str, str]]:
        """Words for people: dotted path -> language -> text."""
        return dict(self.note("words", {}))

    def word(self, *path: Hashable) -> str:
        """The words for a dotted path; the identifier itself where there are none."""
        return chosen(self.words.get(".".join(map(str, path))), plain(path[-1]))

    @property
    def title(self) -> str:
        """The scenario's title."""
        return chosen(self.note("titles", {}), str(self.ds.attrs.get("title", "")))

    @property
    def summary(self) -> str:
        """The scenario's summary, empty where it has none."""
        return chosen(self.note("summaries", {}), str(self.ds.attrs.get("summary", "")))

    def noted(self, kind: str, name: Hashable, note: str) -> str:
        """What the scenario says of a thing; ``note`` is how the dataset has it."""
        return chosen(self.words.get(f"notes.{kind}.{name}"), note)

    def readings(self, name: Hashable, text: str) -> tuple[tuple[str, float], ...]:
        """The readings of a contested number, each with its value; ``text`` is how the dataset has them."""
        pairs = enumerate(json.loads(text or "{}").items())
        return tuple((chosen(self.words.get(f"readings.{name}.{k}"), str(words)), float(value)) for k, (words, value) in pairs)

    def parameter(self, name: Hashable) -> str:
        """A parameter, in words."""
        return chosen(self.words.get(f"parameters.{name}")) or self._label(name)

    def _label(self, name: Hashable) -> str:
        known = "parameter_label" in self.ds and name in self.ds.parameter.values
        return (str(self.ds.parameter_label.sel(parameter=name).item()) if known else "") or str(name)

    def has(self, *names: str) -> bool:
        """Whether the result carries all these variables with something in them."""
        return all(name in self.ds and self.ds[name].size > 0 for name in names)

    def once(self, find: Callable[[Reading], Found]) -> Found:
        """Return a finding, made the first time it is asked for."""
        key = (find, language())
        if key not in self.found:
            self.found[key] = find(self)
        made: Found = self.found[key]
        return made

    # Names

    def player(self, name: Hashable) -> str:
        """A player or a body, in words."""
        return self.word("bodies" if f"bodies.{name}" in self.words else "players", name)

    def who(self, name: Hashable) -> str:
        """A player or a body for the middle of a sentence."""
        return self._in_text(self.player(name))

    def regime(self, name: Hashable) -> str:
        """A regime for the middle of a sentence."""
        return self._in_text(self.word("regimes", name))

    def group(self, name: Hashable) -> str:
        """A group of parameters, by the regime, player or body it is named after; else its name."""
        return names.group(self.words, name)

    def _in_text(self, label: str) -> str:
        return in_text(label) if language() == "en" else label

    def issue(self, name: Hashable) -> str:
        """An issue, in words."""
        return self.word("issues", name)

    def option(self, issue: Hashable, option: Hashable) -> str:
        """An option of an issue, in words."""
        return self.word("issues", issue, option)

    def alone(self, issue: Hashable, option: Hashable) -> str:
        """An option in words that stand alone: its own, or else the issue and the option's name."""
        words = self.option(issue, option)
        return words if self._worded(issue, option) else labelled(self.issue(issue), words)

    def _worded(self, issue: Hashable, option: Hashable) -> bool:
        return f"issues.{issue}.{option}" in self.words

    def silent(self, issue: Hashable, option: Hashable) -> bool:
        """Whether an option of a package goes without saying: a status quo with no words, or words for an absence ("no aid").

        A status quo that says something of its own, as how sanctions would return, is a term of the agreement and is named.
        """
        quo = self.note("status_quo", {}).get(str(issue)) == option
        label = self.words.get(f"issues.{issue}.{option}", {})
        return quo and (not label or label.get("en", "").lower().startswith(ABSENCE))

    def term(self, player: Hashable, term: Hashable) -> str:
        """A payoff term of a player, in words; a lump sum's name begins with its event, as ``at sign.success``."""
        return (
            self.word("payoffs", player, term)
            if f"payoffs.{player}.{term}" in self.words
            else plain(str(term).replace(".", ": "))
        )

    def thing(self, kind: str, name: Hashable) -> str:
        """A stock or an indicator, in words."""
        return self.word(f"{kind}s", name)

    def state(self, regime_state: Hashable) -> tuple[str, str]:
        """Split ``war=fighting`` into the regime and its state, in words."""
        regime, _, state = str(regime_state).partition("=")
        return self.word("regimes", regime), self.word("regimes", regime, state)

    def cause(self, cause: Hashable) -> str:
        """How an agreement ended, in words."""
        verb, _, who = str(cause).partition(" by ")
        return CAUSES.say(verb, who=self.who(who)) if verb in CAUSES else plain(cause)

    @cached_property
    def quantiles(self) -> tuple[float, float]:
        """The quantiles every band shows."""
        text = self.draws.attrs.get("quantiles") if self.draws is not None else None
        low, high = json.loads(text) if text else (0.05, 0.95)
        return float(low), float(high)

    @property
    def count(self) -> int:
        """Number of draws; 0 without an ensemble."""
        return int(self.draws.sizes["draw"]) if self.draws is not None else 0

    # Numbers

    def band(self, statistic: Statistic) -> xr.DataArray | None:
        """Quantiles of a statistic over the draws, or None where the draws do not carry what it needs."""
        if self.draws is None or self.count < 2:
            return None
        try:
            values = statistic(self.draws)
        except KeyError:
            return None
        kept = values.transpose("draw", ...).drop_vars("draw", errors="ignore")
        known = np.isfinite(kept.values).sum(axis=0) > self.count / 2
        ends = np.full((2, *known.shape), np.nan)
        ends[:, known] = np.nanquantile(kept.values[:, known], self.quantiles, axis=0)
        return xr.DataArray(
            ends, dims=("end", *kept.dims[1:]), coords={name: kept[name] for name in kept.dims[1:] if name in kept.coords}
        )

    def estimate(self, statistic: Statistic) -> Estimate:
        """A scalar statistic with its band."""
        band = self.band(statistic)
        value = float(statistic(self.ds))
        return Estimate(value) if band is None else Estimate(value, float(band[0]), float(band[1]))

    # Who and what

    @cached_property
    def principals(self) -> tuple[str, ...]:
        """The players whose consent every package needs, the two whose bargain it is first."""
        named = self.note("principals")
        return tuple(named) if named else tuple(str(name) for name in self.ds.player.values[:2])

    @cached_property
    def players(self) -> tuple[str, ...]:
        """Every player."""
        return tuple(str(name) for name in self.ds.player.values)

    @cached_property
    def packages(self) -> tuple[str, ...]:
        """Every package."""
        return tuple(str(name) for name in self.ds.package.values)

    @cached_property
    def ranked(self) -> tuple[str, ...]:
        """Packages, the likeliest to be signed first."""
        return tuple(self.packages[i] for i in np.argsort(-self.ds.p_deal.values, kind="stable"))

    @cached_property
    def solutions(self) -> dict[str, str]:
        """Solution concept -> package; empty where no package gains everyone something."""
        if not self.has("solution"):
            return {}
        return {str(c): str(p) for c, p in zip(self.ds.concept.values, self.ds.solution.values, strict=True) if p}

    @cached_property
    def levels(self) -> dict[str, dict[str, str]]:
        """Package -> issue -> option."""
        issues = [str(issue) for issue in self.ds.issue.values]
        rows = self.ds.package_level.transpose("package", "issue").values
        return {name: dict(zip(issues, map(str, row), strict=True)) for name, row in zip(self.packages, rows, strict=True)}

    @cached_property
    def menu(self) -> dict[str, tuple[str, ...]]:
        """Issue -> the options that packages have, in the menu's order: packages come in the order of their options."""
        sorters = {str(issue): TopologicalSorter[str]() for issue in self.ds.issue.values}
        for row in self.levels.values():
            for issue, option in row.items():
                sorters[issue].add(option)
        for before, after in pairwise(self.levels.values()):
            issue = next(issue for issue in before if before[issue] != after[issue])
            sorters[issue].add(after[issue], before[issue])
        return {issue: tuple(sorter.static_order()) for issue, sorter in sorters.items()}

    def package(self, package: str) -> str:
        """A package in words, leaving out what goes without saying."""
        levels = self.levels[package]
        said = {issue: option for issue, option in levels.items() if not self.silent(issue, option)} or levels
        return " + ".join(self.alone(issue, option) for issue, option in said.items())

    def terms(self, package: str) -> list[tuple[str, str, bool]]:
        """A package issue by issue, for tables: the issue, its option, whether that goes without saying."""
        return [
            (self.issue(issue), self.alone(issue, option), self.silent(issue, option))
            for issue, option in self.levels[package].items()
        ]

    def needed(self, package: str) -> tuple[str, ...]:
        """Whose consent a package needs."""
        return tuple(self._consents[package])

    def acceptance(self, package: str) -> dict[str, float]:
        """Probability that each of those needed would accept at the start, the least likely first."""
        return dict(sorted(self._consents[package].items(), key=lambda item: item[1]))

    @cached_property
    def _consents(self) -> dict[str, dict[str, float]]:
        """By package, whose consent it needs, and the probability that it would be given at the start."""
        names = [str(name) for name in self.ds.consenter.values]
        needs, chances = (self.ds[key].transpose("package", "consenter").values for key in ("needs", "p_accept"))
        return {
            package: {name: float(chance) for name, need, chance in zip(names, *rows, strict=True) if need}
            for package, *rows in zip(self.packages, needs, chances, strict=True)
        }

    @cached_property
    def zone(self) -> np.ndarray:
        """Per package, whether it lies in the zone of possible agreement at the start."""
        return np.asarray(self.ds.in_zone.values, dtype=bool)

    # Time

    @property
    def dated(self) -> bool:
        """Whether the clock runs in calendar years (else in rounds)."""
        return bool(np.issubdtype(self.ds.date.dtype, np.datetime64))

    @cached_property
    def step(self) -> float:
        """Length of a period [years or rounds]."""
        date = self.ds.date.values
        if not self.dated:
            return 1.0
        return float((date[-1] - date[0]) / np.timedelta64(1, "D")) / 365.25 / (len(date) - 1)
