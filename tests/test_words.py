"""The language spoken: catalogues, grammar, lines; that nothing said is left untranslated."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from detente import words
from detente.words import Phrases, dates
from detente.words.outcomes import described

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
