"""Programs kept on disk give what they gave, are told apart by all they depend on, and are made again where they are broken."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from detente import executable, runtime
from detente.compile import stocks
from detente.draws import sobol
from detente.program import Program, fingerprint, forget, program, record
from detente.run import Case, load
from detente.spec.quantity import Table
from detente.spec.read import load_text, with_values
from scenarios import BASE

BACKEND = "/jax/core/compile/backend_compile_duration"
"""What jax reports of every program it compiles, or loads from its own cache."""


@record
@dataclass(frozen=True)
class Pair:
    left: Any
    right: Any


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DETENTE_CACHE", str(tmp_path))
    return tmp_path / "kept"


def made(traces: list[int], factor: float = 2.0) -> Program[Any, Any]:
    """Return a fresh program, as a new process would have it, that counts how often it is traced."""

    @program("times", "shift")
    def scaled(times: int, pair: Pair, shift: bool = False) -> Pair:
        traces.append(times)
        return Pair(pair.left * times * factor + shift, pair.right)

    return scaled


PAIR = Pair(np.arange(3.0), None)


def test_a_later_process_does_not_trace(folder: Path) -> None:
    traces: list[int] = []
    first, second = (made(traces)(3, PAIR) for _ in range(2))
    assert traces == [3]
    assert sorted(path.name.split("-")[0] for path in folder.iterdir()) == ["executable", "program"]
    assert np.asarray(second.left).tolist() == np.asarray(first.left).tolist() == [0.0, 6.0, 12.0]
    assert second.right is None


BROKEN: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda whole: b"",
    "something else": lambda whole: b"not a program",
    "cut short": lambda whole: whole[:-9],
    "one byte different": lambda whole: whole[:-1] + bytes([whole[-1] ^ 1]),
}


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize(("kind", "then"), [("program", [3, 3]), ("executable", [3])])
def test_what_is_broken_is_made_again(folder: Path, broken: str, kind: str, then: list[int]) -> None:
    traces: list[int] = []
    made(traces)(3, PAIR)
    (file,) = folder.glob(f"{kind}-*")
    whole = file.read_bytes()
    file.write_bytes(BROKEN[broken](whole))
    assert np.asarray(made(traces)(3, PAIR).left).tolist() == [0.0, 6.0, 12.0]
    assert traces == then
    assert len(file.read_bytes()) == pytest.approx(len(whole), rel=0.1)
    made(traces)(3, PAIR)
    assert traces == then


def test_code_is_compiled_once_for_programs_that_are_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line of source further down, or a word in it, leaves the machine code as it was; options and cores do not."""
    made([])(3, PAIR)
    for digest in ("one edit", "another"):
        monkeypatch.setattr("detente.program.code", lambda _, digest=digest: digest)
        made([])(3, PAIR)
    count = lambda kind: len(list(folder.glob(f"{kind}-*")))  # noqa: E731
    assert (count("program"), count("executable")) == (3, 1)
    monkeypatch.setitem(executable.OPTIONS, "cpu", {})
    made([])(3, PAIR)
    assert (count("program"), count("executable")) == (3, 2)
    monkeypatch.setattr(runtime, "cores", lambda: 1000)
    made([])(3, PAIR)
    assert (count("program"), count("executable")) == (3, 3)


def test_arguments_that_play_no_part_and_single_numbers(folder: Path) -> None:
    @program()
    def some(used: Any, unused: Any, flag: Any) -> dict[str, Any]:
        return {"sum": used.sum(), "flag": ~flag, "nothing": None}

    for _ in range(2):
        found = some(np.arange(3), np.ones(2), np.asarray(True))
        assert {name: None if each is None else each.tolist() for name, each in found.items()} == {
            "sum": 3,
            "flag": False,
            "nothing": None,
        }
        some.ready.clear()


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("DETENTE_CACHE", str(blocked))
    assert np.asarray(made([])(2, PAIR).left).tolist() == [0.0, 4.0, 8.0]


def test_programs_are_told_apart_by_what_they_depend_on(folder: Path) -> None:
    traces: list[int] = []
    calls = [
        (2, PAIR, False),
        (3, PAIR, False),
        (2, PAIR, True),
        (2, Pair(np.arange(4.0), None), False),
        (2, Pair(np.arange(3), None), False),
        (2, Pair(np.arange(3.0), np.zeros(1)), False),
    ]
    for times, pair, shift in calls:
        result = made(traces)(times, pair, shift)
        assert np.asarray(result.left).tolist() == (np.asarray(pair.left) * times * 2.0 + shift).tolist()
    assert len(traces) == len(calls)


def test_a_program_inside_another_trace_is_part_of_it(folder: Path) -> None:
    scaled = made([])
    slope = jax.grad(lambda x: scaled(3, Pair(x, None)).left)(1.0)
    assert float(slope) == 6.0
    side_by_side = jax.vmap(lambda x: scaled(3, Pair(x, None)).left)(jnp.arange(2.0))
    assert side_by_side.tolist() == [0.0, 6.0]
    assert not folder.exists()


def test_an_argument_without_a_fingerprint_is_refused() -> None:
    assert fingerprint(None) == "None"
    with pytest.raises(AttributeError):
        fingerprint(object())


def test_a_structure_holds_all_but_values_and_words() -> None:
    base = load_text(BASE)
    name, quantity = next((n, q) for n, q in base.quantities.items() if n in base.parameters)
    halved = quantity.model_copy(update={"value": quantity.value / 2})
    other = base.model_copy(update={"parameters": base.parameters | {name: halved}})
    assert other.structure == base.model_copy(update={"title": {"en": "x"}}).structure == base.structure
    assert base.model_copy(update={"detection": "0.123"}).structure != base.structure
    assert load("hanoi-2019").scenario.structure != load("small-deal-2025").scenario.structure


def test_a_crowded_process_drops_what_it_has_compiled(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    traces: list[int] = []
    scaled = made(traces)
    first = scaled(3, PAIR)
    dropped: list[bool] = []
    with monkeypatch.context() as patch:
        patch.setattr(jax, "clear_caches", lambda: dropped.append(True))
        scaled(4, PAIR)
        assert not dropped
        assert len(scaled.ready) == 2
        patch.setattr(runtime, "pieces", lambda: 60_000)
        scaled(5, PAIR)
    assert dropped
    assert len(scaled.ready) == 1  # the one it made room for
    jax.clear_caches()
    assert scaled(3, PAIR).left.tolist() == first.left.tolist()
    assert traces == [3, 4, 5]  # found on disk


def test_a_program_can_be_called_within_a_trace_with_what_is_known_beforehand(folder: Path) -> None:
    scaled = made([])
    whole = jax.jit(lambda x: scaled(3, PAIR).left + x)
    assert whole(1.0).tolist() == (scaled(3, PAIR).left + 1.0).tolist()
    assert runtime.pieces() > 100 or not Path("/proc/self/maps").exists()


def test_other_numbers_compile_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every number of a scenario is an argument of its programs, so editing one loads and compiles nothing."""
    scenario = load_text(BASE)
    compiled: list[str] = []
    load = Program._load

    def counted(self: Program[Any, Any], *args: Any) -> Any:
        compiled.append("program")
        return load(self, *args)

    monkeypatch.setattr(Program, "_load", counted)
    forget()  # what other tests of this process have loaded
    jax.monitoring.register_event_duration_secs_listener(lambda event, _, **__: compiled.append(event))
    solved = Case(scenario).central()
    solved.read_off()
    assert "program" in compiled
    compiled.clear()
    for name, quantity in scenario.quantities.items():
        if name in scenario.parameters and not isinstance(scenario.parameters[name], Table):
            other = Case(with_values(scenario, {name: quantity.value * 1.02})).central()
            other.read_off()
            assert other.shape == solved.shape
    assert "program" not in compiled
    assert BACKEND not in compiled


@pytest.mark.parametrize(("cells", "points", "room"), [(0, 9, 0), (1, 9, 1), (2, 9, 3), (3, 9, 3), (4, 9, 7), (5, 6, 5)])
def test_reach_is_rounded_up_within_the_grid(cells: int, points: int, room: int) -> None:
    assert stocks.room(cells, points) == room


def test_old_files_make_room(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "MOST", 100)
    for index in range(40):
        assert runtime.kept(f"file-{index}", lambda: b"ten bytes.", bytes) == b"ten bytes."
    runtime.prune.cache_clear()
    assert runtime.kept("file-40", lambda: b"ten bytes.", bytes) == b"ten bytes."
    assert len(list(folder.iterdir())) == 20
    assert (folder / "file-40").exists()
    assert not (folder / "file-0").exists()


def test_points_are_kept_and_stay_the_same(folder: Path) -> None:
    first = sobol(3, 8, 1)
    assert np.array_equal(sobol(3, 8, 1), first)
    assert len(list(folder.iterdir())) == 1
    assert not np.array_equal(sobol(3, 8, 2), first)
    assert first.shape == (8, 3)
    assert ((first >= 0) & (first < 1)).all()
    # a net in base 2: every eighth of every axis holds one point
    assert (np.sort(np.floor(8 * first), axis=0) == np.arange(8)[:, None]).all()


@pytest.mark.parametrize(("answers", "held"), [([1, 1, 1], True), ([1, 1, 0], False)])
def test_memory_is_held_where_the_library_can(monkeypatch: pytest.MonkeyPatch, answers: list[int], held: bool) -> None:
    asked: list[tuple[int, int]] = []

    def mallopt(what: int, much: int) -> int:
        asked.append((what, much))
        return answers[len(asked) - 1]

    monkeypatch.setattr(ctypes, "CDLL", lambda _: SimpleNamespace(mallopt=mallopt))
    assert runtime.hold() is held
    assert [what for what, _ in asked] == [-4, -1, -8]
    monkeypatch.setattr(ctypes, "CDLL", lambda _: SimpleNamespace())
    assert runtime.hold() is False


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, runtime.LOOPS),
        ("--xla_dump_to=/tmp", f"--xla_dump_to=/tmp {runtime.LOOPS}"),
        ("--xla_backend_extra_options=-slp-threshold=9", "--xla_backend_extra_options=-slp-threshold=9"),
        ("/etc/xla-flags", "/etc/xla-flags"),  # a file that flags are in
    ],
)
def test_short_loops_are_told_the_compiler_beside_what_the_user_tells_it(
    monkeypatch: pytest.MonkeyPatch, before: str | None, after: str
) -> None:
    monkeypatch.delenv("XLA_FLAGS", raising=False)
    if before is not None:
        monkeypatch.setenv("XLA_FLAGS", before)
    for _ in range(2):
        runtime.prepare()
        assert os.environ["XLA_FLAGS"] == after


def test_what_is_for_processors_is_not_told_where_jax_has_other_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XLA_FLAGS", raising=False)
    monkeypatch.setattr(runtime, "find_spec", lambda name: object() if name == "jax_plugins" else None)
    runtime.prepare()
    assert "XLA_FLAGS" not in os.environ
