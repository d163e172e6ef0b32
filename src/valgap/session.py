"""One stretch of code under observation, from the hook to the ledgers on disk."""

from __future__ import annotations

import dataclasses
import os
import platform
import sys
from collections.abc import Callable
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from valgap.errors import UsageError
from valgap.evidence.records import EnvironmentRecord, TargetRecord
from valgap.evidence.source import write_source
from valgap.evidence.store import RunWriter, StoredRun, load_run
from valgap.measuring import Measuring
from valgap.observe.backup import Earlier
from valgap.observe.describe import one_line
from valgap.observe.estimators import Estimators
from valgap.observe.fits import Patches
from valgap.observe.hook import on_keras_import
from valgap.observe.known import Known
from valgap.observe.line import Tell, line_of
from valgap.observe.randomness import random_state_kept
from valgap.observe.saved import epoch_of, evaluated
from valgap.observe.source import source_of_main
from valgap.observe.sources.make import make_sources
from valgap.observe.sources.tapping import install_taps
from valgap.observe.watch import Watch
from valgap.observe.where import arguments_of_running_fit, callers_location

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
        self.samples = False  # whether the rows most confidently wrong are kept, to be shown
        self.resumed: StoredRun | None = None  # the run that this one goes on from
        # What is known of rows beside their labels: asked once the script has ended.
        self.known: Callable[[], Known] = Known
        # Where what scikit-learn fits is noted, if that has begun before Keras was imported.
        self.estimators: Estimators | None = None
        self._source = source_of_main()
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
        self._watch.earlier = self._earlier
        self._undo.append(self.estimators.uninstall)
        self._undo.append(on_keras_import(self._hook))

    def uninstall(self) -> None:
        """Puts Keras and scikit-learn back as they were; what was watched can be finished."""
        while self._undo:
            self._undo.pop()()

    def tell(self, words: Tell) -> None:
        """Shows a line under each fit: where it stands, put in those words."""
        self._watch.line = partial(line_of, words)

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
        known: Known = Known(),  # noqa: B008 - frozen
    ) -> None:
        """Adds a fit that ended elsewhere, with the model as it is now.

        Args:
            model: the model.
            train: `(x, y)` or `(x, y, sample_weight)`.
            validation: likewise, or None.
            figures: the logged figures of each epoch.
            batch_size: rows of a training step.
            known: what is known of the rows.

        Raises:
            UsageError: if the model has no loss, cannot be evaluated on the data, or there are
                not as many groups or sub-labels as rows.
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
        sources = make_sources(arguments, epochs=len(figures))
        if misfit := next(known.misfits(sources.records), None):
            raise UsageError(misfit)
        self._watch.takes(model, arguments, figures, at).known = known

    def finish(self, status: EndStatus, exit_status: int | None) -> StoredRun | None:
        """Draws up the ledgers and returns the run as stored, or None if nothing was fitted.

        To be called once the script's own code has ended.
        """
        self.uninstall()
        store = self._watch.store
        if store is None or os.getpid() != self._process:
            return None
        self._watch.end_left()
        self._tell_known()
        with self._patches.paused():
            self.measuring(store).measure()
        if status == "finished":
            store.drop_backups()
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

    def _tell_known(self) -> None:
        """Gives each fit what is known of its rows, where it is of as many rows."""
        try:
            known = self.known()
        except UsageError as error:  # what was seen of the script counts for more
            self._watch.notes.append(str(error))
            return
        if not (known.groups or known.subclasses):
            return
        misfits = [list(known.misfits(live.sources.records)) for live in self._watch.fits]
        for live, amiss in zip(self._watch.fits, misfits, strict=True):
            if not amiss:
                live.known = known
        if misfits and all(misfits):
            self._watch.notes += misfits[0]

    def measuring(self, store: RunWriter) -> Measuring:
        """Gives what measures the fits that were watched."""
        return Measuring(
            store,
            self._watch.fits,
            rows=self.rows,
            draw_ledger=self._draw,
            probe=self.probe,
            recipe=self.recipe,
            samples=self.samples,
            progress=self._progress,
        )

    def _earlier(self, number: int) -> Earlier | None:
        """The fit of that number in the run that this one goes on from."""
        run = self.resumed
        fit = next((fit for fit in run.fits if fit.id == number), None) if run else None
        if run is None or fit is None:
            return None
        store = RunWriter(run.path, run.record)
        read = partial(store.read_weights, number)
        return Earlier(run.record.id, fit, store.backup(number), read)

    def _hook(self, keras: ModuleType) -> None:
        self._patches.install(keras)
        self._undo.append(self._patches.uninstall)
        untap, missing = install_taps()
        self._undo.append(untap)
        self._watch.notes += [f"{name} cannot be read in passing in this Keras" for name in missing]

    def _open_store(self) -> RunWriter:
        store = RunWriter.create(self.root, self._target, environment())
        if self._source is not None:
            try:
                write_source(store.path, self._source)
            except OSError as error:  # the run counts for more than a change shown in its source
                self._watch.notes.append(f"the script was not kept: {error.strerror or error}")
        return store


def _evaluated(
    model: Any, train: tuple[Any, ...], validation: tuple[Any, ...] | None
) -> dict[str, float]:
    try:
        return evaluated(model, train, validation)
    except Exception as error:  # Keras' own words, of shapes that do not fit
        raise UsageError(f"the model cannot be evaluated on the data: {one_line(error)}") from None


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
