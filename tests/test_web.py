"""The explorer's server: what it answers is what Python answers, and what it must refuse it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pytest

import detente
from explorer import SMALL, Server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    path = tmp_path_factory.mktemp("explorer") / "small.yaml"
    path.write_text(SMALL, encoding="utf-8")
    with Server(path) as running:
        yield running


def got(server: Server, path: str, **query: Any) -> Any:
    reply = httpx.get(server.url + path, params=query, timeout=300)
    assert reply.status_code == 200, reply.text
    return reply.json()


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
