"""The vendored chart library is what it says it is, and is the one altair writes for."""

from __future__ import annotations

import hashlib
import json
from importlib.resources import files

import altair
import pytest

STATIC = files("detente") / "assets" / "static"
VERSIONS = json.loads((STATIC / "versions.json").read_text(encoding="utf-8"))
WANTED = {"vega": altair.VEGA_VERSION, "vega-embed": altair.VEGAEMBED_VERSION, "vega-lite": altair.VEGALITE_VERSION}


@pytest.mark.parametrize("name", sorted(WANTED))
def test_file_is_the_recorded_release(name: str) -> None:
    content = (STATIC / f"{name}.min.js").read_bytes()
    assert hashlib.sha256(content).hexdigest() == VERSIONS[name]["sha256"]
    assert VERSIONS[name]["version"].encode() in content
    assert b"</script" not in content.lower(), "could not be written into a page"


@pytest.mark.parametrize("name", sorted(WANTED))
def test_major_version_is_the_one_altair_writes_for(name: str) -> None:
    assert VERSIONS[name]["version"].split(".")[0] == WANTED[name].lstrip("v").split(".")[0]


def test_grammar_is_exactly_altairs() -> None:
    assert altair.SCHEMA_VERSION == f"v{VERSIONS['vega-lite']['version']}"


@pytest.mark.parametrize("name", [*sorted(WANTED), "THIRD-PARTY"])
def test_licence_is_shipped(name: str) -> None:
    assert "Copyright" in (STATIC / f"{name}.LICENSE.txt").read_text(encoding="utf-8")
