"""Keras' data adapters patched so that taps see what passes through them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

from valgap.observe.sources.taps import Tap

_active: dict[int, tuple[Any, Tap]] = {}
_patched: set[str] = set()
_ADAPTERS = "keras.src.trainers.data_adapters"


def activate(data: Any, tap: Tap) -> None:
    """From now on batches that Keras takes out of `data` pass `tap`."""
    # The object is held too: its id stays its own as long as it lives.
    _active[id(data)] = (data, tap)


def deactivate(*taps: Tap | None) -> None:
    """Ends the watching of these taps."""
    for key in [key for key, (_, tap) in _active.items() if any(tap is each for each in taps)]:
        del _active[key]


def is_watched(adapter: str) -> bool:
    """Whether what passes through this adapter of Keras' is seen."""
    return adapter in _patched


def install_taps() -> tuple[Callable[[], None], tuple[str, ...]]:
    """Patches the adapters of generators, PyDatasets and torch loaders, once Keras is loaded.

    Returns:
        What takes the patches away again, and the names of Keras' that were not found: rows
        of those forms are then not seen in passing.
    """
    undo: list[Callable[[], None]] = []
    missing: list[str] = []
    for module, cls, method, wrap in _PATCHES:
        adapter = _adapter(module, cls)
        original = getattr(adapter, method, None)
        if original is None:
            missing.append(f"{cls}.{method}")
            continue
        setattr(adapter, method, wrap(original))
        _patched.add(cls)
        undo.append(functools.partial(setattr, adapter, method, original))

    def uninstall() -> None:
        _active.clear()
        _patched.clear()
        for each in undo:
            each()

    return uninstall, tuple(missing)


def _adapter(module: str, cls: str) -> Any:
    import importlib

    try:
        return getattr(importlib.import_module(f"{_ADAPTERS}.{module}"), cls, None)
    except ImportError:  # another version of Keras, where the file has another name
        return None


def _tap_of(data: Any) -> Tap | None:
    found = _active.get(id(data))
    return None if found is None else found[1]


def _generator_init(original: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(original)
    def init(self: Any, generator: Any, *args: Any, **kwargs: Any) -> None:
        original(self, generator, *args, **kwargs)
        tap, passing = _tap_of(generator), getattr(self, "generator", None)
        if tap is not None and callable(passing):
            self.generator = lambda: tap.watched(passing())

    return init


def _py_dataset_iterator(original: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
    @functools.wraps(original)
    def get_iterator(self: Any) -> Iterator[Any]:
        tap, batches = _tap_of(self.py_dataset), original(self)
        return batches if tap is None else tap.watched(batches)

    return get_iterator


def _loader_iterator(original: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
    @functools.wraps(original)
    def get_numpy_iterator(self: Any) -> Iterator[Any]:
        tap, batches = _tap_of(self._dataloader), original(self)
        return batches if tap is None else tap.watched(batches)

    return get_numpy_iterator


_PATCHES: tuple[tuple[str, str, str, Callable[..., Any]], ...] = (
    ("generator_data_adapter", "GeneratorDataAdapter", "__init__", _generator_init),
    ("py_dataset_adapter", "PyDatasetAdapter", "_get_iterator", _py_dataset_iterator),
    ("torch_data_loader_adapter", "TorchDataLoaderAdapter", "get_numpy_iterator", _loader_iterator),
)
