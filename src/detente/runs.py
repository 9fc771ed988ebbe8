"""A run directory: draws written as they are solved, so that a run that was stopped goes on where it was.

    manifest.json   what is being run: scenario, seed, versions, settings
    draws.zarr      one array per outcome, draws leading, in chunks of BLOCK draws; `status` is -1 where nothing is solved yet

A chunk's status is written after everything else of it, and each file as a whole or not at all; so whatever the moment a run
ends, what is marked as solved is complete, and the rest is solved again. What a draw gives does not depend on when it is
solved, nor by whom: the finished folder is the same to the last bit.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

import detente
from detente.ensemble import UNTIL, Ensemble, Progress, Solutions, Solver
from detente.errors import RunError

BLOCK = 16
"""Draws written together."""
UNSOLVED = -1
PACKAGES = ("jax", "jaxlib", "numpy")


def manifest(scenario_hash: str, name: str, ensemble: Ensemble, seed: int, **settings: Any) -> dict[str, Any]:
    """Return what identifies a run: two runs with equal manifests end with the same numbers."""
    return {
        "scenario": name,
        "scenario_hash": scenario_hash,
        "seed": seed,
        "draws": len(ensemble),
        "precision": "single" if ensemble.calls[0].single else "double",
        "settled": UNTIL.settled,
        "block": BLOCK * ensemble.plan.width,
        "version": detente.__version__,
        "installed": {package: metadata.version(package) for package in PACKAGES},
        "settings": settings,
    }


@dataclass(frozen=True)
class Run:
    """A run directory."""

    folder: Path
    manifest: Mapping[str, Any]

    @classmethod
    def open(cls, folder: Path, manifest: Mapping[str, Any]) -> Run:
        """Begin a run in an empty or new folder, or go on with the one that is there.

        Raises:
            RunError: the folder holds something else; nothing is changed.
        """
        file = folder / "manifest.json"
        others = [path for path in folder.iterdir() if path != _beside(file)] if folder.exists() else []
        if file.exists():
            _same(json.loads(file.read_text(encoding="utf-8")), manifest, folder)
        elif others:
            raise RunError(f"{folder} holds other files; name an empty or a new folder")
        else:
            folder.mkdir(parents=True, exist_ok=True)
            _whole(file, json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")
        for torn in folder.rglob("*.partial"):  # what a stopped run had begun to write
            torn.unlink()
        return cls(folder, manifest)

    @property
    def count(self) -> int:
        """Draws of the run."""
        return int(self.manifest["draws"])

    @property
    def block(self) -> int:
        """Draws written together."""
        return int(self.manifest["block"])

    def solved(self) -> np.ndarray:
        """Return which draws are solved [count]."""
        group = self._group()
        return np.zeros(self.count, bool) if group is None or "status" not in group else group["status"][:] != UNSOLVED

    def complete(self, ensemble: Ensemble, solver: Solver, progress: Progress | None = None) -> None:
        """Solve what is not solved yet.

        Args:
            ensemble: The draws.
            solver: Who solves.
            progress: Told (stage, done, total).
        """
        solved = self.solved()
        left = [call for call in ensemble.calls if not solved[list(call.members)].all()]
        done = int(solved.sum())
        if progress:
            progress("draws", done, self.count)
        for members, arrays in _blocks(solver(left), self.block, self.count):
            self._write(members, arrays)
            done += members.stop - members.start
            if progress:
                progress("draws", done, self.count)

    def outcomes(self) -> dict[str, np.ndarray]:
        """Return the outcomes of the draws that are solved, draws leading."""
        kept, group = self.solved(), self._group()
        return {} if group is None else {name: array[:][kept] for name, array in sorted(group.arrays())}

    def _group(self) -> Any:  # zarr's own types tell neither arrays from groups
        import zarr

        with suppress(FileNotFoundError):
            return zarr.open_group(self.folder / "draws.zarr", mode="r+")
        return None

    def _write(self, members: slice, arrays: Mapping[str, np.ndarray]) -> None:
        import zarr

        group = self._group()
        if group is None:
            group = zarr.open_group(self.folder / "draws.zarr", mode="a")
        for name in sorted(arrays, key=lambda name: name == "status"):  # status last: it marks the others as complete
            array = arrays[name]
            if name not in group:
                shape, fill = (self.count, *array.shape[1:]), UNSOLVED if name == "status" else 0
                chunks = tuple(max(1, size) for size in (self.block, *array.shape[1:]))
                group.create_array(name, shape=shape, chunks=chunks, dtype=array.dtype, fill_value=fill)
            group[name][members] = array


def _same(there: Mapping[str, Any], wanted: Mapping[str, Any], folder: Path) -> None:
    differ = [key for key in wanted if there.get(key) != json.loads(json.dumps(wanted[key]))]
    if differ:
        key = differ[0]
        text = f"{folder} holds a run that differs in its {key.replace('_', ' ')}: {there.get(key)!r}, not {wanted[key]!r}"
        raise RunError(f"{text}; name another folder, or remove that one")


def _whole(file: Path, text: str) -> None:
    beside = _beside(file)
    beside.write_text(text, encoding="utf-8")
    beside.replace(file)


def _beside(file: Path) -> Path:
    return file.with_suffix(".partial")


def _blocks(results: Solutions, size: int, count: int) -> Iterable[tuple[slice, dict[str, np.ndarray]]]:
    """Gather the results of calls into blocks of draws that are next to each other, each once it is complete."""
    waiting: dict[int, dict[int, dict[str, np.ndarray]]] = {}
    for call, arrays in results:
        first = call.members[0] // size * size
        block = waiting.setdefault(first, {})
        block[call.members[0]] = arrays
        last = min(first + size, count)
        if sum(len(part["status"]) for part in block.values()) == last - first:
            parts = [part for _, part in sorted(waiting.pop(first).items())]
            yield slice(first, last), {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
