"""What was sent before: the first page and the opening it asks for, kept on disk in every language as they went out.

Both rest on files alone, and are kept under a digest of those, so that nothing changed is ever answered as it was.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

import detente
from detente import runtime
from detente.spec.bundled import bundled
from detente.web.plain import Message, Plain, Send, read, told
from detente.words import LANGUAGES

OPENING = "/api/opening"
PATHS = {"/", OPENING}
QUERIES = {"", *(f"lang={code}" for code in LANGUAGES)}
"""Addresses whose replies are kept, and what may follow them: the first scenario only, and no number moved."""


class Sent:
    """Replies about the scenario shown first."""

    def __init__(self, sources: Mapping[str, str], first: str) -> None:
        """Take the scenarios served, by name, and the one shown first."""
        self.sources, self.first = dict(sources), first

    def name(self, scope: Message) -> str:
        """Return what the reply to a request is kept under; nothing, where it is not."""
        path, query = scope["path"], scope["query_string"].decode("latin-1")
        if scope["method"] != "GET" or path not in PATHS or query not in QUERIES:
            return ""
        return self._called(path, query, "gzip" in told(scope).get("accept-encoding", ""))

    def knows(self) -> bool:
        """Whether the scenario, as it stands in its file, has been opened in a browser before."""
        with contextlib.suppress(OSError, ValueError):  # whatever is wrong with its name
            return any(found(self._called(OPENING, query, packed=True)) for query in QUERIES)
        return False

    def _called(self, path: str, query: str, packed: bool) -> str:
        return f"sent-{self.basis}-{hashlib.sha256(f'{path}?{query} {packed}'.encode()).hexdigest()[:24]}"

    @cached_property
    def basis(self) -> str:
        """A digest of all that the replies rest on, as it was at the start."""
        return self._digest()

    def _digest(self) -> str:
        digest, source = hashlib.sha256("\0".join([self.first, *self.sources]).encode()), self.sources[self.first]
        for path in [Path(bundled().get(source, source)), *_package()]:
            digest.update(path.read_bytes() + b"\0")
        return digest.hexdigest()[:24]

    def keeping(self, name: str, send: Send) -> Send:
        """Keep what is sent under a name, on its way; not where a file has changed meanwhile."""
        start: Message = {}

        async def both(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            elif start["status"] == 200 and self._digest() == self.basis:
                headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in start["headers"]}
                runtime.keep(name, Plain(200, headers, message["body"]).written())
            await send(message)

        return both


def _package() -> list[Path]:
    """Return the files of this package: code, templates, words, scenarios."""
    here = Path(detente.__file__).parent
    return [path for path in sorted(here.rglob("*")) if path.is_file() and "__pycache__" not in path.parts]


def found(name: str) -> Plain | None:
    """Return the reply kept under a name, None where there is none."""
    with contextlib.suppress(OSError, ValueError):
        return read(runtime.found(name))
    return None
