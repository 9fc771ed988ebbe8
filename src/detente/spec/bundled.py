"""The scenarios that come with detente: known before anything that reads one is imported."""

from __future__ import annotations

from importlib import resources
from pathlib import Path


def bundled() -> dict[str, Path]:
    """Return the scenarios that come with detente, by name."""
    folder = Path(str(resources.files("detente"))) / "assets" / "scenarios"
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}
