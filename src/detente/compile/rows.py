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
    """Levels and flags of each row: bases (those with talks once more, talks over, if anybody may leave), then packages."""

    levels: np.ndarray
    """[S, issues] option positions in effect."""
    in_force: np.ndarray
    cheating: np.ndarray
    lapsed: np.ndarray
    snapped: np.ndarray
    talks_over: np.ndarray
    """[S] flags, 0 or 1."""
    bases: int
    talking: int
    """How many bases, from the first, have talks."""
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

    def over(self) -> np.ndarray:
        """Return the indices of the rows in which somebody has left the talks for good, in order of the bases left."""
        return np.flatnonzero(self.talks_over)

    def honoured(self) -> np.ndarray:
        """Return the indices of the rows of packages honoured."""
        return np.arange(self.bases, self.bases + len(self.packages))

    def cheated(self) -> np.ndarray:
        """Return the indices of the rows of packages cheated on."""
        return self.honoured() + len(self.packages)


def build(scenario: Scenario, packages: tuple[tuple[int, ...], ...]) -> Rows:
    """Lay out the rows of a scenario with the given packages."""
    menu = np.asarray(packages, dtype=np.int32).reshape(len(packages), len(scenario.issues))
    unique, index = _lapses(scenario, menu)
    postures = 2 if scenario.hidden is not None else 1
    left = np.concatenate([np.zeros((1, menu.shape[1]), int), unique[:, :-1]])
    talking = len(left) if scenario.after_lapse == "open" else 1
    over = talking if scenario.leavers else 0
    levels = np.concatenate([left, left[:over], *[menu] * postures])
    bases = len(left) + over
    size = len(levels)
    flag = np.arange(size)
    consents = _snapback_consents(scenario, packages)
    ends_in = list(zip(index[: len(menu)].tolist(), index[len(menu) :].tolist(), consents, strict=True))
    kinds_of = {kind: i for i, kind in enumerate(dict.fromkeys(ends_in))}
    lapse = np.array([kinds_of[kind] for kind in ends_in])
    ended = np.concatenate([[-1], unique[:, -1]])  # how the agreement before ended: -1 for none, 0 lapsed, 1 snapped back
    after = np.concatenate([ended, ended[:over], np.full(size - bases, -1)])
    return Rows(
        levels=levels,
        in_force=(flag >= bases).astype(float),
        cheating=(flag >= bases + len(menu)).astype(float),
        lapsed=(after == 0).astype(float),
        snapped=(after == 1).astype(float),
        talks_over=((flag >= len(left)) & (flag < bases)).astype(float),
        bases=bases,
        talking=talking,
        packages=menu,
        lapse=lapse,
        lapse_to=np.array([kind[0] for kind in kinds_of]),
        snap_to=np.array([kind[1] for kind in kinds_of]),
        consents=tuple(kind[2] for kind in kinds_of),
        allowed=_allowed(levels[:bases], menu, _rules(scenario, "persists")),
    )


def count_bases(scenario: Scenario, packages: tuple[tuple[int, ...], ...]) -> int:
    """Return how many bases :func:`build` would lay out; what says which package is allowed from which grows with them."""
    menu = np.asarray(packages, dtype=np.int32).reshape(len(packages), len(scenario.issues))
    left = 1 + len(_lapses(scenario, menu)[0])
    over = left if scenario.after_lapse == "open" else 1
    return left + over * bool(scenario.leavers)


def _lapses(scenario: Scenario, menu: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct levels after lapses [B - 1, issues], snapped back in the last column, and each lapse's base [2 A]."""
    if not scenario.reviewers and scenario.hidden is None:
        return np.zeros((0, menu.shape[1] + 1), int), np.zeros(2 * len(menu), int)
    stays = ~_rules(scenario, "reverts")  # what reverts is the same after every lapse, and need not be sorted
    lapsed, snapped = menu[:, stays], np.where(_rules(scenario, "persists"), menu, 0)[:, stays]
    kinds = np.concatenate([np.c_[lapsed, np.zeros(len(menu), int)], np.c_[snapped, np.ones(len(menu), int)]])
    distinct, index = np.unique(kinds, axis=0, return_inverse=True)
    unique = np.zeros((len(distinct), menu.shape[1] + 1), int)
    unique[:, np.append(stays, True)] = distinct
    return unique, index.reshape(-1) + 1


def _rules(scenario: Scenario, rule: str) -> np.ndarray:
    return np.array([issue.after_lapse == rule for issue in scenario.issues.values()])


def _snapback_consents(scenario: Scenario, packages: tuple[tuple[int, ...], ...]) -> list[tuple[str, ...]]:
    """Return who must consent to a snapback after each package, in a fixed order."""
    asked = [[set(option.snapback_consent or ()) for option in issue.options.values()] for issue in scenario.issues.values()]
    asking = [position for position, options in enumerate(asked) if any(options)]
    known = {
        codes: tuple(sorted(set().union(*(asked[position][code] for position, code in zip(asking, codes, strict=True)))))
        for codes in {tuple(package[position] for position in asking) for package in packages}
    }
    return [known[tuple(package[position] for position in asking)] for package in packages]


def _allowed(bases: np.ndarray, menu: np.ndarray, persists: np.ndarray) -> np.ndarray:
    """Return which packages each base can agree on: none that would undo what persists."""
    allowed = np.ones((len(bases), len(menu)), np.int32)
    for issue in np.flatnonzero(persists):
        allowed &= menu[:, issue] >= bases[:, issue, None]
    return allowed
