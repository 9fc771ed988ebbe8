"""Bring the catalogues of other languages up to date with the sentences in the source.

A sentence is found where it is a value of ``Phrases() | {...}``, the noun of ``counted`` or ``spanned``, or in ``_("...")`` of a
template. With --check nothing is written, and what is wrong is said.
"""

from __future__ import annotations

import ast
import io
import string
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

SOURCE = Path(__file__).parents[1] / "src" / "detente"
LOCALE = SOURCE / "assets" / "locale"
NAME = "LC_MESSAGES/detente.po"
COUNTING = {"counted", "spanned"}
"""Functions whose second argument is an English noun: one of it is ``{n} noun``, more are ``{n} nouns``."""
TABLE, TEMPLATE = "Phrases", "_"
FOREIGN = {"engine/audit.py": "REMEDY", "zopa.py": "DEFINITIONS DISAGREEMENT"}
"""Plain dicts of modules that know no words: a dataset carries their texts, and findings say them."""


@dataclass(frozen=True)
class Sentence:
    """A sentence as it stands in the source."""

    english: str | tuple[str, str]
    """The sentence; with the plural where it has one."""
    context: str
    file: str


def named(node: ast.AST) -> str:
    """Return the name of the function a call is of; nothing for what is no call."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.id if isinstance(node.func, ast.Name) else node.func.attr if isinstance(node.func, ast.Attribute) else ""


def literals(node: ast.expr) -> Iterator[str]:
    """Yield the text of a literal, or of both branches of a choice between two.

    Raises:
        ValueError: it is neither, so no catalogue can hold it.
    """
    if isinstance(node, ast.IfExp):
        yield from literals(node.body)
        yield from literals(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    else:
        raise ValueError(f"line {node.lineno}: {ast.unparse(node)} is no literal text")


def of_table(table: ast.expr, call: ast.Call | None = None) -> Iterator[tuple[str, str]]:
    """Yield the sentences of a table, each with its context."""
    keywords = call.keywords if call else []
    context = next((text for keyword in keywords if keyword.arg == "context" for text in literals(keyword.value)), "")
    if not isinstance(table, ast.Dict):
        raise ValueError(f"line {table.lineno}: a table is a dict literal")
    yield from ((text, context) for value in table.values for text in literals(value))


def of_python(text: str, foreign: str = "") -> Iterator[tuple[str | tuple[str, str], str]]:
    """Yield every sentence of a module; ``foreign`` names a plain dict that is said elsewhere."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.BinOp) and isinstance(node.left, ast.Call) and named(node.left) == TABLE:
            yield from of_table(node.right, node.left)
        elif isinstance(node, ast.Call) and named(node) in COUNTING and len(node.args) == 2:
            yield from (((f"{{n}} {noun}", f"{{n}} {noun}s"), "") for noun in literals(node.args[1]))
        elif (
            isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict) and ast.unparse(node.targets[0]) in foreign.split()
        ):
            yield from ((text, "") for value in node.value.values for text in literals(value))


def of_template(raw: bytes) -> Iterator[tuple[str | tuple[str, str], str]]:
    """Yield every sentence of a template."""
    options = {"trim_blocks": "true", "lstrip_blocks": "true"}
    for _, _, words, _ in babel_extract(io.BytesIO(raw), [TEMPLATE], [], options):
        if isinstance(words, str):
            yield words, ""


def of_file(file: Path, name: str) -> Iterator[tuple[str | tuple[str, str], str]]:
    """Yield every sentence of a file."""
    if file.suffix == ".j2":
        return of_template(file.read_bytes())
    return of_python(file.read_text(encoding="utf-8"), FOREIGN.get(name, ""))


def sentences() -> Iterator[Sentence]:
    """Yield every sentence of the source.

    Raises:
        ValueError: one is made where it stands, so no catalogue can hold it; the file and the line.
    """
    for file in sorted([*SOURCE.rglob("*.py"), *SOURCE.rglob("*.j2")]):
        name = file.relative_to(SOURCE).as_posix()
        try:
            found = list(of_file(file, name))
        except ValueError as error:
            raise ValueError(f"{name}, {error}") from None
        yield from (Sentence(english, context, name) for english, context in found)


def template() -> Catalog:
    """Return the catalogue of everything said, in English, with the files it is said in."""
    catalog = Catalog(project="detente", charset="utf-8", fuzzy=False)
    for sentence in sentences():
        catalog.add(sentence.english, locations=[(sentence.file, 1)], context=sentence.context or None)
    return catalog


def languages() -> list[str]:
    """Return the codes of the languages that have a catalogue."""
    return sorted(folder.name for folder in LOCALE.iterdir() if (folder / NAME).exists())


def known(code: str) -> Catalog:
    """Read the catalogue of a language."""
    with (LOCALE / code / NAME).open("rb") as stream:
        return read_po(stream, locale=code)


def updated(code: str) -> Catalog:
    """Return the catalogue of a language, with what is new and without what is gone."""
    catalog = known(code)
    made = catalog.creation_date
    catalog.update(template(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.creation_date = catalog.revision_date = made  # a date of every run would change the file for nothing
    return catalog


def written(catalog: Catalog) -> bytes:
    """Return a catalogue as its file holds it."""
    stream = io.BytesIO()
    write_po(stream, catalog, width=120, sort_output=False, include_lineno=False, sort_by_file=True)
    return stream.getvalue()


def fields(text: str) -> set[str]:
    """Return the placeholders of a sentence."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def forms(words: str | Iterable[str] | None) -> list[str]:
    """Return a sentence, or each of its plural forms."""
    return [words] if isinstance(words, str) else list(words or [""])


def complaint(message: Message) -> str | None:
    """Return what is wrong with a translation, or None."""
    said = forms(message.string)
    if not all(said):
        return "not translated"
    if message.fuzzy:
        return "marked as fuzzy"
    wanted = set.union(*(fields(text) for text in forms(message.id)))
    wrong = [text for text in said if fields(text) != wanted]
    return f"its placeholders are not {sorted(wanted)}" if wrong else None


def complaints(code: str) -> list[str]:
    """Return everything wrong with the catalogue of a language."""
    catalog = updated(code)
    found = [(complaint(message), message) for message in catalog if message.id]
    wrong = [f"{code}: {forms(message.id)[0]!r}: {said}" for said, message in found if said]
    if not wrong and written(catalog) != (LOCALE / code / NAME).read_bytes():
        wrong.append(f"{code}: the catalogue is not as `make words` leaves it")
    return wrong


def main(arguments: list[str]) -> int:
    """Update every catalogue, or only look."""
    if arguments != ["--check"]:
        for code in languages():
            (LOCALE / code / NAME).write_bytes(written(updated(code)))
    wrong = [said for code in languages() for said in complaints(code)]
    print("\n".join(wrong) if wrong else "every sentence is translated")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
