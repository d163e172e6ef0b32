"""Everything that is measured of rows and model of one fit, gathered once, on a clone."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np

from valgap.evidence.model import ModelMeasured
from valgap.evidence.records import Split
from valgap.evidence.rows import InputRecord, RowsRecord, TargetRecord
from valgap.evidence.samples import Samples
from valgap.ledger.plan import Budget
from valgap.ledger.probes.clock import now
from valgap.ledger.probes.files import files_record
from valgap.ledger.probes.model.making import losses_and_tasks, subject_of
from valgap.ledger.probes.model.measure import Measuring
from valgap.ledger.probes.model.transformed import transformed
from valgap.ledger.probes.rows.clock import Clock, NotApplicableError
from valgap.ledger.probes.sampled import Own, Sampled
from valgap.ledger.probes.wrong_rows import wrong_rows
from valgap.ledger.read import Reader
from valgap.ledger.states import Draws, StateName
from valgap.ledger.unmeasurable import UnmeasurableError
from valgap.observe.describe import one_line
from valgap.observe.known import labels_at
from valgap.observe.live import LiveFit
from valgap.observe.randomness import random_state_kept
from valgap.observe.sources.arrays import ArraySource
from valgap.observe.sources.base import SourceUnreadableError, Table
from valgap.observe.sources.non_finite import NonFinite

Tables = dict[Split, Table]
Record = TypeVar("Record", InputRecord, TargetRecord)
ReadWeights = Callable[[str], list[np.ndarray]]
Keep = Callable[[Samples], None]
_ROWS_PARTS = (
    "inputs",
    "targets",
    "references",
    "neighbours",
    "drift",
    "label_noise",
    "subclasses",
)
_MODEL_PARTS = ("heads", "layers", "attention", "predictions", "rates", "permuted")
# The share of the time that the rows may take; what they leave goes to the model.
_FOR_ROWS = 0.45
_FOR_FILES = 0.1


def measure(
    live: LiveFit, budget: Budget, read_weights: ReadWeights, keep: Keep | None = None
) -> tuple[RowsRecord, ModelMeasured]:
    """Returns what was measured of a fit. Model, random state and data are left as they were.

    What cannot be measured, or fails, is said in `missing` and costs nothing else.

    Args:
        live: the fit.
        budget: seconds and rows.
        read_weights: gives the weights kept under a name.
        keep: takes the rows most confidently wrong, where they were asked for.
    """
    with random_state_kept(), warnings.catch_warnings(), ExitStack() as undo:
        # Layers that lose a mask warn of it when called; the script has had its warnings.
        warnings.simplefilter("ignore")
        return _Gathering(live, budget, read_weights, undo, keep).measure()


@dataclass(slots=True)
class _Gathering:
    """One fit being measured."""

    live: LiveFit
    budget: Budget
    read_weights: ReadWeights
    undo: ExitStack
    keep: Keep | None = None
    started: float = field(default_factory=time.monotonic)
    clock: float = field(default_factory=now)

    def measure(self) -> tuple[RowsRecord, ModelMeasured]:
        rows, model = self._measure()
        return self._with_files(rows), model

    def _measure(self) -> tuple[RowsRecord, ModelMeasured]:
        tables, fed, reasons = self._tables()
        if not tables:
            reason = next(iter(reasons.values()), "no rows could be read")
            return _no_rows(self.live, reason), _no_model(self.live, reason)
        measuring, why = self._measuring(tables)
        own: dict[Split, Own] = {}
        if measuring is not None:
            measuring.missing |= reasons
            own = measuring.first()
            tables = dict(measuring.subject.tables)
        rows = self._rows(tables, fed, own, measuring)
        if measuring is None:
            return rows, _no_model(self.live, why)
        model = measuring.rest()
        held_out = measuring.subject.tables.get("validation")
        if self.keep is not None and held_out is not None:
            found = wrong_rows(model, held_out)
            if found is not None:
                self.keep(found)
        return rows, replace(model, seconds=time.monotonic() - self.started - rows.seconds)

    def _with_files(self, rows: RowsRecord) -> RowsRecord:
        """The record with the files that rows are read from, which need no row to be readable."""
        clock = Clock(_FOR_FILES * self.budget.seconds)
        try:
            found = files_record(self.live.sources.files, clock)
        except NotApplicableError as reason:
            return replace(rows, missing={**rows.missing, "files": str(reason)})
        except Exception as error:  # must not cost what was measured of rows and model
            told = f"looking at the files failed: {one_line(error)}"
            return replace(rows, missing={**rows.missing, "files": told})
        return replace(rows, files=found, seconds=rows.seconds + clock.spent)

    def _tables(self) -> tuple[Tables, Tables, dict[str, str]]:
        """Clean rows of both splits, those fed otherwise, and why a split is not clean."""
        epochs = self.live.record.epochs
        reader = Reader(self.live.sources, self.budget.rows, self.budget.rows, 1)
        reading = reader.read(epochs[-1].epoch if epochs else 0)
        made, reasons = reading.tables, dict[str, str]()
        views: dict[Split, tuple[Table | None, Draws | None]] = {
            "train": (made.train_clean, made.train_fed),
            "validation": (made.validation_clean, made.validation_fed),
        }
        clean: Tables = {}
        fed: Tables = {}
        for split, (table, draws) in views.items():
            as_fed = None if draws is None else draws.first
            best = as_fed if table is None else table
            if best is not None:
                clean[split] = _in_order(best)
            if table is None:
                state: StateName = "inference" if split == "train" else "validation-clean"
                reasons[f"{split}-clean"] = reading.absent.get(state, "rows cannot be read")
            elif as_fed is not None and as_fed is not table:
                fed[split] = as_fed
        return clean, fed, reasons

    def _measuring(self, tables: Tables) -> tuple[Measuring | None, str]:
        """What measures the model, or the reason why nothing does."""
        deadline = self.clock + self.budget.seconds
        try:
            subject = subject_of(self.live, tables, self.read_weights, deadline)
        except (UnmeasurableError, SourceUnreadableError) as reason:
            return None, str(reason)
        except Exception as error:  # a model of the user's own may do anything when called
            return None, f"measuring the model failed: {one_line(error)}"
        self.undo.callback(subject.clone.close)
        return Measuring(subject), ""

    def _rows(
        self,
        tables: Tables,
        fed: Tables,
        own: dict[Split, Own],
        measuring: Measuring | None,
    ) -> RowsRecord:
        from valgap.ledger.probes.rows.measure import measure_rows

        began = time.monotonic()
        try:
            outputs = None if measuring is None else measuring.subject.outputs
            known = outputs or losses_and_tasks(self.live, tables)
            sampled = Sampled(
                tables=tables,
                tasks=tuple(output.task for output in known),
                own=own,
                stored_order={split: _is_stored_order(t) for split, t in tables.items()},
                batch_size=self.live.record.train.batch_size or tables_size(tables),
                groups=_of_rows(self.live.known.group_numbers(), tables),
                subclasses=_of_rows(self.live.known.subclasses, tables),
            )
            seconds = _FOR_ROWS * self.budget.seconds
            number, changed = self.live.record.id, self._transformed(fed, measuring)
            rows = self._all_counted(measure_rows(number, sampled, seconds, fed, changed))
        except Exception as error:  # must not cost what is measured of the model
            rows = _no_rows(self.live, f"measuring the rows failed: {one_line(error)}")
        return replace(rows, seconds=time.monotonic() - began)

    def _transformed(self, fed: Tables, measuring: Measuring | None) -> Table | None:
        """Training rows as random transforms of the pipeline, or of the model, change them."""
        if (as_fed := fed.get("train")) is not None or measuring is None:
            return as_fed
        return transformed(measuring.subject)

    def _all_counted(self, rows: RowsRecord) -> RowsRecord:
        """NaN and infinity of all rows, where arrays are at hand, in place of a sample's."""
        sources = self.live.sources
        sides = {"train": sources.train, "validation": sources.validation}
        counts = {k: s.non_finite() for k, s in sides.items() if isinstance(s, ArraySource)}
        inputs = (counted(record, counts) for record in rows.inputs)
        targets = (counted(record, counts) for record in rows.targets)
        return replace(rows, inputs=tuple(inputs), targets=tuple(targets))


def counted(record: Record, counts: Mapping[str, Mapping[str, NonFinite]]) -> Record:
    """Returns the record of an input or target with what was counted over all rows."""
    found = counts.get(record.split, {}).get(record.name)
    if found is None or found.of <= record.rows:
        return record
    told: dict[str, int] = {"non_finite": found.values, "non_finite_of": found.of}
    if isinstance(record, InputRecord):
        told["non_finite_rows"] = found.rows
    return replace(record, **told)  # type: ignore[arg-type]


def _of_rows(told: Mapping[Split, Any], tables: Tables) -> dict[Split, np.ndarray]:
    """What is told of the rows of each table, where it is known which rows they are."""
    found = {s: labels_at(labels, tables[s].ids) for s, labels in told.items() if s in tables}
    return {split: labels for split, labels in found.items() if labels is not None}


def tables_size(tables: Tables) -> int:
    """Returns the batch size of the first table."""
    return next(iter(tables.values())).sizes[0]


def _in_order(table: Table) -> Table:
    """The table by the identity of its rows, which for stored rows is their position."""
    known = len(np.unique(table.ids)) == len(table.ids) and table.ids.min() >= 0
    if not known or np.all(np.diff(table.ids) > 0):
        return table
    return table.take(np.argsort(table.ids))


def _is_stored_order(table: Table) -> bool:
    """Whether rows follow each other as they are stored; a sample may leave some out."""
    return bool(table.ids.min() >= 0 and np.all(np.diff(table.ids) > 0))


def _no_rows(live: LiveFit, reason: str) -> RowsRecord:
    return RowsRecord(live.record.id, missing=dict.fromkeys(_ROWS_PARTS, reason))


def _no_model(live: LiveFit, reason: str) -> ModelMeasured:
    return ModelMeasured(live.record.id, missing=dict.fromkeys(_MODEL_PARTS, reason))
