"""How far detente's belief about unseen cheating is from the one that play implies, over small games that Gambit solves.

PYTHONPATH=tests python -m belief     rewrites the table of docs/belief.md (five minutes)
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Iterator
from functools import cache
from pathlib import Path

import jax
import numpy as np

from coarse import Place, everywhere, grouped, places, reach, settle
from detente.compile import Model
from detente.export import efg
from detente.spec.read import load_text, with_values
from playing import Bench, Played
from trees import second_opinion

PAGE = Path(__file__).parents[1] / "docs" / "belief.md"
BEGIN, END = "<!-- belief:begin -->", "<!-- belief:end -->"
WATCH = """\
detente: 1
name: watch
title: One may cheat on an agreement, the other may leave it, now and then, or end it where cheating is found
calendar: {rounds: ROUNDS, after: zero}
menu: unweighted
parameters: {precision: 1, tempt: 0.3, found: 0.3, hurt: 1.5, reviews: 0.3, revises: 0.3}
players:
  watcher: {discount_factor: 1, precision: precision, talks: TALKS, reviews: reviews, principal: true}
  doer: {discount_factor: 1, precision: precision, reviews: revises, hidden_action: true, principal: true}
issues: {deal: {options: {none: {}, done: {}}}}
STOCKS
payoffs:
  watcher: {flow: in_force * (1 - hurt * cheating)}
  doer: {flow: in_force * (1 + tempt * cheating), at caught: {penalty: -0.5}}
detection: found
"""
PILE = "stocks: {pile: {start: 0, grid: [0, 1, 2, 3], drift: in_force * (0.1 + 0.3 * cheating)}}"
FAMILIES = {
    "one round": (2, "(round == 0)", ""),
    "two rounds": (3, "(round == 0)", ""),
    "three rounds": (4, "(round == 0)", ""),
    "talks in all three rounds": (3, "0.5", ""),
    "two rounds, a pile tells": (3, "(round == 0)", PILE),
}
"""Rounds, talks and stocks. Cheating makes the pile grow with probability 0.4 instead of 0.1; all see it."""
SPREAD = {
    "found": (0.0, 0.1, 0.3, 0.5),
    "tempt": (0.1, 0.3, 1.0),
    "revises": (0.0, 0.3),
    "hurt": (1.5, 3.0),
    "precision": (0.5, 1.0, 2.0, 4.0),
}
"""Detection per round, gain from cheating, the doer's reviews, what cheating costs the other, precision."""
MEASURES = ("cheat", "leave", "sign", "left")
SELDOM = 1e-6
"""Decisions that play reaches less often are left out."""
Measured = dict[tuple[str, int], float]
"""Probabilities by period: of cheating for who decides, of leaving for who reviews; of signing and of being left in all."""


def _borne(place: Place) -> list[str]:
    """Return the periods in which cheating was found and borne with."""
    return [node.words[-2] for node, action in place.path if action == "look away"]


def _signed(place: Place) -> str:
    return next((node.words[-2] for node, _ in place.path if node.words[1:2] == ("has signed",)), "")


def told_apart(place: Place) -> Hashable:
    """All a player has seen and done: the game itself."""
    return place.node.player, place.node.number


def state(place: Place) -> Hashable:
    """The public state: package, stocks, regimes, date."""
    return place.node.words


def today(place: Place) -> Hashable:
    """The public state, and whether cheating has been found in this period."""
    return place.node.words, place.node.words[-2] in _borne(place)


def exposed(place: Place) -> Hashable:
    """The public state, and whether cheating has ever been found."""
    return place.node.words, bool(_borne(place))


def public(place: Place) -> Hashable:
    """All that everybody has seen: what a grid of beliefs holds on to, refined without end."""
    return place.node.words, _signed(place), tuple(_borne(place))


BELIEFS: dict[str, Callable[[Place], Hashable]] = {
    "by public state": state,
    "and what was found today": today,
    "and whether ever found": exposed,
    "by all that is public": public,
}


@cache
def bench(rounds: int, talks: str, stocks: str) -> Bench:
    """Lay out a family of games."""
    text = WATCH.replace("ROUNDS", str(rounds)).replace("TALKS", talks).replace("STOCKS\n", f"{stocks}\n" if stocks else "")
    return Bench(load_text(text))


def spread() -> Iterator[dict[str, float]]:
    """Yield every combination of the spread."""
    for values in itertools.product(*SPREAD.values()):
        yield dict(zip(SPREAD, values, strict=True))


def tree(family: Bench, values: dict[str, float]) -> str:
    """Return a game as a tree."""
    return efg(Model.of(with_values(family.model.scenario, values)))


def measured(root: Place, play: dict[Hashable, dict[str, float]]) -> Measured:
    """Read what is compared off a tree and what is played in it, averaged over what play reaches."""
    reach(root, play)
    sums: dict[tuple[str, int], np.ndarray] = {("sign", 0): np.array([0.0, 1.0]), ("left", 0): np.array([0.0, 1.0])}
    for place in everywhere(root):
        if place.node.player < 0:
            continue
        (who, act, *_), chances = place.node.words, play[place.key]
        period = int(place.node.words[-2])
        if act == "has signed":
            sums["sign", 0][0] += place.reach
        if who == "doer" and "cheat" in chances:
            stays = place.reach * (chances["honour"] + chances["cheat"])
            _add(sums, "cheat", period, place.reach * chances["cheat"], stays)
        if who == "watcher" and act == "reviews":
            sums["left", 0][0] += place.reach * chances["leave"]
            _add(sums, "leave", period, place.reach * chances["leave"], place.reach)
    return {key: top / bottom for key, (top, bottom) in sums.items() if bottom > SELDOM}


def _add(sums: dict[tuple[str, int], np.ndarray], what: str, period: int, *parts: float) -> None:
    sums[what, period] = sums.get((what, period), np.zeros(2)) + parts


def of_engine(played: Played, root: Place) -> Measured:
    """Read the same off the engine's choices, at every decision of the tree."""
    play: dict[Hashable, dict[str, float]] = {}
    for place in everywhere(root):
        if place.node.player >= 0:
            play[place.key] = dict(zip(place.node.actions, map(float, _chances(played, place)), strict=True))
    return measured(root, play)


def _chances(played: Played, place: Place) -> list[float]:
    """Return the engine's chances of the actions of a decision."""
    who, act, *_, date, level = place.node.words
    conduct, t, point = played.solution.policy.conduct, int(date), 0 if level == "start" else int(level)
    assert conduct.cheat is not None
    assert conduct.terminate is not None
    cheat = conduct.cheat[t, 0, point, 0]
    if act == "has signed":
        return [1 - cheat, cheat]
    if act == "has found cheating":
        ends = conduct.terminate[t, 0, point, 0]
        return [ends, 1 - ends]
    if act == "reviews":
        assert conduct.leave is not None
        reviewer = played.shape.reviewers.index(("watcher", "doer").index(who))
        known = who == "watcher" and date in _borne(place)
        out = (conduct.known if known else conduct.leave)[t, reviewer, 0, point, 0]
        return [1 - out, out] if who == "watcher" else [(1 - out) * (1 - cheat), (1 - out) * cheat, out]
    return _talks(played, t, point, act)


def _talks(played: Played, t: int, point: int, act: str) -> list[float]:
    """Return the engine's chances of an offer and an acceptance of the one package."""
    precision = np.asarray(played.game.precision.value)
    gain = np.asarray(played.solution.signed)[t, :, 0, point, 0] - np.asarray(played.solution.waiting)[t, :, point, 0]
    accepts = 1 / (1 + np.exp(-precision[1] * gain[1]))
    chance = accepts if act.startswith("answers") else 1 / (1 + np.exp(-precision[0] * accepts * gain[0]))
    return [chance, 1 - chance]


def errors(family: Bench, values: dict[str, float]) -> dict[str, list[float]]:
    """Return the largest error in each measure in a game, by what is believed."""
    opinion = second_opinion(tree(family, values), values["precision"])
    root = places(opinion.root)
    grouped(root, told_apart)
    right = measured(root, opinion.chances)
    found = {"the engine's": of_engine(family(values), root)}
    for name, classes in BELIEFS.items():
        groups = grouped(root, classes)
        found[name] = measured(root, settle(root, groups, values["precision"])[0])
    return {name: [_error(right, other, what) for what in MEASURES] for name, other in found.items()}


def _error(right: Measured, other: Measured, what: str) -> float:
    return max((abs(right[key] - other[key]) for key in right.keys() & other.keys() if key[0] == what), default=0.0)


def rows(family: str) -> list[str]:
    """Return a family's rows of the table: points of probability, the largest error and the mean of each game's largest."""
    games = [errors(bench(*FAMILIES[family]), values) for values in spread()]
    lines = []
    for belief in games[0]:
        points = 100 * np.array([game[belief] for game in games])
        cells = [f"{worst:.1f} ({mean:.2f})" for worst, mean in zip(points.max(0), points.mean(0), strict=True)]
        over = f"{(points[:, :2].max(1) > 2).mean():.0%}"
        lines.append(f"| {'' if lines else family} | {belief} | " + " | ".join([*cells, over]) + " |")
    return lines


HEAD = "| after signing | belief | P(cheat) | P(leave) | P(signed) | P(left) | over 2 |\n| --- | --- " + "| ---: " * 5 + "|"


def main() -> None:
    """Rewrite the table."""
    with jax.enable_x64(True):
        made = "\n".join([HEAD, *(row for family in FAMILIES for row in rows(family))])
    text = PAGE.read_text(encoding="utf-8")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n{made}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
