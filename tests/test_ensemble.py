"""An ensemble in a folder: stopped at any moment it goes on where it was, and whoever solves, the numbers are the same."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

import detente
from detente import ensemble as ensembles
from detente import runs
from detente.cluster import workers
from detente.errors import RunError, ScenarioError
from detente.findings.ensemble import bands
from detente.run import Case
from scenarios import BASE

pytestmark = pytest.mark.shipped

DRAWS = 12
KILLS = 20


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("scenario") / "base.yaml"
    file.write_text(BASE, encoding="utf-8")
    return file


@pytest.fixture
def case(path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    monkeypatch.setattr(ensembles, "WORK", 1)  # a draw to a call, so that there is something to stop between
    monkeypatch.setattr(runs, "BLOCK", 4)
    return detente.load(path)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


@pytest.fixture
def whole(case: Case, tmp_path: Path) -> dict[str, bytes]:
    case.ensemble(DRAWS, 3, tmp_path / "whole")
    return contents(tmp_path / "whole")


def offspring(pid: int) -> set[int]:
    """Return the processes a process has started (Dask installs psutil)."""
    return {child.pid for child in psutil.Process(pid).children(recursive=True)}


def worker(pids: set[int]) -> list[int]:
    """Kill a worker that is solving, and return it."""
    busiest = max(pids, key=lambda pid: sum(psutil.Process(pid).cpu_times()[:2]))
    os.kill(busiest, signal.SIGKILL)
    return [busiest]


class Stop(BaseException):
    """The process ends here."""


def test_a_folder_changes_no_number(case: Case, tmp_path: Path) -> None:
    kept, plain = case.ensemble(DRAWS, 3, tmp_path / "run"), case.ensemble(DRAWS, 3)
    assert kept.identical(plain)
    assert kept.outcome.values.tolist()[0] == "p_deal"
    assert kept.sizes["draw"] == DRAWS


def test_stopped_at_a_write_it_ends_the_same(
    case: Case, whole: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace, left, stops = os.replace, [0], 0

    def counted(*names: object, **more: object) -> None:
        if left[0] == 0:
            raise Stop
        left[0] -= 1
        replace(*names, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "replace", counted)
    while True:
        left[0] = stops  # one write further every time
        try:
            case.ensemble(DRAWS, 3, tmp_path / "run")
            break
        except Stop:
            stops += 1
    assert stops > 12
    assert contents(tmp_path / "run") == whole


def test_another_run_is_refused_and_left_alone(case: Case, whole: dict[str, bytes], tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"differs in its seed: 3, not 4"):
        case.ensemble(DRAWS, 4, tmp_path / "whole")
    with pytest.raises(RunError, match=r"differs in its draws: 12, not 13"):
        case.ensemble(DRAWS + 1, 3, tmp_path / "whole")
    assert contents(tmp_path / "whole") == whole
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(RunError, match="holds other files"):
        case.ensemble(DRAWS, 3, tmp_path / "mine")
    assert list(contents(tmp_path / "mine")) == ["thesis.txt"]


def test_unknown_outcomes_and_schedulers_are_told_before_anything_is_solved(case: Case, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError):
        case.ensemble(DRAWS, 3, tmp_path / "run", outcomes=["p_peace"])
    with pytest.raises(RunError, match="no Dask scheduler answers"), workers("tcp://127.0.0.1:9"):
        pass
    assert not (tmp_path / "run").exists()


def test_bands_leave_failed_draws_out(case: Case) -> None:
    ds = case.ensemble(DRAWS, 3, outcomes=["p_deal"])
    ds["status"][:3] = 1
    (band,) = bands(ds)
    kept = ds.outcome_value.values[3:, 0]
    assert (band.draws, band.failed, band.mean) == (DRAWS - 3, 3, pytest.approx(kept.mean()))
    assert (band.low, band.median, band.high) == pytest.approx(tuple(np.quantile(kept, [0.05, 0.5, 0.95])))


def test_a_worker_that_dies_changes_no_number(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On real processes, of which one is killed while it works."""
    monkeypatch.setattr(ensembles, "WORK", 1)
    case, draws = detente.load(path), 192
    before, killed = offspring(os.getpid()), []
    with workers(2) as solver:

        def told(_: str, done: int, total: int) -> None:
            if not killed:
                killed.extend(worker(offspring(os.getpid()) - before))

        ds = case.ensemble(draws, 3, tmp_path / "dask", workers=solver, progress=told)
    assert killed
    assert ds.identical(case.ensemble(draws, 3))


FORKS = """
import os, sys
from detente import ensemble, run, runs
import detente.result.dataset, xarray, zarr
ensemble.WORK, runs.BLOCK = 1, 4
for folder in map(str.strip, sys.stdin):  # every folder named gets a process of its own, which need not import anything
    child = os.fork()
    if child == 0:
        run.load(sys.argv[1]).ensemble(int(sys.argv[2]), 3, folder)
        os._exit(0)
    print(child, flush=True)
    print(os.waitpid(child, 0)[1], flush=True)
"""


def test_killed_at_random_moments_it_ends_the_same(path: Path, tmp_path: Path) -> None:
    draws, chance, folder = 240, random.Random(20), tmp_path / "killed"
    command = [sys.executable, "-c", FORKS, path, str(draws)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as forks:
        assert forks.stdin
        assert forks.stdout

        def begin(target: Path) -> int:
            print(target, file=forks.stdin, flush=True)
            return int(forks.stdout.readline())  # type: ignore[union-attr]

        def ended() -> int:
            return int(forks.stdout.readline())  # type: ignore[union-attr]

        for _ in range(KILLS):
            before = len(list(folder.rglob("*")))
            child = begin(folder)
            while len(list(folder.rglob("*"))) <= before:
                time.sleep(0.01)
            time.sleep(chance.uniform(0, 0.05))
            os.kill(child, signal.SIGKILL)
            assert ended() == signal.SIGKILL
        there = contents(folder)
        for target in (folder, tmp_path / "whole"):
            begin(target)
            assert ended() == 0
        forks.stdin.close()
    assert contents(folder) == contents(tmp_path / "whole")
    assert 0 < len(there) < len(contents(folder))  # or the kills came too late to show anything
