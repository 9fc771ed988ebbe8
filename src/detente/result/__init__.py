"""From arrays to labelled data: everything a reader sees comes from these datasets."""

from detente.result.dataset import central, ensemble, outcomes, swept

__all__ = ["central", "ensemble", "outcomes", "swept"]
