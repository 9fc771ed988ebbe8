"""Games for hypothesis: values drawn from the ranges a game states, so that its shape is compiled once; and whole scenarios."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from detente.spec.quantity import Quantity
from detente.spec.scenario import Scenario

PRECISIONS = ("precision",)


def values(scenario: Scenario, exact: bool = False) -> st.SearchStrategy[dict[str, float]]:
    """Draw a value of every quantity that has a range; ``exact`` also draws players who always choose the best."""
    quantities = {name: quantity for name, quantity in scenario.quantities.items() if quantity.uncertain}
    return st.fixed_dictionaries({name: _value(name, quantity, exact) for name, quantity in quantities.items()})


def _value(name: str, quantity: Quantity, exact: bool) -> st.SearchStrategy[float]:
    assert quantity.low is not None
    assert quantity.high is not None
    # two decimals: as varied as is useful, and short to print
    inside = st.integers(round(100 * quantity.low), round(100 * quantity.high)).map(lambda hundredths: hundredths / 100)
    return inside | st.just(float("inf")) if exact and name.startswith(PRECISIONS) else inside


def extremes(scenario: Scenario) -> tuple[dict[str, float], dict[str, float]]:
    """Return the lower and the upper end of every range: how far stocks can move in any draw."""
    ranges: Mapping[str, Quantity] = {name: q for name, q in scenario.quantities.items() if q.uncertain}
    return {name: float(q.low or 0) for name, q in ranges.items()}, {name: float(q.high or 0) for name, q in ranges.items()}


NUMBERS = st.integers(-20, 20).map(lambda tenths: tenths / 10)
RATES = st.integers(0, 9).map(lambda tenths: tenths / 10)
PLAYERS = ("first", "second", "third")
EVENTS = ("sign", "refuse", "leave", "exit", "caught", "snapback", "horizon")


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """Draw a small scenario, any part of the language in it or not."""
    regimes = {f"r{k}": draw(_regime()) for k in range(draw(st.integers(0, 2)))}
    stocks = {"pile": {"start": 1, "grid": "0..4 by 1", "drift": f"{draw(RATES)} * (1 - in_force) * (pile < 4)"}}
    council = {"quota": 2, "seats": [{"player": "third", "count": 2}, {"player": "second", "veto": draw(st.booleans())}]}
    issues = {f"i{k}": draw(_issue()) for k in range(draw(st.integers(1, 2)))}
    piles = draw(st.booleans())
    seen = ["in_force", "lapsed", "snapped", "talks_over", *[f"({name} == on)" for name in regimes], *(["pile"] if piles else [])]
    hidden = draw(st.sampled_from([None, "first", "second"]))
    players = {name: draw(_player(name, name == hidden)) for name in PLAYERS}
    ends = hidden is not None or any(float(player["reviews"]) > 0 for player in players.values())
    events = [event for event in EVENTS if (event != "caught" or hidden) and (ends or event not in ("exit", "snapback"))]
    years = {"start": "2026-01-01", "horizon": 2, "step": 0.5} if draw(st.booleans()) else {"rounds": 4}
    data = {
        "detente": 1,
        "calendar": years | {"after": draw(st.sampled_from(["zero", "frozen", "stationary"]))},
        "players": players,
        "bodies": {"council": council},
        "needs": draw(st.sampled_from([[], ["council"]])),
        "issues": issues,
        "menu": draw(st.sampled_from(["weighted", "unweighted"])),
        "after_lapse": draw(st.sampled_from(["closed", "open"])) if ends else "closed",
        "regimes": regimes,
        "stocks": stocks if piles else {},
        "payoffs": {
            name: draw(_payoffs(name, list(issues), seen, _open_to(player, events), hidden is not None))
            for name, player in players.items()
        },
    } | ({"detection": draw(RATES)} if hidden else {})
    if "rounds" in years:
        for player in players.values():
            player["discount_factor"] = player.pop("discount")
    return Scenario.model_validate(data)


def _open_to(player: dict[str, Any], events: list[str]) -> list[str]:
    return [event for event in events if event != "leave" or player["may_leave"]]


@st.composite
def _regime(draw: st.DrawFn) -> dict[str, Any]:
    moves = {"on -> off": draw(RATES), "off -> on": draw(RATES)}
    return {"states": ["on", "off"], "start": draw(st.sampled_from(["on", "off"])), "moves": moves}


@st.composite
def _issue(draw: st.DrawFn) -> dict[str, Any]:
    rule = draw(st.sampled_from(["persists", "reverts", "snapback"]))
    options = {f"o{k}": {name: draw(NUMBERS) for name in PLAYERS} for k in range(draw(st.integers(2, 3)))}
    for option in list(options.values())[1:]:
        option |= draw(st.sampled_from([{}, {"consent": "third"}, {"snapback_consent": ["first"]}]))
    return {"after_lapse": rule, "options": options}


@st.composite
def _player(draw: st.DrawFn, name: str, hidden: bool) -> dict[str, Any]:
    talks = {"first": 0.4, "second": draw(st.sampled_from([0, 0.5])), "third": 0}[name]
    reviews = draw(st.sampled_from([0, 0.3]))
    chooses = {"discount": 0.8, "precision": draw(st.integers(1, 6)) / 2, "talks": talks, "reviews": reviews}
    leaves = name != "third" and draw(st.booleans())
    return chooses | {"hidden_action": hidden, "principal": name != "third", "may_leave": leaves}


@st.composite
def _payoffs(draw: st.DrawFn, name: str, issues: list[str], seen: list[str], events: list[str], hidden: bool) -> dict[str, Any]:
    deal = " + ".join(f"{issue}.{name}" for issue in issues)
    flows = {"deal": deal, "state": f"{draw(NUMBERS)} * {draw(st.sampled_from(seen))}"}
    if hidden:
        flows["cheating"] = f"{draw(NUMBERS)} * cheating"
    chosen = draw(st.lists(st.sampled_from(events), unique=True, max_size=3))
    return flows | {f"at {event}": {"lump": draw(NUMBERS)} for event in chosen}
