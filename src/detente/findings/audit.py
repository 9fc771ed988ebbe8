"""How far the answer is from what it claims to be, in words."""

from __future__ import annotations

import json

import numpy as np

from detente.findings import numbers
from detente.findings.names import plain
from detente.findings.page import text
from detente.findings.reading import Reading
from detente.result.unique import said
from detente.words import Phrases, bracketed, commas, semicolons, sentences, translated

NAMES = Phrases() | {
    "residual": "Equilibrium",
    "regret": "Forgone by noise",
    "mass": "Probability",
    "edges": "Edges of grids",
    "draws": "Draws",
}
"""What is audited."""
DECISIONS = Phrases(context="decision") | {
    "offer": "offer",
    "accept": "accept",
    "cheat": "cheat",
    "leave": "leave",
    "terminate": "terminate",
    "snapback": "snapback",
}
"""What is decided."""


def audit(reading: Reading) -> list[tuple[str, str]]:
    """Return what was audited, and what was found."""
    ds, found = reading.ds, []
    if reading.has("residual"):
        found.append((NAMES["residual"], text("audit.residual", residual=float(ds.residual), unique=uniqueness(reading))))
    if reading.has("regret_by"):
        found.append((NAMES["regret"], regrets(reading)))
    if reading.has("mass_error", "not_finite"):
        count = int(ds.not_finite)
        finite = text("audit.not_finite", count=count) if count else text("audit.finite")
        found.append((NAMES["mass"], sentences(text("audit.mass", mass=float(ds.mass_error)), finite)))
    if reading.has("p_at_edge"):
        edges = semicolons([_edge(reading, str(name)) for name in ds.stock.values])
        found.append((NAMES["edges"], text("audit.edges", edges=edges)))
    if reading.draws is not None:
        found.append((NAMES["draws"], draws(reading)))
    return found


def uniqueness(reading: Reading) -> str:
    """Return whether another equilibrium is possible."""
    known = reading.note("uniqueness_known")
    return said(known, reading.who) if known else str(reading.ds.attrs.get("uniqueness", ""))


def regrets(reading: Reading) -> str:
    """Return what each player forgoes at most, and at which decision."""
    by = reading.ds.regret_by
    found = []
    for name in reading.players:
        row = by.sel(player=name)
        worst = float(row.max())
        if worst > 0.5e-3:
            decision = str(row.decision.values[int(np.argmax(row.values))])
            said = DECISIONS[decision] if decision in DECISIONS else plain(decision)
            found.append(text("audit.regret.one", who=reading.who(name), regret=f"{worst:.3f}", decision=said))
    return text("audit.regret", players=commas(found)) if found else text("audit.regret.none")


def _edge(reading: Reading, stock: str) -> str:
    row = reading.ds.p_at_edge.sel(stock=stock)
    lowest, highest = (numbers.percent(float(row.sel(end=end))) for end in ("lowest", "highest"))
    return text("audit.edge", stock=reading.thing("stock", stock), lowest=lowest, highest=highest)


def draws(reading: Reading) -> str:
    """Return how many draws were solved, what to do about those that were not, and how far their beliefs have settled."""
    return sentences(_solved(reading), *_beliefs(reading))


def _beliefs(reading: Reading) -> list[str]:
    if reading.draws is None or "unsettled" not in reading.draws:
        return []
    off = reading.draws.unsettled.values[reading.draws.status.values == 0]
    if not off.any():  # nobody rests a choice on such a belief
        return []
    return [text("audit.beliefs", most=f"{off.max():.1g}", half=f"{np.median(off):.1g}")]


def _solved(reading: Reading) -> str:
    if not reading.failures or reading.draws is None:
        return text("audit.draws", count=reading.count)
    remedies = json.loads(reading.draws.status.attrs["remedies"])
    failed = semicolons(bracketed(str(count), translated(remedies[name])) for name, count in reading.failures.items())
    return text("audit.failed", count=reading.count, failed=failed)
