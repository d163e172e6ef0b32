"""The picture files that rows are read from, where a data pipeline names them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from valgap.observe.sources.files import Decoder, PictureFiles
from valgap.observe.sources.image_generator import is_image_iterator
from valgap.observe.sources.tf_data import is_tf_dataset

MOST_FILES = 2000
"""Files that are kept to be looked at, drawn at random where there are more."""

ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp")
_SEED = 20240229


def picture_files(*data: Any) -> PictureFiles | None:
    """Returns the files that the splits are read from; None where none are named.

    Nothing is read: a `tf.data.Dataset` holds the names in the tensors that its chain begins
    with, also behind `map` and `batch`; the iterators of `ImageDataGenerator` list them.

    Args:
        data: what the splits of one fit are fed from.
    """
    paths = dict.fromkeys(path for each in data for path in _named_in(each))
    if not paths:
        return None
    decoder: Decoder = "tensorflow" if any(is_tf_dataset(each) for each in data) else "pillow"
    some = _some(list(paths))
    # The script may go to another folder before the files are looked at.
    return PictureFiles(tuple(os.path.abspath(path) for path in some), len(paths), decoder)


def _some(paths: list[str]) -> list[str]:
    if len(paths) <= MOST_FILES:
        return paths
    chosen = np.random.default_rng(_SEED).choice(len(paths), MOST_FILES, replace=False)
    return [paths[i] for i in np.sort(chosen)]


def _named_in(data: Any) -> Iterator[str]:
    if is_tf_dataset(data):
        names = (name.decode("utf-8", "surrogateescape") for name in _strings(data))
    elif is_image_iterator(data):
        names = (str(name) for name in getattr(data, "filepaths", ()))
    else:
        return
    yield from (name for name in names if _is_picture(name))


def _strings(node: Any) -> Iterator[bytes]:
    """The strings among the tensors that a chain begins with."""
    for tensor in getattr(node, "_tensors", ()):
        if tensor.dtype.name == "string" and hasattr(tensor, "numpy"):
            yield from np.atleast_1d(tensor.numpy()).reshape(-1)
    for each in node._inputs():
        yield from _strings(each)


def _is_picture(name: str) -> bool:
    """Whether a string is the name of a picture on this machine, not an address or a text."""
    return name.lower().endswith(ENDINGS) and "://" not in name and "\n" not in name
