"""Rules of units: every stated unit can be read, and none contradicts another."""

from __future__ import annotations

from collections.abc import Iterator

from detente.errors import Path, Problem
from detente.spec.nodes import Expression, ExpressionError
from detente.spec.parse import parse
from detente.spec.quantity import Table
from detente.spec.rules.case import Case
from detente.spec.rules.slots import Slot
from detente.spec.units import Inference, Unit


def stated(case: Case) -> Iterator[Problem]:
    """Report units that cannot be read, and terms whose unit is not that of utility."""
    scenario = case.scenario
    entries: list[tuple[Path, str]] = []
    for name, entry in scenario.parameters.items():
        entries.append((("parameters", name), entry.unit))
        if isinstance(entry, Table):
            entries += [(("parameters", name, "cases", key), quantity.unit) for key, quantity in entry.cases.items()]
    for section in ("definitions", "stocks", "indicators"):
        entries += [((section, name), entry.unit) for name, entry in getattr(scenario, section).items()]
    for path, unit in entries:
        if unit and Unit.parse(unit) is None:
            yield Problem(
                "bad-unit", (*path, "unit"), f"{unit[:60]!r} is not a unit", "words and powers: 1/year, $bn/year, warheads, m^2"
            )
    for player, payoff in scenario.payoffs.items():
        for event, terms in (("", payoff.flows), *((f"at {event}", terms) for event, terms in payoff.events.items())):
            for name, term in terms.items():
                wanted = "util" if event or scenario.calendar.clock == "rounds" else "util/year"
                if term.unit and Unit.parse(term.unit) != Unit.parse(wanted):
                    path = tuple(part for part in ("payoffs", player, event, name, "unit") if part)
                    yield Problem("unit-mismatch", path, f"a payoff is not counted in {term.unit[:60]}", f"its unit is {wanted}")


class Known:
    """Units of names; a definition's is the stated one, or else what its expression says."""

    def __init__(self, case: Case) -> None:
        self._scenario = case.scenario
        self._found = {name: Unit.parse(d.unit) for name, d in case.scenario.definitions.items() if name in case.tangled}

    def __call__(self, name: str) -> Unit | None:
        """Return the unit of ``name``; None where it may be any."""
        if name not in self._found:
            self._found[name] = None
            self._found[name] = self._unit(name)
        return self._found[name]

    def _unit(self, name: str) -> Unit | None:
        scenario = self._scenario
        if name in ("year", "round"):
            return Unit.parse(name)
        if name in scenario.parameters:
            return _quantity(scenario.parameters[name])
        if name in scenario.stocks:
            return Unit.parse(scenario.stocks[name].unit)
        definition = scenario.definitions.get(name)
        if definition is None:
            return None
        return Unit.parse(definition.unit) or self._inferred(definition.value)

    def _inferred(self, text: str) -> Unit | None:
        try:
            return Inference(self).unit(parse(text))
        except ExpressionError:
            return None


def _quantity(entry: object) -> Unit | None:
    """Return a parameter's unit; a table's, or the one all its cases state."""
    stated = getattr(entry, "unit", "")
    if not stated and isinstance(entry, Table):
        cases = {quantity.unit for quantity in entry.cases.values()}
        stated = cases.pop() if len(cases) == 1 else ""
    return Unit.parse(stated)


def fitting(slot: Slot, expression: Expression, known: Known) -> Iterator[Problem]:
    """Check the units within an expression, and its own against what its place asks for."""
    inference = Inference(known)
    unit = inference.unit(expression)
    for text, hint in dict.fromkeys(inference.clashes):
        yield Problem("unit-mismatch", slot.path, text, hint)
    wanted = Unit.parse(slot.unit)
    if not inference.clashes and None not in (unit, wanted) and unit != wanted:
        yield Problem("unit-mismatch", slot.path, f"the unit is {unit}", f"here it must be {wanted}")
