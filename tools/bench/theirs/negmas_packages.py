"""NegMAS: the Pareto frontier of packages, and the Nash and the egalitarian point on it, from their gains.

The gains are handed over as an array, for which the library recommends this function; from its utility functions, which are
called once a package, it takes several times as long. Its Kalai-Smorodinsky point is the one whose shares are most alike, which
among packages need not be the one whose smallest share is largest, so it is left out.
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
from negmas.preferences.ops import kalai_points, nash_points, pareto_frontier_numpy
from serve import Work, serve


def prepare(path: Path) -> Work:
    """Read gains [packages, principals]."""
    gain = np.load(path)
    parties = [SimpleNamespace(reserved_value=0.0)] * gain.shape[1]
    ranges = [(0.0, float(best)) for best in gain.max(0)]

    def work() -> list[int]:
        inside = np.flatnonzero((gain >= 0.0).all(1))
        kept = inside[pareto_frontier_numpy(gain[inside])]
        points = [tuple(row) for row in gain[kept].tolist()]
        picks = [find(parties, points, ranges)[0][1] for find in (nash_points, kalai_points)]
        return [len(kept), kept.sum(), *kept[picks]]

    return work


serve(prepare)
