"""Jobs that give files: the report of a view, the changed scenario, what is shown as a table."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from detente.spec.read import with_values
from detente.spec.write import written
from detente.web.answers import read, values_of
from detente.web.jobs import Reply, Request, job
from detente.words import language

if TYPE_CHECKING:
    from detente.web.shelf import Shelf

COLUMNS = ("picture", "name", "at", "value")


def named(request: Request, ending: str) -> str:
    """Return a file's name after the scenario's, safe in any folder."""
    stem = re.sub(r"[^\w.-]+", "-", str(request.get("scenario") or "scenario"))[:60].strip("-.") or "scenario"
    return f"{stem}{'-changed' if request['values'] or request.get('variant') else ''}{ending}"


@job("report")
def report(shelf: Shelf, request: Request) -> Reply:
    """The report of a view, as `detente run` writes it."""
    from detente import report as reports
    from detente.run import Case

    scenario = shelf.scenario(request)
    case = Case(with_values(scenario, values_of(scenario, request)), request.get("variant"))
    answer = case.solve(draws=int(request["draws"]))
    html = reports.render(answer.dataset, answer.draws, language())
    return Reply(html.encode(), "text/html; charset=utf-8", name=named(request, ".html"))


@job("yaml")
def yaml(shelf: Shelf, request: Request) -> Reply:
    """The scenario with the view's numbers, to run or to change further."""
    values = values_of(shelf.scenario(request), request)
    text = written(shelf.written(request), values) if values else shelf.written(request)
    return Reply(text.encode(), "application/yaml; charset=utf-8", name=named(request, ".yaml"))


@job("csv")
def table(shelf: Shelf, request: Request) -> Reply:
    """Every number of the pictures, a row each."""
    from detente.findings import live

    _, reading = read(shelf, request)
    stream = io.StringIO()
    out = csv.writer(stream, lineterminator="\r\n")
    out.writerow(COLUMNS)
    for tile in live.tiles(reading):
        out.writerow(("figure", _cell(tile.words), "", tile.value))
    for picture, rows in live.pictures(reading).items():
        for row in rows:
            for name, at, value in _numbers(row):
                out.writerow((picture, _cell(name), _cell(at), value))
    return Reply(("\ufeff" + stream.getvalue()).encode(), "text/csv; charset=utf-8", name=named(request, ".csv"))


def _numbers(row: Mapping[str, Any]) -> list[tuple[str, str, float]]:
    """Return the numbers of a row of a picture: a package has three, anything else one."""
    if "package" in row:
        return [(row["package"], key, row[key]) for key in ("x", "y", "p")]
    return [(row.get("name", ""), row.get("at", ""), row["v"])]


def _cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text
