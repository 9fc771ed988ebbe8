"""The view of what to find out first: a ranked list of numbers, by what knowing each would be worth to a player."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from detente.web import pages
from detente.web.desk import SLOW
from detente.web.explore import PROBLEMS, Asked, Client, Stop, TaskName, desk, sent

router = APIRouter()
DRAWS = ((256, "256"), (1024, "1,024"))
"""How many draws the page offers; the least and the most are for whoever asks without it."""


class StopList(Stop):
    """Which list to stop."""

    scenario: str = Field("", max_length=100)


@router.get("/find-out", include_in_schema=False)
async def page(request: Request, asked: Asked) -> Response:
    """The page."""
    served = {"scenarios": list(desk(request).sources), "first": desk(request).first}
    return pages.page(request, "findout.html.j2", asked.language, served=served, draws=DRAWS)


@router.get("/api/find-out", responses=PROBLEMS, tags=["find out"])
async def find_out(
    request: Request,
    asked: Asked,
    player: Annotated[
        str, Query(max_length=100, description="Whose decision it is; the first who can make offers when left out.")
    ] = "",
    on: Annotated[str, Query(max_length=20, description="A later date (2026-06) or round, nothing signed before.")] = "",
    draws: Annotated[int, Query(ge=64, le=DRAWS[-1][0], description="Draws of the uncertain numbers.")] = DRAWS[0][0],
    task: TaskName = "",
    client: Client = "",
) -> Response:
    """What a player had best find out first: every number with its worth, the one worth most first."""
    wanted = {**asked.job(), "player": player, "on": on, "draws": draws, "task": task}
    return sent(request, await desk(request).ask(client, SLOW, "find-out", wanted))


@router.get("/api/find-out/progress", responses=PROBLEMS, tags=["find out"])
async def progress(request: Request, asked: Asked, task: TaskName, client: Client = "") -> Response:
    """How many of the draws have been solved."""
    return sent(request, await desk(request).ask(client, "progress", "progress", {**asked.job(), "task": task}))


@router.post("/api/find-out/stop", responses=PROBLEMS, tags=["find out"])
async def stop(request: Request, what: StopList, client: Client = "") -> Response:
    """Stop working out a list."""
    told = {"task": what.task} | ({"scenario": what.scenario} if what.scenario else {})
    return sent(request, await desk(request).ask(client, "stop", "stop", told))
