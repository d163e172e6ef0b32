"""Picture files as rows: decoded one by one, shrunk to one size, and looked at."""

from __future__ import annotations

import hashlib
import os
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from valgap.auditing.dataset import Block, Ints, Look
from valgap.errors import UsageError
from valgap.observe.pictures import Looked, can_look
from valgap.observe.sources.nested import Nested

SIDE = 64
"""Pictures are audited at this size, squashed as `image_dataset_from_directory` does."""

LARGEST_SIDE = 256
"""JPEG is decoded at no more than about twice this side, which is several times as fast."""

MOST_PIXELS = 1 << 27
"""Of one picture: a file that unpacks to more is not decoded (a bomb, or a whole slide)."""

_PROBED = 200
_GREY = ("1", "L", "I", "F", "I;16", "LA", "La")


@dataclass(frozen=True, slots=True)
class Pictures:
    """Picture files below a folder, as rows of `size` (height, width, channels) of bytes."""

    folder: str
    files: tuple[str, ...]
    size: tuple[int, int, int]

    def read(self, positions: Ints) -> Block:
        """See `Reader.read`."""
        rows: list[np.ndarray] = []
        digests: list[bytes] = []
        looks: list[Look] = []
        for position in positions:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Pillow's, of damage that the report tells of
                row, digest, look = self._one(self.files[int(position)])
            looks.append(look)
            if row is not None:
                rows.append(row)
                digests.append(digest)
        whole = np.array([look.file.failure is None for look in looks], bool)
        x: Nested = np.stack(rows) if rows else np.zeros((0, *self.size), np.uint8)
        return Block(x, whole, tuple(digests), tuple(looks))

    def _one(self, file: str) -> tuple[np.ndarray | None, bytes, Look]:
        path = os.path.join(self.folder, file)
        try:
            if os.path.getsize(path) == 0:
                return None, b"", Look(Looked(file, "empty"))
            return self._decoded(path, file)
        except MemoryError:
            raise
        except Exception:  # Pillow's readers raise whatever damaged bytes lead them to
            return None, b"", Look(Looked(file, "unreadable"))

    def _decoded(self, path: str, file: str) -> tuple[np.ndarray, bytes, Look]:
        from PIL import Image

        with _opened(path) as picture:
            mode, full = picture.mode, picture.size
            picture.draft(None, (LARGEST_SIDE, LARGEST_SIDE))
            picture.load()
            told = f"{mode}{full}".encode()
            digest = hashlib.blake2b(told + picture.tobytes(), digest_size=16).digest()
            small = _converted(picture, self.size[2])
            if small.size != (self.size[1], self.size[0]):
                small = small.resize((self.size[1], self.size[0]), Image.Resampling.BOX)
            row = np.asarray(small, np.uint8).reshape(self.size)
        return row, digest, look_of(Looked(file, None, mode, full), row)


def pictures(folder: Path, files: Sequence[str]) -> Pictures:
    """Returns picture files as rows of one size, that of all of them where they are small.

    Raises:
        UsageError: if Pillow is not installed.
    """
    if not can_look():
        raise UsageError("pictures are read by Pillow: pip install 'valgap[audit]'")
    heads = [h for f in _some(files) if (h := _head(os.path.join(folder, f))) is not None]
    modes = Counter(mode in _GREY for mode, _ in heads)
    channels = 1 if heads and modes[True] == len(heads) else 3
    sizes = Counter(size for _, size in heads)
    common = sizes.most_common(1)[0] if sizes else ((SIDE, SIDE), 0)
    (wide, high), often = common
    is_small = max(wide, high) <= SIDE and often >= 0.9 * max(1, len(heads))
    height, width = (high, wide) if is_small else (SIDE, SIDE)
    return Pictures(str(folder), tuple(files), (height, width, channels))


def look_of(file: Looked, row: np.ndarray) -> Look:
    """Returns what a picture looks like, from its pixels of `(height, width, channels)`."""
    grey = row.mean(axis=-1, dtype=np.float32)
    inner = grey[1:-1, 1:-1]
    bends = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * inner
    sharpness = float(bends.var()) if bends.size else 0.0
    return Look(file, float(np.percentile(grey, 99)), float(grey.std()), sharpness)


def _opened(path: str) -> Any:
    from PIL import Image

    picture = Image.open(path)
    if picture.size[0] * picture.size[1] > MOST_PIXELS:
        picture.close()
        raise ValueError("it unpacks to more pixels than are decoded")
    return picture


def _converted(picture: Any, channels: int) -> Any:
    """In bytes of grey or of three colours; 16 bits a value are brought down to 8."""
    if picture.mode in ("I;16", "I", "F"):
        values = np.nan_to_num(np.asarray(picture, np.float64))
        top = 65535.0 if values.max(initial=0.0) > 255 else 255.0
        from PIL import Image

        picture = Image.fromarray(np.clip(values / top * 255, 0, 255).astype(np.uint8))
    if picture.mode in ("P", "PA"):
        picture = picture.convert("RGBA")
    if picture.mode in ("RGBA", "LA", "La", "RGBa"):
        from PIL import Image

        ground = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(ground, picture.convert("RGBA"))
    return picture.convert("L" if channels == 1 else "RGB")


def _head(path: str) -> tuple[str, tuple[int, int]] | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture = _opened(path)
        with picture:
            return str(picture.mode), (int(picture.size[0]), int(picture.size[1]))
    except Exception:  # told when it is read
        return None


def _some(files: Sequence[str]) -> list[str]:
    if len(files) <= _PROBED:
        return list(files)
    chosen = np.random.default_rng(0).choice(len(files), _PROBED, replace=False)
    return [files[i] for i in np.sort(chosen)]
