"""What every request must pass, and what every reply carries.

The server listens on this machine alone; these rules keep other pages open in the same browser out. The name in ``Host`` must be
this machine's own (or a page elsewhere could point its name here), a request that a page elsewhere sent is turned away, whatever
it asks for, and only what says it is JSON may change anything. Bodies are held to a size.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from detente.web.plain import App, Message, Plain, Receive, Send, told

HOSTS = {"127.0.0.1", "localhost", "[::1]"}
LARGEST = 600_000
"""Bytes of a body at most: a scenario's largest size, and what JSON adds to it."""
LONGEST = 60_000
"""Bytes of an address at most."""
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "font-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
}


class Guard:
    """Middleware that applies the rules."""

    def __init__(self, app: App) -> None:
        """Stand before an application."""
        self.app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Let a request pass, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refusal = refused(scope["method"], told(scope), len(scope.get("query_string", b"")) + len(scope.get("raw_path") or b""))
        if refusal is not None:
            await refusal.to(_dressed(send))
            return
        await self.app(scope, _held(receive), _dressed(send))


def refused(method: str, headers: Mapping[str, str], address: int) -> Plain | None:
    """Return how a request is turned away, or None."""
    if hostname(headers.get("host", "")) not in HOSTS:
        return _no(421, "this server answers to its own machine only")
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site not in (None, "same-origin", "none"):
        return _no(403, "requests from other pages are turned away")
    if origin is not None and urlsplit(origin).netloc != headers.get("host"):
        return _no(403, "requests from other pages are turned away")
    if address > LONGEST:
        return _no(414, "the address is too long")
    if method not in ("GET", "HEAD") and not headers.get("content-type", "").startswith("application/json"):
        return _no(415, "only JSON is taken")
    size = headers.get("content-length", "0")
    if not size.isdigit() or int(size) > LARGEST:
        return _no(413, f"at most {LARGEST // 1000} kB are taken")
    return None


def hostname(host: str) -> str:
    """Return a host without its port."""
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host


class TooLarge(Exception):
    """A body that grew beyond what is taken, without saying so first."""


def _held(receive: Receive) -> Receive:
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > LARGEST:
            raise TooLarge
        return message

    return counted


def _dressed(send: Send) -> Send:
    async def more(message: Message) -> None:
        if message["type"] == "http.response.start":
            had = {name.lower() for name, _ in message["headers"]}
            extra = [(name.encode(), value.encode()) for name, value in HEADERS.items() if name.encode() not in had]
            message["headers"] = [*message["headers"], *extra]
        await send(message)

    return more


def _no(status: int, text: str) -> Plain:
    return Plain(status, {"content-type": "application/json", "connection": "close"}, f'{{"detail":"{text}"}}'.encode())
