"""From arrays to labelled data: everything a reader sees comes from these datasets."""

from detente.result.dataset import central, ensemble, outcomes, swept
from detente.result.live import live

__all__ = ["central", "ensemble", "live", "outcomes", "swept"]
