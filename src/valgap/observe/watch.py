"""Watches the fits of a stretch of code: live objects kept, records streamed to disk."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from valgap.evidence.records import (
    CompileRecord,
    EpochRecord,
    EstimatorRecord,
    FitRecord,
    FitStatus,
    Location,
    ModelRecord,
)
from valgap.evidence.store import RunWriter
from valgap.observe.backup import Backup, Earlier
from valgap.observe.describe import (
    callback_records,
    compile_record,
    compiled_record,
    flat_callbacks,
    model_record,
    one_line,
    text,
)
from valgap.observe.kept_callbacks import optimizer_before, states_before
from valgap.observe.line import Line
from valgap.observe.live import LiveFit, compile_objects, overridden_steps
from valgap.observe.recorder import Notebook, copied_weights, recorder
from valgap.observe.sources.make import make_sources
from valgap.observe.weights import WeightKeeper

# Models kept alive after their fit, so that the ledger can be drawn up from them: the newest
# ones that together hold no more weights than this.
MOST_HELD_PARAMETERS = 20_000_000


@dataclass(slots=True)
class Watch:
    """Takes note of `compile` and `fit`; `open_store` is called at the first fit.

    `fitted_before` is called at each: what scikit-learn had fitted, and what is missing there;
    `earlier`: the fit of that number in a run that this one goes on from; `line`: what is shown
    under the fit while it goes on.
    """

    open_store: Callable[[], RunWriter]
    fitted_before: Callable[[], tuple[tuple[EstimatorRecord, ...], str | None]] = lambda: ((), None)
    earlier: Callable[[int], Earlier | None] = lambda _: None
    line: Callable[[Mapping[str, Any]], Line | None] = lambda _: None
    fits: list[LiveFit] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _running: dict[int, list[tuple[LiveFit, Notebook]]] = field(default_factory=dict)
    _compiles: WeakKeyDictionary[Any, CompileRecord] = field(default_factory=WeakKeyDictionary)
    _store: RunWriter | None = None
    _one_begins: threading.Lock = field(default_factory=threading.Lock)

    @property
    def store(self) -> RunWriter | None:
        """Where the run is kept, or None as long as there was no fit."""
        return self._store

    def compiled(self, model: Any, arguments: dict[str, Any], location: Location | None) -> None:
        """Takes note of a call of `compile`."""
        record = self._noted(lambda: compile_record(arguments, location), "compile")
        if record is not None:
            self._compiles[model] = record

    def begins(self, model: Any, arguments: dict[str, Any], location: Location | None) -> Any:
        """Takes note of a fit that begins and returns the callback that records it."""
        with self._one_begins:
            return self._noted(lambda: self._begin(model, arguments, location), "fit")

    def stepped(self, model: Any, location: Location | None) -> None:
        """Says of a training loop of the script's own that it is not recorded."""
        place = "" if location is None else f" (line {location.line} of {Path(location.file).name})"
        note = f"{model.name} was trained by train_on_batch{place}: only fit is recorded"
        self._noted(lambda: self.notes.append(note), "train_on_batch")

    def ends(self, error: BaseException | None, seconds: float) -> None:
        """Takes note of how the fit ended that was begun last in this thread."""
        running = self._running.get(threading.get_ident())
        if running:
            live, notebook = running.pop()
            self._noted(lambda: self._end(live, notebook, error, seconds), "fit")

    def takes(
        self, model: Any, arguments: dict[str, Any], figures: list[dict[str, float]], at: int
    ) -> LiveFit:
        """Takes note of a fit that ended elsewhere; the weights are those of epoch `at`."""
        self._begin(model, arguments, None)
        live, notebook = self._running[threading.get_ident()].pop()
        notebook.on_first_epoch(model)
        for epoch, logs in enumerate(figures):
            record = EpochRecord(epoch, logs, 0.0)
            notebook.epochs.append(record)
            notebook.on_epoch(record)
        notebook.keeper.offer(at, copied_weights(model), None, 0.0)
        self._end(live, notebook, None, 0.0)
        return live

    def end_left(self) -> None:
        """Ends fits whose end was not seen: a callback is not told of an exception."""
        for running in self._running.values():
            while running:
                live, notebook = running.pop()
                notebook.notes.append("the end of this fit was not seen: it may have raised")
                seconds = sum(epoch.seconds for epoch in notebook.epochs)
                self._noted(partial(self._end, live, notebook, None, seconds, "interrupted"), "fit")

    def _begin(self, model: Any, arguments: dict[str, Any], location: Location | None) -> Any:
        self._let_go(model)
        if self._store is None:
            self._store = self.open_store()
        store, number = self._store, len(self.fits)
        fed = {**arguments, "steps_per_execution": getattr(model, "steps_per_execution", 1)}
        sources = make_sources(fed, epochs=arguments["epochs"])
        fitted, fitted_note = self.fitted_before()
        record = FitRecord(
            id=number,
            location=location,
            compile=self._compiles.get(model) or compiled_record(model),
            model=ModelRecord(model.name, type(model).__name__, 0, note="not built yet"),
            train=sources.train.record,
            validation=None if sources.validation is None else sources.validation.record,
            arguments={k: text(v) for k, v in arguments.items()},
            class_weight=_as_floats(arguments.get("class_weight")),
            callbacks=callback_records(arguments.get("callbacks")),
            study=None if location is None else f"{location.file}:{location.line}",
            fitted=fitted,
            fitted_note=fitted_note,
        )
        live = LiveFit(record, model, compile_objects(model), sources)
        live.overridden = overridden_steps(model)
        live.callbacks = arguments.get("callbacks")
        live.asked_epochs = max(1, arguments["epochs"] - (arguments.get("initial_epoch") or 0))
        live.optimizer = optimizer_before(model)
        live.callback_states = states_before(live.callbacks)
        self.fits.append(live)
        store.write_fit(record)
        notebook = self._notebook(live, store)
        notebook.backup = Backup(store.backup(number), arguments["epochs"], self.earlier(number))
        notebook.line = self.line(arguments)
        callback = recorder(notebook, flat_callbacks(arguments.get("callbacks")))
        self._running.setdefault(threading.get_ident(), []).append((live, notebook))
        return callback

    def _notebook(self, live: LiveFit, store: RunWriter) -> Notebook:
        number = live.record.id
        keeper = WeightKeeper(
            write=lambda name, arrays: store.write_weights(number, name, arrays),
            drop=lambda name: store.drop_weights(number, name),
        )
        return Notebook(
            keeper=keeper,
            on_epoch=lambda record: store.append_epoch(number, record),
            on_first_epoch=lambda model: _describe_built(live, model, store),
            epoch_ended=live.sources.epoch_ended,
            keep_start=lambda weights: _keep_start(live, weights, store),
            validated=live.sources.validation is not None,
        )

    def _end(
        self,
        live: LiveFit,
        notebook: Notebook,
        error: BaseException | None,
        seconds: float,
        status: FitStatus | None = None,
    ) -> None:
        assert self._store is not None
        if notebook.line is not None:
            notebook.line.fit_ended(notebook.epochs)
        live.sources.fit_ended()
        if error is not None and not notebook.begun and live.model.built:
            # jax and torch meet a loss that does not fit before Keras calls callbacks.
            _keep_start(live, copied_weights(live.model), self._store)
        notebook.keeper.flush()
        if (backup := notebook.backup) is not None:
            finished = error is None and status is None
            backup.end(live.model, finished=finished, seconds=seconds)
            notebook.notes += backup.notes
        epochs = tuple(_with_weights(e, notebook.keeper) for e in notebook.epochs)
        steps, figures = _step_table(notebook.steps)
        live.record = dataclasses.replace(
            live.record,
            epochs=epochs,
            status=status or _status(error),
            error=None if error is None else one_line(error),
            seconds=seconds,
            watch_seconds=notebook.seconds,
            steps_file=self._store.write_steps(live.record.id, steps) if len(steps) else None,
            step_figures=figures,
            notes=(*live.record.notes, *notebook.notes),
        )
        self._store.write_fit(live.record)

    def _let_go(self, coming: Any) -> None:
        """Bounds what earlier fits keep alive: samples for data, the newest models."""
        running = [live for fits in self._running.values() for live, _ in fits]
        for live in self.fits:
            if not any(live is one for one in running):
                live.sources.release()
        held = 0
        for live in reversed(self.fits):
            if live.model is None or live.model is coming:
                continue
            held += live.record.model.parameters
            if held > MOST_HELD_PARAMETERS:
                live.release_model("the model was let go during the script to save memory")

    def _noted(self, work: Callable[[], Any], what: str) -> Any:
        """Runs our part of a call; a failure of ours is noted and never stops the user's."""
        try:
            return work()
        except Exception as error:
            self.notes.append(f"a call of {what} was not recorded: {one_line(error)}")
            return None


def _keep_start(live: LiveFit, weights: list[np.ndarray], store: RunWriter) -> None:
    name = store.write_weights(live.record.id, "start", weights)
    live.record = dataclasses.replace(live.record, start_weights=name)


def _describe_built(live: LiveFit, model: Any, store: RunWriter) -> None:
    live.trainable = {layer.path: layer.trainable for layer in _layers(model)}
    live.record = dataclasses.replace(live.record, model=model_record(model))
    store.write_fit(live.record)


def _layers(model: Any) -> list[Any]:
    return list(model._flatten_layers(include_self=False))


def _with_weights(epoch: EpochRecord, keeper: WeightKeeper) -> EpochRecord:
    number = epoch.epoch
    return dataclasses.replace(
        epoch, weights=keeper.kept.get(number), validation_weights=keeper.swapped.get(number)
    )


def _status(error: BaseException | None) -> FitStatus:
    if error is None:
        return "finished"
    return "interrupted" if isinstance(error, KeyboardInterrupt) else "raised"


def _as_floats(weights: Any) -> dict[str, float] | None:
    return None if not weights else {str(k): float(v) for k, v in dict(weights).items()}


def _step_table(steps: dict[tuple[int, int], dict[str, float]]) -> tuple[Any, tuple[str, ...]]:
    """Columns epoch, step, then the figures; one row a step that was logged."""
    figures = tuple(k for k, v in next(iter(steps.values()), {}).items() if np.ndim(v) == 0)
    rows = [(*key, *(logs.get(f, np.nan) for f in figures)) for key, logs in sorted(steps.items())]
    return np.array(rows, dtype=np.float64), figures
