"""The table of docs/verification.md: rows that tests record, compared with the page at every run, written by `make verify`.

A test asks for the fixture ``verify`` and calls it as ``verify(what, against, expected, got, tolerance)``: it asserts, and a row
is recorded, whether the assertion holds or not. Rows travel on pytest's reports, so they arrive from parallel processes too.
What is compared with the page is everything but the number got, which is rounded as the tolerance says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from math import ceil, floor, inf, log10
from pathlib import Path
from typing import Any

import numpy as np
import pytest

PAGE = Path(__file__).parents[1] / "docs" / "verification.md"
BEGIN, END = "<!-- table:begin, written by `make verify` -->\n", "<!-- table:end -->"
HEAD = "| checked | against | expected | got | tolerance | within |\n| --- | --- | --- | --- | --- | --- |\n"
MOST_DIGITS, MOST_LINES = 12, 20
NAME = "verification"


@dataclass(frozen=True)
class Row:
    """One line of the table, as printed."""

    what: str
    against: str
    expected: str
    got: str
    tolerance: str
    within: str

    @property
    def identity(self) -> tuple[str, ...]:
        """Everything but what was got."""
        return self.what, self.against, self.expected, self.tolerance

    @property
    def place(self) -> list[Any]:
        """Where the row stands: in the order of words, and of the numbers between them."""
        parts = re.split(r"(\d+(?:\.\d+)?)", f"{self.what} | {self.against}")
        return [float(part) if index % 2 else part for index, part in enumerate(parts)]

    def __str__(self) -> str:
        return f"| {' | '.join(asdict(self).values())} |"


class Verify:
    """Checks numbers and keeps, of all checks under one name, the one that is furthest off."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], Row] = {}
        self._off: dict[tuple[str, str], float] = {}

    def __call__(self, what: str, against: str, expected: Any, got: Any, tolerance: float) -> None:
        """Expect ``got``, a number or several, to be ``expected`` up to ``tolerance`` in each, and record it."""
        wanted, found = (np.asarray(values, float).ravel() for values in np.broadcast_arrays(expected, got))
        off = float(np.abs(found - wanted).max()) if np.isfinite(found).all() else inf
        stated = ", ".join(f"{value:.10g}" for value in np.ravel(np.asarray(expected, float)))
        shown = ", ".join(_rounded(value, _digits(tolerance)) for value in np.ravel(np.asarray(got, float)))
        self._record(what, against, stated, shown, off, tolerance)
        assert off <= tolerance, f"{what}: expected {expected}, got {got}, off by {off:.3g}, more than {tolerance:.2g}"

    def nothing(self, what: str, against: str, deviation: Any, tolerance: float) -> None:
        """Expect every deviation to be nothing up to ``tolerance``, and record the largest: a bound where it is rounding."""
        off = float(np.abs(np.asarray(deviation, float)).max())
        off = off if np.isfinite(off) else inf
        shown = _rounded(off, _digits(tolerance) + 1) if tolerance > 0.01 else f"under {_power(off)}"
        self._record(what, against, "0", shown, off, tolerance)
        assert off <= tolerance, f"{what}: off by {off:.3g}, more than {tolerance:.2g}"

    def _record(self, what: str, against: str, expected: str, got: str, off: float, tolerance: float) -> None:
        row = Row(
            what, against, expected, got, f"{tolerance:.2g}" if tolerance else "exact", "yes" if off <= tolerance else "**no**"
        )
        assert "|" not in str(row)[2:-2].replace(" | ", ""), f"cannot be a row of a table: {row}"
        if off >= self._off.get((what, against), 0.0):
            self.rows[what, against], self._off[what, against] = row, off


def _digits(tolerance: float) -> int:
    """Return how many decimals a tolerance leaves certain."""
    return MOST_DIGITS if tolerance == 0 else min(MOST_DIGITS, max(0, ceil(-log10(tolerance))))


def _rounded(value: float, digits: int) -> str:
    """Return a number to so many decimals, without zeros at the end or a sign before nothing."""
    text = f"{round(value, digits) + 0.0:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _power(value: float) -> str:
    """Return the power of ten next above a number, 1e-14 at least."""
    return "inf" if value == inf else f"1e{max(-14, floor(log10(value)) + 1) if value > 0 else -14}"


class Table:
    """Gathers the rows of a run; a plugin of pytest."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.writes: bool = config.getoption("--verify")
        self.rows: list[Row] = []
        self.complaints: list[str] = []
        self.last = ""
        if self.writes and not self._whole():
            raise pytest.UsageError("--verify writes the whole table: name no tests and select none")

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Run, under --verify, the tests that record rows."""
        if self.writes:
            others = [item for item in items if "verify" not in getattr(item, "fixturenames", ())]
            self.config.hook.pytest_deselected(items=others)
            items[:] = [item for item in items if item not in set(others)]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the rows of a finished test."""
        if report.when == "teardown":
            self.rows += [Row(**row) for name, row in report.user_properties if name == NAME]

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the page, or compare with it."""
        if hasattr(self.config, "workerinput") or self.config.option.collectonly:
            return
        self.rows.sort(key=lambda row: row.place)
        if self.writes:
            self.last = f"{len(self.rows)} rows, {sum(row.within != 'yes' for row in self.rows)} outside the tolerance"
            self.last += f", {session.testsfailed} tests failed"
            write(self.rows)
            self.complaints = repeated(self.rows)
        else:
            self.complaints = repeated(self.rows) + differences(self.rows, whole=self._whole() and not session.testsfailed)
        if self.complaints and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _whole(self) -> bool:
        """Return whether every test was asked for."""
        selections = ("keyword", "markexpr", "lf", "stepwise", "deselect", "ignore", "ignore_glob")
        selected = any(getattr(self.config.option, name, None) for name in selections)
        return self.config.args_source == pytest.Config.ArgsSource.TESTPATHS and not selected

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say what is wrong with the page."""
        if self.complaints:
            terminalreporter.section("docs/verification.md: run `make verify` and review the difference", red=True)
            for complaint in self.complaints[:MOST_LINES]:
                terminalreporter.line(complaint)
            terminalreporter.line(f"{len(self.complaints)} in all")

    def pytest_unconfigure(self) -> None:
        """Print the table last of all, and the count of its rows on the last line."""
        if self.last:
            writer = self.config.get_terminal_writer()
            writer.write(HEAD + "".join(f"{row}\n" for row in self.rows) + self.last + "\n")


def stored() -> list[tuple[str, ...]]:
    """Return the identities of the rows on the page."""
    lines = _parts()[1].removeprefix(HEAD).splitlines()
    return [Row(*line.strip("| ").split(" | ")).identity for line in lines if line.startswith("| ")]


def write(rows: Iterable[Row]) -> None:
    """Put the rows on the page in place of what is there."""
    before, _, after = _parts()
    PAGE.write_text(f"{before}{BEGIN}{HEAD}{''.join(f'{row}{chr(10)}' for row in rows)}{END}{after}", encoding="utf-8")


def differences(rows: Iterable[Row], whole: bool) -> list[str]:
    """Return how rows differ from those of the page; what only the page has counts where ``whole``, every test, was run."""
    page, made = set(stored()), {row.identity for row in rows}
    return [f"not on the page: {row}" for row in sorted(made - page)] + [
        f"on the page only: {row}" for row in sorted(page - made) if whole
    ]


def repeated(rows: list[Row]) -> list[str]:
    """Return the names that two rows share."""
    seen = [(row.what, row.against) for row in rows]
    return [f"twice: {name}" for name in sorted({name for name in seen if seen.count(name) > 1})]


def _parts() -> tuple[str, str, str]:
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    table, after = rest.split(END)
    return before, table, after
