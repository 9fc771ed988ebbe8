"""``detente advise``: what to offer, or what to accept, now or on a later date."""

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

SHOWN = 8
"""Offers printed; --json has all."""


@click.command()
@click.argument("scenario")
@click.option("--as", "player", required=True, metavar="PLAYER", help="Whom to advise.")
@click.option("--on", metavar="DATE", help="A later date (2026-06) or round, nothing signed before.  [default: the start]")
@click.option("--set", "values", multiple=True, metavar="NAME=VALUE", callback=given, help="Change a parameter; repeatable.")
@click.option("--variant", metavar="NAME", help="Use a named reading of the facts (see detente list).")
@click.option("--draws", type=click.IntRange(0, 100_000), default=32, show_default=True, help="Draws for regret; 0: none.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=1, show_default=True, help="Seed of the draws.")
@click.option("--within", type=click.FloatRange(0), default=0.05, show_default=True, help="Utils that count as close to best.")
@click.option("--json", "as_json", is_flag=True, help="Print every package as JSON, and nothing else, on standard output.")
@spoken
@debuggable
def advise(
    scenario: str,
    player: str,
    on: str | None,
    values: dict[str, float],
    variant: str | None,
    draws: int,
    seed: int,
    within: float,
    as_json: bool,
) -> None:
    """Advise a player: what to offer, how robust that is, what a step to either side does, what waiting costs.

    SCENARIO is a path, or the name of a bundled scenario. For a player who cannot propose the advice is what to accept.
    """
    from detente.analysis.advise import advise as advised
    from detente.cli import console
    from detente.findings import Reading
    from detente.findings.advise import advice, certificate
    from detente.run import load

    case = load(scenario, values=values, variant=variant)
    with console.watching() as progress:
        ds = advised(case, player, on, draws, seed, within, progress)
    reading = Reading(ds)
    if as_json:
        click.echo(json.dumps(certificate(reading), indent=2, ensure_ascii=False))
        return
    console.write(Text(tame(reading.title), style="bold"))
    for finding in advice(reading):
        console.write(Text(tame(finding.text), style="dim" if finding.key == "basis" else ""))
    console.write(Text())
    _offers(reading)
    if table := _steps(reading):
        console.table(table)


def _offers(reading: Reading) -> None:
    """Print the offers worth most: the figures of each, and below them its terms, after the first only where they differ."""
    from detente.cli import console
    from detente.findings.advise import OFFERS, figures, proposes, ranked, unlike

    order = ranked(reading)[:SHOWN]
    console.write(Text(OFFERS.say(proposes(reading)), style="bold"))
    for name in order:
        console.write(Text(tame(figures(reading, name)), style="bold"), console.WIDEST)
        console.write(Text(tame(unlike(reading, name, order[0]))), console.WIDEST, 2)


def _steps(reading: Reading) -> Table | None:
    from detente.findings.advise import ROWS, proposes, ranked, steps
    from detente.findings.numbers import utils

    best = ranked(reading)[0]
    found = steps(reading, best) if proposes(reading) else []
    if not found:
        return None
    table = Table(*(ROWS[key] for key in ("step", "acceptance", "own", "expected")), title=ROWS["steps"])
    for step in found:
        accept = ROWS.say("points", amount=utils(100 * step.accept, 0))
        table.add_row(tame(step.change), accept, utils(step.gain), utils(step.expected))
    return table
