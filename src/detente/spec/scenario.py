"""The scenario as frozen objects: what a file says, nothing more.

These models check shapes and types only. What refers to what is checked by :mod:`detente.spec.rules`, expressions by
:mod:`detente.spec.expression`, and places in the file are found by :mod:`detente.spec.read`.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, PrivateAttr, Tag, field_validator, model_validator

from detente.errors import Problem, ScenarioError
from detente.spec.dependence import Conditional, Correlation
from detente.spec.places import Places
from detente.spec.quantity import Finite, Formula, Names, Number, Quantity, Strict, Table, Text, Whole, wrong

_SPAN = re.compile(r"^\s*([0-9.]+(?:[eE][+-]?[0-9]+)?)\s*(?:years?|yr|y)\s*$")
_GRID = re.compile(r"^\s*(\S+?)\s*\.\.\s*(\S+?)\s+by\s+(\S+)\s*$")


def _years(value: Any) -> Any:
    if isinstance(value, str) and (match := _SPAN.match(value)):
        return float(match.group(1))
    return value


def _day(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            raise wrong("wrong-type", "a date such as 2025-07-01") from None
    return value


Years = Annotated[Finite, BeforeValidator(_years, json_schema_input_type=str | float)]
"""A span of time in years: ``8 years`` or a number."""

Day = Annotated[dt.date, Field(strict=True), BeforeValidator(_day, json_schema_input_type=dt.date)]
"""A calendar date, such as 2025-07-01."""

When = Annotated[
    Annotated[Whole, Tag("round")] | Annotated[Day, Tag("date")],
    Discriminator(lambda v: "round" if isinstance(v, int) else "date"),
]
"""A date (years clock) or the number of a round."""

MAX_PERIODS = 20_000
"""Most periods a scenario can have."""

Event = Literal["sign", "refuse", "leave", "exit", "caught", "snapback", "horizon"]
EVENTS: tuple[Event, ...] = ("sign", "refuse", "leave", "exit", "caught", "snapback", "horizon")


class Calendar(Strict):
    """When the game is played: in calendar years, or in rounds for textbook games."""

    start: Day | None = None
    """First day (years clock)."""
    horizon: Years | None = None
    """Length in years (years clock)."""
    step: Years = 0.25
    """Length of a period in years (years clock)."""
    rounds: Whole | None = Field(default=None, ge=1, le=MAX_PERIODS)
    """Number of rounds (rounds clock)."""
    proposers: Names = ()
    """Fixed cyclic schedule of who proposes, one name per period; replaces ``talks``."""
    after: Literal["frozen", "zero", "stationary"] = "frozen"
    """After the horizon: the state and its flows stay for ever; nothing; or the infinite-horizon fixed point."""

    @model_validator(mode="after")
    def _one_clock(self) -> Calendar:
        if self.rounds is not None and (self.start or self.horizon is not None):
            raise wrong("bad-calendar", "give either start and horizon (years) or rounds, not both")
        if self.rounds is None and (self.start is None or self.horizon is None):
            raise wrong("bad-calendar", "give start and horizon, or rounds")
        if self.rounds is None:
            if not 0 < self.step <= 5:
                raise wrong("out-of-range", "step must be above 0 and at most 5 years")
            if not self.step <= (self.horizon or 0) <= 200:
                raise wrong("out-of-range", "horizon must be at least one step and at most 200 years")
            if (self.horizon or 0) / self.step > MAX_PERIODS:
                raise wrong("out-of-range", f"the step is too short: at most {MAX_PERIODS} periods")
        if self.after == "stationary" and self.periods < len(self.proposers):
            raise wrong("bad-calendar", f"what is repeated for ever must hold every turn: {len(self.proposers)} periods at least")
        return self

    @property
    def clock(self) -> Literal["years", "rounds"]:
        """Which clock the scenario uses."""
        return "years" if self.rounds is None else "rounds"

    @property
    def periods(self) -> int:
        """Number of periods N."""
        return self.rounds if self.rounds is not None else max(1, round((self.horizon or 0) / self.step))

    @property
    def length(self) -> float:
        """Length D of a period [years], or 1 [round]."""
        return 1.0 if self.rounds is not None else (self.horizon or 0) / self.periods

    @property
    def per_year(self) -> int:
        """Periods in a year, or in a round; all there are where the horizon is shorter."""
        return min(self.periods, max(1, round(1.0 / self.length)))

    def year(self, period: float) -> float:
        """Return the calendar year (fractional) at the start of ``period``, or the round's number."""
        if self.start is None:
            return float(period)
        days = (self.start - dt.date(self.start.year, 1, 1)).days
        length = (dt.date(self.start.year + 1, 1, 1) - dt.date(self.start.year, 1, 1)).days
        return self.start.year + days / length + period * self.length


def _kind(value: Any) -> str:
    table = isinstance(value, Table) or (isinstance(value, dict) and ("by" in value or "cases" in value))
    return "table" if table else "quantity"


Parameter = Annotated[Annotated[Quantity, Tag("quantity")] | Annotated[Table, Tag("table")], Discriminator(_kind)]
"""One number, or a table of numbers by regime or issue."""


class Source(Strict):
    """An entry of the ledger of sources."""

    cite: str
    """Author, title, year, in full."""
    locator: str = ""
    """Page, table or section."""
    url: str | None = None
    """Address, where there is one."""
    quality: Literal["official", "peer-reviewed", "press", "estimate", "judgement"] = "press"
    """What kind of source it is."""


class Definition(Strict):
    """A named expression other expressions may use."""

    value: Formula
    """The expression."""
    label: Text | None = None
    """What it is, for people."""
    unit: str = ""
    """Unit of the result."""
    note: Text | None = None
    """Why it has this form."""

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, data: Any) -> Any:
        return data if isinstance(data, dict) else {"value": data}


class Term(Definition):
    """A named payoff term."""

    group: str = ""
    """Group for attribution."""


class Player(Strict):
    """Someone with interests of their own."""

    label: Text | None = None
    """Name for people."""
    discount: Formula = "0"
    """Discount rate r per year (years clock)."""
    discount_factor: Formula | None = None
    """Discount factor per round (rounds clock)."""
    precision: Formula = "1"
    """Logit precision lambda, per util; ``.inf`` for full rationality."""
    talks: Formula = "0"
    """Proposals per year (rounds: probability of proposing); 0: never proposes."""
    reviews: Formula = "0"
    """How often per year the player reconsiders an agreement in force (rounds: probability)."""
    hidden_action: bool = False
    """Whether this player can cheat on an agreement in force."""
    may_leave: bool = False
    """Whether this player may leave the talks for good, instead of proposing or of answering an offer."""
    principal: bool | None = None
    """Whether every package needs this player's consent; by default, whoever can propose is a principal."""
    note: Text | None = None
    """Whom this player stands for and what was left out."""


class Seat(Strict):
    """One kind of vote in a body."""

    player: str
    """Whose payoffs decide the vote."""
    count: Whole = Field(default=1, ge=1, le=200)
    """How many independent votes of this kind."""
    veto: bool = False
    """Whether a single no of this kind defeats the motion."""
    label: Text | None = None
    """Name for people."""


class Body(Strict):
    """A body that decides by quota, with vetoes."""

    label: Text | None = None
    """Name for people."""
    quota: Whole = Field(ge=1)
    """Number of yes votes needed."""
    seats: tuple[Seat, ...] = Field(min_length=1)
    """Its votes."""
    note: Text | None = None
    """Rules left out."""


class Option(Strict):
    """One position of an issue."""

    label: Text | None = None
    """Name for people."""
    weight: Formula = "1"
    """Menu weight within the issue; how focal the option is."""
    consent: Names = ()
    """Players and bodies whose consent a package with this option needs, beyond the principals."""
    snapback_consent: Names | None = None
    """Who must consent to a snapback when this option is part of the agreement."""
    attributes: dict[str, Formula] = Field(default_factory=dict)
    """Named numbers or expressions, read as ``issue.attribute``."""
    note: Text | None = None
    """What the option means in practice."""

    @model_validator(mode="before")
    @classmethod
    def _inline(cls, data: Any) -> Any:
        """Keys that are not the option's own are attributes."""
        if data is None:
            return {}
        if not isinstance(data, dict) or "attributes" in data:
            return data
        own = {key: value for key, value in data.items() if key in cls.model_fields}
        rest = {key: value for key, value in data.items() if key not in cls.model_fields}
        return {**own, "attributes": rest} if rest else own


class Issue(Strict):
    """Something the parties bargain over."""

    label: Text | None = None
    """Name for people."""
    after_lapse: Literal["persists", "reverts", "snapback"] = "reverts"
    """What becomes of it when an agreement ends."""
    options: dict[str, Option] = Field(min_length=1)
    """Its positions in order; the first is the status quo."""
    note: Text | None = None
    """What is counted under this issue."""

    @field_validator("options", mode="before", json_schema_input_type=list[str] | dict[str, Option])
    @classmethod
    def _listed(cls, data: Any) -> Any:
        if isinstance(data, list) and all(isinstance(name, str) for name in data) and len(set(data)) == len(data):
            return {name: {} for name in data}
        return data


class Switch(Strict):
    """A scheduled change of a regime: an election, the end of a term."""

    on: When
    """Date (years clock) or round."""
    from_: Names = Field(default=(), alias="from")
    """States it applies to; none: all."""
    to: dict[str, Formula]
    """Probability of each state afterwards."""
    note: Text | None = None
    """What happens."""


class Regime(Strict):
    """An exogenous circumstance with finitely many states."""

    label: Text | None = None
    """Name for people."""
    states: dict[str, Text | None] = Field(min_length=1)
    """Its states, with names for people."""
    start: str | dict[str, Formula]
    """State at the start, or the probability of each."""
    moves: dict[str, Formula] = Field(default_factory=dict)
    """Hazards per year (rounds: probabilities), keyed ``state -> state``."""
    switches: tuple[Switch, ...] = ()
    """Scheduled changes."""
    note: Text | None = None
    """What the regime stands for."""

    @field_validator("states", mode="before", json_schema_input_type=list[str] | dict[str, Text | None])
    @classmethod
    def _listed(cls, data: Any) -> Any:
        if isinstance(data, list) and all(isinstance(name, str) for name in data) and len(set(data)) == len(data):
            return dict.fromkeys(data)
        return data

    @staticmethod
    def arrow(key: str) -> tuple[str, str] | None:
        """Split ``a -> b`` into its two states, or return None."""
        parts = [part.strip() for part in key.split("->")]
        return (parts[0], parts[1]) if len(parts) == 2 and all(parts) else None


class Stock(Strict):
    """An endogenous quantity that decisions push up and down."""

    label: Text | None = None
    """Name for people."""
    start: Formula
    """Value at the start, in ``unit``."""
    unit: str = ""
    """Unit."""
    grid: tuple[Finite, ...] = Field(min_length=2, max_length=2000)
    """Grid points, ascending: a list, or ``10..140 by 10``."""
    drift: Formula = "0"
    """Change per year (rounds: per round)."""
    diffusion: Formula = "0"
    """Standard deviation per square root of a year."""
    note: Text | None = None
    """What is counted."""

    @field_validator("grid", mode="before", json_schema_input_type=str | list[float])
    @classmethod
    def _range(cls, data: Any) -> Any:
        if not isinstance(data, str):
            return data
        match = _GRID.match(data)
        if not match:
            raise wrong("bad-grid", "a grid is a list of numbers or 'low..high by step'")
        try:
            low, high, step = (float(part) for part in match.groups())
        except ValueError:
            raise wrong("bad-grid", "a grid is a list of numbers or 'low..high by step'") from None
        if not (step > 0 and high > low) or (high - low) / step > 2000:
            raise wrong("bad-grid", "a grid needs high above low, a positive step and at most 2000 points")
        count = round((high - low) / step)
        if abs(low + count * step - high) > 1e-9 * step:
            raise wrong("bad-grid", f"steps of {step:g} from {low:g} do not end at {high:g}")
        return tuple(low + i * step for i in range(count + 1))

    @field_validator("grid")
    @classmethod
    def _ascending(cls, grid: tuple[Finite, ...]) -> tuple[float, ...]:
        if any(not b > a for a, b in itertools.pairwise(grid)):
            raise wrong("bad-grid", "grid points must rise")
        return grid


class Payoff(Strict):
    """What one player cares about: named flows, and named lump sums at events."""

    flows: dict[str, Term] = Field(default_factory=dict)
    """Utils per year (rounds: per round)."""
    events: dict[Event, dict[str, Term]] = Field(default_factory=dict)
    """Utils when the event happens, written ``at sign: {...}``."""

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, data: Any) -> Any:
        """Keys beginning with ``at`` are events, all others flow terms."""
        if not isinstance(data, dict) or set(data) <= {"flows", "events"}:
            return data
        events = {key[3:].strip(): value for key, value in data.items() if isinstance(key, str) and key.startswith("at ")}
        flows = {key: value for key, value in data.items() if not (isinstance(key, str) and key.startswith("at "))}
        return {"flows": flows, "events": events}


class Variant(Strict):
    """A named set of changed values: another reading of the facts, runnable by name."""

    label: Text | None = None
    """Name for people."""
    note: Text | None = None
    """Whose reading it is and why."""
    source: Names = ()
    """Where the reading comes from."""
    set: dict[str, Number]
    """Parameter values, as ``--set`` takes them."""


class Indicator(Definition):
    """A named expression that is reported along the expected path, and decides nothing."""

    percent: bool = False
    """Whether to print it as a percentage."""


class Observation(Strict):
    """A dated fact used to condition beliefs about parameters."""

    on: When
    """When."""
    what: Literal["signed", "no_deal", "lapse", "refusal", "overture", "state", "signal"]
    """What was seen: an agreement signed; none between ``on`` and ``until``; an agreement's end; a proposal refused or made;
    the state of a regime; a soft signal."""
    by: str | None = None
    """Who did it: who refused, who proposed (for an agreement signed, too), who left."""
    state: dict[str, str] = Field(default_factory=dict)
    """For a state: which state each named regime was in."""
    until: When | None = None
    """End, for a fact about a span (no agreement until a date)."""
    likelihood_ratio: dict[str, Finite] = Field(default_factory=dict)
    """How many times likelier the words are when the named parameter lies in its upper half: what they say beyond the act."""
    source: Names = ()
    """Where it is reported."""
    note: Text | None = None
    """What it means."""


class Scenario(Strict):
    """One case, with every assumption in the open."""

    detente: Literal[1]
    """Version of the language."""
    name: str = ""
    """Short identifier; the file's name when left out."""
    extends: str = ""
    """A bundled scenario this one starts from: named entries written here replace its own or are added, all else is its own."""
    conditioned: bool = False
    """Whether the parameters it shares with the scenario it extends are drawn given that scenario's observations."""
    title: Text = Field(default_factory=dict)
    """Title for people."""
    summary: Text | None = None
    """What question the scenario answers, in a few sentences."""
    calendar: Calendar
    """When it is played."""
    sources: dict[str, Source] = Field(default_factory=dict)
    """The ledger of sources."""
    parameters: dict[str, Parameter] = Field(default_factory=dict)
    """Every number that matters."""
    correlated: tuple[Correlation, ...] = Field(default=(), max_length=100)
    """Parameters whose draws go together."""
    conditional: tuple[Conditional, ...] = Field(default=(), max_length=200)
    """Parameters whose range depends on what else is drawn."""
    definitions: dict[str, Definition] = Field(default_factory=dict, max_length=1000)
    """Named expressions."""
    players: dict[str, Player] = Field(min_length=1)
    """Who plays."""
    bodies: dict[str, Body] = Field(default_factory=dict)
    """Bodies that decide by quota."""
    needs: Names = ()
    """Players and bodies every package needs, beyond the principals."""
    issues: dict[str, Issue] = Field(min_length=1)
    """What is on the table."""
    exclude: tuple[Formula, ...] = Field(default=(), max_length=1000)
    """Packages that cannot be: any package for which one of these holds."""
    menu: Literal["weighted", "unweighted"] = "weighted"
    """How packages are weighed against passing."""
    after_lapse: Literal["closed", "open"] = "closed"
    """Whether talks reopen after an agreement has ended."""
    regimes: dict[str, Regime] = Field(default_factory=dict)
    """Circumstances nobody at the table controls."""
    stocks: dict[str, Stock] = Field(default_factory=dict)
    """Quantities that decisions push up and down."""
    payoffs: dict[str, Payoff] = Field(default_factory=dict)
    """What each player cares about."""
    detection: Formula = "0"
    """Rate per year (rounds: probability) at which cheating is found out."""
    indicators: dict[str, Indicator] = Field(default_factory=dict)
    """Reported, deciding nothing."""
    variants: dict[str, Variant] = Field(default_factory=dict, max_length=100)
    """Other readings, runnable by name."""
    observations: tuple[Observation, ...] = ()
    """What has been seen."""
    _places: Places = PrivateAttr(default_factory=Places)

    def standing(self, places: Places) -> Scenario:
        """Return this scenario as it stands at ``places`` in a file."""
        copy = self.model_copy()
        copy._places = places
        return copy

    @property
    def places(self) -> Places:
        """Where its parts stand in the file it was read from."""
        return self._places

    def wrong(self, problems: Iterable[Problem]) -> ScenarioError:
        """Return the error of what is found wrong with a scenario after it was read: each problem with its place in the file."""
        return ScenarioError([self._places.place(problem) for problem in problems], self._places.file or self.name)

    @field_validator("exclude", mode="before", json_schema_input_type=Formula | tuple[Formula, ...])
    @classmethod
    def _one(cls, data: Any) -> Any:
        return (data,) if isinstance(data, str) else data

    @property
    def structure(self) -> str:
        """Everything the layout of the game depends on: all but the parameters' values, ranges and sources, and words."""
        words = {"title", "summary", "sources", "variants", "observations", "correlated", "conditional"}
        cases = {name: getattr(entry, "by", None) for name, entry in self.parameters.items()}
        return f"{cases}{self.model_dump_json(exclude={*words, 'parameters'})}"

    @property
    def quantities(self) -> dict[str, Quantity]:
        """Every parameter as a flat map; a table's cases are ``name[case]``."""
        flat: dict[str, Quantity] = {}
        for name, entry in self.parameters.items():
            flat.update(entry.flatten(name, self._cases(entry.by)) if isinstance(entry, Table) else {name: entry})
        return flat

    def _cases(self, category: str) -> dict[str, Text | None]:
        """Words for the states of a regime, or the options of an issue."""
        if category in self.regimes:
            return dict(self.regimes[category].states)
        issue = self.issues.get(category)
        return {name: option.label for name, option in issue.options.items()} if issue else {}

    @property
    def proposers(self) -> tuple[str, ...]:
        """Players that can ever propose."""
        if self.calendar.proposers:
            return tuple(name for name in self.players if name in self.calendar.proposers)
        return tuple(name for name, player in self.players.items() if player.talks not in ("0", "0.0"))

    @property
    def principals(self) -> tuple[str, ...]:
        """Players whose consent every package needs."""
        proposers = self.proposers
        return tuple(name for name, p in self.players.items() if (p.principal if p.principal is not None else name in proposers))

    @property
    def reviewers(self) -> tuple[str, ...]:
        """Players that can end an agreement in force."""
        return tuple(name for name, player in self.players.items() if player.reviews not in ("0", "0.0"))

    @property
    def leavers(self) -> tuple[str, ...]:
        """Players that may leave the talks for good."""
        return tuple(name for name, player in self.players.items() if player.may_leave)

    @property
    def hidden(self) -> str | None:
        """The player that can cheat, if any."""
        return next((name for name, player in self.players.items() if player.hidden_action), None)
