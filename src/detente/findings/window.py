"""When the chance of an agreement rises or falls, and what moves it: a shift-share account of the hazard of signing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detente.findings.reading import Reading
from detente.findings.statistics import hazard, within_one

ITSELF = "itself"
"""What is left after the regimes: stocks, the calendar and the approaching horizon."""

NOTABLE = 0.25
"""A second part of the change below this share is not named in a sentence."""


@dataclass(frozen=True)
class Window:
    """The change of the hazard of signing between two periods, and its parts."""

    first: int
    """Period the account starts from."""
    last: int
    """Period the account ends at."""
    chance_first: float
    """Probability of signing within a year (or a round) at the pace of the first."""
    chance_last: float
    """The same at the pace of the last."""
    parts: dict[str, float]
    """Regime (or ``itself``) -> its part of the change [1/period]; they add up to the change."""
    states: dict[str, str]
    """Regime -> the state that, gaining probability, did most of it."""

    @property
    def closing(self) -> bool:
        """Whether the hazard falls."""
        return self.chance_last < self.chance_first

    @property
    def chief(self) -> list[str]:
        """The part that makes up most of the change, and the next if it is notable too."""
        total = sum(self.parts.values())
        shares = {name: part / total for name, part in self.parts.items()} if total else {}
        ranked = sorted(shares, key=lambda name: -shares[name])
        return ranked[:1] + [name for name in ranked[1:2] if shares[name] >= NOTABLE]


def _span(rate: np.ndarray) -> tuple[int, int] | None:
    """The two periods to compare: the ends of the largest fall, or of the largest rise if that is larger."""
    known = np.where(np.isfinite(rate))[0]
    if len(known) < 4:
        return None
    middle = known[: max(4, int(0.95 * len(known)))]  # the last periods' rush at the horizon is not a finding
    smooth = rate[middle]
    down = smooth - np.minimum.accumulate(smooth[::-1])[::-1]
    up = smooth - np.minimum.accumulate(smooth)
    if down.max() >= up.max():
        start = int(down.argmax())
        return int(middle[start]), int(middle[start + smooth[start:].argmin()])
    end = int(up.argmax())
    return int(middle[smooth[: end + 1].argmin()]), int(middle[end])


def window(reading: Reading) -> Window | None:
    """Account for the largest sustained move of the hazard of signing, or None where there is nothing to account for."""
    rate = hazard(reading)
    span = _span(rate)
    if span is None or not np.nanmax(rate) > 0:
        return None
    first, last = span
    parts, states = _parts(reading, first, last)
    parts[ITSELF] = float(rate[last] - rate[first]) - sum(parts.values())
    chances = within_one(rate, reading.step)
    return Window(first, last, float(chances[first]), float(chances[last]), parts, states)


def _parts(reading: Reading, first: int, last: int) -> tuple[dict[str, float], dict[str, str]]:
    """Per regime, what the change in its probabilities does to the hazard: period by period, each state's own hazard held."""
    parts: dict[str, float] = {}
    states: dict[str, str] = {}
    if not reading.has("p_signed_hazard", "p_regime"):
        return parts, states
    chances, hazards = reading.ds.p_regime.values, reading.ds.p_signed_hazard.values
    for regime, columns in by_regime(reading).items():
        moved = np.diff(chances[first : last + 1][:, columns], axis=0)
        own = hazards[first : last + 1][:, columns]
        effect = moved * _held(own[:-1], own[1:])
        parts[regime] = float(effect.sum())
        states[regime] = str(reading.ds.regime_state.values[columns[_mover(moved.sum(axis=0), _typical(own), parts[regime])]])
    return parts, states


def _held(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Each state's hazard between two periods: their average, or the one that is known."""
    known = np.isfinite(before).astype(int) + np.isfinite(after)
    return (np.nan_to_num(before) + np.nan_to_num(after)) / np.maximum(known, 1)


def _typical(own: np.ndarray) -> np.ndarray:
    """Each state's average hazard over the periods it is known in."""
    return np.nan_to_num(own).sum(axis=0) / np.maximum(np.isfinite(own).sum(axis=0), 1)


def importance(reading: Reading) -> dict[str, float]:
    """Regime -> how much it moves signing: its part in the account of the window, and how far its states lie apart on average."""
    account, hazards = window(reading), reading.ds.p_signed_hazard.values
    found = {}
    for regime, columns in by_regime(reading).items():
        states = np.where(np.isfinite(hazards[:, columns]), hazards[:, columns], np.nan)
        known = states[np.isfinite(states).sum(axis=1) > 1]
        apart = float(np.mean(np.nanmax(known, axis=1) - np.nanmin(known, axis=1))) if len(known) else 0.0
        found[regime] = abs(account.parts[regime] if account else 0.0) + apart
    return found


def _mover(moved: np.ndarray, mean: np.ndarray, part: float) -> int:
    """Among the states that gained probability, the one that carried the change furthest."""
    weight = np.maximum(moved, 0.0) * np.sign(part) * (mean - mean.mean())
    return int(np.where(moved > 0, weight, -np.inf).argmax())


def by_regime(reading: Reading) -> dict[str, list[int]]:
    """Regime -> positions of its states along ``regime_state``."""
    found: dict[str, list[int]] = {}
    for i, name in enumerate(reading.ds.regime_state.values if "regime_state" in reading.ds.coords else ()):
        found.setdefault(str(name).partition("=")[0], []).append(i)
    return found
