"""The job of two scenarios side by side: what differs, and which groups of numbers the difference is due to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from detente.spec.identity import fingerprint
from detente.spec.read import apply_variant
from detente.spec.scenario import Scenario
from detente.web.jobs import Reply, Request, job
from detente.web.long import once

if TYPE_CHECKING:
    from detente.web.shelf import Shelf


@job("sides")
def sides(shelf: Shelf, request: Request) -> Reply:
    """Compare two scenarios; what was compared once is kept on disk."""
    pair = [_one(shelf, request, side) for side in ("first", "second")]
    basis = (*map(fingerprint, pair), request["variant_first"], request["variant_second"], request["draws"])
    return once(request, basis, lambda tell: _compared(request, pair, tell))


def _one(shelf: Shelf, request: Request, side: str) -> Scenario:
    scenario = shelf.scenario({"scenario": request[side], "text": request.get(f"{side}_text"), "file": request[side]})
    variant = request[f"variant_{side}"]
    return apply_variant(scenario, variant) if variant else scenario


def _compared(request: Request, pair: list[Scenario], tell: Any) -> dict[str, Any]:
    from detente.analysis.compare import compare
    from detente.charts.compare import waterfalls
    from detente.findings.compare import Comparison, changed, rows, story
    from detente.run import Case

    cases = [Case(scenario, request[f"variant_{side}"]) for scenario, side in zip(pair, ("first", "second"), strict=True)]
    found = Comparison(compare(cases[0], cases[1], draws=request["draws"], progress=tell))
    told = story(found)
    figures = waterfalls(found) if found.ds.sizes["group"] else []
    return {
        "titles": found.titles,
        "findings": [{"key": each.key, "text": each.text} for each in told if not each.key.startswith("basis")],
        "basis": [each.text for each in told if each.key.startswith("basis")],
        "table": [_row(each) for each in found.differences],
        "changed": [vars(each) for each in changed(found)],
        "figures": [{"key": f.key, "title": f.title, "caption": f.caption, "spec": f.spec} for f in figures],
        "outcomes": rows(found),
    }


def _row(each: Any) -> dict[str, Any]:
    """An outcome in both, said."""
    return {
        "name": each.name,
        "words": each.label,
        "first": each.level(each.before),
        "second": each.level(each.after),
        "change": each.change(each.amount),
        "band": each.band(each.low, each.high).strip(" ()"),
        "moved": abs(each.amount) > 1e-9,
        "parts": [{"words": part.label, "said": each.short(part.amount)} for part in each.parts if abs(part.amount) > 1e-9],
    }
