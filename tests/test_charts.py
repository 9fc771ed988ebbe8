"""Charts: valid Vega-Lite in one theme, told apart without colour, drawn from what is there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import altair as alt
import numpy as np
import pytest

from detente import charts
from detente.charts import theme
from detente.charts.captions import CAPTIONS
from detente.charts.zone import frontier
from detente.findings import Reading
from detente.words import speaking
from synthetic import central, ensemble, make

DRAWN = [name for name in charts.__all__ if name != "Figure"]


def figures(reading: Reading) -> list[charts.Figure]:
    found: list[charts.Figure] = []
    for name in DRAWN:
        made = getattr(charts, name)(reading)
        found += made if isinstance(made, list) else [made] * (made is not None)
    return found


FIGURES = {figure.key: figure for figure in figures(Reading(central(), ensemble()))}


def marks(spec: dict[str, Any]) -> list[dict[str, Any]]:
    return [leaf for layer in spec["layer"] for leaf in marks(layer)] if "layer" in spec else [spec]


def values(figure: charts.Figure) -> list[list[dict[str, Any]]]:
    """The rows of each mark; those of a group belong to its members."""

    def rows(spec: dict[str, Any], above: str) -> list[list[dict[str, Any]]]:
        name = spec.get("data", {}).get("name", above)
        if "layer" not in spec:
            return [figure.spec["datasets"][name]]
        return [found for layer in spec["layer"] for found in rows(layer, name)]

    return rows(figure.spec, "")


@pytest.mark.parametrize("key", FIGURES)
def test_every_chart_is_valid_and_compiles(key: str) -> None:
    vl_convert = pytest.importorskip("vl_convert")
    spec = FIGURES[key].chart.to_dict()
    vega = vl_convert.vegalite_to_vega(spec | {"width": 500}, vl_version=".".join(alt.SCHEMA_VERSION.lstrip("v").split(".")[:2]))
    assert vega["marks"]


@pytest.mark.parametrize("key", FIGURES)
def test_every_chart_fits_its_container_and_says_what_it_shows(key: str) -> None:
    figure = FIGURES[key]
    assert figure.spec["width"] == "container"
    assert figure.title
    assert len(figure.caption) > 60
    assert "{" not in figure.title + figure.caption


def test_keys_are_unique() -> None:
    assert len(FIGURES) == len(figures(Reading(central(), ensemble())))


@pytest.mark.parametrize("key", FIGURES)
def test_what_colour_tells_something_else_tells_too(key: str) -> None:
    """A scale of colours over names comes with line patterns, shapes, or places; never alone."""
    for mark in marks(FIGURES[key].spec):
        encoding = mark["encoding"]
        if encoding.get("color", {}).get("field"):
            assert encoding.get("strokeDash", {}).get("field") == encoding["color"]["field"] or mark["mark"]["type"] == "bar"
    assert len(theme.PALETTE) == len(theme.DASHES)


def test_palette_is_told_apart_in_grey() -> None:
    def lightness(color: str) -> float:
        red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    first = [lightness(color) for color in theme.PALETTE[:2]]
    assert abs(first[0] - first[1]) > 25


def test_band_is_drawn_only_where_there_are_draws() -> None:
    assert "draws" in FIGURES["signed"].caption
    alone = charts.signed(Reading(central()))
    assert "No band" in alone.caption
    assert [mark["mark"]["type"] for mark in marks(alone.spec)] == ["rule", "text", "line", "point"]
    assert [mark["mark"]["type"] for mark in marks(FIGURES["signed"].spec)] == ["rule", "text", "area", "line", "point"]


@pytest.mark.parametrize("key", ["signed", "hazard-0", "open-0"])
def test_scheduled_changes_are_marked_on_charts_over_time(key: str) -> None:
    assert values(FIGURES[key])[0] == [
        {"when": "2029-01-20", "name": "White House"},
        {"when": "2033-01-20", "name": "White House"},
    ]
    assert "scheduled changes" in FIGURES[key].caption


def test_the_sweep_says_how_far_its_coarser_calendar_lies_off() -> None:
    there = float(central().p_deal_by_precision.sel(precision=1.0)[-1])
    assert f"{100 * there:.1f}% instead of" in FIGURES["precision"].caption


def test_zone_holds_every_package_and_the_solution_points() -> None:
    reading = Reading(central())
    line, dots, _, points = values(FIGURES["zone"])[3:]
    assert len(dots) == len(reading.packages)
    assert all(row["best"] for row in line)
    known = {role for row in points for role in row["known"].split(" \u00b7 ")}
    assert known == {"likeliest", "Nash", "Kalai\u2013Smorodinsky", "egalitarian"}
    assert {row["side"] for row in dots} == {"everyone needed gains", "someone needed loses"}


def test_frontier_of_two_sides() -> None:
    x, y = np.array([0.0, 1.0, 2.0, 1.0, 2.0]), np.array([2.0, 1.0, 0.0, 0.5, -1.0])
    assert frontier(x, y).tolist() == [True, True, True, False, False]


def test_bars_add_up_to_the_dark_one() -> None:
    rows = values(FIGURES["reasons-0"])[1]
    parts = [row["v"] for row in rows if row["kind"] != "sum"]
    assert sum(parts) == pytest.approx(next(row["v"] for row in rows if row["kind"] == "sum"))


def test_unknown_numbers_are_left_out() -> None:
    ds = central()
    assert len(values(FIGURES["hazard-1"])[2]) == int(np.isfinite(ds.p_signed_hazard.values[:, 2:]).sum())


def test_rounds_have_numbers_for_dates() -> None:
    for figure in figures(Reading(make(clock="rounds", periods=6))):
        assert "year" not in figure.caption.replace("[$bn/year]", "")
        assert '"when", "type": "temporal"' not in str(figure.spec).replace("'", '"')


@pytest.mark.parametrize(
    "gone", ["p_signed_hazard", "zopa_share", "survival", "ended_by", "stock_mean", "indicator_mean", "gain_term", "solution"]
)
def test_charts_of_what_is_missing_are_not_drawn(gone: str) -> None:
    assert len(figures(Reading(central().drop_vars(gone)))) <= len(FIGURES)


def test_every_caption_is_used() -> None:
    from pathlib import Path

    source = "".join(
        path.read_text(encoding="utf-8") for path in Path(charts.__file__).parent.glob("*.py") if path.name != "captions.py"
    )
    dynamic = {f"{kind}{end}" for kind in ("stock", "indicator") for end in ("", ".title")}
    assert [key for key in CAPTIONS if f'"{key}"' not in source and key not in dynamic] == []


def test_a_picture_has_its_chinese_or_says_that_it_has_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with speaking("zh"):
        figure = charts.signed(Reading(central(), ensemble()))
    assert "概率" in figure.title
    if theme.drawn("概"):
        figure.write(tmp_path / "signed.png")
        assert (tmp_path / "signed.png").read_bytes()[1:4] == b"PNG"
        assert theme.undrawable("美国 and the United States") == ""
    monkeypatch.setattr(theme, "drawn", lambda letter: False)
    with pytest.warns(UserWarning, match="no font of this machine has"):
        figure.write(tmp_path / "signed.svg")
    assert "届时" in (tmp_path / "signed.svg").read_text(encoding="utf-8")


def test_letters_that_no_font_has_are_noticed() -> None:
    assert theme.drawn("a")
    assert not theme.drawn("\U000f1234")
    assert theme.undrawable("Latin letters, digits 123 and signs −") == ""
