"""The expression language: parse, check the names, evaluate. Nothing in a scenario is ever executed as Python."""

from detente.spec.check import check
from detente.spec.evaluate import SCALAR, Env, evaluate
from detente.spec.nodes import FLAGS, FUNCTIONS, Expression, ExpressionError
from detente.spec.parse import parse
from detente.spec.scope import CIRCUMSTANCES, EVERYTHING, PARAMETERS, RESERVED, TERMS, Scope, names

__all__ = [
    "CIRCUMSTANCES",
    "EVERYTHING",
    "FLAGS",
    "FUNCTIONS",
    "PARAMETERS",
    "RESERVED",
    "SCALAR",
    "TERMS",
    "Env",
    "Expression",
    "ExpressionError",
    "Scope",
    "check",
    "evaluate",
    "names",
    "parse",
]
