"""Draws of a scenario's parameters: scrambled Sobol points, joined where the scenario says so, through quantile functions."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from statistics import NormalDist

import numpy as np

from detente import runtime
from detente.compile.environment import Environment, Frame
from detente.spec.dependence import root
from detente.spec.joint import Joint
from detente.spec.quantity import Range
from detente.spec.scenario import Scenario

NORMAL = np.vectorize(NormalDist().inv_cdf, otypes=[float])
"""The quantile function of the standard normal (Wichura 1988)."""
SHARE = np.vectorize(NormalDist().cdf, otypes=[float])
"""The distribution function of the standard normal."""
Z95 = 1.6448536269514722
"""The 95 % point of the standard normal: low and high of a normal range are its 5 % and 95 % points."""


def design(scenario: Scenario, count: int, seed: int) -> dict[str, np.ndarray]:
    """Draw every parameter of a scenario ``count`` times; fixed ones keep their central value.

    Args:
        scenario: Its parameters, and what it says of their going together.
        count: Number of draws; a power of two keeps the points balanced.
        seed: Seed of the scrambling; the same seed gives the same draws.

    Returns:
        One array of ``count`` values per parameter, in its unit.
    """
    uncertain = [name for name, quantity in scenario.quantities.items() if quantity.uncertain]
    points = sobol(len(uncertain), count, seed) if uncertain and count else np.full((count, len(uncertain)), 0.5)
    return drawn(scenario, dict(zip(uncertain, points.T, strict=True)), count)


def drawn(scenario: Scenario, shares: Mapping[str, np.ndarray], count: int) -> dict[str, np.ndarray]:
    """Return the values of all parameters at independent shares.

    A parameter that the scenario does not join to others lies at its own share of its range, whatever the others do.

    Args:
        scenario: The scenario.
        shares: Independent uniform numbers by uncertain parameter [count].
        count: Number of draws.
    """
    joint, quantities = Joint(scenario), scenario.quantities
    placed = dict(shares) | together(joint, shares)
    values = {name: np.full(count, quantity.value) for name, quantity in quantities.items()}
    values |= {name: quantile(quantities[name], share) for name, share in placed.items()}
    frame = Frame(scenario)
    for name in joint.order:
        for entry in reversed(joint.conditions(name)):
            holds = _holds(frame, values, entry.when)
            there = quantile(entry, placed[name]) if entry.uncertain else entry.value
            values[name] = np.where(holds, there, values[name])
    return values


def together(joint: Joint, shares: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return shares of the correlated parameters, joined by a normal copula; the first of them keeps its own."""
    if not joint.names:
        return {}
    normal = np.stack([NORMAL(_inside(shares[name])) for name in joint.names])
    return {name: SHARE(score) for name, score in zip(joint.names, joining(joint, joint.names) @ normal, strict=True)}


def joining(joint: Joint, names: Sequence[str]) -> np.ndarray:
    """Return the matrix that makes independent normal numbers as correlated as those behind some parameters [n, n]."""
    found = root(joint.matrix(names))
    assert found is not None, "checked when the scenario was read"
    return np.array(found)


def held(scenario: Scenario) -> dict[str, Range]:
    """Return the ranges of conditional parameters that hold at central values."""
    joint, frame = Joint(scenario), Frame(scenario)
    values = {name: np.array(quantity.value) for name, quantity in joint.quantities.items()}
    found = {}
    for name in joint.order:
        ranges: Iterator[Range] = (entry for entry in joint.conditions(name) if _holds(frame, values, entry.when).all())
        found[name] = next(ranges, joint.quantities[name])
    return found


def _holds(frame: Frame, values: Mapping[str, np.ndarray], condition: str) -> np.ndarray:
    """Return where a condition on parameters holds [count, or one]; what is not a number makes none hold."""
    with np.errstate(all="ignore"):
        found = np.asarray(Environment(frame, values, np, np.zeros(0, int))(condition))
    return (found != 0) & ~np.isnan(found)


def sobol(dimensions: int, count: int, seed: int) -> np.ndarray:
    """Return scrambled Sobol points [count, dimensions] (Owen 1998), kept on disk: scipy.stats is slow to import."""

    def make() -> bytes:
        from scipy.stats import qmc

        sampler = qmc.Sobol(dimensions, scramble=True, rng=np.random.default_rng(seed))
        return np.ascontiguousarray(sampler.random_base2(int(np.ceil(np.log2(count))))[:count]).tobytes()

    def read(data: bytes) -> np.ndarray:
        return np.frombuffer(data).reshape(count, dimensions)

    return runtime.kept(f"sobol-{dimensions}-{count}-{seed}-{version('scipy')}-{version('numpy')}", make, read)


def quantile(quantity: Range, share: np.ndarray) -> np.ndarray:
    """Return the values of an uncertain quantity below which ``share`` of its distribution lies [its unit]."""
    if quantity.kind == "discrete":
        return _discrete(quantity, share)
    low, high = float(quantity.low or 0.0), float(quantity.high or 0.0)
    match quantity.kind:
        case "uniform":
            return low + share * (high - low)
        case "loguniform":
            return low * (high / low) ** share
        case "triangular":
            return _triangular(low, quantity.value, high, share)
        case "normal":
            return (low + high) / 2 + NORMAL(_inside(share)) * (high - low) / (2 * Z95)
        case _:
            middle, spread = (np.log(low) + np.log(high)) / 2, (np.log(high) - np.log(low)) / (2 * Z95)
            return np.exp(middle + NORMAL(_inside(share)) * spread)


def deviation(quantity: Range) -> float:
    """Return the standard deviation of a continuous quantity [its unit]; 0 where it has no range."""
    low, high = float(quantity.low or 0.0), float(quantity.high or 0.0)
    match quantity.kind:
        case "fixed":
            return 0.0
        case "uniform":
            return (high - low) / 12**0.5
        case "triangular":
            ends = (low, quantity.value, high)
            products = sum(a * b for a, b in itertools.combinations(ends, 2))
            return float(((sum(end**2 for end in ends) - products) / 18) ** 0.5)
        case "normal":
            return (high - low) / (2 * Z95)
        case "loguniform":
            log = np.log(high / low)
            return float(((high**2 - low**2) / (2 * log) - ((high - low) / log) ** 2) ** 0.5)
        case "lognormal":
            middle, spread = (np.log(low) + np.log(high)) / 2, (np.log(high) - np.log(low)) / (2 * Z95)
            return float(np.exp(middle + spread**2 / 2) * np.expm1(spread**2) ** 0.5)
    raise ValueError(f"{quantity.kind} has no standard deviation here")


def _inside(share: np.ndarray) -> np.ndarray:
    """Keep shares off 0 and 1, where a normal quantile is infinite."""
    return np.clip(share, 1e-6, 1 - 1e-6)


def _discrete(quantity: Range, share: np.ndarray) -> np.ndarray:
    values = np.asarray(quantity.values, float)
    weights = np.asarray(quantity.weights or np.ones(len(values)), float)
    edges = np.cumsum(weights / weights.sum())
    return values[np.minimum(np.searchsorted(edges, share, side="right"), len(values) - 1)]


def _triangular(low: float, mode: float, high: float, share: np.ndarray) -> np.ndarray:
    turn = (mode - low) / (high - low)
    rising = low + np.sqrt(share * (high - low) * (mode - low))
    falling = high - np.sqrt((1 - share) * (high - low) * (high - mode))
    return np.where(share < turn, rising, falling)
