"""torch `DataLoader`: map-style data sets by index, iterable ones by iterating."""

from __future__ import annotations

import itertools
from collections.abc import Generator, Sequence
from typing import Any

import numpy as np

from valgap.evidence.records import DataRecord
from valgap.observe.sources.base import View
from valgap.observe.sources.batch import Batch, unpacked
from valgap.observe.sources.guard import own_randomness
from valgap.observe.sources.neutral import transforms
from valgap.observe.sources.reader import Geometry
from valgap.observe.sources.request import Request

_IN_ORDER = ("SequentialSampler", "_InfiniteConstantSampler")
_MOST_BATCHES = 1_000_000


class LoaderReader:
    """Reads a map-style data set in the calling process, in batches of the loader's sampler.

    The sampler is run once, with generators put back, so that both views hold the same rows.
    """

    switchable = True
    lap = None
    random = False
    unpinned = False
    note = None

    def __init__(self, request: Request) -> None:
        loader = request.x
        self._loader = loader
        self.indexed = _is_map_style(loader)
        self.names: tuple[str, ...] = ()
        self._indices: list[list[int]] | None = None
        sized = hasattr(loader.dataset, "__len__")
        self.count: int | None = len(loader) if sized else None
        self._ends = sized or request.steps is None
        self.record = DataRecord(
            split=request.split,
            form="DataLoader",
            batch_size=loader.batch_size,
            steps=request.steps or self.count,
            rows=len(loader.dataset) if sized and not loader.drop_last else None,
            shuffled=type(loader.sampler).__name__
            not in ("SequentialSampler", "_InfiniteConstantSampler"),
        )

    def batches(
        self, view: View, draw: int, wanted: Sequence[int] | None
    ) -> Generator[tuple[int, Batch], None, None]:
        """See `Reader.batches`."""
        if not self.indexed:
            yield from self._iterated(view, draw, wanted)
            return
        indices = self._batch_indices()
        for position in range(len(indices)) if wanted is None else wanted:
            with own_randomness(draw * 100_003 + position, self._loader.dataset):
                batch = self._fetched(indices[position], view)
            yield position, batch

    def geometry(self, view: View) -> Geometry | None:
        """See `Reader.geometry`."""
        del view
        if not self.indexed:
            return None
        indices = self._batch_indices()
        return Geometry(len(indices), len(indices[0]), len(indices[-1])) if indices else None

    def ends(self, view: View) -> bool:
        """See `Reader.ends`."""
        del view
        return self._ends

    def held_bytes(self) -> int:
        """Not known: the rows are the user's own affair."""
        return 0

    def _batch_indices(self) -> list[list[int]]:
        if self._indices is None:
            sampler = self._loader.batch_sampler or ([i] for i in self._loader.sampler)
            owners = (self._loader, self._loader.sampler, self._loader.batch_sampler)
            with own_randomness(0, *owners):
                chosen = itertools.islice(sampler, self.count or _MOST_BATCHES)
                self._indices = [[int(i) for i in batch] for batch in chosen]
        return self._indices

    def _fetched(self, indices: list[int], view: View) -> Batch:
        with transforms(view) as names:
            data = self._collated(indices)
        self.names = tuple(names) or self.names
        return _batch(data, np.asarray(indices, dtype=np.int64))

    def _collated(self, indices: list[int]) -> Any:
        dataset = self._loader.dataset
        if self._loader.batch_sampler is None:
            return self._loader.collate_fn(dataset[indices[0]])
        if callable(getattr(dataset, "__getitems__", None)):
            return self._loader.collate_fn(dataset.__getitems__(indices))
        return self._loader.collate_fn([dataset[i] for i in indices])

    def _iterated(
        self, view: View, draw: int, wanted: Sequence[int] | None
    ) -> Generator[tuple[int, Batch], None, None]:
        last = None if wanted is None else max(wanted, default=-1)
        owners = (self._loader, self._loader.dataset)
        with own_randomness(draw, *owners), transforms(view) as names:
            for position, data in enumerate(self._loader):
                self.names = tuple(names) or self.names
                if wanted is None or position in wanted:
                    yield position, _batch(data, None)
                if position == last:
                    return


def is_data_loader(data: Any) -> bool:
    """Whether `data` is a torch `DataLoader`, told without importing torch."""
    return any(
        cls.__name__ == "DataLoader" and cls.__module__.startswith("torch.utils.data")
        for cls in type(data).__mro__
    )


def _is_map_style(loader: Any) -> bool:
    return not any(cls.__name__ == "IterableDataset" for cls in type(loader.dataset).__mro__)


def _batch(data: Any, ids: np.ndarray | None) -> Batch:
    # Keras makes a tuple of whatever the collate function gave.
    batch = unpacked(tuple(data))
    return Batch(batch.x, batch.y, batch.w, None if ids is None else ids[: batch.rows])
