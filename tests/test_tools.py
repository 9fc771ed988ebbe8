"""The tool that tests the tests: which mutants it puts into loaded modules, what they then do, and which it leaves out."""

from __future__ import annotations

import gc
import importlib.util
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = """\
STEP = 1
TABLE = {"twice": lambda x: x * 2, "half": lambda x: x / 2}


def decorated(function):
    return function


@decorated
def up(x, by=STEP):
    def inner(y):
        return y + by

    return (
        inner(x)
        if x > 0
        else 0
    )


class Thing:
    size = 3

    def grown(self):
        return self.size + 1
"""


def tool() -> ModuleType:
    pytest.importorskip("cosmic_ray")
    spec = importlib.util.spec_from_file_location("mutants", ROOT / "tools" / "mutants.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["mutants"] = module  # where dataclasses look for the names of their annotations
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("old", "new", "can"),
    [
        ("y + by", "y - by", True),
        ("self.size + 1", "self.size + 2", True),
        ("x > 0", "x >= 0", True),
        ("STEP = 1", "STEP = 2", False),
        ("size = 3", "size = 4", False),
        ("by=STEP", "by=STEP + 1", False),
        ("@decorated\n", "", False),
        ("x * 2", "x * 3", False),  # two functions on one line cannot be told apart
    ],
)
def test_bodies_of_functions_can_be_changed_where_they_are_loaded(old: str, new: str, can: bool) -> None:
    assert SOURCE.count(old) == 1
    assert tool().swappable(SOURCE, SOURCE.replace(old, new)) is can


@pytest.mark.parametrize("frozen", [False, True])
def test_a_changed_function_is_changed_for_whoever_holds_it(
    frozen: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "grows.py"
    path.write_text(SOURCE, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    import grows  # type: ignore[import-not-found]

    up, thing = grows.up, grows.Thing()
    assert (up(2), up(-1), thing.grown()) == (3, 0, 4)
    changed = SOURCE.replace("y + by", "y - by").replace("self.size + 1", "self.size * 5")
    if frozen:  # as in the process that has read the tests, whose children share its memory
        gc.freeze()
    tool().swap("src/grows.py", changed)
    assert (up(2), up(-1), thing.grown()) == (1, 0, 15)
    del sys.modules["grows"]


@pytest.mark.parametrize(
    ("line", "lines"), [(1, [1]), (10, list(range(9, 19))), (12, [12]), (15, [14, 15, 16, 17, 18]), (21, [21])]
)
def test_a_mutant_is_reached_with_its_statement(line: int, lines: list[int]) -> None:
    """The head of a function comes with its body."""
    assert set(lines) >= set(tool().statement(SOURCE, line)) >= {line}


@pytest.mark.parametrize(
    ("line", "met"),
    [
        (25, ["quick", "slow"]),  # by those that reach it, the quickest first
        (21, ["quick", "other", "slow"]),  # while tests are read: whatever rests on it
        (1, ["quick", "other", "slow"]),  # by none, as far as coverage knows
        (11, ["quick", "other", "slow"]),  # by one, and while tests are read
    ],
)
def test_a_mutant_meets_what_reaches_its_line(line: int, met: list[str]) -> None:
    tools = tool()
    part = tools.Part("part", ["grows.py"], [])
    lines = {"25": ["slow", "quick"], "21": [""], "11": ["quick", ""]}
    part.reach = {"seconds": {"slow": 5000.0, "quick": 1.0, "other": 2.0, "last": 5001.0}, "lines": {"grows.py": lines}}
    mutant = tools.Mutant("grows.py", "", 0, line)
    assert part.order(part.at(mutant, SOURCE)) == met
    part.kills["other"] += 1000
    assert part.order({"slow", "quick", "other"}) == ["other", "quick", "slow"]  # what has noticed most comes first
    assert part.order({"slow", "last"}) == ["slow"]  # there is no patience for the other


def test_mutants_differ_from_the_source_and_from_each_other() -> None:
    tools = tool()
    found = tools.sample("grows.py", SOURCE, 30, seed=1)
    changed = {tools.mutated(mutant, SOURCE) for mutant in found}
    assert len(changed) == len(found) > 15
    assert SOURCE not in changed
    assert found == tools.sample("grows.py", SOURCE, 30, seed=1)


def test_what_is_listed_as_changing_nothing_is_still_there() -> None:
    listed = tomllib.loads((ROOT / "tests" / "mutants-known.toml").read_text(encoding="utf-8"))["mutant"]
    for entry in listed:
        source = (ROOT / entry["module"]).read_text(encoding="utf-8")
        gone = [line[1:].strip() for line in entry["change"].strip().splitlines() if line.startswith("-")]
        assert gone
        assert all(line in source for line in gone), entry
        assert entry["why"]
