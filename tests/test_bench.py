"""What `make bench` does with its measurements; nothing here is timed."""

from __future__ import annotations

import json
from pathlib import Path

import jax
import numpy as np
import pytest

from bench import history, neighbour, table
from bench.games import ALONE, ENDLESS, STOPPING, TALKS, UNCERTAIN, Laid, border, grown, options, shares
from bench.measure import FASTER, LIMIT, Effort, Row, in_turn, power, spread
from detente.compile import Model
from detente.spec.read import load_text

FAST = Effort(True)


def row(**parts: object) -> Row:
    return Row(**{"group": "limit", "work": "a solve", "beside": "a copy", "meaning": LIMIT, "ratio": 2.0} | parts)  # type: ignore[arg-type]


def test_a_goal_is_a_floor_for_speed_and_a_ceiling_for_everything_else() -> None:
    assert row(goal=1.5).met is False
    assert row(goal=2.5).met is True
    assert row(goal=1.5, meaning=FASTER).met is True
    assert row(goal=2.5, meaning=FASTER).met is False
    assert row().met is None
    assert row(goal=2.5, ratio=None).met is None


def test_tasks_take_turns() -> None:
    order: list[str] = []

    def task(name: str) -> float:
        order.append(name)
        return float(len(order))

    took = in_turn({"a": lambda: task("a"), "b": lambda: task("b")}, 2)
    assert order == ["a", "b", "a", "b"]
    assert {name: times.tolist() for name, times in took.items()} == {"a": [1.0, 3.0], "b": [2.0, 4.0]}


def test_a_ratio_is_that_of_medians_with_the_range_of_pairs() -> None:
    assert spread([2.0, 4.0, 60.0], [1.0, 1.0, 2.0]) == (4.0, 2.0, 30.0)


def test_the_power_of_growth() -> None:
    sizes = [10, 100, 1000]
    assert power(sizes, [3.0 * size**1.5 for size in sizes]) == pytest.approx(1.5)


def test_a_neighbour_that_is_not_there_is_a_row_that_says_so(tmp_path: Path) -> None:
    (found,) = neighbour.climb("gambit.py", "Gambit", [], FAST, 10.0, tmp_path / "python")
    assert (found.ratio, found.met) == (None, None)
    assert "make neighbours" in found.note


def problem(ours: list[float]) -> neighbour.Problem:
    return neighbour.Problem("a sum", lambda path: path.write_text("[1, 2]"), lambda: ours, lambda found: found, 1e-9)


ECHO = """
import json, sys, time
sys.path.insert(0, sys.argv[0].rsplit("/", 1)[0])
from serve import serve
def prepare(path):
    print("noise")
    numbers = json.loads(path.read_text())
    return lambda: numbers
serve(prepare)
"""


@pytest.fixture
def theirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "serve.py").write_text((neighbour.THEIRS / "serve.py").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "echo.py").write_text(ECHO, encoding="utf-8")
    (tmp_path / "broken.py").write_text("raise RuntimeError('no wheel for this machine')", encoding="utf-8")
    monkeypatch.setattr(neighbour, "THEIRS", tmp_path)
    return tmp_path


@pytest.mark.usefixtures("theirs")
def test_answers_are_compared_before_times() -> None:
    same, other = ([1.0, 2.0], [1.0, 2.5])
    (found,) = neighbour.climb("echo.py", "an echo", [problem(same)], FAST, 10.0, neighbour.here())
    assert found.ratio is not None
    assert found.low <= found.ratio <= found.high  # type: ignore[operator]
    assert (found.goal, found.note[:14]) == (10.0, "answers within")
    (found,) = neighbour.climb("echo.py", "an echo", [problem(other)], FAST, 10.0, neighbour.here())
    assert (found.ratio, found.note) == (None, "answers differ by 5.0e-01: not timed")


@pytest.mark.usefixtures("theirs")
def test_a_neighbour_that_fails_says_why() -> None:
    (found,) = neighbour.climb("broken.py", "a ruin", [problem([1.0])], FAST, 10.0, neighbour.here())
    assert (found.ratio, found.note) == (None, "RuntimeError: no wheel for this machine")


def test_a_run_is_one_line_and_the_next_run_knows_it(tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    for ratio in (3.0, 2.0):
        history.append(history.line([row(ratio=ratio), row(work="a push", ratio=None)], False, (0.5, 1.5)), file)
    assert [json.loads(line)["load"] for line in file.read_text(encoding="utf-8").splitlines()] == [[0.5, 1.5]] * 2
    assert history.earlier(False, file) == {"limit: a solve | a copy": 2.0}
    assert history.earlier(True, file) == {}
    (trend,) = history.trend(file)
    assert trend.startswith("limit: a solve | a copy: 3 (")


def test_a_page_gets_the_table_between_its_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"above\n{table.BEGIN}\nold\n{table.END}\nbelow\n", encoding="utf-8")
    table.insert(page, table.markdown([row(goal=1.5, low=1.0, high=3.0, ours=0.0123)], {"limit: a solve | a copy": 4.0}, "today"))
    text = page.read_text(encoding="utf-8")
    assert "| a solve | a copy | 2 times the limit | 1 to 3 | 4 | 12.3 ms | at most 1.5: missed |" in text
    assert text.startswith(f"above\n{table.BEGIN}\ntoday\n")
    assert text.endswith(f"{table.END}\nbelow\n")
    assert "old" not in text


def test_games_of_the_measurements_are_scenarios() -> None:
    menu = options(shares(3))
    small = [TALKS.format(rounds=2, options=menu), STOPPING.format(rounds=2, options=border(3))]
    alone = ALONE.format(rounds=2, after="zero", last=5, threat=0.1)
    for text in [*small, ENDLESS.format(options=menu), UNCERTAIN.format(options=menu), alone]:
        load_text(text)


def test_a_game_grows_in_the_dimension_asked_for() -> None:
    def size(**dimension: int) -> tuple[int, int, int, int]:
        shape = Model.of(load_text(grown(**dimension))).shape()
        return shape.packages, shape.regimes, shape.points, shape.periods

    assert size(digits=1, points=3, periods=8) == (9, 2, 3, 8)
    assert size(digits=2, moods=3, points=5, periods=4) == (99, 8, 5, 4)


def test_a_laid_out_game_gives_values_at_the_start() -> None:
    with jax.enable_x64(True):
        laid = Laid.out(TALKS.format(rounds=1, options=options(np.array([[1.0], [1.0]]))))
        a, b = laid.start(laid.solve())
    assert a == pytest.approx(b - 0.1, abs=0.1)
    assert a > 0.1
