"""The view of what to find out first: a ranked list of numbers, by what knowing each would be worth to a player."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from fastapi import APIRouter, Query, Response
from fastapi import Request as Asking

from detente.web import pages
from detente.web.answers import values_of
from detente.web.desk import SLOW
from detente.web.explore import PROBLEMS, Asked, Client, desk, sent
from detente.web.jobs import Reply, Request, as_json, job

if TYPE_CHECKING:
    from detente.web.shelf import Shelf

router = APIRouter()


@router.get("/find-out", include_in_schema=False)
async def page(request: Asking, asked: Asked) -> Response:
    """The page."""
    served = {"scenarios": list(desk(request).sources), "first": desk(request).first}
    return pages.page(request, "findout.html.j2", asked.language, served=served)


@router.get("/api/find-out", responses=PROBLEMS, tags=["find out"])
async def find_out(
    request: Asking,
    asked: Asked,
    player: Annotated[
        str, Query(max_length=100, description="Whose decision it is; the first who can make offers when left out.")
    ] = "",
    on: Annotated[str, Query(max_length=20, description="A later date (2026-06) or round, nothing signed before.")] = "",
    draws: Annotated[int, Query(ge=64, le=1024, description="Draws of the uncertain numbers.")] = 256,
    client: Client = "",
) -> Response:
    """What a player had best find out first: every number with its worth, the one worth most first."""
    wanted = {**asked.job(), "player": player, "on": on, "draws": draws}
    return sent(request, await desk(request).ask(client, SLOW, "find-out", wanted))


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
    reading = Reading(found(case, player, request["on"] or None, request["draws"]))
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
    worth = row.worth if np.isfinite(row.worth) else None
    return {"name": row.name, "cells": list(cells), "worth": worth, "clear": bool(row.clear)}
