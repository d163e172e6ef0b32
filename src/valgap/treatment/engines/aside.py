"""Large arrays written aside, once, and read as memory maps: workers share their pages."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np

from valgap.evidence.whole import put_by

# Smaller arrays go along with what holds them.
LEAST_BYTES = 1 << 20


@dataclass(slots=True)
class Aside:
    """A folder that large arrays are written to while what holds them is pickled.

    Args:
        folder: is made; the arrays of an earlier pickle in it are written over.
        least: bytes from which an array is large.
    """

    folder: Path
    least: int = LEAST_BYTES
    _number: Any = field(default_factory=count)

    def dumps(self, value: Any) -> bytes:
        """Pickles a value; `cloudpickle.loads` reads it as long as the folder is there.

        Raises:
            OSError: if an array cannot be written.
        """
        file = io.BytesIO()
        _Pickler(file, self).dump(value)
        return file.getvalue()

    def takes(self, value: Any) -> bool:
        """Whether a value is a large array that a file can hold as it is."""
        is_plain = type(value) is np.ndarray and value.dtype.isbuiltin == 1
        return is_plain and not value.dtype.hasobject and value.nbytes >= self.least

    def put(self, array: np.ndarray) -> Path:
        """Writes an array at one stroke, and gives back the file."""
        path = self.folder.absolute() / f"{next(self._number)}.npy"
        put_by(path, lambda file: np.save(file, array, allow_pickle=False))
        return path


class _Pickler(cloudpickle.Pickler):  # type: ignore[misc]
    def __init__(self, file: io.BytesIO, aside: Aside) -> None:
        super().__init__(file, protocol=5)
        self._aside = aside

    def reducer_override(self, obj: Any) -> Any:
        if self._aside.takes(obj):
            return mapped, (str(self._aside.put(obj)),)
        return super().reducer_override(obj)


def mapped(path: str) -> np.ndarray:
    """Gives back an array that is read from its file where it is looked at; it cannot be written.

    Raises:
        OSError: if the file is not there any more.
    """
    return np.asarray(np.load(path, mmap_mode="r"))
