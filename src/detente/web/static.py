"""Static files: the chart library and the explorer's own, kept by the browser as long as they stay the same."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files

from detente import runtime
from detente.web.plain import Plain

BELOW = "/static/"
"""How their addresses begin."""
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
    """Return every static file by its address below /static."""
    folder = files("detente") / "assets" / "static"
    found = {entry.name: entry for entry in folder.iterdir() if entry.name.endswith(tuple(TYPES))}
    found |= {f"web/{entry.name}": entry for entry in (folder / "web").iterdir() if entry.name.endswith(tuple(TYPES))}
    kind = {name: TYPES["." + name.rpartition(".")[2]] for name in found}
    return {name: Static(entry.read_bytes(), kind[name]) for name, entry in found.items() if name != "versions.json"}


def packs(size: int, headers: Mapping[str, str]) -> bool:
    """Whether a body of so many bytes is sent compressed to who sent these headers."""
    return size > SMALL and "gzip" in headers.get("accept-encoding", "")


def file(method: str, address: str, headers: Mapping[str, str]) -> Plain:
    """Return a static file, or say that the browser has it already."""
    known = static().get(address.removeprefix(BELOW))
    if known is None:
        return Plain(404, {})
    if method not in ("GET", "HEAD"):
        return Plain(405, {"allow": "GET, HEAD"})
    more = {"etag": f'"{known.mark}"', "cache-control": "no-cache", "vary": "accept-encoding"}
    if headers.get("if-none-match") == more["etag"]:
        return Plain(304, more)
    if packs(len(known.body), headers):
        return Plain(200, {"content-type": known.type, **more, "content-encoding": "gzip"}, known.packed)
    return Plain(200, {"content-type": known.type, **more}, known.body)
