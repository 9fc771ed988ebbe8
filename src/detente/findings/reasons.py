"""Why each side accepts or refuses, and which uncertain numbers the answer follows."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from detente.findings import statistics as stat
from detente.findings.finding import Finding
from detente.findings.numbers import listed, utils
from detente.findings.phrases import say
from detente.findings.reading import Reading
from detente.words import semicolons

FEWEST = 16
"""Below this number of draws, nothing is said about what drives the answer."""


def closest(reading: Reading) -> str:
    """The package that all needed would most likely accept today."""
    together = reading.ds.p_accept.where(reading.ds.needs, 1.0).prod("consenter")
    return reading.packages[int(together.values.argmax())]


def explained(reading: Reading) -> str | None:
    """The package whose gains are decomposed: the likeliest; where none is ever signed, the one that comes nearest."""
    if not reading.has("gain_term"):
        return None
    leading = [str(name) for name in reading.ds.leading.values]
    wanted = reading.ranked if stat.possible(reading) else (closest(reading), *reading.ranked)
    return next((name for name in wanted if name in leading), None)


def known_as(reading: Reading, package: str) -> str:
    """A package as one refers to it after the verdict has named it."""
    if stat.possible(reading):
        return say("why.likeliest") if package == reading.ranked[0] else say("why.other", package=reading.package(package))
    return say("why.nearest") if package == closest(reading) else say("why.other", package=reading.package(package))


def terms(reading: Reading, player: str, package: str) -> list[tuple[str, float]]:
    """A player's gain from a package by named term [utils], the largest first; terms it does not have are left out."""
    row = reading.ds.gain_term.sel(player=player, leading=package)
    pairs = [(str(t), float(v)) for t, v in zip(row.term.values, row.values, strict=True) if np.isfinite(v) and abs(v) > 1e-9]
    return sorted(pairs, key=lambda pair: -abs(pair[1]))


def why(reading: Reading) -> Finding | None:
    """The biggest terms for and against, for each principal."""
    package = explained(reading)
    if package is None:
        return None
    sides, numbers = [], []
    for player in reading.principals:
        gain = reading.estimate(stat.gain(player, package))
        largest = terms(reading, player, package)
        numbers += [(f"gain[{player}]", gain.value), *((f"gain_term[{player}, {t}]", v) for t, v in largest)]
        sides.append(_side(reading, player, gain.value, largest))
    text = say("why", package=known_as(reading, package), sides=semicolons(sides))
    finding = Finding("why", text, tuple(numbers), "gain, gain_term", say("why.util"))
    gains = reading.ds.gain.sel(package=package)
    losers = [reading.who(player) for player in reading.principals if float(gains.sel(player=player)) < 0]
    return finding.explain(say("why.later", who=listed(losers))) if losers and stat.possible(reading) else finding


def _side(reading: Reading, player: str, gain: float, largest: list[tuple[str, float]]) -> str:
    def spoken(sign: int) -> str:
        chosen = [say("term.utils", term=reading.term(player, t), utils=utils(v)) for t, v in largest if sign * v > 0.005][:2]
        return listed(chosen) if chosen else say("why.nothing")

    key = "why.side" if gain >= 0 else "why.side.loses"
    return say(key, who=reading.who(player), gain=f"{abs(gain):.2f}", pros=spoken(1), cons=spoken(-1))


def drives(reading: Reading) -> Finding | None:
    """Which uncertain numbers the probability of an agreement follows, where the draws are enough to tell."""
    ranks = correlations(reading)
    if not ranks:
        return None
    limit = chance_limit(reading.count, len(ranks))
    strong = [(name, rho) for name, rho in ranks if abs(rho) > limit][:3]
    numbers = tuple((f"rank correlation[{name}]", rho) for name, rho in (strong or ranks[:1]))
    if strong:
        text = say("drives", draws=reading.count, drivers=listed([_driver(reading, name, rho) for name, rho in strong]))
    else:
        text = say("drives.none", draws=reading.count, label=label(reading, ranks[0][0]), rho=utils(ranks[0][1]))
    detail = say("drives.detail", draws=reading.count, numbers=len(ranks), threshold=f"{limit:.2f}")
    return Finding("drives", text, numbers, "draws: p_signed_by, parameter_value", detail)


def chance_limit(draws: int, parameters: int) -> float:
    """Largest rank correlation that chance makes in 95 of 100 ensembles (normal approximation, Bonferroni)."""
    return NormalDist().inv_cdf(1 - 0.025 / parameters) / float(np.sqrt(draws - 1))


def _driver(reading: Reading, name: str, rho: float) -> str:
    return say("drives.one", label=label(reading, name), direction=say("drives.up" if rho > 0 else "drives.down"), rho=utils(rho))


def label(reading: Reading, parameter: str) -> str:
    """A parameter in words."""
    return reading.parameter(parameter)


def correlations(reading: Reading) -> list[tuple[str, float]]:
    """Rank correlation over the draws of each uncertain parameter with P(an agreement), the strongest first."""
    if reading.draws is None or reading.count < FEWEST or not {"parameter_value", "p_signed_by"} <= set(reading.draws.data_vars):
        return []
    outcome = _ranks(stat.signed_ever(reading.draws).values)
    found = []
    for i, name in enumerate(reading.draws.parameter.values):
        values = _ranks(reading.draws.parameter_value.transpose("draw", "parameter").values[:, i])
        if values.std() > 0 and outcome.std() > 0:
            found.append((str(name), float(np.corrcoef(values, outcome)[0, 1])))
    return sorted(found, key=lambda pair: -abs(pair[1]))


def _ranks(values: np.ndarray) -> np.ndarray:
    """Ranks, equal values sharing theirs."""
    _, where, count = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(count)
    return np.asarray((ends - (count - 1) / 2)[where], dtype=float)
