"""``detente ensemble``: many draws, in a folder in which a run that was stopped goes on."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.table import Table
from rich.text import Text

from detente.cli.answer import given
from detente.cli.front import debuggable, spoken, tame
from detente.words import Phrases, bracketed

if TYPE_CHECKING:
    from detente.findings.ensemble import Band

SAID = Phrases() | {
    "outcome": "outcome",
    "mean": "mean",
    "low": "5%",
    "median": "median",
    "high": "95%",
    "unit": "unit",
    "draws": "Draws: {folder}",
    "failed": "; {failed} more failed and are left out (their status says why)",
    "basis": "Over {draws} draws of the uncertain numbers, solved on a coarser calendar and grid{failed}. Every figure is "
    "conditional on the scenario.",
}


@click.command()
@click.argument("scenario")
@click.option("--set", "values", multiple=True, metavar="NAME=VALUE", callback=given, help="Change a parameter; repeatable.")
@click.option("--variant", metavar="NAME", help="Use a named reading of the facts (see detente list).")
@click.option("--draws", type=click.IntRange(1, 10_000_000), default=1024, show_default=True, help="Draws of the parameters.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=1, show_default=True, help="Seed of the draws.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Run directory; the same command goes on in it.")
@click.option("--outcome", "names", multiple=True, metavar="NAME", help="Outcome to show; repeatable.  [default: one per kind]")
@click.option("--workers", type=click.IntRange(1, 1024), help="Solve on so many processes of this machine, through Dask.")
@click.option("--scheduler", metavar="ADDRESS", help="Solve on the Dask cluster at this address, as tcp://host:8786.")
@click.option("--json", "as_json", is_flag=True, help="Print the bands as JSON, and nothing else, on standard output.")
@spoken
@debuggable
def ensemble(
    scenario: str,
    values: dict[str, float],
    variant: str | None,
    draws: int,
    seed: int,
    out: Path,
    names: tuple[str, ...],
    workers: int | None,
    scheduler: str | None,
    as_json: bool,
) -> None:
    """Solve many draws of a scenario's uncertain parameters, and show the band of every outcome.

    What is solved is written at once: a run that was stopped goes on where it was when the same command is given again, and
    ends with the same numbers.
    """
    from detente.cli import console
    from detente.findings.ensemble import bands
    from detente.run import load

    if workers and scheduler:
        raise click.UsageError("give --workers or --scheduler, not both")
    case = load(scenario, values=values, variant=variant)
    with console.watching() as progress, _workers(scheduler or workers) as solver:
        ds = case.ensemble(draws, seed, out, names, solver, progress)
    rows = bands(ds)
    if as_json:
        click.echo(json.dumps([row.row for row in rows], indent=2, ensure_ascii=False))
        return
    console.table(_table(rows))
    console.write(Text(_basis(rows[0]), style="dim"))
    console.write(Text(tame(SAID.say("draws", folder=out))))


def _table(rows: list[Band]) -> Table:
    from detente.findings.names import unit

    table = Table(SAID["outcome"], box=None, pad_edge=False)
    for head in ("mean", "low", "median", "high", "unit"):
        table.add_column(SAID[head], justify="left" if head == "unit" else "right")
    for row in rows:
        figures = (f"{figure:.3g}" for figure in (row.mean, row.low, row.median, row.high))
        table.add_row(Text(tame(bracketed(row.label, row.outcome))), *figures, "" if row.unit == "1" else unit(row.unit))
    return table


def _basis(row: Band) -> str:
    failed = SAID.say("failed", failed=f"{row.failed:,}") if row.failed else ""
    return SAID.say("basis", draws=f"{row.draws:,}", failed=failed)


def _workers(where: str | int | None):  # type: ignore[no-untyped-def]
    if where is None:
        return nullcontext()
    from detente.cluster import workers

    return workers(where)
