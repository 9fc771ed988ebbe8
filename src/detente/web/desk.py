"""The desk: takes requests, hands jobs to worker processes, and keeps order.

A page has one request waiting at most in each lane; a newer one takes its place, and the older one is told so. Among pages the
one served longest ago comes first. Slow jobs never take the last free hands, so that quick ones always get through. Texts that
came in through the page go to a process of their own, which is ended when it takes too long.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from detente import runtime
from detente.web.jobs import Reply, as_json

QUICK, SLOW = "quick", "slow"
LIMIT = {True: 180.0, False: 900.0}
"""Seconds a job may take, for guests and for the house; the first of a scenario includes making its programs."""
WAITING = 200
"""Jobs that may wait at a time."""
PARTING = 2.0
"""Seconds a worker has to end by itself, once nothing more comes in."""


@dataclass(eq=False)
class Ticket:
    """A job that waits or is under way."""

    client: str
    lane: str
    request: Mapping[str, Any]
    answer: asyncio.Future[Reply] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Crew:
    """One worker process, and who waits for it."""

    def __init__(self, sources: Mapping[str, str], guest: bool = False) -> None:
        """Prepare; the process starts with :meth:`start` or with its first job."""
        self.sources, self.guest = sources, guest
        self.hands = max(2, runtime.cores())
        self.waiting: list[Ticket] = []
        self.busy: dict[int, Ticket] = {}
        self.served: dict[str, int] = {}
        self.numbers = itertools.count(1)
        self.process: asyncio.subprocess.Process | None = None
        self.reader: asyncio.Task[None] | None = None
        self.starting = asyncio.Lock()

    async def ask(self, client: str, lane: str, request: Mapping[str, Any]) -> Reply:
        """Return the reply to a job, in its turn."""
        for older in [t for t in self.waiting if (t.client, t.lane) == (client, lane)]:
            self.waiting.remove(older)
            _settle(older, as_json({"detail": "a newer request of the same page took its place", "problems": []}, 409))
        if len(self.waiting) >= WAITING:
            return as_json({"detail": "too many requests are waiting", "problems": []}, 503)
        ticket = Ticket(client, lane, request)
        self.waiting.append(ticket)
        await self._hand_out()
        try:
            return await ticket.answer
        finally:
            if ticket in self.waiting:
                self.waiting.remove(ticket)

    async def _hand_out(self) -> None:
        """Give waiting jobs to free hands."""
        while len(self.busy) < self.hands and (ticket := self._next()) is not None:
            self.waiting.remove(ticket)
            number = next(self.numbers)
            self.busy[number] = ticket
            self.served[ticket.client] = number
            try:
                process = await self.start()
                assert process.stdin is not None, "a pipe"
                process.stdin.write(json.dumps({**ticket.request, "id": number}).encode() + b"\n")
                await process.stdin.drain()
            except OSError:
                self.busy.pop(number, None)
                _settle(ticket, _lost())
                continue
            asyncio.get_running_loop().call_later(LIMIT[self.guest], self._late, number)
        for client in list(self.served)[: max(0, len(self.served) - 1000)]:
            del self.served[client]

    def _next(self) -> Ticket | None:
        """Return the waiting job whose page was served longest ago; a slow one only while hands are left for the quick."""
        slow = sum(ticket.lane == SLOW for ticket in self.busy.values())
        able = [t for t in self.waiting if t.lane != SLOW or slow < self.hands - 1]
        return min(able, key=lambda ticket: self.served.get(ticket.client, 0), default=None)

    async def start(self) -> asyncio.subprocess.Process:
        """Return the process, starting it where it does not run."""
        async with self.starting:
            if self.process is None or self.process.returncode is not None:
                plan = {"sources": self.sources, "guest": self.guest, "threads": self.hands, "memory": runtime.memory() + 2**30}
                self.process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "detente.web.worker", json.dumps(plan)),
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                )
                self.reader = asyncio.create_task(self._read(self.process))
            return self.process

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        """Hand replies to those who wait for them, until the process ends."""
        assert process.stdout is not None, "a pipe"
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while line := await process.stdout.readline():
                head = json.loads(line)
                body = await process.stdout.readexactly(head["size"])
                ticket = self.busy.pop(head["id"], None)
                if ticket is not None:
                    _settle(ticket, Reply(body, head["type"], head["status"], head["name"]))
                await self._hand_out()
        if process is self.process:
            lost, self.busy = list(self.busy.values()), {}
            for ticket in lost:
                _settle(ticket, _lost())
            await self._hand_out()

    def _late(self, number: int) -> None:
        """End the process over a job that takes too long; the others it had are told to ask again."""
        ticket = self.busy.pop(number, None)
        if ticket is not None:
            _settle(
                ticket, as_json({"detail": "this took too long and was stopped; make the scenario smaller", "problems": []}, 422)
            )
            if self.process is not None and self.process.returncode is None:
                self.process.kill()

    def leave(self) -> None:
        """Tell whoever waits that the server ends."""
        for ticket in [*self.waiting, *self.busy.values()]:
            _settle(ticket, as_json({"detail": "the server has ended", "problems": []}, 503))

    async def stop(self) -> None:
        """End the process: it ends with its input, or is ended."""
        if self.process is not None and self.process.returncode is None:
            assert self.process.stdin is not None, "a pipe"
            self.process.stdin.close()
            try:
                await asyncio.wait_for(self.process.wait(), PARTING)
            except TimeoutError:
                self.process.kill()
                await self.process.wait()
        if self.reader is not None:
            await self.reader


def _settle(ticket: Ticket, reply: Reply) -> None:
    if not ticket.answer.done():
        ticket.answer.set_result(reply)


def _lost() -> Reply:
    return as_json({"detail": "the solver was stopped and starts again; ask again", "problems": []}, 503)


class Desk:
    """All that a server solves with."""

    def __init__(self, sources: Mapping[str, str], first: str) -> None:
        """Take the scenarios served, by name, and the one shown first."""
        self.sources, self.first = dict(sources), first
        self.house, self.guests = Crew(sources), Crew({}, guest=True)
        self.texts: dict[str, dict[str, str]] = {}

    async def ask(self, client: str, lane: str, job: str, request: Mapping[str, Any]) -> Reply:
        """Return the reply to a job about a scenario of the house, or about a text that came in through the page."""
        name = request.get("scenario") or self.first
        full = {**request, "scenario": name, "job": job}
        if "text" in request:
            return await self.guests.ask(client, lane, full)
        if name in self.texts:
            return await self.guests.ask(client, lane, {**full, **self.texts[name]})
        if name not in self.sources:
            return as_json({"detail": "there is no such scenario here", "problems": []}, 404)
        return await self.house.ask(client, lane, full)

    async def ask_two(self, client: str, lane: str, job: str, first: str, second: str, request: Mapping[str, Any]) -> Reply:
        """Return the reply to a job about two scenarios; the guests do it where either came in through the page."""
        sides = {"first": first or self.first, "second": second or self.first}
        if not set(sides.values()) <= set(self.names()):
            return as_json({"detail": "there is no such scenario here", "problems": []}, 404)
        full = {**request, **sides, "job": job}
        if not set(sides.values()) & set(self.texts):
            return await self.house.ask(client, lane, full)
        for side, name in sides.items():
            full[f"{side}_text"] = self.texts[name]["text"] if name in self.texts else await self._written(client, side, name)
        return await self.guests.ask(client, lane, full)

    async def _written(self, client: str, side: str, name: str) -> str:
        reply = await self.house.ask(client, f"written-{side}", {"job": "written", "scenario": name})
        return str(json.loads(reply.body).get("text", ""))

    def names(self) -> list[str]:
        """Return the scenarios there are: those served from the start, then those that came in through the page."""
        return [*self.sources, *self.texts]

    def leave(self) -> None:
        """Tell whoever waits that the server ends."""
        self.house.leave()
        self.guests.leave()

    async def stop(self) -> None:
        """End the worker processes."""
        await self.house.stop()
        await self.guests.stop()
