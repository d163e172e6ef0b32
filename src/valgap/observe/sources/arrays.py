"""NumPy arrays, pandas, tensors, and structures of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from valgap.evidence.records import DataRecord
from valgap.observe.sources.base import (
    HASHED_BYTES,
    SAMPLE_BYTES,
    SAMPLE_ROWS,
    RowHashes,
    SourceUnreadableError,
    Split,
    Table,
    View,
    batch_sizes,
    digests_of,
)
from valgap.observe.sources.describe import tensors
from valgap.observe.sources.fingerprint import fingerprint
from valgap.observe.sources.nested import Nested, leaves, lists_to_tuples, map_leaves, take_rows
from valgap.observe.sources.non_finite import NonFinite, non_finite
from valgap.observe.sources.plan import (
    Order,
    Plan,
    evaluation_plan,
    order_of,
    training_plan,
)
from valgap.observe.sources.request import Request, length
from valgap.observe.sources.slicing import read_rows, refuse_sparse
from valgap.observe.sources.weights import weights_for

_BLOCK = 512


@dataclass(frozen=True)
class Arrays:
    """The user's arrays by reference, and the rows `start:stop` of them that make a split."""

    x: Nested
    y: Nested
    w: Nested
    start: int
    stop: int
    class_weight: Mapping[int, float] | None = None
    checksum: tuple[int, ...] = field(default=())

    @property
    def rows(self) -> int:
        """The number of rows of the split."""
        return self.stop - self.start

    def unchanged(self) -> bool:
        """Whether the rows sampled at the start of the fit are still as they were."""
        return fingerprint((self.x, self.y, self.w)) == self.checksum

    def table(self, plan: Plan) -> Table:
        """The rows of `plan` as Keras hands them to the model."""
        positions = plan.positions + self.start
        x, y, w = (read_rows(part, positions) for part in (self.x, self.y, self.w))
        y = lists_to_tuples(y)
        w = lists_to_tuples(weights_for(y, w, self.class_weight))
        return Table(lists_to_tuples(x), y, w, plan.sizes, plan.positions, plan.note)


class ArraySource:
    """A split of arrays. It has no random transforms: both views are the same rows."""

    epochs_differ = False

    def __init__(
        self, split: Split, arrays: Arrays, *, batch_size: int, steps: int | None, shuffle: object
    ) -> None:
        self._arrays: Arrays | None = arrays
        self._rows = arrays.rows
        self._batch_size = batch_size
        self._order: Order = order_of(shuffle)
        self._train = split == "train"
        self._scored = arrays.rows if steps is None else min(steps * batch_size, arrays.rows)
        self._kept: dict[View, Table] = {}
        self._gone: str | None = None
        self.record = _record(split, arrays, batch_size, steps, shuffle)

    def read(self, view: View, limit: int, *, epoch: int | None = None, draw: int = 0) -> Table:
        """See `Source.read`; neither `epoch` nor `draw` makes a difference here."""
        del epoch, draw
        if self._arrays is None:
            return self._kept_rows(view, limit)
        _check(self._arrays)
        return self._table(self._arrays, view, limit)

    def row_hashes(self, limit: int) -> RowHashes:
        """See `Source.row_hashes`; all rows where the inputs take up to 256 MB."""
        if self._arrays is None:
            table = self._kept_rows("clean", limit)
            return RowHashes(table.ids, digests_of(table.x), self._rows)
        _check(self._arrays)
        if sum(_bytes(leaf) for leaf in leaves(self._arrays.x)) <= HASHED_BYTES:
            limit = self._rows
        plan = evaluation_plan(self._rows, limit, limit)
        return RowHashes(plan.positions, self._digests(self._arrays, plan.positions), self._rows)

    def non_finite(self) -> dict[str, NonFinite]:
        """Counts what is not finite among all rows; empty for arrays let go or beyond 256 MB."""
        arrays = self._arrays
        if arrays is None or sum(map(_bytes, leaves((arrays.x, arrays.y)))) > HASHED_BYTES:
            return {}
        within = (read_rows, arrays.start, arrays.stop)
        return non_finite(arrays.x, "x", *within) | non_finite(arrays.y, "y", *within)

    def _digests(self, arrays: Arrays, positions: np.ndarray) -> tuple[bytes, ...]:
        """In blocks, as the rows are copied to be digested."""
        blocks = range(0, len(positions), _BLOCK)
        rows = (positions[i : i + _BLOCK] + arrays.start for i in blocks)
        return tuple(d for block in rows for d in digests_of(read_rows(arrays.x, block)))

    def release(self) -> None:
        """Keeps a copy of at most 1,000 rows or 64 MB a view in place of the arrays."""
        if self._arrays is None:
            return
        arrays, self._arrays = self._arrays, None
        try:
            _check(arrays)
            rows = min(SAMPLE_ROWS, max(SAMPLE_BYTES // max(_row_bytes(arrays), 1), 1))
            self._kept["clean"] = self._table(arrays, "clean", rows)
            same = self._train or self._scored == self._rows
            self._kept["fed"] = self._kept["clean"] if same else self._table(arrays, "fed", rows)
        except SourceUnreadableError as error:
            self._gone = str(error)

    def epoch_ended(self, epoch: int, keep: Collection[int]) -> None:
        """Nothing is seen in passing."""

    def fit_ended(self) -> None:
        """Nothing is watched."""

    def _table(self, arrays: Arrays, view: View, limit: int) -> Table:
        if self._train:
            plan = training_plan(self._rows, self._batch_size, limit, self._order)
        else:
            rows = self._scored if view == "fed" else self._rows
            plan = evaluation_plan(rows, self._batch_size, limit)
        return arrays.table(plan)

    def _kept_rows(self, view: View, limit: int) -> Table:
        if self._gone is not None:
            raise SourceUnreadableError(self._gone)
        table = self._kept[view]
        if table.rows <= limit:
            return table
        if not self._train:
            plan = evaluation_plan(table.rows, self._batch_size, limit)
            return replace(table.take(plan.positions), sizes=plan.sizes, note=plan.note)
        return _first_batches(table, limit)


def _first_batches(table: Table, limit: int) -> Table:
    size = min(table.sizes[0], limit)
    sizes = batch_sizes(limit // size * size, size)
    rows = slice(0, sum(sizes))
    x, y, w = (take_rows(part, rows) for part in (table.x, table.y, table.w))
    return Table(x, y, w, sizes, table.ids[rows], f"a sample of {sum(sizes)} rows")


def array_source(request: Request) -> ArraySource:
    """Makes the source of a split of arrays."""
    start, stop = request.rows or (0, length(request.x))
    batch_size = request.batch_size
    if not batch_size:
        batch_size = -(-(stop - start) // request.steps) if request.steps else 32
    data = (request.x, request.y, request.w)
    arrays = Arrays(*data, start, stop, request.class_weight, fingerprint(data))
    return ArraySource(
        request.split, arrays, batch_size=batch_size, steps=request.steps, shuffle=request.shuffle
    )


def _check(arrays: Arrays) -> None:
    refuse_sparse((arrays.x, arrays.y, arrays.w))
    if not arrays.unchanged():
        raise SourceUnreadableError("the arrays were changed in place after the fit began")


def _row_bytes(arrays: Arrays) -> int:
    held = sum(_bytes(leaf) for part in (arrays.x, arrays.y, arrays.w) for leaf in leaves(part))
    return held // max(length(arrays.x), 1)


def _bytes(leaf: Any) -> int:
    itemsize = getattr(getattr(leaf, "dtype", None), "itemsize", 8)
    return int(np.prod([int(size) for size in leaf.shape])) * int(itemsize)


def _record(
    split: Split, arrays: Arrays, batch_size: int, steps: int | None, shuffle: object
) -> DataRecord:
    modules: list[str] = []
    map_leaves(lambda leaf: modules.append(type(leaf).__module__), arrays.x)
    batches = -(-arrays.rows // batch_size)
    return DataRecord(
        split=split,
        form="pandas" if any(m.startswith("pandas") for m in modules) else "arrays",
        rows=arrays.rows,
        batch_size=batch_size,
        steps=min(steps, batches) if steps else batches,
        inputs=tensors(arrays.x, "x"),
        targets=tensors(arrays.y, "y"),
        shuffled=bool(shuffle),
        weighted=arrays.w is not None or arrays.class_weight is not None,
        transforms="none",
        checksum=f"{arrays.start}:{arrays.stop}:{'-'.join(map(str, arrays.checksum))}",
    )
