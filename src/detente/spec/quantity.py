"""Quantities: the only place a number enters a scenario.

A quantity is a central value with an optional range, the shape of that range, a unit, sources and a note. Everything an
answer rests on is one, so that it can be varied, differentiated, attributed and audited.
"""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Shape = Literal["uniform", "triangular", "normal", "lognormal", "loguniform", "discrete"]


def _text(value: Any) -> Any:
    return {"en": value} if isinstance(value, str) else value


Text = Annotated[dict[str, str], BeforeValidator(_text)]
"""Words for people, by language code; a bare string is English."""


def say(text: dict[str, str] | None, language: str = "en", default: str = "") -> str:
    """Return the words in ``language``, falling back to English, then to any, then to ``default``."""
    if not text:
        return default
    return text.get(language) or text.get("en") or next(iter(text.values()))


class Strict(BaseModel):
    """Base of every scenario object: frozen, and an unknown key is an error, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=True)


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]
"""One name or a list of names."""


class Quantity(Strict):
    """A number with everything a reader needs to trust it or to change it."""

    value: float
    """Central value, in ``unit``. ``.inf`` is allowed for a precision only."""
    low: float | None = None
    """Lower end: the hard limit for uniform, triangular and loguniform, the 5 % point for normal and lognormal."""
    high: float | None = None
    """Upper end: the hard limit, or the 95 % point, as for ``low``."""
    shape: Shape | None = None
    """Shape of the range; uniform when only ``low`` and ``high`` are given, discrete when ``values`` are."""
    values: tuple[float, ...] | None = None
    """The possible values of a discrete quantity."""
    weights: tuple[float, ...] | None = None
    """Weights of ``values`` (default: equal)."""
    unit: str = ""
    """Unit as words and powers, e.g. ``1/year``, ``warheads/year``, ``$bn/year``, ``util``; empty: a pure number."""
    source: Names = ()
    """Identifiers in the scenario's ``sources`` ledger; ``judgement`` marks the authors' own estimate."""
    note: str = ""
    """Why this value; what is uncertain about it."""
    contested: bool = False
    """True where informed people disagree; then ``readings`` holds what each side says."""
    readings: dict[str, float] = Field(default_factory=dict)
    """For a contested quantity: each reading in words, with its value."""
    label: Text | None = None
    """What the number is, for people."""
    group: str = ""
    """Group for attribution, e.g. ``war``, ``patrons``, ``arsenal``, ``domestic``."""

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, data: Any) -> Any:
        """A bare number stands for ``{value: number}``."""
        return {"value": data} if isinstance(data, int | float) and not isinstance(data, bool) else data

    @model_validator(mode="after")
    def _consistent(self) -> Quantity:
        if math.isnan(self.value):
            raise ValueError("the value is not a number")
        if (self.low is None) != (self.high is None):
            raise ValueError("a range needs both low and high")
        if self.low is not None and self.high is not None:
            if not (math.isfinite(self.low) and math.isfinite(self.high)):
                raise ValueError("low and high must be finite")
            if not self.low <= self.value <= self.high:
                raise ValueError(f"the value {self.value:g} lies outside its own range {self.low:g} to {self.high:g}")
            if self.kind in ("lognormal", "loguniform") and self.low <= 0:
                raise ValueError(f"a {self.kind} range must lie above zero")
        if self.shape == "discrete" and not self.values:
            raise ValueError("a discrete quantity needs its values")
        if self.values is not None and self.low is not None:
            raise ValueError("give either values or a range, not both")
        if self.values is not None and len(self.values) == 0:
            raise ValueError("values is empty")
        if self.weights is not None:
            if self.values is None or len(self.weights) != len(self.values):
                raise ValueError("weights must be as many as values")
            if not all(math.isfinite(w) and w >= 0 for w in self.weights) or sum(self.weights) <= 0:
                raise ValueError("weights must be finite, not negative, and not all zero")
        if self.shape not in (None, "discrete") and self.low is None:
            raise ValueError(f"a {self.shape} range needs low and high")
        return self

    @property
    def kind(self) -> str:
        """The shape in force: ``fixed`` when the quantity has no range."""
        if self.values is not None:
            return "discrete"
        if self.low is None or self.low == self.high:
            return "fixed"
        return self.shape or "uniform"

    @property
    def uncertain(self) -> bool:
        """Whether draws of this quantity differ."""
        return self.kind != "fixed"


class Table(Strict):
    """One quantity per state of a regime or per option of an issue, read as ``name[regime]`` in expressions."""

    by: str
    """The regime or issue whose states or options index the table."""
    cases: dict[str, Quantity]
    """A quantity for every state or option."""
    unit: str = ""
    """Unit of every case that does not give its own."""
    source: Names = ()
    """Sources of every case that does not give its own."""
    note: str = ""
    """Why these values."""
    label: Text | None = None
    """What the numbers are, for people."""
    group: str = ""
    """Group for attribution."""
    contested: bool = False
    """True where informed people disagree about the table as a whole."""

    def flatten(self, name: str) -> dict[str, Quantity]:
        """Return the cases as quantities named ``name[case]``, with what they inherit filled in."""
        out = {}
        for case, quantity in self.cases.items():
            label = {lang: f"{words} ({case})" for lang, words in (self.label or {"en": name}).items()}
            inherited = {
                "unit": quantity.unit or self.unit,
                "source": quantity.source or self.source,
                "note": quantity.note or self.note,
                "group": quantity.group or self.group,
                "contested": quantity.contested or self.contested,
                "label": quantity.label or label,
            }
            out[f"{name}[{case}]"] = quantity.model_copy(update=inherited)
        return out
