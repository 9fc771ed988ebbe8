"""A few large things kept at hand, the one used longest ago given up first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Made = TypeVar("Made")


class Few(Generic[Made]):
    """At most so many things, each made once; who wants one that is being made waits for it, and nobody else does."""

    def __init__(self, most: int) -> None:
        """Keep at most ``most``."""
        self.most, self.kept, self.lock = most, OrderedDict[Hashable, Made](), threading.Lock()
        self.gates: dict[Hashable, threading.Lock] = {}

    def once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """Return what was made under a key, making it where it is not at hand."""
        with self.lock:
            gate = self.gates.setdefault(key, threading.Lock())
        with gate:
            with self.lock:
                if key in self.kept:
                    self.kept.move_to_end(key)
                    return self.kept[key]
            made = make()
            with self.lock:
                self.kept[key] = made
                while len(self.kept) > self.most:
                    self.gates.pop(self.kept.popitem(last=False)[0], None)
            return made
