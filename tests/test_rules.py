"""Every rule: what breaks it, where it is reported, and that nothing else is said."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.errors import ScenarioError
from detente.spec.central import Central
from detente.spec.menu import MAX_PACKAGES, packages
from detente.spec.read import load_text
from detente.spec.scope import Scope
from detente.spec.units import Unit
from scenarios import BASE, changed, problems

BREAKS = [
    # names
    ("  rate: {value", "  1rate: {value: 1}\n  rate: {value", "bad-name", "parameters.1rate"),
    ("  left:", "  lambda: 1\n  left:", "bad-name", "definitions.lambda"),
    ("half: {cut", "half-way: {cut", "bad-name", "issues.arms.options.half-way"),
    ("  elected: {d", "  '': {discount: 0.1}\n  elected: {d", "bad-name", "players."),
    ("  left:", "  exp: 1\n  left:", "reserved-name", "definitions.exp"),
    ("  left:", "  cheating: 1\n  left:", "reserved-name", "definitions.cheating"),
    ("  left:", "  year: 1\n  left:", "reserved-name", "definitions.year"),
    ("  left:", "  rate: 1\n  left:", "name-clash", "definitions.rate"),
    ("bodies:\n", "bodies:\n  us: {quota: 1, seats: [{player: them}]}\n", "name-clash", "bodies.us"),
    # players, bodies, consent
    ("elected: {discount: 0.1/year}", "elected: {hidden_action: true}", "two-hidden", "players.elected.hidden_action"),
    ("them: {discount", "x: {discount: 0.1, may_leave: true}\n  them: {discount", "cannot-leave", "players.x.may_leave"),
    ("    at exit: {bl", "    at leave: {bl", "cannot-leave", "payoffs.us.at leave"),
    ("quota: 6", "quota: 8", "quota-too-high", "bodies.council.quota"),
    ("{player: elected,", "{player: elekted,", "unknown-player", "bodies.council.seats.1.player"),
    ("needs: council", "needs: [council, china]", "unknown-player", "needs.1"),
    ("needs: council", "needs: counsel", "unknown-player", "needs"),
    ("consent: elected", "consent: elect", "unknown-player", "issues.arms.options.give.consent"),
    ("consent: [council]", "consent: [us, nobody]", "unknown-player", "issues.relief.options.full.snapback_consent.1"),
    ("payoffs:\n  us:", "payoffs:\n  usa:", "unknown-player", "payoffs.usa"),
    ("step: 0.5}", "step: 0.5, proposers: [us, we]}", "unknown-player", "calendar.proposers.1"),
    (
        "{discount: 0.1/year, precision: precision,",
        "{discount_factor: 0.9, discount: 0.1, precision: precision,",
        "wrong-clock",
        "players.us.discount_factor",
    ),
    # the table
    ("give: {cut: 1,", "give: {cut: 1, wieght: 2,", "unused-attribute", "issues.arms.options.give.wieght"),
    (
        "exclude: arms == keep and relief == full",
        "exclude: [arms == keep, relief != full, relief == full]",
        "empty-menu",
        "exclude",
    ),
    ("exclude: arms", "exclude: warheads > 3 or arms", "not-allowed-here", "exclude"),
    ("exclude: arms", "exclude: danger > 3 or arms", "not-allowed-here", "exclude"),
    ("weight: 0.5}", "weight: 0}", "out-of-range", "issues.relief.options.full.weight"),
    ("half: {cut: 0.5}", "half: {cut: relief.money}", "not-allowed-here", "issues.arms.options.half.cut"),
    ("half: {cut: 0.5}", "half: {cut: arms.cut}", "not-allowed-here", "issues.arms.options.half.cut"),
    ("half: {cut: 0.5}", "half: {cut: view * in_force}", "not-allowed-here", "issues.arms.options.half.cut"),
    # calendar
    ("start: 2026-01-01", "start: 0026-01-01", "date-out-of-range", "calendar.start"),
    ("them: {discount: 0.1/year", "them: {discount: 0", "no-discounting", "players.them"),
    # regimes
    ("start: dove", "start: dive", "unknown-state", "regimes.office.start"),
    ("start: {fighting: 1 - chance, over", "start: {fighting: 1 - chance, ower", "unknown-state", "regimes.war.start.ower"),
    ("fighting: 1 - chance", "fighting: 1", "bad-sum", "regimes.war.start"),
    ("to: {dove: 0.5,", "to: {dove: 0.4,", "bad-sum", "regimes.office.switches.0.to"),
    ("from: dove", "from: [dove, owl]", "unknown-state", "regimes.office.switches.0.from.1"),
    ("on: 2027-01-20", "on: 2025-01-20", "date-out-of-range", "regimes.office.switches.0.on"),
    ("on: 2027-01-20", "on: 3", "wrong-clock", "regimes.office.switches.0.on"),
    ("over -> fighting: 0.1", "over -> over: 0.1", "bad-move", "regimes.war.moves.over -> over"),
    ("over -> fighting: 0.1", "over to fighting: 0.1", "bad-move", "regimes.war.moves.over to fighting"),
    ("over -> fighting: 0.1", "fighting->over: 0.1", "bad-move", "regimes.war.moves.fighting->over"),
    ("over -> fighting: 0.1", "ower -> fighting: 0.1", "unknown-state", "regimes.war.moves.ower -> fighting"),
    ("over -> fighting: 0.1", "over -> fighting: -0.1", "out-of-range", "regimes.war.moves.over -> fighting"),
    (
        "over -> fighting: 0.1",
        "over -> fighting: rate * ((office == hawk) - 0.5)",
        "out-of-range",
        "regimes.war.moves.over -> fighting",
    ),
    ("over -> fighting: 0.1", "over -> fighting: 0.1 * warheads", "not-allowed-here", "regimes.war.moves.over -> fighting"),
    ("over -> fighting: 0.1", "over -> fighting: chance", None, ""),
    # tables
    ("{by: office", "{by: offices", "unknown-category", "parameters.cost.by"),
    ("{dove: 2, hawk", "{dove: 2, dov: 1, hawk", "unknown-state", "parameters.cost.cases.dov"),
    # stocks
    ("{start: start,", "{start: 2 * start + 1,", "out-of-range", "stocks.warheads.start"),
    ("diffusion: 0}", "diffusion: -1}", "out-of-range", "stocks.warheads.diffusion"),
    # parameters over their ranges
    ("{value: 0.4, low: 0.1", "{value: 0.4, low: -0.1", "out-of-range", "players.us.talks"),
    ("values: [1, 2, 4]", "values: [0, 2, 4]", "out-of-range", "players.us.precision"),
    (
        "chance: {value: 0.3, low: 0.1, high: 0.5",
        "chance: {value: 0.3, low: 0.1, high: 1.5",
        "out-of-range",
        "regimes.war.start.over",
    ),
    ("worth: {value: 2,", "worth: {value: .inf,", "not-finite", "payoffs.us.threat"),
    # expressions
    ("left: 1 - arms.cut", "left: 1 - arms.cuts", "unknown-attribute", "definitions.left"),
    ("detection: rate", "detection: rat", "unknown-name", "detection"),
    ("detection: rate", "detection: rate +", "bad-syntax", "detection"),
    ("detection: rate", "detection: log(0 * rate) * 0.1", "not-finite", "detection"),
    ("detection: rate", "detection: 'rate * (war == fightin)'", "unknown-state", "detection"),
    ("precision: .inf", "precision: warheads", "not-allowed-here", "players.them.precision"),
    ("talks: 1/year", "talks: 1/year + year/year", "divided-by-time", "players.them.talks"),
    ("left: 1 - arms.cut", "left: 1 - left * arms.cut", "cyclic-definition", "definitions.left"),
    # units
    ("detection: rate", "detection: worth", "unit-mismatch", "detection"),
    ("drift: pace * left", "drift: start", "unit-mismatch", "stocks.warheads.drift"),
    ("discount: 0.1/year, precision: .inf", "discount: start, precision: .inf", "unit-mismatch", "players.them.discount"),
    ("log(1 + warheads / start)", "log1p(warheads)", "unit-mismatch", "payoffs.them.money"),
    ("danger: {value: worth * left", "danger: {value: worth * left + start", "unit-mismatch", "definitions.danger.value"),
    (
        "danger: {value: worth * left, unit: util/year}",
        "danger: {value: worth * left, unit: util}",
        "unit-mismatch",
        "payoffs.us.threat",
    ),
    (
        "arsenal: {value: warheads, unit: warheads}",
        "arsenal: {value: warheads, unit: '1'}",
        "unit-mismatch",
        "indicators.arsenal.value",
    ),
    ("pride: -view", "pride: {value: -view, unit: util/year}", "unit-mismatch", "payoffs.them.at sign.pride.unit"),
    ("unit: warheads/year", "unit: warheads//year", "bad-unit", "parameters.pace.unit"),
    # the ledger
    ("unit: 1/year, source: paper", "unit: 1/year, source: pamphlet", "unknown-source", "parameters.rate.source"),
    ("unit: 1/year, source: paper", "unit: 1/year", "no-source", "parameters.rate"),
    ("cost: {by: office, unit: util, source: paper,", "cost: {by: office, unit: util,", "no-source", "parameters.cost"),
    ("readings: {one: 0, other: 2}", "readings: {one: 0}", "no-readings", "parameters.view"),
    ("set: {rate: 0.1,", "set: {rat: 0.1,", "unknown-parameter", "variants.grim.set.rat"),
    ('"cost[hawk]": 4', '"cost[owl]": 4', "unknown-parameter", "variants.grim.set.cost[owl]"),
    ("by: us, source: paper", "by: uk, source: paper", "unknown-player", "observations.0.by"),
    ("by: us, source: paper", "by: us, source: papers", "unknown-source", "observations.0.source"),
    ("on: 2026-02-01, what", "on: 4, what", "wrong-clock", "observations.0.on"),
    ("until: 2026-06-01", "until: 2026-01-31", "date-out-of-range", "observations.1.until"),
    ("until: 2026-06-01, ", "", "missing-key", "observations.1"),
    (
        "likelihood_ratio: {rate: 1.5}",
        "likelihood_ratio: {rates: 1.5}",
        "unknown-parameter",
        "observations.2.likelihood_ratio.rates",
    ),
    ("likelihood_ratio: {rate: 1.5}", "likelihood_ratio: {rate: 0}", "out-of-range", "observations.2.likelihood_ratio.rate"),
]


@pytest.mark.parametrize(("old", "new", "code", "path"), BREAKS, ids=[f"{code}-{i}" for i, (_, _, code, _) in enumerate(BREAKS)])
def test_what_breaks_a_rule(old: str, new: str, code: str | None, path: str) -> None:
    text = changed((old, new))
    found = [(problem.code, ".".join(str(part) for part in problem.path)) for problem in problems(text)]
    assert (code, path) in found or (code is None and not found)
    assert {problem[0] for problem in found} <= {code}, found
    assert all(problem.line is not None and problem.text for problem in problems(text))


def test_the_base_is_in_order() -> None:
    assert problems(BASE) == []


def test_missing_case() -> None:
    text = changed(
        ("{dove: 2, hawk: {value: 1, low: 0, high: 3}}", "{dove: {value: 1, low: 0, high: 3}}"), (', "cost[hawk]": 4', "")
    )
    assert [(p.code, p.path) for p in problems(text)] == [("missing-case", ("parameters", "cost", "cases"))]


REFUSAL = "  - {on: 2026-02-01, what: refusal, by: us, source: paper}\n"
"""It cannot be where nobody asks for that consent."""


def test_nobody_talks() -> None:
    text = changed(("talks: rate, ", ""), ("talks: 1/year, ", ""), ("needs: council\n", ""), (REFUSAL, ""))
    assert {p.code for p in problems(text)} == {"nobody-talks", "too-few-principals"}


def test_a_body_can_stand_for_the_second_principal() -> None:
    assert problems(changed(("talks: rate, ", ""), (REFUSAL, ""))) == []
    alone = changed(("talks: rate, ", ""), ("needs: council\n", ""), (REFUSAL, ""))
    assert [p.code for p in problems(alone)] == ["too-few-principals"]


def test_rounds_clock() -> None:
    rounds = """\
detente: 1
calendar: {rounds: 10}
players: {a: {talks: 0.5, discount_factor: 0.9}, b: {talks: 0.5, discount_factor: 0.9}}
issues: {pie: {options: {nothing: {share: 0}, half: {share: 0.5}}}}
regimes: {mood: {states: [good, bad], start: good, moves: {good -> bad: 0.2}, switches: [{on: 3, to: {good: 1}}]}}
payoffs: {a: {pie: "pie.share * (round < 5)"}, b: {pie: 1 - pie.share}}
"""
    assert problems(rounds) == []
    for old, new, code in [
        ("good -> bad: 0.2", "good -> bad: 1.2", "out-of-range"),
        ("discount_factor: 0.9", "discount: 0.1", "wrong-clock"),
        ("discount_factor: 0.9", "discount_factor: 1.1", "out-of-range"),
        ("discount_factor: 0.9", "discount_factor: 1", "no-discounting"),
        ("on: 3", "on: 2026-01-01", "wrong-clock"),
        ("on: 3", "on: 0", "date-out-of-range"),
        ("round < 5", "year < 5", "unknown-name"),
        ("states: [good, bad]", "states: [good, bad, ugly]", None),
        ("good -> bad: 0.2", "good -> bad: 0.7, good  -> bad: 0.7", "bad-move"),
    ]:
        assert old in rounds
        found = {p.code for p in problems(rounds.replace(old, new, 1))}
        assert code is None or code in found, (old, new, found)
    many = rounds.replace("[good, bad]", "[good, bad, ugly]").replace("good -> bad: 0.2", "good -> bad: 0.7, good -> ugly: 0.7")
    assert [p.code for p in problems(many)] == ["bad-sum"]


def test_packages_are_all_combinations_but_the_excluded_and_the_status_quo() -> None:
    scenario = load_text(BASE)
    every = set(itertools.product(range(3), range(2)))
    assert packages(scenario) == tuple(sorted(every - {(0, 0), (0, 1)}))


def test_exclusions_see_parameters_definitions_and_attributes() -> None:
    text = changed(
        ("exclude: arms == keep and relief == full", "exclude: [cheap and relief == full, arms.cut * 2 > chance + 1]"),
        ("definitions:\n", "definitions:\n  cheap: arms.cut < chance\n"),
    )
    assert packages(load_text(text)) == ((1, 0), (1, 1))


RULES = st.sampled_from(
    (
        "cheap and relief == full",
        "arms.cut * 2 > chance + 1",
        "arms.cut ** 2 == 0.25 if relief in [full] else arms not in [keep, give]",
        "not (toll[arms] - 1) or relief.money > 0 and alone != only",
        "log(arms.cut) < -3 or 1 / relief.money < 2",
        "min(arms.cut, relief.money, 0.3) == 0.3",
        "both - arms.cut % 0.4 > 1.2",
        "chance < 0",
        "alone == only and relief.money / relief.money != 1",
    )
)


@given(st.lists(RULES, min_size=1, max_size=4))
def test_exclusions_read_off_the_whole_menu_are_those_of_each_package(rules: list[str]) -> None:
    edits = (
        ("exclude: arms == keep and relief == full", "exclude: toll[arms] > 9 and both > 9"),
        ("definitions:\n", "definitions:\n  cheap: arms.cut < chance\n  both: arms.cut + relief.money * arms.extra\n"),
        ("keep: {cut: 0}", "keep: {cut: 0, extra: 2 * chance}"),
        ("issues:\n", "issues:\n  alone: {after_lapse: persists, options: {only: {}}}\n"),
        ("parameters:\n", "parameters:\n  toll: {by: arms, cases: {keep: 0, half: 1, give: 2}}\n"),
    )
    scenario = load_text(changed(*edits)).model_copy(update={"exclude": tuple(rules)})
    scope, names = Scope.of(scenario), list(scenario.issues)
    every = list(itertools.product(*(range(len(issue.options)) for issue in scenario.issues.values())))[1:]
    held = lambda case: any(Central(scenario, scope, dict(zip(names, case, strict=True))).value(rule) for rule in rules)  # noqa: E731
    assert packages(scenario) == tuple(case for case in every if not held(case))


def test_too_many_packages_is_refused_before_counting_them() -> None:
    options = ", ".join(f"o{i}" for i in range(100))
    issues = "".join(f"  i{n}: {{options: [{options}]}}\n" for n in range(50))
    text = changed(("  relief:", issues + "  relief:"))
    found = problems(text)
    assert [p.code for p in found] == ["too-many-packages"]
    assert str(MAX_PACKAGES) in found[0].hint


def test_exclusions_over_too_many_issues_are_refused() -> None:
    options = ", ".join(f"o{i}" for i in range(30))
    issues = "".join(f"  i{n}: {{options: [{options}]}}\n" for n in range(3))
    rule = " or ".join(f"i0 == o{i} and i1 != o{i} and i2 == o{i}" for i in range(20))
    text = changed(("  arms:", issues + "  arms:"), ("exclude: arms", f"exclude: {rule} or arms"))
    assert [p.code for p in problems(text)] == ["exclude-too-large"]


def test_packages_of_an_unchecked_scenario() -> None:
    scenario = load_text(BASE)
    long = {f"i{n}": next(iter(scenario.issues.values())) for n in range(20)}
    with pytest.raises(ScenarioError, match="too-many-packages"):
        packages(scenario.model_copy(update={"issues": long}))
    with pytest.raises(ScenarioError, match="bad-syntax"):
        packages(scenario.model_copy(update={"exclude": ("arms ==",)}))


def test_too_many_regimes_and_points() -> None:
    regimes = "".join(f"  r{n}: {{states: [x, y], start: x}}\n" for n in range(20))
    assert [p.code for p in problems(changed(("regimes:\n", "regimes:\n" + regimes)))] == ["too-many-regimes"]
    stocks = "".join(f"  s{n}: {{start: 1, grid: 0..1000 by 1}}\n" for n in range(3))
    assert [p.code for p in problems(changed(("stocks:\n", "stocks:\n" + stocks)))] == ["too-many-points"]


def test_long_chains_of_definitions() -> None:
    chain = "  d0: 1\n" + "".join(f"  d{n}: d{n - 1} + 1\n" for n in range(1, 300))
    assert [p.code for p in problems(changed(("definitions:\n", "definitions:\n" + chain)))] == ["definitions-too-deep"]
    circle = "  d0: d299\n" + "".join(f"  d{n}: d{n - 1} + 1\n" for n in range(1, 300))
    assert {p.code for p in problems(changed(("definitions:\n", "definitions:\n" + circle)))} == {"cyclic-definition"}


def test_problems_of_one_entry_do_not_hide_those_of_another() -> None:
    text = changed(
        ("rate: {value: 0.4,", "rate: {value: much,"), ("start: dove", "start: dive"), ("unit: util, source: paper", "unit: util")
    )
    assert [p.code for p in problems(text)] == ["wrong-type", "no-source", "unknown-state"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1/year", "1 / years"),
        ("$bn/year", "$bn * year^-1"),
        ("m**2", "m*m"),
        ("util", "utils"),
        ("kg year^0.5", "year^(1/2)*kg"),
        ("%", "1"),
    ],
)
def test_equal_units(one: str, other: str) -> None:
    assert Unit.parse(one) == Unit.parse(other) is not None


@pytest.mark.parametrize("text", ["", "//", "/year", "a//b", "a*", "a^", "a^x", "(a)", "a" * 101])
def test_no_units(text: str) -> None:
    assert Unit.parse(text) is None


WORDS = st.sampled_from(["year", "util", "kg", "warheads", "$bn"])
UNITS = st.lists(st.tuples(WORDS, st.integers(-3, 3)), max_size=4).map(
    lambda parts: "*".join(f"{word}^{power}" for word, power in parts) or "1"
)


@given(UNITS, UNITS)
def test_units_multiply_as_their_texts_do(one: str, other: str) -> None:
    first, second, product = Unit.parse(one), Unit.parse(other), Unit.parse(f"{one}*{other}")
    assert first is not None
    assert second is not None
    assert product == first * second
    assert Unit.parse(str(product).replace("a pure number", "1")) == product


FITS = [
    "1 + (war == over)",
    "0.3 * warheads",
    "2 * rate",
    "rate * in_force",
    "1 - in_force",
    "1 * in_force",
    "2 + -1 * (war == over)",
]
CLASHES = ["rate * warheads", "rate ** 2", "worth * (war == over)", "1 / rate", "rate + worth", "rate * (1 + view)"]


@pytest.mark.parametrize("rate", FITS)
def test_units_that_do_not_clearly_clash_pass(rate: str) -> None:
    assert problems(changed(("reviews: 1/year", f'reviews: "{rate}"'), ("view: {value: 1,", "view: {value: 0,"))) == []


@pytest.mark.parametrize("rate", CLASHES)
def test_units_that_clash_are_reported(rate: str) -> None:
    assert {p.code for p in problems(changed(("reviews: 1/year", f'reviews: "{rate}"')))} == {"unit-mismatch"}


def test_a_variant_must_keep_the_rules() -> None:
    found = problems(changed(("set: {rate: 0.1,", "set: {rate: 0.1, chance: 1.5,")))
    assert {(p.code, p.path) for p in found} == {("bad-variant", ("variants", "grim", "set"))}
    assert "regimes.war.start.over: a probability cannot be 1.5" in " ".join(p.text for p in found)


def test_error_texts_are_complete() -> None:
    with pytest.raises(ScenarioError) as caught:
        load_text(changed(("start: dove", "start: dive")), "case.yaml")
    assert "case.yaml:40:12 regimes.office.start: there is no state 'dive'" in str(caught.value)
    assert "did you mean dove?" in str(caught.value)
    assert "[unknown-state]" in str(caught.value)
