"""At the table: what is shown is what the model says, what is drawn comes as often as it says, and a game can be played again."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache

import numpy as np
import pytest

import detente
from detente.analysis.advise import advise
from detente.analysis.board import Board
from detente.analysis.table import Table
from detente.errors import ScenarioError
from explorer import SMALL

GAMES = 300
"""Games of a statistical test."""
FAR = 4.0
"""Standard errors a frequency may be off; all 20 comparisons stay within in 999 of 1000 seeds, and the seeds are fixed."""


@cache
def board() -> Board:
    return Board.of(detente.load(SMALL))


def played(seat: str, seed: int) -> Table:
    """Return a whole game, the seat's moves drawn from the equilibrium like everybody's."""
    table = Table.of(board(), seat, seed)
    while not table.over:
        assert table.decision is not None
        assert sum(table.decision.chances.values()) == pytest.approx(1.0)
        table.play(table.model())
    return table


def first(seat: str, kind: str, period: int | None = None) -> Table:
    """Return a game that begins with a decision of a kind."""
    for seed in range(200):
        table = Table.of(board(), seat, seed)
        if table.decision and table.decision.kind == kind and period in (None, table.standing["period"]):
            return table
    raise AssertionError(f"no game begins with {kind}")


def test_what_is_shown_is_what_the_advice_says() -> None:
    table, said = first("south", "offer", period=0), advise(board().case, "south", draws=0)
    seen = table.position()
    assert seen is not None
    for name in ("gain", "own_gain", "p_accept", "p_all_accept", "expected_gain", "p_bottleneck"):
        np.testing.assert_allclose(seen[name].values, said[name].values, atol=1e-12, err_msg=name)
    assert seen.bottleneck.values.tolist() == said.bottleneck.values.tolist()
    offers = {move.removeprefix("offer:"): p for move, p in table.decision.chances.items() if move.startswith("offer:")}  # type: ignore[union-attr]
    assert offers == pytest.approx(dict(zip(said.package.values.tolist(), said.p_offer.values.tolist(), strict=True)))


def test_reasons_add_up_to_the_gain_at_any_date() -> None:
    table = first("south", "consent")
    while table.standing["period"] < 3 or not table.talking:
        table.play(next(move for move in ("no", "wait", "bear", "keep") if move in table.decision.moves))  # type: ignore[union-attr]
    package = board().labels.package_names[3]
    seen, why = table.position(), table.why(package)
    assert seen is not None
    assert why is not None
    assert why.attrs["explained"] == "north"
    np.testing.assert_allclose(
        why.gain_term.sel(leading=package).sum("term").values, seen.gain.sel(package=package).values, atol=1e-9
    )


@pytest.mark.parametrize("seat", ["south", "north"])
def test_things_happen_as_often_as_the_equilibrium_says(seat: str) -> None:
    events, periods = board().solved.events, board().shape.periods
    middle = periods // 2
    counts: Counter[str] = Counter()
    for seed in range(GAMES):
        table = played(seat, seed)
        signed = [event.period for event in table.history if event.kind == "signed"]
        ended = {event.period: event.detail for event in table.history if event.kind == "ended"}
        counts["early"] += bool(signed) and signed[0] < 2
        counts["ever"] += bool(signed)
        counts["alive"] += sum(t < middle for t in signed) > sum(t < middle for t in ended)
        counts["hawk"] += table.standing["regimes"]["office"] == "hawk"
        for name in board().labels.packages:
            package = " / ".join(name)
            counts[package] += bool(signed) and next(e.package for e in table.history if e.kind == "signed") == package
    expected = {
        "early": events.signed_first[:2].sum(),
        "ever": events.signed_first.sum(),
        "alive": events.alive[middle],
        "hawk": board().solved.adrift[-1].sum(0)[1],
    } | {" / ".join(name): p for name, p in zip(board().labels.packages, _firsts(), strict=True) if 0.0 < p < 1.0}
    for what, p in expected.items():
        error = np.sqrt(p * (1.0 - p) / GAMES) + 1.0 / GAMES
        assert abs(counts[what] / GAMES - p) < FAR * error, what


def _firsts() -> np.ndarray:
    """Return the probability that each package is the one signed first [A]; talks stay closed after a lapse."""
    return np.asarray(board().solved.events.signed.sum((0, 1)))


def test_the_same_seed_and_moves_play_the_same_game() -> None:
    table = played("south", 11)
    again = Table.of(board(), "south", 11, table.moves)
    assert again.json() == table.json()
    assert again.csv() == table.csv()
    assert len({played("south", seed).json() for seed in range(4)}) == 4
    kept = json.loads(table.json())
    assert Table.of(board(), kept["seat"], kept["seed"], kept["moves"]).record()["history"] == kept["history"]


def test_other_moves_meet_the_same_world() -> None:
    one, other = Table.of(board(), "south", 5), Table.of(board(), "south", 5)
    for table, wish in ((one, "no"), (other, "yes")):
        while not table.over:
            moves = table.decision.moves  # type: ignore[union-attr]
            table.play(wish if wish in moves else table.model())
    elections = [[event for event in table.history if event.kind == "regime"] for table in (one, other)]
    assert elections[0] == elections[1]


def test_cheating_is_not_seen_before_it_is_found() -> None:
    for seed in range(40):
        table = Table.of(board(), "south", seed)
        while not table.over:
            assert table.cheated == []
            assert not [event for event in table.history if event.kind in ("cheat", "honour")]
            table.play(table.model())
        found = [event for event in table.history if event.kind == "found"]
        if found:
            assert table.cheated[0] <= found[0].date
            return
    raise AssertionError("nobody was ever found cheating")


def test_refusals_and_offers_do_what_they_say() -> None:
    table = first("south", "consent")
    table.answer(False)
    assert [event.kind for event in table.history if event.yours][-1] == "refuse"
    assert not table.in_force
    table = first("north", "offer")
    package = table.position().package.values[-1]  # type: ignore[union-attr]
    table.offer(package)
    made = next(event for event in table.history if event.kind == "offer" and event.yours)
    assert made.package == package


def test_what_is_not_open_is_refused_with_what_is() -> None:
    table = first("south", "offer")
    for move in ("yes", "offer:nothing", ""):
        with pytest.raises(ScenarioError, match="not open") as refused:
            table.play(move)
        assert refused.value.problems[0].hint
    assert table.moves == []
    with pytest.raises(ScenarioError, match="no principal"):
        Table.of(board(), "nobody")
