"""The process that reads and solves: jobs come in on standard input, replies go out on standard output.

A message is a line of JSON and, for replies, as many bytes as it says. Jobs run on a few threads; who gets them, and in what
order, is the desk's to decide. Nothing else may write to standard output, so it is moved out of reach first.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, BinaryIO

from detente import runtime
from detente.web.jobs import Reply, as_json, done
from detente.web.shelf import Shelf


def main() -> None:
    """Work until standard input ends."""
    plan = json.loads(sys.argv[1])
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    if plan["guest"]:
        _limit(plan["memory"])
    else:
        runtime.hold()
    shelf, lock = Shelf(plan["sources"]), threading.Lock()
    pool = ThreadPoolExecutor(plan["threads"])
    for line in sys.stdin.buffer:
        pool.submit(_work, shelf, json.loads(line), out, lock)
    os._exit(0)  # whoever asked is gone: nobody waits for what is under way


def _work(shelf: Shelf, request: dict[str, Any], out: BinaryIO, lock: threading.Lock) -> None:
    try:
        reply = done(shelf, request)
    except Exception as error:  # noqa: BLE001 (whatever it is, the page is told and the worker goes on)
        text = f"something went wrong inside detente ({type(error).__name__})"
        print(f"{request.get('job')}: {type(error).__name__}: {error}", file=sys.stderr)  # noqa: T201
        reply = as_json({"detail": text, "problems": []}, 500)
    with lock, contextlib.suppress(BrokenPipeError):
        out.write(_head(request["id"], reply) + reply.body)
        out.flush()


def _head(number: int, reply: Reply) -> bytes:
    head = {"id": number, "size": len(reply.body), "type": reply.type, "status": reply.status, "name": reply.name}
    return json.dumps(head).encode() + b"\n"


def _limit(memory: int) -> None:
    """Take a lower priority, and no more memory than is allowed."""
    with contextlib.suppress(OSError, AttributeError):
        os.nice(10)
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))


if __name__ == "__main__":
    main()
