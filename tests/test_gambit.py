"""Small games written as trees: Gambit's own solver finds the equilibria the engine finds."""

from __future__ import annotations

import io
import re
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
import pygambit
import pytest
from click.testing import CliRunner, Result

from detente.cli import main
from detente.compile import Model
from detente.errors import ScenarioError
from detente.export import MOST, efg
from detente.run import load
from detente.spec.read import load_text, with_values
from detente.spec.scenario import Scenario
from playing import GAMES as FOLDER
from playing import Bench, scenario
from scenarios import BASE
from trees import Node, everywhere, parse
from verification import Verify

PATIENT = {"patience_us": 1.0, "patience_dprk": 1.0}

STOCK = """\
detente: 1
name: stockpile
title: Two rounds, a stock that grows while they talk, a cost of refusing
calendar: {rounds: 2, after: zero}
menu: unweighted
parameters: {precision: 1, pace: 6, growth: 0.5}
players:
  a: {discount_factor: 1, precision: precision, talks: 0.5}
  b: {discount_factor: 1, precision: precision, talks: 0.3 + 0.1 * (stock > 5)}
  bystander: {discount_factor: 1}
issues: {deal: {options: {none: {a: 0, b: 0}, small: {a: 1, b: 2}, large: {a: 2, b: 1.2}}}}
regimes: {war: {states: [on, off], start: on, moves: {on -> off: 0.25}}}
stocks: {stock: {start: 2, grid: [0, 10, 20], drift: pace * (1 - in_force) * (stock < 20)}}
payoffs:
  a:
    fear: -stock / 20
    at sign: {share: deal.a}
    at refuse: {blame: -0.4}
    at horizon: {rest: "-0.5 * (war == on) * (1 - in_force)"}
  b:
    windfall: 0.3 * (war == on) * (1 - in_force)
    at sign: {share: deal.b + 0.1 * stock}
    at refuse: {blame: -0.2 - 0.1 * deal.b}
  bystander:
    quiet: -stock
    at sign: {joy: 1}
"""


@cache
def bench(name: str, rounds: int) -> Bench:
    return Bench(load_text(STOCK) if name == "stock" else scenario(name, rounds=rounds))


def tree(what: Scenario) -> pygambit.Game:
    return pygambit.read_efg(io.StringIO(efg(Model.of(what))))


GAMES = [
    ("lankov", 1, {**PATIENT}),
    ("lankov", 2, {**PATIENT}),
    ("lankov", 2, {**PATIENT, "fighting_first": 0.6, "over": 0.45}),
    ("ultimatum", 1, {"patience": 1.0}),
    ("ultimatum", 2, {"patience": 1.0}),
    ("stock", 2, {}),
]


@pytest.mark.parametrize("lam", [0.5, 1.0, 2.0])
@pytest.mark.parametrize(("name", "rounds", "values"), GAMES)
def test_logit_equilibria_agree(verify: Verify, name: str, rounds: int, values: dict[str, float], lam: float) -> None:
    made = bench(name, rounds)
    values = values | {"precision": lam}
    played = made(values)
    game = tree(with_values(made.model.scenario, values))
    profile = pygambit.qre.logit_solve_lambda(game, [lam])[0].profile
    start = np.einsum("g,r,igr->i", played.game.start_point, played.game.start_regime, played.solution.talking[0])
    off = np.array([value for _, value in profile.payoffs]) - start
    changed = "".join(f", {key} {value:g}" for key, value in values.items() if key != "precision")
    verify.nothing(f"Tree of {name}, rounds {rounds}{changed}, lambda {lam:g}: values", "Gambit", off, 1e-8)


def test_choices_agree_with_the_published_game(verify: Verify) -> None:
    """T = 2, d = 1, lambda = 1: values (4.0431949309, 5.3000547748)."""
    played = bench("lankov", 2)(PATIENT)
    verify(
        "17 Two rounds, discount factor 1, lambda 1: values",
        "tabulated, Gambit",
        [4.0431949309, 5.3000547748],
        played.value(),
        1e-9,
    )
    game = tree(with_values(bench("lankov", 2).model.scenario, PATIENT))
    profile = pygambit.qre.logit_solve_lambda(game, [1.0])[0].profile
    _, first = next(iter(profile["us"]))  # what us proposes when drawn in the first round
    offers = np.array([dict(first)[name] for name in "abc"])
    accept = 1 / (1 + np.exp(played.wait()[1] - played.deal()[1]))
    verify.nothing("Tree of lankov, rounds 2, lambda 1: chances of signing each package", "Gambit",
                   offers * accept * 0.6 - played.sign()[0], 1e-8)  # fmt: skip


@pytest.mark.parametrize("rounds", [1, 2, 3])
def test_the_rush_at_the_deadline_is_gambits_too(verify: Verify, rounds: int) -> None:
    what = scenario("coarse", rounds=rounds)
    patient = what.model_copy(
        update={"players": {n: p.model_copy(update={"discount_factor": "1"}) for n, p in what.players.items()}}
    )
    game = tree(patient)
    profile = pygambit.qre.logit_solve_lambda(game, [2.0])[0].profile
    off = np.array([value for _, value in profile.payoffs]) - Bench(patient)().value()
    verify.nothing(f"Tree of coarse, rounds {rounds}, lambda 2: values", "Gambit", off, 1e-8)


def test_a_tree_counts_what_the_game_has() -> None:
    """T = 1: who proposes; offers and passing; answers. Two proposers, three packages."""
    text = efg(Model.of(scenario("lankov", rounds=1)))
    kinds = Counter(line[0] for line in text.splitlines() if line[:2] in ("c ", "p ", "t "))
    assert kinds == {"c": 1, "p": 2 + 6, "t": 2 * (3 * 2 + 1)}
    game = pygambit.read_efg(io.StringIO(text))
    assert list(game.players) == ["us", "dprk"]


def test_names_in_a_tree_are_unique() -> None:
    lines = efg(Model.of(scenario("lankov", rounds=2))).splitlines()
    ends = [line.split('"')[3] for line in lines if line.startswith("t ")]
    choices = [line.split('"')[3] for line in lines if line.startswith("p ")]
    assert len(set(ends)) == len(ends)
    assert len(set(choices)) == len(choices)


def test_payoffs_are_values_as_of_the_start() -> None:
    """Passing in the only round: a flow of 1.5, and the rest, discounted: 0.9 x (0.7 x 3 + 0.3 x 0.5) = 2.025."""
    text = efg(Model.of(scenario("lankov", rounds=1)))
    ends = [re.findall(r"{ (.*), (.*) }", line)[0] for line in text.splitlines() if line.startswith("t ")]
    paid = Counter((round(float(us), 12), round(float(dprk), 12)) for us, dprk in ends)
    assert paid[0.0, 3.525] == 8
    assert paid[8.0, 2.0] == 2


def test_a_case_can_be_exported_too() -> None:
    text = efg(load(STOCK))
    assert text.startswith('EFG 2 R "stockpile" { "a" "b" "bystander" }')
    assert text.endswith("}\n")


def refused(what: Scenario) -> list[tuple[str | int, ...]]:
    with pytest.raises(ScenarioError) as caught:
        efg(Model.of(what))
    assert {problem.code for problem in caught.value.problems} == {"no-tree"}
    assert all(problem.text and problem.hint for problem in caught.value.problems)
    return [problem.path for problem in caught.value.problems]


def test_games_that_have_no_such_tree_are_refused_with_all_reasons() -> None:
    assert refused(load_text(BASE)) == [("players",), ("issues",)]
    assert refused(scenario("pie", rounds=1, after="stationary")) == [("calendar", "after")]


def test_three_who_consent_are_refused() -> None:
    three = STOCK.replace("bystander: {discount_factor: 1}", "bystander: {discount_factor: 1, principal: true}")
    assert refused(load_text(three)) == [("players",)]


def test_a_tree_too_large_is_refused() -> None:
    assert MOST == 50_000
    assert refused(scenario("lankov", rounds=6)) == [("calendar",)]


# The command


def detente(*words: str) -> Result:
    return CliRunner().invoke(main, words, prog_name="detente")


LANKOV = str(FOLDER / "lankov.yaml")


def test_export_prints_a_tree_gambit_reads(tmp_path: Path) -> None:
    printed = detente("export", LANKOV, "--to", "efg", "--set", "patience_us=1")
    assert (printed.exit_code, printed.stderr) == (0, "")
    assert list(pygambit.read_efg(io.StringIO(printed.stdout)).players) == ["us", "dprk"]
    assert printed.stdout != detente("export", LANKOV, "--to", "efg").stdout
    saved = detente("export", LANKOV, "--to", "efg", "--set", "patience_us=1", "--out", str(tmp_path / "game.efg"))
    assert (saved.exit_code, saved.stdout) == (0, "")
    assert (tmp_path / "game.efg").read_text(encoding="utf-8") == printed.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["game.efg"]


def test_export_takes_a_variant(tmp_path: Path) -> None:
    file = tmp_path / "stock.yaml"
    file.write_text(STOCK + "variants: {quick: {set: {growth: 2, precision: 3}}}\n", encoding="utf-8")
    assert detente("export", str(file), "--to", "efg", "--variant", "quick").exit_code == 0
    assert "no variant" in detente("export", str(file), "--to", "efg", "--variant", "slow").stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["small-deal-2025", "--to", "efg"], "more than one vote is cast at once"),
        (["no-such-case", "--to", "efg"], "[no-such-file]"),
        ([LANKOV], "--to"),
        ([LANKOV, "--to", "nfg"], "nfg"),
        ([LANKOV, "--to", "efg", "--set", "patience"], "name=value"),
        ([LANKOV, "--to", "efg", "--set", "patience=1"], "[unknown-parameter]"),
    ],
    ids=["votes at once", "file", "no format", "format", "pair", "parameter"],
)
def test_what_cannot_be_exported_ends_with_2_and_leaves_the_file_alone(tmp_path: Path, words: list[str], said: str) -> None:
    file = tmp_path / "game.efg"
    file.write_text("mine", encoding="utf-8")
    failed = detente("export", *words, "--out", str(file))
    assert (failed.exit_code, failed.stdout) == (2, "")
    assert said in failed.stderr
    assert file.read_text(encoding="utf-8") == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["game.efg"]


@pytest.mark.parametrize("place", ["missing/game.efg", "."])
def test_a_place_that_cannot_be_written_ends_with_2(tmp_path: Path, place: str) -> None:
    failed = detente("export", LANKOV, "--to", "efg", "--out", str(tmp_path / place))
    assert failed.exit_code == 2
    assert "cannot be written" in failed.stderr
    assert list(tmp_path.iterdir()) == []


# Unseen cheating

WATCH = """\
detente: 1
name: watch
calendar: {rounds: 3, after: zero}
menu: unweighted
parameters: {seen: 1}
players:
  watcher: {discount_factor: 1, talks: 1, reviews: 0.4, principal: true}
  doer: {discount_factor: 1, reviews: 0.3, hidden_action: true, principal: true}
issues: {deal: {options: {none: {}, done: {}}}}
stocks: {pile: {start: 0, grid: [0, 1, 2, 3], drift: 1 - seen + seen * cheating}}
payoffs:
  watcher: {flow: in_force * (1 - 1.5 * cheating) }
  doer: {flow: in_force * (1 + 0.3 * cheating)}
detection: 0.3
"""


def information(values: dict[str, float]) -> dict[tuple[int, int], list[Node]]:
    """Return the nodes of each information set."""
    sets: dict[tuple[int, int], list[Node]] = {}
    for node in everywhere(parse(efg(Model.of(with_values(load_text(WATCH), values))))):
        if node.player >= 0:
            sets.setdefault((node.player, node.number), []).append(node)
    return sets


def held(sets: dict[tuple[int, int], list[Node]], what: str, date: str) -> list[int]:
    """Return how many nodes each information set of a kind holds at a date."""
    return [len(nodes) for nodes in sets.values() if what in nodes[0].words and nodes[0].words[-2] == date]


def test_the_watcher_knows_what_it_has_seen() -> None:
    """It sees what is found out, and the pile where that grows; it does not see choices, nor the doer's reviews.

    In round 1 it has seen an agreement signed in round 0, honoured or cheated on, or cheating found and borne with. In
    round 2, with its own review in round 1: the same two by two. Without: six ways of having found nothing (honoured or
    not, times no review or one that ends in either), three to find cheating now, three after cheating was found in round 1,
    and two to find it again. What is signed in round 1, after a refusal or nothing offered, is as in round 1.
    """
    sets = {key: nodes for key, nodes in information({"seen": 0}).items() if nodes[0].words[0] == "watcher"}
    assert sorted(held(sets, "reviews", "1")) == [1, 2]
    assert sorted(held(sets, "reviews", "2")) == sorted([2, 1, 1, 1] + [6, 3, 3, 2] + 2 * [1, 2])
    told = {key: nodes for key, nodes in information({"seen": 1}).items() if nodes[0].words[0] == "watcher"}
    assert sorted(held(told, "reviews", "1")) == [1, 1, 1]  # the pile tells who has cheated, found out or not


def test_nobody_forgets() -> None:
    game = pygambit.read_efg(io.StringIO(efg(Model.of(load_text(WATCH)))))
    assert game.is_perfect_recall


def test_votes_at_once_are_refused_wherever_they_are_cast() -> None:
    watch = WATCH.replace("stocks:", "bodies: {pair: {quota: 1, seats: [{player: watcher}, {player: doer}]}}\nstocks:")
    votes = watch.replace("done: {}", "done: {snapback_consent: [watcher, doer]}")
    assert refused(load_text(votes)) == [("issues",)]
    assert refused(load_text(watch.replace("done: {}", "done: {snapback_consent: [pair]}"))) == [("issues",)]
    assert refused(load_text(watch.replace("done: {}", "done: {consent: [pair]}"))) == [("players",)]
    third = WATCH.replace("players:\n", "players:\n  third: {discount_factor: 1, principal: true}\n")
    assert refused(load_text(third)) == [("players",), ("players",)]


def test_three_who_decide_one_at_a_time_have_a_tree() -> None:
    """The third votes on the snapback alone, and is asked for nothing else."""
    third = WATCH.replace("players:\n", "players:\n  third: {discount_factor: 1}\n").replace("rounds: 3", "rounds: 2")
    nodes = list(everywhere(parse(efg(Model.of(load_text(third.replace("done: {}", "done: {snapback_consent: [third]}")))))))
    assert {node.words[1] for node in nodes if node.player == 0} == {"votes on a snapback"}
