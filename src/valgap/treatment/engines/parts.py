"""A work in parts for an object store: large arrays apart, for all workers of a machine."""

from __future__ import annotations

from collections.abc import Sequence
from pickle import PickleBuffer
from typing import Any

import cloudpickle
import numpy as np

from valgap.treatment.engines.aside import LEAST_BYTES
from valgap.treatment.engines.work import Work


def parts_of(work: Work, least: int = LEAST_BYTES) -> list[Any]:
    """Gives back a pickle, and behind it the bytes of large arrays, which are not copied.

    Args:
        work: one that was read from its file, so that code of the user's own is in it.
        least: bytes from which an array is large.
    """
    large: list[np.ndarray] = []

    def goes_along(buffer: PickleBuffer) -> bool:
        array = np.frombuffer(buffer.raw(), np.uint8)
        if array.nbytes >= least:
            large.append(array)
        return array.nbytes < least

    data = cloudpickle.dumps(work, protocol=5, buffer_callback=goes_along)
    return [data, *large]


def work_from(parts: Sequence[Any]) -> Work:
    """Gives back the work; its large arrays stay where the parts lie, and cannot be written there.

    Raises:
        ImportError: if what the pickle names is not installed here.
    """
    data, *large = parts
    work: Work = cloudpickle.loads(data, buffers=large)
    return work
