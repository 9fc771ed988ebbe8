"""What agreements contain: for each issue, the share of signed agreements with each option."""

from __future__ import annotations

from dataclasses import dataclass

from detente.findings import statistics as stat
from detente.findings.numbers import listed
from detente.findings.phrases import say
from detente.findings.reading import Estimate, Reading
from detente.words import quoted


@dataclass(frozen=True)
class Content:
    """An option of an issue."""

    name: str
    words: str
    """In words that stand alone."""
    under: str
    """In words for under the issue's heading."""
    share: Estimate
    """Share of signed agreements that contain it."""
    foremost: bool
    """Whether more agreements contain it than any other option of its issue."""


@dataclass(frozen=True)
class Issue:
    """An issue with its options."""

    name: str
    words: str
    options: tuple[Content, ...]
    """In the order of the menu; options that no package has are left out."""

    @property
    def foremost(self) -> Content:
        """The option most agreements contain."""
        return next(option for option in self.options if option.foremost)


MANY = 3
"""From so many differences on, a package is named in full."""


def contents(reading: Reading) -> list[Issue]:
    """What agreements contain, issue by issue; empty where one is all but ruled out."""
    return reading.once(_contents)


def _contents(reading: Reading) -> list[Issue]:
    if not stat.possible(reading):
        return []
    return [_issue(reading, name, options) for name, options in reading.menu.items()]


def _issue(reading: Reading, name: str, options: tuple[str, ...]) -> Issue:
    shares = {option: reading.estimate(stat.share_of(*_having(reading, name, option))) for option in options}
    best = max(options, key=lambda option: shares[option].value)
    return Issue(name, reading.issue(name), tuple(_option(reading, name, o, shares[o], o == best) for o in options))


def _option(reading: Reading, issue: str, option: str, share: Estimate, foremost: bool) -> Content:
    return Content(option, reading.alone(issue, option), reading.option(issue, option), share, foremost)


def _having(reading: Reading, issue: str, option: str) -> list[str]:
    return [package for package, levels in reading.levels.items() if levels[issue] == option]


def brief(reading: Reading, package: str) -> str:
    """A package by how it differs from the commonest terms, or in full where it differs much."""
    foremost = {issue.name: issue.foremost.name for issue in contents(reading)} if len(reading.packages) > 1 else {}
    apart = [
        reading.alone(issue, option) for issue, option in reading.levels[package].items() if foremost.get(issue, option) != option
    ]
    if not foremost or len(apart) >= min(MANY, len(reading.levels[package])):
        return quoted(reading.package(package))
    return say("terms.but", apart=listed(apart)) if apart else say("terms.same")
