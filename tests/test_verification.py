"""The table of docs/verification.md: what a row says, and what is said when rows and page differ."""

from __future__ import annotations

from dataclasses import astuple, replace

import numpy as np
import pytest

import verification
from verification import Row, Verify, differences, repeated, stored


def test_a_check_asserts_and_is_recorded_either_way() -> None:
    verify = Verify()
    verify("shares", "closed form", [0.5, 1 / 3], [0.5004, 0.3336], 1e-3)
    with pytest.raises(AssertionError, match="values: expected 2"):
        verify("values", "closed form", 2.0, 2.5, 0.1)
    with pytest.raises(AssertionError, match="off by inf"):
        verify.nothing("sums", "themselves", np.nan, 1e-9)
    assert [astuple(row) for row in verify.rows.values()] == [
        ("shares", "closed form", "0.5, 0.3333333333", "0.5, 0.334", "0.001", "yes"),
        ("values", "closed form", "2", "2.5", "0.1", "**no**"),
        ("sums", "themselves", "0", "under inf", "1e-09", "**no**"),
    ]


def test_the_check_furthest_off_is_kept() -> None:
    verify = Verify()
    for off in (1e-13, 3e-11, 0.0):
        verify.nothing("sums", "themselves", [0.0, -off], 1e-9)
    assert [row.got for row in verify.rows.values()] == ["under 1e-10"]


@pytest.mark.parametrize(
    ("value", "digits", "text"), [(0.1 + 0.2, 12, "0.3"), (-1e-14, 3, "0"), (10.0, 0, "10"), (2.0, 3, "2"), (0.0996, 3, "0.1")]
)
def test_numbers_are_short(value: float, digits: int, text: str) -> None:
    assert verification._rounded(value, digits) == text


def test_rows_missing_from_the_page_changed_or_left_on_it_are_named() -> None:
    page = [Row(what, against, expected, "", tolerance, "yes") for what, against, expected, tolerance in stored()]
    assert page
    assert differences(page, whole=True) == []
    changed = replace(page[0], tolerance="1")
    assert [text.split(":")[0] for text in differences([changed, *page[1:]], whole=True)] == [
        "not on the page",
        "on the page only",
    ]
    assert differences(page[1:], whole=False) == []
    assert len(differences(page[1:], whole=True)) == 1


def test_a_name_names_one_row() -> None:
    row = Row("shares", "closed form", "1", "1", "0.1", "yes")
    assert repeated([row, replace(row, against="Gambit")]) == []
    assert len(repeated([row, replace(row, expected="2")])) == 1
