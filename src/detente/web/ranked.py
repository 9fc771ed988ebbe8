"""The job behind the view of what to find out first."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from detente.spec.identity import fingerprint
from detente.spec.read import with_values
from detente.spec.scenario import Scenario
from detente.web.answers import values_of
from detente.web.jobs import Reply, Request, job
from detente.web.long import Tell, once

if TYPE_CHECKING:
    from detente.web.shelf import Shelf


@job("find-out")
def ranked(shelf: Shelf, request: Request) -> Reply:
    """Work out the list; solving its draws takes a while, and what came of it is kept on disk."""
    scenario = shelf.scenario(request)
    changed = with_values(scenario, values_of(scenario, request))
    player = request["player"] or next(iter(scenario.proposers), next(iter(scenario.players)))
    basis = (fingerprint(changed), request.get("variant"), player, request["on"], request["draws"])
    return once(request, basis, lambda tell: _found(changed, player, request, tell))


def _found(scenario: Scenario, player: str, request: Request, tell: Tell) -> dict[str, Any]:
    from detente.analysis.findout import find_out as found
    from detente.findings import Reading
    from detente.findings import findout as said
    from detente.run import Case

    case = Case(scenario, request.get("variant"))
    reading = Reading(found(case, player, request["on"] or None, request["draws"], progress=tell))
    return {
        "title": reading.title,
        "player": player,
        "told": [{"key": finding.key, "text": finding.text} for finding in said.untabled(reading)],
        "heads": [said.HEADS[key] for key in said.COLUMNS["parameter"]],
        "rows": [_row(reading, row, said) for row in said.targets(reading)],
    }


def _row(reading: Any, row: Any, said: Any) -> dict[str, Any]:
    *cells, to = said.cells(reading, row, "parameter")
    worth = row.worth if math.isfinite(row.worth) else None
    return {"name": row.name, "cells": [*cells, to + said.where(row) if to else ""], "worth": worth, "clear": bool(row.clear)}
