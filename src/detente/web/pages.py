"""Pages: templates filled with words; and static files, kept by the browser as long as they stay the same."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

import jinja2
from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from detente import runtime
from detente.web import words
from detente.words import LANGUAGES, speaking, tag

TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
}
SMALL = 1000
"""Bytes below which compressing is not worth it."""


@dataclass(frozen=True)
class Static:
    """A static file."""

    body: bytes
    type: str

    @cached_property
    def mark(self) -> str:
        """A digest of it, by which a browser knows whether it has it."""
        return hashlib.sha256(self.body).hexdigest()[:16]

    @cached_property
    def packed(self) -> bytes:
        """The file compressed, once for all servers to come."""
        return runtime.kept(f"packed-{self.mark}", lambda: gzip.compress(self.body, 6, mtime=0), bytes)


@cache
def static() -> dict[str, Static]:
    """Return every static file by its address below /static: the chart library and the explorer's own."""
    folder = files("detente") / "assets" / "static"
    found = {entry.name: entry for entry in folder.iterdir() if entry.name.endswith(tuple(TYPES))}
    found |= {f"web/{entry.name}": entry for entry in (folder / "web").iterdir() if entry.name.endswith(tuple(TYPES))}
    kind = {name: TYPES["." + name.rpartition(".")[2]] for name in found}
    return {name: Static(entry.read_bytes(), kind[name]) for name, entry in found.items() if name != "versions.json"}


def file(request: Request, name: str) -> Response:
    """Return a static file, or say that the browser has it already."""
    known = static().get(name)
    if known is None:
        return Response(status_code=404)
    headers = {"etag": f'"{known.mark}"', "cache-control": "no-cache", "vary": "accept-encoding"}
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    return packed(request, known.body, known.type, headers, lambda: known.packed)


def packed(
    request: Request, body: bytes, kind: str, headers: dict[str, str], ready: Callable[[], bytes] | None = None
) -> Response:
    """Return a body, compressed where the browser takes it so; ``ready`` returns what is compressed already."""
    if len(body) > SMALL and "gzip" in request.headers.get("accept-encoding", ""):
        small = ready() if ready else gzip.compress(body, 1, mtime=0)
        return Response(small, media_type=kind, headers={**headers, "content-encoding": "gzip"})
    return Response(body, media_type=kind, headers=headers)


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("detente", "assets/templates/web"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page(request: Request, template: str, language: str, more: Mapping[str, str] | None = None, **content: Any) -> Response:
    """Return a page: a template with the words of a language, and what its scripts need; ``more``: the view's own words."""
    with speaking(words.known(language)):
        said = {**words.WORDS, **(more or {})}
        own = {"text": said, "words": said, "views": words.views(), "data": _data}
        tongue = {"language": words.known(language), "tag": tag(), "languages": LANGUAGES}
        html = _environment().get_template(template).render(**own, **tongue, **content)
    return packed(request, html.encode(), HTMLResponse.media_type + "; charset=utf-8", {"cache-control": "no-store"})


def _data(content: Any) -> Markup:
    """Return content as JSON that cannot end the element it stands in."""
    return Markup(json.dumps(content, ensure_ascii=False).replace("<", "\\u003c"))
