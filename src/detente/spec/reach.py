"""What names rest on, through definitions and attributes: sets as bits, so that the densest scenario is read quickly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from detente.spec.nodes import Attribute, Label


class Reach:
    """Closures of the relation "its text uses", all computed once (Tarjan 1972: circles first, then each from those below)."""

    def __init__(self, uses: Mapping[Label, frozenset[Label]]) -> None:
        self._uses = uses
        self._names: list[Label] = []
        self._number: dict[Label, int] = {}
        self._closed: dict[Label, int] = {}
        self.order: list[Label] = []
        """Labels with a text of their own, each after those it rests on."""
        self.tangled: frozenset[Label] = frozenset()
        """Those that rest on themselves."""
        for circle in _circles(uses):
            self._close(circle)

    def bits(self, labels: Iterable[Label]) -> int:
        """Return ``labels`` as bits."""
        mask = 0
        for label in labels:
            if label not in self._number:
                self._number[label] = len(self._names)
                self._names.append(label)
            mask |= 1 << self._number[label]
        return mask

    def mask(self, labels: Iterable[Label]) -> int:
        """Return ``labels`` and all they rest on, as bits; an attribute rests on its issue."""
        mask = 0
        for label in labels:
            mask |= self._closed[label] if label in self._closed else self.bits(_with_issue(label))
        return mask

    def labels(self, mask: int) -> Iterator[Label]:
        """Yield what the bits of ``mask`` stand for."""
        while mask:
            lowest = mask & -mask
            yield self._names[lowest.bit_length() - 1]
            mask ^= lowest

    def _close(self, circle: list[Label]) -> None:
        """Close the labels of one circle, all they use beyond it being closed already."""
        within = set(circle)
        below = {used for label in circle for used in self._uses[label]}
        mask = self.bits(own for label in circle for own in _with_issue(label)) | self.mask(below - within)
        self._closed |= dict.fromkeys(circle, mask)
        self.order += circle
        if len(circle) > 1 or below & within:
            self.tangled |= within


def _with_issue(label: Label) -> tuple[Label, ...]:
    return (label, label.issue) if isinstance(label, Attribute) else (label,)


def _circles(uses: Mapping[Label, frozenset[Label]]) -> Iterator[list[Label]]:
    """Yield the labels of ``uses``, those that rest on one another together, each group after all it rests on."""
    index: dict[Label, int] = {}
    low: dict[Label, int] = {}
    path: list[Label] = []
    open_: set[Label] = set()
    for root in uses:
        if root in index:
            continue
        calls = [(root, iter(uses[root]))]
        index[root] = low[root] = len(index)
        path.append(root)
        open_.add(root)
        while calls:
            here, below = calls[-1]
            used = next((label for label in below if label in uses and (label not in index or label in open_)), None)
            if used is None:
                calls.pop()
                if calls:
                    low[calls[-1][0]] = min(low[calls[-1][0]], low[here])
                if low[here] == index[here]:
                    circle = [path.pop()]
                    while circle[-1] != here:
                        circle.append(path.pop())
                    open_.difference_update(circle)
                    yield circle
            elif used in index:
                low[here] = min(low[here], index[used])
            else:
                index[used] = low[used] = len(index)
                path.append(used)
                open_.add(used)
                calls.append((used, iter(uses[used])))
