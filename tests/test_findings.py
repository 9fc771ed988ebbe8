"""Sentences and tables: each number in the words is the number in the data, whatever is missing from the data."""

from __future__ import annotations

import json
import math
import re

import numpy as np
import pytest
import xarray as xr

from detente.findings import Reading, leaders, numbers, phrases, tables, verdict
from detente.findings import statistics as stat
from detente.findings.articles import in_text
from detente.findings.bands import band, coarse
from detente.findings.course import menu
from detente.findings.ledger import ledger, parameters
from detente.findings.milestones import first_date, milestones
from detente.findings.reasons import correlations, explained, terms
from detente.findings.terms import brief, contents
from detente.findings.window import ITSELF, window
from detente.words import speaking
from synthetic import ISSUES, central, ensemble, make


@pytest.fixture
def reading() -> Reading:
    return Reading(central(), ensemble())


def by_key(reading: Reading) -> dict[str, str]:
    return {finding.key: finding.text for finding in verdict(reading)}


def test_verdict_answers_six_questions_in_six_sentences(reading: Reading) -> None:
    found = verdict(reading)
    assert [finding.key for finding in found] == ["deal", "which", "when", "last", "why", "drives"]
    for finding in found:
        assert finding.text.endswith(".")
        assert not re.search(r"\. [A-Z]", finding.text), "one sentence each"
        assert finding.numbers
        assert all(isinstance(value, float) for _, value in finding.numbers)
        assert all(name in reading.ds or name in ("draws: p_signed_by", "parameter_value") for name in finding.basis.split(", "))


def test_deal_is_the_horizon_probability_with_its_band(reading: Reading) -> None:
    by = ensemble().p_signed_by[:, -1].values
    low, high = np.quantile(by, [0.05, 0.95])
    text = by_key(reading)["deal"]
    assert f"{100 * float(central().p_signed_by[-1]):.0f}% ({100 * low:.0f}\u2013{100 * high:.0f}%)" in text
    assert "menu of 40 packages" in text
    assert "by 20 January 2029, the next scheduled change in the White House," in text
    lean = float((by > 0.5).mean())
    assert f"(as in {100 * lean:.0f}% of the draws)" in text


@pytest.mark.parametrize(
    ("scale", "words"), [(2.0, "more likely than not"), (0.2, "less likely than not"), (0.0, "all but ruled out")]
)
def test_deal_says_which_way_it_leans(scale: float, words: str) -> None:
    assert words in by_key(Reading(make(scale)))["deal"]


def test_no_deal_names_who_stands_in_the_way() -> None:
    found = by_key(Reading(make(0.0)))
    assert list(found) == ["deal", "nearest", "why"]
    assert "the least likely to accept it today is North Korea" in found["nearest"]
    assert "that package" in found["why"]


def test_which_leads_with_what_agreements_contain(reading: Reading) -> None:
    found = next(finding for finding in verdict(reading) if finding.key == "which")
    for issue in contents(reading):
        assert f"{issue.foremost.words} {numbers.chance(issue.foremost.share)}" in found.text


def test_which_names_everyone_needed_and_the_least_willing(reading: Reading) -> None:
    detail = next(finding for finding in verdict(reading) if finding.key == "which").detail
    package = reading.ranked[0]
    assert brief(reading, package) in detail
    assert all(reading.who(name) in detail for name in reading.needed(package))
    lowest = min(reading.needed(package), key=lambda name: float(reading.ds.p_accept.sel(consenter=name, package=package)))
    assert f"the least likely to accept it today is {reading.who(lowest)}" in detail


def test_shares_of_an_issue_add_up_in_the_order_of_the_menu(reading: Reading) -> None:
    for issue in contents(reading):
        assert sum(option.share.value for option in issue.options) == pytest.approx(1)
        assert issue.foremost.share.value == max(option.share.value for option in issue.options)
        order = list(ISSUES[issue.name])
        assert [option.name for option in issue.options] == order
    assert contents(Reading(make(0.0))) == []


def test_shares_are_of_signed_agreements(reading: Reading) -> None:
    deal = reading.ds.p_deal.where(reading.ds.package_level.sel(issue="relief") == "full", 0.0)
    relief = next(issue for issue in contents(reading) if issue.name == "relief")
    full = next(option for option in relief.options if option.name == "full")
    assert full.share.value == pytest.approx(float(deal.sum() / reading.ds.p_deal.sum()))
    assert full.share.low < full.share.value < full.share.high


def test_a_package_is_told_by_how_it_differs(reading: Reading) -> None:
    common = [issue.foremost.name for issue in contents(reading)]
    apart = {name: [o for o, c in zip(name.split(" / "), common, strict=True) if o != c] for name in reading.packages}
    assert [brief(reading, name) for name, options in apart.items() if not options] == ["the commonest terms together"]
    one = next(name for name, options in apart.items() if len(options) == 1)
    assert brief(reading, one).startswith("the commonest terms, but ")
    many = next(name for name, options in apart.items() if len(options) == 3)
    assert brief(reading, many) == f"“{reading.package(many)}”"


def test_what_goes_without_saying_is_left_out_of_sentences() -> None:
    ds = central().copy()
    words = json.loads(ds.attrs["words"])
    words["issues.snapback_rule.council_vote"] = {"en": "sanctions return by a new Council vote"}
    ds.attrs = {**ds.attrs, "words": json.dumps(words)}
    package = "yongbyon / none / none / council_vote"
    assert Reading(central()).package(package) == "Yongbyon"
    assert Reading(ds).package(package) == "Yongbyon + sanctions return by a new Council vote"
    assert [silent for _, _, silent in Reading(ds).terms(package)] == [False, True, True, False]
    assert Reading(ds).terms(package)[2][1] == "verification: none"


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("United States", "the United States"),
        ("UN Security Council", "the UN Security Council"),
        ("the Netherlands", "the Netherlands"),
        ("Government in Seoul", "the government in Seoul"),
        ("North Korea", "North Korea"),
        ("Russia's war on Ukraine", "Russia's war on Ukraine"),
    ],
)
def test_articles(label: str, words: str) -> None:
    assert in_text(label) == words


def test_milestones_of_one_date_are_one(reading: Reading) -> None:
    assert [str(milestone.on) for milestone in milestones(reading)] == ["2029-01-20", "2033-01-20"]
    assert [milestone.regimes for milestone in milestones(reading)] == [("white_house",)] * 2
    assert first_date(reading)[0] == reading.ds.date.values[14]
    assert first_date(Reading(make(clock="rounds", periods=5)))[:2] == (3, "round 3")
    assert first_date(Reading(make(clock="rounds", periods=2)))[:2] == (1, "round 1")


def test_without_milestones_the_first_date_lies_half_way() -> None:
    ds = central().copy()
    ds.attrs = {**ds.attrs, "milestones": "[]"}
    assert first_date(Reading(ds))[1] == "the end of 2029"
    assert "scheduled" not in by_key(Reading(ds))["deal"]


def test_the_coarse_version_is_compared_with_the_fine_one(reading: Reading) -> None:
    here = 100 * float(reading.ds.p_signed_by[-1])
    there = 100 * float(reading.ds.p_deal_by_precision.sel(precision=1.0)[-1])
    assert f"{there:.1f}% instead of {here:.1f}%" in coarse(reading)
    assert coarse(reading) in band(reading)
    ds = central().drop_vars("p_deal_by_precision")
    assert coarse(Reading(ds, ensemble())) == ""
    assert "outside its own brackets" in band(Reading(ds, ensemble()))


def test_endings_and_cheating_are_in_the_sentence_on_durability(reading: Reading) -> None:
    text = by_key(reading)["last"]
    assert f"after 2 years with probability {100 * math.exp(-0.56):.0f}%" in text
    assert "exit by the United States" in text
    assert "North Korea would cheat" in text


def test_terms_in_the_sentence_add_up(reading: Reading) -> None:
    package = explained(reading)
    assert package is not None
    for player in reading.principals:
        total = sum(value for _, value in terms(reading, player, package))
        assert total == pytest.approx(float(reading.ds.gain.sel(player=player, package=package)), abs=1e-10)


def test_drivers_are_named_only_where_draws_are_enough_to_tell(reading: Reading) -> None:
    assert correlations(reading)[0][0] == "war_end"
    assert "Hazard that the war in Ukraine ends" in by_key(reading)["drives"]
    few = Reading(central(), ensemble().isel(draw=slice(8)))
    assert "drives" not in by_key(few)
    noise = ensemble().copy(deep=True)
    noise["parameter_value"][:, 0] = np.random.default_rng(0).normal(size=noise.sizes["draw"])
    assert "No single uncertain number stands out" in by_key(Reading(central(), noise))["drives"]


def test_parameters_that_do_not_vary_drive_nothing(reading: Reading) -> None:
    assert "start_warheads" not in dict(
        correlations(
            Reading(
                central(),
                ensemble().assign(
                    parameter_value=ensemble().parameter_value.where(ensemble().parameter != "start_warheads", 50.0)
                ),
            )
        )
    )


def test_central_values_alone_have_no_band() -> None:
    reading = Reading(central())
    assert "no band" in band(reading)
    assert "\u2013" not in by_key(reading)["deal"]


def test_rounds_are_never_called_years() -> None:
    reading = Reading(make(clock="rounds", periods=10))
    texts = " ".join(finding.text + finding.detail for finding in verdict(reading))
    assert "year" not in texts
    assert "round 10" in texts


def test_window_parts_add_up_to_the_change(reading: Reading) -> None:
    account = window(reading)
    assert account is not None
    rate = stat.hazard(reading)
    assert sum(account.parts.values()) == pytest.approx(rate[account.last] - rate[account.first], abs=1e-12)
    assert account.closing
    assert account.chief[0] == "white_house"
    assert set(account.parts) == {"war", "white_house", ITSELF}


def test_a_level_rate_of_signing_is_not_explained() -> None:
    ds = central().copy(deep=True)
    left = 0.97 ** np.arange(ds.sizes["date"])
    ds["p_open"].values[:], ds["p_signed_by"].values[:] = left, 1 - left
    assert by_key(Reading(ds))["when"].endswith(".")
    assert "rate of signing" not in by_key(Reading(ds))["when"]


@pytest.mark.parametrize(
    "gone", ["survival", "gain_term", "ended_by", "p_cheat", "snapback_given_lapse", "p_signed_hazard", "solution"]
)
def test_what_is_missing_is_left_out(gone: str) -> None:
    reading = Reading(central().drop_vars(gone), ensemble())
    assert len(verdict(reading)) >= 3
    assert leaders(reading)


def test_unfollowed_survival_is_not_quoted() -> None:
    ds = central().copy(deep=True)
    ds["survival"].values[5:] = np.nan
    assert "after 1 year with" in by_key(Reading(ds))["last"]
    ds["survival"].values[:] = np.nan
    assert "last" not in by_key(Reading(ds))


def test_bands_need_the_draws_to_carry_the_variable(reading: Reading) -> None:
    assert reading.estimate(stat.surviving(2.0)).banded
    assert not Reading(central(), ensemble().drop_vars("survival")).estimate(stat.surviving(2.0)).banded


def test_leaders_are_ranked_and_hold_every_solution_point(reading: Reading) -> None:
    rows = leaders(reading, 4)
    chances = [row.probability.value for row in rows[:4]]
    assert chances == sorted(chances, reverse=True)
    assert set(reading.solutions.values()) <= {row.name for row in rows}
    assert rows[0].roles[0] == "likeliest"
    assert list(rows[0].accepts.values()) == sorted(rows[0].accepts.values())


def test_tables_survive_a_file(reading: Reading, tmp_path: object) -> None:
    path = f"{tmp_path}/result.nc"
    central().to_netcdf(path, engine="netcdf4")
    with xr.open_dataset(path, engine="netcdf4") as ds:
        again = Reading(ds.load(), ensemble())
    assert [finding.text for finding in verdict(again)] == [finding.text for finding in verdict(reading)]
    assert parameters(again) == parameters(reading)


def test_parameters_keep_their_readings_and_sources(reading: Reading) -> None:
    rows = {row.name: row for row in parameters(reading)}
    assert rows["windfall"].contested
    assert dict(rows["windfall"].readings) == {"the low reading": 0.6, "the high reading": 4.7}
    assert [source.number for source in rows["windfall"].sources] == [1]
    assert not rows["start_warheads"].ranged
    assert [source.cite for source in ledger(reading).values()] == [
        "SIPRI Yearbook 2025, chapter 6, table 6.1 (estimate)",
        "The authors' own estimate (judgement)",
    ]


def test_a_source_that_is_not_in_the_ledger_stays_in_words() -> None:
    ds = central().copy(deep=True)
    ds["parameter_source"][:] = "The authors' own estimate; a letter"
    numbered = parameters(Reading(ds))[0].sources
    assert [(source.number, source.cite) for source in numbered] == [
        (2, "The authors' own estimate (judgement)"),
        (0, "a letter"),
    ]


def test_checks_hold_on_the_made_up_result(reading: Reading) -> None:
    assert all(off < 1e-10 for _, off in tables.checks(reading))


def test_menu_check_says_how_much_delay_the_menu_makes(reading: Reading) -> None:
    found = menu(reading)
    assert found is not None
    share = dict(found.numbers)["share"]
    assert f"{100 * share:.0f}%" in found.detail
    assert menu(Reading(central().drop_vars("p_signed_by_refined"))) is None


def test_year_ends_lie_within_the_horizon(reading: Reading) -> None:
    rows = tables.by_year(reading)
    assert [words for words, _ in rows] == [f"the end of {year}" for year in range(2025, 2033)] + ["July 2033"]
    values = [estimate.value for _, estimate in rows]
    assert values == sorted(values)


@pytest.mark.parametrize(
    ("p", "words"), [(0.0, "0%"), (1.0, "100%"), (0.001, "under 1%"), (0.999, "over 99%"), (0.25, "25%"), (math.nan, "not known")]
)
def test_percentages_never_claim_certainty(p: float, words: str) -> None:
    assert numbers.percent(p) == words


def test_numbers_in_words() -> None:
    assert numbers.utils(-0.5) == "\u22120.50"
    assert numbers.utils(0.001) == "0.00"
    assert numbers.plain_number(math.inf) == "\u221e"
    assert numbers.listed(["a", "b", "c"]) == "a, b and c"
    assert numbers.length(1.0, dated=True) == "1 year"


def test_names_fall_back_on_identifiers() -> None:
    ds = central().copy()
    ds.attrs = {**ds.attrs, "words": json.dumps({"players.us": {"zh": "美国"}})}
    reading = Reading(ds)
    assert reading.player("us") == "美国"
    assert reading.player("dprk") == "dprk"
    assert reading.state("white_house=heir") == ("white house", "heir")
    assert reading.term("us", "at sign.success") == "at sign: success"
    with speaking("zh"):
        assert Reading(central()).player("us") == "United States"


def test_values_are_never_read_as_templates(reading: Reading) -> None:
    assert "{share}" in phrases.say("which.term", option="{share}", share="5%")
