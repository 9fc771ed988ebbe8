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
from detente.words import Phrases, breaks, commas, labelled, language, sentences, speaking

if TYPE_CHECKING:
    import xarray as xr

    from detente.engine.size import Size
    from detente.findings import Leader, Reading
    from detente.run import Case

SAID = Phrases() | {
    "package": "signed {chance}; gains: {gains}",
    "known": "{package} [{known}]",
    "files": "in the same folder: {files}",
    "done": "{stage}: {total} done",
    "size": "{values} state values in each of {periods} periods; about {memory} MiB of memory",
    "size.draws": "{size}; {draws} draws",
    "work": "about {solves} solves on a coarser calendar and grid ({parts}), and a search along gradients",
    "work.part": "{part} {solves}",
}
STAGES = Phrases(context="stage") | {
    "evidence": "evidence",
    "solve": "solve",
    "menu": "menu",
    "draws": "draws",
    "report": "report",
    "search": "search",
    "solves": "solves",
    "bands": "bands",
    "drivers": "drivers",
    "findout": "find-out",
    "advise": "advice",
    "goal": "goal-seek",
    "condition": "evidence",
    "compare": "comparison",
}
"""What a run does, one after another."""
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
    memory = f"{game.bytes / 2**20:,.0f}"
    text = SAID.say("size", values=f"{game.values:,}", periods=game.periods, memory=memory)
    _err().print(SAID.say("size.draws", size=text, draws=draws) if draws else text, style="dim", soft_wrap=True)


def work(case: Case, draws: int, against: str | None) -> None:
    """Say how much there is to solve for a full report."""
    from detente.analysis.full import work as counted

    parts = counted(case, draws, against)
    said = commas(SAID.say("work.part", part=_stage(name), solves=f"{count:,}") for name, count in parts.items())
    _err().print(SAID.say("work", solves=f"{sum(parts.values()):,}", parts=said), style="dim", soft_wrap=True)


class Rate(ProgressColumn):
    """How many are done per second."""

    def render(self, task: Task) -> Text:
        """Return the rate, once it is known."""
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:.3g}/s")


@contextmanager
def watching() -> Iterator[Callback]:
    """Show a bar per stage on a terminal, a line per stage elsewhere."""
    console, code = _err(), language()  # stages are told from other threads, which do not know the language
    if not console.is_terminal:
        yield lambda stage, done, total: console.print(_done(stage, total, code)) if done >= total else None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn())
    tasks: dict[str, TaskID] = {}
    with Progress(*columns, console=console, transient=True) as bars:

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                with speaking(code):
                    tasks[stage] = bars.add_task(_stage(stage), total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield show


def _stage(stage: str) -> str:
    """A stage in words; where it belongs to a further analysis (``advise-us: draws``), that first."""
    whose, _, what = stage.rpartition(": ")
    said = STAGES.get(what, what)
    if not whose:
        return said
    kind, _, who = whose.partition("-")
    return labelled(" ".join(part for part in (STAGES.get(kind, kind), who) if part), said)


def _done(stage: str, total: int, code: str) -> str:
    with speaking(code):
        return SAID.say("done", stage=_stage(stage), total=total)


def answer(ds: xr.Dataset, draws: xr.Dataset | None) -> None:
    """Print the verdict and the leading packages."""
    from detente.findings import Reading, leaders, numbers, phrases, verdict
    from detente.findings.bands import brackets

    reading = Reading(ds, draws)
    write(Text(tame(reading.title), style="bold"))
    for finding in verdict(reading):
        question = (phrases.say(f"ask.{finding.key}"), "bold")
        write(Text.assemble(question, " ", tame(finding.text)))
    write(Text(sentences(brackets(reading), phrases.say("util")), style="dim"))
    write(Text())
    write(Text(phrases.say("packages", packages=numbers.counted(len(reading.packages), "package")), style="bold"))
    for row in leaders(reading, SHOWN):
        package(reading, row)


def write(text: Text, widest: int = WIDE, indent: int = 0) -> None:
    """Print a text on lines of a readable length, without blanks at their ends."""
    console = _out()
    for line in lines(text, console, min(console.width, widest) - indent):
        line.rstrip()
        line.pad_left(indent)
        console.print(line)


def lines(text: Text, console: Console, width: int) -> list[Text]:
    """Break a text between words, and between characters of scripts that put no blanks between words."""
    if language() == "en":
        return list(text.wrap(console, width))
    return list(text.divide(breaks(text.plain, width)))


def table(rows: Table) -> None:
    """Print a table as wide as lists may be."""
    console = _out()
    console.print(rows, width=min(console.width, WIDEST))


def package(reading: Reading, row: Leader) -> None:
    """Print a package on three lines: its probability and gains, its terms, who would accept it."""
    from detente.findings.numbers import chance, utils
    from detente.findings.phrases import say
    from detente.findings.tables import CONCEPTS
    from detente.findings.terms import brief

    gains = commas(say("term.utils", term=reading.player(player), utils=utils(gain)) for player, gain in row.gains.items())
    known = commas([*row.roles, *([CONCEPTS["frontier"]] if row.frontier else [])])
    head = SAID.say("package", chance=chance(row.probability), gains=gains)
    head = SAID.say("known", package=head, known=known) if known else head
    write(Text(tame(head), style="bold"), WIDEST)
    write(Text(tame(brief(reading, row.name))), WIDEST, 2)
    write(Text(tame(consent(reading, row.accepts)), style="dim"), WIDEST, 2)


def consent(reading: Reading, accepts: dict[str, float]) -> str:
    """Who must consent and would today, those all but sure to together."""
    from detente.findings.numbers import percent
    from detente.findings.phrases import say

    told = [(who, p) for i, (who, p) in enumerate(accepts.items()) if i == 0 or p <= SURE]
    named = [say("who.p", who=reading.player(who), p=percent(p)) for who, p in told]
    rest = [say("today.rest", limit=percent(SURE))] if len(named) < len(accepts) else []
    return say("today", consent=commas([*named, *rest]))


def files(folder: Path, err: bool = False) -> None:
    """Say where the files are: the report by its path, the others by their names."""
    console = _err() if err else _out()
    names = sorted(path.name for path in folder.iterdir() if path.is_file())
    console.print()
    if REPORT in names:
        console.print(Text(tame(str(folder / REPORT))), soft_wrap=True)
    others = ", ".join(name for name in names if name != REPORT)
    console.print(Text(tame(SAID.say("files", files=others))))
