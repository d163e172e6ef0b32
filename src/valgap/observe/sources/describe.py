"""Records of arrays: names, shapes without the row axis, and types."""

from __future__ import annotations

from valgap.evidence.records import TensorRecord
from valgap.observe.sources.nested import Nested, named_leaves


def tensors(nested: Nested, name: str) -> tuple[TensorRecord, ...]:
    """One record a leaf, from its `shape` and `dtype` attributes alone."""
    return tuple(_tensor(leaf_name, leaf) for leaf_name, leaf in named_leaves(nested, name))


def _tensor(name: str, leaf: object) -> TensorRecord:
    shape = tuple(getattr(leaf, "shape", ()) or ())
    dtype = getattr(leaf, "dtype", None)
    if dtype is None and hasattr(leaf, "dtypes"):
        dtype = "mixed"
    sizes = tuple(None if size is None else int(size) for size in shape[1:])
    return TensorRecord(name, sizes, getattr(dtype, "name", None) or str(dtype))
