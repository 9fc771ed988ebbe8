"""Rules of evidence: where numbers come from, other readings of them, and what has been seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from detente.errors import Path, Problem
from detente.spec.quantity import Quantity, Table
from detente.spec.rules.case import Case
from detente.spec.rules.circumstances import when
from detente.spec.scenario import Observation, Scenario

JUDGEMENT = "judgement"
"""The source every scenario has: its authors' own estimate."""


def ledger(case: Case) -> Iterator[Problem]:
    """Check sources, contested numbers, variants and observations."""
    for name, entry in case.scenario.parameters.items():
        yield from _parameter(case, ("parameters", name), entry)
    for name, variant in case.scenario.variants.items():
        yield from sources(case, ("variants", name), variant.source)
        for key in variant.set:
            yield from case.member(
                key, case.scenario.quantities, "unknown-parameter", ("variants", name, "set", key), "parameter"
            )
    for position, observation in enumerate(case.scenario.observations):
        yield from _observation(case, ("observations", position), observation)


def _parameter(case: Case, path: Path, entry: Quantity | Table) -> Iterator[Problem]:
    yield from sources(case, path, entry.source)
    yield from _players(case, path, entry)
    quantities = [entry] if isinstance(entry, Quantity) else list(entry.cases.values())
    if isinstance(entry, Table):
        for key, quantity in entry.cases.items():
            yield from sources(case, (*path, "cases", key), quantity.source)
            yield from _players(case, (*path, "cases", key), quantity)
    if any(q.uncertain and not (q.source or entry.source) for q in quantities):
        yield Problem(
            "no-source", path, "a range without a source", f"name a source, or {JUDGEMENT} for the authors' own estimate"
        )
    if entry.contested and not any(len(q.readings) >= 2 for q in quantities):
        yield Problem(
            "no-readings", path, "a contested number with fewer than two readings", "readings: {one side says: 1, the other: 2}"
        )


def sources(case: Case, path: Path, named: Iterable[str]) -> Iterator[Problem]:
    """Report names that are not in the ledger."""
    known = {*case.scenario.sources, JUDGEMENT}
    for position, name in enumerate(named):
        yield from case.member(name, known, "unknown-source", (*path, "source", position), "source")


def _players(case: Case, path: Path, entry: Quantity | Table) -> Iterator[Problem]:
    for key, named in (("controlled_by", entry.controlled_by), ("known_to", entry.known_to)):
        for position, name in enumerate(named):
            yield from case.member(name, case.scenario.players, "unknown-player", (*path, key, position), "player")


def _observation(case: Case, path: Path, seen: Observation) -> Iterator[Problem]:
    yield from sources(case, path, seen.source)
    yield from when(case, seen.on, (*path, "on"))
    if seen.until is not None:
        yield from when(case, seen.until, (*path, "until"))
        if type(seen.until) is type(seen.on) and seen.until < seen.on:  # type: ignore[operator]
            yield Problem(
                "date-out-of-range", (*path, "until"), f"{seen.until} is before {seen.on}", "a span ends after it begins"
            )
    if seen.what == "no_deal" and seen.until is None:
        yield Problem("missing-key", path, "'until' is missing", "until when was there no deal?")
    if seen.by is not None:
        yield from case.member(seen.by, case.voters, "unknown-player", (*path, "by"), "player or body")
    yield from _possible(case, path, seen)
    yield from _state(case, path, seen)
    for name, ratio in seen.likelihood_ratio.items():
        place = (*path, "likelihood_ratio", name)
        yield from case.member(name, case.scenario.quantities, "unknown-parameter", place, "parameter")
        if ratio <= 0:
            yield Problem("out-of-range", place, f"a likelihood ratio cannot be {ratio:g}", "it must be above 0; 1 says nothing")


def _possible(case: Case, path: Path, seen: Observation) -> Iterator[Problem]:
    """Check that whoever did it can do it in this game."""
    scenario = case.scenario
    if seen.what in ("refusal", "overture") and seen.by is None:
        yield Problem("missing-key", path, "'by' is missing", "who refused?" if seen.what == "refusal" else "who proposed?")
    if seen.by is None or seen.by not in case.voters or seen.what not in ACTS:
        return
    said, able = ACTS[seen.what]
    if seen.by not in able(scenario):
        there = ", ".join(able(scenario)) or "nobody"
        yield Problem("cannot-happen", (*path, "by"), f"{seen.by} never {said} in this scenario", f"here {there} can")


def _state(case: Case, path: Path, seen: Observation) -> Iterator[Problem]:
    """Check the states a fact names."""
    if seen.what == "state" and not seen.state:
        yield Problem("missing-key", path, "'state' is missing", "state: {regime: state}")
    for name, state in seen.state.items():
        place = (*path, "state", name)
        yield from case.member(name, case.scenario.regimes, "unknown-category", place, "regime")
        if name in case.scenario.regimes:
            yield from case.member(state, case.scenario.regimes[name].states, "unknown-state", place, "state")


def _asked(scenario: Scenario) -> tuple[str, ...]:
    """Return whose consent some package needs."""
    options = [option for issue in scenario.issues.values() for option in issue.options.values()]
    asked = {*scenario.principals, *scenario.needs, *(name for option in options for name in option.consent)}
    return tuple(name for name in (*scenario.players, *scenario.bodies) if name in asked)


ACTS = {
    "refusal": ("is asked for its consent", _asked),
    "overture": ("proposes", lambda scenario: scenario.proposers),
    "signed": ("proposes", lambda scenario: scenario.proposers),
    "lapse": ("reviews an agreement", lambda scenario: scenario.reviewers),
}
"""What each kind of fact says that somebody did, and who can."""
