"""A data set as it lies there: what each row is called, its label, its part and its group."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from valgap.observe.pictures import Looked
from valgap.observe.sources.base import digests_of
from valgap.observe.sources.nested import Nested, rows_of, take_rows

Kind = Literal["pictures", "clips", "table", "series", "arrays"]
Ints = NDArray[np.int64]
Progress = Callable[[str, int, int], None]
"""Is told what is done, how much of it is done, and of how much."""

PARTS = ("train", "validation", "test")
NAMES = {
    "train": ("train", "training", "trn"),
    "validation": ("validation", "val", "valid", "dev"),
    "test": ("test", "testing", "tst"),
}


def part_of(name: str) -> str | None:
    """Returns the part of a split that a folder, a column or an array is named for, or None."""
    return next((part for part, names in NAMES.items() if name.lower() in names), None)


@dataclass(frozen=True, slots=True)
class Look:
    """What a picture file looks like, from 0 to 255, at the size it is audited at.

    `brightest` is the 99th percentile of its grey values, `spread` their standard deviation,
    `sharpness` the variance of their Laplacian (Pech-Pacheco et al., Diatom autofocusing in
    brightfield microscopy, 2000); all 0 where the file cannot be read.
    """

    file: Looked
    brightest: float = 0.0
    spread: float = 0.0
    sharpness: float = 0.0


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows as read: inputs of those that can be read, `(rows, ...)`, and their digests.

    `whole` says of each row asked for whether it could be read; `x` and `digests` are of those.
    `looks` is of all rows asked for, of picture files only.
    """

    x: Nested
    whole: NDArray[np.bool_]
    digests: tuple[bytes, ...]
    looks: tuple[Look, ...] = ()


class Reader(Protocol):
    """Reads rows by their positions."""

    def read(self, positions: Ints) -> Block:
        """Reads the rows at `positions`, in that order. Never raises for one bad row."""
        ...


@dataclass(frozen=True, slots=True)
class Arrays:
    """Rows that lie ready, in memory or mapped from disk; one part after the other."""

    parts: tuple[Nested, ...]

    def read(self, positions: Ints) -> Block:
        """See `Reader.read`."""
        ends = np.cumsum([rows_of(part) for part in self.parts])
        of = np.searchsorted(ends, positions, side="right")
        taken = [
            take_rows(part, positions[of == i] - (ends[i - 1] if i else 0))
            for i, part in enumerate(self.parts)
            if np.any(of == i)
        ]
        # Rows come back part by part, which is the order of ascending positions.
        x = _joined(taken) if taken else take_rows(self.parts[0], positions)
        return Block(x, np.ones(len(positions), bool), digests_of(x))


def _joined(taken: list[Nested]) -> Nested:
    from valgap.observe.sources.nested import concatenate, map_leaves

    return concatenate([map_leaves(np.asarray, part) for part in taken])


@dataclass(frozen=True, slots=True)
class Dataset:
    """Rows to audit. One entry a row in `labels`, `parts`, `groups` and `names`, where known.

    `form` says in words where they come from. `labels` are text or numbers, `parts` are names
    of `PARTS`, `groups` what `group_source` says. `in_order` tells rows whose stored order may
    mean something, as that of a table; files lie in the order of their names. `names` are what
    rows are called in findings and lists: paths from `folder`. `features` are columns by name,
    `is_sample` tells that there are more rows than were read, and `extra` is for the source's own.
    """

    kind: Kind
    form: str
    rows: int
    reader: Reader
    labels: NDArray[Any] | None = None
    parts: NDArray[np.str_] | None = None
    groups: NDArray[Any] | None = None
    group_source: str = ""
    names: tuple[str, ...] = ()
    folder: str = ""
    in_order: bool = False
    notes: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    is_sample: bool = False
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes, in the order of their numbers; empty where labels are none."""
        if self.labels is None or self.labels.dtype.kind not in "US":
            return ()
        return tuple(np.unique(self.labels).tolist())

    def name(self, row: int) -> str:
        """Returns what a row is called."""
        return self.names[row] if self.names else f"row {row}"
