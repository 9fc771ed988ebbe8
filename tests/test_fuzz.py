"""The corpus of `make fuzz`, replayed: no file does what none may."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from detente.errors import Problem, ScenarioError
from fuzz import targets
from fuzz.choices import Choices
from fuzz.guard import SECONDS, Broken, guarded
from fuzz.words import dictionary

ROOT = Path(__file__).parents[1]
CORPUS = ROOT / "tests" / "fuzz" / "corpus"
INPUTS = sorted(path for path in CORPUS.rglob("*") if path.is_file())


@pytest.fixture(autouse=True, scope="module")
def _warm() -> None:
    for name in targets.TARGETS:
        targets.warm(name)


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_the_corpus_is_read_or_refused(path: Path) -> None:
    targets.TARGETS[path.parent.name](path.read_bytes())


def test_every_target_has_a_small_corpus() -> None:
    folders = [path.parent.name for path in INPUTS]
    assert set(folders) == set(targets.TARGETS)
    assert all(folders.count(name) >= 4 for name in targets.TARGETS)
    assert all(path.stat().st_size <= 5000 for path in INPUTS)


def _raise(error: Exception) -> None:
    raise error


def _slow() -> None:
    end = time.process_time() + 1.01 * SECONDS
    while time.process_time() < end:
        pass


@pytest.mark.parametrize(
    ("action", "what"),
    [
        (lambda: (ROOT / "README.md").read_bytes(), "reached outside: open"),
        (lambda: os.system("true"), "reached outside: os.system"),
        (lambda: eval("1 + 1"), "reached outside: exec"),
        (lambda: _raise(ScenarioError([])), "without a problem"),
        (lambda: _raise(ScenarioError([Problem("bad-name", (), "\x1b[2J")])), "cannot be shown"),
        (lambda: _raise(ScenarioError([Problem("bad-name", (), "x" * 3000)])), "cannot be shown"),
        (_slow, "took"),
    ],
    ids=["opens", "runs-a-program", "runs-python", "no-problem", "steers-the-terminal", "talks-too-much", "slow"],
)
def test_the_guard_notices(action: object, what: str) -> None:
    with pytest.raises(Broken, match=what):
        guarded(action)  # type: ignore[arg-type]


def test_the_guard_lets_other_exceptions_through() -> None:
    with pytest.raises(KeyError):
        guarded(lambda: {}["x"])


def test_edits_reach_every_kind_of_scenario() -> None:
    """Edited templates must be of all kinds: read well, refused, and of as many lines of the language as may be."""
    codes: set[str] = set()
    fine = 0
    for number in range(400):
        found = targets._edited(Choices(number.to_bytes(2, "little") * 9), gentle=number % 2 == 0)
        refused = guarded(lambda found=found: targets.understood(found)) if found is not None else None
        fine += refused is None
        codes |= {problem.code for problem in refused.problems} if refused else set()
    assert fine > 10
    assert len(codes) > 12


def test_the_dictionary_has_the_words_of_the_language() -> None:
    quoted = set(dictionary().splitlines())
    assert {'"after_lapse"', '"snapback"', '"logistic"', '"in_force"', r'"\x5cud800"', r'"\x22"'} <= quoted


def test_where_there_is_no_atheris_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "atheris.py").write_text("raise ImportError", encoding="utf-8")
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT / "tests")])}
    ended = subprocess.run(
        [sys.executable, "-m", "fuzz", "9"], env=env, capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert (ended.returncode, ended.stderr) == (1, "")
    assert "needs atheris" in ended.stdout


@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is made for Linux on x86-64 only")
def test_fuzzing_runs(tmp_path: Path) -> None:
    """A short run of one target under atheris ends well, and says how much it reached."""
    command = [sys.executable, "-m", "fuzz.one", "formula", "-runs=300", "-timeout=20", str(tmp_path), str(CORPUS / "formula")]
    own = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}  # which opens files
    env = {**own, "PYTHONPATH": str(ROOT / "tests")}
    told = subprocess.run(command, env=env, capture_output=True, text=True, errors="replace", check=True, cwd=tmp_path).stderr
    assert "cov:" in told
    assert any(tmp_path.iterdir())
