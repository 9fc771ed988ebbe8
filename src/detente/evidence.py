"""Draws weighed by what has been seen: importance weights from the exact likelihood of the observed history.

An act (an agreement signed or not, an offer, a refusal, a state of the world) has the probability the game gives it. Words have
only the likelihood ratio that is stated for them: a draw whose parameter lies in the upper half of its range counts that many
times as much. Nothing here looks at what is not in ``observations``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from detente import ensemble, runtime
from detente.compile import Model
from detente.compile.history import HARD, growing, inside, moment
from detente.draws import design, quantile
from detente.errors import Problem, SolveError
from detente.outcomes import Outcome
from detente.spec.joint import Joint
from detente.spec.quantity import Quantity
from detente.spec.scenario import Observation, Scenario

MANY, LEAST = 4, 128
"""Draws weighed for one drawn from the posterior, and how many at least."""
FEW = 0.1
"""Share of the draws below which the effective sample size is too small to rest on."""
CLEAR = 2.0
"""Standard errors by which the mean of a parameter has to move for the move to be told from chance."""
GIVEN = ("signed", "first", "in_force", "alive", "ended")
"""What a history changes in a draw besides its weight: everything read off the forward pass."""


@dataclass(frozen=True, eq=False)
class Weighed:
    """Draws of a scenario's parameters, solved, and weighed by its observations."""

    facts: tuple[Observation, ...]
    """What was seen, in the order in which it was known."""
    columns: Mapping[str, np.ndarray]
    """Values by parameter [N]."""
    raw: Mapping[str, np.ndarray]
    """What :func:`detente.ensemble.run` returned."""
    steps: np.ndarray
    """Log-likelihood of the first k facts [K+1, N]: words by their ratio; -inf: impossible, or the draw failed."""
    acts: np.ndarray
    """The same of the acts alone."""

    @cached_property
    def weights(self) -> np.ndarray:
        """Posterior weights [N]; they sum to one."""
        return normalised(self.steps[-1])

    @property
    def ess(self) -> float:
        """Effective sample size (Kong 1992)."""
        return effective(self.weights)

    @property
    def log_evidence(self) -> float:
        """Logarithm of the prior predictive probability of all acts seen."""
        return average(self.acts[-1])

    def prior(self, outcome: Outcome) -> np.ndarray:
        """Return an outcome by draw, nothing having been seen [N]."""
        return np.asarray(outcome.read(self.raw), float)

    def posterior(self, outcome: Outcome) -> np.ndarray:
        """Return an outcome by draw given what was seen [N]; to be weighed by :attr:`weights`."""
        return np.asarray(outcome.read({**self.raw, **{name: self.raw[f"given_{name}"] for name in GIVEN}}), float)

    def moved(self) -> dict[str, float]:
        """Return the posterior median of every parameter whose mean clearly moves."""
        out = {}
        for name, column in self.columns.items():
            mean = float(self.weights @ column)
            error = float(np.sqrt(np.square(self.weights) @ np.square(column - mean)))
            if abs(mean - column.mean()) > CLEAR * error > 0:
                out[name] = float(quantiles(column, self.weights, np.array([0.5]))[0])
        return out

    def resampled(self, count: int) -> dict[str, np.ndarray]:
        """Return ``count`` equally likely draws from the posterior (systematic resampling: Kitagawa 1996)."""
        # in the order of a Sobol sequence every so manieth point is alike: they are shuffled first
        order = np.random.default_rng(0).permutation(len(self.weights))
        places = (np.arange(count) + 0.5) / count
        chosen = order[np.minimum(np.searchsorted(np.cumsum(self.weights[order]), places), len(order) - 1)]
        return {name: column[chosen] for name, column in self.columns.items()}


def weigh(
    model: Model,
    draws: int,
    seed: int,
    progress: ensemble.Progress | None = None,
    columns: Mapping[str, np.ndarray] | None = None,
) -> Weighed:
    """Solve draws of the parameters and weigh them by the scenario's observations.

    Args:
        model: The scenario laid out for computing, with its observations.
        draws: How many.
        seed: Seed of the draws.
        progress: Told (stage, done, total).
        columns: Values to use instead of draws from the ranges.

    Raises:
        ScenarioError: ``nothing-observed``.
        SolveError: if every draw failed, or the history is impossible in every draw.
    """
    facts = known(model.scenario)
    values = dict(columns) if columns is not None else design(model.scenario, draws, seed)
    acts = [fact for fact in facts if fact.what in HARD]
    # without an act the history is empty, which has probability one
    seen = growing(model, acts) if acts else growing(model, facts[:1])
    raw = ensemble.run(model, values, memory=runtime.memory() / 4, progress=progress, single=True, seen=seen)
    good = (raw["status"] == 0)[:, None]
    each = np.where(good & ~np.isnan(raw["log_likelihood"]), raw["log_likelihood"], -np.inf)
    hard, said = [np.where(good[:, 0], 0.0, -np.inf)], [np.zeros(len(good))]
    for fact in facts:
        hard.append(each[:, acts.index(fact)] if fact.what in HARD else hard[-1])
        said.append(said[-1] + words(model.scenario.quantities, fact, values))
    weighed = Weighed(tuple(facts), values, raw, np.stack(hard) + np.stack(said), np.stack(hard))
    if not np.isfinite(weighed.steps[-1]).any():
        raise SolveError("what was observed has probability zero in every draw: look at the dates and at who can do what")
    return weighed


@dataclass(frozen=True, eq=False)
class Posterior:
    """What the observations of one scenario say about another that extends it."""

    central: Mapping[str, float]
    """Posterior medians of the parameters that clearly moved."""
    planned: dict[str, np.ndarray]
    """Equally likely draws of every parameter of the other scenario [N]."""
    facts: int
    weighed: int
    ess: float


def posterior(scenario: Scenario, before: Model, draws: int, seed: int, progress: ensemble.Progress | None = None) -> Posterior:
    """Draw the parameters of a scenario that are also another's, and unchanged, given what was observed there.

    Args:
        scenario: The scenario to be solved.
        before: The scenario it extends, with the observations.
        draws: Draws to be returned; the number weighed is :data:`MANY` times that, at least :data:`LEAST`.
        seed: Seed of the draws.
        progress: Told (stage, done, total).

    Raises:
        ScenarioError: ``bad-correlation``: what is drawn given the observations is joined to what is not.
    """
    own, theirs = scenario.quantities, before.scenario.quantities
    shared = [name for name in own if own[name] == theirs.get(name)]
    _apart(Joint(scenario), Joint(before.scenario), shared)
    weighed = max(LEAST, MANY * draws)
    found = weigh(before, weighed, seed, progress)
    planned = design(scenario, draws, seed)
    planned |= {name: column for name, column in found.resampled(draws).items() if name in shared}
    central = {name: value for name, value in found.moved().items() if name in shared}
    return Posterior(central, planned, len(found.facts), weighed, found.ess)


def _apart(joint: Joint, before: Joint, shared: list[str]) -> None:
    """Raise where the draws of shared parameters hang together with those of others, or otherwise than in the scenario before."""
    torn = [cluster for cluster in joint.clusters() if cluster & set(shared) and cluster - set(shared)]
    hint = (
        f"write all of them under parameters with ranges of their own, or none, and say of them what {before.scenario.name} says"
    )
    if torn:
        inside, others = (", ".join(sorted(part)) for part in (torn[0] & set(shared), torn[0] - set(shared)))
        text = f"{inside} are drawn given what was observed, and cannot be joined to the draws of {others}"
    elif joint.said(shared) != before.said(shared):
        text = f"parameters that are drawn given what was observed are joined otherwise than in {before.scenario.name}"
    else:
        return
    raise joint.scenario.wrong([Problem("bad-correlation", ("correlated",), text, hint)])


def known(scenario: Scenario) -> list[Observation]:
    """Return what was seen between the start and the horizon, in the order in which it was known.

    Raises:
        ScenarioError: ``nothing-observed``.
    """
    calendar = scenario.calendar
    facts = [fact for fact in scenario.observations if inside(calendar, fact)]
    if not facts:
        text = "the scenario has no observations between its start and its horizon"
        hint = "add an entry under 'observations': what happened, when, and who did it"
        raise scenario.wrong([Problem("nothing-observed", ("observations",), text, hint)])
    return sorted(facts, key=lambda fact: moment(calendar, fact.on if fact.until is None else fact.until))


def words(quantities: Mapping[str, Quantity], fact: Observation, values: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the logarithm of a fact's stated likelihood ratio by draw [N]; zero for a parameter without a range."""
    total = np.zeros(len(next(iter(values.values()))))
    for name, ratio in fact.likelihood_ratio.items():
        quantity = quantities[name]
        if quantity.uncertain:
            middle = float(quantile(quantity, np.array([0.5]))[0])
            total = total + np.where(values[name] > middle, np.log(ratio), 0.0)
    return total


def normalised(log: np.ndarray) -> np.ndarray:
    """Return weights that sum to one from their logarithms [N]."""
    weights = np.exp(log - log.max())
    return np.asarray(weights / weights.sum())


def average(log: np.ndarray) -> float:
    """Return the logarithm of the mean of what is given by its logarithms; -inf where all are."""
    most = log.max()
    return float(most + np.log(np.exp(log - most).mean())) if np.isfinite(most) else -np.inf


def effective(weights: np.ndarray) -> float:
    """Return how many equally weighted draws weigh as much (Kong 1992)."""
    return float(1.0 / np.square(weights).sum())


def quantiles(values: np.ndarray, weights: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Return weighted quantiles: the least value up to which the weights reach each share."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    return np.asarray(values[order][np.minimum(np.searchsorted(reached, shares * reached[-1]), len(values) - 1)])
