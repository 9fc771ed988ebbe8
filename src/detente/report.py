"""A saved result as one self-contained HTML file that opens offline, prints and fits a phone."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
import xarray as xr
from altair.utils.schemapi import debug_mode
from markupsafe import Markup

from detente import charts, words
from detente.charts.course import drawn
from detente.charts.parts import part
from detente.findings import Reading, leaders, ledger, names, numbers, page, phrases, tables, verdict
from detente.findings import statistics as stat
from detente.findings.audit import audit
from detente.findings.bands import band
from detente.findings.course import ages, menu
from detente.findings.milestones import first_date
from detente.findings.names import plain
from detente.findings.reading import Statistic
from detente.findings.reasons import explained, known_as
from detente.findings.terms import contents
from detente.findings.window import ITSELF, by_regime, window

LIBRARIES = ("vega.min.js", "vega-lite.min.js", "vega-embed.min.js")


def write(
    ds: xr.Dataset,
    draws: xr.Dataset | None,
    path: Path | str,
    language: str | None = None,
    parts: Mapping[str, xr.Dataset] | None = None,
) -> None:
    """Write the report of a result to ``path``; see :func:`render`."""
    Path(path).write_text(render(ds, draws, language, parts), encoding="utf-8")


def render(
    ds: xr.Dataset,
    draws: xr.Dataset | None = None,
    language: str | None = None,
    parts: Mapping[str, xr.Dataset] | None = None,
) -> str:
    """Return the report of a result as HTML.

    Args:
        ds: The result.
        draws: The ensemble.
        language: The language (default: the one spoken).
        parts: Further analyses by name, as :class:`detente.analysis.full.Full` holds them; a section each.
    """
    with words.speaking(language or words.language()):
        return _template().render(context(Reading(ds, draws), parts or {}))


def prepare() -> None:
    """Read and compile what every report is made with, so that none waits for it."""
    _template()
    _script()


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("detente", "assets/templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "percent": numbers.percent,
        "tenths": numbers.tenths,
        "chance": numbers.chance,
        "points": lambda p: f"{100 * p:.1f}",
        "utils": numbers.utils,
        "number": numbers.plain_number,
        "short": numbers.short,
        "spec": spec,
        "web": web,
    }
    environment.globals |= {
        "_": words.translated,
        "tag": words.tag,
        "band_of": numbers.band_of,
        "bracketed": words.bracketed,
        "labelled": words.labelled,
        "unit": names.unit,
        "sentence": words.sentences,
    }
    return environment.get_template("report.html.j2")


def spec(figure: charts.Figure) -> Markup:
    """A chart's specification as JSON that cannot end the script element it stands in."""
    return Markup(json.dumps(figure.spec, ensure_ascii=False).replace("<", "\\u003c"))


def web(url: str | None) -> str:
    """An address that may become a link, or nothing."""
    return url if url and url.startswith(("https://", "http://")) else ""


@cache
def _script() -> tuple[str, ...]:
    """The drawing libraries and the few lines that use them, each safe inside a script element."""
    assets = files("detente") / "assets"
    sources = [(assets / "static" / name).read_text(encoding="utf-8") for name in LIBRARIES]
    sources.append((assets / "templates" / "report.js").read_text(encoding="utf-8"))
    return tuple(source.replace("</script", "<\\/script") for source in sources)


def _policy(scripts: tuple[str, ...]) -> str:
    """A content security policy: these very scripts, no others, and no connection anywhere."""
    sums = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in scripts]
    allowed = " ".join(f"'sha256-{value}'" for value in sums)
    rules = ("default-src 'none'", f"script-src {allowed}", "style-src 'unsafe-inline'", "img-src data:", "font-src data:")
    return "; ".join((*rules, "base-uri 'none'", "form-action 'none'"))


def context(reading: Reading, parts: Mapping[str, xr.Dataset] | None = None) -> dict[str, Any]:
    """Everything the template shows."""
    with debug_mode(False):
        shown = [part(name, ds) for name, ds in (parts or {}).items()]
    possible = stat.possible(reading)
    package = explained(reading)
    said = {
        "reading": reading,
        "head": page.headings({each.key: each.title for each in shown}),
        "parts": shown,
        "left_out": page.left_out(reading.note("left_out", {})),
        "text": page.text,
        "ask": lambda key: phrases.say(f"ask.{key}"),
        "end": numbers.when(reading.ds.date.values[-1], reading),
        "possible": possible,
        "verdict": verdict(reading),
        "band": band(reading),
        "tiles": tiles(reading, possible),
        "contents": contents(reading),
        "leaders": leaders(reading),
        "solutions": tables.solutions(reading),
        "delay": delay(reading),
        "by_year": tables.by_year(reading),
        "moved": moved(reading),
        "undrawn": undrawn(reading),
        "endings": endings(reading) if possible else [],
        "regret": regret(reading),
        "explained": package,
        "known_as": known_as(reading, package) if package else "",
        "sweep": tables.sweep(reading),
        "menu": menu(reading),
        "limits": limits(reading),
        "words": page.glossary(),
        "notes": tables.notes(reading),
        "audit": audit(reading),
        "checks": tables.checks(reading),
        "settings": settings(reading),
        "figures": figures(reading, possible),
    }
    return said | _numbers(reading) | _page()


def _numbers(reading: Reading) -> dict[str, Any]:
    """Every parameter, contested ones apart, and the ledger of sources."""
    rows = ledger.parameters(reading)
    return {
        "contested": [row for row in rows if row.contested],
        "parameters": {_group(reading, name): group for name, group in _uncontested(rows).items()},
        "joined": ledger.joined(reading),
        "sources": list(ledger.ledger(reading).values()),
    }


def _uncontested(rows: list[ledger.Parameter]) -> dict[str, list[ledger.Parameter]]:
    return ledger.grouped([row for row in rows if not row.contested])


def _group(reading: Reading, name: str) -> str:
    return reading.group(name) if name else page.text("parameters.others").capitalize()


def _page() -> dict[str, Any]:
    """What makes the page: its style, its scripts and what they may do."""
    scripts = _script()
    style = (files("detente") / "assets/templates/report.css").read_text(encoding="utf-8")
    return {"style": Markup(style), "scripts": [Markup(source) for source in scripts], "policy": _policy(scripts)}


def figures(reading: Reading, possible: bool) -> dict[str, list[charts.Figure]]:
    """The charts of each section."""
    with debug_mode(False):  # the tests hold every chart against the Vega-Lite schema; here it would cost a third of the time
        return _figures(reading, possible)


def _figures(reading: Reading, possible: bool) -> dict[str, list[charts.Figure]]:
    after = [charts.survival(reading), charts.endings(reading)] if possible else []
    drawn: dict[str, Sequence[charts.Figure | None]] = {
        "zone": [charts.zone(reading)],
        "when": [charts.signed(reading)],
        "hazards": charts.hazards(reading),
        "openings": charts.openings(reading),
        "last": after,
        "stocks": [*charts.stocks(reading), *charts.indicators(reading)],
        "why": charts.reasons(reading),
        "precision": [charts.precision(reading)],
        "menu": [charts.menu(reading)],
    }
    return {name: [figure for figure in made if figure is not None] for name, made in drawn.items()}


def tiles(reading: Reading, possible: bool) -> list[tuple[str, str, str]]:
    """The few figures to remember: number, band, what it is."""
    mid, date, what = first_date(reading)
    end = numbers.when(reading.ds.date.values[-1], reading)
    wanted: list[tuple[Statistic, str]] = [
        (stat.signed_by(mid), page.text("tile.change" if what else "tile.by", date=date, what=what)),
        (stat.signed_ever, page.text("tile.end", end=end)),
    ]
    if possible:
        wanted += [
            (stat.surviving(age), page.text("tile.last", age=numbers.length(age, reading.dated))) for age in ages(reading)[:1]
        ]
    return [_tile(reading, statistic, what) for statistic, what in wanted]


def _tile(reading: Reading, statistic: Statistic, what: str) -> tuple[str, str, str]:
    estimate = reading.estimate(statistic)
    return numbers.percent(estimate.value), numbers.percent_band(estimate.low, estimate.high) if estimate.banded else "", what


def delay(reading: Reading) -> list[tuple[str, float, float]]:
    """Principal, cost of a year (round) without talks [utils], the same as a share of its stake."""
    if not reading.has("cost_of_delay"):
        return []
    share = reading.ds.cost_of_delay_share if reading.has("cost_of_delay_share") else reading.ds.cost_of_delay * np.nan
    return [
        (reading.player(p), float(reading.ds.cost_of_delay.sel(player=p)), float(share.sel(player=p))) for p in reading.principals
    ]


def moved(reading: Reading) -> dict[str, Any] | None:
    """The account of what opens or closes the window."""
    account = window(reading)
    if account is None:
        return None
    periods = reading.ds.period.values
    parts = [
        (page.text("parts.itself") if name == ITSELF else reading.word("regimes", name), 100 * part)
        for name, part in account.parts.items()
    ]
    parts.sort(key=lambda part: -abs(part[1]))
    first, last = (numbers.when(periods[i], reading) for i in (account.first, account.last))
    step = numbers.length(round(reading.step, 3), reading.dated)
    return {"first": first, "last": last, "step": step, "parts": parts, "total": sum(part for _, part in parts)}


def undrawn(reading: Reading) -> str:
    """The regimes that have no chart, in words."""
    shown = drawn(reading)
    return numbers.listed([reading.regime(name) for name in by_regime(reading) if name not in shown])


def endings(reading: Reading) -> list[tuple[str, float, float]]:
    """Way of ending, its share of endings, probability of a snapback after it."""
    if not reading.has("ended_by"):
        return []
    shares = stat.endings(reading.ds)
    back = reading.ds.snapback_given_lapse if reading.has("snapback_given_lapse") else shares * np.nan
    rows = [(reading.cause(c), float(shares.sel(cause=c)), float(back.sel(cause=c))) for c in shares.cause.values]
    return sorted((row for row in rows if row[1] > 0), key=lambda row: -row[1])


def regret(reading: Reading) -> str:
    """How far from each player's best the noise of choice leaves it."""
    if not reading.has("regret"):
        return ""
    worst = float(reading.ds.regret.max())
    if not worst > 0:
        return ""
    who = [reading.who(name) for name in reading.players if float(reading.ds.regret.sel(player=name)) > 0.99 * worst]
    return page.text("regret", regret=f"{worst:.3f}", who=numbers.listed(who))


def limits(reading: Reading) -> list[str]:
    """The assumptions every answer rests on."""
    step = numbers.length(round(reading.step, 3), reading.dated)
    return [limit.format(step=step) for limit in page.LIMITS.values()]


def settings(reading: Reading) -> dict[str, str]:
    """How the result was made, in words."""
    return {page.SETTINGS.get(key, plain(key)): _set(value, reading) for key, value in reading.note("settings", {}).items()}


def _set(value: Any, reading: Reading) -> str:
    if isinstance(value, dict):
        return (
            words.commas(f"{_stock(name, reading)} {_set(part, reading)}" for name, part in value.items()) or page.CHOICES["none"]
        )
    if isinstance(value, float):
        return f"{value:.4g}"
    said = "none" if value is None else str(value)
    return page.CHOICES.get(said, said)


def _stock(name: str, reading: Reading) -> str:
    return plain(name) if words.language() == "en" else reading.thing("stock", name)
