"""Run libFuzzer on one target, in this process: ``python -m fuzz.one TARGET [libFuzzer's options and folders]``.

atheris traces which branches of the language's code (and, for files of any bytes, of the YAML parser) an input reaches.
"""

from __future__ import annotations

import resource
import sys

import atheris

SPARE = 1 << 30
"""Memory the target may take beyond what the program needs before it reads anything [bytes]."""
TRACED = {"text": ["detente.spec", "ruamel.yaml"], "estimate": ["detente.spec", "detente.compile", "detente.run"]}


def main() -> None:
    """Load the target under tracing, limit memory, and hand over to libFuzzer."""
    name = sys.argv.pop(1)
    with atheris.instrument_imports(include=TRACED.get(name, ["detente.spec"]), enable_loader_override=False):
        from fuzz.targets import TARGETS, warm

        warm(name)
    with open("/proc/self/statm", encoding="ascii") as stream:  # noqa: PTH123
        used = int(stream.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + SPARE, resource.RLIM_INFINITY))
    atheris.Setup(sys.argv, TARGETS[name])
    atheris.Fuzz()


main()
