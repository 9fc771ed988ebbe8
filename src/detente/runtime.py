"""Settings jax reads when it is first imported: a compilation cache on disk, so that a second run starts at once."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_cache_path


def prepare() -> None:
    """Set what the user has not set; has no effect once jax is imported."""
    defaults = {
        "JAX_COMPILATION_CACHE_DIR": str(cache()),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }
    for name, value in defaults.items():
        os.environ.setdefault(name, value)


def cache() -> Path:
    """Return the folder compilations are kept in."""
    return user_cache_path("detente") / "xla"


def memory() -> int:
    """Return the memory this machine has available to one answer [bytes]: half of what is installed."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
