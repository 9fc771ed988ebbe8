"""The explorer's sources: every number, and where it comes from."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from detente.web import pages, words
from detente.web.explore import PROBLEMS, Asked, Client, desk, sent

router = APIRouter()


@router.get("/sources", include_in_schema=False)
async def page(request: Request, asked: Asked) -> Response:
    """The page."""
    served = {"scenarios": desk(request).names(), "first": desk(request).first}
    return pages.page(request, "sources.html.j2", asked.language, more=words.SOURCES, served=served)


@router.get("/api/sources", responses=PROBLEMS, tags=["sources"])
async def sources(request: Request, asked: Asked, client: Client = "") -> Response:
    """Every number of a scenario with its range, readings, note and sources, and every source with its use."""
    return sent(request, await desk(request).ask(client, "sources", "sources", asked.job()))
