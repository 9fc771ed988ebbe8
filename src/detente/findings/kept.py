"""A dataset that labels each of its variables once: xarray makes a labelled array anew every time one is asked for."""

from __future__ import annotations

from typing import Any, cast

import xarray as xr


class Kept:
    """A dataset to read from; whatever is not one of its variables is asked of the dataset itself."""

    __slots__ = ("_dataset", "_found")

    def __init__(self, dataset: xr.Dataset) -> None:
        """Wrap a dataset that will not change."""
        self._dataset = dataset
        self._found: dict[Any, xr.DataArray] = {}

    @classmethod
    def of(cls, dataset: xr.Dataset) -> xr.Dataset:
        """Return a dataset to read from; for readers it is a dataset like any other."""
        return cast("xr.Dataset", cls(dataset))

    def __getitem__(self, name: Any) -> xr.DataArray:
        """Return a variable with its labels."""
        if name not in self._found:
            self._found[name] = self._dataset[name]
        return self._found[name]

    def __getattr__(self, name: str) -> Any:
        """Return a variable, or whatever else the dataset has by that name."""
        return self[name] if name in self._dataset.variables else getattr(self._dataset, name)

    def __contains__(self, name: object) -> bool:
        """Return whether there is such a variable."""
        return name in self._dataset
