"""The straight line from a scenario to an answer; the only module that sees both ends.

case = load("small-deal-2025")
answer = case.answer(draws=32)
answer.dataset, answer.draws, answer.certificate
"""

from __future__ import annotations

from detente import runtime

runtime.prepare()

import datetime as dt  # noqa: E402  (the settings above must be in place before jax is imported)
import json  # noqa: E402
from collections.abc import Callable, Mapping  # noqa: E402
from concurrent.futures import ThreadPoolExecutor  # noqa: E402
from dataclasses import dataclass  # noqa: E402
from functools import cached_property  # noqa: E402
from html import escape  # noqa: E402
from math import prod  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import TYPE_CHECKING, Any  # noqa: E402

import jax  # noqa: E402
import numpy as np  # noqa: E402

import detente  # noqa: E402
from detente import ensemble  # noqa: E402
from detente.central import Central  # noqa: E402
from detente.coarse import coarser  # noqa: E402
from detente.compile import Model  # noqa: E402
from detente.compile.inspect import problems  # noqa: E402
from detente.compile.payoffs import items  # noqa: E402
from detente.compile.rows import count_bases  # noqa: E402
from detente.draws import design  # noqa: E402
from detente.engine.audit import describe  # noqa: E402
from detente.engine.size import Size, size  # noqa: E402
from detente.errors import Problem, SizeError, SolveError  # noqa: E402
from detente.spec.menu import packages  # noqa: E402
from detente.spec.read import apply_variant, read, with_values  # noqa: E402
from detente.spec.scenario import Scenario  # noqa: E402

if TYPE_CHECKING:
    import xarray as xr

Progress = Callable[[str, int, int], None]

MULTIPLES = np.array([0.25, 0.5, 1.0, 2.0, 4.0, np.inf])
"""Multiples of the scenario's precision in the sweep, up to full rationality."""
SWEPT = 4
"""Passes of beliefs in the sweep: other precisions make for other cheating than that at central values."""
DRAWS = 32
"""Draws of the default ensemble."""


def load(source: str | Path, values: Mapping[str, float] | None = None, variant: str | None = None) -> Case:
    """Load a scenario: a bundled name, a path, or YAML text.

    Args:
        source: What to load.
        values: Parameter values to use instead of the scenario's.
        variant: One of the scenario's named variants, applied before ``values``.

    Raises:
        ScenarioError: with every problem found.
    """
    scenario = read(source)
    if variant is not None:
        scenario = apply_variant(scenario, variant)
    if values:
        scenario = with_values(scenario, dict(values))
    return Case(scenario, variant)


@dataclass(frozen=True, eq=False)
class Case:
    """A scenario ready to be solved."""

    scenario: Scenario
    variant: str | None = None

    @cached_property
    def model(self) -> Model:
        """The scenario laid out for computing.

        Raises:
            SizeError: if its arrays would not fit in memory.
            ScenarioError: if payoffs, rates or stocks fail somewhere in the state space.
        """
        self._fits(floor(self.scenario))
        model = Model.of(self.scenario)
        self._fits(_size(model).bytes)
        found = problems(model.frame, model.central())
        if found:
            raise self.scenario.wrong(found)
        return model

    @cached_property
    def size(self) -> Size:
        """How large the game is; reading it allocates nothing large."""
        return _size(self.model)

    def _fits(self, need: float) -> None:
        have = runtime.memory()
        if need > have:
            text = f"solving needs about {need / 1e9:.1f} GB; {have / 1e9:.1f} GB may be used on this machine"
            raise SizeError([Problem("too-large", (), text, reduction(self.scenario))], self.scenario.name)

    def central(self) -> Central:
        """Solve at central values only, as arrays.

        Raises:
            SolveError: if the numbers failed.
        """
        with jax.enable_x64(True):
            solved = Central.of(self.model)
            if solved.status:
                raise SolveError(told(solved.status))
            return solved

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
        model, coarse = self.model, Model.of(coarser(self.scenario))
        # one thread per core: the central solve, the longest task, on one of them, and draws on all others until it is done
        with ThreadPoolExecutor(runtime.cores()) as pool, jax.enable_x64(True):
            pending = pool.submit(self._read_off, coarse, draws, tell)
            planned, outcomes = _solve_draws(coarse, draws, seed, tell, pool)
            solved, ds = pending.result()
            from detente import result

            spread = {name: array[:draws] for name, array in outcomes.items()}
            ds = result.swept(ds, {name: array[draws:] for name, array in outcomes.items()}, MULTIPLES)
            table = None
            if draws:
                table = result.ensemble(model.labels, coarse.labels, planned, spread, coarse.scenario.calendar.length)
        stamp = {"version": detente.__version__, "seed": seed, "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds")}
        ds = ds.assign_attrs(stamp)
        return Answer(ds, None if table is None else table.assign_attrs(stamp), solved)

    def _read_off(self, coarse: Model, draws: int, tell: Progress) -> tuple[Central, xr.Dataset]:
        """Solve at central values, and label what follows."""
        from detente import result  # brings xarray, which takes as long to import as the game to solve

        tell("solve", 0, 1)
        solved = self.central()
        solved.read_off()
        tell("solve", 1, 1)
        refined = solved.refined()
        tell("menu", 1, 1)
        settings = {
            "draws": draws,
            "variant": self.variant,
            "step_of_draws": coarse.scenario.calendar.length,
            "grid_of_draws": {name: len(stock.grid) for name, stock in coarse.scenario.stocks.items()},
        }
        return solved, result.central(solved, refined, **settings)


def _solve_draws(
    coarse: Model, draws: int, seed: int, tell: Progress, pool: ThreadPoolExecutor
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Draw and solve; after the draws comes the sweep over precision at central values, in the same compilation.

    A draw that failed is kept with its status.

    Returns:
        The drawn values by parameter, and the outcomes of the draws and then of the sweep.

    Raises:
        SolveError: if the central values failed on the coarser copy, or every draw.
    """
    planned = design(coarse.scenario.quantities, draws, seed)
    central = coarse.central()
    columns = {name: np.concatenate([planned[name], np.full(len(MULTIPLES), central[name])]) for name in central}
    multiples = np.concatenate([np.ones(draws), MULTIPLES])
    passes = np.concatenate([np.full(draws, ensemble.PASSES), np.full(len(MULTIPLES), SWEPT)])
    outcomes = ensemble.run(
        coarse, columns, multiples, passes, memory=runtime.memory() / 4, progress=tell, single=True, pool=pool
    )
    status = outcomes["status"]
    for what, codes in (("every draw", status[:draws]), ("the coarser copy", status[draws:])):
        if len(codes) and (codes.all() if what == "every draw" else codes.any()):
            raise SolveError(f"{what} failed: {told(int(np.bitwise_or.reduce(codes)))}")
    return planned, outcomes


def told(code: int) -> str:
    """Return the troubles in a status, each with its remedy."""
    return "; ".join(f"{name}: {remedy}" for name, remedy in describe(code))


def _size(model: Model) -> Size:
    return size(model.shape(), channels=len(items(model.scenario, by_term=True)))


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
        self.dataset.to_netcdf(written[0], engine="h5netcdf")
        if self.draws is not None:
            written.append(folder / "draws.nc")
            self.draws.to_netcdf(written[1], engine="h5netcdf")
        for name, content in (("certificate", self.certificate), ("manifest", self.manifest)):
            path = folder / f"{name}.json"
            path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
            written.append(path)
        return written
