"""``detente goal-seek``: what would have to be true for an outcome to have a given value."""

from __future__ import annotations

import json
import math

import click
from rich.table import Table
from rich.text import Text

from detente.cli.answer import given
from detente.cli.front import debuggable, spoken, tame
from detente.words import Phrases

SAID = Phrases() | {
    "number": "number",
    "central": "central",
    "found": "found",
    "unit": "unit",
    "deviations": "deviations",
    "title": "What moves most",
}


def finite(_: click.Context, __: click.Parameter, value: float) -> float:
    """Refuse what is not a number."""
    if not math.isfinite(value):
        raise click.BadParameter(f"{value} is not a finite number")
    return value


@click.command("goal-seek")
@click.argument("scenario")
@click.option("--outcome", default="p_deal", show_default=True, metavar="NAME", help="What shall have the value.")
@click.option("--to", "target", type=float, required=True, callback=finite, metavar="VALUE", help="The value, in its unit.")
@click.option("--as", "player", metavar="PLAYER", help="Move only the levers of a player (controlled_by).")
@click.option("--set", "values", multiple=True, metavar="NAME=VALUE", callback=given, help="Change a parameter; repeatable.")
@click.option("--variant", metavar="NAME", help="Use a named reading of the facts (see detente list).")
@click.option("--json", "as_json", is_flag=True, help="Print the point as JSON, and nothing else, on standard output.")
@spoken
@debuggable
def goal_seek(
    scenario: str,
    outcome: str,
    target: float,
    player: str | None,
    values: dict[str, float],
    variant: str | None,
    as_json: bool,
) -> None:
    """Find what would have to be true: the smallest joint change at which an outcome reaches a value.

    SCENARIO is a path, or the name of a bundled scenario. A change is measured in standard deviations of the stated ranges, and
    stays within them; with --as only the levers of one player move. Says so when the value is not reached, and how far one gets.
    """
    from detente.analysis.goal import goal_seek as sought
    from detente.cli import console
    from detente.findings import names
    from detente.findings.goal import certificate, named, story
    from detente.findings.numbers import short, utils
    from detente.run import load

    case = load(scenario, values=values, variant=variant)
    with console.watching() as progress:
        ds = sought(case, outcome, target, player, progress)
    if as_json:
        click.echo(json.dumps(certificate(ds), indent=2, ensure_ascii=False))
        return
    console.write(Text(tame(names.title(ds)), style="bold"))
    for finding in story(ds):
        if finding.key != "changes":
            console.write(Text(tame(finding.text), style="dim" if finding.key == "basis" else ""))
    if not (rows := named(ds)):
        return
    table = Table(*(SAID[key] for key in ("number", "central", "found", "unit", "deviations")), title=SAID["title"])
    for row in rows:
        table.add_row(tame(row.label), short(row.before), short(row.after), tame(names.unit(row.unit)), utils(row.deviations))
    console.table(table)
