"""From the arguments of `fit` to the sources of its two splits."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from typing import Any

from valgap.observe.sources.arrays import array_source
from valgap.observe.sources.base import Source, Sources
from valgap.observe.sources.data_loader import LoaderReader, is_data_loader
from valgap.observe.sources.file_names import picture_files
from valgap.observe.sources.files import PictureFiles
from valgap.observe.sources.generator import GeneratorSource
from valgap.observe.sources.image_generator import ImageIteratorReader, is_image_iterator
from valgap.observe.sources.nested import leaves
from valgap.observe.sources.py_dataset import PyDatasetReader
from valgap.observe.sources.request import Request, requests
from valgap.observe.sources.stream import StreamSource
from valgap.observe.sources.tapping import activate
from valgap.observe.sources.taps import Tap
from valgap.observe.sources.tf_data import DatasetReader, is_tf_dataset
from valgap.observe.sources.unreadable import UnreadableSource


def make_sources(fit_arguments: Mapping[str, Any], *, epochs: int) -> Sources:
    """Makes the sources of a fit at its start, reading nothing of the user's but a checksum.

    Args:
        fit_arguments: the arguments of `fit` that say what is fed; missing ones count as
            their defaults. `steps_per_execution` of `compile` may be added.
        epochs: the number of epochs asked for.
    """
    try:
        train, validation = requests(fit_arguments, epochs)
    except Exception as error:  # arguments that Keras will refuse in its own words
        return Sources(UnreadableSource("train", "unknown", _looked_at("arguments", error)), None)
    data = [train.x] if validation is None else [train.x, validation.x]
    return Sources(
        _source(train), None if validation is None else _source(validation), _files(data)
    )


def _source(request: Request) -> Source:
    form = type(request.x).__name__
    try:
        for fits, make in _FORMS:
            if fits(request.x):
                return make(request)
    except Exception as error:  # the fit that is about to start must not fail for us
        return UnreadableSource(request.split, form, _looked_at(form, error))
    return UnreadableSource(request.split, form, f"data of type {form} are not read again")


def _files(data: list[Any]) -> PictureFiles | None:
    try:
        return picture_files(*data)
    except Exception:  # a chain of another TensorFlow: its files stay unnamed
        return None


def _looked_at(what: str, error: Exception) -> str:
    return f"{what} could not be looked at: {type(error).__name__}: {error}"


def _generator(request: Request) -> Source:
    return GeneratorSource(request, _tapped(request))


def _dataset(request: Request) -> Source:
    return _stream(request, DatasetReader(request))


def _images(request: Request) -> Source:
    return _stream(request, ImageIteratorReader(request), _tapped(request))


def _items(request: Request) -> Source:
    return _stream(request, PyDatasetReader(request), _tapped(request))


def _loader(request: Request) -> Source:
    return _stream(request, LoaderReader(request), _tapped(request))


def _stream(request: Request, reader: Any, tap: Tap | None = None) -> StreamSource:
    shuffled = request.split == "train" and bool(reader.record.shuffled)
    return StreamSource(reader, steps=request.steps, shuffled=shuffled, tap=tap)


def _tapped(request: Request) -> Tap:
    tap = Tap(steps=request.steps, validation=request.split == "validation")
    activate(request.x, tap)
    return tap


def _is_py_dataset(x: Any) -> bool:
    return any(
        cls.__name__ == "PyDataset" and cls.__module__.startswith("keras.")
        for cls in type(x).__mro__
    )


def _are_arrays(x: Any) -> bool:
    parts = list(leaves(x))
    return bool(parts) and all(
        hasattr(part, "shape")
        and (any(hasattr(part, name) for name in _ARRAY_LIKE) or type(part).__name__ in _UNEVEN)
        for part in parts
    )


_ARRAY_LIKE = ("__array__", "iloc", "tocoo")
_UNEVEN = ("SparseTensor", "RaggedTensor")


def _is_generator(x: Any) -> bool:
    return isinstance(x, types.GeneratorType)


_FORMS: tuple[tuple[Callable[[Any], bool], Callable[[Request], Source]], ...] = (
    (_are_arrays, array_source),
    (is_tf_dataset, _dataset),
    (_is_generator, _generator),
    (is_image_iterator, _images),
    (_is_py_dataset, _items),
    (is_data_loader, _loader),
)
