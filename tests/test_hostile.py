"""Hostile, half-written and absurd input: always a ScenarioError with problems, never another exception, never a hang."""

from __future__ import annotations

import random
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.errors import ScenarioError, SizeError
from detente.spec.bundled import bundled
from detente.spec.menu import packages
from detente.spec.read import load_text, read
from scenarios import BASE, changed, problems

SECONDS = 10 if sys.gettrace() is None else 60
"""Most processor time of one test, on a slow and busy machine; on a quiet one the worst file takes less than 2 s."""


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


def _section(name: str, lines: Iterable[str]) -> str:
    return changed((f"{name}:\n", f"{name}:\n" + "".join(f"  {line}\n" for line in lines)))


def _definitions(count: int, formula: Callable[[int], str]) -> str:
    return _section("definitions", (f"d{i}: {formula(i)}" for i in range(count)))


def _issues(options: int, count: int, rule: str = "reverts", exclude: Iterable[str] = ()) -> str:
    several = ", ".join(f"o{i}" for i in range(options))
    text = _section("issues", (f"i{k}: {{after_lapse: {rule}, options: [{several}]}}" for k in range(count)))
    rules = "".join(f"  - {rule}\n" for rule in exclude)
    return text.replace("exclude: arms == keep and relief == full\n", f"exclude:\n{rules}" if rules else "")


PARAMETERS = [f"parameter{i}: 1" for i in range(9000)]
WORST = {
    "near-misses": (
        _section("parameters", PARAMETERS).replace(
            "definitions:\n", "definitions:\n" + "".join(f"  d{i}: parametre{i}\n" for i in range(200))
        ),
        "unknown-name",
    ),
    "near-misses-in-one": (
        _section("parameters", PARAMETERS).replace(
            "detection: rate", "detection: " + " + ".join(f"parametre{i}" for i in range(140))
        ),
        "unknown-name",
    ),
    "dense-definitions": (
        _definitions(900, lambda i: " + ".join(f"d{j}" for j in range(max(0, i - 80), i)) or "1"),
        "definitions-too-deep",
    ),
    "dense-circles": (_definitions(900, lambda i: " + ".join(f"d{(i + j) % 900}" for j in range(1, 80))), "cyclic-definition"),
    "wide-definitions": (
        _definitions(900, lambda i: " + ".join(f"d{j}" for j in range(90)) if i >= 90 else "1"),
        "too-much-work",
    ),
    "states-everywhere": (
        _definitions(900, lambda i: f"d{i - 1} + (war == over) * arms.cut * relief.money" if i % 8 else "1 * (office == dove)"),
        "too-much-work",
    ),
    "sums-of-numbers": (_definitions(900, lambda i: " + ".join([str(i)] * 92)), "too-much-work"),
    "unreadable-formulas": (_definitions(240, lambda i: "1 + " * 480 + f"d{i} +"), "bad-syntax"),
    "chained-attributes": (
        changed(("keep: {cut: 0}", "keep: {cut: 0, " + ", ".join(f"a{i}: arms.a{i + 1}" for i in range(3000)) + "}")),
        "definitions-too-deep",
    ),
    "attributes-by-options": (
        changed(
            ("keep: {cut: 0}", "keep: {cut: 0, " + ", ".join(f"a{i}: 1" for i in range(3000)) + "}"),
            ("half: {", ", ".join(f"o{i}: {{cut: 1}}" for i in range(1500)) + ", half: {"),
        ),
        "unused-attribute",
    ),
    "many-exclusions": (
        _issues(31, 3, exclude=(f"i0 == o{i % 31} and i1 == o{i % 30} and i2 == o{i % 29}" for i in range(1000))),
        "exclude-too-large",
    ),
    "wide-exclusions": (_issues(140, 2, exclude=[" and ".join(["i0 == o1 and i1 == o2"] * 20)] * 200), "exclude-too-large"),
    "copied-exclusions": (_issues(2, 1, exclude=["arms == keep and relief == none"] * 6000), "wrong-count"),
    "many-variants": (
        _definitions(900, lambda i: f"{{value: worth * {i}, unit: util/year}}").replace(
            "variants: {grim:", "variants: {" + "".join(f"v{i}: {{set: {{rate: 0.{i + 11}}}}}, " for i in range(85)) + "grim:"
        ),
        "",
    ),
    "words": (changed(("Everything once", "x " * 240_000)), ""),
    "lines": (changed(("Everything once", "x\n  " * 120_000)), ""),
    "comments": (BASE + "#\n" * 240_000, ""),
}
"""The worst files within the limits on size, entries and lengths, each with a problem it must have; none: it is in order."""


@pytest.mark.parametrize(("text", "code"), WORST.values(), ids=WORST)
def test_the_worst_files_are_read_in_time(text: str, code: str) -> None:
    found = {problem.code for problem in problems(text)}
    assert code in found if code else not found


@pytest.mark.parametrize(("options", "issues", "rule"), [(31, 3, "reverts"), (31, 3, "persists"), (31, 3, "snapback")])
def test_the_estimate_of_size_comes_before_anything_large(
    options: int, issues: int, rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from detente import run

    monkeypatch.setattr(run.runtime, "memory", lambda: int(1e9))
    case = run.Case(load_text(_issues(options, issues, rule)))
    tracemalloc.start()
    with pytest.raises(SizeError):
        _ = case.model
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 0.5e9


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
