"""Draws on several processes or machines, through Dask: what to solve is sent once, and calls go to whoever is free.

with workers("tcp://host:8786") as solver: case.ensemble(4096, workers=solver)
with workers(2) as solver: ...                 two processes of this machine

A worker that dies is replaced, and what it was solving is solved again by another; nothing of scheduling is ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from detente.ensemble import Call, Ensemble, Solutions, Solver
from detente.errors import RunError

RETRIES = 5
"""Times a call whose worker died is tried again."""


@contextmanager
def workers(where: str | int) -> Iterator[Callable[[Ensemble], Solver]]:
    """Give what solves an ensemble on a cluster.

    Args:
        where: The address of a Dask scheduler, or how many processes of this machine to start.

    Raises:
        RunError: nobody answers at the address, or calls kept failing.
    """
    from distributed import Client, LocalCluster

    local = LocalCluster(n_workers=where, threads_per_worker=1, dashboard_address=None) if isinstance(where, int) else None
    try:
        try:
            client = Client(local or where, timeout="10s")
        except (OSError, ValueError) as error:
            raise RunError(f"no Dask scheduler answers at {where}: {error}") from None
        with client:
            yield lambda ensemble: lambda calls: _solved(client, ensemble, calls)
    finally:
        if local is not None:
            local.close()


def _solved(client: Any, ensemble: Ensemble, calls: Iterable[Call]) -> Solutions:
    from distributed import KilledWorker, as_completed

    _ = ensemble.belief  # once, here, rather than by every worker
    everyone = client.scatter(ensemble, broadcast=True)
    pending = {client.submit(Ensemble.solve, everyone, call, retries=RETRIES, pure=False): call for call in calls}
    try:
        for future in as_completed(pending):
            yield pending.pop(future), future.result()
    except KilledWorker as error:
        raise RunError(f"workers kept dying ({error}); what is solved is kept: run the same command again") from None
    finally:
        client.cancel(list(pending))
