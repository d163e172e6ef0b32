"""The callback that records a fit as it goes, reading only and never in its way."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from valgap.evidence.records import EpochRecord
from valgap.observe.backup import Backup, Earlier
from valgap.observe.describe import one_line
from valgap.observe.line import Line
from valgap.observe.weights import WeightKeeper


@dataclass(slots=True)
class Notebook:
    """What the recorder gathers of one fit; the session writes it down.

    `steps` holds (epoch, step) -> logs as Keras reports them, running means of the epoch;
    `validated`: whether the fit has validation data.
    """

    keeper: WeightKeeper
    on_epoch: Callable[[EpochRecord], None]
    on_first_epoch: Callable[[Any], None]
    epoch_ended: Callable[[int, list[int]], None]
    keep_start: Callable[[list[np.ndarray]], None] = lambda _: None
    backup: Backup | None = None
    line: Line | None = None
    validated: bool = False
    steps: dict[tuple[int, int], dict[str, float]] = field(default_factory=dict)
    epochs: list[EpochRecord] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0
    begun: bool = False
    broken: bool = False

    def figure_of(self, logs: Mapping[str, float | None]) -> float | None:
        """Returns what epochs are ranked by; None for one that was not validated.

        Where only some epochs are validated, a training loss would rank among their losses.
        """
        return logs.get("val_loss" if self.validated else "loss")


class _Recording:
    """What the callback does at each hook; reads the model and never changes it."""

    def __init__(self, notebook: Notebook) -> None:
        self.notebook = notebook
        self.swaps = False
        self._began, self._fit_began = 0.0, time.perf_counter()
        self._is_described = False
        self._train_rows: int | None = None
        self._validation_rows: int | None = None
        self._swapped: list[np.ndarray] | None = None

    def begin_fit(self, model: Any) -> None:
        self.notebook.begun = True
        start = copied_weights(model) if model.built else None
        backup = self.notebook.backup
        if backup is not None:
            backup.begin(model)
            if backup.kept and backup.earlier is not None:
                self._take_up(backup.kept, backup.earlier, model)
                name = backup.earlier.record.start_weights
                start = backup.earlier.weights(name) if name else start
        if start is not None:
            self.notebook.keep_start(start)

    def _take_up(self, kept: Sequence[EpochRecord], earlier: Earlier, model: Any) -> None:
        """Writes the epochs of an earlier run down as this one's."""
        book = self.notebook
        self._described(model)
        for record in kept:
            if record.weights is not None:
                weights, figure = earlier.weights(record.weights), book.figure_of(record.logs)
                book.keeper.offer(record.epoch, weights, figure, float("inf"))
            taken = replace(record, weights=book.keeper.kept.get(record.epoch))
            book.epochs.append(taken)
            book.on_epoch(taken)

    def _described(self, model: Any) -> None:
        if not self._is_described:
            self.notebook.on_first_epoch(model)
            self._is_described = True

    def begin_epoch(self) -> None:
        self._began, self._train_rows = time.perf_counter(), None
        self._validation_rows, self._swapped = None, None
        if self.notebook.line is not None:
            self.notebook.line.epoch_begins(self.notebook.epochs)

    def before_validation(self, model: Any) -> None:
        self._train_rows = rows_through_loss(model)

    def after_validation(self, model: Any) -> None:
        # Ours stands first in the list, so weights swapped for evaluation are still in.
        self._swapped = copied_weights(model) if self.swaps else None
        self._validation_rows = rows_through_loss(model)

    def end_epoch(self, model: Any, epoch: int, logs: dict[str, float]) -> None:
        book = self.notebook
        self._described(model)
        weights, now = copied_weights(model), time.perf_counter()
        swapped = self._swapped_from(weights)
        book.keeper.offer(epoch, weights, book.figure_of(logs), now - self._fit_began, swapped)
        record = EpochRecord(
            epoch=epoch,
            logs=logs,
            seconds=now - self._began,
            rows_train=self._train_rows or rows_through_loss(model),
            rows_validation=self._validation_rows,
            learning_rate=learning_rate(model),
            weights=book.keeper.kept.get(epoch),
            validation_weights=book.keeper.swapped.get(epoch),
        )
        book.epochs.append(record)
        book.on_epoch(record)
        if book.backup is not None:
            book.backup.end_epoch(model, epoch)
        book.epoch_ended(
            epoch, [e for e in (book.keeper.best_epoch, book.keeper.worst_epoch) if e is not None]
        )
        if book.line is not None:
            book.line.epoch_ended(book.epochs)

    def _swapped_from(self, weights: list[np.ndarray]) -> list[np.ndarray] | None:
        same = self._swapped is None or all(map(np.array_equal, weights, self._swapped))
        return None if same else self._swapped

    def guarded(self, work: Callable[..., None], *arguments: Any) -> None:
        """A failure of ours is noted and ends the recording of this fit, never the fit."""
        book = self.notebook
        if book.broken:
            return
        started = time.perf_counter()
        try:
            work(*arguments)
        except Exception as error:
            book.broken = True
            book.notes.append(f"recording stopped: {one_line(error)}")
        book.seconds += time.perf_counter() - started


def recorder(notebook: Notebook, others: Sequence[Any]) -> Any:
    """Returns a Keras callback that fills the notebook.

    Args:
        notebook: what to fill.
        others: the callbacks of the user's, which may swap weights around an evaluation.
    """
    import keras

    recording = _Recording(notebook)
    recording.swaps = any(
        type(c).__name__ == "SwapEMAWeights" or "on_test_begin" in vars(type(c)) for c in others
    )
    # Only the epoch and the step are the callback's own business: see `_Recording`.

    class Recorder(keras.callbacks.Callback):  # type: ignore[misc]
        # Lets Keras go on dispatching batch hooks of the user's asynchronously.
        async_safe = True
        _epoch = 0

        def on_train_begin(self, logs: Any = None) -> None:  # noqa: ARG002
            recording.guarded(recording.begin_fit, self.model)

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002
            self._epoch = epoch
            recording.begin_epoch()

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            if logs:
                notebook.steps[(self._epoch, batch)] = logs  # taken apart after the fit

        def on_test_begin(self, logs: Any = None) -> None:  # noqa: ARG002
            recording.guarded(recording.before_validation, self.model)

        def on_test_end(self, logs: Any = None) -> None:  # noqa: ARG002
            recording.guarded(recording.after_validation, self.model)

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            plain = {k: float(v) for k, v in (logs or {}).items() if np.ndim(v) == 0}
            recording.guarded(recording.end_epoch, self.model, epoch, plain)

        def on_train_end(self, logs: Any = None) -> None:  # noqa: ARG002
            if notebook.backup is not None:
                notebook.backup.join(self.model)

    return Recorder()


def copied_weights(model: Any) -> list[np.ndarray]:
    """Returns copies of all weights in the order of `model.weights`."""
    return [copied(variable) for variable in model.weights]


def copied(variable: Any) -> np.ndarray:
    """Returns the value of a Keras variable as an array of its own.

    In two steps: NumPy 2 warns when it is asked for a copy of one, and a script may turn
    warnings into errors.
    """
    return np.array(np.asarray(variable))


def rows_through_loss(model: Any) -> int | None:
    """Returns how many rows the running loss has seen, from Keras' own counter."""
    import keras

    tracker = getattr(model, "_loss_tracker", None)
    if tracker is None or keras.backend.backend() == "jax":  # jax holds it elsewhere in a fit
        return None
    count = int(np.asarray(tracker.count))
    return count or None


def learning_rate(model: Any) -> float | None:
    """Returns the optimiser's present rate, or None where there is none."""
    import keras

    rate = getattr(getattr(model, "optimizer", None), "learning_rate", None)
    if rate is None or not (
        isinstance(rate, float) or keras.ops.is_tensor(rate) or hasattr(rate, "value")
    ):
        return None
    return float(np.asarray(rate))
