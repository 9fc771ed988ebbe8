"""Jobs about a scenario's text: what is wrong with it, said as `detente check` says it, and whether it fits this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detente.errors import ScenarioError
from detente.web.jobs import Reply, Request, as_json, job, told
from detente.words import chosen

if TYPE_CHECKING:
    from detente.web.shelf import Shelf


@job("check")
def check(shelf: Shelf, request: Request) -> Reply:
    """Every problem of a text at once, each with its place; and what it is called where there is none."""
    try:
        scenario = shelf.scenario(request)
        from detente.run import Case, floor

        case = Case(scenario)
        case.fits(floor(scenario))
    except ScenarioError as error:
        return as_json({"problems": [told(problem) for problem in error.problems], "title": ""})
    return as_json({"problems": [], "title": chosen(scenario.title, scenario.name)})
