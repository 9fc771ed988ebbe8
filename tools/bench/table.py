"""Rows as a table, for a terminal and for docs/bench.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.measure import Row

BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"
HEADS = ("work", "beside", "ratio", "least to greatest", "before", "ours", "goal", "note")
Earlier = Mapping[str, float]
"""Ratios of the last run on the same processor, by :func:`key`."""


def key(row: Row) -> str:
    """Return what a row is known by from one run to the next."""
    return f"{row.group}: {row.work} | {row.beside}"


def cells(row: Row, earlier: Earlier) -> tuple[str, ...]:
    """Return a row's cells."""
    ratio = "not measured" if row.ratio is None else f"{number(row.ratio)} {row.meaning}"
    spread = "" if row.low is None or row.high is None else f"{number(row.low)} to {number(row.high)}"
    before = number(earlier[key(row)]) if key(row) in earlier else ""
    return row.work, row.beside, ratio, spread, before, seconds(row.ours), goal(row), row.note


def number(value: float) -> str:
    """Return a number in three figures."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def seconds(value: float | None) -> str:
    """Return a time in a unit that suits it."""
    if value is None:
        return ""
    for scale, unit in ((1.0, "s"), (1e-3, "ms")):
        if value >= scale:
            return f"{value / scale:.3g} {unit}"
    return f"{value / 1e-6:.3g} µs"


def goal(row: Row) -> str:
    """Say whether the goal is met."""
    if row.goal is None:
        return ""
    words = {True: "met", False: "missed", None: "open"}[row.met]
    return f"{'at least' if row.meaning == 'times as fast' else 'at most'} {number(row.goal)}: {words}"


def grouped(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Return rows by group, in order."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.group, []).append(row)
    return found


def show(rows: Sequence[Row], earlier: Earlier, console: Console) -> None:
    """Print rows."""
    for group, members in grouped(rows).items():
        table = Table(*HEADS, title=group, title_justify="left", show_lines=True)
        for row in members:
            table.add_row(*cells(row, earlier))
        console.print(table)


def markdown(rows: Sequence[Row], earlier: Earlier, heading: str) -> str:
    """Write rows for a page."""
    parts = [heading]
    for group, members in grouped(rows).items():
        lines = [f"### {TITLES.get(group, group)}", "", f"| {' | '.join(HEADS)} |", "|" + " --- |" * len(HEADS)]
        lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in cells(row, earlier)) + " |" for row in members]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


TITLES = {
    "limit": "Against the limit",
    "neighbour": "Against neighbours",
    "growth": "Growth",
    "ensemble": "Ensembles and gradients",
    "start-up": "Start-up",
}


def insert(page: Path, text: str) -> None:
    """Replace what stands between the marks of a page."""
    before, rest = page.read_text(encoding="utf-8").split(BEGIN)
    page.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.split(END)[1]}", encoding="utf-8")
