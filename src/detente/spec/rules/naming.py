"""Rules of names: what may be one, and that one name means one thing."""

from __future__ import annotations

import keyword
import unicodedata
from collections.abc import Iterable, Iterator

from detente.errors import Path, Problem
from detente.spec.nodes import FLAGS
from detente.spec.rules.case import Case
from detente.spec.scope import RESERVED

MAX_NAME = 60


def naming(case: Case) -> Iterator[Problem]:
    """Check every name."""
    for path, name in _in_expressions(case):
        if not _usable(name):
            hint = "letters, digits and _, not beginning with a digit"
            if keyword.iskeyword(name):
                hint = f"it is a word of the grammar; write {name}_, or another name"
            yield Problem("bad-name", path, f"{name[:60]!r} cannot be a name", hint)
    for path, name in _for_people(case):
        if not name.strip() or len(name) > MAX_NAME or not name.isprintable() or set(name) & set("/=[]"):
            yield Problem("bad-name", path, f"{name[:60]!r} cannot be a name", f"at most {MAX_NAME} characters, without / = [ ]")
    yield from _clashes(case)


def _usable(name: str) -> bool:
    plain = name.isidentifier() and unicodedata.normalize("NFKC", name) == name and len(name) <= MAX_NAME
    return plain and not keyword.iskeyword(name) and name not in ("inf", "nan")


def _in_expressions(case: Case) -> Iterator[tuple[Path, str]]:
    """Yield the names that expressions can use, states, options and attributes included."""
    scenario = case.scenario
    for section in ("parameters", "definitions", "issues", "regimes", "stocks"):
        yield from (((section, name), name) for name in getattr(scenario, section))
    for issue, entry in scenario.issues.items():
        for option, content in entry.options.items():
            path = ("issues", issue, "options", option)
            yield path, option
            yield from (((*path, attribute), attribute) for attribute in content.attributes)
    for regime, chain in scenario.regimes.items():
        yield from ((("regimes", regime, "states", state), state) for state in chain.states)


def _for_people(case: Case) -> Iterator[tuple[Path, str]]:
    scenario = case.scenario
    for section in ("players", "bodies", "sources", "indicators", "variants"):
        yield from (((section, name), name) for name in getattr(scenario, section))
    for player, payoff in scenario.payoffs.items():
        yield from ((("payoffs", player, name), name) for name in payoff.flows)
        for event, terms in payoff.events.items():
            yield from ((("payoffs", player, f"at {event}", name), name) for name in terms)


def _clashes(case: Case) -> Iterator[Problem]:
    """Report names that would mean two things, in expressions or where people and bodies are named."""
    scenario = case.scenario
    yield from _twice(case, ("parameters", "definitions", "issues", "regimes", "stocks"))
    yield from _twice(case, ("players", "bodies"))
    for section in ("parameters", "definitions", "issues", "regimes", "stocks"):
        for name in getattr(scenario, section):
            if name in RESERVED:
                what = "flag of the agreement" if name in FLAGS else "word of the language"
                yield Problem("reserved-name", (section, name), f"{name} is a {what}", "choose another name")


def _twice(case: Case, sections: Iterable[str]) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for section in sections:
        for name in getattr(case.scenario, section):
            if name in first:
                text = f"{name} is also the name of one of the {first[name]}"
                yield Problem("name-clash", (section, name), text, "choose another name for one of them")
            first.setdefault(name, section)
