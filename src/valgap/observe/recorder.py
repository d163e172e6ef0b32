"""The callback that records a fit as it goes, reading only and never in its way."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from valgap.evidence.records import EpochRecord
from valgap.observe.weights import WeightKeeper


@dataclass(slots=True)
class Notebook:
    """What the recorder gathers of one fit; the session writes it down.

    `steps` holds (epoch, step) -> logs as Keras reports them, running means of the epoch.
    """

    keeper: WeightKeeper
    on_epoch: Callable[[EpochRecord], None]
    on_first_epoch: Callable[[Any], None]
    epoch_ended: Callable[[int, list[int]], None]
    steps: dict[tuple[int, int], dict[str, float]] = field(default_factory=dict)
    epochs: list[EpochRecord] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0
    broken: bool = False


def recorder(notebook: Notebook) -> Any:
    """Returns a Keras callback that fills the notebook.

    A failure of ours is noted and ends the recording of this fit, never the fit.
    """
    import keras

    class Recorder(keras.callbacks.Callback):  # type: ignore[misc]
        # Lets Keras go on dispatching batch hooks of the user's asynchronously.
        async_safe = True

        def __init__(self) -> None:
            super().__init__()
            self._epoch, self._began, self._rows = 0, 0.0, 0
            self._fit_began = time.perf_counter()
            self._validation: tuple[int | None, list[np.ndarray] | None] = (None, None)
            self._train_rows: int | None = None

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            self._epoch, self._began = epoch, time.perf_counter()
            self._train_rows, self._validation = None, (None, None)

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            if logs:
                notebook.steps[(self._epoch, batch)] = logs

        def on_test_begin(self, logs: Any = None) -> None:
            self._guarded(self._before_validation)

        def on_test_end(self, logs: Any = None) -> None:
            self._guarded(self._after_validation)

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self._guarded(lambda: self._finish_epoch(epoch, dict(logs or {})))

        def _guarded(self, work: Callable[[], None]) -> None:
            if notebook.broken:
                return
            started = time.perf_counter()
            try:
                work()
            except Exception as error:  # the user's training goes before our record of it
                notebook.broken = True
                notebook.notes.append(f"recording stopped: {type(error).__name__}: {error}")
            notebook.seconds += time.perf_counter() - started

        def _before_validation(self) -> None:
            self._train_rows = rows_through_loss(self.model)

        def _after_validation(self) -> None:
            # Ours stands first in the list, so weights swapped for evaluation are still in.
            swapped = copied_weights(self.model) if _may_swap(self.model, self) else None
            self._validation = (rows_through_loss(self.model), swapped)

        def _finish_epoch(self, epoch: int, logs: dict[str, Any]) -> None:
            if not notebook.epochs:
                notebook.on_first_epoch(self.model)
            weights = copied_weights(self.model)
            now = time.perf_counter()
            logs = {k: float(v) for k, v in logs.items() if np.ndim(v) == 0}
            figure = logs.get("val_loss", logs.get("loss"))
            notebook.keeper.offer(epoch, weights, figure, now - self._fit_began)
            rows, swapped = self._validation
            record = EpochRecord(
                epoch=epoch,
                logs=logs,
                seconds=now - self._began,
                rows_train=self._train_rows or rows_through_loss(self.model),
                rows_validation=rows,
                learning_rate=learning_rate(self.model),
                weights=notebook.keeper.kept.get(epoch),
                validation_weights=self._write_swapped(epoch, weights, swapped),
            )
            notebook.epochs.append(record)
            notebook.on_epoch(record)
            self._retain_passes()

        def _write_swapped(
            self, epoch: int, weights: list[np.ndarray], swapped: list[np.ndarray] | None
        ) -> str | None:
            if swapped is None or all(map(np.array_equal, weights, swapped)):
                return None
            return notebook.keeper.write(f"validation-{epoch:05d}", swapped)

        def _retain_passes(self) -> None:
            keeper = notebook.keeper
            wanted = [pair[1] for pair in (keeper.best, keeper.worst) if pair]
            notebook.epoch_ended(self._epoch, wanted)

    return Recorder()


def copied_weights(model: Any) -> list[np.ndarray]:
    """Returns copies of all weights in the order of `model.weights`."""
    return [np.array(variable) for variable in model.weights]


def rows_through_loss(model: Any) -> int | None:
    """Returns how many rows the running loss has seen, from Keras' own counter."""
    import keras

    tracker = getattr(model, "_loss_tracker", None)
    if tracker is None or keras.backend.backend() == "jax":  # jax holds it elsewhere in a fit
        return None
    count = int(np.array(tracker.count))
    return count or None


def learning_rate(model: Any) -> float | None:
    """Returns the optimiser's present rate, or None where there is none."""
    import keras

    rate = getattr(getattr(model, "optimizer", None), "learning_rate", None)
    if rate is None or not (
        isinstance(rate, float) or keras.ops.is_tensor(rate) or hasattr(rate, "value")
    ):
        return None
    return float(np.array(rate))


def _may_swap(model: Any, own: Any) -> bool:
    """Says whether a callback of the fit can change weights around an evaluation."""
    return any(
        type(c).__name__ == "SwapEMAWeights" or "on_test_begin" in vars(type(c))
        for c in _callbacks_of(model, own)
    )


def _callbacks_of(model: Any, own: Any) -> list[Any]:
    listed = getattr(own, "valgap_callbacks", ())
    return [c for c in listed if c is not own]
