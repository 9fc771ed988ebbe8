"""The explorer's first view: what if; and the addresses its page reads."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import BaseModel, Field

from detente.web import pages
from detente.web.desk import QUICK, SLOW, Desk
from detente.web.jobs import Reply
from detente.web.view import View, view

router = APIRouter()
Asked = Annotated[View, Depends(view)]
Client = Annotated[
    str, Header(alias="x-page", max_length=64, description="Which page asks: its older requests give way to newer.")
]
TaskName = Annotated[str, Query(max_length=64, description="A name by which to ask for progress and to stop.")]
Exactly = Annotated[bool, Query(description="Solve on the scenario's own calendar and grid.")]


class Stop(BaseModel):
    """A long job to stop."""

    task: str = Field(max_length=64)


class Told(BaseModel):
    """Why there is no answer."""

    detail: Any
    problems: list[Any] = []


PROBLEMS: dict[int | str, dict[str, Any]] = {
    404: {"model": Told, "description": "There is no such scenario here."},
    409: {"model": Told, "description": "A newer request of the same page took its place."},
    422: {"model": Told, "description": "The values or the scenario cannot be used; ``problems`` says why."},
    503: {"model": Told, "description": "Too much is waiting, or the solver starts again."},
}


def desk(request: Request) -> Desk:
    """Return the desk that serves a request."""
    found: Desk = request.app.state.desk
    return found


def sent(request: Request, reply: Reply) -> Response:
    """Return a worker's reply as a response."""
    headers = {"cache-control": "no-store"}
    if reply.name:
        headers["content-disposition"] = f'attachment; filename="{reply.name}"'
    return (
        pages.packed(request, reply.body, reply.type, headers)
        if reply.status == 200
        else Response(reply.body, reply.status, headers, reply.type)
    )


@router.get("/", include_in_schema=False)
async def explore(request: Request, asked: Asked) -> Response:
    """The page."""
    served = {"scenarios": desk(request).names(), "first": desk(request).first}
    return pages.page(request, "explore.html.j2", asked.language, served=served)


@router.get("/api/opening", responses=PROBLEMS, tags=["what if"])
async def opening(request: Request, asked: Asked, client: Client = "") -> Response:
    """A scenario's numbers and words, its charts, and the answer at its own values."""
    return sent(request, await desk(request).ask(client, "opening", "opening", asked.job()))


@router.get("/api/answer", responses=PROBLEMS, tags=["what if"])
async def answer(request: Request, asked: Asked, exact: Exactly = False, client: Client = "") -> Response:
    """Everything the page shows of a view: sentences, figures, and the rows of every chart."""
    return sent(request, await desk(request).ask(client, SLOW if exact else QUICK, "answer", {**asked.job(), "exact": exact}))


@router.get("/api/report.html", responses=PROBLEMS, tags=["files"], response_class=Response)
async def report(
    request: Request,
    asked: Asked,
    draws: Annotated[int, Query(ge=0, le=64, description="Draws of the uncertain numbers, for the bands.")] = 32,
    client: Client = "",
) -> Response:
    """The report of a view: one file that opens anywhere."""
    return sent(request, await desk(request).ask(client, SLOW, "report", {**asked.job(), "draws": draws}))


@router.get("/api/scenario.yaml", responses=PROBLEMS, tags=["files"], response_class=Response)
async def scenario(request: Request, asked: Asked, client: Client = "") -> Response:
    """The scenario with a view's numbers in it."""
    return sent(request, await desk(request).ask(client, "files", "yaml", asked.job()))


@router.get("/api/shown.csv", responses=PROBLEMS, tags=["files"], response_class=Response)
async def shown(request: Request, asked: Asked, exact: Exactly = False, client: Client = "") -> Response:
    """Every number of a view's pictures, a row each."""
    lane = SLOW if exact else "files"
    return sent(request, await desk(request).ask(client, lane, "csv", {**asked.job(), "exact": exact}))


@router.get("/api/dataset", responses=PROBLEMS, tags=["what if"])
async def dataset(request: Request, asked: Asked, exact: Exactly = False, client: Client = "") -> Response:
    """The labelled data of a view, as the Python API gives them: ``detente.load(...).live(values)``."""
    lane = SLOW if exact else "data"
    return sent(request, await desk(request).ask(client, lane, "dataset", {**asked.job(), "exact": exact}))
