"""Rules of players, bodies and consent."""

from __future__ import annotations

from collections.abc import Iterator

from detente.errors import Problem
from detente.spec.rules.case import Case


def people(case: Case) -> Iterator[Problem]:
    """Check who plays, who votes and who must agree."""
    yield from _players(case)
    yield from _bodies(case)
    yield from _consent(case)
    yield from _leaving(case)
    for name in case.scenario.payoffs:
        yield from case.member(name, case.scenario.players, "unknown-player", ("payoffs", name), "player")


def _players(case: Case) -> Iterator[Problem]:
    scenario = case.scenario
    cheats = [name for name, player in scenario.players.items() if player.hidden_action]
    for name in cheats[1:]:
        yield Problem(
            "two-hidden", ("players", name, "hidden_action"), f"{cheats[0]} can cheat already", "at most one player can"
        )
    if not scenario.proposers and _turns_are_known(case):
        yield Problem("nobody-talks", ("players",), "nobody ever proposes", "give a player 'talks', or the calendar 'proposers'")
    few = len({*scenario.principals, *scenario.needs}) < 2 and not set(scenario.needs) & set(scenario.bodies)
    if few and _turns_are_known(case):
        text = f"only {' and '.join(scenario.principals) or 'nobody'} must agree to every package"
        yield Problem(
            "too-few-principals", ("players",), text, "two principals at least: players with 'talks', or named under 'needs'"
        )
    years = scenario.calendar.clock == "years"
    for name, player in scenario.players.items() if not case.timeless else ():
        if years and player.discount_factor is not None:
            yield Problem(
                "wrong-clock",
                ("players", name, "discount_factor"),
                "a discount factor belongs to rounds",
                "write discount: 0.1/year",
            )
        if not years and player.discount not in ("0", "0.0"):
            yield Problem(
                "wrong-clock", ("players", name, "discount"), "a discount rate belongs to years", "write discount_factor: 0.9"
            )


def _leaving(case: Case) -> Iterator[Problem]:
    """Check that who may leave the talks takes part in them, and that nobody else is paid for leaving them."""
    scenario = case.scenario
    consents = [name for issue in scenario.issues.values() for option in issue.options.values() for name in option.consent]
    present = {*scenario.proposers, *scenario.principals, *scenario.needs, *consents}
    for name in scenario.leavers:
        if name not in present and _turns_are_known(case):
            text = f"{name[:60]} never proposes and is never asked for its consent"
            yield Problem("cannot-leave", ("players", name, "may_leave"), text, "only who takes part in the talks can leave them")
    for name, payoff in scenario.payoffs.items():
        if payoff.events.get("leave") and name in scenario.players and name not in scenario.leavers and name not in case.broken:
            text = f"{name[:60]} cannot leave the talks"
            yield Problem(
                "cannot-leave", ("payoffs", name, "at leave"), text, f"write may_leave: true for {name[:60]}, under players"
            )


def _turns_are_known(case: Case) -> bool:
    """Whether the calendar's proposers are those that were meant; what is wrong with them is reported where they stand."""
    proposers = set(case.scenario.calendar.proposers)
    return not case.timeless and "proposers" not in case.broken and proposers <= case.scenario.players.keys()


def _bodies(case: Case) -> Iterator[Problem]:
    for name, body in case.scenario.bodies.items():
        path = ("bodies", name)
        for position, seat in enumerate(body.seats):
            yield from case.member(
                seat.player, case.scenario.players, "unknown-player", (*path, "seats", position, "player"), "player"
            )
        votes = sum(seat.count for seat in body.seats)
        if body.quota > votes and not case.broken & {"seats", "count"}:
            yield Problem(
                "quota-too-high", (*path, "quota"), f"the quota is {body.quota}, but there are {votes} votes", f"at most {votes}"
            )


def _consent(case: Case) -> Iterator[Problem]:
    scenario = case.scenario
    for position, name in enumerate(scenario.needs):
        yield from case.member(name, case.voters, "unknown-player", ("needs", position), "player or body")
    for issue, entry in scenario.issues.items():
        for option, content in entry.options.items():
            for key, named in (("consent", content.consent), ("snapback_consent", content.snapback_consent or ())):
                for position, name in enumerate(named):
                    path = ("issues", issue, "options", option, key, position)
                    yield from case.member(name, case.voters, "unknown-player", path, "player or body")
