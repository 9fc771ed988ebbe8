"""Imports point one way, the engine knows no names, and looking up a command costs no heavy import."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from detente.program import UNREAD

SOURCE = Path(__file__).parents[1] / "src"
FILES = sorted((SOURCE / "detente").rglob("*.py"))
LAYERS = (
    {"errors", "words"},
    {"runtime"},
    {"executable", "operations"},
    {"lanes"},
    {"program"},
    {"spec", "game"},
    {"engine", "zopa"},
    {"compile", "draws", "outcomes"},
    {"central", "coarse", "ensemble", "evidence", "live", "readout"},
    {"cluster", "runs"},
    {"certificate", "export", "result"},
    {"run"},
    {"analysis"},
    {"charts", "findings"},
    {"report"},
    {"cli", "web"},
)
HEIGHT = {name: height for height, layer in enumerate(LAYERS) for name in layer}
# What is right of the dataset can be redrawn from a saved file, so it sees the dataset and nothing that made it.
RIGHT_OF_THE_DATASET = {"charts", "findings", "report"}
THE_DATASET = {"errors", "result", "words"}
HEAVY = {"altair", "jax", "numpy", "pandas", "scipy", "vl_convert", "xarray"}
FORBIDDEN = {
    "words": HEAVY | {"pydantic", "ruamel"},
    "spec": HEAVY,
    "engine": HEAVY - {"jax", "numpy"} | {"pydantic", "ruamel"},
    "charts": {"jax"},
    "findings": {"jax"},
    "report": {"jax"},
}
EXCEPTED = {"detente.spec.grid": {"numpy"}, "detente.spec.menu": {"numpy"}}
"""Rules about a menu are read off for all of it at once, and only where there are any."""


def module_of(file: Path) -> str:
    parts = file.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(file: Path) -> set[str]:
    """Return every module ``file`` imports, at the top or inside a function."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            modules = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= modules if node.module == "detente" else {str(node.module)}
    return found


def part(module: str) -> str | None:
    """Return the first-level part of detente that ``module`` belongs to, None for anything else."""
    names = module.split(".")
    return names[1] if names[0] == "detente" and len(names) > 1 and names[1] in HEIGHT else None


def parts_of(file: Path) -> set[str]:
    return {name for module in imported(file) if (name := part(module))}


@pytest.mark.parametrize("file", FILES, ids=module_of)
def test_imports_point_down(file: Path) -> None:
    module = module_of(file)
    if module == "detente":
        return  # names the public objects for type checkers only
    own = part(module)
    assert own, f"{module} belongs to no layer: add it to LAYERS and to docs/architecture.md"
    assert {name for name in parts_of(file) if HEIGHT[name] > HEIGHT[own]} == set()


@pytest.mark.parametrize("file", FILES, ids=module_of)
def test_no_part_sees_what_it_should_not_know(file: Path) -> None:
    own = part(module_of(file)) or ""
    heavy = {name.split(".")[0] for name in imported(file)} & FORBIDDEN.get(own, set())
    assert heavy == EXCEPTED.get(module_of(file), set())
    if own == "engine":
        assert parts_of(file) <= {"engine", "game", "program"}
    if own in RIGHT_OF_THE_DATASET:
        assert parts_of(file) <= RIGHT_OF_THE_DATASET | THE_DATASET


@pytest.mark.parametrize("module", [module_of(file) for file in FILES])
def test_public_names_exist(module: str) -> None:
    names = getattr(import_module(module), "__all__", [])  # ruff keeps them sorted
    assert len(names) == len(set(names))
    assert [name for name in names if not hasattr(import_module(module), name)] == []


def heavy_after(code: str) -> set[str]:
    """Return the heavy packages a fresh interpreter has loaded after running ``code``."""
    script = f"import sys\n{code}\nprint('loaded:', *({HEAVY!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    return set(done.stdout.rsplit("loaded:", 1)[1].split())


@pytest.mark.parametrize(
    "code",
    [
        "import detente; dir(detente); detente.ScenarioError",
        "import detente.spec.read",
        "import detente.web.server",
        "from importlib import import_module\nfrom detente.web.jobs import MODULES\nfor name in MODULES: import_module(name)",
        "from detente.cli import main\nsys.argv = ['detente', '--help']\ntry:\n    main()\nexcept SystemExit:\n    pass",
    ],
    ids=["import detente", "read a scenario", "serve the explorer", "serve an opening kept on disk", "detente --help"],
)
def test_light_uses_import_nothing_heavy(code: str) -> None:
    assert heavy_after(code) == set()


def test_programs_hold_no_code_of_the_parts_they_are_kept_without() -> None:
    holding = {part(module_of(file)) for file in FILES if "@program(" in file.read_text(encoding="utf-8")} | {"live"}
    highest = max(HEIGHT[str(name)] for name in holding)
    assert UNREAD | holding <= HEIGHT.keys()
    assert {name for name in UNREAD - {"words"} if HEIGHT[name] <= highest} == set()


@pytest.mark.parametrize("first", ["detente.game", "detente.zopa", "detente.run", "detente.web.worker"])
def test_whatever_is_imported_first_jax_finds_its_cache_on_disk(first: str) -> None:
    """A part that brought jax before its settings were in place would compile everything anew at every start."""
    script = f"import {first}, jax; print(jax.config.jax_compilation_cache_dir)"
    env = {name: value for name, value in os.environ.items() if not name.startswith("JAX_")} | {"DETENTE_CACHE": "/somewhere"}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60, env=env)
    assert Path(done.stdout.strip()) == Path("/somewhere/xla")


def test_nothing_flips_a_global_switch_of_jax() -> None:
    assert [file.name for file in FILES if "jax.config" in file.read_text(encoding="utf-8")] == []


def test_architecture_names_every_part() -> None:
    page = (SOURCE.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
    folder = SOURCE / "detente"
    parts = {entry.stem for entry in folder.iterdir() if entry.suffix == ".py" or (entry / "__init__.py").exists()}
    named = {Path(name).stem for name in re.findall(r"^    (\w+(?:\.py|/)) ", page.split("Beside it")[0], re.MULTILINE)}
    assert sorted(parts - named) == [], "in the source, not on the page"
    assert sorted(named - parts - {"assets"}) == [], "on the page, not in the source"
