"""Output folders and files in which nothing is ever half-written."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

LAST = "manifest.json"
"""Moved last: where it is new, everything beside it is."""


@contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """Give a temporary folder beside ``folder``; move its files there at the end, or remove them if anything fails.

    Raises:
        click.UsageError: at once, if ``folder`` cannot be written.
    """
    if folder.exists() and not folder.is_dir():
        raise click.UsageError(f"--out {folder} is a file; name a folder")
    anchor = next((parent for parent in folder.absolute().parents if parent.exists()), Path.cwd())
    try:
        place = Path(tempfile.mkdtemp(prefix=".detente-", dir=anchor))
    except OSError as error:
        raise click.UsageError(f"--out {folder} cannot be written: {error.strerror}") from None
    try:
        yield place
        _move(place, folder)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _move(place: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for file in sorted(place.iterdir(), key=lambda file: (file.name == LAST, file.name)):
        file.replace(folder / file.name)


def written(file: Path, text: str) -> None:
    """Write a file as a whole or not at all.

    Raises:
        click.UsageError: if ``file`` cannot be written.
    """
    beside = file.with_name(f".{file.name}.part")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(file)
    except (OSError, ValueError) as error:
        beside.unlink(missing_ok=True)
        raise click.UsageError(f"--out {file} cannot be written: {getattr(error, 'strerror', None) or error}") from None
