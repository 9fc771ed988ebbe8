"""The command line: one command, one thin wrapper over one library call; heavy imports inside commands.

Exit codes: 0 fine, 1 the run failed, 2 the scenario or the command is wrong. No traceback unless ``--debug``.
"""

from __future__ import annotations

import click

from detente.cli.advise import advise
from detente.cli.answer import run
from detente.cli.compare import compare
from detente.cli.condition import condition
from detente.cli.drivers import drivers
from detente.cli.ensemble import ensemble
from detente.cli.explore import explore
from detente.cli.export import export
from detente.cli.findout import find_out
from detente.cli.front import Front, debuggable, version
from detente.cli.goal import goal_seek
from detente.cli.scenarios import check, list_, new, schema


@click.group(cls=Front, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=version, help="Show the version.")
@debuggable
def main() -> None:
    """Who would sign what, when, and whether it would last: an agreement game, solved exactly."""


COMMANDS = (run, ensemble, drivers, advise, find_out, compare, goal_seek, condition, explore, check, export, schema, new, list_)
for command in COMMANDS:
    main.add_command(command)
