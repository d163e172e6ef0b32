"""One stretch of code under observation, from the hook to the ledgers on disk."""

from __future__ import annotations

import dataclasses
import os
import platform
import sys
import traceback
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from valgap.errors import UsageError
from valgap.evidence.account import Ledger
from valgap.evidence.records import EnvironmentRecord, FitRecord, Split, TargetRecord
from valgap.evidence.store import RunWriter, StoredRun, load_run
from valgap.observe.describe import one_line
from valgap.observe.estimators import Estimators
from valgap.observe.fits import Patches
from valgap.observe.hook import on_keras_import
from valgap.observe.live import LiveFit
from valgap.observe.randomness import random_state_kept
from valgap.observe.saved import epoch_of, evaluated
from valgap.observe.sources.tapping import install_taps
from valgap.observe.watch import Watch
from valgap.observe.where import arguments_of_running_fit, callers_location

# The ledger may take a tenth of the fit, or 20 s where that is more; the reserve is for
# what cannot be foreseen, such as the tracing of a large model.
LEDGER_SHARE, LEDGER_SECONDS, RESERVE = 0.1, 20.0, 0.8
LEAST_SECONDS = 2.0
# What is measured of rows and model beside it, over all fits, and the least for one of them.
PROBE_SECONDS, LEAST_PROBE_SECONDS = 10.0, 1.5
# Recipes hold rows: fits beyond so many bytes of them in one run are kept without.
MOST_RECIPES = 1 << 30

EndStatus = Literal["finished", "raised", "interrupted"]


class Session:
    """Watches from `install` to `finish`. Prints nothing; the run is kept under `root`."""

    def __init__(
        self,
        target: TargetRecord,
        *,
        root: Path,
        rows: int = 1000,
        draw_ledger: bool = True,
        progress: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.root, self.rows = root.absolute(), rows
        self._target, self._draw, self._progress = target, draw_ledger, progress
        self.probe = True  # whether rows and model are measured beside the ledger
        self.recipe = True  # whether what it takes to make a fit again is kept, rows and all
        # Where what scikit-learn fits is noted, if that has begun before Keras was imported.
        self.estimators: Estimators | None = None
        self._watch = Watch(self._open_store)
        self._patches = Patches(self._watch)
        self._undo: list[Callable[[], None]] = []
        self._process = os.getpid()

    @property
    def notes(self) -> tuple[str, ...]:
        """What could not be recorded, and why."""
        return tuple(self._watch.notes)

    def install(self) -> None:
        """Waits for Keras and scikit-learn, or hooks them at once where they are there."""
        if self.estimators is None:
            self.estimators = Estimators()
            self.estimators.install()
        self._watch.fitted_before = self.estimators.before_fit
        self._undo.append(self.estimators.uninstall)
        self._undo.append(on_keras_import(self._hook))

    def uninstall(self) -> None:
        """Puts Keras and scikit-learn back as they were; what was watched can be finished."""
        while self._undo:
            self._undo.pop()()

    def begin_from_callback(self, model: Any) -> Any:
        """Begins to record the fit that a callback of ours finds itself in."""
        arguments = arguments_of_running_fit()
        if arguments is None:
            return None
        return self._watch.begins(model, arguments, callers_location("fit"))

    def end_from_callback(self, seconds: float) -> None:
        """Ends what `begin_from_callback` began."""
        self._watch.ends(None, seconds)

    def add_saved(  # noqa: PLR0913
        self,
        model: Any,
        train: tuple[Any, ...],
        validation: tuple[Any, ...] | None,
        figures: list[dict[str, float]],
        batch_size: int,
        *,
        subclasses: dict[Split, Any] | None = None,
    ) -> None:
        """Adds a fit that ended elsewhere, with the model as it is now.

        Args:
            model: the model.
            train: `(x, y)` or `(x, y, sample_weight)`.
            validation: likewise, or None.
            figures: the logged figures of each epoch.
            batch_size: rows of a training step.
            subclasses: sub-labels by split, one a row.

        Raises:
            UsageError: if the model has no loss, or cannot be evaluated on the data.
        """
        if not getattr(model, "compiled", False):
            raise UsageError("the model has no loss: compile it before it is diagnosed")
        with random_state_kept():
            now = _evaluated(model, train, validation)
        at = epoch_of(figures, now)
        if figures and at is None:
            self._watch.notes.append("the weights are of no epoch of the history: evaluated anew")
        if at is None:
            figures, at = [*figures, now], len(figures)
        x, y, weights = (*train, None)[:3]
        arguments = {
            "x": x,
            "y": y,
            "sample_weight": weights,
            "validation_data": validation,
            "batch_size": batch_size,
            "epochs": len(figures),
        }
        live = self._watch.takes(model, arguments, figures, at)
        live.subclasses = subclasses or {}

    def finish(self, status: EndStatus, exit_status: int | None) -> StoredRun | None:
        """Draws up the ledgers and returns the run as stored, or None if nothing was fitted.

        To be called once the script's own code has ended.
        """
        self.uninstall()
        store = self._watch.store
        if store is None or os.getpid() != self._process:
            return None
        self._watch.end_left()
        with self._patches.paused():
            self._ledgers(store)
        target = dataclasses.replace(self._target, exit_status=exit_status)
        store.write_run(
            dataclasses.replace(
                store.record,
                target=target,
                status=status,
                environment=environment(),
                notes=tuple(self._watch.notes),
            )
        )
        return load_run(store.path)

    def _ledgers(self, store: RunWriter) -> None:
        fits = self._watch.fits
        seconds = sum(live.record.seconds for live in fits)
        budget = max(LEDGER_SECONDS, LEDGER_SHARE * seconds) * RESERVE
        share = max(LEAST_SECONDS, budget / max(1, len(fits)))
        for live in fits:
            ledger = self._ledger(store, live, share) if self._draw else None
            if self.probe and ledger is not None:
                self._measured(store, live, ledger)
            record = _with_read_records(live, self._studies())
            record = dataclasses.replace(record, goes_on=self._is_trained_on(live))
            store.write_fit(self._with_recipe(store, live, record))

    def _with_recipe(self, store: RunWriter, live: LiveFit, record: FitRecord) -> FitRecord:
        """Keeps what it takes to make the fit again, for experiments; says why where it cannot."""
        from valgap.observe.recipe import NotRebuiltError, recipe_of, write_recipe

        if not (self._draw and self.recipe):
            return dataclasses.replace(record, not_rebuilt="it was run without keeping rows")
        start = record.start_weights
        try:
            if store.recipe_bytes() > MOST_RECIPES:
                raise NotRebuiltError("earlier fits of the run filled what is kept of rows")
            weights = None if start is None else store.read_weights(record.id, start)
            write_recipe(store.recipe(record.id), recipe_of(live, weights))
        except (NotRebuiltError, OSError) as reason:
            return dataclasses.replace(record, not_rebuilt=str(reason))
        except Exception as error:  # a failure of ours must not cost the report
            return dataclasses.replace(record, not_rebuilt=f"keeping it failed: {one_line(error)}")
        return dataclasses.replace(record, recipe=store.recipe(record.id).name)

    def _ledger(self, store: RunWriter, live: LiveFit, seconds: float) -> Ledger:
        from valgap.ledger.draw import draw
        from valgap.ledger.plan import Budget

        number = live.record.id
        count = f" of fit {number + 1}" if len(self._watch.fits) > 1 else ""
        self._progress(f"drawing up the ledger{count}")
        budget = Budget(seconds, self.rows)
        try:
            ledger = draw(live, budget, lambda name: store.read_weights(number, name))
        except Exception as error:  # a fault of ours must not cost the other fits their report
            ledger = _failed(number, error)
        store.write_ledger(ledger)
        return ledger

    def _measured(self, store: RunWriter, live: LiveFit, ledger: Ledger) -> None:
        """Measures rows and model; a failure of ours leaves a note and costs nothing else."""
        from valgap.ledger.plan import Budget
        from valgap.ledger.probes.gather import measure
        from valgap.ledger.probes.seeds import seed_spread

        number = live.record.id
        seconds = max(LEAST_PROBE_SECONDS, PROBE_SECONDS / len(self._watch.fits))
        budget = Budget(seconds, self.rows)
        try:
            rows, model = measure(live, budget, lambda name: store.read_weights(number, name))
            records = [other.record for other in self._watch.fits]
            spread = seed_spread(live.record, records, goes_on=self._shares_its_model(live))
            store.write_measured(rows, dataclasses.replace(model, seeds=spread))
        except Exception as error:
            frame = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{Path(frame.filename).name}, line {frame.lineno}"
            note = f"measuring rows and model failed: {one_line(error)} ({where})"
            store.write_ledger(dataclasses.replace(ledger, notes=(*ledger.notes, note)))

    def _others_of_its_model(self, live: LiveFit) -> list[FitRecord]:
        """The other fits of the model of a fit; none where it was let go."""
        if live.model is None:
            return []
        others = (o for o in self._watch.fits if o is not live and o.model is live.model)
        return [other.record for other in others]

    def _shares_its_model(self, live: LiveFit) -> bool:
        """Whether another fit at the same call site is of the same model."""
        return any(o.study == live.record.study for o in self._others_of_its_model(live))

    def _is_trained_on(self, live: LiveFit) -> bool:
        """Whether a later fit of the run has the same model."""
        return any(o.id > live.record.id for o in self._others_of_its_model(live))

    def _studies(self) -> set[str | None]:
        """Call sites of `fit` that were come by more than once: loops over folds or seeds."""
        sites = [live.record.study for live in self._watch.fits]
        return {site for site in sites if site is not None and sites.count(site) > 1}

    def _hook(self, keras: ModuleType) -> None:
        self._patches.install(keras)
        self._undo.append(self._patches.uninstall)
        untap, missing = install_taps()
        self._undo.append(untap)
        self._watch.notes += [f"{name} cannot be read in passing in this Keras" for name in missing]

    def _open_store(self) -> RunWriter:
        return RunWriter.create(self.root, self._target, environment())


def _evaluated(
    model: Any, train: tuple[Any, ...], validation: tuple[Any, ...] | None
) -> dict[str, float]:
    try:
        return evaluated(model, train, validation)
    except Exception as error:  # Keras' own words, of shapes that do not fit
        raise UsageError(f"the model cannot be evaluated on the data: {one_line(error)}") from None


def _failed(number: int, error: Exception) -> Ledger:
    """A ledger that says how drawing it up failed, with the traceback for whoever mends it."""
    reason = f"drawing it up failed: {one_line(error)}"
    return Ledger(number, unmeasured=reason, notes=tuple(traceback.format_exception(error)))


def _with_read_records(live: LiveFit, studies: set[str | None]) -> FitRecord:
    """Reading the data again told more of it than the call of `fit` did."""
    sources, record = live.sources, live.record
    return dataclasses.replace(
        record,
        train=sources.train.record,
        validation=None if sources.validation is None else sources.validation.record,
        study=record.study if record.study in studies else None,
    )


def environment() -> EnvironmentRecord:
    """Returns versions and machine. Keras is asked only if it has been imported."""
    keras: Any = sys.modules.get("keras")
    backend = keras.backend.backend() if keras is not None else None
    return EnvironmentRecord(
        python=platform.python_version(),
        platform=f"{platform.system()} {platform.machine()}",
        cpus=os.cpu_count() or 1,
        keras=getattr(keras, "__version__", None),
        backend=backend,
        backend_version=_version(backend),
        numpy=_version("numpy"),
        valgap=_version("valgap"),
    )


def _version(package: str | None) -> str | None:
    try:
        return version(package) if package else None
    except PackageNotFoundError:
        return None
