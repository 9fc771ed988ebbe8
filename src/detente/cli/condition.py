"""``detente condition``: what has been seen says, prior against posterior."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click
from rich.table import Table
from rich.text import Text

from detente.cli.answer import given
from detente.cli.front import debuggable, spoken, tame
from detente.words import Phrases

if TYPE_CHECKING:
    import xarray as xr

SAID = Phrases() | {
    "on": "on",
    "what": "what was seen",
    "probability": "probability",
    "tells": "tells [nats]",
    "facts": "In the order in which it was known",
    "words": "words",
    "parameter": "parameter",
    "before": "before: median (5% to 95%)",
    "after": "after",
    "move": "move [sd]",
    "moved": "Parameters that move most",
}


@click.command()
@click.argument("scenario")
@click.option("--outcome", "outcomes", multiple=True, metavar="NAME", help="What to report; repeatable.  [default: p_deal]")
@click.option("--set", "values", multiple=True, metavar="NAME=VALUE", callback=given, help="Change a parameter; repeatable.")
@click.option("--variant", metavar="NAME", help="Use a named reading of the facts (see detente list).")
@click.option("--draws", type=click.IntRange(2, 100_000), default=256, show_default=True, help="Draws to weigh.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=1, show_default=True, help="Seed of the draws.")
@click.option("--nuts", is_flag=True, help="Sample the posterior (small scenarios) instead of weighing draws.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON, and nothing else, on standard output.")
@spoken
@debuggable
def condition(
    scenario: str,
    outcomes: tuple[str, ...],
    values: dict[str, float],
    variant: str | None,
    draws: int,
    seed: int,
    nuts: bool,
    as_json: bool,
) -> None:
    """Condition a scenario on its observations: parameters and outcomes before and after, what each observation adds.

    SCENARIO is a path, or the name of a bundled scenario with observations.
    """
    from detente.analysis.condition import condition as conditioned_on
    from detente.cli import console
    from detente.findings import names
    from detente.findings.condition import certificate, conditioned, moved
    from detente.run import load

    case = load(scenario, values=values, variant=variant)
    with console.watching() as progress:
        ds = conditioned_on(case, outcomes or ("p_deal",), draws=draws, seed=seed, progress=progress, nuts=nuts)
    if as_json:
        click.echo(json.dumps(certificate(ds), indent=2, ensure_ascii=False))
        return
    console.write(Text(tame(names.title(ds)), style="bold"))
    for finding in conditioned(ds):
        console.write(Text(tame(finding.text), style="dim" if finding.key == "basis" else ""))
    console.write(Text())
    console.table(_facts(ds))
    if moved(ds):
        console.table(_parameters(ds))


def _facts(ds: xr.Dataset) -> Table:
    from detente.findings.condition import fact

    table = Table(*(SAID[key] for key in ("on", "what", "probability", "tells")), title=SAID["facts"])
    for i in range(ds.sizes["observation"]):
        chance = SAID["words"] if ds.words_only.values[i] else f"{ds.predictive.values[i]:.3g}"
        table.add_row(ds.fact_on.values[i], tame(fact(ds, i)), chance, f"{ds.information.values[i]:.3f}")
    return table


def _parameters(ds: xr.Dataset) -> Table:
    from detente.findings.condition import SHOWN, band, moved
    from detente.findings.numbers import utils

    table = Table(*(SAID[key] for key in ("parameter", "before", "after", "move")), title=SAID["moved"])
    for name in moved(ds)[:SHOWN]:
        move = utils(float(ds["shift"].sel(parameter=name)))
        table.add_row(tame(name), band(ds, name, "prior"), band(ds, name, "posterior"), move)
    return table
