"""The game as arrays, and the names of their axes. No logic.

Axes: T periods (a timed array has T + 1 entries, or 1 when nothing in it moves with time), R joint regimes, S rows, G joint
grid points of the stocks, I players, K payoff channels, A packages, M side payments, B bases, J proposers, L lapses,
V reviewers, O grid offsets.

A *row* is a public status together with who knows what about it: first the B bases (no agreement in force: row 0 is the
status quo, the others are what lapsed or snapped-back agreements leave behind; where somebody may leave the talks for good, the
bases with talks stand there once more, talks being over), then the A packages honoured, then, where
a player has a hidden action, the A packages cheated on.

Values, and distributions over states, lead with rows, so that what the channels of a row are weighed by is read from memory once;
choices lead with players. *Framed* rows (S+2) have a row of zeros before the first and after the last, which moves of stocks may
read.

A *lapse* is what packages end in that leave the same levels behind and need the same consents to a snapback.

A *channel* is a stream of payoffs that adds up by itself: a player's total when solving, one named term when decomposing.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from detente.program import record


@dataclass(frozen=True)
class Body:
    """A body that decides by quota: votes by player index, with counts and vetoes."""

    quota: int
    """Number of yes votes needed."""
    seats: tuple[tuple[int, int, bool], ...]
    """Per kind of vote: (player index, count, veto)."""


@dataclass(frozen=True)
class Shape:
    """Everything about a game that array code must know before it sees a number. Hashable: equal shapes share a compilation."""

    periods: int
    players: int
    packages: int
    bases: int
    regimes: int
    grid: tuple[int, ...]
    """Points per stock; empty: no stocks, G = 1."""
    reach: tuple[tuple[int, int], ...]
    """Per stock, how many cells one period can move it down and up."""
    proposers: tuple[int, ...]
    reviewers: tuple[int, ...]
    hidden: int | None
    principals: tuple[int, ...]
    bodies: tuple[Body, ...]
    talking: int
    """B', how many bases, from the first, have talks: 1 (closed after a lapse) or all but those where talks are over (open)."""
    terminal: str
    """``frozen``, ``zero`` or ``stationary``."""
    cycle: int
    """Length of the fixed schedule of proposers; 1 without one."""
    weighted: bool
    """Whether package weights are a probability distribution (else every weight is one)."""
    exact: bool
    """Whether any player may choose exactly, its precision being infinite."""
    sides: int = 1
    """M, how many side payments each package can be offered with."""
    watched: bool = False
    """Whether a policy keeps who offers and who accepts what, which evidence about talks needs; without side payments."""
    leavers: tuple[int, ...] = ()
    """Players who may leave the talks for good; where there are any, the last bases are those with talks, talks being over."""
    stretch: int = 0
    """Periods of a stretch whose policies are made again where they are needed; 0: the policy of every period is kept."""

    @property
    def fingerprint(self) -> str:
        """A text that only an equal shape has."""
        return repr(self)

    @property
    def points(self) -> int:
        """G, the number of joint grid points."""
        total = 1
        for n in self.grid:
            total *= n
        return total

    def reaching(self, reach: tuple[tuple[int, int], ...]) -> Shape:
        """Return the shape with other reaches of the stocks."""
        return replace(self, reach=reach)

    @property
    def stretches(self) -> int:
        """How many stretches the periods come in; none where every policy is kept."""
        return -(-self.periods // self.stretch) if self.stretch else 0

    @property
    def ahead(self) -> int:
        """Periods by which the first stretch begins before the first period."""
        return self.stretches * self.stretch - self.periods if self.stretch else 0

    @property
    def over(self) -> int:
        """The base reached when somebody leaves the talks of the first base; those of the others follow in order."""
        return self.bases - self.talking

    @property
    def postures(self) -> int:
        """Number of ways an agreement can be in force: honoured, and cheated on where someone can."""
        return 1 if self.hidden is None else 2

    @property
    def rows(self) -> int:
        """S, the number of rows."""
        return self.bases + self.postures * self.packages

    @property
    def causes(self) -> int:
        """Number of ways an agreement can end: exit by each reviewer, then caught."""
        return len(self.reviewers) + (self.hidden is not None)

    @property
    def values(self) -> int:
        """State values per period: players x rows x regimes x grid points."""
        return self.players * self.rows * self.regimes * self.points


@record
@dataclass(frozen=True)
class Lumps:
    """Lump sums [utils] per channel at each event; None where no channel has any. Size 1 stands for 'does not depend'."""

    sign: Float[Array, "T|1 K A|1 G|1 R|1"] | None
    refuse: Float[Array, "T|1 K A|1 G|1 R|1"] | None
    leave: Float[Array, "T|1 K B'|1 G|1 R|1"] | None
    exit: Float[Array, "T|1 K A|1 G|1 R|1"] | None
    caught: Float[Array, "T|1 K A|1 G|1 R|1"] | None
    snapback: Float[Array, "T|1 K L|1 G|1 R|1"] | None
    horizon: Float[Array, "T|1 K S|1 G|1 R|1"] | None


@record
@dataclass(frozen=True)
class Channels:
    """Payoffs in K channels."""

    flows: tuple[Float[Array, "S|1 K G|1 R|1"], ...]
    """Flows that do not move with time; they add up, each on as few axes as it needs [utils per year or round]."""
    apart: tuple[Float[Array, "T|1 S|1 G|1 R|1"], ...]
    """Flows of one channel each: what moves with time, and what few channels vary with [utils per year or round]."""
    lumps: Lumps
    accrual: Float[Array, " K"]
    """What one unit of flow over a period is worth at its start [years or rounds]."""
    discount: Float[Array, " K"]
    """Discount factor per period."""
    forever: Float[Array, " K"]
    """What one unit of flow for ever is worth [years or rounds]."""
    owner: Int[Array, " K"]
    """Player index whose payoff the channel belongs to."""
    apart_of: tuple[int, ...] = field(metadata={"static": True})
    """Channel of each flow kept apart."""

    def groups(self, size: int) -> list[Channels]:
        """Return the channels in groups of so many, and what is left."""
        count = len(self.owner)
        return [self._some(first, min(first + size, count)) for first in range(0, count, size)]

    def _some(self, first: int, last: int) -> Channels:
        some = slice(first, last)
        lumps = [None if lump is None else lump[:, some] for lump in vars(self.lumps).values()]
        apart = [each for each in zip(self.apart, self.apart_of, strict=True) if first <= each[1] < last]
        rates = {name: getattr(self, name)[some] for name in ("accrual", "discount", "forever", "owner")}
        flows = tuple(flow[:, some] for flow in self.flows)
        of = tuple(channel - first for _, channel in apart)
        return Channels(flows, tuple(flow for flow, _ in apart), Lumps(*lumps), **rates, apart_of=of)


@record
@dataclass(frozen=True)
class Precision:
    """Logit precision lambda [per util]."""

    value: Float[Array, "..."]
    exact: bool = field(metadata={"static": True})
    """Whether any of it may be infinite, which means exact choice."""

    def __getitem__(self, index: Any) -> Precision:
        """Return that of a player, or that of all along other axes."""
        return Precision(self.value[index], self.exact)

    @property
    def infinite(self) -> Bool[Array, "..."]:
        """Where choice is exact."""
        return jnp.isinf(self.value)

    @property
    def finite(self) -> Float[Array, "..."]:
        """The value, or one where choice is exact."""
        return jnp.where(self.infinite, 1.0, self.value) if self.exact else self.value


@record
@dataclass(frozen=True)
class Game:
    """One game in numbers: a pytree, so it can be vmapped over draws and differentiated."""

    moves: Float[Array, "T|1 R R"]
    """Regime transition probabilities per period, from row to column."""
    start_regime: Float[Array, " R"]
    start_point: Float[Array, " G"]
    """Interpolation weights of the stocks' initial values."""
    offsets: Float[Array, "T|1 O S+2 G R|1"]
    """Probability that the stocks move by each joint grid offset in a period; a row of zeros stands at either end."""
    spill: Float[Array, "T|1 S+2 G R|1"]
    """By how many cells a period's drift would leave the grid (0: stays inside); framed in the same way."""
    payoff: Channels
    """Players' payoffs: channel k belongs to player k."""
    precision: Precision
    """Of each player [I]."""
    log_menu: Float[Array, " A"]
    """Logarithm of menu weights."""
    talk: Float[Array, "T|1 J B|1 G|1 R"]
    """Probability that each proposer gets to propose in a period."""
    review: Float[Array, "T|1 V A|1 G|1 R"]
    """Probability that each reviewer reviews an agreement in a period."""
    detect: Float[Array, "T|1 A|1 G|1 R"]
    """Probability that cheating is detected in a period."""
    need: Int[Array, "I A"]
    """1 where a package needs the player's own consent."""
    need_body: Int[Array, "C A"]
    """1 where a package needs the body's consent."""
    snap_need: Int[Array, "I L"]
    """1 where the snapback needs the player's consent."""
    snap_body: Int[Array, "C L"]
    """1 where the snapback needs the body's consent."""
    lapse: Int[Array, " A"]
    """The lapse each package ends in."""
    lapse_to: Int[Array, " L"]
    """Base reached when nothing snaps back."""
    snap_to: Int[Array, " L"]
    """Base reached when sanctions snap back."""
    allowed: Int[Array, "B A"]
    """1 where the package can be agreed from the base (what persists cannot be undone)."""
    side: Float[Array, "M I"]
    """Side payments each package can be offered with [utils to each player]; one row of zeros: none."""

    def with_side(self, side: Float[Array, "M I"]) -> Game:
        """Return the game whose every package can also be offered with each of the side payments; pair it with ``sides=M``."""
        levels = side.shape[0]
        return replace(
            self,
            side=side,
            need=jnp.tile(self.need, (1, levels)),
            need_body=jnp.tile(self.need_body, (1, levels)),
            allowed=jnp.tile(self.allowed, (1, levels)),
            log_menu=jnp.tile(self.log_menu - jnp.log(levels), levels),
        )

    def with_precision(self, value: Float[Array, " I"]) -> Game:
        """Return the game with other logit precisions [per util]; infinite ones only where its shape allows exact choice."""
        return replace(self, precision=replace(self.precision, value=value))

    def single(self) -> Game:
        """Return the game in single precision: half the bytes to move, and twice the numbers to an instruction."""

        def halved(leaf: Array) -> Array:
            return leaf.astype(jnp.float32) if jnp.issubdtype(leaf.dtype, jnp.floating) else leaf

        return jax.tree.map(halved, self)


@dataclass(frozen=True)
class Labels:
    """Names along each axis, and words for people."""

    dates: tuple[Any, ...]
    """T + 1 starts of periods: dates, or round numbers."""
    years: tuple[float, ...]
    players: tuple[str, ...]
    proposers: tuple[str, ...]
    reviewers: tuple[str, ...]
    hidden: str | None
    bodies: tuple[str, ...]
    issues: tuple[str, ...]
    options: dict[str, tuple[str, ...]]
    packages: tuple[tuple[str, ...], ...]
    """One option name per issue."""
    status_quo: tuple[str, ...]
    regimes: dict[str, tuple[str, ...]]
    joint: tuple[tuple[str, ...], ...]
    """One state name per regime, for each joint regime."""
    stocks: tuple[str, ...]
    grids: tuple[tuple[float, ...], ...]
    terms: tuple[tuple[str, str, str], ...]
    """(player, event or ``flow``, term) of every payoff channel of the decomposition."""
    indicators: tuple[str, ...]
    words: dict[str, dict[str, str]]
    """Words for people: dotted path -> language -> text."""

    @property
    def package_names(self) -> tuple[str, ...]:
        """One line per package: its options, in order of the issues."""
        return tuple(" / ".join(options) for options in self.packages)

    @property
    def causes(self) -> tuple[str, ...]:
        """Names of the ways an agreement ends."""
        return tuple(f"exit by {name}" for name in self.reviewers) + (("caught",) if self.hidden else ())
