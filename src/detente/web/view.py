"""A view: which scenario, with which numbers, in which words; all of it in the address, so that it can be sent on."""

from __future__ import annotations

import math
from typing import Annotated, Any

from fastapi import HTTPException, Query
from pydantic import BaseModel

NAME = r"^[\w.\- ]{1,100}$"
CHANGE = 200
"""Characters of one changed number at most."""
CHANGES = 400
"""Changed numbers at most."""


class View(BaseModel):
    """What an address says."""

    scenario: str = ""
    variant: str | None = None
    values: dict[str, float] = {}
    package: str | None = None
    language: str = "en"

    def job(self) -> dict[str, Any]:
        """Return it as a worker takes it."""
        return self.model_dump()


def changes(pairs: list[str]) -> dict[str, float]:
    """Read ``name=value`` pairs.

    Raises:
        HTTPException: 422 for what is no such pair.
    """
    found: dict[str, float] = {}
    for pair in pairs:
        name, equals, text = pair.rpartition("=")
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not (name and equals) or math.isnan(number):
            raise HTTPException(422, f"{pair[:CHANGE]!r} is not of the form name=number")
        found[name] = number
    return found


def view(
    scenario: Annotated[str, Query(max_length=100, description="A scenario's name; the one served first when left out.")] = "",
    variant: Annotated[str | None, Query(max_length=100, description="One of the scenario's readings of the facts.")] = None,
    set_: Annotated[
        list[Annotated[str, Query(max_length=CHANGE)]] | None,
        Query(alias="set", max_length=CHANGES, description="A changed number, name=value; repeatable."),
    ] = None,
    package: Annotated[
        str | None, Query(max_length=2000, description="The package to explain; the likeliest when left out.")
    ] = None,
    lang: Annotated[str, Query(pattern="^[a-z]{2}(-[A-Za-z]{2,8})?$", description="Language of the words.")] = "en",
) -> View:
    """Return the view an address asks for."""
    return View(scenario=scenario, variant=variant or None, values=changes(set_ or []), package=package or None, language=lang)
