"""``detente compare``: what differs between two scenarios, and which groups of parameters account for it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click
from rich.table import Table
from rich.text import Text

from detente.cli.front import debuggable, spoken, tame
from detente.words import Phrases

if TYPE_CHECKING:
    from detente.findings.compare import Comparison

SAID = Phrases() | {"outcome": "outcome", "difference": "difference", "title": "Differences and their parts"}


@click.command()
@click.argument("first")
@click.argument("second")
@click.option("--outcome", "outcomes", multiple=True, metavar="NAME", help="An outcome that both have; repeatable.")
@click.option("--variant", metavar="NAME", help="Use a named reading of SECOND (see detente list).")
@click.option("--variant-of-first", metavar="NAME", help="Use a named reading of FIRST.")
@click.option("--draws", type=click.IntRange(0, 100_000), default=32, show_default=True, help="Draws for the bands; 0: none.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=1, show_default=True, help="Seed of draws and orders.")
@click.option("--json", "as_json", is_flag=True, help="Print a row per outcome as JSON, and nothing else, on standard output.")
@spoken
@debuggable
def compare(
    first: str,
    second: str,
    outcomes: tuple[str, ...],
    variant: str | None,
    variant_of_first: str | None,
    draws: int,
    seed: int,
    as_json: bool,
) -> None:
    """Compare two scenarios: what differs, and how much of it is due to each group of parameters.

    FIRST and SECOND are paths, or names of bundled scenarios, that call the same things by the same names. A group's part is its
    Shapley value; the parts add up to the difference.
    """
    from detente.analysis.compare import compare as compared
    from detente.cli import console
    from detente.findings.compare import Comparison, rows, story
    from detente.run import load

    before, after = load(first, variant=variant_of_first), load(second, variant=variant)
    with console.watching() as progress:
        ds = compared(before, after, outcomes, draws, seed, progress=progress)
    found = Comparison(ds)
    if as_json:
        click.echo(json.dumps(rows(found), indent=2, ensure_ascii=False))
        return
    console.write(Text(tame(" → ".join(found.titles)), style="bold"))
    for finding in story(found):
        console.write(Text(tame(finding.text), style="dim" if finding.key.startswith("basis") else ""))
    if ds.sizes["group"]:
        console.write(Text())
        console.table(_table(found))


def _table(found: Comparison) -> Table:
    """Outcomes down, the difference and the part of every group across; points where the outcome is a share, else utils."""
    groups = [str(group) for group in found.ds.group.values]
    heads = (SAID[key] for key in ("outcome", "difference"))
    table = Table(*heads, *(tame(found.group(group)) for group in groups), title=SAID["title"])
    for each in found.differences:
        parts = {part.group: part.amount for part in each.parts}
        table.add_row(tame(each.name), each.change(each.amount), *(each.short(parts[group]) for group in groups))
    return table
