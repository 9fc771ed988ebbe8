"""What knowing more is worth before a decision, from a sample of what is not known.

    EVPI     = E[max_d g_d] - max_d E[g_d]
    EVPPI(s) = E[max_d E[g_d | x_s]] - max_d E[g_d]

with g_d the payoff of choice d and x_s some of the inputs (Raiffa and Schlaifer 1961; Heath, Manolopoulou and Baio 2017). The
inner expectation is a regression on x_s, as in Strong, Oakley and Brennan (2014): here splines of every input and products of two
(Gu 2013), smoothed by restricted maximum likelihood (Wood 2011). Everything here works on plain arrays.

A regression picks what looks best, errors included, so the value at its own maximum is too high on average. Draws are therefore
judged by what regressions on other draws would choose (cross-fitting): what is so found is the worth of a rule one could follow,
and never too high on average. Where inputs are independent, the fitted effects of all other inputs, whose mean is nought, are
taken out of the payoffs first: the same mean, less noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

KNOTS = 12
"""Points a spline is laid through; an input with no more values than that has a level for each."""
FOLDS = 8
"""Parts of the sample, each judged by regressions on the others."""
CUTS = 3
"""Ways of cutting the sample into parts, over which results are averaged."""
PASSES = 3
"""Rounds in which the effect of every input is fitted anew on what the others leave."""
LEAST = 3.0
"""Gain in log likelihood below which an effect could be chance, and is nought."""
PAIRED = 10
"""Inputs of a set at most whose products in pairs are tried: those with the largest effects."""
RANK = 128
"""Features of products at most: the main ones."""
RATIOS = 10.0 ** np.linspace(-3, 4, 22)
"""Variances of the noise, relative to that of the effect, that are tried."""


@dataclass(frozen=True, eq=False)
class Decision:
    """Choices and what each pays in every draw."""

    payoffs: np.ndarray
    """[N, choices]"""
    each: bool = False
    """Whether every choice is a yes or a no of its own (no pays nothing); else exactly one is made."""

    def best(self, expected: np.ndarray) -> np.ndarray:
        """Return what is chosen at these expected payoffs [..., choices]: a yes where it is."""
        if self.each:
            return np.asarray(expected > 0.0)
        return np.arange(expected.shape[-1]) == expected.argmax(-1)[..., None]

    @cached_property
    def base(self) -> np.ndarray:
        """What is chosen when nothing more is known [choices]."""
        return self.best(self.payoffs.mean(0))

    @cached_property
    def targets(self) -> np.ndarray:
        """Payoffs over that of the one choice made when nothing more is known; of a yes, over a no [N, choices]."""
        return self.payoffs if self.each else self.payoffs - self.payoffs[:, self.base]

    def gained(self, chosen: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Return what choosing so adds to choosing without knowing more [N]."""
        return np.asarray(((chosen.astype(float) - self.base) * targets).sum(1))


@dataclass(frozen=True, eq=False)
class Worth:
    """What knowing something is worth before a decision."""

    value: float
    """[the payoffs' unit]; chance can take it below nought, which it never is."""
    error: float
    """Its standard error; draws spread evenly make it rather too large."""
    fitted: float
    """The same judged on the draws that the regression was fitted on: too high on average."""
    chosen: np.ndarray
    """What would be chosen, knowing it, in every draw, by cut [cuts, N, choices]."""
    base: np.ndarray
    """What is chosen without [choices]."""

    @property
    def change(self) -> float:
        """Share of draws in which something else would be chosen."""
        return float((self.chosen != self.base).any(-1).mean())


def rivals(payoffs: np.ndarray) -> np.ndarray:
    """Return the positions of choices that no single other one beats, or equals, in every draw, in their order."""
    kept: list[int] = []
    for place in np.argsort(-payoffs.mean(0), kind="stable"):
        if not any((payoffs[:, place] <= payoffs[:, other]).all() for other in kept):
            kept.append(int(place))
    return np.sort(kept)


def perfect(decision: Decision) -> Worth:
    """Return what knowing everything is worth."""
    chosen = decision.best(decision.payoffs)
    gained = decision.gained(chosen, decision.targets)
    return Worth(float(gained.mean()), _error(gained), float(gained.mean()), chosen[None], decision.base)


def partial(
    decision: Decision,
    inputs: np.ndarray,
    sets: Sequence[Sequence[int]],
    seed: int = 1,
    family: np.ndarray | None = None,
) -> list[Worth]:
    """Return what knowing each set of inputs is worth.

    Args:
        decision: The choices.
        inputs: [N, inputs].
        sets: Columns of each set.
        seed: Seed of the parts the sample is cut into.
        family: Which draws are copies of one another, each its own where none are [N]; None: inputs are independent.
    """
    pairs = Pairs([basis(column) for column in inputs.T])
    free = family is None
    chosen = np.zeros((len(sets), CUTS, *decision.targets.shape), dtype=bool)
    gained = np.zeros((len(sets), CUTS, len(inputs)))
    for cut in range(CUTS):
        fold = folds(np.arange(len(inputs)) if family is None else family, seed + cut)
        for part in range(FOLDS):
            judged = fold == part
            for k, learned in enumerate(_learned(decision, pairs, sets, ~judged, free)):
                chosen[k, cut, judged] = decision.best(learned.knowing[judged])
                gained[k, cut, judged] = decision.gained(chosen[k, cut], learned.left)[judged]
    whole = _learned(decision, pairs, sets, np.ones(len(inputs), bool), free)
    fitted = [decision.gained(decision.best(each.knowing), each.knowing).mean() for each in whole]
    means = gained.mean(1)
    return [Worth(float(means[k].mean()), _error(means[k]), float(fitted[k]), chosen[k], decision.base) for k in range(len(sets))]


def folds(family: np.ndarray, seed: int) -> np.ndarray:
    """Return the part of each draw: equally many in each, copies in the same."""
    names, place = np.unique(family, return_inverse=True)
    return np.random.default_rng(seed).permutation(np.arange(len(names)) % FOLDS)[place]


def _error(gained: np.ndarray) -> float:
    return float(gained.std() / np.sqrt(len(gained)))


@dataclass(frozen=True, eq=False)
class Learned:
    """What known draws teach of the payoffs."""

    knowing: np.ndarray
    """Expected payoffs knowing a set of inputs, at every draw [N, choices]: the mean of all draws, and what was learnt."""
    left: np.ndarray
    """Payoffs less the effects of inputs that are not of the set [N, choices]."""


def _learned(decision: Decision, pairs: Pairs, sets: Sequence[Sequence[int]], known: np.ndarray, free: bool) -> list[Learned]:
    """Return, by set, what the known draws teach."""
    targets = decision.targets
    lines = [Smoother.of(base, known) for base in pairs.bases]
    parts = effects(lines, targets) if free else None
    whole = None if parts is None else parts.sum(0)
    found = []
    for columns in sets:
        members = list(columns)
        own = parts[members] if parts is not None else effects([lines[j] for j in members], targets)
        left = targets if whole is None else targets - (whole - own.sum(0))
        apart = own.sum(0) + pairs.effect(members, own, left - own.sum(0), known)
        found.append(Learned(targets.mean(0) + apart, left))
    return found


def effects(lines: Sequence[Smoother], targets: np.ndarray) -> np.ndarray:
    """Return the effect of every input by itself at every draw, each of mean nought [inputs, N, targets].

    They are fitted one after the other to what the others leave (backfitting, Hastie and Tibshirani 1990), the largest first.
    """
    parts = np.zeros((len(lines), *targets.shape))
    order = np.argsort([-line(targets).var(0).sum() for line in lines], kind="stable")
    rest = targets
    for _ in range(PASSES):
        for j in order:
            found = lines[j](rest + parts[j])
            rest = rest + parts[j] - (found - found.mean(0))
            parts[j] = found - found.mean(0)
    return parts


@dataclass(frozen=True, eq=False)
class Pairs:
    """Products of two inputs, as features of every draw; made once for every set of inputs."""

    bases: list[np.ndarray]
    made: dict[tuple[int, ...], np.ndarray] = field(default_factory=dict)

    def features(self, columns: tuple[int, ...]) -> np.ndarray:
        """Return the main features of all products of two of some inputs [N, features]."""
        if columns not in self.made:
            single = [_unit(self.bases[j]) @ _unit(self.bases[j]).T for j in columns]
            kernel = (sum(single) ** 2 - sum(each**2 for each in single)) / 2.0
            values, vectors = np.linalg.eigh(kernel)
            kept = (values > 1e-6 * values[-1]) & (np.arange(len(values)) >= len(values) - RANK)
            self.made[columns] = vectors[:, kept] * np.sqrt(values[kept])
        return self.made[columns]

    def effect(self, columns: list[int], own: np.ndarray, left: np.ndarray, known: np.ndarray) -> np.ndarray:
        """Return what products of two inputs of a set explain of what their effects by themselves leave [N, targets]."""
        size = [(part**2).sum() if self.bases[j].any() else -1.0 for j, part in zip(columns, own, strict=True)]
        active = sorted(columns[k] for k in np.argsort([-each for each in size], kind="stable")[:PAIRED] if size[k] >= 0.0)
        if len(active) < 2:
            return np.zeros_like(left)
        found = Smoother.of(self.features(tuple(active)), known)(left)
        return np.asarray(found - found.mean(0))


def _unit(base: np.ndarray) -> np.ndarray:
    return base / np.sqrt((base**2).sum(1).mean())


def basis(column: np.ndarray) -> np.ndarray:
    """Return features of an input [N, features], of mean nought: a cubic spline of its rank, and itself; few values: levels.

    With weights of equal variance on the features, the prior on the spline is that of Gu (2013, section 2.3.3).
    """
    values, place, count = np.unique(column, return_inverse=True, return_counts=True)
    if len(values) <= KNOTS:
        levels = np.eye(len(values))[place] / np.sqrt(count / len(column))
        return levels - levels.mean(0)
    share = ((np.cumsum(count) - count / 2) / len(column))[place]
    knots = (np.arange(KNOTS) + 0.5) / KNOTS
    size, vectors = np.linalg.eigh(spline(knots, knots))
    kept = size > 1e-9 * size[-1]
    features = spline(share, knots) @ (vectors[:, kept] / np.sqrt(size[kept]))
    found = np.column_stack([features, (column - column.mean()) / column.std() / np.sqrt(12)])
    return found - found.mean(0)


def spline(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the reproducing kernel of cubic splines of mean nought on [0, 1] (Gu 2013)."""
    s, t = first[:, None] - 0.5, second[None, :] - 0.5
    apart = np.abs(s - t) - 0.5
    fourth = (apart**4 - apart**2 / 2 + 7 / 240) / 24
    return s * t + (s**2 - 1 / 12) * (t**2 - 1 / 12) / 4 - fourth


@dataclass(frozen=True, eq=False)
class Smoother:
    """A ridge regression on some features, learnt from known draws, evaluated at all of them."""

    known: np.ndarray
    """[N]"""
    turned: np.ndarray
    """Orthonormal features of the known draws [known, features]."""
    size: np.ndarray
    """Their singular values [features]."""
    spread: np.ndarray
    """Features of every draw in the same directions [N, features]."""

    @classmethod
    def of(cls, features: np.ndarray, known: np.ndarray) -> Smoother:
        """Prepare features [N, features]."""
        centred = features - features[known].mean(0) if features.shape[1] else features
        turned, size, directions = np.linalg.svd(centred[known], full_matrices=False)
        kept = size > 1e-7 * max(float(size.max(initial=0.0)), 1e-300)
        return cls(known, turned[:, kept], size[kept], centred @ directions[kept].T)

    @cached_property
    def penalties(self) -> np.ndarray:
        """Penalties that are tried."""
        return np.asarray(RATIOS * (self.size**2).sum() / len(self.turned))

    @cached_property
    def shrunk(self) -> np.ndarray:
        """What each penalty leaves unexplained of each feature [penalties, features]."""
        return np.asarray(1.0 / (1.0 + self.size**2 / self.penalties[:, None]))

    def __call__(self, targets: np.ndarray) -> np.ndarray:
        """Return what the features explain of targets [N, targets], each about its mean and with a penalty of its own.

        The penalty has the highest restricted likelihood; an effect whose likelihood gains less than LEAST is nought.
        """
        if not len(self.size):
            return np.zeros_like(targets)
        errors = targets[self.known] - targets[self.known].mean(0)
        seen, total = self.turned.T @ errors, (errors**2).sum(0)
        varies = total > 1e-12 * max(float(total.max()), 1e-300)
        apart = self.shrunk @ seen**2 + np.maximum(total - (seen**2).sum(0), 0.0)
        share = np.where(varies, apart, 1.0) / np.where(varies, total, 1.0)
        gain = 0.5 * (np.log(self.shrunk).sum(1)[:, None] - (len(errors) - 1) * np.log(np.maximum(share, 1e-300)))
        chosen = gain.argmax(0)
        real = gain[chosen, np.arange(len(total))] > LEAST
        weights = seen * (self.size[:, None] / (self.size[:, None] ** 2 + self.penalties[chosen]))
        return np.asarray(self.spread @ np.where(real, weights, 0.0))
