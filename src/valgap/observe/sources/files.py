"""Some of the picture files that the rows of a fit are read from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Decoder = Literal["tensorflow", "pillow"]


@dataclass(frozen=True, slots=True)
class PictureFiles:
    """Absolute paths of some picture files out of `total`, and what decodes them."""

    paths: tuple[str, ...]
    total: int
    decoder: Decoder
