"""Run libFuzzer on one target, in this process: ``python -m fuzz.one TARGET [libFuzzer's options and folders]``.

atheris traces which branches of the language's code (and, for files of any bytes, of the YAML parser) an input reaches.
"""

from __future__ import annotations

import resource
import signal
import sys
from collections.abc import Callable
from types import FrameType

import atheris

LONGEST = 20
"""Processor time after which a run is stopped: one that would not end [seconds]; the guard allows a tenth of that."""
SPARE = 1 << 30
"""Memory the target may take beyond what the program needs before it reads anything [bytes]."""
TRACED = {"text": ["detente.spec", "ruamel.yaml"], "estimate": ["detente.spec", "detente.compile", "detente.run"]}


def stopped(signum: int, frame: FrameType | None) -> None:
    """End a run that takes too long."""
    from fuzz.guard import Broken

    raise Broken(f"took over {LONGEST} s")


def timed(target: Callable[[bytes], None]) -> Callable[[bytes], None]:
    """Return a target that is stopped after so much processor time; how busy the machine is does not count."""

    def run(data: bytes) -> None:
        signal.setitimer(signal.ITIMER_VIRTUAL, LONGEST)
        target(data)
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)

    return run


def main() -> None:
    """Load the target under tracing, limit memory and time, and hand over to libFuzzer."""
    name = sys.argv.pop(1)
    with atheris.instrument_imports(include=TRACED.get(name, ["detente.spec"]), enable_loader_override=False):
        from fuzz.targets import TARGETS, warm

        warm(name)
    with open("/proc/self/statm", encoding="ascii") as stream:  # noqa: PTH123
        used = int(stream.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + SPARE, resource.RLIM_INFINITY))
    signal.signal(signal.SIGVTALRM, stopped)
    atheris.Setup(sys.argv, timed(TARGETS[name]))
    atheris.Fuzz()


main()
