"""Small games for hypothesis: values drawn from the ranges a game states, so that its shape is compiled once."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import strategies as st

from detente.spec.quantity import Quantity
from detente.spec.scenario import Scenario

PRECISIONS = ("precision",)


def values(scenario: Scenario, exact: bool = False) -> st.SearchStrategy[dict[str, float]]:
    """Draw a value of every quantity that has a range; ``exact`` also draws players who always choose the best."""
    quantities = {name: quantity for name, quantity in scenario.quantities.items() if quantity.uncertain}
    return st.fixed_dictionaries({name: _value(name, quantity, exact) for name, quantity in quantities.items()})


def _value(name: str, quantity: Quantity, exact: bool) -> st.SearchStrategy[float]:
    assert quantity.low is not None
    assert quantity.high is not None
    # two decimals: as varied as is useful, and short to print
    inside = st.integers(round(100 * quantity.low), round(100 * quantity.high)).map(lambda hundredths: hundredths / 100)
    return inside | st.just(float("inf")) if exact and name.startswith(PRECISIONS) else inside


def extremes(scenario: Scenario) -> tuple[dict[str, float], dict[str, float]]:
    """Return the lower and the upper end of every range: how far stocks can move in any draw."""
    ranges: Mapping[str, Quantity] = {name: q for name, q in scenario.quantities.items() if q.uncertain}
    return {name: float(q.low or 0) for name, q in ranges.items()}, {name: float(q.high or 0) for name, q in ranges.items()}
