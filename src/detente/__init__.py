"""detente: who would sign what, when, and whether it would last.

Public names are loaded on first use (PEP 562), so that ``import detente`` and ``detente --help`` stay fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from detente.errors import DetenteError, Problem, ScenarioError, SizeError, SolveError
    from detente.run import load

__version__ = "0.1.0"
__all__ = ["DetenteError", "Problem", "ScenarioError", "SizeError", "SolveError", "load"]

_ELSEWHERE = {"load": "detente.run"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'detente' has no attribute {name!r}")
    return getattr(import_module(_ELSEWHERE.get(name, "detente.errors")), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
