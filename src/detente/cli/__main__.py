"""``python -m detente.cli``, and the command ``detente``."""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
from typing import NoReturn

from detente.cli import main


def start() -> NoReturn:
    """Run a command and leave at once: to take apart what a solve leaves in memory takes the interpreter a second more."""
    code: object = 0
    try:
        main(prog_name="detente")
    except SystemExit as end:
        code = end.code
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # whoever read it is gone, or it was closed
            stream.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


if __name__ == "__main__":
    start()
