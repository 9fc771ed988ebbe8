"""The job behind the view of what to find out first."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from detente.web.answers import values_of
from detente.web.jobs import Reply, Request, as_json, job
from detente.web.long import task

if TYPE_CHECKING:
    from detente.web.shelf import Shelf


@job("find-out")
def ranked(shelf: Shelf, request: Request) -> Reply:
    """Work out the list; solving its draws takes a while."""
    from detente.analysis.findout import find_out as found
    from detente.findings import Reading
    from detente.findings import findout as said
    from detente.run import Case
    from detente.spec.read import with_values

    scenario = shelf.scenario(request)
    case = Case(with_values(scenario, values_of(scenario, request)), request.get("variant"))
    player = request["player"] or next(iter(scenario.proposers), next(iter(scenario.players)))
    with task(request["task"]) as tell:
        reading = Reading(found(case, player, request["on"] or None, request["draws"], progress=tell))
    rows = said.targets(reading)
    return as_json(
        {
            "title": reading.title,
            "player": player,
            "told": [{"key": finding.key, "text": finding.text} for finding in said.told(reading)],
            "heads": [said.HEADS[key] for key in said.COLUMNS["parameter"]],
            "rows": [_row(reading, row, said) for row in rows],
        }
    )


def _row(reading: Any, row: Any, said: Any) -> dict[str, Any]:
    cells = said.cells(reading, row, "parameter")
    worth = row.worth if math.isfinite(row.worth) else None
    return {"name": row.name, "cells": list(cells), "worth": worth, "clear": bool(row.clear)}
