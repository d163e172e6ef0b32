"""A few rows of the user's data, kept beside a fit because they were asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from valgap.errors import RunUnreadableError
from valgap.evidence.arrays import read_arrays, write_arrays


@dataclass(frozen=True, slots=True)
class Samples:
    """Validation rows that were most confidently wrong, of the first input.

    `ids` are their positions in the split, shape `(n,)`; `rows` are the rows as the model gets
    them, shape `(n, ...)`.
    """

    ids: NDArray[np.int64]
    rows: NDArray[Any]


def write_samples(folder: Path, samples: Samples) -> None:
    """Keeps the rows in the folder of a fit.

    Raises:
        OSError: If they cannot be written.
    """
    write_arrays(folder / "samples.npz", [samples.ids, samples.rows])


def read_samples(folder: Path) -> Samples | None:
    """Gives back the rows of a fit; None where none were kept, or they cannot be read."""
    path = folder / "samples.npz"
    try:
        ids, rows = read_arrays(path) if path.is_file() else (None, None)
    except (RunUnreadableError, ValueError):
        return None
    if ids is None or rows is None or len(ids) != len(rows):
        return None
    return Samples(np.asarray(ids, dtype=np.int64), rows)
