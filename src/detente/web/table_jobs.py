"""Jobs of the table: a game as far as its moves lead, why somebody would say no, the history as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from detente.spec.identity import fingerprint
from detente.spec.read import apply_variant, with_values
from detente.web.few import Few
from detente.web.jobs import Reply, Request, as_json, job
from detente.words import chosen

if TYPE_CHECKING:
    from detente.analysis.board import Board
    from detente.analysis.table import Table
    from detente.web.shelf import Shelf

BOARDS: Few[Board] = Few(2)
"""Solved scenarios to play on; each may take some hundred megabytes."""


def _board(shelf: Shelf, request: Request) -> Board:
    from detente.analysis.board import Board
    from detente.run import Case

    scenario, variant = shelf.scenario(request), request.get("variant")
    if variant:
        scenario = apply_variant(scenario, variant)
    if request["values"]:
        scenario = with_values(scenario, dict(request["values"]))
    return BOARDS.once((fingerprint(scenario), variant), lambda: Board.of(Case(scenario, variant)))


def _table(shelf: Shelf, request: Request) -> Table:
    from detente.analysis.table import Table

    board = _board(shelf, request)
    return Table.of(board, request["seat"] or board.seats()[0], request["seed"], request["moves"])


@job("table")
def table(shelf: Shelf, request: Request) -> Reply:
    """Everything the page shows of a game."""
    from detente.findings import Reading
    from detente.findings import table as words

    game = _table(shelf, request)
    position = game.position()
    reading = Reading(game.board.words() if position is None else position)
    menu = {issue: [_option(reading, issue, option) for option in options] for issue, options in reading.menu.items()}
    return as_json(
        game.record()
        | {
            "title": chosen(game.board.case.scenario.title, game.board.case.scenario.name),
            "seats": [{"name": name, "words": reading.player(name)} for name in game.board.seats()],
            "issues": [{"name": issue, "words": reading.issue(issue), "options": options} for issue, options in menu.items()],
            "standing": _standing(game, reading),
            "in_force": reading.package(game.in_force) if game.in_force else "",
            "talking": game.talking,
            "decision": _decision(game, reading),
            "model": "" if game.over else game.model(),
            "history": [_event(reading, vars(event)) for event in game.history],
            "packages": [] if position is None else words.packages(reading, game.seat),
        }
    )


def _option(reading: Any, issue: str, option: str) -> dict[str, str]:
    return {"name": option, "words": reading.option(issue, option)}


def _standing(game: Table, reading: Any) -> dict[str, Any]:
    from detente.findings import table as words
    from detente.findings.names import unit
    from detente.findings.numbers import short

    here, stocks = game.standing, game.board.case.scenario.stocks
    return {
        "period": here["period"],
        "periods": game.board.shape.periods,
        "date": words.date(reading, here["period"]),
        "regimes": [
            [reading.word("regimes", name), reading.word("regimes", name, state)] for name, state in here["regimes"].items()
        ],
        "stocks": [
            [reading.thing("stock", name), f"{short(v)} {unit(stocks[name].unit)}".strip()] for name, v in here["stocks"].items()
        ],
    }


def _decision(game: Table, reading: Any) -> dict[str, Any] | None:
    from detente.analysis.play import OFFER
    from detente.findings import table as words

    decision = game.decision
    if decision is None:
        return None
    moves = [(name, chance) for name, chance in decision.chances.items() if not name.startswith(OFFER)]
    return {
        "kind": decision.kind,
        "question": words.asked(reading, decision.kind, decision.by),
        "package": decision.package,
        "package_words": reading.package(decision.package) if decision.package else "",
        "moves": [{"move": name, "words": words.move(decision.kind, name), "chance": chance} for name, chance in moves],
        "offers": {name.removeprefix(OFFER): p for name, p in decision.chances.items() if name.startswith(OFFER)},
    }


def _event(reading: Any, event: dict[str, Any]) -> dict[str, Any]:
    from detente.findings import table as words
    from detente.findings.numbers import percent

    said = "" if event["chance"] is None else percent(event["chance"])
    return event | {"words": words.happened(reading, event), "when": words.date(reading, event["period"]), "chance_words": said}


@job("table-why")
def why(shelf: Shelf, request: Request) -> Reply:
    """Why somebody would say no to a package now."""
    from detente.findings import Reading
    from detente.findings import table as words

    game, package = _table(shelf, request), request["package"] or ""
    found = game.why(package)
    return as_json({"package": package, "text": [], "sides": []} if found is None else words.why(Reading(found), game.seat))


@job("table-history")
def history(shelf: Shelf, request: Request) -> Reply:
    """The history of a game as a file."""
    game = _table(shelf, request)
    name = f"{game.board.case.scenario.name}-{game.seat}-{game.seed}"
    if request["format"] == "csv":
        return Reply(game.csv().encode(), "text/csv; charset=utf-8", 200, f"{name}.csv")
    return Reply(game.json().encode(), "application/json", 200, f"{name}.json")
