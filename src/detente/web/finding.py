"""The view of what to find out first: a ranked list of numbers, by what knowing each would be worth to a player."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from detente.web import pages
from detente.web.desk import SLOW
from detente.web.explore import PROBLEMS, Asked, Client, desk, sent

router = APIRouter()


@router.get("/find-out", include_in_schema=False)
async def page(request: Request, asked: Asked) -> Response:
    """The page."""
    served = {"scenarios": list(desk(request).sources), "first": desk(request).first}
    return pages.page(request, "findout.html.j2", asked.language, served=served)


@router.get("/api/find-out", responses=PROBLEMS, tags=["find out"])
async def find_out(
    request: Request,
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
