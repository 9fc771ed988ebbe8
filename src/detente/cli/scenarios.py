"""Commands about scenario files: check, schema, new, list."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from detente.cli.front import WRONG, debuggable, spoken, tame
from detente.errors import ScenarioError
from detente.words import Phrases, chosen, commas, counted

SAID = Phrases() | {"fine": "{file}: fine ({sizes})"}


@click.command()
@click.argument("file")
@click.option("--json", "as_json", is_flag=True, help="Print the problems as JSON.")
@debuggable
@click.pass_context
def check(context: click.Context, file: str, as_json: bool) -> None:
    """Report every problem of a scenario file at once.

    FILE is a path, or the name of a bundled scenario. Exit code 2 when there are problems.
    """
    from detente.spec.read import read

    try:
        scenario = read(file)
    except ScenarioError as error:
        click.echo(_as_json(error) if as_json else tame(f"{error}\n{counted(len(error.problems), 'problem')}"))
        context.exit(WRONG)
    sizes = [
        counted(len(scenario.players), "player"),
        counted(len(scenario.issues), "issue"),
        counted(len(scenario.quantities), "parameter"),
    ]
    click.echo("[]" if as_json else tame(SAID.say("fine", file=file, sizes=commas(sizes))))


def _as_json(error: ScenarioError) -> str:
    return json.dumps([{"file": error.file, **asdict(problem)} for problem in error.problems], indent=2, ensure_ascii=False)


@click.command()
@debuggable
def schema() -> None:
    """Print the JSON Schema of scenario files, for editors that check while one types."""
    from detente.spec.jsonschema import json_schema

    click.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))


@click.command()
@click.argument("name")
@debuggable
def new(name: str) -> None:
    """Write NAME.yaml, a commented scenario to start from. An existing file is left alone."""
    from importlib.resources import files

    path = Path(name if name.endswith((".yaml", ".yml")) else f"{name}.yaml")
    text = (files("detente") / "assets/templates/scenario.yaml").read_text(encoding="utf-8")
    try:
        with path.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        raise click.UsageError(f"{path} exists already; choose another name") from None
    except (OSError, ValueError) as error:
        raise click.UsageError(f"{path} cannot be written: {getattr(error, 'strerror', None) or error}") from None
    click.echo(f"{path} written. Next: detente check {path}, then detente run {path}")


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
@spoken
@debuggable
def list_(as_json: bool) -> None:
    """List the scenarios that come with detente, with their variants."""
    from detente.spec.bundled import bundled
    from detente.spec.read import read

    rows = []
    for name in bundled():
        scenario = read(name)
        variants = {key: chosen(variant.label, key) for key, variant in scenario.variants.items()}
        rows.append((name, chosen(scenario.title), variants))
    if as_json:
        keyed = [dict(zip(("name", "title", "variants"), row, strict=True)) for row in rows]
        click.echo(json.dumps(keyed, indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(_lines(*row) for row in rows))


def _lines(name: str, title: str, variants: dict[str, str]) -> str:
    return tame("\n".join([f"{name}: {title}", *(f"    --variant {key}: {label}" for key, label in variants.items())]))
