"""What is measured of one pair of parts: the same rows, measured as those of a watched fit are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from valgap.auditing.dataset import Dataset, Ints
from valgap.auditing.looks import files_record
from valgap.auditing.parting import Parting
from valgap.auditing.scan import Scan
from valgap.evidence.account import SharedRows
from valgap.evidence.records import Split
from valgap.evidence.rows import (
    Drift,
    InputRecord,
    Neighbours,
    References,
    RowsRecord,
    TargetRecord,
    Task,
)
from valgap.ledger.probes.rows.measure import measure_rows
from valgap.ledger.probes.rows.targets import target_records
from valgap.ledger.probes.sampled import Sampled
from valgap.observe.sources.base import Table, batch_sizes

SECONDS = 20.0
"""Time for the measures of one pair of parts."""

_BATCH, _EXAMPLES = 32, 10


@dataclass(frozen=True, slots=True)
class Measured:
    """What is measured of training and one other part, as number `fit` of the audit."""

    rows: RowsRecord
    shared: SharedRows


@dataclass(frozen=True, slots=True)
class Seen:
    """A data set, how it is split, and what the pass over it gave; `sampled` are positions."""

    dataset: Dataset
    parting: Parting
    scanned: Scan
    sampled: Mapping[str, Ints]

    def rows(self, part: str) -> Ints:
        """Returns the rows of a part that can be read."""
        rows = self.parting.rows(part)
        return np.asarray(rows[self.scanned.whole[rows]])


def measure_pair(fit: int, seen: Seen, other: str, seconds: float = SECONDS) -> Measured:
    """Measures training rows and those of another part, which stands for validation."""
    sides: dict[Split, str] = {"train": "train", "validation": other}
    tables = {split: _table(seen, part) for split, part in sides.items()}
    sampled = Sampled(
        tables=tables,
        tasks=_tasks(seen.dataset),
        stored_order=dict.fromkeys(sides, seen.dataset.in_order),
        batch_size=_BATCH,
        groups=_groups(seen, sides),
    )
    rows = measure_rows(fit, sampled, seconds)
    rows = replace(
        rows,
        inputs=tuple(_of_all(seen, sides, record) for record in rows.inputs),
        targets=_targets(seen, sides),
        files=files_record(seen, other),
        label_noise=_named(seen, rows),
        neighbours=_with_source(rows.neighbours, seen.dataset),
        references=_with_columns(rows.references, seen.dataset),
        drift=_with_columns(rows.drift, seen.dataset),
        missing={k: v for k, v in rows.missing.items() if k != "targets"},
    )
    return Measured(rows, _shared(seen, other))


def coded_labels(dataset: Dataset) -> NDArray[Any] | None:
    """Returns labels as numbers: text as the place of its class, missing text as NaN."""
    labels = dataset.labels
    if labels is None or labels.dtype.kind not in "US":
        return labels
    codes = np.searchsorted(np.array(dataset.classes), labels)
    return np.where(labels == "", np.nan, codes) if np.any(labels == "") else codes


def _tasks(dataset: Dataset) -> tuple[Task, ...]:
    named = [name for name in dataset.classes if name]
    if not named:
        return ()
    return ("binary",) if len(named) <= 2 else ("multiclass",)


def _table(seen: Seen, part: str) -> Table:
    positions = seen.sampled[part]
    labels = coded_labels(seen.dataset)
    y = None if labels is None else labels[positions]
    ids = np.searchsorted(seen.parting.rows(part), positions)
    x = seen.scanned.rows(positions)
    return Table(x, y, None, batch_sizes(len(positions), _BATCH), ids)


def _groups(seen: Seen, sides: Mapping[Split, str]) -> dict[Split, NDArray[Any]]:
    groups = seen.dataset.groups
    if groups is None:
        return {}
    numbers = np.unique(groups, return_inverse=True)[1].reshape(-1)
    return {split: numbers[seen.sampled[part]] for split, part in sides.items()}


def _targets(seen: Seen, sides: Mapping[Split, str]) -> tuple[TargetRecord, ...]:
    """Targets of all rows, with the names of classes in place of their numbers."""
    labels = coded_labels(seen.dataset)
    if labels is None:
        return ()
    found: list[TargetRecord] = []
    for split, part in sides.items():
        y = labels[seen.rows(part)]
        table = Table(None, y, None, (len(y),), np.arange(len(y)))
        found += target_records(split, table, seen.dataset.in_order)
    return tuple(_with_names(record, seen.dataset.classes) for record in found)


def _with_names(record: TargetRecord, classes: tuple[str, ...]) -> TargetRecord:
    if not classes:
        return record
    counts = {classes[int(float(code))]: n for code, n in record.counts.items()}
    return replace(record, counts=counts)


def _of_all(seen: Seen, sides: Mapping[Split, str], record: InputRecord) -> InputRecord:
    """The record of an input with what was counted over all rows, where there is one input."""
    rows = seen.rows(sides[record.split])
    counted = seen.scanned.non_finite[rows]
    return replace(
        record,
        non_finite=int(counted.sum()),
        non_finite_rows=int((counted > 0).sum()),
        non_finite_of=len(rows),
    )


def _shared(seen: Seen, other: str) -> SharedRows:
    """Rows of the other part that stand in training bit for bit, over all rows."""
    train, held_out = seen.rows("train"), seen.rows(other)
    digests = seen.scanned.digests
    shared = np.isin(digests[held_out], digests[train])
    at = np.flatnonzero(np.isin(seen.parting.rows(other), held_out[shared]))
    return SharedRows(
        searched_train=len(train),
        searched_validation=len(held_out),
        shared=int(shared.sum()),
        distinct=len(np.unique(digests[held_out][shared])),
        examples=tuple(int(i) for i in at[:_EXAMPLES]),
        names=tuple(seen.dataset.name(int(i)) for i in held_out[shared][:_EXAMPLES])
        if seen.dataset.names
        else (),
    )


Record = TypeVar("Record", References, Drift)


def _with_columns(found: Record | None, dataset: Dataset) -> Record | None:
    """A record that names its feature as the table does, in place of by its number."""
    number = re.fullmatch(r"x\[(\d+)\](.*)", (found.single_feature or "") if found else "")
    if found is None or number is None or int(number[1]) >= len(dataset.features):
        return found
    name = dataset.features[int(number[1])] + number[2]
    return replace(found, single_feature=name)


def _with_source(found: Neighbours | None, dataset: Dataset) -> Neighbours | None:
    if found is None or found.given is None:
        return found
    return replace(found, given=replace(found.given, source=dataset.group_source))


def _named(seen: Seen, rows: RowsRecord) -> Any:
    """Labels in doubt by what their rows are called, and by their place in training."""
    found = rows.label_noise
    if found is None:
        return None
    positions = seen.sampled["train"][list(found.rows_listed)]
    ids = np.searchsorted(seen.parting.rows("train"), positions)
    names = tuple(seen.dataset.name(int(p)) for p in positions) if seen.dataset.names else ()
    return replace(found, rows_listed=tuple(int(i) for i in ids), names=names)
