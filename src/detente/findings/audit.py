"""How far the answer is from what it claims to be, in words."""

from __future__ import annotations

import json

import numpy as np

from detente.findings import numbers
from detente.findings.page import text
from detente.findings.reading import Reading, plain


def audit(reading: Reading) -> list[tuple[str, str]]:
    """Return what was audited, and what was found."""
    ds, found = reading.ds, []
    if reading.has("residual"):
        found.append(("Equilibrium", text("audit.residual", residual=float(ds.residual), unique=ds.attrs.get("uniqueness", ""))))
    if reading.has("regret_by"):
        found.append(("Forgone by noise", regrets(reading)))
    if reading.has("mass_error", "not_finite"):
        count = int(ds.not_finite)
        finite = text("audit.not_finite", count=count) if count else text("audit.finite")
        found.append(("Probability", f"{text('audit.mass', mass=float(ds.mass_error))} {finite}"))
    if reading.has("p_at_edge"):
        found.append(("Edges of grids", "; ".join(_edge(reading, str(name)) for name in ds.stock.values) + "."))
    if reading.draws is not None:
        found.append(("Draws", draws(reading)))
    return found


def regrets(reading: Reading) -> str:
    """Return what each player forgoes at most, and at which decision."""
    by = reading.ds.regret_by
    listed = []
    for name in reading.players:
        row = by.sel(player=name)
        worst = float(row.max())
        if worst > 0.5e-3:
            listed.append(f"{reading.who(name)} {worst:.3f} utils ({plain(row.decision.values[int(np.argmax(row.values))])})")
    return text("audit.regret", players=", ".join(listed)) if listed else text("audit.regret.none")


def _edge(reading: Reading, stock: str) -> str:
    row = reading.ds.p_at_edge.sel(stock=stock)
    lowest, highest = (numbers.percent(float(row.sel(end=end))) for end in ("lowest", "highest"))
    return text("audit.edge", stock=reading.thing("stock", stock), lowest=lowest, highest=highest)


def draws(reading: Reading) -> str:
    """Return how many draws were solved, and what to do about those that were not."""
    if not reading.failures or reading.draws is None:
        return text("audit.draws", count=reading.count)
    remedies = json.loads(reading.draws.status.attrs["remedies"])
    failed = "; ".join(f"{count} ({remedies[name]})" for name, count in reading.failures.items())
    return text("audit.failed", count=reading.count, failed=failed)
