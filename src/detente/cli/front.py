"""What every command shares: exit codes, errors in words, words that cannot command a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any, TypeVar

import click

from detente.errors import DetenteError, ScenarioError
from detente.words import LANGUAGES, counted, speaking

Command = TypeVar("Command", bound=Callable[..., Any])

FAILED, WRONG = 1, 2


def tame(text: str) -> str:
    """Leave out control characters: a scenario's words must not move the cursor."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf"))


def _remember(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        context.find_root().meta["debug"] = True


def debuggable(command: Command) -> Command:
    """Add ``--debug``, wherever it is written."""
    return click.option("--debug", is_flag=True, expose_value=False, callback=_remember, help="Show tracebacks.")(command)


def _speak(context: click.Context, _: click.Parameter, code: str) -> str:
    context.with_resource(speaking(code))
    return code


def spoken(command: Command) -> Command:
    """Add ``--language``: what the command says, it says in that."""
    return click.option(
        "--language",
        type=click.Choice(list(LANGUAGES)),
        default="en",
        show_default=True,
        envvar="DETENTE_LANGUAGE",
        expose_value=False,
        callback=_speak,
        help="Language of what is said.",
    )(command)


def version(context: click.Context, _: click.Parameter, value: bool) -> None:
    """Print the version and stop."""
    if value and not context.resilient_parsing:
        from detente import __version__

        click.echo(f"detente {__version__}")
        context.exit()


class Front(click.Group):
    """A group that turns errors into words and exit codes."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; errors raised on purpose and by accident end in a message, not in a traceback."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:
            if ctx.find_root().meta.get("debug"):
                raise
            text, code = explain(error)
            click.echo(tame(text), err=True)
            ctx.exit(code)


def explain(error: Exception) -> tuple[str, int]:
    """Return what to say about an error, and the exit code."""
    if isinstance(error, ScenarioError):
        return f"{error}\n{counted(len(error.problems), 'problem')}", WRONG
    if isinstance(error, DetenteError):
        return f"The run failed: {error}", FAILED
    if isinstance(error, MemoryError):
        return "The run failed: out of memory. Lower --draws, or make the scenario smaller.", FAILED
    if isinstance(error, OSError) and error.filename:
        return f"The run failed: {error.filename}: {error.strerror}", FAILED
    return f"Something went wrong inside detente ({type(error).__name__}: {error}). Run again with --debug for details.", FAILED
