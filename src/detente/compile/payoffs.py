"""Payoff terms as channels: one per named term, or summed to one per player."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from detente.compile.environment import Environment, Frame
from detente.game import Channels, Lumps
from detente.spec.scenario import EVENTS, Scenario

FEW = 1 / 3
"""Share of channels up to which flows that vary with rows and with stocks are kept apart."""


@dataclass(frozen=True)
class Item:
    """One named payoff term and the channel it is counted in."""

    player: int
    event: str
    """``flow`` or the event of a lump sum."""
    name: str
    formula: str
    channel: int


def items(scenario: Scenario, by_term: bool) -> list[Item]:
    """List every payoff term; channels are players, or the terms themselves."""
    listed: list[Item] = []
    for index, player in enumerate(scenario.players):
        payoff = scenario.payoffs.get(player)
        if payoff is None:
            continue
        named = [("flow", name, term) for name, term in payoff.flows.items()]
        named += [(event, name, term) for event in EVENTS for name, term in payoff.events.get(event, {}).items()]
        for event, name, term in named:
            listed.append(Item(index, event, name, term.value, len(listed) if by_term else index))
    return listed


def channels(frame: Frame, env: Environment, by_term: bool = False) -> Channels:
    """Build the payoff channels of a game: one per player, or one per named term."""
    listed = items(frame.scenario, by_term)
    count = max(len(listed), 1) if by_term else len(frame.scenario.players)
    owner = np.array([item.player for item in listed] or [0]) if by_term else np.arange(count)
    flows, apart = _flows([(item.channel, env.array(item.formula)) for item in listed if item.event == "flow"], count, env.ops)
    rates = _rates(frame, env, owner)
    return Channels(
        flows=flows,
        apart=tuple(value for _, value in apart),
        apart_of=tuple(k for k, _ in apart),
        lumps=_lumps(frame, env, listed, count),
        owner=env.ops.asarray(owner),
        **rates,
    )


def _flows(entries: list[tuple[int, Any]], count: int, ops: Any) -> tuple[tuple[Any, ...], list[tuple[int, Any]]]:
    """Return flows [T|1, S|1, G|1, R|1] of all channels together, on as few axes as they need, and those kept apart.

    Most flows vary with rows and regimes, or with stocks and regimes; laid out on all axes at once, they would be most of what a
    period reads from memory.
    """
    still = [(k, value) for k, value in entries if value.shape[0] == 1]
    by_row = [(k, value) for k, value in still if value.shape[2] == 1]
    by_point = [(k, value) for k, value in still if value.shape[2] > 1 and value.shape[1] == 1]
    by_both = [(k, value) for k, value in still if value.shape[2] > 1 and value.shape[1] > 1]
    together = [by_row, by_point]
    apart = [(k, value) for k, value in entries if value.shape[0] > 1]
    if len({k for k, _ in by_both}) > FEW * count:
        together.append(by_both)
    else:
        apart += by_both
    stacks = (_stack(part, count, ops, 2) for part in together)
    return tuple(stack[0] for stack in stacks if stack is not None), _summed(apart)


def _summed(entries: list[tuple[int, Any]]) -> list[tuple[int, Any]]:
    """Add up entries of the same channel and shape."""
    total: dict[tuple[int, tuple[int, ...]], Any] = {}
    for channel, value in entries:
        key = (channel, value.shape)
        total[key] = total[key] + value if key in total else value
    return [(channel, value) for (channel, _), value in total.items()]


def _stack(entries: list[tuple[int, Any]], count: int, ops: Any, axis: int = 1) -> Any:
    """Add entries [T, S, G, R] up by channel, which gets this axis, on as few axes as they need."""
    if not entries:
        return None
    shape = np.broadcast_shapes(*(value.shape for _, value in entries))
    by_channel: list[Any] = [ops.zeros(shape) for _ in range(count)]
    for channel, value in entries:
        by_channel[channel] = by_channel[channel] + value
    return ops.stack(by_channel, axis)


def where(frame: Frame, event: str, honoured: np.ndarray) -> np.ndarray:
    """Return the rows a lump sum is evaluated on."""
    if event == "horizon":
        return np.arange(frame.size["S"])
    if event == "leave":
        return frame.rows.over()
    if event == "snapback":
        return frame.rows.lapse_to
    return frame.rows.cheated() if event == "caught" and frame.scenario.hidden is not None else honoured


def _lumps(frame: Frame, env: Environment, listed: list[Item], count: int) -> Lumps:
    """Evaluate lump sums on the rows their event happens in."""
    honoured = frame.rows.honoured()
    selected = {event: env.on(where(frame, event, honoured)) for event in EVENTS}
    stacked = {}
    for event in EVENTS:
        entries = [(item.channel, selected[event].array(item.formula)) for item in listed if item.event == event]
        stacked[event] = _stack(entries, count, env.ops)
    return Lumps(**stacked)


def _rates(frame: Frame, env: Environment, owner: np.ndarray) -> dict[str, Any]:
    """Return accrual, discount and forever per channel."""
    ops, calendar = env.ops, frame.scenario.calendar
    triples = [_rate(env, player, calendar.clock, calendar.length, ops) for player in frame.scenario.players.values()]
    columns = [ops.stack([ops.asarray(triple[i], dtype=float) for triple in triples])[owner] for i in range(3)]
    return dict(zip(("accrual", "discount", "forever"), columns, strict=True))


def _rate(env: Environment, player: Any, clock: str, length: float, ops: Any) -> tuple[Any, Any, Any]:
    if clock == "rounds":
        factor = env.scalar(player.discount_factor if player.discount_factor is not None else "1")
        return 1.0, factor, 1.0 / ops.where(factor < 1.0, 1.0 - factor, 1.0)
    rate = env.scalar(player.discount)
    safe = ops.where(rate > 0.0, rate, 1.0)
    accrual = ops.where(rate > 0.0, -ops.expm1(-safe * length) / safe, length * (1.0 - rate * length / 2))
    return accrual, ops.exp(-rate * length), ops.where(rate > 0.0, 1.0 / safe, 0.0)
