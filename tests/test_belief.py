"""What the other side believes about unseen cheating: exact where it decides nothing on it, and how far off where it does."""

from __future__ import annotations

import numpy as np
import pytest

from belief import BEGIN, BELIEFS, END, FAMILIES, PAGE, PILE, bench, errors, measured, of_engine, rows, told_apart, tree
from coarse import grouped, places, reach, settle
from trees import second_opinion

GAMES = [
    {"found": 0.3, "tempt": 0.3, "revises": 0.3, "hurt": 1.5, "precision": 1.0},
    {"found": 0.5, "tempt": 1.0, "revises": 0.0, "hurt": 3.0, "precision": 2.0},
    {"found": 0.1, "tempt": 0.1, "revises": 0.5, "hurt": 0.5, "precision": 4.0},
]


@pytest.mark.parametrize("values", GAMES)
@pytest.mark.parametrize("stocks", ["", PILE], ids=["unseen", "a pile tells"])
def test_where_the_other_leaves_only_what_it_has_found_broken_gambit_agrees(stocks: str, values: dict[str, float]) -> None:
    """No choice then rests on a belief; signing, cheating, detection, looking away and leaving are exact."""
    family, values = bench(3, "0.5", stocks), values | {"reviews": 0.0}
    played = family(values)
    opinion = second_opinion(tree(family, values), values["precision"])
    root = places(opinion.root)
    grouped(root, told_apart)
    assert opinion.payoffs == pytest.approx(played.value(), abs=1e-8)
    ours, theirs = of_engine(played, root), measured(root, opinion.chances)
    assert ours == pytest.approx(theirs, abs=1e-8)
    assert {what for what, _ in theirs} >= {"cheat", "sign"}


def test_what_is_measured_is_what_the_engine_reports() -> None:
    """Signing and leaving, read off the tree with the engine's choices, are those of the engine's own forward pass."""
    family = bench(3, "0.5", PILE)
    played = family(GAMES[0])
    root = places(second_opinion(tree(family, GAMES[0]), 1.0).root)
    grouped(root, told_apart)
    ours = of_engine(played, root)
    assert ours["sign", 0] == pytest.approx(played.events.signed.sum(), abs=1e-10)
    assert ours["left", 0] == pytest.approx(played.events.ended[:, 0].sum(), abs=1e-10)


@pytest.mark.parametrize("values", GAMES)
def test_beliefs_on_all_that_is_seen_make_the_game_itself(values: dict[str, float]) -> None:
    """The iteration that prices other beliefs finds what Gambit finds when nothing is left out."""
    opinion = second_opinion(tree(bench(3, "0.5", ""), values), values["precision"])
    root = places(opinion.root)
    play, _ = settle(root, grouped(root, told_apart), values["precision"])
    assert play.keys() == opinion.chances.keys()
    for key, chances in opinion.chances.items():
        assert play[key] == pytest.approx(chances, abs=1e-7)
    reach(root, play)
    ends = [(place.reach, place.node.payoffs) for place in _ends(root)]
    assert np.sum([chance * np.array(paid) for chance, paid in ends], axis=0) == pytest.approx(opinion.payoffs, abs=1e-7)


def _ends(place):  # type: ignore[no-untyped-def]
    if not place.after:
        yield place
    for later in place.after:
        yield from _ends(later)


def test_the_engine_holds_the_belief_that_play_implies() -> None:
    """In a game of average numbers: within two points, and as far off as that belief is on the tree itself."""
    found = errors(bench(*FAMILIES["two rounds"]), GAMES[0])
    ours = found.pop("the engine's")
    assert list(found) == list(BELIEFS)
    assert ours == pytest.approx(found["and what was found today"], abs=1e-6)
    assert max(ours) < 0.02


@pytest.mark.slow
def test_the_page_says_what_is_measured() -> None:
    """One family of five; `python -m belief` in tests/ rewrites all."""
    page = PAGE.read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0].strip().splitlines()
    first = next(k for k, line in enumerate(page) if line.startswith("| one round |"))
    assert page[first : first + 1 + len(BELIEFS)] == rows("one round")
    assert len(page) == 2 + len(FAMILIES) * (1 + len(BELIEFS))
