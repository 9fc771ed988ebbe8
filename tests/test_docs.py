"""What the documentation says is true of the program: commands, options, error codes, targets, links, references."""

from __future__ import annotations

import ast
import calendar
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = [README, ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
CODE_PAGE = ROOT / "docs" / "errors.md"
SOURCES = sorted((ROOT / "src" / "detente").rglob("*.py"))

# Right of the dataset hyphens are CSS and HTML, and the command line's and the server's are their own words.
WITHOUT_CODES = {"charts", "findings", "report", "report.py", "cli", "cli.py", "web"}
NOT_CODES = {"utf-8"}
KEBAB = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)+")
DOCUMENTED_CODE = re.compile(r"^(?:#{2,4} +|\| *)`?([a-z][a-z0-9]*(?:-[a-z0-9]+)+)`?", re.MULTILINE)
COMMAND_LINE = re.compile(r"^(?: {4,}|\t|\$ |> )?(detente|make) +([^#`\n]+)", re.MULTILINE)
INLINE_COMMAND = re.compile(r"`(detente|make) +([^`]+)`")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
CITATION = re.compile(r"\b([A-Z][a-z]+)(?:(?: and|,) [A-Z][a-z]+)*(?: et al\.)? \(?((?:19|20)\d\d)\b")
MONTHS = {*calendar.month_name, *calendar.month_abbr}


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def code_blocks(text: str) -> str:
    """Return the indented and the fenced code of a page."""
    fenced = "\n".join(re.findall(r"^```[^\n]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL))
    indented = "\n".join(line for line in text.splitlines() if line.startswith("    "))
    return fenced + "\n" + indented


def command_lines(page: Path) -> list[tuple[str, list[str]]]:
    """Return every ``detente`` and ``make`` command a page shows, split into words."""
    text = read(page)
    found = COMMAND_LINE.findall(code_blocks(text)) + INLINE_COMMAND.findall(text)
    return [(program, shlex.split(rest)) for program, rest in found]


def commands(group: click.Group, before: str = "") -> dict[str, click.Command]:
    """Return every command by its full name."""
    found: dict[str, click.Command] = {}
    for name, command in group.commands.items():
        found[before + name] = command
        if isinstance(command, click.Group):
            found |= commands(command, f"{before}{name} ")
    return found


@pytest.fixture(scope="module")
def cli() -> dict[str, click.Command]:
    from detente.cli import main

    assert isinstance(main, click.Group)
    return commands(main)


def complaint(words: list[str], cli: dict[str, click.Command]) -> str | None:
    """Return what is wrong with a shown ``detente`` command, or None."""
    if words[0].startswith("-") or not re.fullmatch(r"[a-z-]+", words[0]):
        return None
    name = next((" ".join(words[:n]) for n in (2, 1) if " ".join(words[:n]) in cli), None)
    if name is None:
        return f"no such command: detente {words[0]}"
    known = {option for parameter in cli[name].params for option in (*parameter.opts, *parameter.secondary_opts)} | {"--help"}
    unknown = [word for word in words if word.startswith("--") and word.split("=")[0] not in known]
    return f"detente {name} has no {unknown}" if unknown else None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_shown_commands_exist(page: Path, cli: dict[str, click.Command]) -> None:
    targets = set(re.findall(r"^([a-z]+):", read(ROOT / "Makefile"), re.MULTILINE))
    for program, words in command_lines(page):
        if program == "make":
            assert {word for word in words if re.fullmatch(r"[a-z]+", word)} <= targets
        else:
            assert complaint(words, cli) is None


def test_every_command_is_documented(cli: dict[str, click.Command]) -> None:
    text = "\n".join(read(page) for page in PAGES)
    assert [name for name, command in cli.items() if not command.hidden and f"detente {name}" not in text] == []


def test_every_command_says_what_it_does(cli: dict[str, click.Command]) -> None:
    assert [name for name, command in cli.items() if not command.help] == []
    silent = [
        f"{name} {parameter.opts[0]}"
        for name, command in cli.items()
        for parameter in command.params
        if isinstance(parameter, click.Option) and not parameter.help
    ]
    assert silent == []


@pytest.mark.slow
def test_commands_of_the_readme_run(tmp_path: Path) -> None:
    for program, words in command_lines(README):
        if program == "detente" and words[0] != "explore" and not {"NAME", "FILE"} & set(words):
            done = subprocess.run(
                [sys.executable, "-m", "detente.cli", *words], cwd=tmp_path, capture_output=True, text=True, timeout=600
            )
            assert done.returncode == 0, f"detente {shlex.join(words)}\n{done.stderr}"


def raised_codes(file: Path) -> set[str]:
    """Return the kebab-case strings a file passes to calls or puts into tuples; commands and their options aside."""
    found: set[str] = set()
    nodes = list(ast.walk(ast.parse(read(file))))
    types = {id(node.slice) for node in nodes if isinstance(node, ast.Subscript)}  # Literal["peer-reviewed", ...]
    for node in nodes:
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") not in ("command", "option", "argument", "group"):
            found |= {value for part in (*node.args, *(word.value for word in node.keywords)) if (value := _text(part))}
        elif isinstance(node, ast.Tuple) and id(node) not in types:
            found |= {value for part in node.elts if (value := _text(part))}
    return {value for value in found - NOT_CODES if KEBAB.fullmatch(value)}


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def test_error_codes_are_documented_and_documented_ones_raised() -> None:
    documented = DOCUMENTED_CODE.findall(read(CODE_PAGE))
    strings = {part.value for file in SOURCES for part in ast.walk(ast.parse(read(file))) if isinstance(part, ast.Constant)}
    raised = set().union(*(raised_codes(file) for file in SOURCES if not WITHOUT_CODES & {*file.parts, file.name}))
    assert sorted(raised - set(documented)) == [], "raised, not documented"
    assert sorted(set(documented) - strings) == [], "documented, never raised"
    assert len(documented) == len(set(documented)), "documented twice"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = [link for link in LINK.findall(read(page)) if "://" not in link and not link.startswith("mailto:")]
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_cited_works_are_in_the_references() -> None:
    entries = re.split(r"^@", read(ROOT / "docs" / "references.bib"), flags=re.MULTILINE)
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    cited = {found for file in (*SOURCES, *decisions) for found in CITATION.findall(read(file)) if found[0] not in MONTHS}
    missing = [f"{author} {year}" for author, year in cited if not any(author in entry and year in entry for entry in entries)]
    assert sorted(missing) == []


def test_generated_pages_are_current() -> None:
    done = subprocess.run([sys.executable, "tools/docs.py", "--check"], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_every_entry_of_the_changelog_says_whether_numbers_change() -> None:
    entries = re.findall(r"^- (.*(?:\n  .*)*)", read(ROOT / "CHANGELOG.md"), re.MULTILINE)
    assert entries
    assert [entry for entry in entries if not re.search(r"Numbers change: (yes|no)", entry)] == []


def test_lock_names_no_place() -> None:
    assert re.findall(r"^.*(?:://|--index|--find-links| @ |/\w+/).*$", read(ROOT / "requirements.lock"), re.MULTILINE) == []
