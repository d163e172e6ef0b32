"""Random transforms switched off while a pipeline is traced or run again."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from valgap.observe.kinds import kind_of
from valgap.observe.sources.base import View

_IMAGE_FUNCTIONS = (
    "brightness",
    "contrast",
    "flip_left_right",
    "flip_up_down",
    "hue",
    "jpeg_quality",
    "saturation",
)


@contextmanager
def transforms(view: View) -> Iterator[list[str]]:
    """Random transforms as `view` wants them; gives the names of what was switched off."""
    if view == "fed":
        yield []
        return
    with transforms_off() as names:
        yield names


@contextmanager
def transforms_off() -> Iterator[list[str]]:
    """Within, random Keras layers run in inference mode and `tf.image.random_*` do nothing.

    Gives a list that fills with the names of what was switched off, in order of use.
    """
    names: list[str] = []
    with ExitStack() as stack:
        _layers_off(stack, names)
        _image_functions_off(stack, names)
        yield names


def _layers_off(stack: ExitStack, names: list[str]) -> None:
    import keras

    original = keras.layers.Layer.__call__

    @functools.wraps(original)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        if getattr(self, "_call_has_training_arg", False) and kind_of(self) in _RANDOM:
            _note(names, type(self).__name__)
            kwargs["training"] = False
            return _cropped(self, original(self, *args, **kwargs))
        return original(self, *args, **kwargs)

    stack.enter_context(patch.object(keras.layers.Layer, "__call__", call))


def _cropped(layer: Any, output: Any) -> Any:
    """The middle of an image that `RandomCrop` leaves whole in inference mode."""
    if not any(cls.__name__ == "RandomCrop" for cls in type(layer).__mro__):
        return output
    index = [slice(None)] * len(output.shape)
    for axis, size in ((layer.height_axis, layer.height), (layer.width_axis, layer.width)):
        if output.shape[axis] is not None and output.shape[axis] > size:
            start = (output.shape[axis] - size) // 2
            index[axis] = slice(start, start + size)
    return output[tuple(index)]


_RANDOM = ("augmentation", "noise", "unknown")


def _image_functions_off(stack: ExitStack, names: list[str]) -> None:
    tf: Any = sys.modules.get("tensorflow")
    if tf is None:
        return
    for prefix in ("random_", "stateless_random_"):
        for suffix in (*_IMAGE_FUNCTIONS, "crop"):
            name = prefix + suffix
            if hasattr(tf.image, name):
                neutral = _central_crop if suffix == "crop" else _identity
                replacement = tf.autograph.experimental.do_not_convert(
                    _noting(neutral, names, f"tf.image.{name}")
                )
                stack.enter_context(patch.object(tf.image, name, replacement))


def _noting(function: Callable[..., Any], names: list[str], name: str) -> Callable[..., Any]:
    def noted(*args: Any, **kwargs: Any) -> Any:
        _note(names, name)
        return function(*args, **kwargs)

    return noted


def _note(names: list[str], name: str) -> None:
    if name not in names:
        names.append(name)


def _identity(image: Any, *_: Any, **__: Any) -> Any:
    import tensorflow as tf

    return tf.convert_to_tensor(image)


def _central_crop(value: Any, size: Any, *_: Any, **__: Any) -> Any:
    import tensorflow as tf

    value = tf.convert_to_tensor(value)
    size = tf.convert_to_tensor(size, dtype=tf.int32)
    return tf.slice(value, (tf.shape(value) - size) // 2, size)
