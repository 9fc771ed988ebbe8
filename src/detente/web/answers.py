"""Jobs that answer: what a scenario says, its pictures, a quick or an exact answer, and the same as labelled data."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

from detente import runtime
from detente.spec.quantity import Quantity
from detente.spec.read import apply_variant
from detente.spec.scenario import Scenario
from detente.web.jobs import Reply, Request, as_json, job, number
from detente.words import chosen, language

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr

    from detente.web.shelf import Shelf


DRAWN = 2.0
"""Seconds after which a page that was opened has drawn its pictures, and its machine is free to make the solver ready."""


@job("opening")
def opening(shelf: Shelf, request: Request) -> Reply:
    """What a page needs to begin: the scenario's numbers, its charts, and the answer at its own values; kept on disk."""
    name = f"opening-{runtime.code()[:24]}-{shelf.digest(request)}-{language()}"

    def make() -> bytes:
        content = _opening(shelf, request, shelf.scenario(request))
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()

    reply = Reply(runtime.kept(name, make, bytes))
    later = threading.Timer(DRAWN, _warm, (shelf, request))
    later.daemon = True
    later.start()
    return reply


def _warm(shelf: Shelf, request: Request) -> None:
    """Have the solver ready by the time a slider moves."""
    shelf.case(request).ready()


def _opening(shelf: Shelf, request: Request, scenario: Scenario) -> dict[str, Any]:
    from detente.charts import live as charts

    ds, reading = read(shelf, {**request, "values": {}, "package": None, "variant": None})
    figures = [
        {"key": f.key, "title": f.title, "caption": f.caption, "spec": f.spec, "row": charts.grows(f.key)}
        for f in charts.figures(reading)
    ]
    return {"scenario": _described(scenario, reading, request), "figures": figures, "base": _shown(ds, reading)}


def _described(scenario: Scenario, reading: Any, request: Request) -> dict[str, Any]:
    """Return what the page says of the scenario itself."""
    from detente.findings import ledger

    quantities = scenario.quantities
    rows = {row.name: row for row in ledger.parameters(reading)}
    parameters = [_parameter(name, quantity, rows[name], reading) for name, quantity in quantities.items() if name in rows]
    variants = [
        {"name": name, "words": chosen(v.label, name), "note": chosen(v.note), "set": dict(v.set)}
        for name, v in scenario.variants.items()
    ]
    return {
        "name": request["scenario"],
        "title": chosen(scenario.title, scenario.name),
        "summary": chosen(scenario.summary),
        "parameters": parameters,
        "variants": variants,
        "players": {name: reading.player(name) for name in scenario.players},
        "packages": {name: reading.terms(name) for name in reading.packages},
        "dated": reading.dated,
    }


def _parameter(name: str, quantity: Quantity, row: Any, reading: Any) -> dict[str, Any]:
    low, high = (quantity.low, quantity.high) if quantity.values is None else (min(quantity.values), max(quantity.values))
    return {
        "name": name,
        "words": chosen(quantity.label, name),
        "value": number(row.value),
        "low": low if quantity.uncertain else None,
        "high": high if quantity.uncertain else None,
        "log": quantity.kind in ("loguniform", "lognormal") and low is not None and low > 0,
        "values": list(quantity.values) if quantity.values is not None else None,
        "unit": row.unit,
        "group": reading.group(quantity.group) if quantity.group else "",
        "contested": quantity.contested,
        "readings": [list(reading) for reading in row.readings],
        "note": row.note,
        "sources": [{"cite": source.cite, "url": source.url} for source in row.sources],
    }


def read(shelf: Shelf, request: Request) -> tuple[xr.Dataset, Any]:
    """Solve a view, and read it in the page's language."""
    from detente.findings import Reading

    case, variant = shelf.case(request), request.get("variant")
    values = values_of(case.scenario, request)
    ds = case.live(values, request.get("package"), bool(request.get("exact")), variant)
    return ds, Reading(ds)


def values_of(scenario: Scenario, request: Request) -> dict[str, float]:
    """Return the values a view puts in place of the scenario's own: its variant's, and over them those moved by hand."""
    name = request.get("variant")
    if name:
        apply_variant(scenario, name)  # says which there are, where there is none of that name
    return {**(scenario.variants[name].set if name else {}), **request["values"]}


@job("answer")
def answer(shelf: Shelf, request: Request) -> Reply:
    """Everything the page shows of a view."""
    ds, reading = read(shelf, request)
    return as_json(_shown(ds, reading))


def _shown(ds: xr.Dataset, reading: Any) -> dict[str, Any]:
    from detente.findings import live, verdict
    from detente.findings.phrases import say as phrase
    from detente.findings.reasons import explained, known_as

    package = explained(reading)
    findings = [
        {"key": f.key, "ask": phrase(f"ask.{f.key}"), "text": f.text, "detail": f.detail}
        for f in verdict(reading)
        if f is not None
    ]
    return {
        "exact": bool(reading.note("settings", {}).get("exact")),
        "step": float(ds.attrs["step"]),
        "hash": ds.attrs["scenario_hash"],
        "package": package,
        "package_words": reading.package(package) if package else "",
        "package_known": known_as(reading, package) if package else "",
        "findings": findings,
        "tiles": [tile.row for tile in live.tiles(reading)],
        "shares": live.shares(reading),
        "pictures": live.pictures(reading),
        "rules": live.rules(reading),
    }


@job("dataset")
def dataset(shelf: Shelf, request: Request) -> Reply:
    """The labelled data of a view: what the Python API returns for the same values."""
    ds, _ = read(shelf, request)
    return as_json(plain(ds))


def plain(ds: xr.Dataset) -> dict[str, Any]:
    """Return a dataset in lists and words."""
    axes = {str(name): _values(ds[name].values) for name in ds.dims if name in ds.coords}
    data = {
        str(name): {"dims": [str(dim) for dim in array.dims], "data": _values(array.values), "unit": array.attrs.get("units", "")}
        for name, array in ds.data_vars.items()
    }
    return {"coords": axes, "data": data, "attrs": {str(key): _attribute(value) for key, value in ds.attrs.items()}}


def _values(array: np.ndarray) -> Any:
    if array.dtype.kind == "M":
        return array.astype("datetime64[D]").astype(str).tolist()
    return array.tolist()


def _attribute(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value
