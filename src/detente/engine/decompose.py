"""One package's gain by named payoff term, for a few players: what a unit of payoff anywhere adds to it, times each term.

For a fixed policy values are linear in payoffs, so the gain from a package is the sum, over every state and date, of the payoff
there times a weight. The weights are the derivative of the gain; they are followed forward in time, a period's step of
:func:`detente.engine.evaluate.evaluate` transposed after the other. They are the same for every player but for its discounting, a
power of one number: so one pass finds them, however many terms and players there are; ``evaluate`` takes a pass per term, and
gives every package.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from detente.engine.agreement import by_channel, split
from detente.engine.decide import signed_values
from detente.engine.evaluate import evaluate
from detente.engine.motion import framed, transport
from detente.engine.period import apply
from detente.engine.policy import Policy, on
from detente.engine.timed import tree_at
from detente.game import Channels, Game, Lumps, Shape


@dataclass(frozen=True)
class Weights:
    """How much likelier than without the package each state and event is, by date, once it is signed today."""

    states: Float[Array, "T+1 S G R"]
    lumps: Lumps
    """By event, of each principal's lump sums: who decides makes a difference to some."""


def gain_terms(
    game: Game,
    shape: Shape,
    named: Channels,
    owners: tuple[int, ...],
    policy: Policy,
    here: Float[Array, "G R"],
    package: Int[Array, ""],
) -> Float[Array, " K"]:
    """Return what each named term adds to its owner's gain from ``package``, signed today against waiting [utils].

    Args:
        game: The game.
        shape: Its static description.
        named: Payoffs, a channel per term.
        owners: The player each channel belongs to; terms of players other than the principals are left at zero.
        policy: The policy that holds throughout.
        here: Probability of each stock point and regime today.
        package: Which package.
    """
    sides = shape.principals
    if shape.terminal == "stationary":  # iterated to its limit, which has no derivative in reverse
        signed, waiting = evaluate(game, shape, named, policy)
        return jnp.sum(here * (jnp.take(signed, package, axis=1) - waiting), axis=(1, 2))
    weights = _weights(game, shape, _blank(game, shape, named), policy, here, package)
    worth = {owner: _worth(game, shape, owner) for owner in sides}
    # what does not move with time meets the weights of all dates at once
    total = {owner: jnp.tensordot(flow, weights.states, 1) for owner, (flow, _) in worth.items()}
    parts = [
        _part(named, k, weights, total[owner], worth[owner], sides.index(owner)) if owner in sides else jnp.zeros(())
        for k, owner in enumerate(owners)
    ]
    return jnp.stack(parts)


def _worth(game: Game, shape: Shape, player: int) -> tuple[Float[Array, " T+1"], Float[Array, " T+1"]]:
    """Return what a unit of flow, and of a lump sum, in each period is worth to a player today; the last entry is the horizon."""
    accrual, discount, forever = (getattr(game.payoff, name)[player] for name in ("accrual", "discount", "forever"))
    factors = discount ** jnp.arange(shape.periods + 1)
    last = forever if shape.terminal == "frozen" else jnp.zeros_like(forever)
    return factors * jnp.full_like(factors, accrual).at[-1].set(last), factors


def _blank(game: Game, shape: Shape, named: Channels) -> Channels:
    """Return payoffs of nothing to the principals, with lump sums wherever a term may have any."""
    sides, dtype = jnp.asarray(shape.principals), game.payoff.accrual.dtype
    lumps = {
        event: None if lump is None else jnp.zeros((1, len(shape.principals), *lump.shape[2:]), dtype)
        for event, lump in vars(named.lumps).items()
    }
    rates = {name: getattr(game.payoff, name)[sides] for name in ("accrual", "discount", "forever", "owner")}
    return Channels((), (), Lumps(**lumps), **rates, apart_of=())


def _no_values(shape: Shape, blank: Channels) -> Float[Array, "S P G R"]:
    return jnp.zeros((shape.rows, len(shape.principals), shape.points, shape.regimes), blank.accrual.dtype)


def _bare(blank: Channels) -> Channels:
    """Return one channel without lump sums: what carries weights from state to state."""
    return Channels(**{**vars(blank.groups(1)[0]), "lumps": Lumps(**dict.fromkeys(vars(blank.lumps)))})


def _weights(
    game: Game, shape: Shape, blank: Channels, policy: Policy, here: Float[Array, "G R"], package: Int[Array, ""]
) -> Weights:
    """Follow the weights forward, from the package signed today less waiting."""
    bare, nothing = _bare(blank), _no_values(shape, blank)
    start, first = _today(shape, blank, policy, here, package)

    def step(weight: Float[Array, "S 1 G R"], period: Int[Array, ""]) -> tuple[Any, Any]:
        moved = transport(game, shape, period, framed(weight))
        before = framed(moved)
        later = jnp.minimum(period + 1, shape.periods - 1)
        today = on(policy, later)
        after = jax.vjp(lambda values: apply(game, shape, bare, later, today, values), weight)[1](before)[0]
        decided = jax.vjp(lambda lumps: apply(game, shape, _with(blank, lumps), later, today, nothing), blank.lumps)[1]
        last = period == shape.periods - 1
        alike = jnp.broadcast_to(before, (len(before), *nothing.shape[1:]))
        kept = jax.tree.map(lambda leaf: jnp.where(last, 0.0, leaf[0]), decided(alike)[0])
        return jnp.where(last, moved, after), (weight[:, 0], kept)

    final, (states, lumps) = jax.lax.scan(step, start, jnp.arange(shape.periods))
    return Weights(jnp.concatenate([states, final[None, :, 0]]), _dated(shape, lumps, first, final))


def _today(
    shape: Shape, blank: Channels, policy: Policy, here: Float[Array, "G R"], package: Int[Array, ""]
) -> tuple[Float[Array, "S 1 G R"], Lumps]:
    """Return the weights after today's decisions, and of lump sums on signing today."""
    today = on(policy, 0)

    def gain(values: Array, lumps: Lumps) -> Array:
        base, force = split(shape, values)
        signed = signed_values(today.conduct, tree_at(lumps, 0), force)
        return jnp.sum(here * (jnp.take(signed, package, axis=1) - base[0]))

    found: tuple[Array, Lumps] = jax.grad(gain, (0, 1))(_no_values(shape, blank), blank.lumps)
    return found[0][:, :1], found[1]


def _with(channels: Channels, lumps: Lumps) -> Channels:
    return Channels(**{**vars(channels), "lumps": lumps})


def _dated(shape: Shape, lumps: Lumps, first: Lumps, final: Float[Array, "S 1 G R"]) -> Lumps:
    """Put the weights of lump sums on their dates: those on signing today first, those at the horizon last."""
    found: dict[str, Array | None] = {}
    for event, later in vars(lumps).items():
        if later is None:
            found[event] = None
            continue
        whole = jnp.concatenate([getattr(first, event), later])  # what is decided in a period stands a step before it
        if event == "horizon":
            shrunk = folded(by_channel(final), getattr(first, event).shape[1:])
            whole = whole.at[shape.periods].set(shrunk)
        found[event] = whole
    return Lumps(**found)


def _part(
    named: Channels,
    k: int,
    weights: Weights,
    total: Float[Array, "S G R"],
    worth: tuple[Float[Array, " T+1"], Float[Array, " T+1"]],
    side: int,
) -> Array:
    """Return a term's own payoff times the weights, discounted as its owner does."""
    flow, lump = worth
    return met(
        named,
        k,
        lambda shape: folded(total, shape),
        lambda shape: _discounted(flow, weights.states, shape),
        lambda event, shape: _discounted(lump, getattr(weights.lumps, event)[:, side], shape),
    )


def met(
    named: Channels,
    k: int,
    flow: Callable[[tuple[int, ...]], Array],
    apart: Callable[[tuple[int, ...]], Array],
    lump: Callable[[str, tuple[int, ...]], Array],
) -> Array:
    """Return a term's own payoff, flows and lump sums, times its weights.

    Args:
        named: Channels by term.
        k: The term.
        flow: Weights of what does not move with time, on the axes on which a payoff varies.
        apart: Those of flows kept apart.
        lump: Those of lump sums at an event.
    """
    own = [(every[:, k], flow(every[:, k].shape)) for every in named.flows]
    own += [(each, apart(each.shape)) for of, each in zip(named.apart_of, named.apart, strict=True) if of == k]
    lumps = {event: each[:, k] for event, each in vars(named.lumps).items() if each is not None}
    own += [(each, lump(event, each.shape)) for event, each in lumps.items()]
    return sum((jnp.sum(payoff * weight) for payoff, weight in own), jnp.zeros((), named.accrual.dtype))


def _discounted(factors: Float[Array, " T+1"], weight: Array, shape: tuple[int, ...]) -> Array:
    """Add weights up along the axes on which a payoff does not vary, and discount them; time comes first."""
    met = folded(weight, (len(weight), *shape[1:]))
    return folded(factors.reshape(-1, *(1,) * (weight.ndim - 1)) * met, shape)


def folded(weight: Array, shape: tuple[int, ...]) -> Array:
    """Add weights up along the axes on which a payoff does not vary."""
    axes = tuple(axis for axis, size in enumerate(shape) if size == 1 and weight.shape[axis] > 1)
    return jnp.sum(weight, axis=axes, keepdims=True)
