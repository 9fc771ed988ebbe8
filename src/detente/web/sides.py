"""The explorer's view of two scenarios side by side, with what the difference is made of."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from detente.web import pages, words
from detente.web.desk import SLOW
from detente.web.explore import PROBLEMS, Client, Stop, TaskName, desk, sent

router = APIRouter()
MOST = 64
"""Draws at most: more are for the command line."""
Name = Annotated[str, Query(max_length=100)]
Variant = Annotated[str | None, Query(max_length=100, description="One of its readings of the facts.")]
Language = Annotated[str, Query(alias="lang", pattern="^[a-z]{2}(-[A-Za-z]{2,8})?$", description="Language of the words.")]


class StopComparison(Stop):
    """Which comparison to stop."""

    first: str = Field("", max_length=100)
    second: str = Field("", max_length=100)


@router.get("/sides", include_in_schema=False)
async def page(request: Request, lang: Language = "en") -> Response:
    """The page."""
    served = {"scenarios": desk(request).names(), "first": desk(request).first}
    return pages.page(request, "sides.html.j2", lang, more=words.SIDES, served=served)


@router.get("/api/sides", responses=PROBLEMS, tags=["side by side"])
async def sides(
    request: Request,
    second: Name,
    first: Name = "",
    variant_first: Variant = None,
    variant_second: Variant = None,
    draws: Annotated[int, Query(ge=0, le=MOST, description="Draws for bands; 0: none.")] = 0,
    task: TaskName = "",
    lang: Language = "en",
    client: Client = "",
) -> Response:
    """What differs between two scenarios, and which groups of numbers the differences are due to (Shapley values)."""
    told = {
        "variant_first": variant_first or None,
        "variant_second": variant_second or None,
        "draws": draws,
        "task": task,
        "language": lang,
    }
    return sent(request, await desk(request).ask_two(client, SLOW, "sides", first, second, told))


@router.get("/api/sides/progress", responses=PROBLEMS, tags=["side by side"])
async def progress(request: Request, task: TaskName, first: Name = "", second: Name = "", client: Client = "") -> Response:
    """How many of the scenarios in between have been solved."""
    return sent(request, await desk(request).ask_two(client, "progress", "progress", first, second, {"task": task}))


@router.post("/api/sides/stop", responses=PROBLEMS, tags=["side by side"])
async def stop(request: Request, what: StopComparison, client: Client = "") -> Response:
    """Stop a comparison."""
    told: dict[str, Any] = {"task": what.task}
    return sent(request, await desk(request).ask_two(client, "stop", "stop", what.first, what.second, told))
