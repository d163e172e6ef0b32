"""What is known of rows beside their labels: which go together, and what kind of its class each is.

Labels are by the position of their row in the split, in the order in which `fit` is given them.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from valgap.errors import UsageError
from valgap.evidence.records import DataRecord, Split

Pair = tuple[Any, Any]
KINDS = ("groups", "subclass")
SPLITS: tuple[Split, Split] = ("train", "validation")
# Forms of data whose rows are read by their place, whatever order an epoch takes them in.
BY_PLACE = ("arrays", "pandas", "ImageDataGenerator", "DataLoader")
# What NumPy raises for other files: no archive, one array alone, one that was cut off or spoilt.
UNREADABLE = (OSError, ValueError, TypeError, EOFError, zipfile.BadZipFile, zlib.error)


@dataclass(frozen=True, slots=True)
class Known:
    """One label a row and split: `groups` of rows that go together, `subclasses` within classes."""

    groups: Mapping[Split, Any] = field(default_factory=dict)
    subclasses: Mapping[Split, Any] = field(default_factory=dict)

    def group_numbers(self) -> dict[Split, NDArray[np.int64]]:
        """Returns the number of each row's group, the same in both splits; none if not given."""
        if not self.groups:
            return {}
        every = np.concatenate([np.asarray(self.groups[split]) for split in SPLITS])
        numbers = np.unique(every, return_inverse=True)[1].reshape(-1).astype(np.int64)
        end = len(self.groups["train"])
        return {"train": numbers[:end], "validation": numbers[end:]}

    def misfits(self, splits: Mapping[Split, DataRecord | None]) -> Iterator[str]:
        """Yields what is not one label a row of splits whose rows are known by their place."""
        for name, told in (("groups", self.groups), ("subclasses", self.subclasses)):
            for split, labels in told.items():
                if reason := _misfit(splits[split], np.shape(labels)):
                    yield f"{name} of {split}: {reason}"


def _misfit(split: DataRecord | None, shape: tuple[int, ...]) -> str | None:
    if split is None:
        return "there are no such rows"
    # Read again, rows of a pipeline that shuffles come in an order of their own.
    if split.form not in BY_PLACE and not (split.form == "tf.data" and not split.shuffled):
        shuffled = ", shuffled" if split.shuffled else ""
        return f"the order of its rows is not known ({split.form}{shuffled})"
    if split.rows is None:
        return f"the number of its rows is not known ({split.form})"
    if shape != (split.rows,):
        return f"expected {split.rows} labels, one a row, received shape {shape}"
    return None


def labels_at(told: NDArray[Any], ids: NDArray[np.int64]) -> NDArray[Any] | None:
    """Returns what is told of some rows by their ids, None where one is not known."""
    is_known = len(ids) > 0 and ids.min() >= 0 and ids.max() < len(told)
    return told[ids] if is_known else None


def known(groups: Pair | None = None, subclasses: Pair | None = None) -> Known:
    """Returns what is given as pairs `(train, validation)`.

    Raises:
        UsageError: if one is no pair.
    """
    return Known(_by_split("groups", groups), _by_split("subclasses", subclasses))


def read_known(path: Path) -> Known:
    """Returns what an `.npz` file tells: `train_groups`, `validation_groups`, `…_subclass`.

    Raises:
        UsageError: if it cannot be read, or tells nothing, or of one split only.
    """
    arrays = read_arrays(path)
    found = known(*(_pair(path, arrays, name) for name in KINDS))
    if not found.groups and not found.subclasses:
        raise UsageError(
            f"{path}: expected train_groups and validation_groups, or train_subclass and "
            f"validation_subclass, found {', '.join(arrays) or 'nothing'}"
        )
    return found


def read_known_beside(train: Path, validation: Path | None) -> Known:
    """Returns the arrays `groups` and `subclass` that stand in the files of rows themselves.

    Raises:
        UsageError: if only one of the files has one, or cannot be read.
    """
    if validation is None:
        return Known()
    arrays = {
        f"{split}_{name}": labels
        for split, path in zip(SPLITS, (train, validation), strict=True)
        for name, labels in read_arrays(path, only=KINDS).items()
    }
    where = Path(f"{train} and {validation}")
    return known(*(_pair(where, arrays, name) for name in KINDS))


def read_arrays(path: Path, only: tuple[str, ...] | None = None) -> dict[str, Any]:
    """Returns the arrays of an `.npz` file by name, some of them `only` where names are given.

    Raises:
        UsageError: if it cannot be read.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            names = (n for n in archive.files if only is None or n in only)
            return {name: archive[name] for name in names}
    except UNREADABLE as error:
        raise UsageError(f"{path}: expected an .npz file of arrays, {error}") from None


def _pair(path: Path, arrays: Mapping[str, Any], name: str) -> Pair | None:
    found = [arrays.get(f"{split}_{name}") for split in SPLITS]
    if all(labels is None for labels in found):
        return None
    if any(labels is None for labels in found):
        raise UsageError(f"{path}: expected {name} of both splits, or of neither")
    return found[0], found[1]


def _by_split(name: str, given: Pair | None) -> dict[Split, Any]:
    if given is None:
        return {}
    if not isinstance(given, tuple | list) or len(given) != len(SPLITS):
        raise UsageError(f"{name}: expected a pair (train, validation)")
    return {split: _comparable(labels) for split, labels in zip(SPLITS, given, strict=True)}


def _comparable(labels: Any) -> NDArray[Any]:
    """Objects as text: a missing name among others would not be put in an order."""
    array = np.asarray(labels)
    return array.astype(str) if array.dtype == object else array
