"""Serving the explorer on this machine."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from detente.spec.bundled import bundled

if TYPE_CHECKING:
    from detente.web.desk import Desk
    from detente.web.plain import App

HOST = "127.0.0.1"


def sources(scenario: str) -> tuple[dict[str, str], str]:
    """Return the scenarios to serve, by name, and the one to show first."""
    found = {name: name for name in bundled()}
    if scenario in found:
        return found, scenario
    name = Path(scenario).stem or "scenario"
    return {name: scenario} | {key: value for key, value in found.items() if key != name}, name


def listen(port: int) -> socket.socket:
    """Take a port of this machine; 0: any that is free.

    Raises:
        OSError: the port is taken.
    """
    taken = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    taken.bind((HOST, port))
    taken.listen(128)  # whoever comes before the server is ready waits
    return taken


def opened(scenario: str) -> bool:
    """Whether a scenario, as it stands in its file, has been opened before: then nothing is wrong with it."""
    from detente.web.sent import Sent

    return Sent(*sources(scenario)).knows()


def serve(scenario: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve until stopped; ``ready`` is told the address once it can be opened.

    That is before what serves is imported, so that a browser starts, or finds its way here, meanwhile.
    """
    place = listen(port)
    ready(f"http://{HOST}:{place.getsockname()[1]}/")
    import uvicorn

    from detente.web.desk import Desk
    from detente.web.front import Front
    from detente.web.guard import Guard

    desk = Desk(*sources(scenario))

    class Server(uvicorn.Server):
        """A server that answers whoever waits before it ends: uvicorn would cut them off, with a traceback each."""

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            desk.leave()
            await super().shutdown(sockets)

    config = uvicorn.Config(
        Guard(Front(desk, _application)),
        http="h11",
        ws="none",
        lifespan="on",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=2,
    )
    Server(config).run(sockets=[place])


def _application(desk: Desk) -> App:
    from detente.web.app import create

    return create(desk)
