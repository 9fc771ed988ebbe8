"""Thirty claims about the bundled cases: each sign at central values, each finding still a finding, the table current."""

from __future__ import annotations

import numpy as np
import pytest

from claims.all import APART, CLAIMS
from claims.claim import Claim
from claims.table import identity, stored, table, written
from claims.world import HANOI, SMALL, WIDTH, World

pytestmark = [pytest.mark.slow, pytest.mark.shipped]
STALE = "run `make claims` and read what has changed"


@pytest.fixture(scope="module")
def world() -> World:
    """Both cases at the centre and in the first draws; every solve is made once for the whole module."""
    return World(draws=WIDTH - 1)


def test_every_claim_is_there_once() -> None:
    numbers = {int("".join(filter(str.isdigit, entry.name))) for entry in (*CLAIMS, *APART)}
    assert numbers == set(range(1, 31))
    assert len({claim.name for claim in CLAIMS}) == len(CLAIMS)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.name)
def test_claim(claim: Claim, world: World) -> None:
    """A claim holds at central values, or what is recorded of its failure still describes the model."""
    answer = claim.answer(world)
    if answer.holds is not None:
        told = f"{answer.before[0]:.4g} -> {answer.after[0]:.4g}, {claim.sign} expected"
        assert answer.holds[0] == (not claim.finding), f"{claim.text}: {told}; recorded: {claim.finding or 'it holds'}"
    number = stored()["claims"][claim.name]
    assert answer.before == pytest.approx(np.array(number["before"]), rel=1e-6, abs=1e-8), STALE
    assert answer.after == pytest.approx(np.array(number["after"]), rel=1e-6, abs=1e-8), STALE


def test_the_table_is_current(world: World) -> None:
    numbers = stored()
    assert numbers["scenarios"] == identity(world), STALE
    assert set(numbers["claims"]) == {claim.name for claim in CLAIMS}, STALE
    assert written() == table(numbers), STALE


def test_no_deal_is_the_modal_outcome_of_hanoi(world: World) -> None:
    assert world(HANOI).signed().sum(1)[0] < 0.5


@pytest.mark.parametrize("name", [HANOI, SMALL])
def test_full_denuclearisation_is_not_signed(world: World, name: str) -> None:
    outcome = world(name)
    assert outcome.deals("cvid", outcome.case.model.scenario.calendar.periods)[0] < 0.01


def test_the_small_deal_is_neither_certain_nor_hopeless(world: World) -> None:
    assert 0.1 < world(SMALL).raw["first"][0].sum() < 0.9
