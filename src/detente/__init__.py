"""detente: who would sign what, when, and whether it would last.

Public names are loaded on first use (PEP 562), so that ``import detente`` and ``detente --help`` stay fast. What jax reads when
it is first imported is set here, before any part of this package can import it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from detente import runtime

if TYPE_CHECKING:
    from detente.analysis.advise import advise
    from detente.analysis.compare import compare
    from detente.analysis.condition import condition
    from detente.analysis.drivers import drivers
    from detente.analysis.findout import find_out
    from detente.analysis.full import full
    from detente.analysis.goal import goal_seek
    from detente.errors import DetenteError, Problem, ScenarioError, SizeError, SolveError
    from detente.run import load

runtime.prepare()

__version__ = "0.1.0"
__all__ = [
    "DetenteError",
    "Problem",
    "ScenarioError",
    "SizeError",
    "SolveError",
    "advise",
    "compare",
    "condition",
    "drivers",
    "find_out",
    "full",
    "goal_seek",
    "load",
]

_ELSEWHERE = {
    "advise": "detente.analysis.advise",
    "compare": "detente.analysis.compare",
    "condition": "detente.analysis.condition",
    "drivers": "detente.analysis.drivers",
    "find_out": "detente.analysis.findout",
    "full": "detente.analysis.full",
    "goal_seek": "detente.analysis.goal",
    "load": "detente.run",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'detente' has no attribute {name!r}")
    return getattr(import_module(_ELSEWHERE.get(name, "detente.errors")), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
