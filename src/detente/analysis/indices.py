"""Which inputs the variance of a function comes from: indices of Sobol', and shares explained as a given sample shows them.

Everything here works on plain arrays, whatever function filled them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

LEVEL = 0.95
"""What intervals hold."""
RESAMPLES = 1000
"""Bootstrap samples."""
CLASSES = 16
"""Classes of an input at most, in which a function is averaged."""


def mixed(shares: np.ndarray, groups: Sequence[Sequence[int]]) -> np.ndarray:
    """Return the design of Saltelli et al. (2010): A, B, and A with one group of columns after the other from B.

    Args:
        shares: Two independent designs [2, N, inputs].
        groups: Columns of each group.

    Returns:
        [2 + groups, N, inputs].
    """
    first, second = shares
    found = np.stack([first, second, *(first for _ in groups)])
    for k, columns in enumerate(groups):
        found[2 + k][:, list(columns)] = second[:, list(columns)]
    return found


@dataclass(frozen=True, eq=False)
class Indices:
    """Sobol' indices of groups of independent inputs, with bootstrap intervals."""

    first: np.ndarray
    """Share of the variance that goes when the group is known [groups] (Sobol' 2001)."""
    first_band: np.ndarray
    """[groups, 2]"""
    total: np.ndarray
    """Share of the variance that stays when all but the group is known [groups]."""
    total_band: np.ndarray
    """[groups, 2]"""
    added: float
    """Sum of the first-order indices: at most one; what is missing is interaction."""
    added_band: np.ndarray
    """[2]"""
    additive: np.ndarray
    """Interval of what first-order indices leave to interactions, total less first [groups, 2]."""


def indices(values: np.ndarray, seed: int, resamples: int = RESAMPLES) -> Indices:
    """Estimate first-order indices by Saltelli et al. (2010), total ones by Jansen (1999).

    Intervals are percentiles over resampled rows (Archer, Saltelli and Sobol' 1997). A Sobol' sequence covers the cube more
    evenly than rows drawn by chance would, so intervals are rather too wide than too narrow.

    Args:
        values: The function at the design of :func:`mixed` [2 + groups, N].
        seed: Seed of the bootstrap.
        resamples: How many bootstrap samples.
    """
    count = values.shape[1]
    chosen = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=resamples)
    points = np.stack([np.ones(count), *chosen])
    first, total = _estimates(values - values[:2].mean(), points)
    added = first.sum(1)
    return Indices(
        first[0],
        _band(first[1:]).T,
        total[0],
        _band(total[1:]).T,
        float(added[0]),
        _band(added[1:]),
        _band(total[1:] - first[1:]).T,
    )


def _estimates(values: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return both indices [samples, groups]; ``points``: how often each sample has each row [samples, N]."""
    a, b, swapped = values[0], values[1], values[2:]
    count = points.shape[1]
    mean = points @ (a + b) / (2 * count)
    variance = points @ (a**2 + b**2) / (2 * count) - mean**2
    variance = np.where(variance > 0, variance, np.nan)[:, None]
    first = points @ (b * (swapped - a)).T / count
    total = points @ ((swapped - a) ** 2).T / (2 * count)
    return first / variance, total / variance


def _band(samples: np.ndarray) -> np.ndarray:
    return np.nanquantile(samples, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)


@dataclass(frozen=True, eq=False)
class Explained:
    """Shares of a variance that single inputs explain."""

    share: np.ndarray
    """[inputs]; chance alone takes it to either side of nought."""
    error: np.ndarray
    """Standard errors, by the bootstrap [inputs]."""


def explained(inputs: np.ndarray, values: np.ndarray, weights: np.ndarray, seed: int, resamples: int = 200) -> Explained:
    """Estimate first-order indices from a given, weighed sample, whether or not its inputs are independent.

    The sample is cut into classes of equal weight along an input; the index is the share of the variance that lies between the
    classes' means (Plischke, Borgonovo and Smith 2013), less what chance puts there (Kelley 1935, with Kish's effective size).
    Under weights proportional to the probability of an event it is the index given that event.

    Args:
        inputs: The sample [inputs, M].
        values: The function there [M].
        weights: Weights, none negative [M].
        seed: Seed of the bootstrap.
        resamples: How many bootstrap samples.
    """
    size = weights.sum() ** 2 / (weights**2).sum()
    classes = int(np.clip(np.sqrt(size) / 2, 2, CLASSES))
    count = len(values)
    chosen = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=resamples)
    points = np.stack([np.ones(count), *chosen]) * (weights / weights.sum())
    middle = values - np.average(values, weights=weights)
    found = np.stack([_between(labels(row, weights, classes), middle, points, size) for row in inputs])
    return Explained(found[:, 0], np.nanstd(found[:, 1:], axis=1))


def labels(column: np.ndarray, weights: np.ndarray, classes: int) -> np.ndarray:
    """Return the class of each point: equal weight each, equal values together, few separate values a class each."""
    values, place = np.unique(column, return_inverse=True)
    if len(values) <= classes:
        return place
    weight = np.bincount(place, weights)
    middle = (np.cumsum(weight) - weight / 2) / weight.sum()
    return np.unique(np.minimum((middle * classes).astype(int), classes - 1), return_inverse=True)[1][place]


def _between(label: np.ndarray, values: np.ndarray, points: np.ndarray, size: float) -> np.ndarray:
    """Return the corrected share of variance between classes, by sample of weights."""
    member = np.eye(label.max() + 1)[label]
    weight, total = points @ member, points @ (member * values[:, None])
    mean = total.sum(1) / weight.sum(1)
    among = np.divide(total**2, weight, out=np.zeros_like(total), where=weight > 0).sum(1) / weight.sum(1) - mean**2
    whole = points @ values**2 / weight.sum(1) - mean**2
    share = np.divide(among, whole, out=np.full_like(whole, np.nan), where=whole > 0)
    return 1 - (1 - share) * (size - 1) / max(size - member.shape[1], 1.0)
