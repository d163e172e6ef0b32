"""`.npz` and `.npy` files, and folders of the latter: inputs, labels, groups, by their names."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from valgap.auditing.dataset import PARTS, Arrays, Dataset, Kind, part_of
from valgap.errors import UsageError

MOST_BYTES = 8 * 2**30
"""Of an archive once unpacked: it cannot be read in part, as an `.npy` file can."""

INPUTS, TARGETS = ("x", "data", "images", "inputs", "features"), ("y", "labels", "targets", "label")
GROUPS, SPLITS = ("groups", "group"), ("split", "splits", "part")


def array_dataset(path: Path) -> Dataset:
    """Returns the rows of an `.npz` or `.npy` file, or of a folder of `.npy` files.

    Raises:
        UsageError: if it cannot be read, holds pickled objects, or no inputs.
    """
    return dataset_of_arrays(dict(_read(path)), str(path))


def is_folder_of_arrays(path: Path) -> bool:
    """Whether a folder holds `.npy` files."""
    return path.is_dir() and next(path.glob("*.npy"), None) is not None


def dataset_of_arrays(arrays: Mapping[str, Any], where: str) -> Dataset:
    """Returns rows from arrays by name: x, y, groups, split; or x_train, y_val and the like.

    Raises:
        UsageError: if there are no inputs, or as many labels or groups as rows are not there.
    """
    if len(arrays) == 1 and not any(_role(name) for name in arrays):
        arrays = {"x": next(iter(arrays.values()))}
    found: dict[tuple[str, str], Any] = {}
    for name, array in arrays.items():
        if role := _role(name):
            if np.ndim(array) == 0:
                raise UsageError(f"{where}: {name} is one value: expected an array of rows")
            found[role] = array
    parts = [p for p in ("", *PARTS) if ("x", p) in found]
    if not parts or (parts[0] == "" and len(parts) > 1):
        names = ", ".join(arrays) or "nothing"
        raise UsageError(f"{where}: expected x and y, or x_train, y_train, x_val …, found {names}")
    rows = {p: len(found["x", p]) for p in parts}
    for (what, part), array in found.items():
        if part in rows and len(array) != rows[part]:
            told = f"{what}{'_' + part if part else ''}"
            raise UsageError(f"{where}: {told} has {len(array):,} rows, x has {rows[part]:,}")
    first = found["x", parts[0]]
    if any(found["x", p].shape[1:] != first.shape[1:] for p in parts):
        raise UsageError(f"{where}: x of the parts of the split have different shapes")
    named = None if parts == [""] else np.repeat(np.array(parts), [rows[p] for p in parts])
    if named is None and ("split", "") in found:
        named = np.array([part_of(str(name)) or "" for name in found["split", ""]])
    return Dataset(
        _kind(first),
        "arrays",
        sum(rows.values()),
        Arrays(tuple(found["x", p] for p in parts)),
        labels=_labels([found.get(("y", p)) for p in parts]),
        parts=named,
        groups=_labels([found.get(("groups", p)) for p in parts]),
        group_source="array groups",
        in_order=True,
        notes=() if ("y", parts[0]) in found else ("there are no labels",),
    )


def _role(name: str) -> tuple[str, str] | None:
    """What an array is, and of which part: `x_train` and `train_x` alike."""
    words = name.lower().replace("-", "_").split("_")
    part = next((p for word in words if (p := part_of(word))), "")
    rest = "_".join(word for word in words if not part_of(word))
    for what, names in (("x", INPUTS), ("y", TARGETS), ("groups", GROUPS), ("split", SPLITS)):
        if rest in names:
            return what, part
    return None


def _labels(arrays: list[Any]) -> NDArray[Any] | None:
    if any(array is None for array in arrays):
        return None
    joined = np.concatenate([np.asarray(array) for array in arrays])
    return joined.reshape(len(joined)) if joined.ndim == 2 and joined.shape[1] == 1 else joined


def _kind(x: Any) -> Kind:
    is_bytes = x.ndim == 3 and x.dtype == np.uint8
    return "pictures" if x.ndim == 4 or is_bytes else "series" if x.ndim == 3 else "arrays"


def _read(path: Path) -> Iterator[tuple[str, Any]]:
    try:
        if path.is_dir():
            for file in sorted(path.glob("*.npy")):
                yield file.stem, _mapped(file)
        elif path.suffix == ".npy":
            yield "x", _mapped(path)
        else:
            yield from _unpacked(path)
    except UsageError:
        raise
    except Exception as error:  # NumPy and zipfile raise whatever damaged bytes lead them to
        raise UsageError(_refusal(path, error)) from None


def _mapped(file: Path) -> Any:
    """An array that is read from disk as needed; one that holds objects is refused."""
    if file.is_symlink() and file.resolve().parent != file.parent.resolve():
        raise UsageError(f"{file} is a link out of its folder: not followed")
    return np.load(file, mmap_mode="r", allow_pickle=False)


def _unpacked(path: Path) -> Iterator[tuple[str, Any]]:
    with zipfile.ZipFile(path) as archive:
        size = sum(member.file_size for member in archive.infolist())
    if size > MOST_BYTES:
        told = f"{size / 2**30:,.0f} GB once unpacked"
        raise UsageError(f"{path}: {told}: save its arrays as .npy files, which are read in part")
    with np.load(path, allow_pickle=False) as arrays:
        for name in arrays.files:
            yield name, arrays[name]


def _refusal(path: Path, error: Exception) -> str:
    told = " ".join(str(error).split())
    if any(sign in told for sign in ("allow_pickle", "Object arrays", "Python objects")):
        return f"{path}: it holds pickled objects, which could run code and are not loaded"
    return f"{path} cannot be read as arrays: {told[:120]}"
