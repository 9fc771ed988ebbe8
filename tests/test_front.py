"""What was sent before is sent again while the application is imported: the same, never stale, under the same rules."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from detente.web.desk import Desk
from detente.web.front import Front
from detente.web.guard import HEADERS, Guard
from detente.web.sent import Sent
from explorer import SMALL, small

pytestmark = pytest.mark.shipped

HOST = [(b"host", b"127.0.0.1:8765")]
PACKED = [*HOST, (b"accept-encoding", b"gzip")]


@pytest.fixture
def scenario(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A scenario, and a cache that holds nothing yet."""
    monkeypatch.setenv("DETENTE_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "small.yaml"
    path.write_text(SMALL, encoding="utf-8")
    return path


class Start:
    """A start of the server, with an application that counts what it is asked."""

    def __init__(self, path: Path, status: int = 200, during: Callable[[], Any] = lambda: None) -> None:
        self.desk = Desk({"small": str(path), "other": str(path)}, "small")
        self.status, self.during, self.asked = status, during, list[str]()
        self.imported = True

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Be the application."""
        query = scope["query_string"].decode()
        self.asked.append(scope["path"] + (query and f"?{query}"))
        self.during()
        headers = [(b"content-type", b"text/html; charset=utf-8"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": f"<p>{scope['path']} {query}".encode()})

    def make(self, desk: Desk) -> Start:
        """Import the application; this may fail where nobody should need it."""
        assert self.imported
        return self

    def ask(self, *requests: tuple[str, str, list[tuple[bytes, bytes]], str]) -> list[tuple[int, dict[str, str], bytes]]:
        """Return the replies to requests, one after the other."""

        async def scene() -> list[tuple[int, dict[str, str], bytes]]:
            self.desk.house.start = _nothing  # type: ignore[method-assign]
            front = Front(self.desk, self.make)
            replies = [await _got(Guard(front), *request) for request in requests]
            await asyncio.gather(*front.asking, return_exceptions=True)
            return replies

        with ThreadPoolExecutor(1) as pool:  # a browser test may have left a loop running in this one
            return pool.submit(lambda: asyncio.run(scene())).result()


async def _nothing() -> Any:
    """Start no solver."""


async def _got(app: Any, path: str, query: str, headers: Any, method: str) -> tuple[int, dict[str, str], bytes]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "query_string": query.encode(), "headers": headers}
    await app(scope, _nothing, send)
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], told, sent[1]["body"]


def get(path: str, query: str = "", headers: Any = HOST, method: str = "GET") -> tuple[str, str, Any, str]:
    return path, query, headers, method


FIRST = (get("/"), get("/", "lang=zh"), get("/", headers=PACKED), get("/api/opening"), get("/api/opening", "lang=zh"))


def test_what_was_sent_is_sent_again_before_the_application_is_there(scenario: Path) -> None:
    before = Start(scenario).ask(*FIRST)
    again = Start(scenario)
    again.imported = False
    replies = again.ask(*FIRST)
    assert [body for _, _, body in replies] == [body for _, _, body in before]
    assert [status for status, _, _ in replies] == [200] * len(FIRST)
    for (_, old, _), (_, new, _) in zip(before, replies, strict=True):
        assert HEADERS.items() <= new.items()
        assert {**new, "content-length": ""} == {**old, "content-length": ""}


def test_the_solver_hears_of_an_opening_that_was_sent_without_it(scenario: Path) -> None:
    Start(scenario).ask(get("/api/opening"))
    again = Start(scenario)
    again.ask(get("/api/opening"))
    assert again.asked == ["/api/opening"]


def test_once_the_application_is_there_it_answers(scenario: Path) -> None:
    Start(scenario).ask(get("/"))
    again = Start(scenario)
    again.ask(get("/api/answer"), get("/"))
    assert again.asked == ["/api/answer", "/"]


@pytest.mark.parametrize("changed", ["text", "first"])
def test_nothing_changed_is_answered_as_it_was(scenario: Path, changed: str) -> None:
    Start(scenario).ask(*FIRST)
    again = Start(scenario)
    if changed == "text":
        scenario.write_text(SMALL.replace("Troops for aid", "Aid for troops"), encoding="utf-8")
    else:
        again.desk = Desk(again.desk.sources, "other")
    again.ask(*FIRST)
    assert len(again.asked) == len(FIRST)


def test_what_changed_while_it_was_answered_is_not_kept(scenario: Path) -> None:
    other = SMALL.replace("Troops for aid", "Aid for troops")
    Start(scenario, during=lambda: scenario.write_text(other, encoding="utf-8")).ask(get("/api/opening"))
    scenario.write_text(SMALL, encoding="utf-8")
    assert not Sent({"small": str(scenario), "other": str(scenario)}, "small").knows()


def test_the_package_itself_counts(scenario: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = Sent({"small": str(scenario)}, "small").basis
    (tmp_path / "more.py").write_text("", encoding="utf-8")
    package = __import__("detente.web.sent", fromlist=["sent"])
    files = package._package()
    assert {file.suffix for file in files} >= {".py", ".j2", ".po", ".yaml", ".js"}
    monkeypatch.setattr(package, "_package", lambda: [*files, tmp_path / "more.py"])
    assert Sent({"small": str(scenario)}, "small").basis != before


@pytest.mark.parametrize(
    "request_",
    [
        get("/", "set=pace=5"),
        get("/", "theme=dark"),
        get("/", "lang=xx"),
        get("/", method="HEAD"),
        get("/api/opening", "scenario=other"),
        get("/api/opening", "set=pace=5"),
        get("/api/answer"),
    ],
)
def test_no_other_address_is_kept(scenario: Path, request_: Any, tmp_path: Path) -> None:
    Start(scenario).ask(request_)
    assert not list((tmp_path / "cache").rglob("sent-*"))


def test_refusals_and_pages_that_list_texts_handed_in_are_not_kept(scenario: Path, tmp_path: Path) -> None:
    Start(scenario, status=422).ask(get("/"))
    listing = Start(scenario)
    listing.desk.texts["text-1"] = {"text": SMALL, "file": "mine.yaml"}
    listing.ask(get("/"))
    assert not list((tmp_path / "cache").rglob("sent-*"))


def test_what_is_kept_broken_is_asked_for_anew(scenario: Path, tmp_path: Path) -> None:
    Start(scenario).ask(get("/"))
    for file in (tmp_path / "cache").rglob("sent-*"):
        file.write_bytes(b"{")
    assert Start(scenario).ask(get("/"))[0][2] == b"<p>/ "


@pytest.mark.parametrize("headers", [[(b"host", b"detente.example")], [*HOST, (b"sec-fetch-site", b"cross-site")]])
def test_what_is_kept_is_guarded(scenario: Path, headers: Any) -> None:
    Start(scenario).ask(get("/"))
    ((status, told, body),) = Start(scenario).ask(get("/", headers=headers))
    assert status in (403, 421)
    assert HEADERS.items() <= told.items()
    assert b"<p>" not in body


def test_what_answers_first_imports_no_application() -> None:
    heavy = {"fastapi", "pydantic", "jinja2", "starlette", "ruamel", "numpy"}
    script = (
        "import sys, uvicorn, detente.cli.explore, detente.web.desk, detente.web.front, detente.web.guard\n"
        f"from detente.web.static import file\nfile('GET', '/static/web/core.js', {{}})\nprint(*({heavy!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == []


@pytest.fixture(scope="module")
def starts(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, httpx.Response]]:
    """The first replies of two starts of the real command, one after the other."""
    folder, found = tmp_path_factory.mktemp("starts"), list[dict[str, httpx.Response]]()
    for _ in range(2):
        with small(folder) as server:
            paths = ("/", "/?lang=zh", "/api/opening", "/api/opening?lang=zh", "/static/web/core.js", "/api/scenarios")
            found.append({path: httpx.get(server.url + path, timeout=600) for path in paths})
    return found


def test_a_second_start_answers_as_the_first(starts: list[dict[str, httpx.Response]]) -> None:
    first, second = starts
    for path, reply in first.items():
        left, right = ({k: v for k, v in each.headers.items() if k != "date"} for each in (reply, second[path]))
        assert (reply.status_code, left) == (200, right), path
        assert reply.content == second[path].content
