"""Measure the explorer in a headless browser: from a slider's move to the redrawn pictures, six people at once, the second start.

    python tools/explore.py [SCENARIO] [MOVES]

The machine should have nothing else to do.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import threading
import time
from typing import Any

import httpx
from playwright.sync_api import sync_playwright

PEOPLE = 6
EACH = 12
"""Requests of each of them."""
MOVE = """([index, place]) => new Promise((resolve) => {
  const sliders = [...document.querySelectorAll('#groups input[type=range]')];
  const slider = sliders[index % sliders.length];
  const before = window.explorer.times.length, began = performance.now(), was = slider.value;
  slider.value = place ?? slider.dataset.was;
  if (slider.value === was) slider.value = Number(was) + 7;
  slider.dataset.was = was;
  slider.dispatchEvent(new Event('input', { bubbles: true }));
  const look = () => {
    if (window.explorer.times.length > before) resolve(window.explorer.times.at(-1));
    else if (performance.now() - began > 300000) resolve(null);
    else setTimeout(look, 2);
  };
  look();
})"""
"""Move a slider, without a place back to where it was; milliseconds to the redrawn pictures, null where there was no answer."""
DRAWN = "[...document.querySelectorAll('figure.picture')].every((figure) => figure.querySelector('svg'))"
OPEN = 2.0
"""Seconds after which a browser that was started does nothing more."""


def started(scenario: str) -> tuple[subprocess.Popen[str], str, float]:
    """Start the command; return it, its address, and when it was started."""
    begin = time.perf_counter()
    command = [sys.executable, "-m", "detente.cli", "explore", scenario, "--port", "0", "--no-open"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None, "a pipe"
    address = "http://" + process.stdout.readline().split("http://")[1].split()[0]
    return process, address, begin


def browser(playwright: Any) -> Any:
    """Return a headless Chromium: the machine's own, else Playwright's."""
    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if name and (path := shutil.which(name))), None)
    return playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])


def spread(times: list[float]) -> str:
    """Return the median, the 95 % point and the longest of some times."""
    ordered = sorted(times)
    return (
        f"median {statistics.median(ordered):.0f}, p95 {ordered[int(0.95 * (len(ordered) - 1))]:.0f}, longest {ordered[-1]:.0f}"
    )


def moves(page: Any, count: int) -> list[float]:
    """Move one slider after the other, there and back; return milliseconds from each move to all pictures redrawn."""
    times = [page.evaluate(MOVE, [i, place]) for i in range(count // 2 + 3) for place in (40 + (37 * i) % 120, None)]
    if None in times:
        raise SystemExit(f"slider {times.index(None) // 2} got no answer")
    return [float(each) for each in times[6:]]


def crowd(address: str) -> tuple[list[float], int]:
    """Let several people ask at once; return milliseconds of every answer, and how many failed."""
    times: list[float] = []
    failed: list[int] = []

    def person(who: int) -> None:
        with httpx.Client(timeout=120, headers={"x-page": f"person-{who}"}) as client:
            names = client.get(f"{address}api/opening").json()["scenario"]["parameters"]
            ranged = [entry for entry in names if entry["low"] is not None and entry["low"] < entry["high"]]
            for i in range(EACH):
                entry = ranged[(7 * who + i) % len(ranged)]
                value = entry["low"] + (entry["high"] - entry["low"]) * ((i + 1) / (EACH + 1))
                begin = time.perf_counter()
                reply = client.get(f"{address}api/answer", params={"set": f"{entry['name']}={value}"})
                times.append(1000 * (time.perf_counter() - begin))
                failed.extend([reply.status_code] if reply.status_code != 200 else [])
                time.sleep(0.2)

    people = [threading.Thread(target=person, args=(who,)) for who in range(PEOPLE)]
    for each in people:
        each.start()
    for each in people:
        each.join()
    return times, len(failed)


def opened(page: Any, address: str, begin: float) -> tuple[float, float, int]:
    """Open the page; return seconds from the command's start until it can be used and until all is drawn, and bytes."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    loaded: list[int] = []
    session.on("Network.loadingFinished", lambda event: loaded.append(int(event["encodedDataLength"])))
    page.goto(address)
    page.wait_for_selector("body[data-ready]", timeout=600_000)
    usable, size = time.perf_counter() - begin, sum(loaded)
    while not page.evaluate(DRAWN):
        time.sleep(0.02)
    return usable, time.perf_counter() - begin, size


def main() -> None:
    """Print every measurement."""
    scenario = sys.argv[1] if len(sys.argv) > 1 else "small-deal-2025"
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    with sync_playwright() as playwright:
        for start in ("first start", "second start"):
            page = browser(playwright).new_page(viewport={"width": 1280, "height": 900})
            time.sleep(OPEN)  # a browser that is open already
            process, address, begin = started(scenario)
            try:
                usable, drawn, size = opened(page, address, begin)
                print(f"{start}: usable after {usable:.2f} s, all pictures drawn after {drawn:.2f} s, {size / 1000:.0f} kB")
                if start == "second start":
                    print(f"slider to pictures [ms], {count} moves: {spread(moves(page, count))}")
                    times, failed = crowd(address)
                    print(f"{PEOPLE} people at once [ms], {len(times)} answers, {failed} failed: {spread(times)}")
                else:
                    page.wait_for_selector('body[data-exact="true"]', timeout=600_000)
                    moves(page, 3)  # so that every program is made
            finally:
                process.terminate()
                process.wait(60)


if __name__ == "__main__":
    main()
