"""The page that describes every address, made from the server's own OpenAPI description; nothing is loaded from elsewhere."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from detente.web import pages

router = APIRouter()


@router.get("/api", include_in_schema=False)
async def addresses(request: Request, lang: Annotated[str, Query(max_length=12)] = "en") -> Response:
    """The page."""
    described: dict[str, Any] = request.app.openapi()
    found = [
        {"path": path, "method": method.upper(), **_told(operation)}
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    ]
    return pages.page(request, "api.html.j2", lang, served={}, addresses=found, described=described["info"])


def _told(operation: dict[str, Any]) -> dict[str, Any]:
    parameters = [
        (entry["name"], entry["in"], entry.get("description", ""))
        for entry in operation.get("parameters", [])
        if entry["in"] == "query"
    ]
    return {"what": operation.get("description", ""), "parameters": parameters}
