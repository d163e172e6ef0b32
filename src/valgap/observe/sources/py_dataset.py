"""`keras.utils.PyDataset` (`Sequence`): items read again by index."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from valgap.evidence.records import DataRecord
from valgap.observe.sources.base import View
from valgap.observe.sources.batch import Batch, unpacked
from valgap.observe.sources.guard import own_randomness
from valgap.observe.sources.neutral import transforms
from valgap.observe.sources.reader import Geometry
from valgap.observe.sources.request import Request


class PyDatasetReader:
    """Reads items by index. The data set's hooks for epochs are not called."""

    indexed = True
    switchable = True
    lap = None
    random = False
    unpinned = False
    note = None

    def __init__(self, request: Request) -> None:
        self._dataset = request.x
        self._class_weight = request.class_weight
        self.names: tuple[str, ...] = ()
        self.count: int | None = self._dataset.num_batches
        self._ends = self.count is not None
        if self.count is None:
            self.count = request.steps
        self.record = DataRecord(
            split=request.split,
            form="PyDataset",
            steps=request.steps or self.count,
            shuffled=bool(request.shuffle),
            weighted=request.class_weight is not None,
        )

    def batches(
        self, view: View, draw: int, wanted: Sequence[int] | None
    ) -> Generator[tuple[int, Batch], None, None]:
        """See `Reader.batches`."""
        for position in range(self.count or 0) if wanted is None else wanted:
            # A draw of its own for each item, so that a sample draws as a whole pass does.
            with own_randomness(draw * 100_003 + position, self._dataset):
                batch = self._item(position, view)
            yield position, batch

    def geometry(self, view: View) -> Geometry | None:
        """See `Reader.geometry`; sizes are those of the first and of the last item."""
        if not self.count:
            return None
        ends = dict(self.batches(view, 0, sorted({0, self.count - 1})))
        return Geometry(self.count, ends[0].rows, ends[self.count - 1].rows)

    def ends(self, view: View) -> bool:
        """See `Reader.ends`."""
        del view
        return self._ends

    def held_bytes(self) -> int:
        """Not known: the rows are the user's own affair."""
        return 0

    def _item(self, position: int, view: View) -> Batch:
        with transforms(view) as names:
            data = self._dataset[position]
        self.names = tuple(names) or self.names
        return unpacked(data, self._class_weight)
