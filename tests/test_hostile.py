"""Hostile, half-written and absurd input: always a ScenarioError with problems, never another exception, never a hang."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.errors import ScenarioError
from detente.spec.menu import packages
from detente.spec.read import bundled, load_text, read
from scenarios import BASE, changed, problems

SECONDS = 20
"""More than any refusal may take, on a slow and busy machine."""


@pytest.fixture(autouse=True)
def _in_time() -> object:
    before = time.process_time()
    yield
    assert time.process_time() - before < SECONDS


def codes(action: Callable[[], object]) -> set[str]:
    with pytest.raises(ScenarioError) as caught:
        action()
    assert caught.value.problems
    assert str(caught.value)
    assert all(problem.text and len(str(problem)) < 2000 for problem in caught.value.problems)
    return {problem.code for problem in caught.value.problems}


TEXTS = {
    "empty": ("", "empty-file"),
    "spaces": ("  \n\n  \n", "empty-file"),
    "comments": ("# nothing\n# here\n", "empty-file"),
    "a-word": ("hello", "not-a-scenario"),
    "a-list": ("- 1\n- 2\n", "not-a-scenario"),
    "a-number": ("3\n", "not-a-scenario"),
    "null": ("---\n...\n", "not-a-scenario"),
    "html": ("<!doctype html>\n<html><body>Not found</body></html>\n", "not-a-scenario"),
    "json": ('{"detente": 1', "yaml-syntax"),
    "open-list": ("detente: 1\nexclude: [a, b\n", "yaml-syntax"),
    "open-quote": ('detente: 1\ntitle: "half\n', "yaml-syntax"),
    "tabs": ("detente: 1\ncalendar:\n\tstart: 2026-01-01\n", "yaml-syntax"),
    "bad-indent": ("detente: 1\n  calendar: {}\n title: x\n", "yaml-syntax"),
    "bad-escape": ('title: "\\q"\n', "yaml-syntax"),
    "merge-markers": ("<<<<<<< HEAD\ndetente: 1\n=======\n", "yaml-syntax"),
    "two-documents": (BASE + "---\n" + BASE, "yaml-documents"),
    "directive": ("%FOO\n", "yaml-syntax"),
    "unknown-version": ("%YAML 7.3\n---\ndetente: 1\n", "yaml-syntax"),
    "bad-tag-handle": ("title: !unknown!thing x\n", "yaml-syntax"),
    "nul": ("detente: 1\0\n", "not-text"),
    "control": ("detente: \x01\n", "not-text"),
    "surrogate": ("detente: \ud800\n", "not-text"),
    "deep-flow": ("a: " + "[" * 10_000, "too-deep"),
    "deep-block": ("".join(" " * n + "a:\n" for n in range(900)), "too-deep"),
    "deep-lists": ("- " * 10_000, "too-deep"),
    "deep-keys": ("? " * 10_000, "too-deep"),
    "many-keys": ("".join(f"k{n}: 1\n" for n in range(40_000)), "too-many-entries"),
    "many-values": ("exclude: [" + "1," * 40_000 + "]", "too-many-entries"),
    "too-large": ("#" * 600_000, "file-too-large"),
    "python-tag": (changed(("detection: rate", "detection: !!python/object/apply:os.system ['true']")), "yaml-tag"),
    "python-name": (changed(("detection: rate", "detection: !!python/name:os.system")), "yaml-tag"),
    "own-tag": (changed(("detection: rate", "detection: !formula rate")), "yaml-tag"),
    "string-tag": (changed(("detection: rate", "detection: !!str rate")), "yaml-tag"),
    "tagged-key": (changed(("detection: rate", "!!str detection: rate")), "bad-key"),
    "list-as-key": (changed(("detection: rate", "? [a, b]\n: rate")), "bad-key"),
    "long-key": (changed(("detection: rate", "x" * 900 + ": rate")), "bad-key"),
    "key-of-two-lines": (changed(("detection: rate", '"a\\nb": rate')), "bad-key"),
    "escaped-key": (changed(("detection: rate", '"a\\e[2Jb": rate')), "bad-key"),
    "escaped-nul": (changed(("Everything once", '"\\0"')), "not-text"),
    "escaped-terminal": (changed(("Everything once", '"\\e[2J"')), "not-text"),
    "escaped-half-pair": (changed(("Everything once", '"\\ud800"')), "not-text"),
    "empty-key": (changed(("detection: rate", ": rate")), "unknown-key"),
    "merge-key": (changed(("detection: rate", "<<: {detection: rate}")), "unknown-key"),
    "equal-keys": (changed(("detection: rate", "detection: rate\ndetection: 1")), "duplicate-key"),
    "equal-top-keys": (BASE + BASE, "duplicate-key"),
    "alias": (
        changed(("detection: rate", "detection: &r rate"), ("arsenal: {value: warheads", "arsenal: {value: *r")),
        "yaml-alias",
    ),
    "alias-of-itself": ("a: &a [*a]\n", "yaml-alias"),
    "alias-bomb": ("a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\nd: [*c,*c,*c,*c]\n", "yaml-alias"),
}


@pytest.mark.parametrize(("text", "code"), TEXTS.values(), ids=TEXTS)
def test_texts(text: str, code: str) -> None:
    assert code in codes(lambda: load_text(text))


def test_half_written_files_at_every_length() -> None:
    for end in range(0, len(BASE), 7):
        found = problems(BASE[:end])
        assert found or BASE[:end].count("\n") > 50  # observations can be left out


FILES = {
    "latin-1": ("title: Détente\n".encode("latin-1"), "not-utf8"),
    "utf-16": (BASE.encode("utf-16"), "not-utf8"),
    "binary": (bytes(range(256)) * 10, "not-utf8"),
    "zeros": (b"\0" * 1000, "not-text"),
    "cut-in-a-character": ("title: 协议".encode()[:-1], "not-utf8"),
    "too-large": (b"# " + b"x" * 600_000, "file-too-large"),
    "empty": (b"", "empty-file"),
    "bom-only": (b"\xef\xbb\xbf", "empty-file"),
}


@pytest.mark.parametrize(("raw", "code"), FILES.values(), ids=FILES)
def test_files(tmp_path: Path, raw: bytes, code: str) -> None:
    file = tmp_path / "case.yaml"
    file.write_bytes(raw)
    assert codes(lambda: read(file)) == {code}


def test_a_byte_order_mark_and_other_line_ends_do_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "case.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + BASE.replace("\n", "\r\n").encode())
    assert read(file) == load_text(BASE)


def test_what_is_no_file(tmp_path: Path) -> None:
    assert codes(lambda: read(tmp_path)) == {"not-a-file"}
    assert codes(lambda: read(Path("/dev/zero"))) == {"not-a-file"}
    assert codes(lambda: read(tmp_path / "none.yaml")) == {"no-such-file"}
    assert codes(lambda: read("")) == {"not-a-file"}
    assert codes(lambda: read("nul\0")) == {"cannot-read"}
    assert codes(lambda: read("x" * 5000)) == {"cannot-read"}
    assert codes(lambda: read(tmp_path / "none.yaml" / "below")) <= {"no-such-file", "cannot-read"}
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    assert codes(lambda: read(loop)) == {"cannot-read"}


def test_a_misspelt_bundled_name_is_recognised() -> None:
    name = next(iter(bundled()))
    with pytest.raises(ScenarioError, match=f"did you mean {name}"):
        read(name[:-1] + "x")


FORMULAS = [
    "__import__('os').system('true')",
    "rate.__class__.__mro__",
    "().__class__.__bases__[0].__subclasses__()",
    "(lambda: 1)()",
    "[x for x in (1).__class__.__mro__]",
    "9**9**9**9",
    "1e308*1e308",
    "10**-400",
    "(" * 500 + "1" + ")" * 500,
    "not " * 400 + "1",
    "-" * 1500 + "1",
    "1 if 1 else " * 100 + "1",
    "0x" + "f" * 1000,
    "\\\n1",
    "rate\u202e + 1",
    "ｅｘｐ(1)",
    "f'{rate}'",
    "rate; import os",
    "0/0",
    "rate if",
    "exec('1')",
    "{{rate}}",
    "%s",
    "${rate}",
]


@pytest.mark.parametrize("formula", FORMULAS)
def test_formulas(formula: str) -> None:
    quoted = "'" + formula.replace("'", "''").replace("\n", " ") + "'"
    found = codes(lambda: load_text(changed(("detection: rate", f"detection: {quoted}"))))
    assert found


def test_full_width_letters_are_not_silently_their_plain_twins() -> None:
    assert codes(lambda: load_text(changed(("  left:", "  ｌeft: 1\n  left:")))) == {"bad-name"}


TURNS = [
    "proposers: [usa]",
    "proposers: [us, 3]",
    "proposers: [[us]]",
    "proposers: [us, them], after: ever",
    "proposers: [us, them], step: 9",
]


@pytest.mark.parametrize("turns", TURNS)
def test_a_wrong_schedule_of_turns_does_not_silence_those_who_take_them(turns: str) -> None:
    silent = (("talks: rate, ", ""), ("talks: 1/year, ", ""))
    found = codes(lambda: load_text(changed((", step: 0.5", f", {turns}"), *silent, ("needs: council\n", ""))))
    assert found
    assert not found & {"nobody-talks", "too-few-principals"}


@pytest.mark.parametrize(
    ("old", "new", "code", "written"),
    [
        ("-danger * (war == fighting)", "worth * log(1 - warheads / 100)", "not-finite", "worth * log"),
        ("at sign: {pride: -view}", "at sign: {pride: view / (1 - warheads / 50)}", "not-finite", "view / (1"),
        ("at sign: {pride: -view}", "at sign: {pride: {value: view / (1 - warheads / 50)}}", "not-finite", "pride: {value"),
        ("talks: rate", "talks: 1 - warheads / 50", "rate-out-of-range", "1 - warheads / 50"),
        ("pace: {value: 5", "pace: {value: 50", "off-grid", "0..100 by 10"),
    ],
)
def test_what_only_the_state_space_tells_has_its_line_and_column(old: str, new: str, code: str, written: str) -> None:
    from detente.run import load

    text = changed((old, new))
    with pytest.raises(ScenarioError) as caught:
        _ = load(text).model
    (problem,) = caught.value.problems
    before = text[: text.index(written)]
    assert (problem.code, problem.line, problem.column) == (code, before.count("\n") + 1, len(before) - before.rfind("\n"))


BIG = {
    "definitions": lambda n: changed(
        ("definitions:\n", "definitions:\n" + "".join(f"  d{i}: d{i + 1} + x{i}\n" for i in range(n)))
    ),
    "reversed": lambda n: changed(
        ("definitions:\n", "definitions:\n" + "".join(f"  d{i}: d{i - 1} + 1\n" for i in range(n, 0, -1)))
    ),
    "parameters": lambda n: changed(("parameters:\n", "parameters:\n" + "".join(f"  p{i}: {{valeu: 1}}\n" for i in range(n)))),
    "players": lambda n: changed(("players:\n", "players:\n" + "".join(f"  p{i}: {{talks: q{i}}}\n" for i in range(n)))),
    "options": lambda n: changed(("keep: {cut: 0}", "keep: {cut: 0}, " + ", ".join(f"o{i}: {{cut: 1}}" for i in range(n)))),
    "attributes": lambda n: changed(("keep: {cut: 0}", "keep: {cut: 0, " + ", ".join(f"a{i}: danger" for i in range(n)) + "}")),
    "excludes": lambda n: changed(
        (
            "exclude: arms == keep and relief == full",
            "exclude:\n" + "\n".join("  - arms == keep and relief == none" for _ in range(n)),
        )
    ),
    "bad-names": lambda n: changed(("definitions:\n", "definitions:\n" + "".join(f"  d{i}: {'q' * 60}{i}\n" for i in range(n)))),
}


@pytest.mark.parametrize("kind", BIG)
@pytest.mark.parametrize("count", [900, 6000])
def test_large_sections(kind: str, count: int) -> None:
    try:
        scenario = load_text(BIG[kind](count))
    except ScenarioError as error:
        assert 0 < len(error.problems) <= 500  # noqa: PT017
    else:
        assert packages(scenario)


def test_mangled_scenarios() -> None:
    """Lines dropped, doubled, swapped, indented and cut: whatever comes of it, nothing but a ScenarioError."""
    chance = random.Random(1)
    for _ in range(120):
        lines = BASE.splitlines()
        for _ in range(chance.randint(1, 4)):
            at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
            kind = chance.randrange(5)
            if kind == 0:
                del lines[at]
            elif kind == 1:
                lines.insert(at, lines[other])
            elif kind == 2:
                lines[at], lines[other] = lines[other], lines[at]
            elif kind == 3:
                lines[at] = "  " + lines[at]
            else:
                lines[at] = lines[at][: chance.randrange(len(lines[at]) + 1)]
        problems("\n".join(lines))


NUMBERS = ["0", "-1", "1e400", ".nan", ".inf", "-0.0", "1_0", "0o7", "9" * 20, "2026-01-01", "9999-12-31"]
OTHERS = ["null", "~", "true", "[]", "{}", "''", "[[]]", "{a: {b: 1}}", "{value: }", "{by: war}", "'\\0'"]
NAMES = ["rate", "us", "warheads", "danger", "a -> b", "arms == keep"]
WORDS = st.sampled_from([*NUMBERS, *OTHERS, *NAMES])
VALUES = [
    part
    for part in BASE.replace("{", " ").replace("}", " ").replace(",", " ").split()
    if part.rstrip(":") == part and len(part) > 1
]


@given(st.lists(st.tuples(st.sampled_from(sorted(set(VALUES))), WORDS), min_size=1, max_size=4))
def test_any_value_anywhere(edits: list[tuple[str, str]]) -> None:
    text = BASE
    for old, new in edits:
        text = text.replace(old, new, 1)
    problems(text)


@given(st.text(max_size=300))
def test_any_text(text: str) -> None:
    assert problems(text)


@given(st.binary(max_size=300))
def test_any_bytes(raw: bytes) -> None:
    from detente.spec.document import load
    from detente.spec.text import decode

    try:
        load(decode(raw, "x"), "x")
    except ScenarioError as error:
        assert error.problems  # noqa: PT017
