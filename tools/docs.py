"""Write the generated pages of docs/: every command from the command line itself, every field from the scenario models.

With --check nothing is written, and the exit code says whether the pages are current.
"""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import click

from detente.cli import main as cli
from detente.spec import dependence, quantity, scenario
from detente.spec.quantity import Range, Strict

DOCS = Path(__file__).parents[1] / "docs"
NOTICE = "<!-- Written by `make docs`; do not edit. -->"


def commands(group: click.Group, before: str) -> Iterator[tuple[str, click.Command]]:
    """Yield every visible command with its full name, in alphabetical order."""
    for name, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            yield from commands(command, f"{before} {name}")
        elif not command.hidden:
            yield f"{before} {name}", command


def command_section(name: str, command: click.Command) -> str:
    """Return one command's help, as the terminal shows it."""
    context = click.Context(command, info_name=name, max_content_width=100, terminal_width=100)
    return f"## {name}\n\n```text\n{command.get_help(context).rstrip()}\n```"


def command_page() -> str:
    """Return docs/commands.md."""
    assert isinstance(cli, click.Group)
    sections = [command_section(name, command) for name, command in commands(cli, "detente")]
    return "\n\n".join(["# Commands", NOTICE, *sections]) + "\n"


def documented(body: list[ast.stmt]) -> Iterator[tuple[ast.stmt, str]]:
    """Yield every assignment of ``body`` that a docstring follows."""
    for statement, following in pairwise(body):
        if (
            isinstance(statement, ast.Assign | ast.AnnAssign)
            and isinstance(following, ast.Expr)
            and isinstance(following.value, ast.Constant)
        ):
            yield statement, inspect.cleandoc(str(following.value.value)).replace("\n", " ")


def field_rows(model: type[Strict]) -> Iterator[str]:
    """Yield one table row per field, inherited ones first: key, kind of value, default, meaning."""
    for base in reversed([each for each in model.__mro__ if issubclass(each, Strict) and each is not Strict]):
        body = ast.parse(textwrap.dedent(inspect.getsource(base))).body[0]
        assert isinstance(body, ast.ClassDef)
        for statement, text in documented(body.body):
            if not (isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)):
                continue
            info = model.model_fields[statement.target.id]
            kind = ast.unparse(statement.annotation).replace("|", "or")
            default = "required" if info.is_required() else f"`{info.get_default(call_default_factory=True)!r}`"
            yield f"| `{info.alias or statement.target.id}` | {kind} | {default} | {text} |"


def model_section(model: type[Strict]) -> str:
    """Return one model's table of fields."""
    table = ["| key | value | default | meaning |", "| --- | --- | --- | --- |", *field_rows(model)]
    return f"## {model.__name__}\n\n{inspect.getdoc(model)}\n\n" + "\n".join(table)


def kinds(module: ModuleType) -> Iterator[str]:
    """Yield what the named kinds of value of a module are."""
    for statement, text in documented(ast.parse(inspect.getsource(module)).body):
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            yield f"- **{statement.targets[0].id}**: {text}"


def models(module: ModuleType) -> list[type[Strict]]:
    """Return the models a module defines, in the order of their definition."""
    own = [thing for thing in vars(module).values() if inspect.isclass(thing) and thing.__module__ == module.__name__]
    return [thing for thing in own if issubclass(thing, Strict) and thing is not Strict and thing.model_fields]


def field_page() -> str:
    """Return docs/fields.md."""
    order = [*reversed(models(scenario)), *models(dependence), *(model for model in models(quantity) if model is not Range)]
    words = "\n".join([*kinds(quantity), *kinds(scenario)])
    intro = (
        "Every key a scenario file can hold, beginning with the whole file. An unknown key is an error.\n\nKinds of value:\n\n"
        + words
    )
    return "\n\n".join(["# Fields of a scenario", NOTICE, intro, *(model_section(model) for model in order)]) + "\n"


def main() -> None:
    """Write the pages, or with --check compare them with what would be written."""
    pages = {DOCS / "commands.md": command_page(), DOCS / "fields.md": field_page()}
    stale = [path for path, text in pages.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" in sys.argv[1:]:
        if stale:
            sys.exit(f"out of date, run `make docs`: {', '.join(path.name for path in stale)}")
        return
    for path in stale:
        path.write_text(pages[path], encoding="utf-8")
        print(path)


if __name__ == "__main__":
    main()
