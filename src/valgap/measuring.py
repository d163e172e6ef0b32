"""What is measured of each fit once the script has ended: ledger, rows, model, and its recipe."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from valgap.evidence.account import Ledger
from valgap.evidence.records import EpochRecord, FitRecord
from valgap.evidence.store import RunWriter
from valgap.observe.describe import one_line
from valgap.observe.live import LiveFit

# The ledger may take a tenth of the fit, or 20 s where that is more; the reserve is for
# what cannot be foreseen, such as the tracing of a large model.
LEDGER_SHARE, LEDGER_SECONDS, RESERVE = 0.1, 20.0, 0.8
LEAST_SECONDS = 2.0
# What is measured of rows and model beside it, over all fits, and the least for one of them.
PROBE_SECONDS, LEAST_PROBE_SECONDS = 10.0, 1.5
STOPPED = ("interrupted", "raised")
# Recipes hold rows: fits beyond so many bytes of them in one run are kept without.
MOST_RECIPES = 1 << 30


@dataclass(frozen=True, slots=True)
class Measuring:
    """Of all fits of a run, into its store.

    `probe` says whether rows and model are measured beside the ledger, `recipe` whether what it
    takes to make a fit again is kept, rows and all, `samples` whether the rows most confidently
    wrong are.
    """

    store: RunWriter
    fits: Sequence[LiveFit]
    rows: int
    draw_ledger: bool
    probe: bool
    recipe: bool
    samples: bool
    progress: Callable[[str], None]

    def measure(self) -> None:
        """Draws up the ledger of each fit, measures rows and model, and keeps its recipe."""
        seconds = sum(live.record.seconds for live in self.fits)
        budget = max(LEDGER_SECONDS, LEDGER_SHARE * seconds) * RESERVE
        share = max(LEAST_SECONDS, budget / max(1, len(self.fits)))
        for live in self.fits:
            ledger = self._ledger(live, share) if self.draw_ledger else None
            if self.probe and ledger is not None:
                self._measured(live, ledger)
            record = _with_read_records(live, self._studies())
            record = replace(record, goes_on=self._is_trained_on(live))
            self.store.write_fit(self._with_best(live, self._with_recipe(live, record)))

    def _with_recipe(self, live: LiveFit, record: FitRecord) -> FitRecord:
        """Keeps what it takes to make the fit again, for experiments; says why where it cannot."""
        from valgap.observe.recipe import NotRebuiltError, recipe_of, write_recipe

        if not (self.draw_ledger and self.recipe):
            return replace(record, not_rebuilt="it was run without keeping rows")
        start = record.start_weights
        try:
            if self.store.recipe_bytes() > MOST_RECIPES:
                raise NotRebuiltError("earlier fits of the run filled what is kept of rows")
            weights = None if start is None else self.store.read_weights(record.id, start)
            write_recipe(self.store.recipe(record.id), recipe_of(live, weights))
        except (NotRebuiltError, OSError) as reason:
            return replace(record, not_rebuilt=str(reason))
        except Exception as error:  # a failure of ours must not cost the report
            return replace(record, not_rebuilt=f"keeping it failed: {one_line(error)}")
        return replace(record, recipe=self.store.recipe(record.id).name)

    def _with_best(self, live: LiveFit, record: FitRecord) -> FitRecord:
        """Keeps the best epoch of a fit that was stopped where Keras can load it."""
        best = best_epoch(record)
        if record.status not in STOPPED or live.model is None or best is None:
            return record
        from valgap.ledger.clone import clone_of

        path = self.store.best_weights(record.id)
        clone = clone_of(live.model, live.trainable)
        try:
            clone.load(self.store.read_weights(record.id, str(best.weights)))
            clone.model.save_weights(path)
        except Exception as error:  # the same weights are there as arrays
            note = f"the best epoch could not be written for Keras: {one_line(error)}"
            return replace(record, notes=(*record.notes, note))
        finally:
            clone.close()
        return replace(record, best_weights=path.name)

    def _ledger(self, live: LiveFit, seconds: float) -> Ledger:
        from valgap.ledger.draw import draw
        from valgap.ledger.plan import Budget

        number = live.record.id
        count = f" of fit {number + 1}" if len(self.fits) > 1 else ""
        self.progress(f"drawing up the ledger{count}")
        budget = Budget(seconds, self.rows)
        try:
            ledger = draw(live, budget, lambda name: self.store.read_weights(number, name))
        except Exception as error:  # a fault of ours must not cost the other fits their report
            ledger = _failed(number, error)
        self.store.write_ledger(ledger)
        return ledger

    def _measured(self, live: LiveFit, ledger: Ledger) -> None:
        """Measures rows and model; a failure of ours leaves a note and costs nothing else."""
        from valgap.ledger.plan import Budget
        from valgap.ledger.probes.gather import measure
        from valgap.ledger.probes.seeds import seed_spread

        number = live.record.id
        seconds = max(LEAST_PROBE_SECONDS, PROBE_SECONDS / len(self.fits))
        budget = Budget(seconds, self.rows)
        try:
            keep = partial(self.store.write_samples, number) if self.samples else None
            read = partial(self.store.read_weights, number)
            rows, model = measure(live, budget, read, keep)
            records = [other.record for other in self.fits]
            spread = seed_spread(live.record, records, goes_on=self.shares_its_model(live))
            self.store.write_measured(rows, replace(model, seeds=spread))
        except Exception as error:
            frame = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{Path(frame.filename).name}, line {frame.lineno}"
            note = f"measuring rows and model failed: {one_line(error)} ({where})"
            self.store.write_ledger(replace(ledger, notes=(*ledger.notes, note)))

    def _others_of_its_model(self, live: LiveFit) -> list[FitRecord]:
        """The other fits of the model of a fit; none where it was let go."""
        if live.model is None:
            return []
        others = (o for o in self.fits if o is not live and o.model is live.model)
        return [other.record for other in others]

    def shares_its_model(self, live: LiveFit) -> bool:
        """Tells whether another fit at the same call site is of the same model."""
        return any(o.study == live.record.study for o in self._others_of_its_model(live))

    def _is_trained_on(self, live: LiveFit) -> bool:
        """Whether a later fit of the run has the same model."""
        return any(o.id > live.record.id for o in self._others_of_its_model(live))

    def _studies(self) -> set[str | None]:
        """Call sites of `fit` that were come by more than once: loops over folds or seeds."""
        sites = [live.record.study for live in self.fits]
        return {site for site in sites if site is not None and sites.count(site) > 1}


def best_epoch(fit: FitRecord) -> EpochRecord | None:
    """Gives back the kept epoch of the lowest validation loss, or training loss without one."""
    name = "loss" if fit.validation is None else "val_loss"
    kept = [
        (value, epoch)
        for epoch in fit.epochs
        if epoch.weights is not None and (value := epoch.logs.get(name)) is not None
    ]
    return min(kept, key=lambda each: each[0])[1] if kept else None


def _failed(number: int, error: Exception) -> Ledger:
    """A ledger that says how drawing it up failed, with the traceback for whoever mends it."""
    reason = f"drawing it up failed: {one_line(error)}"
    return Ledger(number, unmeasured=reason, notes=tuple(traceback.format_exception(error)))


def _with_read_records(live: LiveFit, studies: set[str | None]) -> FitRecord:
    """Reading the data again told more of it than the call of `fit` did."""
    sources, record = live.sources, live.record
    return replace(
        record,
        train=sources.train.record,
        validation=None if sources.validation is None else sources.validation.record,
        study=record.study if record.study in studies else None,
    )
