"""Nested structures of arrays: tuples, lists and dictionaries, with rows along the first axis."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

Nested: TypeAlias = Any


def map_leaves(function: Callable[..., Any], nested: Nested, *others: Nested) -> Nested:
    """Applies `function` to each leaf (with those of `others` of the same structure).

    None stays None; tuples (named ones too), lists and dictionaries keep their kind.
    """
    if nested is None:
        return None
    if isinstance(nested, Mapping):
        return {
            key: map_leaves(function, nested[key], *(other[key] for other in others))
            for key in nested
        }
    if isinstance(nested, (tuple, list)):
        parts = [
            map_leaves(function, part, *(other[i] for other in others))
            for i, part in enumerate(nested)
        ]
        return type(nested)(*parts) if hasattr(nested, "_fields") else type(nested)(parts)
    return function(nested, *others)


def leaves(nested: Nested) -> Iterator[Any]:
    """Yields the leaves in order; None is not a leaf."""
    for _, leaf in named_leaves(nested, ""):
        yield leaf


def named_leaves(nested: Nested, name: str) -> Iterator[tuple[str, Any]]:
    """Yields `(name, leaf)`, names as one would index: `x`, `x[0]`, or the dictionary's key."""
    if nested is None:
        return
    if isinstance(nested, Mapping):
        for key, part in nested.items():
            yield from named_leaves(part, str(key))
    elif isinstance(nested, (tuple, list)):
        for i, part in enumerate(nested):
            yield from named_leaves(part, f"{name}[{i}]")
    else:
        yield name, nested


def is_nested(value: Nested) -> bool:
    """Whether `value` is a structure rather than one array."""
    return isinstance(value, (tuple, list, Mapping))


def rows_of(nested: Nested) -> int:
    """The number of rows: the length of the first leaf (0 where there is none)."""
    for leaf in leaves(nested):
        return int(leaf.shape[0])
    return 0


def take_rows(nested: Nested, index: np.ndarray | slice) -> Nested:
    """The rows at `index` of every leaf."""
    return map_leaves(lambda leaf: leaf[index], nested)


def concatenate(parts: Sequence[Nested]) -> Nested:
    """Joins structures of the same kind along the rows.

    Raises:
        ValueError: if leaves differ in rank or in a size other than the first.
    """
    if len(parts) == 1:
        return parts[0]
    return map_leaves(lambda *arrays: np.concatenate(arrays, axis=0), *parts)


def lists_to_tuples(nested: Nested) -> Nested:
    """Lists as tuples, as Keras hands them to a model on TensorFlow."""
    if isinstance(nested, Mapping):
        return {key: lists_to_tuples(part) for key, part in nested.items()}
    if isinstance(nested, list):
        return tuple(lists_to_tuples(part) for part in nested)
    if isinstance(nested, tuple) and not hasattr(nested, "_fields"):
        return tuple(lists_to_tuples(part) for part in nested)
    return nested
