"""``detente explore``: what if, live, in the browser."""

from __future__ import annotations

import click

from detente.cli.front import debuggable, tame


@click.command()
@click.argument("scenario", default="small-deal-2025")
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="Port; 0: any that is free.")
@click.option("--open/--no-open", "browser", default=True, help="Open the browser.")
@debuggable
def explore(scenario: str, port: int, browser: bool) -> None:
    """Open a page on which one moves an assumption and sees the answer move.

    SCENARIO is a path, or the name of a bundled scenario. The page is served to this machine alone, until Ctrl-C.
    """
    from threading import Thread

    from detente.spec.bundled import bundled
    from detente.web.server import opened, serve

    if scenario not in bundled() and not opened(scenario):
        from detente.spec.read import read

        read(scenario)  # what is wrong with it is said here, not in a browser

    def ready(address: str) -> None:
        click.echo(f"{tame(scenario)}: {address}  (Ctrl-C ends it)")
        if browser:
            import webbrowser

            Thread(target=webbrowser.open, args=(address,), daemon=True).start()

    try:
        serve(scenario, port, ready)
    except OSError as error:
        raise click.UsageError(f"--port {port} cannot be used: {error.strerror}; choose another, or 0") from None
