"""What is fuzzed: functions of bytes that are silent unless a file does what none may."""

from __future__ import annotations

import contextlib
import math
import pickle
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from detente.errors import ScenarioError
from detente.spec import document
from detente.spec import read as reading
from detente.spec.central import Central
from detente.spec.evaluate import evaluate
from detente.spec.parse import parse
from detente.spec.places import Places
from detente.spec.read import load_text, understood
from detente.spec.rules.case import Case
from detente.spec.rules.expressions import checked
from detente.spec.rules.slots import Slot
from detente.spec.rules.units import Known
from detente.spec.scenario import Scenario
from detente.spec.scope import CIRCUMSTANCES, EVERYTHING, PARAMETERS, TERMS
from detente.spec.text import decode
from fuzz.choices import Choices
from fuzz.edits import edit, words
from fuzz.formulas import formula
from fuzz.guard import Broken, guarded
from scenarios import BASE, changed

GAMES = Path(__file__).parents[1] / "games"
SMALL = ("ultimatum", "hazards", "years", "compliance", "coarse")
BUNDLED = {name: GAMES / f"{name}.yaml" for name in ("ultimatum", "years", "hazards")}
"""What a fuzzed file can extend: small scenarios, in place of those that come with the program."""
EXTENDS = """\
detente: 1
extends: years
conditioned: false
title: The same a year on
calendar: {start: 2027-01-01, horizon: 3 years, step: 0.5}
parameters: {extra: {value: 1, low: 0, high: 2, source: judgement, controlled_by: a}}
players: {third: {discount: 0.1, may_leave: true, principal: true, talks: 1/year}}
observations: [{on: 2027-01-01, what: signal, likelihood_ratio: {extra: 2}}]
"""
MEMORY = 700e6
"""What the estimate is told this machine has [bytes]: its own allowance for libraries, and 250 MB of arrays."""
PLACES = (PARAMETERS, PARAMETERS | {"infinity"}, CIRCUMSTANCES, TERMS, EVERYTHING)
UNITS = ("", "1", "util", "util/year", "1/year", "warheads/year", "year^0.5")

RICH = changed(("talks: 1/year", "talks: 1/year, may_leave: true"), ("cut: 0.5}", "cut: 0.5, note: half}"))


def text(data: bytes) -> None:
    """The reader on a file of any bytes."""
    with _bundled():
        guarded(lambda: load_text(decode(data, "fuzz.yaml"), "fuzz.yaml"))


def tree(data: bytes) -> None:
    """The reader on an edited scenario, from where YAML has become plain data."""
    found = _edited(Choices(data))
    if found is not None:
        with _bundled():
            guarded(lambda: understood(found))


def formulas(data: bytes) -> None:
    """The parser of formulas, their checks, and the evaluation of what passes them."""
    choices = Choices(data)
    case, known, env = _bench()
    low, high, above = choices.pick(((-math.inf, math.inf, False), (0.0, math.inf, True), (0.0, 1.0, False)))
    allowed, unit = choices.pick(PLACES), choices.pick(UNITS)
    written = formula(choices, _names())
    case.meter.spent = 0

    def action() -> None:
        slot = Slot(("detection",), written, allowed, unit, low, high, above, "the value here")
        if problems := list(checked(case, slot, known)):
            raise ScenarioError(problems)
        _evaluated(case, env, written)

    guarded(action)


def estimate(data: bytes) -> None:
    """All that comes before solving, for an edited scenario that reads well: its size, and the checks of its state space."""
    from detente import run

    found = _edited(Choices(data), gentle=True)
    if found is not None:
        with _bundled(), mock.patch.object(run.runtime, "memory", return_value=int(MEMORY)):
            guarded(lambda: run.Case(understood(found)).model)


TARGETS: dict[str, Callable[[bytes], None]] = {"text": text, "tree": tree, "formula": formulas, "estimate": estimate}


def _bundled() -> Any:
    return mock.patch.object(reading, "bundled", return_value=BUNDLED)


def _edited(choices: Choices, gentle: bool = False) -> document.Document | None:
    """Return an edited template, or None where no file could hold it."""
    stored, names = choices.pick(_templates())
    data = pickle.loads(stored)
    return document.Document(data, Places("fuzz.yaml")) if edit(data, choices, names, gentle) else None


@cache
def _templates() -> tuple[tuple[bytes, list[str]], ...]:
    texts = [RICH, EXTENDS, *((GAMES / f"{name}.yaml").read_text(encoding="utf-8") for name in SMALL)]
    found = [document.load(source).data for source in texts]
    return tuple((pickle.dumps(data), words(data)) for data in found)


@cache
def _names() -> tuple[str, ...]:
    return tuple(_templates()[0][1])


@cache
def _bench() -> tuple[Case, Known, Any]:
    """Return a scenario on a small grid to read formulas in."""
    from detente.compile.environment import Environment, Frame

    scenario: Scenario = load_text(
        changed(("4 years", "1 years"), ("2027-01-20", "2026-07-01"), ("0..100 by 10", "0..100 by 50"))
    )
    case = Case(scenario)
    values = {name: quantity.value for name, quantity in scenario.quantities.items()}
    return case, Known(case), Environment(Frame(scenario), values, np)


def _evaluated(case: Case, env: Any, written: str) -> None:
    """Evaluate a formula that was found in order, as plain floats and over arrays."""
    expression = parse(written)
    value = evaluate(expression, Central(case.scenario, case.scope, dict.fromkeys(case.scope.categories, 0)))
    with np.errstate(all="ignore"):
        array = np.asarray(evaluate(expression, env, np), dtype=float)
    if not isinstance(float(value), float) or array.ndim > 4:
        raise Broken(f"{written!r} has no usable value")


def warm(name: str) -> None:
    """Import and cache what the first run of a target would, so that it counts for none."""
    with contextlib.suppress(ScenarioError):
        load_text(BASE)
        load_text(changed(("talks: rate", "talkes: rat"), ("detection: rate", "detection: rat")))
    for data in (b"", bytes(range(64))):
        with contextlib.suppress(Broken):
            TARGETS[name](data)
