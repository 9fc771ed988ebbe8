"""Jobs of the editor: a scenario's text, and what an editor can complete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detente.web.jobs import Reply, Request, as_json, job

if TYPE_CHECKING:
    from detente.web.shelf import Shelf


@job("written")
def written(shelf: Shelf, request: Request) -> Reply:
    """A scenario's text as it stands in its file."""
    return as_json({"name": request["scenario"], "text": shelf.written(request)})


@job("schema")
def schema(shelf: Shelf, request: Request) -> Reply:
    """The JSON Schema of scenario files, and the words expressions may use."""
    from detente.spec.jsonschema import json_schema
    from detente.spec.scope import RESERVED

    return as_json({"schema": json_schema(), "names": sorted(RESERVED)})
