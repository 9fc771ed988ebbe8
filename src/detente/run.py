"""The straight line from a scenario to an answer; the only module that sees both ends.

case = load("small-deal-2025")
answer = case.answer(draws=32)
answer.dataset, answer.draws, answer.certificate
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from html import escape
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

import detente
from detente import ensemble, runtime
from detente.central import Central
from detente.coarse import coarser
from detente.compile import Model
from detente.compile.inspect import problems
from detente.compile.payoffs import items
from detente.compile.rows import count_bases
from detente.draws import design
from detente.engine.audit import describe
from detente.engine.size import Size, size, stretched
from detente.ensemble import Ensemble, Solver, gathered
from detente.errors import Problem, ScenarioError, SizeError, SolveError
from detente.evidence import Posterior, posterior
from detente.live import Live
from detente.outcomes import examples, outcome
from detente.runs import Run, manifest
from detente.spec.identity import fingerprint
from detente.spec.menu import packages
from detente.spec.read import apply_variant, read, with_values
from detente.spec.scenario import Scenario
from detente.spec.scope import nearest
from detente.spec.text import shown

if TYPE_CHECKING:
    import xarray as xr

Progress = Callable[[str, int, int], None]

MULTIPLES = np.array([0.25, 0.5, 1.0, 2.0, 4.0, np.inf])
"""Multiples of the scenario's precision in the sweep, up to full rationality."""
DRAWS = 32
"""Draws of the default ensemble."""


def load(source: str | Path, values: Mapping[str, float] | None = None, variant: str | None = None, lean: bool = False) -> Case:
    """Load a scenario: a bundled name, a path, or YAML text.

    Args:
        source: What to load.
        values: Parameter values to use instead of the scenario's.
        variant: One of the scenario's named variants, applied before ``values``.
        lean: Whether to make policies again where they are needed instead of keeping those of all periods: the same answer
            with less memory, in more time.

    Raises:
        ScenarioError: with every problem found.
    """
    scenario = read(source)
    if variant is not None:
        scenario = apply_variant(scenario, variant)
    if values:
        scenario = with_values(scenario, dict(values))
    return Case(scenario, variant, lean)


@dataclass(frozen=True, eq=False)
class Case:
    """A scenario ready to be solved."""

    scenario: Scenario
    variant: str | None = None
    lean: bool = False
    """Whether policies are made again where they are needed, instead of kept for all periods."""

    @cached_property
    def model(self) -> Model:
        """The scenario laid out for computing.

        Raises:
            SizeError: if its arrays would not fit in memory.
            ScenarioError: if payoffs, rates or stocks fail somewhere in the state space.
        """
        self.fits(floor(self.scenario))
        model = Model.of(self.scenario)
        self.fits(_size(model, self.lean).bytes, model)
        found = problems(model.frame, model.central())
        if found:
            raise self.scenario.wrong(found)
        return model

    @cached_property
    def size(self) -> Size:
        """How large the game is; reading it allocates nothing large."""
        return _size(self.model, self.lean)

    def fits(self, need: float, model: Model | None = None) -> None:
        """Refuse what needs more memory than one answer may have [bytes]; ``model``: whose lean size may be the remedy.

        Raises:
            SizeError: saying what makes the game large.
        """
        have = runtime.memory()
        if need > have:
            text = f"solving needs about {need / 1e9:.1f} GB; {have / 1e9:.1f} GB may be used on this machine"
            remedy = reduction(self.scenario)
            less = math.inf if model is None or self.lean else _size(model, lean=True).bytes
            if less <= have:
                remedy = f"ask for --lean, which needs about {less / 1e9:.1f} GB; or {remedy}"
            raise SizeError([Problem("too-large", (), text, remedy)], self.scenario.name)

    def central(self) -> Central:
        """Solve at central values only, as arrays; once.

        Raises:
            SolveError: if the numbers failed.
        """
        return self._central

    @cached_property
    def _central(self) -> Central:
        with jax.enable_x64(True):
            solved = Central.of(self.model, self.lean)
            if solved.status:
                raise SolveError(told(solved.status))
            return solved

    def live(
        self,
        values: Mapping[str, float] | None = None,
        package: str | None = None,
        exact: bool = False,
        variant: str | None = None,
    ) -> xr.Dataset:
        """Answer at other central values, at once: the case is laid out the first time, and only asked from then on.

        Args:
            values: Parameter values to use instead of the case's.
            package: The package whose gains are explained term by term (default: the likeliest).
            exact: Whether to solve on the scenario's own calendar and grid, as :meth:`solve` does, and not on the coarser copy.
            variant: What the values are called, for the record (default: the case's own).

        Returns:
            The variables of the central result, without bands and without what takes more than one solve.

        Raises:
            ScenarioError: there is no such parameter or package, or the values break a rule.
            SolveError: the numbers failed.
        """
        from detente import result

        named = self._exactly if exact else self._quickly
        shown = self._package(named.model, package)
        own = named.model.central()
        numbers = own | dict(values or {})
        if len(numbers) > len(own) or any(math.isnan(number) for number in numbers.values()):
            with_values(self.scenario, dict(values or {}))  # says what is wrong
        pending = named.begin(numbers, shown)
        scope = self.model.frame.scope
        asked = with_values(self.scenario, dict(values), scope) if values else self.scenario  # checked while it is solved
        found = pending()
        if found.status:
            raise SolveError(told(found.status))
        return result.live(found, asked, variant=variant or self.variant, exact=exact)

    def ready(self) -> None:
        """Make, or load, what :meth:`live` answers with, so that no later answer waits for it."""
        self._quickly.ready()

    @cached_property
    def _quickly(self) -> Live:
        _ = self.model  # refuses what does not fit, or fails somewhere in the state space
        return Live(self.scenario)

    @cached_property
    def _exactly(self) -> Live:
        _ = self.model
        return Live(self.scenario, exact=True)

    def _package(self, model: Model, name: str | None) -> int:
        known = model.labels.package_names
        if name is not None and name not in known:
            told_ = nearest(name, known)
            raise ScenarioError(
                [Problem("unknown-package", (), f"there is no package {shown(name)!r}", told_)], self.scenario.name
            )
        return -1 if name is None else known.index(name)

    def outcomes(self, draws: int, seed: int, on: int = 0, progress: Progress | None = None) -> Mapping[str, np.ndarray]:
        """Solve draws on the coarser calendar and grid, unless they have been solved for something else.

        Args:
            draws: How many.
            seed: Seed of the draws.
            on: Period of the coarser calendar at which what holds at one date is read.
            progress: Told (stage, done, total).

        Returns:
            What :func:`detente.ensemble.run` returns.
        """
        if (draws, seed, on) not in self._drawn:
            coarse = Model.of(coarser(self.scenario))
            planned = self.planned(draws, seed, progress or (lambda stage, done, total: None))
            memory = runtime.memory() / 4
            self._drawn[draws, seed, on] = ensemble.run(coarse, planned, memory=memory, progress=progress, single=True, on=on)
        return self._drawn[draws, seed, on]

    @cached_property
    def _drawn(self) -> dict[tuple[int, int, int], Mapping[str, np.ndarray]]:
        """Draws solved so far, by how many, seed and period."""
        return {}

    def solve(self, draws: int = DRAWS, seed: int = 1, progress: Progress | None = None) -> Answer:
        """Solve at central values, over draws of the parameters, over precision, and with a refined menu.

        Args:
            draws: Draws of the uncertain parameters; 0 for no bands.
            seed: Seed of the draws.
            progress: Told (stage, done, total).

        Raises:
            SolveError: if the numbers failed at central values, or in a draw.
        """
        tell = progress or (lambda stage, done, total: None)
        if self.scenario.conditioned:
            return self._conditioned(draws, seed, tell)
        return self._answer(draws, seed, tell, None)

    def _conditioned(self, draws: int, seed: int, tell: Progress) -> Answer:
        """Solve given the observations of the scenario this one extends: central values, and draws, from the posterior."""
        found = self._posterior(draws, seed, tell)
        answer = self.centred(draws, seed, tell)._answer(draws, seed, tell, found.planned)
        told = {"extends": self.scenario.extends, "observations": found.facts, "weighed": found.weighed, "ess": found.ess}
        given = {f"conditioned_{name}": value for name, value in told.items()}
        table = None if answer.draws is None else answer.draws.assign_attrs(given)
        return Answer(answer.dataset.assign_attrs(given), table, answer.solved)

    def centred(self, draws: int, seed: int, tell: Progress) -> Case:
        """Return the case with central values given what was observed, where the scenario says so: posterior medians."""
        if not self.scenario.conditioned:
            return self
        return Case(with_values(self.scenario, self._posterior(draws, seed, tell).central), self.variant, self.lean)

    def planned(self, draws: int, seed: int, tell: Progress) -> dict[str, np.ndarray]:
        """Return draws of every parameter: from the ranges, or given what was observed if the scenario says so."""
        if self.scenario.conditioned:
            return dict(self._posterior(draws, seed, tell).planned)
        return design(self.scenario, draws, seed)

    def _posterior(self, draws: int, seed: int, tell: Progress) -> Posterior:
        if (draws, seed) not in self._posteriors:
            before = Model.of(coarser(read(self.scenario.extends)))
            with jax.enable_x64(True):
                found = posterior(self.scenario, before, draws, seed, lambda stage, done, total: tell("evidence", done, total))
            self._posteriors[draws, seed] = found
        return self._posteriors[draws, seed]

    @cached_property
    def _posteriors(self) -> dict[tuple[int, int], Posterior]:
        """Draws from the posterior found so far, by how many and seed."""
        return {}

    def _answer(self, draws: int, seed: int, tell: Progress, given: dict[str, np.ndarray] | None) -> Answer:
        """Solve at central values, and at ``given`` draws (default: from the ranges)."""
        model, coarse = self.model, Model.of(coarser(self.scenario))
        # one thread per core: the central solve, the longest task, on one of them, and draws on all others until it is done
        with ThreadPoolExecutor(runtime.cores()) as pool, jax.enable_x64(True):
            pending = pool.submit(self._read_off, coarse, draws, tell)
            planned, outcomes = _solve_draws(coarse, draws, seed, tell, pool, given)
            solved, ds = pending.result()
            from detente import result

            spread = {name: array[:draws] for name, array in outcomes.items()}
            if draws:
                self._drawn[draws, seed, 0] = spread
            ds = result.swept(ds, {name: array[draws:] for name, array in outcomes.items()}, MULTIPLES)
            table = None
            if draws:
                table = result.ensemble(model.labels, coarse.labels, planned, spread, coarse.scenario.calendar.length)
        stamp = {"version": detente.__version__, "seed": seed, "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds")}
        ds = ds.assign_attrs(stamp)
        return Answer(ds, None if table is None else table.assign_attrs(stamp), solved)

    def ensemble(
        self,
        draws: int,
        seed: int = 1,
        folder: str | Path | None = None,
        outcomes: Sequence[str] = (),
        workers: Callable[[Ensemble], Solver] | None = None,
        progress: Progress | None = None,
    ) -> xr.Dataset:
        """Solve draws of the parameters, given what was observed if the scenario says so, on the coarser calendar and grid.

        Args:
            draws: How many.
            seed: Seed of the draws.
            folder: A run directory, in which a run that was stopped goes on (default: nothing is written).
            outcomes: Names of outcomes to read off every draw (default: one of each kind; see :mod:`detente.outcomes`).
            workers: Who solves (default: threads of this machine; see :mod:`detente.cluster`).
            progress: Told (stage, done, total).

        Returns:
            The ensemble, with a leading ``draw``; draws that failed keep their status.

        Raises:
            ScenarioError: there is no such outcome.
            RunError: the folder holds another run, or workers kept failing.
        """
        from detente import result

        coarse = Model.of(coarser(self.scenario))
        wanted = [outcome(coarse, name) for name in outcomes or examples(coarse)]
        tell = progress or (lambda stage, done, total: None)
        planned = self.planned(draws, seed, tell)
        ensemble = Ensemble.of(coarse, planned, memory=runtime.memory() / 4, single=True)
        solver = workers(ensemble) if workers else ensemble.solved
        if folder is None:
            raw = gathered(ensemble, solver, progress)
        else:
            what = fingerprint(self.scenario)
            kept = Run.open(Path(folder), manifest(what, self.scenario.name, ensemble, seed, variant=self.variant))
            kept.complete(ensemble, solver, progress)
            raw = kept.outcomes()
        table = result.ensemble(self.model.labels, coarse.labels, planned, raw, coarse.scenario.calendar.length)
        table = result.outcomes(table, wanted, raw)
        return table.assign_attrs(result.inputs.identity(self.scenario) | {"version": detente.__version__, "seed": seed})

    def _read_off(self, coarse: Model, draws: int, tell: Progress) -> tuple[Central, xr.Dataset]:
        """Solve at central values, and label what follows."""
        tell("solve", 0, 1)
        solved = self.central()
        solved.read_off()
        tell("solve", 1, 1)
        refined = solved.refined()
        tell("menu", 1, 1)
        from detente import result  # brings xarray, which takes as long to import as the game to solve

        settings = {
            "draws": draws,
            "variant": self.variant,
            "step_of_draws": coarse.scenario.calendar.length,
            "grid_of_draws": {name: len(stock.grid) for name, stock in coarse.scenario.stocks.items()},
        }
        return solved, result.central(solved, refined, **settings)


def _solve_draws(
    coarse: Model,
    draws: int,
    seed: int,
    tell: Progress,
    pool: ThreadPoolExecutor,
    given: dict[str, np.ndarray] | None = None,
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Draw and solve; after the draws comes the sweep over precision at central values, in the same compilation.

    A draw that failed is kept with its status.

    Returns:
        The drawn values by parameter, and the outcomes of the draws and then of the sweep.

    Raises:
        SolveError: if the central values failed on the coarser copy, or every draw.
    """
    planned = design(coarse.scenario, draws, seed) if given is None else given
    central = coarse.central()
    columns = {name: np.concatenate([planned[name], np.full(len(MULTIPLES), central[name])]) for name in central}
    multiples = np.concatenate([np.ones(draws), MULTIPLES])
    outcomes = ensemble.run(coarse, columns, multiples, memory=runtime.memory() / 4, progress=tell, single=True, pool=pool)
    status = outcomes["status"]
    for what, codes in (("every draw", status[:draws]), ("the coarser copy", status[draws:])):
        if len(codes) and (codes.all() if what == "every draw" else codes.any()):
            raise SolveError(f"{what} failed: {told(int(np.bitwise_or.reduce(codes)))}")
    return planned, outcomes


def told(code: int) -> str:
    """Return the troubles in a status, each with its remedy."""
    return "; ".join(f"{name}: {remedy}" for name, remedy in describe(code))


def _size(model: Model, lean: bool) -> Size:
    shape = stretched(model.shape()) if lean else model.shape()
    return size(shape, channels=len(items(model.scenario, by_term=True)))


def counts(scenario: Scenario, menu: tuple[tuple[int, ...], ...] | None = None) -> dict[str, int]:
    """Return what a game's size is the product of, without laying anything out; ``menu``: its packages, where they are known."""
    return {
        "packages": len(packages(scenario) if menu is None else menu),
        "joint regimes": prod(len(regime.states) for regime in scenario.regimes.values()),
        "grid points": prod(len(stock.grid) for stock in scenario.stocks.values()),
        "periods": scenario.calendar.periods,
    }


def floor(scenario: Scenario) -> float:
    """Return a lower bound on the memory a scenario needs [bytes], safe to compute for a scenario of any size."""
    menu = packages(scenario)
    _, regimes, points, periods = counts(scenario, menu).values()
    state = len(menu) * regimes * points
    allowed = 4.0 * len(menu) * count_bases(scenario, menu)
    return allowed + 8.0 * (regimes**2 + 2 * state * len(scenario.players) + state * periods * (len(scenario.players) + 4))


def reduction(scenario: Scenario) -> str:
    """Say what makes the game large, largest first."""
    worst = sorted(counts(scenario).items(), key=lambda item: -item[1])
    return "reduce " + ", or ".join(f"{name} ({count:,})" for name, count in worst[:3])


@dataclass(frozen=True, eq=False)
class Answer:
    """An answer as labelled data."""

    dataset: xr.Dataset
    """The central result."""
    draws: xr.Dataset | None
    """The ensemble, with a leading ``draw``."""
    solved: Central
    """The solved game, for anything else one may ask of it."""

    def _repr_html_(self) -> str:
        """Show the answer in a notebook: the leading packages and the datasets."""
        return f"<p>{escape(self.headline)}</p>{self.dataset._repr_html_()}"

    def __repr__(self) -> str:
        return f"<Answer {self.headline}>"

    @property
    def headline(self) -> str:
        """The answer in one line."""
        ds = self.dataset
        until = str(ds.date.values[-1])[:10]
        return f"{ds.attrs['title']}: an agreement is signed by {until} with probability {float(ds.p_signed_by[-1]):.0%}"

    @cached_property
    def certificate(self) -> dict[str, Any]:
        """The answer in short, for machines."""
        from detente.certificate import certificate

        return certificate(self.dataset, self.draws)

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What is needed to make the answer again."""
        from detente.certificate import manifest

        return manifest(self.dataset, size={"state_values": self.solved.shape.values, "periods": self.solved.shape.periods})

    def save(self, folder: str | Path) -> list[Path]:
        """Write result.nc, draws.nc, certificate.json and manifest.json; return their paths."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        written = [folder / "result.nc"]
        self.dataset.to_netcdf(written[0], engine="netcdf4")
        if self.draws is not None:
            written.append(folder / "draws.nc")
            self.draws.to_netcdf(written[1], engine="netcdf4")
        for name, content in (("certificate", self.certificate), ("manifest", self.manifest)):
            path = folder / f"{name}.json"
            path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
            written.append(path)
        return written
