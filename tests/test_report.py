"""The report: complete, in order, self-contained, and deaf to what a scenario says."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
import xarray as xr

from detente import report
from detente.findings import Reading, page
from detente.findings.ledger import joined, parameters
from synthetic import central, ensemble, make

NASTY = "<script>alert(1)</script><img src=x onerror=alert(2)>{{ 7 * 7 }}\"'&"


class Outline(HTMLParser):
    """Ids in order, elements by name, and every address."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.handlers: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            elif name in ("src", "href"):
                self.addresses.append(value or "")
            elif name.startswith("on"):
                self.handlers.append(name)


@pytest.fixture(scope="module")
def html() -> str:
    return report.render(central(), ensemble())


def nasty() -> xr.Dataset:
    ds = make()
    words = json.loads(ds.attrs["words"])
    ds.attrs |= {
        "title": NASTY,
        "summary": NASTY,
        "words": json.dumps({path: {"en": NASTY} for path in words}),
        "sources": json.dumps(
            {"a": {"cite": NASTY, "url": "javascript:alert(3)"}, "b": {"cite": "fine", "url": "https://example.org/"}}
        ),
        "notes": json.dumps({"players": {"us": NASTY}}),
    }
    for name in ("parameter_label", "parameter_note", "parameter_source", "parameter_unit", "parameter_group"):
        ds[name] = ("parameter", [NASTY] * ds.sizes["parameter"])
    return ds


def test_sections_come_in_order_and_ids_are_unique(html: str) -> None:
    outline = Outline(html)
    sections = [name for name in outline.ids if name in page.HEADINGS]
    assert sections == list(page.HEADINGS)
    assert len(outline.ids) == len(set(outline.ids))


def test_how_draws_hang_together_is_said() -> None:
    ds = make()
    name = str(ds.parameter.values[0])
    ds["parameter_label"] = ("parameter", [NASTY] * ds.sizes["parameter"])
    rows = [
        {"between": [name, "other"], "rank": -0.5, "source": "hearsay", "note": NASTY},
        {"of": name, "when": "other < 3", "range": [1, 2], "source": "", "note": ""},
        {"of": "other", "when": NASTY, "values": [1, 2, 4], "source": "", "note": ""},
    ]
    ds.attrs["joined"] = json.dumps(rows)
    said = [row.text for row in joined(Reading(ds, None))]
    assert said[0] == f"“{NASTY}” and “other”: rank correlation \u22120.50."
    assert said[1].endswith("” where other < 3: 1 to 2.")
    assert said[2].endswith("1, 2, 4.")
    html = report.render(ds)
    assert "Drawn together" in html
    assert "<img src=x" not in html
    assert "Drawn together" not in report.render(make())


def test_everything_is_inside(html: str) -> None:
    outline = Outline(html)
    assert [address for address in outline.addresses if not address.startswith(("#", "https://www.sipri.org/"))] == []
    assert not {"link", "iframe", "object", "embed", "base"} & set(outline.tags)
    assert "default-src &#39;none&#39;" in html
    assert "unsafe-eval" not in html


def test_policy_names_the_very_scripts(html: str) -> None:
    import base64
    import hashlib

    scripts = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', html)
    assert policy
    assert len(scripts) == 4
    for script in scripts:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert digest in policy[1].replace("&#43;", "+")


def test_specifications_are_json(html: str) -> None:
    specs = re.findall(r'<script type="application/json">(.*?)</script>', html, re.DOTALL)
    assert len(specs) > 10
    assert all(json.loads(spec)["$schema"] for spec in specs)


def test_words_of_a_scenario_stay_words() -> None:
    html = report.render(nasty(), ensemble())
    outline = Outline(html)
    assert outline.handlers == []
    assert "img" not in outline.tags
    assert outline.tags.count("script") == Outline(report.render(central(), ensemble())).tags.count("script")
    assert "{{ 7 * 7 }}" in html
    assert ">49<" not in html
    assert not any(address.startswith("javascript") for address in outline.addresses)
    assert "https://example.org/" in outline.addresses


def test_every_parameter_is_there_with_its_source(html: str) -> None:
    for row in parameters(Reading(central())):
        assert f"<code>{row.name}</code>" in html
        assert row.sources
        assert all(f'<li id="{source.id}">{source.cite}'.replace("'", "&#39;") in html for source in row.sources)
    contested = html[html.index('class="numbers contested"') :].split("</table>")[0]
    assert contested.count("<tr><th scope") == 1
    assert "the high reading" in contested


def test_every_source_is_reached_from_the_numbers_it_supports(html: str) -> None:
    outline = Outline(html)
    linked = {address[1:] for address in outline.addresses if address.startswith("#source-")}
    assert linked == {"source-1", "source-2"}
    assert linked <= set(outline.ids)


def test_what_agreements_contain_comes_before_the_packages(html: str) -> None:
    assert html.index('class="contents"') < html.index('class="leaders"')


@pytest.mark.parametrize("ds", [make(0.0), make(clock="rounds", periods=6)], ids=["no deal", "rounds"])
def test_other_outcomes_make_a_report_too(ds: xr.Dataset) -> None:
    text = re.sub(r"<(script|style).*?</\1>", "", report.render(ds), flags=re.DOTALL)
    assert "Verdict" in text
    assert not re.search(r"\bnan\b", text, re.IGNORECASE)


@pytest.mark.parametrize(
    "gone",
    [
        ["survival"], ["ended_by"], ["gain_term"], ["stock_mean"], ["solution"], ["cost_of_delay"],
        ["regret"], ["p_deal_by_precision"], ["p_signed_by_refined"], ["indicator_mean"], ["p_signed_hazard"], ["zopa_share"],
        ["p_cheat"],
    ],
    ids=lambda names: names[0],
)  # fmt: skip
def test_what_is_missing_leaves_the_rest(gone: list[str]) -> None:
    assert "Assumptions and limits" in report.render(central().drop_vars(gone), ensemble())


def test_write_redraws_from_a_saved_file(tmp_path: Path, html: str) -> None:
    central().to_netcdf(tmp_path / "result.nc", engine="netcdf4")
    with xr.open_dataset(tmp_path / "result.nc", engine="netcdf4") as ds:
        report.write(ds.load(), ensemble(), tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == html
