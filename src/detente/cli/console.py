"""What ``detente run`` prints: progress, the verdict, the table, and where the files are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from detente.cli.front import tame

if TYPE_CHECKING:
    import xarray as xr

    from detente.engine.size import Size
    from detente.findings import Leader, Reading

Callback = Callable[[str, int, int], None]


def _out() -> Console:
    return Console(highlight=False, markup=False, emoji=False, soft_wrap=False)


def _err() -> Console:
    return Console(stderr=True, highlight=False, markup=False, emoji=False)


def size(game: Size, draws: int) -> None:
    """Say how large the run is, before anything is allocated."""
    text = f"{game.values:,} state values in each of {game.periods} periods; about {game.bytes / 2**20:,.0f} MiB of memory"
    _err().print(f"{text}; {draws} draws" if draws else text, style="dim", soft_wrap=True)


@contextmanager
def watching() -> Iterator[Callback]:
    """Show a bar per stage on a terminal, a line per stage elsewhere."""
    console = _err()
    if not console.is_terminal:
        yield lambda stage, done, total: console.print(f"{stage}: {total} done") if done >= total else None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    tasks: dict[str, TaskID] = {}
    with Progress(*columns, console=console, transient=True) as bars:

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield show


def answer(ds: xr.Dataset, draws: xr.Dataset | None) -> None:
    """Print the verdict and the table of leading packages."""
    from detente.findings import Reading, leaders, phrases, verdict
    from detente.findings.verdict import band

    reading, console = Reading(ds, draws), _out()
    console.print()
    console.print(Text(tame(str(ds.attrs.get("title", ""))), style="bold"))
    for finding in verdict(reading):
        console.print()
        console.print(Text(phrases.say(f"ask.{finding.key}"), style="bold"))
        console.print(Text(tame(finding.text)))
    console.print()
    console.print(Text(band(reading), style="dim"))
    console.print()
    console.print(table(reading, leaders(reading, 6)))


def table(reading: Reading, rows: list[Leader]) -> Table:
    """The leading packages, as a table that fits the terminal."""
    from detente.findings.numbers import chance, percent, utils

    made = Table(
        title="What is on the table", title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 2, 1, 0)
    )
    made.add_column("signed", no_wrap=True)
    for player in reading.principals:
        made.add_column(Text(tame(f"gain to {reading.player(player)}")), justify="right", max_width=8, overflow="fold")
    made.add_column("frontier")
    made.add_column("package; who must consent, and would today", ratio=1, overflow="fold")
    for row in rows:
        roles = f" [{', '.join(row.roles)}]" if row.roles else ""
        consent = ", ".join(f"{reading.player(who)} {percent(p)}" for who, p in row.accepts.items())
        words = Text.assemble((tame(row.words + roles), ""), "\n", (tame(consent), "dim"))
        made.add_row(chance(row.probability), *map(utils, row.gains.values()), "yes" if row.frontier else "no", words)
    return made


def files(folder: Path, err: bool = False) -> None:
    """Say where the files are, the report first."""
    console = _err() if err else _out()
    console.print()
    for path in sorted(folder.iterdir(), key=lambda path: (path.suffix != ".html", path.name)):
        console.print(Text(tame(str(path))), soft_wrap=True)
