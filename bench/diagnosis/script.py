"""A script put together from four parts, or written as a whole, each of them literal code."""

from __future__ import annotations

from dataclasses import dataclass

HEAD = """\
import os

import keras
import makers
import numpy as np
from keras import layers

seed = int(os.environ.get("SEED", "0"))
rng = np.random.default_rng(seed)
keras.utils.set_random_seed(seed)
"""


@dataclass(frozen=True, slots=True)
class Script:
    """Code that makes data, builds a model, compiles it and fits it."""

    data: str
    model: str
    compile: str
    fit: str
    imports: str = ""

    def text(self) -> str:
        """Gives the whole script; it runs beside `makers.py`."""
        parts = (HEAD + self.imports, self.data, self.model, self.compile, self.fit)
        return "\n\n".join(part.strip("\n") for part in parts) + "\n"


@dataclass(frozen=True, slots=True)
class Whole:
    """A script as its author wrote it, and what to change in it to undo what was planted."""

    written: str
    changes: tuple[tuple[str, str], ...] = ()

    def text(self) -> str:
        """Gives the whole script; it may import what is copied beside it."""
        return self.written.strip("\n") + "\n"

    def mended(self) -> str:
        """Gives the script without what was planted; each change is found just once."""
        text = self.text()
        for old, new in self.changes:
            if text.count(old) != 1:
                raise ValueError(f"found {text.count(old)} times, not once: {old!r}")
            text = text.replace(old, new)
        return text
