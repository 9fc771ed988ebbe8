"""``detente export``: a scenario in another program's format."""

from __future__ import annotations

from pathlib import Path

import click

from detente.cli.answer import given
from detente.cli.files import written
from detente.cli.front import debuggable


@click.command()
@click.argument("scenario")
@click.option("--to", "form", type=click.Choice(["efg"]), required=True, help="Format: efg, the game tree that Gambit reads.")
@click.option("--set", "values", multiple=True, metavar="NAME=VALUE", callback=given, help="Change a parameter; repeatable.")
@click.option("--variant", metavar="NAME", help="Use a named reading of the facts (see detente list).")
@click.option("--out", type=click.Path(path_type=Path), help="Output file.  [default: standard output]")
@debuggable
def export(scenario: str, form: str, values: dict[str, float], variant: str | None, out: Path | None) -> None:
    """Write a small scenario, at its central values, as a game for another program to solve.

    SCENARIO is a path, or the name of a bundled scenario (see detente list). Exit code 2 where the game has no such form: a
    tree has one decision at a time, an end, and 50,000 nodes at most.
    """
    from detente.export import efg
    from detente.run import load

    text = {"efg": efg}[form](load(scenario, values=values, variant=variant))
    if out is None:
        click.echo(text, nl=False)
    else:
        written(out, text)
        click.echo(f"{out} written", err=True)
