"""What every test shares: float64, a compilation cache, hypothesis profiles, a browser, golden summaries."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import hypothesis
import pytest

import verification

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "tests" / "golden"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
CI = bool(os.environ.get("CI"))

# Subprocesses started by tests share the cache too, hence the environment. It is read when jax is first imported.
os.environ.setdefault("DETENTE_CACHE", str(ROOT / "build" / "cache"))
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(ROOT / "build" / "cache" / "xla"))
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0.2")
os.environ.setdefault("JAX_PLATFORMS", "cpu")
# Most of the time here goes into compiling small games once, which XLA's older emitters do in two thirds of the time.
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_use_fusion_emitters=false")

# Solving is slow; and ``verify`` is one for all examples of a test because it keeps the one that is furthest off.
WAIVED = [getattr(hypothesis.HealthCheck, name) for name in ("too_slow", "data_too_large", "function_scoped_fixture")]
hypothesis.settings.register_profile("dev", max_examples=25, deadline=None, suppress_health_check=WAIVED)
hypothesis.settings.register_profile("ci", parent=hypothesis.settings.get_profile("dev"), max_examples=60, derandomize=True)
hypothesis.settings.load_profile("ci" if CI else "dev")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--golden", action="store_true", help="rewrite the golden summaries instead of comparing with them")
    parser.addoption("--verify", action="store_true", help="run the tests that record rows and rewrite docs/verification.md")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(verification.Table(config), verification.NAME)
    if config.getoption("--verify"):  # the same draws every time, so that the page changes only with the program
        hypothesis.settings.load_profile("ci")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Turn a skip into a failure in continuous integration, where everything a test needs is there."""
    report = yield
    if CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped in continuous integration: {report.longrepr}"
    return report


@pytest.fixture(scope="session", autouse=True)
def double() -> Iterator[None]:
    """Float64 for tests that call the engine directly, scoped as in the package itself."""
    import jax

    with jax.enable_x64(True):
        yield


HASTY: dict[str, Any] = {
    "xla_backend_optimization_level": 0,
    "xla_llvm_disable_expensive_passes": True,
    "xla_cpu_parallel_codegen_split_count": 1,
}
"""XLA's way to compile in a quarter of the processor time what then runs several times slower."""


@pytest.fixture(scope="module", autouse=True)
def compiled(request: pytest.FixtureRequest) -> Iterator[None]:
    """Compile in haste: most games here are small, and run once. Modules marked ``shipped`` compile as the product does."""
    from detente.executable import OPTIONS
    from detente.program import forget

    if request.node.get_closest_marker("shipped") is None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(OPTIONS, "cpu", {**OPTIONS["cpu"], **HASTY})
            yield
        return
    forget()  # what was compiled the other way
    yield
    forget()


@pytest.fixture(scope="module", autouse=True)
def room() -> None:
    """Drop the compiled games of earlier modules where they are many."""
    from detente.program import make_room

    make_room()


@pytest.fixture
def verify(request: pytest.FixtureRequest) -> Iterator[verification.Verify]:
    """Check numbers and record them as rows of docs/verification.md."""
    checks = verification.Verify()
    yield checks
    request.node.user_properties.extend((verification.NAME, asdict(row)) for row in checks.rows.values())


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, dict[str, Any]], None]:
    """Return ``compare(name, summary)`` for a flat summary of numbers and words; ``make golden`` rewrites the stored one."""

    def compare(name: str, summary: dict[str, Any]) -> None:
        path = GOLDEN / f"{name}.json"
        if request.config.getoption("--golden"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(json.dumps(summary, indent=2, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
            return
        stored = json.loads(path.read_text(encoding="utf-8"))
        numbers = {key for key, value in stored.items() if isinstance(value, float)}
        assert {key: value for key, value in summary.items() if key not in numbers} == {
            key: value for key, value in stored.items() if key not in numbers
        }
        assert [summary[key] for key in sorted(numbers)] == pytest.approx(
            [stored[key] for key in sorted(numbers)], rel=1e-6, abs=1e-9
        )

    return compare


def _executable() -> str | None:
    names = (os.environ.get("CHROMIUM", ""), *BROWSERS)
    return next((found for name in names if name and (found := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A headless Chromium: the machine's own, else the one Playwright has installed."""
    from playwright.sync_api import Error, sync_playwright

    # Chromium's sandbox refuses to run as root.
    flags = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        try:
            chromium = playwright.chromium.launch(executable_path=_executable(), args=flags)
        except Error as error:
            pytest.skip(f"no browser: {error}")
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page that may reach this machine only, and fails its test on any complaint in the console."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    complaints: list[str] = []
    tab = context.new_page()
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
    tab.on("request", lambda request: None if _local(request.url) else complaints.append(f"asked for {request.url}"))
    yield tab
    context.close()
    assert complaints == []


def _local(url: str) -> bool:
    return url.startswith(("file:", "data:", "blob:", "about:", "http://127.0.0.1:", "http://localhost:"))
