"""The application: its views, its description in OpenAPI."""

from __future__ import annotations

import json
from importlib import import_module

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

import detente
from detente.web.desk import Desk
from detente.web.guard import TooLarge

VIEWS = tuple(
    f"detente.web.{name}" for name in ("explore", "table", "sides", "finding", "sources", "edit", "scenarios", "describe")
)
"""Modules with a ``router`` of their own."""


def create(desk: Desk) -> FastAPI:
    """Return the application that serves what a desk answers."""
    app = FastAPI(
        title="detente",
        version=detente.__version__,
        description="What the pages of the explorer read: every page has its data here. Nothing but POST changes anything.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    app.state.desk = desk
    for view in VIEWS:
        app.include_router(import_module(view).router)
    app.add_exception_handler(TooLarge, _too_large)
    app.add_exception_handler(RequestValidationError, _invalid)
    return app


async def _invalid(request: Request, error: Exception) -> Response:
    """Say what is wrong with a request, without sending back what came in."""
    found = error.errors() if isinstance(error, RequestValidationError) else []
    told = "; ".join(f"{'.'.join(map(str, entry['loc']))}: {entry['msg']}" for entry in found)
    return Response(json.dumps({"detail": told, "problems": []}), 422, media_type="application/json")


async def _too_large(request: Request, error: Exception) -> Response:
    return JSONResponse({"detail": "the body is too large"}, 413)
