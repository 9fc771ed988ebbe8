"""Mutation testing: change one thing in a module, run the tests that reach it, and see whether any of them notices.

    .venv/bin/python tools/mutants.py [PART ...] [--only TEXT] [--sample N] [--seed N] [--again] [--write]

Cosmic Ray says what can be changed and how. From each module of a part, ``[tool.mutants.PART]`` in pyproject.toml, a sample is
drawn with a fixed seed; each mutant runs in a process of its own, on a copy of the repository. Where it changes the body of a
function, that process is forked from one that has read all tests already, and the function is given its new code there; where it
changes more, or survives, it starts from the libraries alone.

A run without a mutant, under coverage, first learns which tests reach which lines and how long each takes; for it every test
starts with nothing compiled, kept or cached, so that it reaches all that it rests on. A mutant meets the tests that reach its
line alone (all, where it is reached while tests are read), the quickest and the sharpest first, until they take ``PATIENCE``
seconds together without a mutant. What those let pass counts as survived, though one more test might have noticed it.

What was found is kept in build/mutants/PART/found.json: ``--again`` tests those that survived and new ones, for use after adding
tests. Mutants that change nothing anybody could notice are listed in tests/mutants-known.toml, each with the reason, and do not
count. ``--write`` tests nothing, and puts the table into docs/testing.md.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import gc
import hashlib
import inspect
import itertools
import json
import os
import random
import resource
import shutil
import signal
import sys
import time
import tomllib
import types
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import cached_property, lru_cache
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

ROOT = Path(__file__).parents[1]
WORK = ROOT / "build" / "mutants"
CACHE = WORK / "cache"
KNOWN = ROOT / "tests" / "mutants-known.toml"
PAGE = ROOT / "docs" / "testing.md"
BEGIN, END = "<!-- mutants:begin, written by `tools/mutants.py --write` -->\n", "<!-- mutants:end -->"
COPIED = ("src", "tests", "tools", "docs", "pyproject.toml", "README.md", "CHANGELOG.md", "Makefile")
PRELOADED = ("jax.export", "numpy", "pydantic", "pytest", "ruamel.yaml", "scipy.optimize", "xarray")
COVERAGE = "[run]\nrelative_files = true\n"
"""How coverage is told to work: without branches, in one process."""
PATIENCE = 2000
"""How long the tests that a mutant meets take together, at most, each run by itself and without one [seconds]."""
LRU = type(lru_cache(len))
"""What a function is that keeps its answers."""
SLOWER = 3
"""How many times the processor time of its tests a mutant may take, and a minute; what takes longer counts as noticed."""


@dataclass(frozen=True)
class Mutant:
    """One change of a module: which operator of Cosmic Ray, applied for the how manieth time, and the line it is on."""

    module: str
    operator: str
    occurrence: int
    line: int


@dataclass
class Outcome:
    """What became of a mutant: killed, survived or timeout (which counts as killed); seconds, change, the test that failed."""

    mutant: Mutant
    verdict: str
    seconds: float
    change: str
    by: str = ""


def mutants(module: str, source: str) -> Iterator[Mutant]:
    """Yield every mutant of a module, leaving out annotations: they are never evaluated."""
    spared = list(_annotations(source))
    tree = get_ast(source)
    for name in operator_names():
        kind = get_operator(name)
        if kind.arguments():  # operators that need to be told names of variables
            continue
        operator, count = kind(), 0
        for node in ast_nodes(tree):
            for start, stop in operator.mutation_positions(node):
                if not any(first <= start and stop <= last for first, last in spared):
                    yield Mutant(module, name, count, start[0])
                count += 1


def _annotations(source: str) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    for node in ast.walk(ast.parse(source)):
        for note in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if note is not None:
                yield (note.lineno, note.col_offset), (note.end_lineno, note.end_col_offset)


def sample(module: str, source: str, size: int, seed: int) -> list[Mutant]:
    """Return up to ``size`` mutants of a module, drawn without replacement, that differ from it and from each other."""
    drawn = list(mutants(module, source))
    random.Random(f"{seed}:{module}").shuffle(drawn)
    seen, kept = {ast.dump(ast.parse(source))}, list[Mutant]()
    for mutant in drawn:
        if len(kept) == size:
            break
        try:
            tree = ast.dump(ast.parse(mutated(mutant, source)))
        except SyntaxError:  # no program, so nothing to test
            continue
        if tree not in seen:
            seen.add(tree)
            kept.append(mutant)
    return kept


def mutated(mutant: Mutant, source: str) -> str:
    """Return a module's source with one change made."""
    text: str | None = mutate_code(source, get_operator(mutant.operator)(), mutant.occurrence)
    if text is None:
        raise ValueError(f"{mutant} is not in the source")
    return text


def changed(source: str, text: str) -> str:
    """Return the lines that differ, as a unified diff shows them."""
    lines = difflib.unified_diff(source.splitlines(), text.splitlines(), lineterm="", n=0)
    return "\n".join([line for line in lines if line[:2] != "@@"][2:])


@dataclass
class Part:
    """A part of the package with the tests that are to notice its mutants, and a copy of the repository to change."""

    name: str
    modules: list[str]
    tests: list[str]
    kills: Counter[str] = field(default_factory=Counter)

    @property
    def work(self) -> Path:
        """Where all of this part is kept."""
        return WORK / self.name

    @property
    def tree(self) -> Path:
        """The copy."""
        return self.work / "tree"

    @property
    def paths(self) -> list[str]:
        """Every module, from the root of the repository."""
        found = (path for pattern in self.modules for path in sorted(ROOT.glob(pattern)) if path.name != "__init__.py")
        return [path.relative_to(ROOT).as_posix() for path in found]

    def copy(self) -> None:
        """Copy what the tests need."""
        shutil.rmtree(self.tree, ignore_errors=True)
        self.tree.mkdir(parents=True)
        for name in COPIED:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, self.tree / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / name, self.tree / name)

    @cached_property
    def reach(self) -> dict[str, Any]:
        """What a run without a mutant learns: seconds by test, and by module the tests that reach each line."""
        digest = hashlib.sha256(str(self.tests).encode())
        for name in (*self.paths, *self.tests):
            digest.update((self.tree / name).read_bytes())
        kept = self.work / f"reach-{digest.hexdigest()[:16]}.json"
        if not kept.exists():
            # a mutant's programs are compiled: so are those that say how long tests take
            shutil.rmtree(CACHE, ignore_errors=True)
            config = self.work / "coverage.ini"
            config.write_text(COVERAGE, encoding="utf-8")
            options = (f"--cov={self.tree / 'src' / 'detente'}", f"--cov-config={config}", "--cov-context=test", "--cov-report=")
            status = self.run(Reach(kept), 7200, *options)
            if status:
                raise SystemExit(f"the tests of {self.name} fail without a mutant: see {self.work / 'last.txt'}")
        found: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
        if not found["lines"]:
            raise SystemExit(f"coverage has noted no line of {self.name}: see {kept}")
        return found

    def at(self, mutant: Mutant, source: str) -> set[str]:
        """Return the tests that reach a mutant's line; "" stands for what is done while tests are read."""
        lines = self.reach["lines"].get(mutant.module, {})
        return {name for line in statement(source, mutant.line) for name in lines.get(str(line), ())}

    def order(self, at: set[str]) -> list[str]:
        """Return the tests a mutant meets, in order: of those that reach its line, or of all, what patience is enough for."""
        seconds = self.reach["seconds"]
        ranked = sorted(seconds, key=lambda name: seconds[name] / (1 + 3 * self.kills[name]))
        wanted = [name for name in ranked if name in at]
        if "" in at or not wanted:
            wanted += [name for name in ranked if name not in at]
        before = itertools.accumulate((seconds[name] for name in wanted), initial=0.0)
        return [name for name, spent in zip(wanted, before, strict=False) if spent < PATIENCE]

    def limit(self, order: list[str]) -> int:
        """Return how long these tests may take with a mutant [seconds of processor time]."""
        return 60 + int(SLOWER * sum(self.reach["seconds"][name] for name in order))

    def test(self, mutant: Mutant) -> Outcome:
        """Run tests on the copy with a mutant in it."""
        path = self.tree / mutant.module
        source = path.read_text(encoding="utf-8")
        text, failed = mutated(mutant, source), self.work / "failed.txt"
        at, server = self.at(mutant, source), self.server  # which reads the tests, and all they load, as they are
        order = self.order(at)
        began = time.monotonic()
        failed.write_text("", encoding="utf-8")
        shutil.rmtree(CACHE / "kept", ignore_errors=True)
        try:
            path.write_text(text, encoding="utf-8")
            status = server.ask(mutant.module, source, text, order, self.limit(order))
            if status is None or (status >= 0 and status != 1 and "" in at):  # what was done while tests were read has not met it
                status = self.run(Order(order, failed), self.limit(order))
        finally:
            path.write_text(source, encoding="utf-8")
        by = failed.read_text(encoding="utf-8")
        self.kills[by] += bool(by)
        verdict = "survived" if status in (0, 5) else "killed" if status > 0 else "timeout"
        return Outcome(mutant, verdict, time.monotonic() - began, changed(source, text), by)

    @cached_property
    def server(self) -> Server:
        """A process that has read the tests."""
        return Server(self)

    def run(self, plugin: object, limit: int, *options: str) -> int:
        """Return the exit status of pytest in a child process: negative if ``limit`` seconds of work were not enough."""
        child = os.fork()
        if not child:
            bound(limit)
            self.child(plugin, *options)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def child(self, plugin: object, *options: str) -> None:
        """Run pytest with a plugin, and end this process with its exit status."""
        output = os.open(self.work / "last.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.chdir(self.tree)
        os.environ["PYTHONPATH"] = str(self.tree / "src")
        sys.path[:0] = [str(self.tree / "src")]
        import pytest

        status = 70
        try:
            options = ("-x", "-q", "-p", "no:cacheprovider", *options)
            status = pytest.main([*options, *self.tests], plugins=[Profile(), plugin])
        finally:  # whatever happens, the parent's code must not go on here
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(int(status))

    def load(self) -> list[Outcome]:
        """Return what earlier runs found, but of mutants that are no more or change nothing."""
        path = self.work / "found.json"
        stored = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
        found = [Outcome(Mutant(**kept.pop("mutant")), **kept) for kept in stored]
        return [outcome for outcome in found if outcome.mutant.module in self.paths]

    def store(self, found: list[Outcome]) -> None:
        """Keep what was found."""
        text = json.dumps([asdict(outcome) for outcome in found], indent=1, ensure_ascii=False)
        (self.work / "found.json").write_text(text, encoding="utf-8")


def bound(limit: int) -> None:
    """Let this process work for ``limit`` seconds."""
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
    signal.alarm(8 * limit)  # a mutant may also wait for ever, which takes no processor time


class Server:
    """A child process in which pytest has read the tests of a part; it forks one more for every mutant."""

    def __init__(self, part: Part) -> None:
        self.here, there = Pipe()
        if not os.fork():
            self.here.close()
            self.there, self.failed = there, part.work / "failed.txt"
            part.child(self)
        there.close()
        self.able: bool = self.here.recv()

    def ask(self, module: str, source: str, text: str, order: list[str], limit: int) -> int | None:
        """Return the exit status of the tests with a module's functions changed; None where that cannot be done."""
        if not self.able or not swappable(source, text):
            return None
        self.here.send((module, text, order, limit))
        status: int = self.here.recv()
        return status

    def pytest_collection_finish(self, session: Any) -> None:
        """Serve for ever; return in a child, which goes on to run the tests."""
        from jax._src import xla_bridge

        able = not xla_bridge.backends_are_initialized()  # what runs threads cannot be forked
        self.there.send(able)
        if not able:
            os._exit(0)
        gc.freeze()
        while True:
            module, text, order, limit = self.there.recv()
            child = os.fork()
            if not child:
                bound(limit)
                swap(module, text)
                one = Order(order, self.failed)
                one.pytest_collection_modifyitems(session.items)
                session.config.pluginmanager.register(one)
                return
            self.there.send(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def swappable(source: str, text: str) -> bool:
    """Return whether two versions of a module differ in the bodies of functions alone, and no two of those stand on one line."""
    one, other = compile(source, "", "exec"), compile(text, "", "exec")
    mine, fresh = functions(one), functions(other)
    return (
        shell(one) == shell(other)
        and mine.keys() == fresh.keys()
        and all(len(found) == 1 or found == fresh[key] for key, found in mine.items())
    )


def shell(code: types.CodeType) -> tuple[Any, ...]:
    """Return what a module or a class does when it is made: all of its code but that of its functions."""
    if code.co_flags & inspect.CO_OPTIMIZED:
        return code.co_qualname, code.co_freevars, code.co_flags
    held = tuple(shell(const) if isinstance(const, types.CodeType) else repr(const) for const in code.co_consts)
    return code.co_code, code.co_names, held


def functions(code: types.CodeType) -> dict[tuple[str, int], list[types.CodeType]]:
    """Return the code of every function in a module, by name and line."""
    found: dict[tuple[str, int], list[types.CodeType]] = {}
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            if const.co_flags & inspect.CO_OPTIMIZED:
                found.setdefault((const.co_qualname, const.co_firstlineno), []).append(const)
            for key, inner in functions(const).items():
                found.setdefault(key, []).extend(inner)
    return found


def swap(module: str, text: str) -> None:
    """Give the functions of a loaded module the code they have in ``text``."""
    name = module.removeprefix("src/").removesuffix(".py").replace("/", ".")
    if name not in sys.modules:  # it will be read as it is now
        return
    gc.unfreeze()  # what is frozen is not among the objects the collector knows
    file = str(sys.modules[name].__file__)
    fresh = functions(compile(text, file, "exec"))
    for entry in gc.get_objects():
        # by type: a proxy claims the class of what it stands for, which may be gone
        if type(entry) is types.FunctionType and entry.__code__.co_filename == file:
            places = fresh[entry.__code__.co_qualname, entry.__code__.co_firstlineno]
            if len(places) == 1:
                entry.__code__ = places[0]


def statement(source: str, line: int) -> range:
    """Return the lines of the innermost statement a line belongs to; of one that holds others, those of its head.

    The head of a function matters where its body runs: it comes with all of it.
    """
    best = range(line, line + 1)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.stmt):
            body = None if isinstance(node, ast.FunctionDef) else getattr(node, "body", None)
            last = body[0].lineno - 1 if body else node.end_lineno or node.lineno
            if node.lineno <= line <= last:
                best = range(node.lineno, max(last, node.lineno) + 1)
    return best


class Profile:
    """A plugin of pytest: the same examples for every mutant, and no time spent on making a failure smaller."""

    def pytest_sessionstart(self, session: Any) -> None:
        """Replace the profile that conftest.py has loaded; compare no page with what a part of the tests records."""
        from hypothesis import Phase, settings

        table = session.config.pluginmanager.get_plugin("verification")
        if table is not None:
            session.config.pluginmanager.unregister(table)

        phases = (Phase.explicit, Phase.generate)
        settings.register_profile(
            "mutants", settings.get_profile("dev"), max_examples=25, derandomize=True, phases=phases, database=None
        )
        settings.load_profile("mutants")


class Order:
    """A plugin of pytest: these tests, in this order; the name of the first that fails is written down."""

    def __init__(self, tests: list[str], failed: Path) -> None:
        self.place, self.failed = {name: index for index, name in enumerate(tests)}, failed

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        """Keep the tests asked for, in order."""
        items[:] = sorted((item for item in items if item.nodeid in self.place), key=lambda item: self.place[item.nodeid])

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Write down what failed."""
        if report.failed:
            self.failed.write_text(report.nodeid, encoding="utf-8")


class Reach:
    """A plugin of pytest: what each test reaches, and how long it takes."""

    def __init__(self, kept: Path) -> None:
        self.kept, self.seconds, self.own = kept, Counter[str](), set[str]()

    def pytest_runtest_protocol(self, item: Any) -> bool:
        """Run a test by itself: nothing of an earlier one is traced, kept or cached, and no fixture is shared with the next."""
        from _pytest.runner import runtestprotocol

        from detente.program import forget

        forget()
        shutil.rmtree(CACHE / "kept", ignore_errors=True)
        for entry in gc.get_objects():
            if type(entry) is LRU and getattr(entry, "__module__", "").split(".")[0] in self.own:
                entry.cache_clear()
        runtestprotocol(item, nextitem=None)
        return True

    def pytest_collection_finish(self, session: Any) -> None:
        """Note which modules are ours: the package, the tests, and what they share."""
        tests = {Path(item.path).parent for item in session.items}
        self.own = {"detente", "tests", *(path.stem for folder in tests for path in folder.glob("*.py"))}

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Add up the time of a test."""
        self.seconds[report.nodeid] += report.duration

    def pytest_unconfigure(self) -> None:
        """Read what coverage has noted, once it has."""
        from coverage import CoverageData

        data = CoverageData(".coverage")
        data.read()
        lines = {name: self._lines(data, name) for name in data.measured_files()}
        self.kept.write_text(json.dumps({"seconds": self.seconds, "lines": lines}), encoding="utf-8")

    def _lines(self, data: Any, name: str) -> dict[int, list[str]]:
        return {line: sorted({text.split("|")[0] for text in texts}) for line, texts in data.contexts_by_lineno(name).items()}


def wilson(hits: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson, 1927).

    Raises:
        ZeroDivisionError: if ``total`` is 0.
    """
    share, squared = hits / total, z * z / total
    middle = share + squared / 2
    half = z * (share * (1 - share) / total + squared / (4 * total)) ** 0.5
    return (middle - half) / (1 + squared), (middle + half) / (1 + squared)


@lru_cache
def known() -> dict[tuple[str, str], str]:
    """Return why a mutant changes nothing, by module and change."""
    listed = tomllib.loads(KNOWN.read_text(encoding="utf-8"))["mutant"]
    return {(entry["module"], _plain(entry["change"])): entry["why"] for entry in listed}


def _plain(change: str) -> str:
    """Return a change without indentation."""
    lines = (f"{line[:1]} {line[1:].strip()}" for line in change.strip().splitlines())
    return "\n".join(line for line in lines if line.strip())


def counted(found: list[Outcome]) -> list[Outcome]:
    """Return what was found of the mutants that change something."""
    return [outcome for outcome in found if not harmless(outcome.mutant, outcome.change)]


def harmless(mutant: Mutant, change: str) -> bool:
    """Return whether a mutant is listed as changing nothing."""
    return (mutant.module, _plain(change)) in known()


def row(title: str, found: list[Outcome]) -> str:
    """Return killed and total as a row of a Markdown table, with those left out because they change nothing."""
    chosen = counted(found)
    hits = sum(outcome.verdict != "survived" for outcome in chosen)
    low, high = wilson(hits, max(1, len(chosen)))
    share = hits / max(1, len(chosen))
    return f"| {title} | {len(chosen)} | {hits} | {share:.0%} | {low:.0%}–{high:.0%} | {len(found) - len(chosen)} |"


HEAD = "| part | mutants | killed | share | 95 % interval | change nothing |\n| --- | ---: | ---: | ---: | ---: | ---: |"


def table(part: Part, found: list[Outcome]) -> str:
    """Return a Markdown table by module and altogether."""
    modules = sorted({outcome.mutant.module for outcome in found})
    rows = [row(name.removeprefix("src/detente/"), [o for o in found if o.mutant.module == name]) for name in modules]
    return "\n".join([HEAD, *rows, row(f"**{part.name}**", found)])


def write(parts: list[Part]) -> None:
    """Put the table of every part, and what survived, into the page."""
    text = PAGE.read_text(encoding="utf-8")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    rows = "\n".join([HEAD, *(row(part.name, part.load()) for part in parts)])
    PAGE.write_text(f"{before}{BEGIN}{rows}\n{END}{after}", encoding="utf-8")


def prepare() -> None:
    """Keep caches apart from everybody else's, and load the libraries that every child shares."""
    # Compiled programs are found again by their content, so a mutant cannot meet one that is not its own.
    os.environ |= {"DETENTE_CACHE": str(CACHE), "JAX_COMPILATION_CACHE_DIR": str(CACHE / "xla")}
    os.environ |= {"JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0", "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1"}
    os.environ |= {"JAX_PLATFORMS": "cpu", "PYTHONDONTWRITEBYTECODE": "1"}
    os.environ |= {"JAX_DISABLE_MOST_OPTIMIZATIONS": "true"}  # programs are compiled more often than run
    sys.dont_write_bytecode = True
    for name in PRELOADED:
        __import__(name)
    if any(name.split(".")[0] == "detente" for name in sys.modules):
        raise SystemExit("detente is loaded already: its mutants would not be")


def _spared(mutant: Mutant) -> Outcome | None:
    """Return what would become of a mutant that is listed as changing nothing: nobody notices it, so no test need run."""
    source = (ROOT / mutant.module).read_text(encoding="utf-8")
    change = changed(source, mutated(mutant, source))
    return Outcome(mutant, "survived", 0.0, change) if harmless(mutant, change) else None


def work(part: Part, options: argparse.Namespace) -> None:
    """Test the sample of one part, print the table and the survivors."""
    part.copy()
    stored = {outcome.mutant: outcome for outcome in part.load()}
    found = {mutant: outcome for mutant, outcome in stored.items() if options.again or options.only not in mutant.module}
    part.kills.update(outcome.by for outcome in stored.values() if outcome.by)
    print(f"{part.name}: {sum(part.reach['seconds'].values()):.0f} s for {len(part.reach['seconds'])} tests", flush=True)
    drawn = list[Mutant]()
    for module in (name for name in part.paths if options.only in name):
        drawn += sample(module, (ROOT / module).read_text(encoding="utf-8"), options.sample, options.seed)
    found = {mutant: outcome for mutant, outcome in found.items() if mutant in drawn or options.only not in mutant.module}
    random.Random(options.seed).shuffle(drawn)  # so that a run cut short is a sample too
    for mutant in drawn:
        if mutant in found and found[mutant].verdict != "survived":
            continue
        found[mutant] = outcome = _spared(mutant) or part.test(mutant)
        print(
            f"{outcome.verdict} {outcome.seconds:.1f} s {mutant.module}:{mutant.line} {mutant.operator} {outcome.by}", flush=True
        )
        part.store(list(found.values()))
    for outcome in counted(list(found.values())):
        if outcome.verdict == "survived":
            print(f"\n{outcome.mutant.module}:{outcome.mutant.line}\n{outcome.change}")
    print("\n" + table(part, list(found.values())))


def main() -> None:
    """Test the parts asked for, or write what was found."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mutants"]
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(config)}; all when left out")
    parser.add_argument("--only", default="", help="part of the path of the modules to mutate")
    parser.add_argument("--sample", type=int, default=25, help="mutants per module")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--again", action="store_true", help="keep what was killed last time; test what survived or is new")
    parser.add_argument("--write", action="store_true", help="test nothing; put what was found into docs/testing.md")
    options = parser.parse_args()
    parts = [Part(name, **config[name]) for name in options.parts or config]
    if options.write:
        write(parts)
        return
    prepare()
    for part in parts:
        work(part, options)


if __name__ == "__main__":
    main()
