"""Draws of a scenario's quantities from their ranges: scrambled Sobol points through inverse distribution functions."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from importlib.metadata import version
from statistics import NormalDist

import numpy as np

from detente import runtime
from detente.spec.quantity import Quantity

NORMAL = np.vectorize(NormalDist().inv_cdf, otypes=[float])
"""The quantile function of the standard normal (Wichura 1988)."""
Z95 = 1.6448536269514722
"""The 95 % point of the standard normal: low and high of a normal range are its 5 % and 95 % points."""


def design(quantities: Mapping[str, Quantity], count: int, seed: int) -> dict[str, np.ndarray]:
    """Draw every quantity ``count`` times; fixed quantities keep their central value.

    Args:
        quantities: Quantities by name.
        count: Number of draws; a power of two keeps the points balanced.
        seed: Seed of the scrambling; the same seed gives the same draws.

    Returns:
        One array of ``count`` values per quantity, in its unit.
    """
    uncertain = [name for name, quantity in quantities.items() if quantity.uncertain]
    points = sobol(len(uncertain), count, seed) if uncertain and count else np.full((count, len(uncertain)), 0.5)
    values = {name: np.full(count, quantity.value) for name, quantity in quantities.items()}
    for column, name in enumerate(uncertain):
        values[name] = quantile(quantities[name], points[:, column])
    return values


def sobol(dimensions: int, count: int, seed: int) -> np.ndarray:
    """Return scrambled Sobol points [count, dimensions] (Owen 1998), kept on disk: scipy.stats is slow to import."""

    def make() -> bytes:
        from scipy.stats import qmc

        sampler = qmc.Sobol(dimensions, scramble=True, rng=np.random.default_rng(seed))
        return np.ascontiguousarray(sampler.random_base2(int(np.ceil(np.log2(count))))[:count]).tobytes()

    def read(data: bytes) -> np.ndarray:
        return np.frombuffer(data).reshape(count, dimensions)

    return runtime.kept(f"sobol-{dimensions}-{count}-{seed}-{version('scipy')}-{version('numpy')}", make, read)


def quantile(quantity: Quantity, share: np.ndarray) -> np.ndarray:
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


def deviation(quantity: Quantity) -> float:
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


def _discrete(quantity: Quantity, share: np.ndarray) -> np.ndarray:
    values = np.asarray(quantity.values, float)
    weights = np.asarray(quantity.weights or np.ones(len(values)), float)
    edges = np.cumsum(weights / weights.sum())
    return values[np.minimum(np.searchsorted(edges, share, side="right"), len(values) - 1)]


def _triangular(low: float, mode: float, high: float, share: np.ndarray) -> np.ndarray:
    turn = (mode - low) / (high - low)
    rising = low + np.sqrt(share * (high - low) * (mode - low))
    falling = high - np.sqrt((1 - share) * (high - low) * (high - mode))
    return np.where(share < turn, rising, falling)
