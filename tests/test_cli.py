"""The command line: exit codes, messages without tracebacks, nothing half-written, quick help."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import xarray as xr
from click.testing import CliRunner, Result

from detente.cli import main
from detente.cli.files import staged
from detente.cli.front import tame
from detente.errors import Problem, ScenarioError, SolveError
from synthetic import central, ensemble

FILES = {"report.html", "result.nc", "certificate.json", "manifest.json"}


@dataclass
class Answer:
    dataset: xr.Dataset = field(default_factory=central)
    draws: xr.Dataset = field(default_factory=ensemble)
    certificate: dict[str, Any] = field(default_factory=lambda: {"p_deal": 0.75})
    manifest: dict[str, Any] = field(default_factory=dict)

    def save(self, folder: Path) -> None:
        for name in sorted(FILES - {"report.html"}):
            (folder / name).write_text("{}", encoding="utf-8")


@dataclass
class Case:
    trouble: Exception | None = None
    asked: dict[str, Any] = field(default_factory=dict)

    @property
    def size(self) -> SimpleNamespace:
        return SimpleNamespace(values=1_000_000, periods=32, bytes=96 * 2**20)

    def solve(self, draws: int, seed: int, progress: Callable[[str, int, int], None]) -> Answer:
        self.asked |= {"draws": draws, "seed": seed}
        progress("draws", draws, draws)
        if self.trouble:
            raise self.trouble
        return Answer()


@pytest.fixture
def case(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Case:
    """A run that takes no time, in an empty folder."""
    made, module = Case(), ModuleType("detente.run")

    def load(source: str, values: dict[str, float], variant: str | None, lean: bool) -> Case:
        made.asked |= {"source": source, "values": values, "variant": variant, "lean": lean}
        return made

    module.load = load  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "detente.run", module)
    monkeypatch.chdir(tmp_path)
    return made


def detente(*words: str) -> Result:
    return CliRunner().invoke(main, words, prog_name="detente")


def test_run_prints_the_answer_and_writes_every_file(case: Case, tmp_path: Path) -> None:
    result = detente("run", "small-deal-2025", "--out", "there", "--seed", "3")
    assert result.exit_code == 0, result.output
    assert {path.name for path in (tmp_path / "there").iterdir()} == FILES
    assert {path.name for path in tmp_path.iterdir()} == {"there"}
    for words in ("Is there a deal?", "What drives it?", "The likeliest of the menu's 40 packages", "there/report.html"):
        assert words in result.stdout
    assert "96 MiB" in result.stderr
    assert case.asked == {"source": "small-deal-2025", "values": {}, "variant": None, "lean": False, "draws": 32, "seed": 3}


def test_json_is_alone_on_standard_output(case: Case) -> None:
    result = detente("run", "small-deal-2025", "--json")
    assert json.loads(result.stdout) == {"p_deal": 0.75}
    assert "manifest.json" in result.stderr


def test_values_and_variant_reach_the_run(case: Case) -> None:
    result = detente(
        "run", "x.yaml", "--set", "war_end=0.5", "--set", " exit_cost[hawk] = 1e-3", "--variant", "low", "--draws", "0"
    )
    assert result.exit_code == 0, result.output
    assert case.asked["values"] == {"war_end": 0.5, "exit_cost[hawk]": 0.001}
    assert (case.asked["variant"], case.asked["draws"], case.asked["lean"]) == ("low", 0, False)
    assert detente("run", "x.yaml", "--lean").exit_code == 0
    assert case.asked["lean"]


@pytest.mark.parametrize(
    "words",
    [
        ["--set", "x"],
        ["--set", "x=y"],
        ["--set", "=1"],
        ["--set", "x=nan"],
        ["--set", "x=1", "--set", "x=2"],
        ["--draws", "-1"],
        ["--what"],
    ],
    ids=" ".join,
)
def test_a_wrong_command_exits_with_2(case: Case, words: list[str]) -> None:
    result = detente("run", "x.yaml", *words)
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    assert case.asked == {}


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        (ScenarioError([Problem("unknown-name", ("a",), "what is this", "that")], "x.yaml"), 2),
        (SolveError("not finite"), 1),
        (MemoryError(), 1),
        (OSError(28, "No space left on device", "result.nc"), 1),
        (ZeroDivisionError("inside"), 1),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_failed_run_says_so_and_leaves_nothing(case: Case, tmp_path: Path, trouble: Exception, code: int) -> None:
    case.trouble = trouble
    result = detente("run", "x.yaml", "--out", "there")
    assert result.exit_code == code
    assert "Traceback" not in result.output
    assert result.stderr.strip()
    assert result.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_debug_shows_the_traceback(case: Case) -> None:
    case.trouble = ZeroDivisionError("inside")
    assert isinstance(detente("run", "x.yaml", "--debug").exception, ZeroDivisionError)
    assert isinstance(detente("--debug", "run", "x.yaml").exception, ZeroDivisionError)


def test_a_failed_run_leaves_earlier_results_alone(case: Case, tmp_path: Path) -> None:
    assert detente("run", "x.yaml", "--out", "there").exit_code == 0
    (tmp_path / "there" / "notes.txt").write_text("mine", encoding="utf-8")
    before = {path.name: path.read_bytes() for path in (tmp_path / "there").iterdir()}
    case.trouble = SolveError("not finite")
    assert detente("run", "x.yaml", "--out", "there").exit_code == 1
    assert {path.name: path.read_bytes() for path in (tmp_path / "there").iterdir()} == before


def test_an_output_folder_that_cannot_be_is_refused_before_the_run(case: Case, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    result = detente("run", "x.yaml", "--out", "file")
    assert result.exit_code == 2
    assert "draws" not in case.asked


def test_files_appear_together_or_not_at_all(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"

    def interrupted() -> None:
        with staged(folder) as place:
            (place / "report.html").write_text("half", encoding="utf-8")
            raise KeyError

    with pytest.raises(KeyError):
        interrupted()
    assert list(tmp_path.iterdir()) == []
    with staged(folder) as place:
        (place / "report.html").write_text("whole", encoding="utf-8")
        assert not folder.exists()
    assert [path.name for path in folder.iterdir()] == ["report.html"]


def test_narrow_terminals_lose_no_word(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    result = detente("run", "x.yaml")
    assert result.exit_code == 0
    assert max(len(line) for line in result.stdout.splitlines() if "results/" not in line) <= 60


def test_a_scenario_cannot_command_the_terminal(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    assert tame("a\x1b[2Jb\u202ec\nd") == "a[2Jbc\nd"
    loud = central().copy()
    loud.attrs = {**loud.attrs, "title": "\x1b[31m[bold]red[/bold]"}
    monkeypatch.setattr(Answer, "__init__", lambda self: self.__dict__.update(dataset=loud, draws=ensemble(), certificate={}))
    result = detente("run", "x.yaml")
    assert "\x1b" not in result.stdout
    assert "[bold]red[/bold]" in result.stdout


def test_check_lists_every_problem_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text("detente: 1\ncalendar: {rounds: 0}\nplayers: {}\nwhat: 1\n", encoding="utf-8")
    result = detente("check", str(file))
    assert result.exit_code == 2
    assert f"{file}:2" in result.stdout
    assert f"{file}:4" in result.stdout
    assert result.stdout.strip().endswith("problems")
    listed = json.loads(detente("check", str(file), "--json").stdout)
    assert {"code", "line", "column", "path", "text", "hint", "file"} == set(listed[0])
    assert len(listed) == int(result.stdout.strip().splitlines()[-1].split()[0])


@pytest.mark.parametrize(
    "words", [["check", "small-deal-2025"], ["check", "small-deal-2025", "--json"], ["list"], ["list", "--json"], ["schema"]]
)
def test_looking_commands(words: list[str]) -> None:
    result = detente(*words)
    assert result.exit_code == 0, result.output
    if "--json" in words or words == ["schema"]:
        json.loads(result.stdout)
    else:
        assert "small-deal-2025" in result.stdout


def test_new_writes_a_scenario_that_passes_and_never_overwrites(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert detente("new", "mine").exit_code == 0
    assert detente("check", "mine.yaml").exit_code == 0
    assert detente("new", "mine").exit_code == 2
    assert detente("new", "missing/mine").exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine.yaml"]


def test_a_missing_scenario_names_what_there_is() -> None:
    result = detente("check", "small-deal-2052")
    assert result.exit_code == 2
    assert "small-deal-202" in result.stdout


def test_version() -> None:
    from detente import __version__

    assert detente("--version").stdout == f"detente {__version__}\n"


def test_the_answer_fits_a_terminal(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = detente("run", "x.yaml").stdout.splitlines()
    assert len(lines) <= 52
    assert [line for line in lines if line != line.rstrip()] == []
