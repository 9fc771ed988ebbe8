"""The scenarios a server has: those it was started with, and texts that a page hands in, which stay in its memory only."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from detente.spec.text import MAX_BYTES
from detente.web.desk import QUICK
from detente.web.explore import PROBLEMS, Client, desk, sent
from detente.web.jobs import Reply, as_json
from detente.web.shelf import mark

router = APIRouter()
PREFIX = "text-"
"""How the name of a text that was handed in begins."""
KEPT = 24
"""Texts kept; older ones are forgotten, and the page hands them in again."""


class Written(BaseModel):
    """A scenario's text."""

    text: Annotated[str, Field(max_length=MAX_BYTES)]
    file: Annotated[str, Field(max_length=200, description="What messages call it.")] = "scenario.yaml"
    language: Annotated[str, Field(max_length=12)] = "en"


class Listed(BaseModel):
    """The scenarios there are."""

    scenarios: list[str]
    first: str


class Problems(BaseModel):
    """What is wrong with a text; nothing, where it can be used."""

    problems: list[dict[str, object]]
    title: str
    scenario: str = ""
    """What it is called in addresses, once handed in."""


@router.get("/api/scenarios", tags=["scenarios"])
async def listed(request: Request) -> Listed:
    """The scenarios this server was started with, and the one shown first."""
    return Listed(scenarios=list(desk(request).sources), first=desk(request).first)


@router.post("/api/check", responses=PROBLEMS, response_model=Problems, tags=["scenarios"])
async def check(request: Request, written: Written, client: Client = "") -> Response:
    """Every problem of a text at once, with line, column and remedy; nothing is kept."""
    return sent(request, await _checked(request, written, client))


@router.post("/api/scenarios", responses=PROBLEMS, response_model=Problems, tags=["scenarios"])
async def hand_in(request: Request, written: Written, client: Client = "") -> Response:
    """Hand in a text to be asked about by the name that comes back; it stays in this machine's memory only."""
    reply = await _checked(request, written, client)
    found = json.loads(reply.body)
    if reply.status != 200 or found["problems"]:
        return sent(request, reply)
    name, texts = PREFIX + mark(written.text), desk(request).texts
    texts.pop(name, None)
    texts[name] = {"text": written.text, "file": written.file}
    for old in list(texts)[:-KEPT]:
        del texts[old]
    return sent(request, as_json({**found, "scenario": name}))


async def _checked(request: Request, written: Written, client: str) -> Reply:
    asked = {"text": written.text, "file": written.file, "language": written.language, "values": {}}
    return await desk(request).ask(client, QUICK, "check", asked)
