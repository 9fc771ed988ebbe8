"""What stands before the application, whose import takes most of a start: until it is there, what was sent before is sent again.

Static files need no application at all. Everything else waits for it, and once it is there it answers everything.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from detente.web import static
from detente.web.desk import Desk
from detente.web.plain import App, Message, Receive, Send, told
from detente.web.sent import OPENING, Sent, found

DRAWING = 0.5
"""Seconds after an opening in which the page draws, and has the machine to itself unless somebody asks for more."""
IDLE = 1.0
"""Seconds without a visitor after which the application is imported all the same."""


class Front:
    """Answers what needs no application, and hands on the rest."""

    def __init__(self, desk: Desk, make: Callable[[Desk], App]) -> None:
        """Take the desk, which lives as long as the server does, and what imports and makes the application."""
        self.desk, self.make = desk, make
        self.sent = Sent(desk.sources, desk.first)
        self.app: App | None = None
        self.loading: asyncio.Task[App] | None = None
        self.asking: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["path"].startswith(static.BELOW):
            await static.file(scope["method"], scope["path"], told(scope)).to(send)
        else:
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Message, receive: Receive, send: Send) -> None:
        name = "" if self.desk.texts else self.sent.name(scope)  # a page lists the texts that came in through others
        known = found(name) if name else None
        if known is not None and self.app is None:
            await known.to(send)
            if scope["path"] == OPENING:
                self._ask_too(scope)
            return
        app = await self.application()
        await app(scope, receive, self.sent.keeping(name, send) if name and known is None else send)

    def application(self) -> asyncio.Future[App]:
        """Return the application, which is imported beside the loop that answers."""
        if self.loading is None:
            self.loading = asyncio.create_task(self._load())
        return asyncio.shield(self.loading)

    async def _load(self) -> App:
        await self.desk.house.start()
        self.app = await asyncio.get_running_loop().run_in_executor(None, self.make, self.desk)
        return self.app

    def _ask_too(self, scope: Message) -> None:
        """Ask the application for what has been sent without it, so that the solver hears which scenario is looked at."""

        async def ask() -> None:
            await asyncio.sleep(DRAWING)
            app = await self.application()
            await app(scope, _over, _nowhere)

        task = asyncio.create_task(ask())
        self.asking.add(task)
        task.add_done_callback(self.asking.discard)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        idle = asyncio.get_running_loop().call_later(IDLE, self.application)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        idle.cancel()
        for task in self.asking:
            task.cancel()
        if self.loading is not None:
            with contextlib.suppress(Exception):
                await self.loading
        await self.desk.stop()
        await send({"type": "lifespan.shutdown.complete"})


async def _over() -> Message:
    return {"type": "http.disconnect"}


async def _nowhere(message: Any) -> None:
    """Send to nobody."""
