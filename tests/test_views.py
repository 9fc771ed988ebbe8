"""The explorer's further views: their data are what Python gives, nothing they are asked changes anything, nothing is let in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

import detente
from detente.analysis.table import Table
from detente.web import long
from explorer import SMALL, Server, got, small

pytestmark = pytest.mark.shipped

PAGES = ("/table", "/sides", "/find-out", "/sources", "/edit")
BROKEN = SMALL.replace("precision: precision, talks: talks", "precision: precison, talks: talk")
DATA = ("table", "table/why", "table/history", "sides", "sides/progress", "sources", "text", "schema")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with small(tmp_path_factory.mktemp("views")) as running:
        yield running


def test_pages_hold_no_script_or_style_of_their_own(server: Server) -> None:
    for path in PAGES:
        page = httpx.get(server.url + path, timeout=60)
        assert page.status_code == 200
        assert "unsafe" not in page.headers["content-security-policy"]
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script>(?!\s*\{)", page.text), path
        names = re.findall(r'(?:src|href)="(/static/web/[^"]+)"', page.text)
        size = sum(len(httpx.get(server.url + name).content) for name in names)
        assert size < 60_000


def test_every_address_is_described(server: Server) -> None:
    paths = got(server, "/api/openapi.json")["paths"]
    for path in DATA:
        assert paths[f"/api/{path}"]["get"]["summary"]
    assert list(paths["/api/sides/stop"]) == ["post"]


def test_a_game_is_the_one_python_plays(server: Server) -> None:
    table = Table.of(detente.load(SMALL, values={"aid_worth": 1.3}), "south", 4)
    for _ in range(2):
        if not table.over:
            table.play(table.model())
    query = {"seat": "south", "seed": 4, "set": "aid_worth=1.3", "move": table.moves}
    sent = got(server, "/api/table", **query)
    assert got(server, "/api/table", **query) == sent
    for name in ("moves", "over", "seed", "seat"):
        assert sent[name] == table.record()[name]
    assert [(event["kind"], event["who"], event["chance"]) for event in sent["history"]] == [
        (event.kind, event.who, event.chance) for event in table.history
    ]
    seen = table.position()
    assert (seen is None) == (not sent["packages"])
    if seen is not None:
        by_name = {row["name"]: row for row in sent["packages"]}
        for i, name in enumerate(map(str, seen.package.values)):
            assert by_name[name]["p"] == float(seen.p_all_accept[i])
            assert by_name[name]["own"] == float(seen.own_gain[i])
        name = str(seen.package.values[int(np.argmin(seen.p_all_accept.values))])
        why = got(server, "/api/table/why", package=name, **query)
        assert why["package"] == name
        assert {side["name"] for side in why["sides"]} <= {"south", "north"}
        assert why["sides"][0]["against"]
    chinese = got(server, "/api/table", lang="zh", **query)
    assert [value for _, value in sent["standing"]["stocks"]] != [value for _, value in chinese["standing"]["stocks"]]
    kept = httpx.get(server.url + "/api/table/history", params={**query, "format": "csv"}, timeout=600)
    assert kept.text == table.csv()
    assert "attachment" in kept.headers["content-disposition"]
    assert got(server, "/api/table/history", **query) == table.record()


@pytest.mark.parametrize(
    "query", [{"seat": "nobody"}, {"move": "dance"}, {"seed": -1}, {"seed": "x"}, {"move": "offer:<script>alert(1)</script>"}]
)
def test_what_cannot_be_played_is_refused_in_words(server: Server, query: dict[str, Any]) -> None:
    reply = httpx.get(server.url + "/api/table", params=query, timeout=600)
    assert reply.status_code == 422
    assert reply.json()["detail"]
    assert reply.headers["content-type"].startswith("application/json")


def test_sides_add_up_to_the_difference(server: Server) -> None:
    sent = got(server, "/api/sides", second="small", variant_second="hawkish", task="one")
    assert [(row["name"], row["before"], row["after"]) for row in sent["changed"]] == [("hawk_wins", "0.4", "0.6")]
    for row in sent["outcomes"]:
        assert sum(row["attribution"].values()) == pytest.approx(row["difference"], abs=1e-9)
        assert row["to"] - row["from"] == pytest.approx(row["difference"], abs=1e-9)
    assert got(server, "/api/sides/progress", task="one") == {"done": 0, "total": 0}


def test_a_list_under_way_can_be_stopped(server: Server) -> None:
    assert httpx.get(server.url + "/api/find-out/stop").status_code == 405
    assert got(server, "/api/find-out/progress", task="y") == {"done": 0, "total": 0}
    assert httpx.post(server.url + "/api/find-out/stop", json={"task": "y"}, timeout=60).json() == {"stopped": True}
    late = httpx.get(server.url + "/api/find-out", params={"task": "y", "draws": 65}, timeout=600)
    assert (late.status_code, late.json()["detail"]) == (422, "stopped")


def test_what_a_long_job_found_is_kept_for_what_it_rests_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DETENTE_CACHE", str(tmp_path))
    worked: list[int] = []

    def ask(draws: int) -> bytes:
        def work(tell: long.Tell) -> dict[str, int]:
            worked.append(draws)
            return {"draws": draws}

        return long.once({"job": "find-out", "task": "t"}, ("a scenario", draws), work).body

    assert [ask(256), ask(256), ask(1024), ask(256)] == [b'{"draws":256}', b'{"draws":256}', b'{"draws":1024}', b'{"draws":256}']
    assert worked == [256, 1024]


def test_how_many_draws_a_list_takes_is_bounded(server: Server) -> None:
    for draws in ("1025", "63", "many"):
        assert httpx.get(server.url + "/api/find-out", params={"draws": draws}, timeout=60).status_code == 422


def test_stopping_takes_a_post_from_here(server: Server) -> None:
    assert httpx.get(server.url + "/api/sides/stop").status_code == 405
    elsewhere = httpx.post(server.url + "/api/sides/stop", json={"task": "x"}, headers={"origin": "http://elsewhere.example"})
    assert elsewhere.status_code == 403
    assert httpx.post(server.url + "/api/sides/stop", json={"task": "x"}, timeout=60).json() == {"stopped": True}
    late = httpx.get(
        server.url + "/api/sides", params={"second": "small", "variant_second": "hawkish", "draws": 1, "task": "x"}, timeout=600
    )
    assert (late.status_code, late.json()["detail"]) == (422, "stopped")


def test_every_number_is_listed_with_its_source(server: Server) -> None:
    sent, scenario = got(server, "/api/sources"), detente.load(SMALL).scenario
    rows = {row["name"]: row for row in sent["numbers"]}
    assert list(rows) == list(scenario.quantities)
    assert [name for name, row in rows.items() if row["contested"]] == ["hawk_wins"]
    assert [name for name, row in rows.items() if row["sourced"]] == ["hawk_wins"]
    assert rows["hawk_wins"]["readings"] == [["one side", 0.3], ["other side", 0.6]]
    assert rows["hawk_wins"]["note"] == "as the last survey says"
    assert [(source["key"], source["count"]) for source in sent["sources"]] == [("survey", 1)]


def test_numbers_are_told_of_in_the_language_of_the_page(server: Server) -> None:
    text = SMALL.replace(
        "note: as the last survey says", "note: {en: a note, zh: \u8bf4\u660e}, readings_in: {zh: [\u7532, \u4e59]}"
    )
    name = httpx.post(server.url + "/api/scenarios", json={"text": text}, timeout=600).json()["scenario"]
    told = {}
    for language in ("en", "zh"):
        sent = got(server, "/api/sources", scenario=name, lang=language)
        row = next(row for row in sent["numbers"] if row["name"] == "hawk_wins")
        told[language] = (row["note"], row["readings"])
    assert told["en"] == ("a note", [["one side", 0.3], ["other side", 0.6]])
    assert told["zh"] == ("\u8bf4\u660e", [["\u7532", 0.3], ["\u4e59", 0.6]])


def test_links_lead_to_the_web_or_nowhere(server: Server) -> None:
    hostile = SMALL.replace("https://example.org/survey", "javascript:alert(1)")
    name = httpx.post(server.url + "/api/scenarios", json={"text": hostile}, timeout=600).json()["scenario"]
    if name:  # where the reader takes such an address at all
        sent = got(server, "/api/sources", scenario=name)
        assert {source["url"] for source in sent["sources"]} == {""}


def test_problems_are_those_of_detente_check(server: Server) -> None:
    with pytest.raises(detente.ScenarioError) as refused:
        detente.load(BROKEN)
    sent = httpx.post(server.url + "/api/check", json={"text": BROKEN}, timeout=600).json()["problems"]
    said = [(each.code, each.line, each.column, each.text, each.hint) for each in refused.value.problems]
    assert [(each["code"], each["line"], each["column"], each["text"], each["hint"]) for each in sent] == said
    assert len(sent) >= 1


def test_an_edited_text_can_be_shown_by_every_view(server: Server) -> None:
    text = SMALL.replace("Troops for aid", "Another title")
    name = httpx.post(server.url + "/api/scenarios", json={"text": text, "file": "mine.yaml"}, timeout=600).json()["scenario"]
    assert got(server, "/api/sources", scenario=name)["title"] == "Another title"
    assert got(server, "/api/text", scenario=name)["text"] == text
    assert name in httpx.get(server.url + "/edit").text
