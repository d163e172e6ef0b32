"""Keras' safe mode, which its own argument does not bring back once it was switched off."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any


def safe_mode(*, on: bool) -> AbstractContextManager[Any]:
    """Whether code in model files and configurations may run, until the block is left.

    `keras.config.enable_unsafe_deserialization` holds for a whole process, and `safe_mode=True`
    of `load_model` gives way to it: read in `serialization_lib` of Keras 3.15.
    """
    from keras.src.saving.serialization_lib import SafeModeScope

    scope: AbstractContextManager[Any] = SafeModeScope(on)
    return scope
