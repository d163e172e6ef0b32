"""Keras' `compile` and `fit`, watched: every call recorded, none changed."""

from __future__ import annotations

import inspect
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol
from weakref import WeakSet

from valgap.evidence.records import Location
from valgap.observe.where import callers_location


class FitWatcher(Protocol):
    """What the session does at the begin and the end of each fit."""

    def compiled(self, model: Any, arguments: dict[str, Any], location: Location | None) -> None:
        """A model was compiled."""

    def begins(self, model: Any, arguments: dict[str, Any], location: Location | None) -> Any:
        """A fit begins; returns the callback to put first in its list, or None."""

    def stepped(self, model: Any, location: Location | None) -> None:
        """A model was trained by one call of `train_on_batch`, for the first time."""

    def ends(self, error: BaseException | None, seconds: float) -> None:
        """The innermost running fit ended, by itself or by an error."""


class Patches:
    """Holds the wrapped methods of Keras and can put the original ones back."""

    def __init__(self, watcher: FitWatcher) -> None:
        self._watcher = watcher
        self._undo: list[Callable[[], None]] = []
        self._paused = threading.local()

    def install(self, keras: Any) -> None:
        """Wraps `fit`, `train_on_batch`, and `compile` where it is defined (see TRAPS: Hooking)."""
        model = keras.Model
        trainer = next(c for c in model.__mro__ if c.__name__ == "Trainer")
        self._replace(model, "fit", self._watched_fit(model.fit))
        self._replace(model, "train_on_batch", self._watched_step(model.train_on_batch))
        self._replace(trainer, "compile", self._watched_compile(trainer.compile))

    def uninstall(self) -> None:
        """Puts the original methods back."""
        while self._undo:
            self._undo.pop()()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Lets our own calls of Keras pass unrecorded."""
        before, self._paused.on = getattr(self._paused, "on", False), True
        try:
            yield
        finally:
            self._paused.on = before

    def _replace(self, cls: type, name: str, wrapper: Callable[..., Any]) -> None:
        had = name in vars(cls)
        original = vars(cls).get(name)
        setattr(cls, name, wrapper)
        self._undo.append(lambda: setattr(cls, name, original) if had else delattr(cls, name))

    def _watched_compile(self, original: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(original)

        def compile(model: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: A001
            result = original(model, *args, **kwargs)
            if not getattr(self._paused, "on", False):
                bound = signature.bind(model, *args, **kwargs)
                bound.apply_defaults()
                arguments = dict(bound.arguments)
                arguments.pop("self")
                self._watcher.compiled(model, arguments, callers_location("compile"))
            return result

        return _dressed(compile, original)

    def _watched_fit(self, original: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(original)

        def fit(model: Any, *args: Any, **kwargs: Any) -> Any:
            if getattr(self._paused, "on", False):
                return original(model, *args, **kwargs)
            try:
                bound = signature.bind(model, *args, **kwargs)
            except TypeError:  # Keras' own words on wrong arguments are the right ones
                return original(model, *args, **kwargs)
            bound.apply_defaults()
            arguments = dict(bound.arguments)
            arguments.pop("self")
            first = self._watcher.begins(model, dict(arguments), callers_location("fit"))
            if first is None:  # our part failed: there is nothing that could end
                return original(model, *args, **kwargs)
            arguments["callbacks"] = _with_first(arguments["callbacks"], first)
            return self._timed(lambda: original(model, **arguments))

        return _dressed(fit, original)

    def _watched_step(self, original: Callable[..., Any]) -> Callable[..., Any]:
        stepped: WeakSet[Any] = WeakSet()

        def train_on_batch(model: Any, *args: Any, **kwargs: Any) -> Any:
            if model not in stepped and not getattr(self._paused, "on", False):
                stepped.add(model)
                self._watcher.stepped(model, callers_location("train_on_batch"))
            return original(model, *args, **kwargs)

        return _dressed(train_on_batch, original)

    def _timed(self, run: Callable[[], Any]) -> Any:
        started = time.perf_counter()
        try:
            result = run()
        except BaseException as error:
            self._watcher.ends(error, time.perf_counter() - started)
            raise
        self._watcher.ends(None, time.perf_counter() - started)
        return result


def _dressed(wrapper: Callable[..., Any], original: Callable[..., Any]) -> Callable[..., Any]:
    """Name, text and signature of the original, so that introspection sees no difference."""
    wrapper.__name__, wrapper.__qualname__ = original.__name__, original.__qualname__
    wrapper.__doc__, wrapper.__module__ = original.__doc__, original.__module__
    wrapper.__signature__ = inspect.signature(original)  # type: ignore[attr-defined]
    return wrapper


def _with_first(callbacks: Any, first: Any) -> Any:
    """A new list with ours in front: later ones may restore or swap weights."""
    import keras

    if isinstance(callbacks, keras.callbacks.CallbackList):
        first.set_model(callbacks.model)
        callbacks.callbacks = [first, *callbacks.callbacks]
        return callbacks
    users = [] if callbacks is None else keras.tree.flatten(callbacks)
    return [first, *users]
