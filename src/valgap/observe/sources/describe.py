"""Records of arrays: names, shapes without the row axis, and types."""

from __future__ import annotations

from dataclasses import replace

from valgap.evidence.records import DataRecord, TensorRecord
from valgap.observe.sources.base import Table
from valgap.observe.sources.nested import Nested, named_leaves


def tensors(nested: Nested, name: str) -> tuple[TensorRecord, ...]:
    """One record a leaf, from its `shape` and `dtype` attributes alone."""
    return tuple(_tensor(leaf_name, leaf) for leaf_name, leaf in named_leaves(nested, name))


def described(record: DataRecord, table: Table) -> DataRecord:
    """The record with what only reading can tell, where it was not known."""
    return replace(
        record,
        inputs=record.inputs or tensors(table.x, "x"),
        targets=record.targets or tensors(table.y, "y"),
        batch_size=record.batch_size or (table.sizes[0] if table.sizes else None),
        weighted=record.weighted or table.w is not None,
    )


def _tensor(name: str, leaf: object) -> TensorRecord:
    shape = tuple(getattr(leaf, "shape", ()) or ())
    dtype = getattr(leaf, "dtype", None)
    if dtype is None and hasattr(leaf, "dtypes"):
        dtype = "mixed"
    sizes = tuple(None if size is None else int(size) for size in shape[1:])
    return TensorRecord(name, sizes, getattr(dtype, "name", None) or str(dtype))
