"""Arrays in an npz file: order kept, nothing pickled, narrow floats survive."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from valgap.errors import RunUnreadableError
from valgap.evidence.whole import put_by

_VIEWS: dict[int, type[np.generic]] = {1: np.uint8, 2: np.uint16, 4: np.uint32}


def write_arrays(path: Path, arrays: Sequence[NDArray[Any]]) -> None:
    """Writes `arrays` to `path` in one step: the file is whole or not there.

    A type that NumPy itself does not know (bfloat16) is stored as raw numbers with its
    name in that of the member, since NumPy would read it back as bytes.

    Raises:
        ValueError: If an array holds objects.
    """
    put_by(path, partial(_write, arrays))


def read_arrays(path: Path) -> list[NDArray[Any]]:
    """Gives back the arrays of `path` in the order in which they were written.

    Raises:
        RunUnreadableError: If the file is missing, damaged or holds pickled objects.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            return [_restored(name, archive[name]) for name in sorted(archive.files)]
    except (OSError, ValueError, KeyError, AttributeError, zipfile.BadZipFile, zlib.error) as e:
        raise RunUnreadableError(f"{path}: expected an array file, {type(e).__name__}") from e


def _write(arrays: Sequence[NDArray[Any]], file: BinaryIO) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for i, array in enumerate(arrays):
            name, plain = _plain(f"arr_{i:04d}", np.asarray(array))
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, plain, allow_pickle=False)


def _plain(name: str, array: NDArray[Any]) -> tuple[str, NDArray[Any]]:
    registered_by_others = array.dtype.isbuiltin == 2
    if not registered_by_others:
        return name, array
    view = _VIEWS[array.dtype.itemsize]
    return f"{name}.{array.dtype.name}", np.ascontiguousarray(array).view(view).reshape(array.shape)


def _restored(name: str, array: NDArray[Any]) -> NDArray[Any]:
    _, _, dtype = name.partition(".")
    if not dtype:
        return array
    import ml_dtypes

    return array.view(np.dtype(getattr(ml_dtypes, dtype)))
