"""``detente drivers``: what an outcome hangs on."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import click
from rich.table import Table
from rich.text import Text

from detente.cli.answer import given as pairs
from detente.cli.front import debuggable, spoken, tame
from detente.words import Phrases, bracketed

if TYPE_CHECKING:
    import xarray as xr

SAID = Phrases() | {
    "parameter": "parameter",
    "group": "group",
    "numbers": "numbers",
    "total": "total",
    "itself": "by itself",
    "shares": "Shares of variance (95% interval)",
    "number": "number",
    "slope": "slope per deviation",
    "elasticity": "elasticity",
    "explains": "explains",
    "given": "given the event",
    "source": "source",
    "contested": "contested",
    "most": "Numbers that matter most, by draws or by slope",
}


def finite(_: click.Context, __: click.Parameter, value: float | None) -> float | None:
    """Refuse what is not a number."""
    if value is not None and not math.isfinite(value):
        raise click.BadParameter(f"{value} is not a finite number")
    return value


@click.command()
@click.argument("scenario")
@click.option("--outcome", default="p_deal", show_default=True, metavar="NAME", help="What is driven.")
@click.option("--by", type=click.Choice(["group", "parameter"]), default="group", show_default=True, help="Whose indices.")
@click.option("--given", metavar="OUTCOME", help="Also what drives it given an event, e.g. p_deal.")
@click.option("--above", type=float, callback=finite, metavar="VALUE", help="Seek where it is above.  [default: its median]")
@click.option("--below", type=float, callback=finite, metavar="VALUE", help="Seek where it is below.  [default: its median]")
@click.option("--set", "values", multiple=True, metavar="NAME=VALUE", callback=pairs, help="Change a parameter; repeatable.")
@click.option("--variant", metavar="NAME", help="Use a named reading of the facts (see detente list).")
@click.option(
    "--draws", type=click.IntRange(16, 100_000), default=128, show_default=True, help="Rows; each is solved groups + 2 times."
)
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=1, show_default=True, help="Seed of the draws.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON, and nothing else, on standard output.")
@spoken
@debuggable
def drivers(
    scenario: str,
    outcome: str,
    by: str,
    given: str | None,
    above: float | None,
    below: float | None,
    values: dict[str, float],
    variant: str | None,
    draws: int,
    seed: int,
    as_json: bool,
) -> None:
    """Say what drives an outcome: Sobol indices, sensitivity given an event, regions of assumptions, slopes.

    SCENARIO is a path, or the name of a bundled scenario. Indices come with intervals and a verdict whether they have converged;
    a region of at most four bounds is measured on draws it was not sought in.
    """
    from detente.analysis.drivers import drivers as found
    from detente.cli import console
    from detente.findings import names
    from detente.findings.drivers import certificate, driven, groups, parameters
    from detente.run import load

    case = load(scenario, values=values, variant=variant)
    with console.watching() as progress:
        ds = found(case, outcome, draws, seed, by, given, above, below, progress)
    if as_json:
        click.echo(json.dumps(certificate(ds), indent=2, ensure_ascii=False))
        return
    console.write(Text(tame(names.title(ds)), style="bold"))
    for finding in driven(ds):
        console.write(Text(tame(finding.text), style="dim" if finding.key == "basis" else ""))
    console.write(Text())
    if groups(ds):
        console.table(_groups(ds))
    if parameters(ds):
        console.table(_parameters(ds))


def _groups(ds: xr.Dataset) -> Table:
    from detente.findings.drivers import SHOWN, groups, interval, points

    keys = ("parameter" if ds.attrs["by"] == "parameter" else "group", "numbers", "total", "itself")
    table = Table(*(SAID[key] for key in keys), title=SAID["shares"])
    for row in groups(ds)[:SHOWN]:
        total, first = (
            bracketed(points(value), interval(band)) for value, band in ((row.total, row.total_band), (row.first, row.first_band))
        )
        table.add_row(tame(row.label), str(row.members), total, first)
    return table


def _parameters(ds: xr.Dataset) -> Table:
    from detente.findings.drivers import SHOWN, amount, parameters, points
    from detente.findings.numbers import plain_number

    given = bool(ds.attrs["given"])
    keys = ["number", "slope", "elasticity", "explains", *(["given"] if given else []), "source"]
    table = Table(*(SAID[key] for key in keys), title=SAID["most"])
    for row in parameters(ds)[:SHOWN]:
        shares = [points(row.own), *([points(row.given)] if given else [])]
        elasticity = plain_number(float(f"{row.elasticity:.2g}"))
        source = bracketed(row.source_key, SAID["contested"] if row.contested else "")
        table.add_row(tame(row.label), amount(ds, row.slope), elasticity, *shares, tame(source))
    return table
