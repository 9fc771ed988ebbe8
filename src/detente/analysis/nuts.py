"""Sampling the parameters given what was seen, where weighed draws are too few: the no-U-turn sampler of NumPyro.

Every continuous parameter is a standard normal number put through the distribution function of the normal and the quantile
function of its range, so the prior is normal and unbounded; numbers that are correlated are mixed from independent ones, z.
The log-likelihood of the history is differentiated through the whole solve, beliefs being those after :data:`PASSES` unrolled
passes from the beliefs at central values: a loop that ends when they have settled has no derivative in reverse.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from detente.compile import Model, build
from detente.compile.history import HARD, seen
from detente.draws import Z95, joining, quantile
from detente.engine.course import kept
from detente.engine.equilibrium import doubtful, equilibrium, implied, play
from detente.engine.history import likelihood
from detente.engine.solve import solve
from detente.evidence import known
from detente.game import Shape
from detente.spec.joint import Joint
from detente.spec.quantity import Quantity
from detente.spec.scenario import Observation

LARGEST = 3_000_000
"""State values times periods up to which sampling takes minutes rather than days."""
PASSES = 1
"""Passes of beliefs before the last solve."""
CHAINS = 2
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Sampled:
    """Draws from the posterior."""

    columns: dict[str, np.ndarray]
    """Values by parameter [N], one chain after the other."""
    ess: float
    """Smallest effective sample size of any parameter."""
    rhat: float
    """Largest split R-hat of any parameter (Gelman et al. 2013): far above 1, the chains disagree."""
    divergent: int
    """Transitions that diverged."""


def obstacle(model: Model) -> str:
    """Return why a scenario cannot be sampled; empty where it can."""
    discrete = [name for name, quantity in model.scenario.quantities.items() if quantity.kind == "discrete"]
    if discrete:
        return f"{discrete[0]} takes separate values, which have no gradient: fix it with --set, or weigh more draws"
    if model.scenario.conditional:
        name = model.scenario.conditional[0].of
        return f"the range of {name} depends on a condition, at which its density jumps: weigh more draws"
    if not model.smooth:
        return "exact choice and values iterated to a limit have no gradient here: weigh more draws"
    shape = model.shape()
    work = shape.values * shape.periods
    if work > LARGEST:
        size = f"{work:,} state values over all periods; at most {LARGEST:,}"
        return f"the game is too large to be differentiated thousands of times ({size}): weigh more draws"
    return ""


def nuts(model: Model, samples: int, warmup: int, seed: int, progress: Progress | None = None) -> Sampled:
    """Sample the uncertain parameters given the observations (Hoffman and Gelman 2014).

    Args:
        model: The scenario laid out for computing; :func:`obstacle` must be empty.
        samples: Draws kept, over all chains.
        warmup: Steps of each chain before any is kept.
        seed: Seed of the chains.
        progress: Told (stage, done, total).
    """
    from numpyro.diagnostics import summary
    from numpyro.infer import MCMC, NUTS

    quantities = model.scenario.quantities
    names = [name for name, quantity in quantities.items() if quantity.uncertain]
    with jax.enable_x64(True):
        sampler = MCMC(
            NUTS(potential_fn=potential(model)),
            num_warmup=warmup,
            num_samples=-(-samples // CHAINS),
            num_chains=CHAINS,
            chain_method="sequential",
            progress_bar=False,
        )
        start = 0.1 * np.random.default_rng(seed).standard_normal((CHAINS, len(names)))
        sampler.run(jax.random.PRNGKey(seed), init_params=jnp.asarray(start), extra_fields=("diverging",))
        z = np.asarray(sampler.get_samples(group_by_chain=True))
        divergent = int(np.asarray(sampler.get_extra_fields()["diverging"]).sum())
        scores = jnp.asarray(z.reshape(-1, len(names)) @ joining(Joint(model.scenario), names).T)
        values = jax.vmap(lambda row: valued(quantities, names, row))(scores)
    told = summary({"z": z})["z"]
    if progress:
        progress("samples", samples, samples)
    columns = {name: np.asarray(values[name])[:samples] for name in quantities}
    return Sampled(columns, float(np.min(told["n_eff"])), float(np.max(told["r_hat"])), divergent)


def potential(model: Model) -> Callable[[Any], Any]:
    """Return minus the log posterior density, as a function of z [P]."""
    shape = _watched(model)
    facts = known(model.scenario)
    noted = seen(model, [fact for fact in facts if fact.what in HARD])
    quantities = model.scenario.quantities
    names = [name for name, quantity in quantities.items() if quantity.uncertain]
    joined = jnp.asarray(joining(Joint(model.scenario), names))
    central = {name: jnp.asarray(value) for name, value in model.central().items()}
    belief = equilibrium(build(model.frame, shape, central), shape).solution.belief if doubtful(shape) else None

    def energy(z: Any) -> Any:
        values = valued(quantities, names, joined @ z)
        game = build(model.frame, shape, values)
        held = belief
        for _ in range(PASSES if belief is not None else 0):
            held, _weight = implied(game, shape, play(game, shape, held))
        log = likelihood(game, shape, kept(game, shape, solve(game, shape, held).policy), noted) + _said(
            quantities, facts, values
        )
        return 0.5 * jnp.sum(z**2) - log

    return energy


def _watched(model: Model) -> Shape:
    """Return the shape, wide enough for stocks at either end of every range."""
    ends = [{name: _end(quantity, share) for name, quantity in model.scenario.quantities.items()} for share in (1e-3, 1 - 1e-3)]
    return replace(model.shape([model.central(), *ends]), watched=True)


def _end(quantity: Quantity, share: float) -> float:
    return float(quantile(quantity, np.array([share]))[0]) if quantity.uncertain else quantity.value


def _said(quantities: Mapping[str, Quantity], facts: list[Observation], values: Mapping[str, Any]) -> Any:
    """Return the logarithm of all stated likelihood ratios: a step, whose gradient is zero."""
    total = jnp.zeros(())
    for fact in facts:
        for name, ratio in fact.likelihood_ratio.items():
            if quantities[name].uncertain:
                total = total + jnp.where(values[name] > _end(quantities[name], 0.5), np.log(ratio), 0.0)
    return total


def valued(quantities: Mapping[str, Quantity], names: list[str], z: Any) -> dict[str, Any]:
    """Return the value of every parameter at normal numbers, joined as the scenario says [P]."""
    values: dict[str, Any] = {name: jnp.asarray(quantity.value) for name, quantity in quantities.items()}
    return values | {name: at_normal(quantities[name], z[i]) for i, name in enumerate(names)}


def at_normal(quantity: Quantity, z: Any) -> Any:
    """Return the value of an uncertain quantity as many normal deviations from its median; as :func:`draws.quantile`."""
    share = jax.scipy.special.ndtr(z)
    low, high = float(quantity.low or 0.0), float(quantity.high or 0.0)
    match quantity.kind:
        case "uniform":
            return low + share * (high - low)
        case "loguniform":
            return low * (high / low) ** share
        case "triangular":
            turn = (quantity.value - low) / (high - low)
            up = jnp.minimum(share, turn) * (high - low) * (quantity.value - low)
            down = jnp.minimum(1.0 - share, 1.0 - turn) * (high - low) * (high - quantity.value)
            tiny = np.finfo(float).tiny
            return jnp.where(share < turn, low + jnp.sqrt(up + tiny), high - jnp.sqrt(down + tiny))
        case "normal":
            return (low + high) / 2 + z * (high - low) / (2 * Z95)
        case _:
            middle, spread = (np.log(low) + np.log(high)) / 2, (np.log(high) - np.log(low)) / (2 * Z95)
            return jnp.exp(middle + z * spread)
