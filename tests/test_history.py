"""The probability of a history against every path of a tiny game, enumerated; and what follows given the history."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

import jax
import numpy as np
import pytest

from detente import ensemble
from detente.compile import Model, build
from detente.compile.history import growing, moment, seen
from detente.engine.equilibrium import equilibrium
from detente.engine.history import Given, given, likelihood
from detente.engine.solve import solve
from detente.errors import ScenarioError
from detente.spec.read import load_text
from detente.spec.scenario import Observation
from verification import Verify

GAME = """\
detente: 1
name: tiny
calendar: {rounds: 3, after: zero}
after_lapse: open
parameters: {precision: 1.3}
players:
  a: {discount_factor: 0.9, precision: precision, talks: 0.5, reviews: 0.3}
  b: {discount_factor: 0.8, precision: precision, talks: 0.4, hidden_action: true}
  c: {discount_factor: 0.7, precision: precision}
bodies: {council: {quota: 2, seats: [{player: a}, {player: c, count: 2}]}}
issues:
  deal:
    after_lapse: persists
    options: {none: {}, small: {consent: c}, large: {consent: council}}
regimes:
  war: {states: [on, over], start: {on: 0.7, over: 0.3}, moves: {on -> over: 0.4, over -> on: 0.2}}
payoffs:
  a: {flow: 0.6 * in_force - cheating, at sign: {joy: 0.5 * (deal == large)}}
  b: {flow: 0.4 * in_force + 0.8 * cheating - 0.3 * (war == on)}
  c: {flow: 0.2 * in_force * (war == on) - 0.1, at sign: {doubt: -0.4}}
detection: 0.5
"""
FACTS: dict[str, list[dict]] = {
    "nothing": [],
    "no deal": [{"on": 0, "until": 2, "what": "no_deal"}],
    "signed": [{"on": 1, "what": "signed"}],
    "signed on an offer": [{"on": 1, "what": "signed", "by": "b"}],
    "overture": [{"on": 0, "what": "overture", "by": "a"}],
    "refusal": [{"on": 1, "what": "refusal", "by": "c"}],
    "refused by two": [{"on": 0, "what": "refusal", "by": "c"}, {"on": 0, "what": "refusal", "by": "b"}],
    "refused by the body": [{"on": 1, "what": "refusal", "by": "council"}],
    "overture refused": [{"on": 0, "what": "overture", "by": "b"}, {"on": 0, "what": "refusal", "by": "a"}],
    "signed and ended": [{"on": 0, "what": "signed"}, {"on": 2, "what": "lapse"}],
    "left": [{"on": 2, "what": "lapse", "by": "a"}],
    "war": [{"on": 0, "what": "state", "state": {"war": "on"}}, {"on": 2, "what": "state", "state": {"war": "over"}}],
    "a history": [
        {"on": 0, "what": "overture", "by": "a"},
        {"on": 1, "what": "refusal", "by": "b"},
        {"on": 0, "until": 2, "what": "no_deal"},
        {"on": 1, "what": "state", "state": {"war": "on"}},
    ],
}


@dataclass(frozen=True)
class Period:
    """What one period of one path held."""

    regime: int
    in_force: bool
    proposer: str = ""
    package: int = -1
    refused: frozenset[str] = frozenset()
    signed: bool = False
    ended: str = ""


class Tree:
    """Every path through the tiny game under a given policy, written out with loops and floats."""

    def __init__(self) -> None:
        self.model = Model.of(load_text(GAME))
        self.shape = replace(self.model.shape(), watched=True)
        with jax.enable_x64(True):
            self.game = build(self.model.frame, self.shape, self.model.central())
            self.policy = equilibrium(self.game, self.shape).solution.policy
        self.made, self.accept = np.asarray(self.policy.made)[..., 0, :], np.asarray(self.policy.accept)[..., 0, :]
        self.conduct = {name: np.asarray(a)[..., 0, :] for name, a in vars(self.policy.conduct).items()}
        self.need = np.asarray(self.game.need)
        self.moves = np.asarray(self.game.moves[0])
        self.paths = [
            (path, chance) for r in (0, 1) for path, chance in self._from(0, r, 0, None, float(self.game.start_regime[r]))
        ]

    def _from(
        self, t: int, r: int, base: int, force: tuple[int, int] | None, chance: float
    ) -> Iterator[tuple[list[Period], float]]:
        """Continue from the start of period ``t``: at a base, or with an agreement (package, posture) in force."""
        if t == self.shape.periods:
            yield [Period(r, force is not None)], chance
            return
        for now, base_after, force_after, p in self._today(t, r, base, force):
            for then in (0, 1):
                if p * self.moves[r, then] > 0:
                    for path, whole in self._from(t + 1, then, base_after, force_after, chance * p * self.moves[r, then]):
                        yield [now, *path], whole

    def _today(
        self, t: int, r: int, base: int, force: tuple[int, int] | None
    ) -> Iterator[tuple[Period, int, tuple[int, int] | None, float]]:
        ways: dict[tuple[Period, int, tuple[int, int] | None], float] = {}
        for *way, p in self._talks(t, r, base) if force is None else self._agreement(t, r, *force):
            ways[tuple(way)] = ways.get(tuple(way), 0.0) + p  # votes that look the same from outside are one way
        yield from ((*way, p) for way, p in ways.items())

    def _talks(self, t: int, r: int, base: int) -> Iterator[tuple[Period, int, tuple[int, int] | None, float]]:
        made, accept = self.made[t, base, ..., r], self.accept[t, base, ..., r]
        yield Period(r, False), base, None, 1.0 - made.sum()
        for j, name in enumerate(("a", "b")):
            for a in (0, 1):
                # whoever proposed says yes; a, b and c vote by themselves, c twice more in the council
                for votes in itertools.product((True, False), repeat=5):
                    p = made[j, a]
                    said = dict(zip("abc", votes[:3], strict=True))
                    for i, player in enumerate("abc"):
                        mine = 1.0 if player == name else accept[i, a]
                        p *= mine if said[player] else 1.0 - mine
                    for vote in votes[3:]:
                        p *= accept[2, a] if vote else 1.0 - accept[2, a]
                    # a votes in the council as it votes by itself: its own consent is needed in every package
                    council = (1 + votes[3] + votes[4]) >= 2
                    no = {player for i, player in enumerate("abc") if self.need[i, a] and not said[player]}
                    no |= {"council"} if a == 1 and not council else set()
                    now = Period(r, False, name, a, frozenset(no), not no)
                    if no:
                        yield now, base, None, p
                        continue
                    cheat = self.conduct["cheat"][t, a, r]
                    yield now, base, (a, 0), p * (1 - cheat)
                    yield now, base, (a, 1), p * cheat

    def _agreement(self, t: int, r: int, a: int, posture: int) -> Iterator[tuple[Period, int, tuple[int, int] | None, float]]:
        found = 0.5 if posture else 0.0
        leave, known, stop = (
            self.conduct["leave"][t, 0, a, r],
            self.conduct["known"][t, 0, a, r],
            self.conduct["terminate"][t, a, r],
        )
        yield from self._ended(t, r, a, "caught", found * stop)
        for away, share in ((leave, 1.0 - found), (known, found * (1.0 - stop))):
            yield from self._ended(t, r, a, "a", share * 0.3 * away)
            yield Period(r, True), 0, (a, posture), share * (1.0 - 0.3 * away)

    def _ended(self, t: int, r: int, a: int, cause: str, p: float) -> Iterator[tuple[Period, int, tuple[int, int] | None, float]]:
        kind = int(self.game.lapse[a])
        back = self.conduct["restore"][t, kind, r]
        yield Period(r, True, ended=cause), int(self.game.lapse_to[kind]), None, p * (1 - back)
        yield Period(r, True, ended=cause), int(self.game.snap_to[kind]), None, p * back

    def agrees(self, path: list[Period], fact: dict) -> bool:
        now = path[fact["on"]]
        match fact["what"]:
            case "no_deal":
                return not any(period.signed for period in path[fact["on"] : fact["until"]])
            case "signed":
                return now.signed and now.proposer == fact.get("by", now.proposer)
            case "overture":
                return now.proposer == fact["by"]
            case "refusal":
                return fact["by"] in now.refused
            case "lapse":
                return bool(now.ended) and now.ended == fact.get("by", now.ended)
        return ("on", "over")[now.regime] == fact["state"]["war"]

    def agreeing(self, facts: list[dict]) -> list[tuple[list[Period], float]]:
        return [(path, p) for path, p in self.paths if all(self.agrees(path, fact) for fact in facts)]

    def probability(self, facts: list[dict]) -> float:
        return sum(p for _, p in self.agreeing(facts))

    def engine(self, facts: list[dict]) -> Given:
        noted = seen(self.model, [Observation.model_validate(fact) for fact in facts])
        with jax.enable_x64(True):
            return given(self.game, self.shape, self.policy, noted)


@pytest.fixture(scope="module")
def tree() -> Tree:
    return Tree()


def test_every_path_is_there(tree: Tree) -> None:
    assert sum(p for _, p in tree.paths) == pytest.approx(1.0, abs=1e-12)
    assert len(tree.paths) > 1000


@pytest.mark.parametrize("name", FACTS)
def test_probability_of_a_history(verify: Verify, tree: Tree, name: str) -> None:
    truth = tree.probability(FACTS[name])
    assert 0.0 < truth <= 1.0 + 1e-12
    off = float(np.exp(tree.engine(FACTS[name]).log_likelihood)) - truth
    verify.nothing(f"Chance of what was seen, {name}", "every path of the game, one by one", off, 1e-12)


@pytest.mark.parametrize("name", FACTS)
def test_what_follows_given_a_history(tree: Tree, name: str) -> None:
    """Before, during and after what was seen: signing by proposer and package, agreements in force, the war."""
    after, paths = tree.engine(FACTS[name]), tree.agreeing(FACTS[name])
    truth = sum(p for _, p in paths)
    signed, alive, war = np.zeros((3, 2, 2)), np.zeros(4), np.zeros(4)
    for path, p in paths:
        for t, period in enumerate(path):
            alive[t] += p * period.in_force / truth
            war[t] += p * (period.regime == 0) / truth
            if period.signed:
                signed[t, "ab".index(period.proposer), period.package] += p / truth
    assert np.asarray(after.signed) == pytest.approx(signed, abs=1e-12)
    assert np.asarray(after.alive) == pytest.approx(alive, abs=1e-12)
    assert np.asarray(after.regime)[:, 0] == pytest.approx(war, abs=1e-12)


def test_a_history_is_no_product_of_its_parts(tree: Tree) -> None:
    whole = tree.probability(FACTS["a history"])
    parts = np.prod([tree.probability([fact]) for fact in FACTS["a history"]])
    assert abs(whole / parts - 1) > 0.05


def test_two_offers_in_one_period_cannot_be(tree: Tree) -> None:
    after = tree.engine([{"on": 0, "what": "overture", "by": "a"}, {"on": 0, "what": "overture", "by": "b"}])
    assert after.log_likelihood == -np.inf


def three_years() -> Model:
    clock = "{start: 2025-01-01, horizon: 3, step: 1, after: zero}"
    return Model.of(load_text(GAME.replace("{rounds: 3, after: zero}", clock).replace("_factor", "")))


@pytest.mark.parametrize(
    ("day", "period"),
    [("2022-06-01", None), ("2025-01-01", 0), ("2025-12-31", 0), ("2026-01-02", 1), ("2027-12-31", 2), ("2028-01-02", None)],
)
def test_an_event_belongs_to_the_period_of_its_date_and_to_none_outside_the_calendar(day: str, period: int | None) -> None:
    noted = seen(three_years(), [Observation.model_validate({"on": day, "what": "signed"})])
    assert noted.signed.tolist() == [float(t == period) for t in range(3)]


def test_a_span_counts_the_share_of_each_period_it_covers() -> None:
    model = three_years()
    fact = Observation.model_validate({"on": "2025-07-02", "until": "2027-04-02", "what": "no_deal"})
    first, last = (moment(model.scenario.calendar, when) for when in (fact.on, fact.until))
    assert seen(model, [fact]).quiet == pytest.approx([1 - first, 1.0, last - 2])


def test_likelihood_is_differentiable(tree: Tree) -> None:
    """With respect to what the game is made of, against a finite difference, however little the compiler does for speed."""
    noted = seen(tree.model, [Observation.model_validate(fact) for fact in FACTS["a history"]])

    with jax.enable_x64(True):
        belief = equilibrium(tree.game, tree.shape).solution.belief

    def log(precision: float) -> jax.Array:
        game = build(tree.model.frame, tree.shape, {"precision": precision})
        return likelihood(game, tree.shape, solve(game, tree.shape, belief).policy, noted)

    with jax.enable_x64(True):
        slope = float(log(1.3 + 1e-5) - log(1.3 - 1e-5)) / 2e-5
        assert float(jax.grad(log)(1.3)) == pytest.approx(slope, rel=1e-6)
        plainly = jax.jit(jax.grad(log), compiler_options={"xla_backend_optimization_level": 0})
        assert float(plainly(1.3)) == pytest.approx(slope, rel=1e-6)


def test_draws_carry_the_likelihood_and_what_follows(tree: Tree) -> None:
    """The ensemble's row at central values is the engine's; the other draw differs."""
    facts = FACTS["a history"]
    noted = growing(tree.model, [Observation.model_validate(fact) for fact in facts])
    raw = ensemble.run(tree.model, {"precision": np.array([1.3, 2.0])}, seen=noted)
    steps = [np.log(tree.probability(facts[: count + 1])) for count in range(len(facts))]
    assert raw["log_likelihood"][0] == pytest.approx(steps, abs=1e-6)
    assert abs(raw["log_likelihood"][1, -1] - raw["log_likelihood"][0, -1]) > 1e-3
    paths = tree.agreeing(facts)
    deal = sum(p for path, p in paths if any(period.signed for period in path)) / sum(p for _, p in paths)
    assert raw["given_signed"][0].sum() >= deal - 1e-6
    assert raw["given_in_force"][0] == pytest.approx(np.asarray(tree.engine(facts).alive), abs=1e-6)


@pytest.mark.parametrize(
    ("fact", "code"),
    [
        ({"on": 1, "what": "overture", "by": "c"}, "cannot-happen"),
        ({"on": 1, "what": "lapse", "by": "c"}, "cannot-happen"),
        ({"on": 1, "what": "refusal"}, "missing-key"),
        ({"on": 1, "what": "state"}, "missing-key"),
        ({"on": 1, "what": "state", "state": {"wra": "on"}}, "unknown-category"),
        ({"on": 1, "what": "state", "state": {"war": "off"}}, "unknown-state"),
    ],
)
def test_facts_that_cannot_be_are_refused(fact: dict, code: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        load_text(GAME + f"observations: [{json.dumps(fact)}]\n")
    assert [problem.code for problem in caught.value.problems] == [code]
