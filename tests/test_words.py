"""The language spoken: catalogues, grammar, lines; that nothing said is left untranslated."""

from __future__ import annotations

import datetime as dt
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import xarray as xr

from detente import report, words, zopa
from detente.cli import console
from detente.words import Phrases, dates
from detente.words.outcomes import described
from synthetic import central, ensemble

ROOT = Path(__file__).parents[1]


def test_english_is_spoken_unless_another_language_is_asked_for() -> None:
    assert words.language() == "en"
    with words.speaking("zh"):
        assert words.language() == "zh"
        assert words.tag() == "zh-Hans"
    assert words.language() == "en"


def test_languages_that_are_not_spoken_are_refused() -> None:
    with pytest.raises(ValueError, match="'fr'; it speaks en, zh"), words.speaking("fr"):
        pass


def test_other_threads_keep_their_language() -> None:
    heard: list[str] = []
    with words.speaking("zh"):
        thread = threading.Thread(target=lambda: heard.append(words.language()))
        thread.start()
        thread.join()
    assert heard == ["en"]


def test_values_are_never_read_as_templates() -> None:
    said = Phrases() | {"term": "{option} {share}"}
    assert said.say("term", option="{share}", share="5%") == "{share} 5%"
    assert words.listed(["{a}", "{b}"]) == "{a} and {b}"


def test_what_no_catalogue_holds_is_said_in_english() -> None:
    with words.speaking("zh"):
        assert words.translated("No catalogue holds this.") == "No catalogue holds this."


def test_english_grammar() -> None:
    assert [words.listed([]), words.listed(["a"]), words.listed(["a", "b"])] == ["", "a", "a and b"]
    assert words.listed(["a", "b", "c"]) == words.clauses(["a", "b", "c"]) == "a, b and c"
    assert words.commas(["a", "b"]) == "a, b"
    assert words.semicolons(["a", "b"]) == "a; b"
    assert words.sentences("One.", "", "Two.") == "One. Two."
    assert [words.bracketed("a", ""), words.bracketed("a", "b")] == ["a", "a (b)"]
    assert [words.counted(1, "package"), words.counted(2, "package")] == ["1 package", "2 packages"]
    assert [words.spanned(2.5, "year"), words.spanned(1.0, "round")] == ["2.5 years", "1 round"]


def test_scenario_words_fall_back_on_english_and_then_on_any() -> None:
    assert words.chosen({"en": "a", "zh": "b"}, code="zh") == "b"
    assert words.chosen({"en": "a"}, code="zh") == "a"
    assert words.chosen({"zh": "b"}) == "b"
    assert words.chosen(None, "none") == "none"


def test_lines_break_between_words_or_characters() -> None:
    assert words.folded("one two three", 8) == ["one two", "three"]
    lines = words.folded("美国和朝鲜在2026年签署协议，保留价值“很高”。", 12)
    assert "".join(lines) == "美国和朝鲜在2026年签署协议，保留价值“很高”。"
    assert all(words.wide(line) <= 14 for line in lines)
    assert not any(line[0] in "，。”" or line[-1] == "“" for line in lines)


def test_every_sentence_is_translated() -> None:
    done = subprocess.run(
        [sys.executable, "tools/words.py", "--check"], cwd=ROOT, capture_output=True, text=True, timeout=120, encoding="utf-8"
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_chinese_grammar() -> None:
    with words.speaking("zh"):
        assert words.listed(["甲", "乙", "丙"]) == "甲、乙和丙"
        assert words.clauses(["甲为一", "乙为二"]) == "甲为一，乙为二"
        assert words.bracketed("甲", "乙") == "甲（乙）"
        assert [words.counted(1, "package"), words.counted(94, "package")] == ["1个方案", "94个方案"]
        assert words.spanned(2.5, "year") == "2.5年"
        assert dates.day(dt.date(2029, 1, 20)) == "2029年1月20日"
        assert dates.month(2033, 7) == "2033年7月"


@pytest.mark.parametrize(
    ("name", "english", "chinese"),
    [
        ("p_deal_by_2028-06", "an agreement is signed by 30 June 2028", "到2028年6月30日签署协议"),
        ("share[relief=full]", "share of signed agreements with “full relief”", "已签署协议中含“全面解除制裁”的比例"),
        ("delay[us]", "what a year without talks costs us", "一年没有谈判对us的代价"),
        ("survival_1", "an agreement is still in force 1 year after signing", "协议签署1年后仍然有效"),
        ("something else", "something else", "something else"),
    ],
)
def test_outcomes_are_described_from_their_names(name: str, english: str, chinese: str) -> None:
    known = {"issues.relief.full": {"en": "full relief", "zh": "全面解除制裁"}}

    def word(*path: str) -> str:
        return words.chosen(known.get(".".join(path)), path[-1])

    assert described(name, word, dated=True) == english
    with words.speaking("zh"):
        assert described(name, word, dated=True) == chinese


ALLOWED = {"detente", "SHA", "Nash", "Kalai", "and", "Smorodinsky"}
"""What Chinese text keeps in Latin letters: names of the program, of authors, of a sum."""
LATIN = re.compile(r"[A-Za-z]{2,}")


class Visible(HTMLParser):
    """Every text a reader of a page sees or hears, code aside; and the charts as data."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.charts: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style", "code"):
            self._inside.append("chart" if ("type", "application/json") in attrs else tag)
        self.texts += [value for name, value in attrs if name in ("aria-label", "data-label", "title") and value]

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style", "code"):
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self.texts.append(data)
        elif self._inside[-1] == "chart":
            self.charts.append(data)


def shown(spec: Any) -> Iterator[str]:
    """Yield the words of a chart: titles, and what its rows say."""
    if isinstance(spec, dict):
        yield from (value for key, value in spec.items() if key == "title" and isinstance(value, str))
        for rows in spec.get("datasets", {}).values():
            yield from (value for row in rows for value in row.values() if isinstance(value, str))
        for key, value in spec.items():
            if key != "datasets":
                yield from shown(value)
    elif isinstance(spec, list):
        for value in spec:
            yield from shown(value)


def chinese(ds: xr.Dataset) -> xr.Dataset:
    """Give everything a scenario can name a Chinese name, so that any Latin letter left is detente's own."""
    ds = ds.copy(deep=True)
    names = [f"parameters.{name}" for name in ds.parameter.values]
    for kind, dim in (("players", "player"), ("stocks", "stock"), ("indicators", "indicator"), ("issues", "issue")):
        names += [f"{kind}.{name}" for name in ds[dim].values]
    names += [f"issues.{i}.{o}" for i in ds.issue.values for o in set(ds.package_level.sel(issue=i).values)]
    names += [f"regimes.{str(state).replace('=', '.')}" for state in ds.regime_state.values]
    names += [f"regimes.{str(state).partition('=')[0]}" for state in ds.regime_state.values]
    names += [f"payoffs.{player}.{term}" for player in ds.player.values for term in ds.term.values]
    names += list(json.loads(ds.attrs["words"]))
    ds.attrs["words"] = json.dumps({name: {"zh": f"名{k}"} for k, name in enumerate(dict.fromkeys(names))})
    ds.attrs |= {"titles": json.dumps({"zh": "题"}), "summaries": json.dumps({"zh": "概"}), "scenario": "", "sources": "{}"}
    ds.attrs |= {"notes": "{}", "uniqueness_known": json.dumps([{"key": "finite"}])}
    ds["solution"].attrs |= {"definitions": json.dumps(zopa.DEFINITIONS), "disagreement": zopa.DISAGREEMENT["waiting"]}
    for column in ("unit", "group", "source", "note", "readings"):
        ds[f"parameter_{column}"][:] = ""
    for name in ("stock_unit", "indicator_unit"):
        if name in ds:
            ds[name][:] = ""
    return ds


def left_over(texts: Iterable[str]) -> list[str]:
    """Return the texts with a word of English in them; dates of data are none."""
    return sorted({text for text in texts if set(LATIN.findall(text)) - ALLOWED and not re.match(r"\d{4}-\d\d-\d\d", text)})


@pytest.mark.parametrize("drawn", [True, False], ids=["draws", "best guesses"])
def test_nothing_of_a_report_is_left_in_english(drawn: bool) -> None:
    page = Visible()
    page.feed(report.render(chinese(central()), ensemble() if drawn else None, language="zh"))
    assert page.charts
    assert left_over(page.texts) == []
    assert left_over(text for chart in page.charts for text in shown(json.loads(chart))) == []
    assert 'lang="zh-Hans"' in report.render(chinese(central()), language="zh")


def test_nothing_the_terminal_says_is_left_in_english(capsys: pytest.CaptureFixture[str]) -> None:
    with words.speaking("zh"):
        console.answer(chinese(central()), ensemble())
    said = capsys.readouterr().out
    assert "能否达成协议？" in said
    assert left_over(said.splitlines()) == []
    assert max(words.wide(line) for line in said.splitlines()) <= console.WIDEST
