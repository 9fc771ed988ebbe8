"""Rows: every public status of the game, with the levels then in effect on each issue.

A package that lapses leaves behind what its issues' ``after_lapse`` rules say; packages that leave the same levels share
one base, so nothing is solved twice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detente.spec.scenario import Scenario


@dataclass(frozen=True)
class Rows:
    """Levels and flags of each row: bases, then packages honoured, then packages cheated on."""

    levels: np.ndarray
    """[S, issues] option positions in effect."""
    in_force: np.ndarray
    cheating: np.ndarray
    lapsed: np.ndarray
    snapped: np.ndarray
    """[S] flags, 0 or 1."""
    bases: int
    packages: np.ndarray
    """[A, issues] option positions."""
    lapse: np.ndarray
    """[A] the lapse each package ends in."""
    lapse_to: np.ndarray
    snap_to: np.ndarray
    """[L] base reached at a lapse, without and with snapback."""
    consents: tuple[tuple[str, ...], ...]
    """[L] who must consent to the snapback."""
    allowed: np.ndarray
    """[B, A] 1 where the package can be agreed from the base."""

    def honoured(self) -> np.ndarray:
        """Return the indices of the rows of packages honoured."""
        return np.arange(self.bases, self.bases + len(self.packages))

    def cheated(self) -> np.ndarray:
        """Return the indices of the rows of packages cheated on."""
        return self.honoured() + len(self.packages)


def build(scenario: Scenario, packages: tuple[tuple[int, ...], ...]) -> Rows:
    """Lay out the rows of a scenario with the given packages."""
    menu = np.asarray(packages, dtype=np.int32).reshape(len(packages), len(scenario.issues))
    rules = [issue.after_lapse for issue in scenario.issues.values()]
    persists = np.array([rule == "persists" for rule in rules])
    sticks = np.array([rule == "snapback" for rule in rules])
    ends = bool(scenario.reviewers) or scenario.hidden is not None
    lapsed = np.where(persists | sticks, menu, 0)
    snapped = np.where(persists, menu, 0)
    if ends:
        kinds = np.concatenate([np.c_[lapsed, np.zeros(len(menu), int)], np.c_[snapped, np.ones(len(menu), int)]])
        unique, index = np.unique(kinds, axis=0, return_inverse=True)
        index = index.reshape(-1) + 1
    else:
        unique, index = np.zeros((0, menu.shape[1] + 1), int), np.zeros(2 * len(menu), int)
    postures = 2 if scenario.hidden is not None else 1
    quiet = np.zeros((1, menu.shape[1]), int)
    levels = np.concatenate([quiet, unique[:, :-1], *[menu] * postures])
    bases = 1 + len(unique)
    size = len(levels)
    flag = np.arange(size)
    consents = [snapback_consents(scenario, package) for package in packages]
    ends_in = list(zip(index[: len(menu)].tolist(), index[len(menu) :].tolist(), consents, strict=True))
    kinds_of = list(dict.fromkeys(ends_in))
    lapse = np.array([kinds_of.index(kind) for kind in ends_in])
    after = np.concatenate([[0], unique[:, -1], np.zeros(size - bases, int)])
    return Rows(
        levels=levels,
        in_force=(flag >= bases).astype(float),
        cheating=(flag >= bases + len(menu)).astype(float),
        lapsed=((flag >= 1) & (flag < bases) & (after == 0)).astype(float),
        snapped=((flag >= 1) & (flag < bases) & (after == 1)).astype(float),
        bases=bases,
        packages=menu,
        lapse=lapse,
        lapse_to=np.array([kind[0] for kind in kinds_of]),
        snap_to=np.array([kind[1] for kind in kinds_of]),
        consents=tuple(kind[2] for kind in kinds_of),
        allowed=_allowed(levels[:bases], menu, persists),
    )


def snapback_consents(scenario: Scenario, package: tuple[int, ...]) -> tuple[str, ...]:
    """Return who must consent to a snapback after a package, in a fixed order."""
    options = [list(issue.options.values())[code] for issue, code in zip(scenario.issues.values(), package, strict=True)]
    return tuple(sorted({name for option in options for name in option.snapback_consent or ()}))


def _allowed(bases: np.ndarray, menu: np.ndarray, persists: np.ndarray) -> np.ndarray:
    """Return which packages each base can agree on: none that would undo what persists."""
    keeps = (menu[None] >= bases[:, None]) | ~persists
    return keeps.all(-1).astype(np.int32)
