"""Everything that can be said of a scenario, in one run: the answer, then each analysis that the scenario permits.

found = full(load("small-deal-2025"))
found.answer, found.parts["drivers"], found.left_out
found.save("results/small-deal-2025")

An analysis that a scenario does not permit (nothing is uncertain, nothing was observed) is left out, and why is kept. What
several of them need is solved once: the central solve, and the draws of the bands, on which advice rests too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from detente.analysis.advise import advise
from detente.analysis.compare import EACH, MOST, PAIRS, compare
from detente.analysis.condition import condition
from detente.analysis.drivers import FEW, drivers
from detente.analysis.findout import find_out
from detente.analysis.goal import goal_seek
from detente.analysis.pair import Pair
from detente.analysis.rows import blocks
from detente.analysis.shapley import Scheme
from detente.errors import Problem, ScenarioError, SolveError
from detente.evidence import LEAST, MANY
from detente.run import DRAWS, MULTIPLES, Answer, Case, Progress, load

OUTCOME = "p_deal"
"""What is driven, and what shall have another value."""
PLAIN = 2
"""Draws on which the worth of knowing is estimated, for one of the bands."""
EVEN = 0.5
"""What would have to be true is asked for an agreement that is as likely as not."""


@dataclass(frozen=True, eq=False)
class Full:
    """An answer and what else was found."""

    answer: Answer
    parts: dict[str, xr.Dataset]
    """By name: ``drivers``, ``findout-us``, ``advise-us``, ``goal``, ``condition``, ``compare``."""
    left_out: dict[str, str]
    """Why an analysis was left out, by name."""

    def save(self, folder: str | Path) -> list[Path]:
        """Write the files of the answer and one netCDF for every part, named in the manifest; return their paths."""
        folder = Path(folder)
        written = self.answer.save(folder)
        for name, ds in self.parts.items():
            written.append(folder / f"{name}.nc")
            ds.to_netcdf(written[-1], engine="netcdf4")
        place = folder / "manifest.json"
        kept = json.loads(place.read_text(encoding="utf-8"))
        kept |= {"analyses": {name: f"{name}.nc" for name in self.parts}, "left_out": self.left_out}
        place.write_text(json.dumps(kept, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        return written


def full(
    case: Case,
    draws: int = DRAWS,
    seed: int = 1,
    against: Case | str | Path | None = None,
    progress: Progress | None = None,
) -> Full:
    """Answer a scenario, and say what drives the answer, what to offer, what would have to be true and what has been seen.

    Args:
        case: The scenario.
        draws: Draws of the bands and of everything else that is drawn; indices take as many rows, evidence some times as many.
        seed: Seed of the draws.
        against: A scenario to compare with: a case, a bundled name or a path.
        progress: Told (stage, done, total).

    Raises:
        ScenarioError: the scenario cannot be solved, or is nothing like the one it is to be compared with.
        SolveError: if the numbers failed at central values.
    """
    tell = progress or (lambda stage, done, total: None)
    other = against if isinstance(against, Case) or against is None else load(against)
    if other is not None:
        Pair.of(other.scenario, case.scenario)  # what cannot be compared is known before anything is solved
    answer = case.solve(draws, seed, tell)
    parts, left_out = {}, {}
    for name, analysis in analyses(case, draws, seed, other):
        try:
            parts[name] = analysis(_named(tell, name))
        except (ScenarioError, SolveError) as error:
            left_out[name] = error.problems[0].text if isinstance(error, ScenarioError) else str(error)
    said = json.dumps(left_out, ensure_ascii=False)
    return Full(Answer(answer.dataset.assign_attrs(left_out=said), answer.draws, answer.solved), parts, left_out)


Analysis = Callable[[Progress], xr.Dataset]


def analyses(case: Case, draws: int, seed: int, other: Case | None) -> Iterator[tuple[str, Analysis]]:
    """Yield every analysis by name, in the order of the report."""
    yield "drivers", lambda tell: drivers(case, OUTCOME, _rows(draws), seed, progress=tell)
    for player in case.scenario.principals:
        yield f"findout-{player}", partial(_find_out, case, player, draws, seed)
    for player in case.scenario.principals:
        yield f"advise-{player}", partial(_advise, case, player, draws, seed)
    yield "goal", lambda tell: goal_seek(case, OUTCOME, EVEN, progress=tell)
    yield "condition", lambda tell: condition(case, (OUTCOME,), weighed(draws), seed, tell)
    if other is not None:
        yield "compare", lambda tell: compare(other, case, (), draws, seed, progress=tell)


def _find_out(case: Case, player: str, draws: int, seed: int, tell: Progress) -> xr.Dataset:
    return find_out(case, player, None, PLAIN * _rows(draws), seed, progress=tell)


def _advise(case: Case, player: str, draws: int, seed: int, tell: Progress) -> xr.Dataset:
    return advise(case, player, None, draws, seed, progress=tell)


def _rows(draws: int) -> int:
    if draws < FEW:
        raise ScenarioError([Problem("out-of-range", (), f"{draws} draws are too few", f"at least {FEW}")])
    return draws


def weighed(draws: int) -> int:
    """Return how many draws are weighed by what was observed."""
    return max(LEAST, MANY * draws)


def _named(tell: Progress, name: str) -> Progress:
    return lambda stage, done, total: tell(f"{name}: {stage}", done, total)


def work(case: Case, draws: int, against: Case | str | Path | None = None) -> dict[str, int]:
    """Return how many solves on the coarser calendar and grid each part takes, beside those at central values and the search."""
    scenario = case.scenario
    uncertain = [name for name, quantity in scenario.quantities.items() if quantity.uncertain]
    found = {"bands": draws + len(MULTIPLES) if draws else 0}
    if uncertain and draws >= FEW:
        found["drivers"] = draws * (2 if scenario.conditioned else 2 + len(blocks(scenario, uncertain, "group")))
        found["findout"] = PLAIN * draws * len(scenario.principals)
    if scenario.observations:
        found["condition"] = weighed(draws)
    if against is not None:
        other = against if isinstance(against, Case) else load(against)
        found["compare"] = _coalitions(Pair.of(other.scenario, scenario), draws)
    return found


def _coalitions(pair: Pair, draws: int) -> int:
    rng: Any = np.random.default_rng(0)
    count = len(pair.groups)
    central = len(np.unique(Scheme.of(count, MOST, PAIRS, rng).coalitions & pair.mask))
    return central + draws * len(Scheme.of(count, EACH, 1, rng).coalitions)
