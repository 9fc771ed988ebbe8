"""Where this machine keeps what can be made again, how much memory there is, and what jax reads when first imported."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import tempfile
from collections.abc import Callable
from functools import cache as once
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

from platformdirs import user_cache_path

Kept = TypeVar("Kept")
MOST = 2_000_000_000
"""Size of what is kept above which the older half is thrown away [bytes]."""
LOOPS = "--xla_backend_extra_options=-unroll-full-max-count=2,xla_cpu_small_while_loop_byte_threshold=1000000"
"""What the compiler is told of loops.

LLVM writes out none of more than two turns: written out, a loop over a few regimes is no vector any more, and takes up to four
times as long. XLA makes one function of a loop over less than a megabyte, instead of calling each of its steps. For processors,
which is what jax compiles for where no plug-in brings another device.
"""
MARK = 32
"""Bytes before what is kept, by which it is known to be whole."""


def prepare() -> None:
    """Give jax a compilation cache on disk, and :data:`LOOPS`, where the user has not; has no effect once jax is imported."""
    defaults = {
        "JAX_COMPILATION_CACHE_DIR": str(cache() / "xla"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }
    for name, value in defaults.items():
        os.environ.setdefault(name, value)
    flags = os.environ.get("XLA_FLAGS", "")
    theirs = "xla_backend_extra_options" in flags or (flags and not flags.startswith("--"))  # the latter names a file of flags
    if not theirs and find_spec("jax_plugins") is None:
        os.environ["XLA_FLAGS"] = f"{flags} {LOOPS}".strip()


def cache() -> Path:
    """Return the folder of what can be made again; ``DETENTE_CACHE`` names another."""
    return Path(os.environ.get("DETENTE_CACHE") or user_cache_path("detente"))


@once
def code(without: frozenset[str] = frozenset()) -> str:
    """Return a digest of this package's source: what is made from it is made again where it has changed.

    Args:
        without: Modules and subpackages, by first name, on which what is made does not rest.
    """
    digest, here = hashlib.sha256(), Path(__file__).parent
    for file in sorted(here.rglob("*.py")):
        if file.relative_to(here).parts[0].removesuffix(".py") not in without:
            digest.update(file.read_bytes())
    return digest.hexdigest()


def kept(name: str, make: Callable[[], bytes], read: Callable[[bytes], Kept]) -> Kept:
    """Return what ``read`` makes of the kept bytes called ``name``, made by ``make`` where there are none or they are broken."""
    with contextlib.suppress(Exception):  # a missing, broken or outdated entry is the same to the caller: it is made again
        return read(found(name))
    data = make()
    keep(name, data)
    return read(data)


def found(name: str) -> bytes:
    """Return the kept bytes called ``name``.

    Raises:
        OSError: there are none, or not those that were written.
    """
    whole = (cache() / "kept" / name).read_bytes()
    mark, data = whole[:MARK], whole[MARK:]
    if hashlib.sha256(data).digest() != mark:
        raise OSError(f"{name} is broken")
    return data


def keep(name: str, data: bytes) -> None:
    """Keep bytes under a name; a cache that cannot be written is done without."""
    path = cache() / "kept" / name
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(hashlib.sha256(data).digest() + data)
        Path(file.name).replace(path)
        prune(path.parent)


@once
def prune(folder: Path) -> None:
    """Throw away the older half of what is kept, where it has grown too large; once to a process, since it looks at every file.

    Others may do the same at the same time.
    """
    files = []
    for file in folder.iterdir():
        with contextlib.suppress(OSError):
            files.append((file.stat().st_mtime, file.stat().st_size, file))
    total = sum(size for _, size, _ in files)
    left = total if total > MOST else 0
    for _, size, file in sorted(files):
        if left <= total / 2:
            return
        file.unlink(missing_ok=True)
        left -= size


def memory() -> int:
    """Return the memory this machine has available to one answer [bytes]: half of what is installed."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2


def pieces() -> int:
    """Return how many pieces of memory this process holds; 0 where the system does not say."""
    maps = Path("/proc/self/maps")
    return maps.read_bytes().count(b"\n") if maps.exists() else 0


def hold() -> bool:
    """Keep freed memory for what comes next, instead of giving it back to the system and asking for it anew.

    Every solve needs the same large arrays, and a page handed out by the system costs more than writing to one that was there.
    Threads share one heap, so that what one of them has freed serves the others.
    For a process that does nothing but solve; a no-op where the C library is not GNU's. Returns whether it is done.
    """
    never_map, never_trim, one_heap = (-4, 0), (-1, 2**31 - 1), (-8, 1)  # M_MMAP_MAX, M_TRIM_THRESHOLD, M_ARENA_MAX of malloc.h
    try:
        library = ctypes.CDLL(None)
        return all(library.mallopt(*setting) == 1 for setting in (never_map, never_trim, one_heap))
    except (OSError, AttributeError, TypeError):  # no such library or function; Windows cannot name the process itself
        return False


def cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
