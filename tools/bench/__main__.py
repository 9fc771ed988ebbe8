"""`make bench`: measure, print one table, add a line to docs/bench-history.jsonl, rewrite the table of docs/bench.md."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from pathlib import Path
from typing import Any

from detente import runtime

runtime.prepare()

import jax  # noqa: E402
from rich.console import Console  # noqa: E402

from bench import history, table  # noqa: E402
from bench.measure import Effort, Row  # noqa: E402

PARTS = ("limit", "growth", "ensemble", "solvers", "decisions", "packages", "experiments", "startup")
PAGE = Path("docs/bench.md")
OUT = Path("build/bench")


def main() -> None:
    """Measure what is asked for; a partial run leaves both alone."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"any of {', '.join(PARTS)} (default: all)")
    parser.add_argument("--fast", action="store_true", help="small sizes and few repeats: about two minutes")
    asked = parser.parse_args()
    if unknown := set(asked.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    before = history.load()
    rows = measured(asked.parts or PARTS, Effort(asked.fast))
    run = history.line(rows, asked.fast, (before, history.load()))
    earlier = history.earlier(asked.fast)
    table.show(rows, earlier, Console(width=None if sys.stdout.isatty() else 200))
    print("\n".join(history.trend()))
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "bench.json").write_text(json.dumps([vars(row) for row in rows], indent=1, default=float) + "\n", encoding="utf-8")
    if not asked.parts:
        table.insert(PAGE, table.markdown(rows, earlier, heading(run)))
        history.append(run)


def measured(parts: tuple[str, ...] | list[str], effort: Effort) -> list[Row]:
    """Measure parts one after the other."""
    rows: list[Row] = []
    for part in parts:
        print(f"{part} ...", file=sys.stderr, flush=True)
        with jax.enable_x64(True):
            rows += importlib.import_module(f"bench.{part}").rows(effort)
    return rows


def heading(run: dict[str, Any]) -> str:
    """Say when and where a run was made."""
    before, after = run["load"]
    kind = " in the fast version (small sizes, few repeats)" * bool(run["fast"])
    return (
        f"Measured{kind} on {str(run['date'])[:10]} at commit {run['commit']} on {run['processor']}, Python {run['python']}, "
        f"jax {run['jax']}. Processes that wanted a core: {before} when it began, {after} when it ended."
    )


if __name__ == "__main__":
    main()
