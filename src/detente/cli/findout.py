"""``detente find-out``: what to find out first, for a decision of a player."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click
from rich.table import Table
from rich.text import Text

from detente.cli.answer import given
from detente.cli.front import debuggable, spoken, tame

if TYPE_CHECKING:
    from detente.findings import Reading
    from detente.findings.findout import Target


@click.command("find-out")
@click.argument("scenario")
@click.option("--as", "player", required=True, metavar="PLAYER", help="Whose decision it is.")
@click.option("--on", metavar="DATE", help="A later date (2026-06) or round, nothing signed before.  [default: the start]")
@click.option("--decision", type=click.Choice(["offer", "accept"]), help="Which decision.  [default: offer, for who can]")
@click.option("--by", type=click.Choice(["parameter", "group"]), default="parameter", show_default=True, help="What is ranked.")
@click.option(
    "--own", type=click.Choice(["held", "drawn"]), default="held", show_default=True, help="What the player knows: held or drawn."
)
@click.option("--set", "values", multiple=True, metavar="NAME=VALUE", callback=given, help="Change a parameter; repeatable.")
@click.option("--variant", metavar="NAME", help="Use a named reading of the facts (see detente list).")
@click.option("--draws", type=click.IntRange(64, 100_000), default=256, show_default=True, help="Draws of the uncertain numbers.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=1, show_default=True, help="Seed of the draws.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON, and nothing else, on standard output.")
@spoken
@debuggable
def find_out(
    scenario: str,
    player: str,
    on: str | None,
    decision: str | None,
    by: str,
    own: str,
    values: dict[str, float],
    variant: str | None,
    draws: int,
    seed: int,
    as_json: bool,
) -> None:
    """Rank what a player had best find out before it makes an offer, or answers one.

    SCENARIO is a path, or the name of a bundled scenario. What knowing a number is worth comes in utils, with its error, how
    often it would change the choice, and how well the number is known. What the player knows or decides is no question.
    """
    from detente.analysis.findout import find_out as found
    from detente.cli import console
    from detente.findings import Reading
    from detente.findings.findout import certificate, groups, targets, told
    from detente.run import load

    case = load(scenario, values=values, variant=variant)
    with console.watching() as progress:
        ds = found(case, player, on, draws, seed, decision, own, by, progress)
    reading = Reading(ds)
    if as_json:
        click.echo(json.dumps(certificate(reading), indent=2, ensure_ascii=False))
        return
    console.write(Text(tame(reading.title), style="bold"))
    for finding in told(reading):
        console.write(Text(tame(finding.text), style="dim" if finding.key == "basis" else ""))
    console.write(Text())
    console.table(_table(reading, targets(reading), "parameter"))
    console.table(_table(reading, groups(reading), "group"))


def _table(reading: Reading, rows: list[Target], by: str) -> Table:
    from detente.findings.findout import COLUMNS, HEADS, SHOWN, cells

    table = Table(*(HEADS[key] for key in COLUMNS[by]))
    for row in rows[:SHOWN]:
        table.add_row(*(tame(cell) for cell in cells(reading, row, by)))
    return table
