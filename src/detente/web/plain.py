"""Replies as bytes, for what is answered without the application: refusals, static files, what was answered before."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]


@dataclass(frozen=True)
class Plain:
    """A status, headers and a body."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""

    async def to(self, send: Send) -> None:
        """Send it."""
        told = {"content-length": str(len(self.body)), **self.headers} if self.body or self.status >= 400 else self.headers
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in told.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})

    def written(self) -> bytes:
        """Return it as bytes: a line of JSON, and the body."""
        return json.dumps([self.status, dict(self.headers)]).encode() + b"\n" + self.body


def read(data: bytes) -> Plain:
    """Return a reply from its bytes.

    Raises:
        ValueError: they are no reply.
    """
    head, _, body = data.partition(b"\n")
    status, headers = json.loads(head)
    return Plain(int(status), dict(headers), body)


def told(scope: Message) -> dict[str, str]:
    """Return the headers of a request."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
