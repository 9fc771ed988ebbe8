"""The bundled scenarios' central answers, number by number: a change here is a change of what readers were told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from detente.certificate import certificate
from detente.result import central
from detente.run import load

pytestmark = pytest.mark.shipped

GOLDEN = [pytest.param(name, marks=pytest.mark.golden) for name in ("hanoi-2019", "small-deal-2025")]


def flat(prefix: str, value: Any) -> dict[str, Any]:
    """Return nested maps as one, with dotted keys; what stays nested is left out."""
    if isinstance(value, dict):
        return {key: leaf for name, part in value.items() for key, leaf in flat(f"{prefix}.{name}", part).items()}
    return {} if isinstance(value, list) else {prefix: value}


@pytest.mark.parametrize("name", GOLDEN)
def test_central_answer(name: str, golden: Callable[[str, dict[str, Any]], None]) -> None:
    solved = load(name).central()
    ds = central(solved, solved.refined()).assign_attrs(version="", seed=0)
    summary = certificate(ds, None)
    kept = (
        "p_deal",
        "p_deal_by",
        "modal_package",
        "survival",
        "causes_of_ending",
        "cost_of_delay",
        "solutions",
        "maximum_regret",
    )
    golden(name, {key: leaf for part in kept for key, leaf in flat(part, summary[part]).items()})
    assert float(ds.p_open[-1]) + float(ds.p_signed_by[-1]) == pytest.approx(1.0, abs=1e-12)
    assert np.allclose(ds.survival + ds.ended_by.sum("cause"), 1.0, atol=1e-12)
