"""What ``detente run`` prints: progress, the verdict, the table, and where the files are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from detente.cli.front import tame

if TYPE_CHECKING:
    import xarray as xr

    from detente.engine.size import Size
    from detente.findings import Leader, Reading

Callback = Callable[[str, int, int], None]
REPORT = "report.html"
WIDE, WIDEST = 80, 110
"""Columns that prose, and lists, use at most."""
SURE = 0.9
"""Consent likelier than this is not told apart."""
SHOWN = 3
"""Leading packages printed; the report has more."""


def _out() -> Console:
    return Console(highlight=False, markup=False, emoji=False, soft_wrap=False)


def _err() -> Console:
    return Console(stderr=True, highlight=False, markup=False, emoji=False)


def size(game: Size, draws: int) -> None:
    """Say how large the run is, before anything is allocated."""
    text = f"{game.values:,} state values in each of {game.periods} periods; about {game.bytes / 2**20:,.0f} MiB of memory"
    _err().print(f"{text}; {draws} draws" if draws else text, style="dim", soft_wrap=True)


class Rate(ProgressColumn):
    """How many are done per second."""

    def render(self, task: Task) -> Text:
        """Return the rate, once it is known."""
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:.3g}/s")


@contextmanager
def watching() -> Iterator[Callback]:
    """Show a bar per stage on a terminal, a line per stage elsewhere."""
    console = _err()
    if not console.is_terminal:
        yield lambda stage, done, total: console.print(f"{stage}: {total} done") if done >= total else None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn())
    tasks: dict[str, TaskID] = {}
    with Progress(*columns, console=console, transient=True) as bars:

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield show


def answer(ds: xr.Dataset, draws: xr.Dataset | None) -> None:
    """Print the verdict and the leading packages."""
    from detente.findings import Reading, leaders, numbers, phrases, verdict
    from detente.findings.bands import brackets

    reading = Reading(ds, draws)
    write(Text(tame(str(ds.attrs.get("title", ""))), style="bold"))
    for finding in verdict(reading):
        question = (phrases.say(f"ask.{finding.key}"), "bold")
        write(Text.assemble(question, " ", tame(finding.text)))
    write(Text(f"{brackets(reading)} {phrases.say('util')}", style="dim"))
    write(Text())
    write(Text(phrases.say("packages", packages=numbers.counted(len(reading.packages), "package")), style="bold"))
    for row in leaders(reading, SHOWN):
        package(reading, row)


def write(text: Text, widest: int = WIDE, indent: int = 0) -> None:
    """Print a text on lines of a readable length, without blanks at their ends."""
    console = _out()
    for line in text.wrap(console, min(console.width, widest) - indent):
        line.rstrip()
        line.pad_left(indent)
        console.print(line)


def table(rows: Table) -> None:
    """Print a table as wide as lists may be."""
    console = _out()
    console.print(rows, width=min(console.width, WIDEST))


def package(reading: Reading, row: Leader) -> None:
    """Print a package on three lines: its probability and gains, its terms, who would accept it."""
    from detente.findings.numbers import chance, utils
    from detente.findings.terms import brief

    gains = ", ".join(f"{reading.player(player)} {utils(gain)}" for player, gain in row.gains.items())
    known = ", ".join([*row.roles, *(["frontier"] if row.frontier else [])])
    head = f"signed {chance(row.probability)}; gains: {gains}" + (f" [{known}]" if known else "")
    write(Text(tame(head), style="bold"), WIDEST)
    write(Text(tame(brief(reading, row.name))), WIDEST, 2)
    write(Text(tame(consent(reading, row.accepts)), style="dim"), WIDEST, 2)


def consent(reading: Reading, accepts: dict[str, float]) -> str:
    """Who must consent and would today, those all but sure to together."""
    from detente.findings.numbers import percent
    from detente.findings.phrases import say

    named = [f"{reading.player(who)} {percent(p)}" for i, (who, p) in enumerate(accepts.items()) if i == 0 or p <= SURE]
    rest = [say("today.rest", limit=percent(SURE))] if len(named) < len(accepts) else []
    return say("today", consent=", ".join([*named, *rest]))


def files(folder: Path, err: bool = False) -> None:
    """Say where the files are: the report by its path, the others by their names."""
    console = _err() if err else _out()
    names = sorted(path.name for path in folder.iterdir() if path.is_file())
    console.print()
    if REPORT in names:
        console.print(Text(tame(str(folder / REPORT))), soft_wrap=True)
    others = ", ".join(name for name in names if name != REPORT)
    console.print(Text(tame(f"in the same folder: {others}")))
