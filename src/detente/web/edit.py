"""The explorer's editor: open a scenario, change it, see its problems in place, solve it."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from detente.web import pages, words
from detente.web.explore import PROBLEMS, Asked, Client, desk, sent

router = APIRouter()
LANE = "edit"


@router.get("/edit", include_in_schema=False)
async def page(request: Request, asked: Asked) -> Response:
    """The page."""
    served = {"scenarios": desk(request).names(), "first": desk(request).first}
    return pages.page(request, "edit.html.j2", asked.language, more=words.EDIT, served=served)


@router.get("/api/text", responses=PROBLEMS, tags=["edit"])
async def text(request: Request, asked: Asked, client: Client = "") -> Response:
    """A scenario's text as it stands in its file."""
    return sent(request, await desk(request).ask(client, LANE, "written", asked.job()))


@router.get("/api/schema", responses=PROBLEMS, tags=["edit"])
async def schema(request: Request, client: Client = "") -> Response:
    """The JSON Schema of scenario files, and the words expressions may use beside a scenario's own names."""
    return sent(request, await desk(request).ask(client, f"{LANE}-schema", "schema", {}))
