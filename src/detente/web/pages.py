"""Pages: templates filled with words."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import jinja2
from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from detente.web import words
from detente.web.static import packs
from detente.words import LANGUAGES, speaking, tag


def packed(request: Request, body: bytes, kind: str, headers: dict[str, str]) -> Response:
    """Return a body, compressed where the browser takes it so."""
    if not packs(len(body), request.headers):
        return Response(body, media_type=kind, headers=headers)
    return Response(gzip.compress(body, 1, mtime=0), media_type=kind, headers={**headers, "content-encoding": "gzip"})


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
