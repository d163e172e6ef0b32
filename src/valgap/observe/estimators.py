"""What scikit-learn fits in the user's script: calls noted as they end, no value read.

A leak by selection, encoding or oversampling leaves no mark in the arrays; the call that made
it can be seen. What runs inside of a call is not noted, but for the steps of pipelines.
"""

from __future__ import annotations

import dataclasses
import functools
import sys
import threading
from collections.abc import Callable
from types import ModuleType
from typing import Any

from valgap.evidence.records import EstimatorRecord
from valgap.observe.fit_context import FitContext, Method
from valgap.observe.imports import on_import
from valgap.observe.roles import (
    columns_of,
    is_made_of_steps,
    of_targets,
    read_estimator,
    transforms,
)
from valgap.observe.where import callers_location

BASE = "sklearn.base"
# Different calls that are kept; repetitions of one, as in a loop over folds, count once.
MOST = 200

_Key = tuple[object, ...]


class _Running(threading.local):
    """Of one thread: the estimators whose calls are under way, and the steps noted within."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.steps: list[_Key] = []


class Estimators:
    """Notes the calls by which the script fits estimators, from `install` to `uninstall`."""

    def __init__(self) -> None:
        self._records: dict[_Key, EstimatorRecord] = {}
        self._left_out = self._fits = 0
        self._reasons: list[str] = []
        self._running = _Running()
        self._on = False
        self._undo: list[Callable[[], None]] = []

    def install(self) -> None:
        """Waits for scikit-learn, or goes around its methods at once where it is there."""
        if BASE in sys.modules:
            self._miss("scikit-learn was there before valgap: what it had fitted is not known")
        self._on = True
        self._undo.append(on_import(BASE, self._hook))

    def uninstall(self) -> None:
        """Puts scikit-learn back as it was; what was noted stays."""
        self._on = False
        while self._undo:
            self._undo.pop()()

    def before_fit(self) -> tuple[tuple[EstimatorRecord, ...], str | None]:
        """Returns what was fitted before the fit of Keras that begins now; and what is missing."""
        self._fits += 1
        more = f"{self._left_out} calls beyond the first {MOST} are left out"
        told = [*self._reasons, *([more] if self._left_out else [])]
        return tuple(self._records.values()), "; ".join(told) or None

    def _hook(self, base: ModuleType) -> None:
        try:
            undo = FitContext(self._around).install(base)
        except Exception as error:  # a fault of ours is no reason to stop the import
            self._miss(f"scikit-learn could not be watched: {type(error).__name__}")
            return
        if undo is None:
            self._miss("what this version of scikit-learn fits cannot be seen")
        else:
            self._undo.append(undo)

    def _around(self, method: Method) -> Method:
        if of_targets(method):
            return method
        running = self._running

        @functools.wraps(method)
        def wrapper(estimator: Any, *args: Any, **kwargs: Any) -> Any:
            stack = running.stack
            if not self._on or (stack and not is_made_of_steps(stack[-1])):
                return method(estimator, *args, **kwargs)
            stack.append(estimator)
            steps: list[_Key] = []
            try:
                result = method(estimator, *args, **kwargs)
            finally:
                stack.pop()
                if not stack:
                    steps, running.steps = running.steps, []
            self._noted(estimator, method.__name__, (args, kwargs), result, steps)
            return result

        return wrapper

    def _noted(self, estimator: Any, method: str, given: Any, result: Any, steps: Any) -> None:
        """A failure of ours is kept as a reason and never stops the user's script."""
        try:
            if not is_made_of_steps(estimator):
                self._note(estimator, method, given, result)
            elif not self._running.stack:
                self._end_of_steps(steps, estimator, result)
        except Exception as error:
            name = type(estimator).__name__
            self._miss(f"a call of {name}.{method} was not noted: {type(error).__name__}")

    def _note(self, estimator: Any, method: str, given: Any, result: Any) -> None:
        # `fit_transform` and its kin lead to whichever method does the work.
        called = method if method == "fit_resample" else "fit"
        place = callers_location(f"{type(estimator).__name__}.{called}")
        if place is None:  # another thread, or a library's own business
            return
        record = read_estimator(estimator, method, given, result)
        key = (place, *dataclasses.astuple(record))
        if self._running.stack:
            self._running.steps.append(key)
        if self._records.pop(key, None) is None and len(self._records) >= MOST:
            self._left_out += 1
            return
        self._records[key] = dataclasses.replace(record, location=place, fits_before=self._fits)

    def _end_of_steps(self, steps: list[_Key], whole: Any, result: Any) -> None:
        """What a pipeline makes of its steps is known now; if it predicts, they feed no model."""
        columns = columns_of(whole, result) if transforms(whole) else None
        for key in steps:
            record = self._records.pop(key, None)
            if record is not None and transforms(whole):
                self._records[key] = dataclasses.replace(record, columns_after=columns)

    def _miss(self, reason: str) -> None:
        if reason not in self._reasons:
            self._reasons.append(reason)
