"""What it takes for a fit to go on after it was stopped, by Keras' own BackupAndRestore."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from valgap.evidence.records import EpochRecord, FitRecord
from valgap.observe.describe import one_line

# A state is kept once the fit has gone on for so many times as long as keeping the last took.
PRICE = 100.0


@dataclass(frozen=True, slots=True)
class Earlier:
    """A fit of a run that was stopped: its record, its state, and its weights by name."""

    run: str
    record: FitRecord
    state: Path
    weights: Callable[[str], list[np.ndarray]]


@dataclass(slots=True)
class Backup:
    """Keeps weights, optimiser and epoch of a fit in `folder` as it goes.

    With `earlier` it takes that fit up where it was kept last: `kept` are the epochs before.
    A fit that had ended by itself is not trained again. A failure of ours is told in `notes`.
    """

    folder: Path
    epochs: int
    earlier: Earlier | None = None
    kept: tuple[EpochRecord, ...] = ()
    notes: list[str] = field(default_factory=list)
    _callback: Any = None
    _saved: float = field(default_factory=time.perf_counter)
    _cost: float = 0.0
    _is_broken: bool = False

    def begin(self, model: Any) -> None:
        """Takes up the earlier fit, if there is one and the model is what it was."""
        self._guarded(self._begin, model)

    def end_epoch(self, model: Any, epoch: int) -> None:
        """Keeps the state, where this is worth the time."""
        if time.perf_counter() - self._saved >= PRICE * self._cost:
            self._guarded(self._save, model, epoch)

    def join(self, model: Any) -> None:
        """Puts the earlier epochs into the history that the script is given."""
        if self.kept:
            self._guarded(self._join, model)

    def end(self, model: Any, *, finished: bool, seconds: float) -> None:
        """Keeps how a fit ended that took long; of others nothing stays once they are done."""
        if model is not None and self.kept:
            model._initial_epoch = None  # another fit of the model begins at its own
        if not finished:
            return
        if model is not None and seconds >= PRICE * self._cost > 0:
            self._guarded(self._save, model, self.epochs - 1)
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _begin(self, model: Any) -> None:
        earlier = self.earlier
        if earlier is None or not any(earlier.state.glob("*.json")):
            if earlier is not None:
                self.notes.append(f"run {earlier.run} kept nothing of this fit: it begins anew")
            return
        shutil.copytree(earlier.state, self.folder, dirs_exist_ok=True)
        self._load(model)
        at = model._initial_epoch or 0
        is_over = earlier.record.status == "finished"
        if is_over:
            model._initial_epoch = self.epochs
        self.kept = tuple(e for e in earlier.record.epochs if is_over or e.epoch < at)
        where = "had ended" if is_over else f"goes on after epoch {at}"
        anew = "; callbacks of the script begin anew there" if earlier.record.callbacks else ""
        self.notes.append(f"this fit {where}, as run {earlier.run} kept it{anew}")

    def _load(self, model: Any) -> None:
        """Puts the state in, or leaves the model as the script made it."""
        before = model.get_weights()
        try:
            self._of(model).on_train_begin()
        except Exception:  # of another shape: some layers may have been loaded by then
            model.set_weights(before)
            model._initial_epoch = None
            raise

    def _save(self, model: Any, epoch: int) -> None:
        started = time.perf_counter()
        self._of(model).on_epoch_end(epoch)
        self._saved = time.perf_counter()
        self._cost = self._saved - started

    def _of(self, model: Any) -> Any:
        import keras

        if self._callback is None:
            self._callback = keras.callbacks.BackupAndRestore(
                str(self.folder), double_checkpoint=True, delete_checkpoint=False
            )
            self._callback.set_model(model)
        return self._callback

    def _join(self, model: Any) -> None:
        import keras

        history = getattr(model, "history", None)
        if history is None or len(self.kept) >= self.epochs:  # no epoch was left to train
            history = keras.callbacks.History()
            history.set_model(model)
            history.epoch = []
            model.history = history
        history.epoch[:0] = [e.epoch for e in self.kept]
        for name in dict.fromkeys(k for e in self.kept for k in e.logs):
            values = [e.logs[name] for e in self.kept if name in e.logs]
            history.history.setdefault(name, [])[:0] = values

    def _guarded(self, work: Callable[..., None], *arguments: Any) -> None:
        if self._is_broken:
            return
        try:
            work(*arguments)
        except Exception as error:
            self._is_broken = True
            self.notes.append(f"the fit cannot go on later: {one_line(error)}")
