"""The explorer's server: what it answers is what Python answers, and what it must refuse it refuses."""

from __future__ import annotations

import asyncio
import csv
import io
import re
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import hypothesis
import numpy as np
import pytest
import schemathesis
from hypothesis import strategies as st

import detente
from detente.errors import ScenarioError
from detente.web.desk import QUICK, SLOW, Crew, Ticket
from detente.web.static import static
from explorer import SMALL, Server, got, small

pytestmark = pytest.mark.shipped


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with small(tmp_path_factory.mktemp("explorer")) as running:
        yield running


def test_the_data_are_those_of_the_python_api(server: Server) -> None:
    values = {"aid_worth": 0.7, "pace": 6.5}
    case = detente.load(SMALL)
    for exact in (False, True):
        ds = case.live(values, exact=exact)
        sent = got(server, "/api/dataset", set=[f"{name}={value}" for name, value in values.items()], exact=exact)
        assert sorted(sent["data"]) == sorted(map(str, ds.data_vars))
        for name in ("p_signed_by", "gain", "p_deal", "survival", "stock_mean", "gain_term"):
            assert np.array_equal(np.array(sent["data"][name]["data"], float), ds[name].values, equal_nan=True), name
    assert sent["attrs"]["scenario_hash"] == ds.attrs["scenario_hash"]


def test_what_is_shown_is_read_from_those_data(server: Server) -> None:
    ds = detente.load(SMALL).live({"hawk_wins": 0.6})
    shown = got(server, "/api/answer", set="hawk_wins=0.6")
    assert [row["v"] for row in shown["pictures"]["signed"]] == ds.p_signed_by.values.tolist()
    assert {tile["key"]: tile["value"] for tile in shown["tiles"]}["horizon"] == float(ds.p_signed_by[-1])


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "detente.example"}, 421),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": "http://elsewhere.example"}, 403),
        ({"origin": "null"}, 403),
        ({}, 200),
        ({"sec-fetch-site": "same-origin"}, 200),
    ],
)
def test_pages_elsewhere_are_turned_away(server: Server, headers: dict[str, str], status: int) -> None:
    assert httpx.get(server.url + "/", headers=headers).status_code == status


def test_every_reply_carries_a_strict_policy(server: Server) -> None:
    for path in ("/", "/static/web/explore.js", "/api/answer", "/nowhere"):
        policy = httpx.get(server.url + path, timeout=300).headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy


@pytest.mark.parametrize(
    "path", ["/static/../app.py", "/static/web/../../templates/report.css", "/static/%2e%2e/x", "/static/versions.json"]
)
def test_only_static_files_are_served(server: Server, path: str) -> None:
    assert httpx.get(server.url + path).status_code == 404


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"set": "nothing=1"}, 422),
        ({"set": "aid_worth=nan"}, 422),
        ({"set": "aid_worth"}, 422),
        ({"variant": "none"}, 422),
        ({"package": "none"}, 422),
        ({"scenario": "../../etc/passwd"}, 404),
        ({"lang": "<b>"}, 422),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(server: Server, query: dict[str, str], status: int) -> None:
    reply = httpx.get(server.url + "/api/answer", params=query, timeout=300)
    assert reply.status_code == status
    assert reply.json()["detail"]


def test_every_reply_is_as_described(server: Server) -> None:
    """Whatever comes in, nothing goes wrong inside, and what goes out is what the description says (schemathesis)."""
    schema = schemathesis.openapi.from_url(f"{server.url}/api/openapi.json")
    checks = [schemathesis.checks.not_a_server_error]

    @hypothesis.settings(max_examples=6, deadline=None, suppress_health_check=list(hypothesis.HealthCheck), database=None)
    @hypothesis.given(data=st.data())
    def called(data: st.DataObject) -> None:
        for operation in schema.get_all_operations():
            case = data.draw(operation.ok().as_strategy())
            if case.path.endswith(("report.html", "find-out")):  # refused before their minutes of work
                case.query = {**(case.query or {}), "set": ["nothing=1"]}
            case.call_and_validate(checks=checks, timeout=300)

    called()


def test_the_description_and_its_page_load_nothing_from_elsewhere(server: Server) -> None:
    page = httpx.get(server.url + "/api").text
    assert "/api/answer" in page
    assert re.findall(r'(?:src|href)="(?![/#])', page) == []


def test_the_first_page_is_small() -> None:
    loaded = {"vega.min.js", "vega-lite.min.js", "vega-embed.min.js"} | {
        f"web/{name}" for name in ("explorer.css", "theme.js", "core.js", "state.js", "charts.js", "controls.js", "explore.js")
    }
    assert sum(len(file.packed) for name, file in static().items() if name in loaded) < 400_000


def test_a_text_is_checked_as_on_the_command_line(server: Server) -> None:
    broken = SMALL.replace("talks: talks", "talks: talk")
    told = httpx.post(server.url + "/api/check", json={"text": broken}, timeout=120).json()
    with pytest.raises(ScenarioError) as caught:
        detente.load(broken)
    assert [(p["code"], p["line"], p["column"]) for p in told["problems"]] == [
        (p.code, p.line, p.column) for p in caught.value.problems
    ]


def test_a_text_handed_in_is_answered_by_its_name(server: Server) -> None:
    other = SMALL.replace("value: 1.1, low: 0.3", "value: 0.9, low: 0.3")
    name = httpx.post(server.url + "/api/scenarios", json={"text": other}, timeout=120).json()["scenario"]
    shown = got(server, "/api/answer", scenario=name)
    assert shown["pictures"]["signed"][-1]["v"] == float(detente.load(other).live().p_signed_by[-1])


def test_a_text_too_large_for_this_machine_is_refused_before_anything_is_laid_out(server: Server) -> None:
    large = SMALL.replace("grid: 0..150 by 25", "grid: 0..150 by 1").replace("horizon: 8 years", "horizon: 40 years")
    more = "\n".join(f"  s{i}: {{start: 0, grid: 0..80 by 1, drift: 0}}" for i in range(2))
    large = large.replace("payoffs:", f"{more}\npayoffs:", 1)
    told = httpx.post(server.url + "/api/check", json={"text": large}, timeout=120).json()
    assert [problem["code"] for problem in told["problems"]] == ["too-large"]


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"content-type": "text/plain"}, b"{}", 415),
        ({"content-type": "application/json"}, b"x" * 700_000, 413),
        ({"content-type": "application/json", "origin": "http://elsewhere.example"}, b"{}", 403),
        ({"content-type": "application/json"}, b"{", 422),
        ({"content-type": "application/json"}, b"[]", 422),
    ],
)
def test_what_is_posted_is_held_to_form_and_size(server: Server, headers: dict[str, str], body: bytes, status: int) -> None:
    assert httpx.post(server.url + "/api/check", headers=headers, content=body).status_code == status


def test_a_changed_scenario_says_what_the_view_says(server: Server) -> None:
    reply = httpx.get(
        server.url + "/api/scenario.yaml", params={"set": ["hawk_wins=0.5", "pace=11"], "variant": "hawkish"}, timeout=120
    )
    assert "small-changed.yaml" in reply.headers["content-disposition"]
    case = detente.load(SMALL, values={"hawk_wins": 0.5, "pace": 11.0})
    assert detente.load(reply.text).scenario == case.scenario


def test_what_is_shown_can_be_kept_as_a_table(server: Server) -> None:
    text = httpx.get(server.url + "/api/shown.csv", params={"set": "hawk_wins=0.5"}, timeout=300).text
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    ds = detente.load(SMALL).live({"hawk_wins": 0.5})
    assert [float(row["value"]) for row in rows if row["picture"] == "signed"] == ds.p_signed_by.values.tolist()


def test_six_people_at_once_are_all_answered(server: Server) -> None:
    def person(who: int) -> list[int]:
        with httpx.Client(timeout=300, headers={"x-page": str(who)}) as client:
            return [client.get(f"{server.url}/api/answer?set=pace={3 + who / 10 + i / 100}").status_code for i in range(4)]

    with ThreadPoolExecutor(6) as pool:
        assert [status for found in pool.map(person, range(6)) for status in found] == [200] * 24


def run(scene: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """Play a scene in a thread of its own: a browser test may have left a loop running in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(scene())).result()


def test_what_a_page_no_longer_wants_gives_way() -> None:
    async def scene() -> list[int]:
        crew = Crew({})
        crew.hands = 0  # nobody is free
        asked = [asyncio.create_task(crew.ask("a page", QUICK, {})) for _ in range(3)]
        other = asyncio.create_task(crew.ask("another", QUICK, {}))
        for _ in range(5):  # all ask; then those that gave way hear of it
            await asyncio.sleep(0)
        statuses = [task.result().status for task in asked if task.done()]
        waiting = len(crew.waiting)
        for task in (*asked, other):
            task.cancel()
        await asyncio.gather(*asked, other, return_exceptions=True)
        return [*statuses, waiting]

    assert run(scene) == [409, 409, 2]


def test_whoever_waits_when_the_server_ends_is_told() -> None:
    async def scene() -> list[int]:
        crew = Crew({})
        crew.hands = 0  # nobody is free
        asked = [asyncio.create_task(crew.ask(who, QUICK, {})) for who in ("a page", "another")]
        await asyncio.sleep(0)
        crew.leave()
        return [reply.status for reply in await asyncio.gather(*asked)]

    assert run(scene) == [503, 503]


def test_slow_jobs_leave_hands_for_quick_ones_and_turns_are_fair() -> None:
    async def scene() -> list[str]:
        crew = Crew({})
        crew.hands, crew.served = 2, {"a": 5, "b": 2}
        crew.busy = {1: Ticket("x", SLOW, {})}
        crew.waiting = [Ticket("c", SLOW, {}), Ticket("a", QUICK, {}), Ticket("b", QUICK, {})]
        first = crew._next()
        crew.busy = {}
        second = crew._next()
        assert first is not None
        assert second is not None
        return [first.client, second.client]

    assert run(scene) == ["b", "c"]
