"""Rules of draws that hang together: correlations that can hold at once, conditions that can be looked at one after the other."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from detente.errors import Path, Problem
from detente.spec.central import Central
from detente.spec.dependence import Conditional, Correlation, root
from detente.spec.joint import Joint
from detente.spec.nodes import Compare, ExpressionError, Name, Number
from detente.spec.parse import parse
from detente.spec.quantity import Range
from detente.spec.rules.case import MAX_WORK, Case
from detente.spec.rules.ledger import JUDGEMENT, sources
from detente.spec.text import shown

MOST = 60
"""Most parameters that can be correlated."""
ORDER = ("<", "<=", ">", ">=")


def correlated(case: Case) -> Iterator[Problem]:
    """Check that correlations name uncertain parameters, each pair once, and that they can hold together."""
    entries = case.scenario.correlated
    joint = Joint(case.scenario)
    problems = [problem for position, entry in enumerate(entries) for problem in _correlation(case, joint, position, entry)]
    yield from problems or _twice(entries) or _possible(joint)


def _correlation(case: Case, joint: Joint, position: int, entry: Correlation) -> Iterator[Problem]:
    path: Path = ("correlated", position)
    yield from _sourced(case, path, entry)
    if len(set(entry.between)) < len(entry.between):
        yield Problem("bad-correlation", (*path, "between"), "a name stands here twice", "name each parameter once")
    for name in entry.between:
        quantity = joint.quantities.get(name)
        if quantity is None:
            yield from case.member(name, joint.quantities, "unknown-parameter", (*path, "between"), "parameter")
        elif not quantity.uncertain:
            text, hint = f"{name} has no range, so nothing can go together with it", "give it low and high, or leave it out"
            yield Problem("bad-correlation", (*path, "between"), text, hint)
        elif any(not _rising(one) for one in joint.ranges(name)):
            text = f"the values of {name} do not rise, so it has no ranks"
            yield Problem("bad-correlation", (*path, "between"), text, "list its values from the least to the most")


def _sourced(case: Case, path: Path, entry: Correlation | Conditional) -> Iterator[Problem]:
    yield from sources(case, path, entry.source)
    if not entry.source:
        what = "a correlation" if isinstance(entry, Correlation) else "a condition"
        hint = f"name a source, or {JUDGEMENT} for the authors' own estimate"
        yield Problem("no-source", path, f"{what} without a source", hint)


def _rising(one: Range) -> bool:
    return all(a < b for a, b in itertools.pairwise(one.values or ()))


def _twice(entries: tuple[Correlation, ...]) -> list[Problem]:
    """Return what is said of a pair for the second time."""
    seen: set[frozenset[str]] = set()
    found = []
    for position, entry in enumerate(entries):
        pairs = [frozenset(pair) for pair in itertools.combinations(entry.between, 2)]
        if again := [pair for pair in pairs if pair in seen]:
            text = f"{' and '.join(sorted(again[0]))} are correlated in an entry above already"
            found.append(Problem("bad-correlation", ("correlated", position, "between"), text, "say it once"))
        seen.update(pairs)
    return found


def _possible(joint: Joint) -> list[Problem]:
    """Return which correlations cannot hold at once: those among the fewest parameters for which that can be seen."""
    names = joint.names
    if len(names) > MOST:
        text = f"{len(names)} parameters are correlated; at most {MOST} can be"
        return [Problem("bad-correlation", ("correlated",), text, "leave out the weakest correlations")]
    if root(joint.matrix(names)) is not None:
        return []
    for name in joint.names:
        fewer = tuple(other for other in names if other != name)
        names = fewer if root(joint.matrix(fewer)) is None else names
    said = [f"{a} with {b} {joint.rank(a, b):g}" for a, b in itertools.combinations(names, 2)]
    silent = [f"{a} with {b}" for a, b in itertools.combinations(names, 2) if not joint.rank(a, b)]
    hint = "what is high with both of two cannot have them move apart: weaken one"
    if silent:
        hint = f"pairs that are not written have no correlation: write {shown(', '.join(silent), 200)} too, or weaken the others"
    path = ("correlated", _entry(joint, names))
    return [Problem("bad-correlation", path, f"these correlations cannot hold at once: {shown('; '.join(said), 400)}", hint)]


def _entry(joint: Joint, names: tuple[str, ...]) -> int:
    """Return the last entry about some of the parameters."""
    about = [i for i, entry in enumerate(joint.scenario.correlated) if len(set(entry.between) & set(names)) > 1]
    return about[-1]


def conditional(case: Case) -> Iterator[Problem]:
    """Check that conditions are on uncertain parameters, each said once, and lead to no circle."""
    joint = Joint(case.scenario)
    said: set[object] = set()
    for position, entry in enumerate(case.scenario.conditional):
        path: Path = ("conditional", position)
        yield from _sourced(case, path, entry)
        yield from _of(case, joint, path, entry)
        if not joint.circle:
            yield from _never(case, joint, path, entry)
        tree = _tree(entry)
        if (entry.of, tree) in said and tree is not None:
            text = f"{entry.of} has this condition already, in an entry above, which counts first"
            yield Problem("bad-condition", (*path, "when"), text, "leave out one of the two")
        said.add((entry.of, tree))
    if joint.circle:
        text = f"what is drawn first cannot be told: {shown(' -> '.join(joint.circle), 300)}"
        yield Problem("bad-condition", ("conditional",), text, "break the circle: a condition looks at what is drawn before it")
    for position, observation in enumerate(case.scenario.observations):
        for name in observation.likelihood_ratio:
            if name in joint.behind:
                text = f"the upper half of {name} depends on a condition, so words about it have no fixed meaning"
                path = ("observations", position, "likelihood_ratio", name)
                yield Problem("bad-condition", path, text, "state the ratio for a parameter of the condition")


def _of(case: Case, joint: Joint, path: Path, entry: Conditional) -> Iterator[Problem]:
    quantity = joint.quantities.get(entry.of)
    if quantity is None:
        yield from case.member(entry.of, joint.quantities, "unknown-parameter", (*path, "of"), "parameter")
    elif not quantity.uncertain:
        text = f"{entry.of} has no range of its own, for where no condition holds"
        yield Problem("bad-condition", (*path, "of"), text, f"give it low and high, or values: [{quantity.value:g}]")


def _tree(entry: Conditional) -> object:
    try:
        return parse(entry.when).tree
    except ExpressionError:
        return None


def fitting(case: Case) -> Iterator[Problem]:
    """Check that central values lie in the range that their conditions give at central values."""
    joint = Joint(case.scenario)
    if not joint.scenario.conditional or joint.circle or case.meter.spent > MAX_WORK:
        return
    settled: set[str] = set()
    for position, entry in enumerate(case.scenario.conditional):
        quantity = joint.quantities.get(entry.of)
        if quantity is None or not quantity.uncertain:
            continue
        if entry.of not in settled and Central(case.scenario, case.scope, meter=case.meter).value(entry.when) > 0:
            settled.add(entry.of)
            if not _inside(entry, quantity.value):
                text = f"at the central values this holds, and {entry.of} is {quantity.value:g}, outside the range given here"
                hint = f"change its central value to one within the range, such as {entry.value:g}, or the condition"
                yield Problem("bad-condition", ("conditional", position, "when"), text, hint)


def _inside(entry: Conditional, value: float) -> bool:
    if entry.values is not None:
        return value in entry.values
    if entry.low is None or entry.high is None:
        return value == entry.value
    return entry.low <= value <= entry.high


def _never(case: Case, joint: Joint, path: Path, entry: Conditional) -> Iterator[Problem]:
    """Report a condition on one parameter that none of its values passes, or all do, where that can be told."""
    behind, tree = joint.rests(entry), _tree(entry)
    if len(behind) != 1 or tree is None:
        return
    (name,) = behind
    if name not in joint.quantities or any(one.kind in ("normal", "lognormal") for one in joint.ranges(name)):
        return
    ranges = joint.ranges(name)
    if not (all(one.values for one in ranges) or _plain(tree, name)):
        return
    ends = [end for one in ranges for end in _ends(one)]
    passed = {At(case, name, end).value(entry.when) > 0 for end in ends}
    if len(passed) == 1:
        text = f"this {'always' if passed == {True} else 'never'} holds for what {name} can be, {min(ends):g} to {max(ends):g}"
        yield Problem("bad-condition", (*path, "when"), text, "change the number it is compared with")


class At(Central):
    """Central values, but for one parameter."""

    def __init__(self, case: Case, name: str, at: float) -> None:
        super().__init__(case.scenario, case.scope, meter=case.meter)
        self.name, self.at = name, at

    def number(self, name: str) -> float:
        """Return the value of a parameter."""
        return self.at if name == self.name else super().number(name)


def _plain(tree: object, name: str) -> bool:
    """Whether a condition is that a parameter is above or below a number, so that the ends of its range tell all."""
    if not (isinstance(tree, Compare) and tree.op in ORDER):
        return False
    sides = (tree.left, tree.right)
    return Name(name) in sides and any(isinstance(side, Number) for side in sides)


def _ends(one: Range) -> tuple[float, ...]:
    if one.values is not None:
        return one.values
    return (one.value,) if one.low is None or one.high is None else (one.low, one.high)
