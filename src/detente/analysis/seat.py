"""A seat at the table: whose it is, what it knows, and what offers gain it in draws of what is uncertain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from detente import ensemble, runtime
from detente.analysis.moment import period
from detente.coarse import coarser
from detente.compile import Model
from detente.errors import Problem, ScenarioError, SolveError
from detente.run import Case, told
from detente.spec.parse import parse
from detente.spec.rules.slots import slots
from detente.spec.scenario import Scenario
from detente.spec.scope import Scope, nearest
from detente.spec.text import shown

Progress = Callable[[str, int, int], None]


def seated(case: Case, player: str) -> int:
    """Return a player's place.

    Raises:
        ScenarioError: ``unknown-player``.
    """
    players = list(case.scenario.players)
    if player not in players:
        hint = nearest(player, players) or f"players: {', '.join(players)}"
        raise ScenarioError([Problem("unknown-player", (), f"there is no player {shown(player)!r}", hint)], case.scenario.name)
    return players.index(player)


@dataclass(frozen=True, eq=False)
class Sample:
    """Draws of the uncertain parameters that could be solved, as one seat sees them."""

    place: np.ndarray
    """Which draws they are, of all [N]."""
    inputs: dict[str, np.ndarray]
    """Every parameter's values [N]."""
    raw: dict[str, np.ndarray]
    """Outcomes (see :func:`detente.ensemble.run`), draws leading."""
    seat: int
    proposers: tuple[int, ...]

    @property
    def gain(self) -> np.ndarray:
        """What the player gains from each package signed on the date over going on without it [N, A] [utils]."""
        return np.asarray(self.raw["gain"][:, self.seat])

    @property
    def passes(self) -> np.ndarray:
        """Probability that all others needed accept each package the player offers [N, A]."""
        return np.asarray(self.raw["passes"][:, self.proposers.index(self.seat)])

    @property
    def offered(self) -> np.ndarray:
        """Expected gain of offering each package [N, A] [utils]."""
        return np.asarray(self.passes * self.gain)

    @property
    def accepted(self) -> np.ndarray:
        """Expected gain of a yes to each package, should others offer it next, over a no [N, A] [utils]."""
        return np.asarray(self.raw["decides"] * self.gain)


def sampled(
    case: Case,
    player: int,
    on: str | None,
    draws: int,
    seed: int,
    tell: Progress,
    held: tuple[str, ...] = (),
    answers: bool = True,
) -> Sample:
    """Solve draws of the uncertain parameters on the coarser calendar and grid.

    Args:
        case: The scenario.
        player: The player's place.
        on: The date at which gains, acceptance and offers are read.
        draws: How many.
        seed: Seed of the draws.
        tell: Told (stage, done, total).
        held: Parameters that stay at their central values.
        answers: Whether to say what the player's answers to offers decide (``accepted``).

    Raises:
        SolveError: every draw failed.
    """
    coarse = Model.of(coarser(case.scenario))
    now = 0 if on is None else period(coarse.scenario.calendar, on)
    columns = case.planned(draws, seed, tell)
    columns |= {name: np.full(draws, case.scenario.quantities[name].value) for name in held}
    if held or answers:
        raw = ensemble.run(coarse, columns, memory=runtime.memory() / 4, progress=tell, single=True, on=now, seat=player)
    else:
        raw = dict(case.outcomes(draws, seed, now, tell))
    good = raw["status"] == 0
    if not good.any():
        raise SolveError(f"every draw failed: {told(int(np.bitwise_or.reduce(raw['status'])))}")
    names = list(case.scenario.players)
    proposers = tuple(names.index(name) for name in case.scenario.proposers)
    kept = {name: array[good] for name, array in raw.items()}
    return Sample(np.flatnonzero(good), {name: column[good] for name, column in columns.items()}, kept, player, proposers)


def known(scenario: Scenario, player: str) -> tuple[str, ...]:
    """Return the uncertain parameters that are no question for a player, in their order.

    Those are the numbers it controls, those said to be known to it, and its own tastes: its patience and its precision, and
    what only its own payoffs are measured by, in utils. Numbers that no decision rests on are nobody's question either.
    """
    scope = Scope.of(scenario)
    used, patience = {True: 0, False: 0}, {True: 0, False: 0}
    for slot in slots(scenario):
        if slot.path[0] in ("definitions", "indicators") or "attributes" in slot.path:
            continue  # counted where they are used
        mine, names = slot.path[:2] in (("players", player), ("payoffs", player)), scope.used(parse(slot.text))
        used[mine] |= names
        patience[mine] |= names if slot.path[-1] in ("discount", "discount_factor", "precision") else 0
    masks = (used[True] & ~used[False], patience[True] & ~patience[False], used[True] | used[False])
    own, tastes, any_ = (set(scope.reach.labels(mask)) for mask in masks)

    def no_question(name: str) -> bool:
        quantity, base = scenario.quantities[name], name.split("[")[0]
        if player in (*quantity.controlled_by, *quantity.known_to):
            return True
        return base in tastes or (base in own and "util" in quantity.unit) or base not in any_

    return tuple(name for name, quantity in scenario.quantities.items() if quantity.uncertain and no_question(name))
