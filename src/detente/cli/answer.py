"""``detente run``: from a scenario to an answer."""

from __future__ import annotations

import gc
import json
import math
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import click

from detente.cli.files import staged
from detente.cli.front import debuggable, spoken

if TYPE_CHECKING:
    from collections.abc import Callable

    from detente.cli.console import Callback
    from detente.run import Answer, Case


def given(_: click.Context, __: click.Parameter, pairs: tuple[str, ...]) -> dict[str, float]:
    """Read ``name=value`` pairs."""
    values: dict[str, float] = {}
    for pair in pairs:
        name, equals, number = (part.strip() for part in pair.partition("="))
        if not (name and equals):
            raise click.BadParameter(f"{pair!r} is not of the form name=value")
        if name in values:
            raise click.BadParameter(f"{name!r} is set twice")
        try:
            values[name] = float(number)
        except ValueError:
            raise click.BadParameter(f"{number!r} in {pair!r} is not a number") from None
        if math.isnan(values[name]):
            raise click.BadParameter(f"{name!r} cannot be nan")
    return values


@click.command()
@click.argument("scenario")
@click.option("--set", "values", multiple=True, metavar="NAME=VALUE", callback=given, help="Change a parameter; repeatable.")
@click.option("--variant", metavar="NAME", help="Use a named reading of the facts (see detente list).")
@click.option("--draws", type=click.IntRange(0, 100_000), default=32, show_default=True, help="Draws for the bands; 0: none.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=1, show_default=True, help="Seed of the draws.")
@click.option("--out", type=click.Path(path_type=Path), help="Output folder.  [default: results/ and the scenario's name]")
@click.option("--lean", is_flag=True, help="Less memory, more time: policies are made again, not kept for all periods.")
@click.option("--full", "whole", is_flag=True, help="Also all further analyses, as sections of the report.")
@click.option("--against", metavar="SCENARIO", help="With --full: also what is different from this scenario, and why.")
@click.option("--json", "as_json", is_flag=True, help="Print the certificate as JSON, and nothing else, on standard output.")
@spoken
@debuggable
def run(
    scenario: str,
    values: dict[str, float],
    variant: str | None,
    draws: int,
    seed: int,
    out: Path | None,
    lean: bool,
    whole: bool,
    against: str | None,
    as_json: bool,
) -> None:
    """Answer a scenario: is there a deal, which one, when, and would it last.

    SCENARIO is a path, or the name of a bundled scenario (see detente list). Writes report.html, result.nc, draws.nc,
    certificate.json and manifest.json; with --full a labelled dataset for every further analysis, too. What a scenario does not
    permit is left out, and the report says why.
    """
    if against is not None and not whole:
        raise click.UsageError("--against needs --full; detente compare does it alone")
    from detente import runtime
    from detente.cli import console
    from detente.run import load

    runtime.hold()
    gc.set_threshold(100_000)  # one short process that keeps what it makes: looking for garbage often takes a twentieth of it

    case = load(scenario, values=values, variant=variant, lean=lean)
    folder = out or Path("results") / Path(scenario).stem
    with staged(folder) as place:
        console.size(case.size, draws)
        if whole:
            console.work(case, draws, against)
        Thread(target=_prepare).start()  # Vega-Altair comes in while others solve
        with console.watching() as progress:
            answer, save, parts = _solved(case, draws, seed, whole, against, progress)
            save(place)
            progress("report", 0, 1)
            from detente import report

            report.write(answer.dataset, answer.draws, place / "report.html", parts=parts)
            progress("report", 1, 1)
    if as_json:
        click.echo(json.dumps(answer.certificate, indent=2, ensure_ascii=False))
    else:
        console.answer(answer.dataset, answer.draws)
    console.files(folder, err=as_json)


def _prepare() -> None:
    """Import, and compile, what files and the report are written with, while others solve."""
    import distributed  # noqa: F401  # xarray asks it who computes before it writes
    import netCDF4  # noqa: F401

    from detente import report

    report.prepare()


def _solved(
    case: Case, draws: int, seed: int, whole: bool, against: str | None, progress: Callback
) -> tuple[Answer, Callable[[Path], object], dict[str, Any]]:
    """Return the answer, what saves it, and the further analyses of a full run by section."""
    if not whole:
        answer = case.solve(draws=draws, seed=seed, progress=progress)
        return answer, answer.save, {}
    from detente.analysis.full import full

    found = full(case, draws, seed, against, progress)
    return found.answer, found.save, found.parts
