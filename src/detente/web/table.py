"""The explorer's table: play a principal against the model's own choices. The moves so far travel in the address."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel

from detente.web import pages, words
from detente.web.explore import PROBLEMS, Asked, Client, desk, sent

router = APIRouter()
LANE = "table"
MOVES = 1000
"""Moves of a game at most."""


class Game(BaseModel):
    """What an address says of a game, beside the view it is played on."""

    seat: str = ""
    seed: int = 1
    moves: list[str] = []


def game(
    seat: Annotated[str, Query(max_length=100, description="The principal played; the first when left out.")] = "",
    seed: Annotated[int, Query(ge=0, le=2**31 - 1, description="Seed of everything that is drawn.")] = 1,
    move: Annotated[
        list[Annotated[str, Query(max_length=2100)]] | None,
        Query(max_length=MOVES, description="A move made already: offer:PACKAGE, wait, yes and so on; repeatable, in order."),
    ] = None,
) -> Game:
    """Return the game an address asks for."""
    return Game(seat=seat, seed=seed, moves=move or [])


Played = Annotated[Game, Depends(game)]
Kept = Annotated[Literal["json", "csv"], Query(alias="format", description="JSON: with seed and moves; CSV: events only.")]


def _job(asked: Asked, played: Played, **more: Any) -> dict[str, Any]:
    return {**asked.job(), **played.model_dump(), **more}


@router.get("/table", include_in_schema=False)
async def page(request: Request, asked: Asked) -> Response:
    """The page."""
    served = {"scenarios": desk(request).names(), "first": desk(request).first}
    return pages.page(request, "table.html.j2", asked.language, more=words.TABLE, served=served)


@router.get("/api/table", responses=PROBLEMS, tags=["at the table"])
async def table(request: Request, asked: Asked, played: Played, client: Client = "") -> Response:
    """A game as far as its moves lead: what is to be decided, every package now, what happened so far."""
    return sent(request, await desk(request).ask(client, LANE, "table", _job(asked, played)))


@router.get("/api/table/why", responses=PROBLEMS, tags=["at the table"])
async def why(request: Request, asked: Asked, played: Played, client: Client = "") -> Response:
    """Why whoever is least likely to consent to ``package`` would refuse it now, by named term; and the seat's own terms."""
    return sent(request, await desk(request).ask(client, f"{LANE}-why", "table-why", _job(asked, played)))


@router.get("/api/table/history", responses=PROBLEMS, tags=["at the table"])
async def history(
    request: Request,
    asked: Asked,
    played: Played,
    form: Kept = "json",
    client: Client = "",
) -> Response:
    """The history of a game as a file; from its seed and moves it can be played again."""
    return sent(request, await desk(request).ask(client, f"{LANE}-file", "table-history", _job(asked, played, format=form)))
