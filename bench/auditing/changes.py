"""Near duplicates as they come about, each drawn with its own strength; made with Pillow."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageFilter

Picture = np.ndarray
Rng = np.random.Generator
BILINEAR, BICUBIC = Image.Resampling.BILINEAR, Image.Resampling.BICUBIC


def exact(picture: Picture, _: Rng) -> Picture:
    """The same pixels."""
    return picture.copy()


def flip(picture: Picture, rng: Rng) -> Picture:
    """Left and right, or top and bottom, exchanged."""
    return np.ascontiguousarray(picture[:, ::-1] if rng.random() < 0.5 else picture[::-1])


def quarter_turn(picture: Picture, rng: Rng) -> Picture:
    """Turned by 90, 180 or 270 degrees."""
    return np.ascontiguousarray(np.rot90(picture, rng.integers(1, 4)))


def crop(picture: Picture, rng: Rng) -> Picture:
    """Up to 10 % off each side, at least 4 % off one; back to its size in half of the cases."""
    sides = rng.uniform(0, 0.1, 4)
    sides[rng.integers(4)] = rng.uniform(0.04, 0.1)
    high, wide = picture.shape[:2]
    top, bottom, left, right = np.round(sides * [high, high, wide, wide]).astype(int)
    cut = picture[top : high - bottom, left : wide - right]
    return _resized(cut, (high, wide)) if rng.random() < 0.5 else cut.copy()


def shift(picture: Picture, rng: Rng) -> Picture:
    """Moved by up to 8 % each way, a pixel at least; edge repeated, or black."""
    high, wide = picture.shape[:2]
    down, along = (int(np.round(rng.uniform(-0.08, 0.08) * side)) for side in (high, wide))
    along = along or int(rng.choice([-1, 1]))
    pad = [(max(down, 0), max(-down, 0)), (max(along, 0), max(-along, 0))]
    pad += [(0, 0)] * (picture.ndim - 2)
    padded = np.pad(picture, pad, mode="edge" if rng.random() < 0.5 else "constant")
    top, left = max(-down, 0), max(-along, 0)
    return padded[top : top + high, left : left + wide].copy()


def rotation(picture: Picture, rng: Rng) -> Picture:
    """Turned by 2 to 10 degrees either way; reflected outside, or black."""
    degrees = rng.uniform(2, 10) * rng.choice([-1, 1])
    if rng.random() < 0.5:
        return np.asarray(Image.fromarray(picture).rotate(degrees, BICUBIC))
    high, wide = picture.shape[:2]
    rows, columns = high // 4, wide // 4
    pad = [(rows, rows), (columns, columns)] + [(0, 0)] * (picture.ndim - 2)
    turned = Image.fromarray(np.pad(picture, pad, mode="reflect")).rotate(degrees, BICUBIC)
    return np.asarray(turned)[rows : rows + high, columns : columns + wide].copy()


def brightness(picture: Picture, rng: Rng) -> Picture:
    """Times .65 to 1.35, by a tenth at least."""
    return _clipped(picture * (1 + rng.uniform(0.1, 0.35) * rng.choice([-1, 1])))


def contrast(picture: Picture, rng: Rng) -> Picture:
    """Spread about the mean times .6 to 1.5."""
    mean = picture.mean()
    factor = rng.uniform(0.6, 0.85) if rng.random() < 0.5 else rng.uniform(1.15, 1.5)
    return _clipped((picture - mean) * factor + mean)


def blur(picture: Picture, rng: Rng) -> Picture:
    """Gaussian of .5 to 1 pixel, or of .5 to 1.5 % of the side where that is more."""
    radius = rng.uniform(0.5, max(1.0, 0.015 * min(picture.shape[:2])))
    return np.asarray(Image.fromarray(picture).filter(ImageFilter.GaussianBlur(radius)))


def noise(picture: Picture, rng: Rng) -> Picture:
    """Gaussian noise of 5 to 20 grey levels in every pixel."""
    return _clipped(picture + rng.normal(0, rng.uniform(5, 20), picture.shape))


def resize(picture: Picture, rng: Rng) -> Picture:
    """Half to .85 of its size, or 1.2 to 2 times."""
    factor = rng.uniform(0.5, 0.85) if rng.random() < 0.5 else rng.uniform(1.2, 2)
    size = np.maximum(4, np.round(np.array(picture.shape[:2]) * factor)).astype(int)
    return _resized(picture, (int(size[0]), int(size[1])))


def jpeg(picture: Picture, rng: Rng) -> Picture:
    """Through JPEG at a quality of 20 to 70."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=int(rng.integers(20, 71)))
    return np.asarray(Image.open(file))


def _resized(picture: Picture, size: tuple[int, int]) -> Picture:
    return np.asarray(Image.fromarray(picture).resize(size[::-1], BICUBIC))


def _clipped(values: np.ndarray) -> Picture:
    return np.clip(np.round(values), 0, 255).astype(np.uint8)


CHANGES: dict[str, Callable[[Picture, Rng], Picture]] = {
    "exact": exact,
    "flip": flip,
    "quarter turn": quarter_turn,
    "crop": crop,
    "shift": shift,
    "rotation": rotation,
    "brightness": brightness,
    "contrast": contrast,
    "blur": blur,
    "noise": noise,
    "resize": resize,
    "JPEG": jpeg,
}
