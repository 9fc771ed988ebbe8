"""What a finding is."""

from __future__ import annotations

from dataclasses import dataclass, replace

from detente.words import sentences

Numbers = tuple[tuple[str, float], ...]
"""Named numbers."""


@dataclass(frozen=True)
class Finding:
    """One sentence, and what it rests on."""

    key: str
    """Which question it answers: ``deal``, ``nearest``, ``which``, ``when``, ``last``, ``why``, ``drives`` or ``menu``."""
    text: str
    """The sentence."""
    numbers: Numbers
    """Every number in the words, by the name of the variable or statistic it is."""
    basis: str
    """The variables it was read from."""
    detail: str = ""
    """What a careful reader also needs: conditions and second figures."""

    def add(self, text: str, *numbers: tuple[str, float]) -> Finding:
        """Return it with the sentence continued."""
        return replace(self, text=self.text + text, numbers=self.numbers + numbers)

    def explain(self, text: str, *numbers: tuple[str, float]) -> Finding:
        """Return it with more detail."""
        return replace(self, detail=sentences(self.detail, text), numbers=self.numbers + numbers)
