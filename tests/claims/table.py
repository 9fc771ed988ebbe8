"""The table of claims in the case page, and the stored numbers it is made of."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from claims.all import APART, CLAIMS
from claims.claim import Answer, Claim
from claims.world import DRAWS, SEED, WIDTH, World
from detente.spec.scenario import Scenario
from detente.words import LANGUAGES

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "cases" / "small-deal.md"
STORED = Path(__file__).parent / "shares.json"
BEGIN, END = "<!-- claims:begin -->", "<!-- claims:end -->"
COLUMNS = ("", "claim", "what moves", "what is read", "expected", "at central values", "holds", "share of draws", "comment")
UNREAD = {
    "title",
    "summary",
    "group",
    "controlled_by",
    "known_to",
    "label",
    "note",
    "source",
    "sources",
    "readings",
    "readings_in",
    "variants",
    "observations",
}
"""Parts of a scenario that no claim reads."""
WORDS = {"up": "rises", "down": "falls", "same": "stays", "not down": "does not fall", "either": "either way"}


def stored() -> dict[str, Any]:
    """Return the numbers the table was made of."""
    numbers: dict[str, Any] = json.loads(STORED.read_text(encoding="utf-8"))
    return numbers


def identity(world: World) -> dict[str, str]:
    """Return the hash of what each case says in numbers and formulas; its words do not move an answer."""
    return {name: _hash(case.scenario) for name, case in world.cases.items()}


def _hash(scenario: Scenario) -> str:
    text = json.dumps(_bare(scenario.model_dump(mode="json", by_alias=True, exclude_defaults=True)), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _bare(part: Any) -> Any:
    if isinstance(part, dict):
        if part and part.keys() <= set(LANGUAGES):  # the same words in several languages
            return None
        return {name: _bare(value) for name, value in part.items() if name not in UNREAD}
    return [_bare(value) for value in part] if isinstance(part, list) else part


def numbers(world: World, answers: list[Answer]) -> dict[str, Any]:
    """Return what is stored: identities, signs and shares, and the first rows, against which a test solves again."""
    claims = {answer.claim.name: _number(answer) for answer in answers}
    return {"draws": DRAWS, "seed": SEED, "scenarios": identity(world), "claims": claims}


def _number(answer: Answer) -> dict[str, Any]:
    holds = None if answer.holds is None else bool(answer.holds[0])
    rows = {
        name: [float(f"{x:.10g}") for x in side[:WIDTH]] for name, side in (("before", answer.before), ("after", answer.after))
    }
    return {"holds": holds, "share": answer.share, **rows}


def table(numbers: dict[str, Any]) -> str:
    """Return the table of the case page."""
    signed = [claim for claim in CLAIMS if claim.sign != "either"]
    held = sum(numbers["claims"][claim.name]["holds"] for claim in signed)
    median = np.median([numbers["claims"][claim.name]["share"] for claim in signed])
    share = f"half of the claims hold in {median:.0%} or more of {numbers['draws']} draws"
    lines = [
        f"{held} of {len(signed)} signs hold at central values; {share}.",
        "",
        _line(COLUMNS),
        _line(["---"] * len(COLUMNS)),
    ]
    lines += [_row(claim, numbers["claims"][claim.name]) for claim in CLAIMS]
    lines += [_line([apart.name, apart.text, "", "", "", "", "", "", apart.reason]) for apart in APART]
    return "\n".join(lines)


def _row(claim: Claim, number: dict[str, Any]) -> str:
    centre = f"{_say(number['before'][0])} → {_say(number['after'][0])}"
    holds = {True: "yes", False: "**no**", None: ""}[number["holds"]]
    share = "" if number["share"] is None else f"{number['share']:.0%}"
    comment = claim.finding or claim.comment
    return _line([claim.name, claim.text, claim.moves, claim.reading, WORDS[claim.sign], centre, holds, share, comment])


def _line(cells: Any) -> str:
    return "| " + " | ".join(cells) + " |"


def _say(value: float) -> str:
    if value == 0 or abs(value) >= 0.01:
        return f"{value:.3f}".rstrip("0").rstrip(".") or "0"
    return f"{value:.2g}"


def written() -> str:
    """Return the table as it stands in the case page."""
    text = PAGE.read_text(encoding="utf-8")
    return text[text.index(BEGIN) + len(BEGIN) : text.index(END)].strip()


def write(numbers: dict[str, Any]) -> None:
    """Store the numbers and put the table into the case page."""
    STORED.write_text(json.dumps(numbers, indent=1) + "\n", encoding="utf-8")
    text = PAGE.read_text(encoding="utf-8")
    before, after = text[: text.index(BEGIN) + len(BEGIN)], text[text.index(END) :]
    PAGE.write_text(f"{before}\n{table(numbers)}\n{after}", encoding="utf-8")
