"""How the draws of parameters hang together: rank correlations, and ranges that depend on what else is drawn.

A rank correlation is Spearman's, as Iman and Conover (1982) state dependence between uncertain inputs: it says how surely one
number is high where the other is, and leaves the range of each as it is. Draws are joined by a normal copula (Clemen and Reilly
1999), in which a rank correlation r is the correlation 2 sin(pi r / 6) of the normal numbers behind (Pearson 1907).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Any, TypeGuard

from pydantic import Field, model_validator

from detente.spec.quantity import Finite, Formula, Names, Range, Strict, Text, wrong

TINY = 1e-9
"""What is left of a variance that counts as nothing."""


class Correlation(Strict):
    """Parameters that are drawn high together, or one high where the other is low."""

    between: Annotated[Names, Field(min_length=2, max_length=20)]
    """The parameters; of more than two, every pair is correlated."""
    rank: Annotated[Finite, Field(ge=-1, le=1)]
    """Spearman's rank correlation: 1 moves them as one, 0 leaves them alone, -1 moves one up as the other goes down."""
    source: Names = ()
    """Identifiers in the scenario's ledger: who says that they go together."""
    note: Text | None = None
    """Why they do."""


class Conditional(Range):
    """What a parameter may be where a condition on other parameters holds, instead of its own range."""

    of: str
    """The parameter."""
    when: Formula
    """The condition, on parameters. Of several that hold, the first counts; where none does, the parameter's own range."""
    source: Names = ()
    """Identifiers in the scenario's ledger."""
    note: Text | None = None
    """Why the one hangs on the other."""

    @model_validator(mode="before")
    @classmethod
    def _middle(cls, data: Any) -> Any:
        """A range stands for itself: its middle is its central value, unless that is said."""
        if not isinstance(data, dict) or "value" in data:
            return data
        low, high = data.get("low"), data.get("high")
        if isinstance(data.get("values"), list | tuple) and data["values"]:
            return {"value": data["values"][0]} | data
        if not (_number(low) and _number(high)):
            raise wrong("bad-values", "a condition needs what it is a condition for: low and high, values, or a value")
        return {"value": _between(low, high, data.get("shape"))} | data


def _number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _between(low: float, high: float, shape: object) -> float:
    return math.sqrt(low * high) if shape in ("lognormal", "loguniform") and low > 0 and high > 0 else (low + high) / 2


def normal(rank: float) -> float:
    """Return the correlation of two normal numbers whose rank correlation is ``rank`` (Pearson 1907)."""
    return rank if abs(rank) == 1 else 2 * math.sin(math.pi * rank / 6)


def root(matrix: Sequence[Sequence[float]]) -> list[list[float]] | None:
    """Return the lower triangular root of a correlation matrix [n, n] (Cholesky), singular or not; None where it has none."""
    count = len(matrix)
    found = [[0.0] * count for _ in matrix]
    for j, row in enumerate(found):
        left = matrix[j][j] - sum(x * x for x in row[:j])
        if left < -TINY:
            return None
        row[j] = math.sqrt(left) if left > TINY else 0.0
        for i in range(j + 1, count):
            rest = matrix[i][j] - sum(a * b for a, b in zip(found[i][:j], row[:j], strict=True))
            if not row[j] and abs(rest) > TINY**0.5:
                return None
            found[i][j] = rest / row[j] if row[j] else 0.0
    return found
