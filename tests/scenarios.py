"""A small scenario that uses every part of the language, to be changed by tests."""

from __future__ import annotations

from detente.errors import Problem, ScenarioError
from detente.spec.read import load_text

BASE = """\
detente: 1
name: base
title: Everything once
calendar: {start: 2026-01-01, horizon: 4 years, step: 0.5}
sources: {paper: {cite: A paper}}
parameters:
  rate: {value: 0.4, low: 0.1, high: 0.9, unit: 1/year, source: paper}
  worth: {value: 2, unit: util/year}
  start: {value: 50, unit: warheads}
  pace: {value: 5, unit: warheads/year}
  chance: {value: 0.3, low: 0.1, high: 0.5, source: judgement}
  cost: {by: office, unit: util, source: paper, cases: {dove: 2, hawk: {value: 1, low: 0, high: 3}}}
  view: {value: 1, contested: true, readings: {one: 0, other: 2}, unit: util}
  precision: {value: 2, values: [1, 2, 4], source: paper, unit: 1/util}
definitions:
  left: 1 - arms.cut * (1 - 0.5 * cheating)
  danger: {value: worth * left, unit: util/year}
players:
  us: {discount: 0.1/year, precision: precision, talks: rate, reviews: 1/year}
  them: {discount: 0.1/year, precision: .inf, talks: 1/year, reviews: 1/year, hidden_action: true}
  elected: {discount: 0.1/year}
bodies:
  council: {quota: 6, seats: [{player: us, veto: true}, {player: elected, count: 6}]}
needs: council
issues:
  arms:
    after_lapse: persists
    options: {keep: {cut: 0}, half: {cut: 0.5}, give: {cut: 1, consent: elected}}
  relief:
    after_lapse: snapback
    options: {none: {money: 0}, full: {money: 1, snapback_consent: [council], weight: 0.5}}
exclude: arms == keep and relief == full
regimes:
  war:
    states: [fighting, over]
    start: {fighting: 1 - chance, over: chance}
    moves: {fighting -> over: rate, over -> fighting: 0.1}
  office:
    states: {dove: a dove, hawk: a hawk}
    start: dove
    switches: [{on: 2027-01-20, from: dove, to: {dove: 0.5, hawk: 0.5}}]
stocks:
  warheads: {start: start, unit: warheads, grid: 0..100 by 10, drift: pace * left, diffusion: 0}
payoffs:
  us:
    threat: -danger * (war == fighting)
    at exit: {blame: "-cost[office]"}
  them:
    money: worth * relief.money * log(1 + warheads / start)
    at sign: {pride: -view}
detection: rate
indicators: {arsenal: {value: warheads, unit: warheads}}
variants: {grim: {set: {rate: 0.1, "cost[hawk]": 4}}}
observations:
  - {on: 2026-02-01, what: refusal, by: us, source: paper}
  - {on: 2026-02-01, until: 2026-06-01, what: no_deal}
  - {on: 2026-03-01, what: signal, by: council, likelihood_ratio: {rate: 1.5}}
"""


def changed(*edits: tuple[str, str]) -> str:
    """Return BASE with each first text, which must stand there, replaced by the second."""
    text = BASE
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def problems(text: str) -> list[Problem]:
    """Return the problems of a scenario text; an empty list when it is in order."""
    try:
        load_text(text, "test.yaml")
    except ScenarioError as error:
        return list(error.problems)
    return []
