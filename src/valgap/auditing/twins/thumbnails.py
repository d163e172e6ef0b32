"""Pictures of any size as small grey ones, read one at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np

from valgap.auditing.twins.arrays import Floats, Ints, Pixels, Stored

SIDE, FINE = 32, 64
FINE_BYTES = 2 * FINE**2
PARTS = 256
"""Of a grey level, in what is stored."""
LEAST_FINE = 48
"""Pixels of the shorter side below which a finer picture would show nothing more."""
GREY = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601
OTHER_HUE = 6.0
"""Levels: a green flag and a red one are not the same."""
FLAT = 2.0
"""Grey levels of standard deviation below which a picture shows nothing."""


@dataclass(frozen=True, slots=True)
class Thumbnails:
    """Grey pictures `(n, SIDE * SIDE)`, of what size they were, and equal ones.

    `fine` `(k, FINE * FINE)` are those of the large ones among them, and `fine_of` `(n,)` says
    which row of it is that of a picture, -1 for none. `is_flat` `(n,)` is True for pictures that
    show nothing but one grey.
    `hue` is `(n, 2)`, the mean of blue and of red less grey, in levels; `sizes` is `(n, 2)`, height
    and width; pictures of one number in `equal` have the same pixels.
    """

    grey: Stored
    fine: Stored
    fine_of: Ints
    hue: Floats
    sizes: Ints
    equal: Ints
    is_flat: Ints

    def differ(self, one: int, other: int, gain: float) -> bool:
        """True where two pictures differ in colour by more than contrast makes of it."""
        first, second = self.hue[one], self.hue[other]
        scale = min(max(abs(gain), 0.5), 2.0)
        apart = np.minimum(np.abs(first - second), np.abs(first - scale * second))
        return bool((apart > OTHER_HUE + 0.3 * np.abs(first)).any())

    @property
    def aspects(self) -> Floats:
        """Width by height of each."""
        return np.asarray(self.sizes[:, 1] / self.sizes[:, 0], np.float32)


def thumbnails(pictures: Iterable[Pixels]) -> Thumbnails:
    """Returns thumbnails of pictures `(h, w)`, `(h, w, 1)`, or `(h, w, 3 or 4)`, uint8."""
    hues, sizes, digests, is_flat = [], [], [], []
    # Of bytes, which grow in place: a list of arrays would be there twice in the end.
    grey, fine = bytearray(), bytearray()
    fine_of: list[int] = []
    for picture in pictures:
        values, hue = _grey(picture)
        shrunk = _shrunk(values, SIDE)
        grey += _stored(shrunk)
        is_flat.append(bool(shrunk.std() < FLAT))
        is_large = min(values.shape) >= LEAST_FINE
        fine_of.append(len(fine) // FINE_BYTES if is_large else -1)
        if is_large:
            fine += _stored(_shrunk(values, FINE))
        hues.append(hue)
        sizes.append(picture.shape[:2])
        digests.append(_digest(picture))
    number = {digest: i for i, digest in enumerate(dict.fromkeys(digests))}
    return Thumbnails(
        np.frombuffer(grey, np.uint16).reshape(-1, SIDE * SIDE),
        np.frombuffer(fine, np.uint16).reshape(-1, FINE * FINE),
        np.array(fine_of, np.int64),
        np.array(hues, np.float32).reshape(len(hues), 2),
        np.array(sizes, np.int64).reshape(len(sizes), 2),
        np.array([number[digest] for digest in digests], np.int64),
        np.array(is_flat, bool),
    )


def levels(stored: Stored) -> Floats:
    """Returns grey levels from 0 to 255."""
    return np.asarray(stored * np.float32(1 / PARTS), np.float32)


def _stored(grey: Floats) -> bytes:
    # Half precision would round by up to a sixteenth, which tells like pictures apart.
    return np.round(grey * PARTS).astype(np.uint16).tobytes()


def _digest(picture: Pixels) -> bytes:
    shape = repr((picture.shape[:2], picture.ndim == 3 and picture.shape[2])).encode()
    return hashlib.blake2b(np.ascontiguousarray(picture).data, digest_size=16, key=shape).digest()


def _grey(picture: Pixels) -> tuple[Floats, tuple[float, float]]:
    values, hue = picture.astype(np.float32), (0.0, 0.0)
    if values.ndim == 3 and values.shape[2] >= 3:
        red, _, blue = (float(v) for v in values[..., :3].mean(axis=(0, 1)))
        values = values[..., :3] @ GREY
        mean = float(values.mean())
        hue = (blue - mean, red - mean)
    elif values.ndim == 3:
        values = values[..., 0]
    return values, hue


def _shrunk(values: Floats, side: int) -> Floats:
    high, wide = values.shape
    small = _weights(side, high) @ values @ _weights(side, wide).T
    return np.asarray(small, np.float32).reshape(-1)


@cache
def _weights(side: int, length: int) -> Floats:
    """Weights `(side, length)` of a triangle as wide as two cells, or two pixels if larger."""
    middle = (np.arange(side) + 0.5) * length / side
    apart = np.abs(np.arange(length) + 0.5 - middle[:, None]) / max(1.0, length / side)
    weights = np.maximum(0, 1 - apart)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)
