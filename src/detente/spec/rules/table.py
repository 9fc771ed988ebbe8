"""Rules of what is bargained over: options, their attributes, and the menu they make."""

from __future__ import annotations

from collections.abc import Iterator

from detente.errors import Problem, ScenarioError
from detente.spec.menu import MAX_PACKAGES, combinations, packages, too_many
from detente.spec.nodes import Attribute, ExpressionError, walk
from detente.spec.parse import parse
from detente.spec.rules.case import Case
from detente.spec.rules.slots import slots
from detente.spec.scenario import Option
from detente.spec.scope import nearest


def table(case: Case) -> Iterator[Problem]:
    """Check attributes, and that there is a menu."""
    yield from _attributes(case)
    if combinations(case.scenario) > MAX_PACKAGES:
        yield too_many(case.scenario)
    elif not case.unknowable and case.shallow:
        yield from menu(case)


def menu(case: Case) -> Iterator[Problem]:
    """Check that exclusions can be read, and leave something."""
    try:
        found = packages(case.scenario, case.scope)
    except ScenarioError as error:
        yield from error.problems
        return
    if not found:
        excluded = "exclude leaves no package" if case.scenario.exclude else "the status quo is the only package"
        yield Problem(
            "empty-menu", ("exclude",) if case.scenario.exclude else ("issues",), excluded, "leave something to agree on"
        )


def _attributes(case: Case) -> Iterator[Problem]:
    """Report attributes that no expression reads: most are misspelt keys."""
    read = _read(case)
    own = [key for key in Option.model_fields if key != "attributes"]
    for issue, entry in case.scenario.issues.items() if read is not None else ():
        used = {attribute for name, attribute in read or () if name == issue}
        if not used <= case.scope.attributes[issue]:
            continue  # the misspelling is on the other side, and reported there
        places = {key: option for option, content in reversed(entry.options.items()) for key in content.attributes}
        for attribute in sorted(places.keys() - used):
            path = ("issues", issue, "options", places[attribute], "attributes", attribute)
            yield Problem("unused-attribute", path, f"no expression reads {issue}.{attribute}", nearest(attribute, {*used, *own}))


def _read(case: Case) -> set[tuple[str, str]] | None:
    """Return the attributes that expressions read; None where some expression cannot be read itself."""
    if case.broken:
        return None
    found = set()
    for text in {slot.text for slot in slots(case.scenario)}:
        try:
            found |= {(node.issue, node.attribute) for node in walk(parse(text).tree) if isinstance(node, Attribute)}
        except ExpressionError:
            return None
    return found
