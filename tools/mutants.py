"""Mutation testing: change one thing in a module, run the tests that reach it, and see whether any of them notices.

    .venv/bin/python tools/mutants.py [--only PART] [--sample N] [--seed N] [--again]

Cosmic Ray says what can be changed and how. From each module of ``[tool.mutants]`` in pyproject.toml a sample is drawn with a
fixed seed; each mutant runs in a process of its own, forked after the libraries are loaded, on a copy of the repository. What was
found is kept in build/mutants/found.json: ``--again`` tests those that survived and new ones, for use after adding tests.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import json
import os
import random
import resource
import shutil
import signal
import sys
import time
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

ROOT = Path(__file__).parents[1]
WORK = ROOT / "build" / "mutants"
TREE = WORK / "tree"
FOUND = WORK / "found.json"
COPIED = ("src", "tests", "tools", "docs", "pyproject.toml", "README.md", "CHANGELOG.md")
PRELOADED = ("jax.export", "numpy", "pydantic", "pytest", "ruamel.yaml", "scipy.optimize", "xarray")


@dataclass(frozen=True)
class Mutant:
    """One change of a module: which operator of Cosmic Ray, applied for the how manieth time, and the line it is on."""

    module: str
    operator: str
    occurrence: int
    line: int


@dataclass
class Outcome:
    """What became of a mutant: killed, survived or timeout (which counts as killed); the seconds taken and the change made."""

    mutant: Mutant
    verdict: str
    seconds: float
    change: str


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
            changed = ast.dump(ast.parse(mutated(mutant, source)))
        except SyntaxError:  # no program, so nothing to test
            continue
        if changed not in seen:
            seen.add(changed)
            kept.append(mutant)
    return kept


def mutated(mutant: Mutant, source: str) -> str:
    """Return a module's source with one change made."""
    text: str | None = mutate_code(source, get_operator(mutant.operator)(), mutant.occurrence)
    if text is None:
        raise ValueError(f"{mutant} is not in the source")
    return text


def test(mutant: Mutant | None, tests: list[str], limit: int) -> Outcome:
    """Run tests on the copy with a mutant in it, or as it is."""
    path = TREE / mutant.module if mutant else None
    source = path.read_text(encoding="utf-8") if path else ""
    text = mutated(mutant, source) if mutant else ""
    began = time.monotonic()
    try:
        if path:
            path.write_text(text, encoding="utf-8")
        status = _forked(tests, limit)
    finally:
        if path:
            path.write_text(source, encoding="utf-8")
    verdict = "survived" if status == 0 else "killed" if status > 0 else "timeout"
    if mutant is None and status:
        raise SystemExit(f"the tests fail without a mutant: see {WORK / 'last.txt'}")
    change = [line for line in difflib.unified_diff(source.splitlines(), text.splitlines(), lineterm="", n=0) if line[:2] != "@@"]
    return Outcome(mutant or Mutant("", "", 0, 0), verdict, time.monotonic() - began, "\n".join(change[2:]))


def _forked(tests: list[str], limit: int) -> int:
    """Return the exit status of pytest in a child process: negative if ``limit`` seconds of work were not enough."""
    child = os.fork()
    if not child:
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
        signal.alarm(4 * limit)  # a mutant may also wait for ever, which takes no processor time
        _tests(tests)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


class Profile:
    """A plugin of pytest: the same examples for every mutant, and no time spent on making a failure smaller."""

    def pytest_sessionstart(self) -> None:
        """Replace the profile that conftest.py has loaded."""
        from hypothesis import Phase, settings

        phases = (Phase.explicit, Phase.generate)
        settings.register_profile(
            "mutants", settings.get_profile("dev"), max_examples=25, derandomize=True, phases=phases, database=None
        )
        settings.load_profile("mutants")


def _tests(tests: list[str]) -> None:
    output = os.open(WORK / "last.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.chdir(TREE)
    sys.path[:0] = [str(TREE / "src")]
    import pytest

    status = 70
    try:
        status = pytest.main(["-x", "-q", "-p", "no:cacheprovider", *tests], plugins=[Profile()])
    finally:  # whatever happens, the parent's code must not go on here
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(int(status))


def wilson(hits: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson, 1927).

    Raises:
        ZeroDivisionError: if ``total`` is 0.
    """
    share, squared = hits / total, z * z / total
    middle = share + squared / 2
    half = z * (share * (1 - share) / total + squared / (4 * total)) ** 0.5
    return (middle - half) / (1 + squared), (middle + half) / (1 + squared)


def table(found: list[Outcome]) -> str:
    """Return killed and total by module and altogether, as a Markdown table."""
    rows = ["| module | killed | of | share | 95 % interval |", "| --- | --- | --- | --- | --- |"]
    modules = sorted({outcome.mutant.module for outcome in found})
    for name in [*modules, ""]:
        chosen = [outcome for outcome in found if name in ("", outcome.mutant.module)]
        hits = sum(outcome.verdict != "survived" for outcome in chosen)
        low, high = wilson(hits, len(chosen))
        title = name.removeprefix("src/detente/") or "**together**"
        rows.append(f"| {title} | {hits} | {len(chosen)} | {hits / len(chosen):.0%} | {low:.0%}–{high:.0%} |")
    return "\n".join(rows)


def chosen(config: dict[str, dict[str, list[str]]], only: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the modules whose path contains ``only``, each with the tests that reach it."""
    for group in config.values():
        for pattern in group["modules"]:
            for path in sorted(ROOT.glob(pattern)):
                module = path.relative_to(ROOT).as_posix()
                if only in module and path.name != "__init__.py":
                    yield module, group["tests"]


def prepare() -> None:
    """Copy what the tests need, keep caches apart from everybody else's, and load the libraries that every child shares."""
    shutil.rmtree(TREE, ignore_errors=True)
    TREE.mkdir(parents=True)
    for name in COPIED:
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, TREE / name)
    # Compiled programs are found again by their content, so a mutant cannot meet one that is not its own.
    os.environ |= {"DETENTE_CACHE": str(WORK / "cache"), "JAX_COMPILATION_CACHE_DIR": str(WORK / "cache" / "xla")}
    os.environ |= {"JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0", "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1"}
    os.environ |= {"JAX_PLATFORMS": "cpu", "PYTHONPATH": str(TREE / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    sys.dont_write_bytecode = True
    for name in PRELOADED:
        __import__(name)
    if any(name.split(".")[0] == "detente" for name in sys.modules):
        raise SystemExit("detente is loaded already: its mutants would not be")


def load() -> list[Outcome]:
    """Return what earlier runs found."""
    if not FOUND.exists():
        return []
    return [Outcome(Mutant(**kept.pop("mutant")), **kept) for kept in json.loads(FOUND.read_text(encoding="utf-8"))]


def main() -> None:
    """Test the sample, print the table and the survivors."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--only", default="", help="part of the path of the modules to mutate")
    parser.add_argument("--sample", type=int, default=25, help="mutants per module")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--again", action="store_true", help="keep what was killed last time; test what survived or is new")
    options = parser.parse_args()
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mutants"]
    prepare()
    found = {outcome.mutant: outcome for outcome in load() if options.again or options.only not in outcome.mutant.module}
    for names in {tuple(tests) for _, tests in chosen(config, options.only)}:
        print(f"no mutant: {test(None, list(names), 600).seconds:.0f} s for {' '.join(names)}", flush=True)
    for module, tests in chosen(config, options.only):
        source = (ROOT / module).read_text(encoding="utf-8")
        for mutant in sample(module, source, options.sample, options.seed):
            if options.again and mutant in found and found[mutant].verdict != "survived":
                continue
            found[mutant] = test(mutant, tests, 120)
            print(f"{found[mutant].verdict} {found[mutant].seconds:.1f} s {module}:{mutant.line} {mutant.operator}", flush=True)
            FOUND.write_text(json.dumps([asdict(outcome) for outcome in found.values()], indent=1), encoding="utf-8")
    chosen_now = [outcome for outcome in found.values() if options.only in outcome.mutant.module]
    for outcome in chosen_now:
        if outcome.verdict == "survived":
            print(f"\n{outcome.mutant.module}:{outcome.mutant.line}\n{outcome.change}")
    print("\n" + table(chosen_now))


if __name__ == "__main__":
    main()
