"""The zone of possible agreement at the start and over time."""

from __future__ import annotations

from typing import Any

import numpy as np

from detente import zopa
from detente.central import Central


def gains(central: Central) -> np.ndarray:
    """Return every player's gain from every package at the start [I, A] [utils]."""
    gain = central.signed_in(0) - central.waiting[0][:, None]
    return np.einsum("gr,iagr->ia", central.here, gain)


def at_start(central: Central) -> dict[str, np.ndarray | dict[str, int | None]]:
    """Return the zone, the frontier and the solutions at the start."""
    gain = gains(central)
    game, shape = central.game, central.shape
    over = np.einsum("gr,iagr->ia", central.here, central.signed_in(0) - central.reservation[0][:, None])
    zone = zopa.acceptable(over, np.asarray(game.need), np.asarray(game.need_body), shape.bodies)
    principals = gain[list(shape.principals)] if shape.principals else gain
    return {"zone": zone, "frontier": zopa.frontier(principals), "solutions": zopa.solutions(principals, zone)}


def over_time(central: Central) -> dict[str, np.ndarray]:
    """Return, per period and joint regime, how many packages lie in the zone, and the largest least gain of the principals.

    Gains are taken at the stocks expected in that regime while no agreement has been signed.
    """
    gain = _path(central)
    game, shape = central.game, central.shape
    zone = zopa.acceptable(gain, np.asarray(game.need), np.asarray(game.need_body), shape.bodies)
    principals = list(shape.principals) or list(range(shape.players))
    least = np.where(zone, gain[:, :, principals].min(2), -np.inf).max(-1)
    return {"count": zone.sum(-1).astype(float), "best": np.where(np.isfinite(least), least, np.nan)}


def _path(central: Central) -> np.ndarray:
    """Return gains along the path without agreement [T, R, I, A]."""
    occupancy = central.events.occupancy
    assert occupancy is not None, "the forward pass keeps its states"
    mass = occupancy[:-1, 0]
    spread = np.where(mass.sum(1, keepdims=True) > 0, mass, central.adrift[:-1])
    total = spread.sum(1, keepdims=True)
    weight = np.divide(
        spread, total, out=np.broadcast_to(np.asarray(central.game.start_point)[:, None], spread.shape).copy(), where=total > 0
    )
    signed = np.stack([np.einsum("gr,iagr->ria", now, central.signed_in(t)) for t, now in enumerate(weight)])
    return signed - np.einsum("tgr,tigr->tri", weight, central.reservation)[..., None]


def by_state(central: Central, joint: Any, weight: Any) -> np.ndarray:
    """Average a path over joint regimes [T, R] for every state of every regime [T, states]; NaN where it has no mass."""
    columns = []
    frame = central.model.frame
    for name, regime in central.model.scenario.regimes.items():
        for code in range(len(regime.states)):
            inside = weight * (frame.codes[name] == code)
            total = inside.sum(1)
            mean = np.nansum(inside * np.nan_to_num(joint), axis=1)
            columns.append(np.divide(mean, total, out=np.full(len(total), np.nan), where=total > 1e-9))
    return np.stack(columns, 1) if columns else np.zeros((len(joint), 0))
