"""A small scenario, and the explorer served in a process of its own, for tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

SMALL = """\
detente: 1
name: small
title: Troops for aid
summary: Will South pay North to withdraw?
calendar: {start: 2026-01-01, horizon: 8 years, step: 0.5, after: frozen}
sources:
  survey: {cite: "A. Author, Survey of voters, Institute, 2025", url: "https://example.org/survey", quality: estimate}
parameters:
  aid_worth: {value: 1.1, low: 0.3, high: 1.8, unit: util/$bn, source: judgement, label: What a billion is worth to North}
  hawk_wins:
    {value: 0.4, low: 0.2, high: 0.6, shape: triangular, source: survey, group: office, contested: true,
     readings: {one side: 0.3, other side: 0.6}, label: Chance that the hawk wins, note: as the last survey says}
  precision: {value: 3, values: [1, 2, 3, 5], unit: 1/util, source: judgement, label: Precision}
  pace: {value: 4, low: 2, high: 8, shape: lognormal, unit: warheads/year, source: judgement, label: New warheads a year}
  talks: {value: 1, unit: 1/year, label: How often they talk}
players:
  south: {label: South, discount: 0.08/year, precision: precision, talks: talks, reviews: 1/year}
  north: {label: North, discount: 0.08/year, precision: precision, talks: 0.5/year, reviews: 1/year, hidden_action: true}
issues:
  troops:
    label: Troops
    after_lapse: persists
    options: {stay: {away: 0, label: troops stay}, half: {away: 0.5, label: half leave}, leave: {away: 1, label: all leave}}
  aid:
    label: Aid
    options: {none: {money: 0, label: no aid}, some: {money: 0.5, label: some aid}, much: {money: 1, label: much aid}}
exclude: [troops == stay and aid != none]
regimes:
  office:
    label: Office in South
    states: {dove: a dove, hawk: a hawk}
    start: dove
    switches: [{on: 2028-05-01, to: {dove: 1 - hawk_wins, hawk: hawk_wins}, note: election}]
stocks:
  warheads:
    {label: Warheads, start: 50, unit: warheads, grid: 0..150 by 25, drift: pace * (1 - 0.8 * troops.away * in_force)}
payoffs:
  south:
    border: {value: 1.2 * troops.away * in_force * (1 - 0.5 * cheating), label: calm border}
    paid: {value: -0.7 * aid.money * in_force, label: aid paid}
    fear: {value: -0.005 * warheads, label: fear of the arsenal}
    hawks: {value: -0.3 * in_force * (office == hawk), label: opposition}
    at exit: {blame: -0.5}
  north:
    aid: {value: aid_worth * aid.money * in_force, label: aid received}
    troops: {value: -0.5 * troops.away * in_force * (1 - 0.5 * cheating), label: troops given up}
    at caught: {shame: -1}
detection: 0.4
variants:
  hawkish: {label: The hawk is ahead, source: survey, set: {hawk_wins: 0.6}}
"""


class Server:
    """``detente explore`` on a free port, ended with the block."""

    def __init__(self, scenario: Path | str) -> None:
        self.scenario, self.url = str(scenario), ""

    def __enter__(self) -> Server:
        command = [sys.executable, "-m", "detente.cli", "explore", self.scenario, "--port", "0", "--no-open"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        assert "http://" in said, said
        self.url = said.split("http://")[1].split("/")[0].join(("http://", ""))
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(30)
        assert self.process.stdout is not None
        self.process.stdout.close()


def small(folder: Path) -> Server:
    """Return a server of the small scenario, written into a folder."""
    path = folder / "small.yaml"
    path.write_text(SMALL, encoding="utf-8")
    return Server(path)


def got(server: Server, path: str, **query: Any) -> Any:
    """Return the JSON at an address that must answer."""
    reply = httpx.get(server.url + path, params=query, timeout=600)
    assert reply.status_code == 200, reply.text
    return reply.json()
