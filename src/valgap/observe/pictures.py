"""One picture file looked at: whether it can be read, its colour mode and its size."""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal

from valgap.observe.sources.files import Decoder

# What tf.io.decode_image reads; of Pillow's names, MPO is a JPEG of several pictures.
_OF_TENSORFLOW = ("PNG", "JPEG", "MPO", "GIF", "BMP")
# The end mark of a JPEG may be followed by what cameras add.
_JPEG_END, _TAIL = b"\xff\xd9", 2**16

Failure = Literal["gone", "empty", "unreadable"]
"""`gone`: its folder is not there any more, as that of a script which cleans up after itself."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What a file is: its colour mode and (width, height), or why it gives no picture."""

    name: str
    failure: Failure | None = None
    mode: str = ""
    size: tuple[int, int] = (0, 0)


def can_look() -> bool:
    """Whether Pillow is there to open files with."""
    return find_spec("PIL") is not None


def look_at(path: str, decoder: Decoder) -> Looked:
    """Returns what a file is, from its head, its checksums and its end; no pixel is decoded.

    Args:
        path: the file.
        decoder: what the script reads it with.
    """
    name = os.path.basename(path)
    if not os.path.isdir(os.path.dirname(path)):
        return Looked(name, "gone")
    try:
        if os.path.getsize(path) == 0:
            return Looked(name, "empty")
        form, mode, size = _opened(path)
    except Exception:  # Pillow's readers raise whatever damaged bytes lead them to
        return Looked(name, "unreadable")
    strange = decoder == "tensorflow" and form not in _OF_TENSORFLOW
    return Looked(name, "unreadable") if strange else Looked(name, None, mode, size)


def _opened(path: str) -> tuple[str, str, tuple[int, int]]:
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of very large pictures, say
        with Image.open(path) as picture:
            form, mode, size = picture.format or "", picture.mode, picture.size
            picture.verify()
    if form == "JPEG" and not _has_end(path):
        raise ValueError("the file ends within the picture")
    return form, mode, size


def _has_end(path: str) -> bool:
    """Whether a JPEG has its end mark: Pillow's `verify` does not look so far."""
    with open(path, "rb") as file:
        file.seek(max(0, os.path.getsize(path) - _TAIL))
        return _JPEG_END in file.read()
