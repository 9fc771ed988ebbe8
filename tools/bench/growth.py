"""How time and memory of a solve grow with each of its dimensions, as powers fitted over sizes measured in turn."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import jax
import numpy as np

from bench.games import Laid, grown
from bench.measure import POWER, Effort, Row, clocked, in_turn, power
from detente import ensemble
from detente.draws import design
from detente.engine.push import push
from detente.engine.size import stretched
from detente.engine.solve import solve

GROUP = "growth"
FITTED = "a power of size, fitted"


@dataclass(frozen=True)
class Dimension:
    """One dimension of a game, and the sizes it is given."""

    name: str
    sizes: tuple[int, ...]
    texts: tuple[str, ...]
    most: float = 1.1
    """The power of time that the mathematics allows, and a tenth for noise."""


@dataclass(eq=False)
class Compiled:
    """A solve compiled by hand, whose memory can be asked for."""

    text: str
    laid: Laid = field(init=False)
    program: Any = field(init=False)

    def __post_init__(self) -> None:
        self.laid = Laid.out(self.text)
        self.program = solve.traced.lower(self.laid.game, self.laid.shape, None).compile()  # type: ignore[attr-defined]

    def __call__(self) -> Any:
        """Solve."""
        return self.program(self.laid.game, None)

    @property
    def scratch(self) -> float:
        """What it needs beyond the game and the solution [bytes]."""
        return float(self.program.memory_analysis().temp_size_in_bytes)

    @property
    def memory(self) -> float:
        """What it needs in all [bytes]."""
        found = self.program.memory_analysis()
        return float(found.argument_size_in_bytes + found.output_size_in_bytes + found.temp_size_in_bytes)


def rows(effort: Effort) -> list[Row]:
    """Fit a power to each dimension."""
    found = [row for dimension in dimensions(effort) for row in grow(dimension, effort)]
    return [*found, draws(effort)]


def dimensions(effort: Effort) -> list[Dimension]:
    """Return the dimensions, each with all others held small."""
    digits = (2, 3, 4) if effort.fast else (2, 3, 4, 5)
    moods, points, periods = ((3, 4, 5), (6, 51, 501), (16, 64, 256)) if effort.fast else (
        (3, 4, 5, 6, 7), (6, 21, 101, 501, 1001), (16, 32, 64, 128, 256)
    )  # fmt: skip
    return [
        Dimension("packages", tuple(10**d - 1 for d in digits), tuple(grown(digits=d, points=3, periods=8) for d in digits)),
        Dimension("regimes", tuple(2**m for m in moods), tuple(grown(moods=m) for m in moods), most=2.0),
        Dimension("grid points", points, tuple(grown(points=g, periods=8) for g in points)),
        Dimension("periods", periods, tuple(grown(periods=t) for t in periods)),
    ]


def grow(dimension: Dimension, effort: Effort) -> list[Row]:
    """Fit the growth of time, of memory, and for periods of memory beyond the game and the policies kept."""
    programs = [Compiled(text) for text in dimension.texts]
    tasks = {str(size): clocked(program) for size, program in zip(dimension.sizes, programs, strict=True)}
    in_turn(tasks, 1)
    took = in_turn(tasks, effort.repeats)
    what = f"{dimension.sizes[0]:,} to {dimension.sizes[-1]:,} {dimension.name}"
    times = np.stack([took[str(size)] for size in dimension.sizes])
    fits = [power(dimension.sizes, column) for column in times.T]
    middle = np.median(times, axis=1)
    told = ", ".join(f"{1e3 * seconds:.3g} ms" for seconds in middle)
    fitted = power(dimension.sizes, middle)
    found = [Row(GROUP, f"time of a solve, {what}", FITTED, POWER, fitted, min(fits), max(fits), goal=dimension.most, note=told)]
    found.append(_memory("memory", what, dimension, [program.memory for program in programs], 1.1 if dimension.most < 2 else 2.0))
    if dimension.name == "periods":
        scratch, again = [each.scratch for each in programs], [lean(each.laid) for each in programs]
        found.append(_memory("memory beyond game and policies", what, dimension, scratch, 0.1))
        found.append(_memory("memory, policies made again,", what, dimension, again, 0.6))
    return found


def lean(laid: Laid) -> float:
    """Return what a solve and a push need beyond the game where policies are made again instead of kept [bytes]."""
    shape = stretched(laid.shape)
    program = jax.jit(lambda game: push(game, shape, solve(game, shape).policy)).lower(laid.game).compile()
    return float(program.memory_analysis().temp_size_in_bytes)  # type: ignore[union-attr]


def _memory(kind: str, what: str, dimension: Dimension, held: list[float], most: float) -> Row:
    told = ", ".join(f"{bytes_ / 1e6:.3g} MB" for bytes_ in held)
    return Row(GROUP, f"{kind} of a solve, {what}", FITTED, POWER, power(dimension.sizes, held), goal=most, note=told)


def draws(effort: Effort) -> Row:
    """Fit the growth of an ensemble's time with its draws."""
    model = Laid.out(grown()).model
    sizes = (16, 32, 64) if effort.fast else (32, 64, 128, 256)
    drawn = design(model.scenario, sizes[-1], 1)

    def some(count: int) -> Any:
        return lambda: ensemble.run(model, {name: column[:count] for name, column in drawn.items()}, single=True)

    tasks = {str(size): clocked(some(size)) for size in sizes}
    in_turn(tasks, 1)
    took = in_turn(tasks, effort.repeats)
    times = np.stack([took[str(size)] for size in sizes])
    fits = [power(sizes, column) for column in times.T]
    middle = np.median(times, axis=1)
    told = ", ".join(f"{1e3 * seconds:.3g} ms" for seconds in middle)
    what = f"time of an ensemble, {sizes[0]} to {sizes[-1]} draws"
    return Row(GROUP, what, FITTED, POWER, power(sizes, middle), min(fits), max(fits), goal=1.1, note=told)
