"""Quantities: the only place a number enters a scenario.

A quantity is a central value with an optional range, the shape of that range, a unit, sources and a note. Everything an
answer rests on is one, so that it can be varied, differentiated, attributed and audited.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictStr, model_validator
from pydantic_core import PydanticCustomError

_PER = re.compile(r"^\s*([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)\s*(?:/\s*(?:year|round)\s*)?$")
CASE, CASES = "{} ({})", {"zh": "{}（{}）"}
"""How a case of a table is called, by language."""
Shape = Literal["uniform", "triangular", "normal", "lognormal", "loguniform", "discrete"]


def _text(value: Any) -> Any:
    return {"en": value} if isinstance(value, str) else value


Text = Annotated[dict[str, str], BeforeValidator(_text, json_schema_input_type=str | dict[str, str])]
"""Words for people, by language code; a bare string is English."""


def say(text: dict[str, str] | None, language: str = "en", default: str = "") -> str:
    """Return the words in ``language``, falling back to English, then to any, then to ``default``."""
    if not text:
        return default
    return text.get(language) or text.get("en") or next(iter(text.values()))


class Strict(BaseModel):
    """Base of every scenario object: frozen, and an unknown key is an error, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=True, use_attribute_docstrings=True)


Number = Annotated[float, Field(strict=True)]
"""A number; text and true or false are not numbers."""
Finite = Annotated[float, Field(strict=True, allow_inf_nan=False)]
"""A number other than infinity."""
Whole = Annotated[int, Field(strict=True)]
"""A whole number."""


def wrong(code: str, text: str) -> PydanticCustomError:
    """Return the error a validator raises for a problem with its own ``code``."""
    return PydanticCustomError("detente", "{text}", {"text": text, "code": code})


def _formula(value: Any) -> Any:
    """A number, or text; ``0.1/year`` is the number 0.1 (dividing by the calendar year is never meant)."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise wrong("wrong-type", "a number or a formula")
    if isinstance(value, int | float):
        return repr(float(value))
    match = _PER.match(value)
    try:
        number = float(match.group(1)) if match else math.inf
    except ValueError:
        return value
    return repr(number) if math.isfinite(number) else value


Formula = Annotated[StrictStr, BeforeValidator(_formula, json_schema_input_type=str | float)]
"""An expression of the scenario language, kept as text; see docs/language.md."""


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_listed, json_schema_input_type=str | tuple[str, ...])]
"""One name or a list of names."""


class Range(Strict):
    """A central value and what it may be instead."""

    value: Number
    """Central value, in ``unit``. ``.inf`` is allowed for a precision only."""
    low: Number | None = None
    """Lower end: the hard limit for uniform, triangular and loguniform, the 5 % point for normal and lognormal."""
    high: Number | None = None
    """Upper end: the hard limit, or the 95 % point, as for ``low``."""
    shape: Shape | None = None
    """Shape of the range; uniform when only ``low`` and ``high`` are given, discrete when ``values`` are."""
    values: tuple[Finite, ...] | None = None
    """The possible values of a discrete quantity."""
    weights: tuple[Finite, ...] | None = None
    """Weights of ``values`` (default: equal)."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if math.isnan(self.value):
            raise wrong("not-finite", "the value is not a number")
        self._check_range()
        self._check_values()
        return self

    def _check_range(self) -> None:
        if (self.low is None) != (self.high is None):
            raise wrong("half-range", "a range needs both low and high")
        if self.low is None or self.high is None:
            if self.shape not in (None, "discrete"):
                raise wrong("half-range", f"a {self.shape} range needs low and high")
            return
        if not (math.isfinite(self.low) and math.isfinite(self.high)):
            raise wrong("not-finite", "low and high must be finite")
        if not self.low <= self.value <= self.high:
            raise wrong("outside-range", f"the value {self.value:g} lies outside its own range {self.low:g} to {self.high:g}")
        if self.kind in ("lognormal", "loguniform") and self.low <= 0:
            raise wrong("outside-range", f"a {self.kind} range must lie above zero, not at {self.low:g}")

    def _check_values(self) -> None:
        if self.values is None:
            if self.shape == "discrete":
                raise wrong("bad-values", "a discrete quantity needs its values")
            if self.weights is not None:
                raise wrong("bad-values", "weights need values")
            return
        if self.low is not None or self.shape not in (None, "discrete"):
            raise wrong("bad-values", "give either values or a range, not both")
        if not self.values or len(set(self.values)) < len(self.values):
            raise wrong("bad-values", "values must be given, and differ")
        if self.weights is not None:
            self._check_weights(len(self.values))

    def _check_weights(self, count: int) -> None:
        weights = self.weights or ()
        if len(weights) != count:
            raise wrong("bad-values", f"there are {len(weights)} weights for {count} values")
        if min(weights) < 0 or sum(weights) <= 0:
            raise wrong("bad-values", "weights must not be negative, nor all zero")

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


class Quantity(Range):
    """A number with everything a reader needs to trust it or to change it."""

    unit: str = ""
    """Unit as words and powers, e.g. ``1/year``, ``warheads/year``, ``$bn/year``, ``util``; ``1``: a pure number;
    empty: not stated, so not checked."""
    source: Names = ()
    """Identifiers in the scenario's ``sources`` ledger; ``judgement`` marks the authors' own estimate."""
    note: Text | None = None
    """Why this value; what is uncertain about it."""
    contested: bool = False
    """True where informed people disagree; then ``readings`` holds what each side says."""
    readings: dict[str, Finite] = Field(default_factory=dict)
    """For a contested quantity: each reading in words, with its value."""
    readings_in: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """What the readings are called in other languages: by language code, in the same order."""
    label: Text | None = None
    """What the number is, for people."""
    group: str = ""
    """Group for attribution, e.g. ``war``, ``china``, ``arsenal``; ``calendar`` moves with the calendar between scenarios."""
    controlled_by: Names = ()
    """Players who can change it by a decision of their own: their levers. Nothing in a solve depends on it."""
    known_to: Names = ()
    """Players for whom it is no question: ``detente find-out --as`` holds it at its central value. So are levers of their own,
    and what only their own payoffs are measured by. Nothing in a solve depends on it."""

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, data: Any) -> Any:
        """A bare number stands for ``{value: number}``."""
        return {"value": data} if isinstance(data, int | float) and not isinstance(data, bool) else data

    @model_validator(mode="after")
    def _readings_named(self) -> Quantity:
        """Every reading has a name in every language that names any."""
        for language, names in self.readings_in.items():
            if len(names) != len(self.readings):
                raise wrong("readings-in", f"{len(names)} names in {language[:20]!r} for {len(self.readings)} readings")
        return self


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
    note: Text | None = None
    """Why these values."""
    label: Text | None = None
    """What the numbers are, for people."""
    group: str = ""
    """Group for attribution."""
    controlled_by: Names = ()
    """Players who can change any case that does not name its own."""
    known_to: Names = ()
    """Players for whom no case that does not name its own is a question."""
    contested: bool = False
    """True where informed people disagree about the table as a whole."""

    def flatten(self, name: str, words: Mapping[str, Mapping[str, str] | None] | None = None) -> dict[str, Quantity]:
        """Return the cases as quantities named ``name[case]``, with what they inherit filled in.

        Args:
            name: The table's name.
            words: Words for the cases, by case; a case without words is called by its name.
        """
        out = {}
        for case, quantity in self.cases.items():
            said = (words or {}).get(case) or {}
            texts = (self.label or {"en": name}).items()
            label = {lang: CASES.get(lang, CASE).format(text, said.get(lang, case)) for lang, text in texts}
            inherited = {
                "unit": quantity.unit or self.unit,
                "source": quantity.source or self.source,
                "note": quantity.note or self.note,
                "group": quantity.group or self.group,
                "controlled_by": quantity.controlled_by or self.controlled_by,
                "known_to": quantity.known_to or self.known_to,
                "contested": quantity.contested or self.contested,
                "label": quantity.label or label,
            }
            out[f"{name}[{case}]"] = quantity.model_copy(update=inherited)
        return out
