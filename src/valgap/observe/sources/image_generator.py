"""Iterators of the legacy `ImageDataGenerator`: flow, flow_from_directory, flow_from_dataframe."""

from __future__ import annotations

import copy
import threading
from collections.abc import Generator, Sequence
from typing import Any

import numpy as np

from valgap.evidence.records import DataRecord, TensorRecord
from valgap.observe.sources.base import View
from valgap.observe.sources.batch import Batch, unpacked
from valgap.observe.sources.guard import own_randomness
from valgap.observe.sources.plan import SEED
from valgap.observe.sources.reader import Geometry, geometry_of
from valgap.observe.sources.request import Request

_OFF: dict[str, Any] = {
    "rotation_range": 0,
    "width_shift_range": 0.0,
    "height_shift_range": 0.0,
    "shear_range": 0.0,
    "zoom_range": [1.0, 1.0],
    "channel_shift_range": 0.0,
    "horizontal_flip": False,
    "vertical_flip": False,
    "brightness_range": None,
}


def is_image_iterator(data: Any) -> bool:
    """Whether `data` is an iterator that an `ImageDataGenerator` made."""
    return hasattr(data, "image_data_generator") and hasattr(data, "index_array")


class ImageIteratorReader:
    """Reads through a copy of the iterator with a lock, an order and a generator of its own.

    Clean validation rows go through the deterministic part of the training generator.
    """

    indexed = True
    switchable = True
    lap = None
    random = False
    unpinned = False
    note = None

    def __init__(self, request: Request) -> None:
        self._iterator = request.x
        self._class_weight = request.class_weight
        own = request.x.image_data_generator
        both = request.split == "validation" and is_image_iterator(request.training)
        self._clean_generator = request.training.image_data_generator if both else own
        self.names = random_settings(own)
        self.count: int | None = len(request.x)
        self._order = _order(request)
        self.record = _record(request, self.count)

    def batches(
        self, view: View, draw: int, wanted: Sequence[int] | None
    ) -> Generator[tuple[int, Batch], None, None]:
        """See `Reader.batches`."""
        iterator = self._copy(view)
        size = iterator.batch_size
        for position in range(self.count or 0) if wanted is None else wanted:
            ids = self._order[position * size : (position + 1) * size]
            with own_randomness(draw * 100_003 + position):
                data = iterator[position]
            yield position, unpacked(data, self._class_weight, ids)

    def geometry(self, view: View) -> Geometry | None:
        """See `Reader.geometry`."""
        del view
        return geometry_of(int(self._iterator.n), int(self._iterator.batch_size), drop=False)

    def ends(self, view: View) -> bool:
        """See `Reader.ends`."""
        del view
        return True

    def held_bytes(self) -> int:
        """The images of `flow`; files are not held."""
        return int(getattr(getattr(self._iterator, "x", None), "nbytes", 0))

    def _copy(self, view: View) -> Any:
        iterator = copy.copy(self._iterator)
        iterator.lock = threading.Lock()
        iterator.index_array = self._order
        # Its own seed would seed NumPy anew for every item, the same at every draw.
        iterator.seed = None
        # It would write what it reads to the user's disk.
        iterator.save_to_dir = None
        if view == "clean":
            iterator.image_data_generator = without_random(self._clean_generator)
        return iterator


def random_settings(generator: Any) -> tuple[str, ...]:
    """The names of the random transforms that are on."""
    return tuple(name for name, off in _OFF.items() if _is_on(getattr(generator, name, off), off))


def without_random(generator: Any) -> Any:
    """A copy with the random transforms off; centring, rescaling and the like stay."""
    generator = copy.copy(generator)
    for name, off in _OFF.items():
        setattr(generator, name, copy.copy(off))
    return generator


def _is_on(value: Any, off: Any) -> bool:
    if off is None:
        return value is not None
    return not np.array_equal(np.asarray(value), np.asarray(off))


def _order(request: Request) -> np.ndarray:
    rows = np.arange(request.x.n)
    if request.split == "train" and request.x.shuffle:
        return np.random.default_rng(SEED).permutation(rows)
    return rows


def _record(request: Request, count: int | None) -> DataRecord:
    iterator = request.x
    images = getattr(iterator, "x", None)
    shape = getattr(iterator, "image_shape", None) or getattr(images, "shape", (0,))[1:]
    return DataRecord(
        split=request.split,
        form="ImageDataGenerator",
        rows=int(iterator.n),
        batch_size=int(iterator.batch_size),
        steps=request.steps or count,
        inputs=(TensorRecord("x", tuple(int(size) for size in shape), str(iterator.dtype)),),
        shuffled=bool(iterator.shuffle) or (request.split == "train" and bool(request.shuffle)),
        weighted=request.class_weight is not None
        or getattr(iterator, "sample_weight", None) is not None,
    )
