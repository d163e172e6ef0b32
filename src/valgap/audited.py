"""`valgap.audit`: a data set and its split looked at before any training."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from valgap.auditing.audits import Audited, audited
from valgap.auditing.dataset import Dataset, Progress
from valgap.auditing.doubtful import Doubtful, doubtful_labels
from valgap.auditing.measuring import SECONDS
from valgap.auditing.records import write
from valgap.auditing.samples import samples_of
from valgap.auditing.sound import Split, sound_split
from valgap.auditing.sources.find import dataset_at
from valgap.auditing.sources.live import dataset_of
from valgap.auditing.wishes import Wishes
from valgap.evidence.records import RunRecord, TargetRecord
from valgap.evidence.store import RunWriter, StoredRun, load_run
from valgap.session import environment
from valgap.watched import Run

SHARES = (0.7, 0.15, 0.15)


class Audit(Run):
    """An audit: its `diagnosis` and `report()` say what was found, `split()` makes a sound split.

    It is kept as a run is, with a record of training and each other part in the place of a fit.
    """

    def __init__(self, stored: StoredRun, known: Audited) -> None:
        super().__init__(stored=stored)
        self._known = known

    def split(
        self,
        shares: Sequence[float] = SHARES,
        *,
        by: str | None = None,
        stratify: bool = True,
        drop_duplicates: bool = False,
        seed: int = 0,
    ) -> Split:
        """Returns a split in which no group, copy or near twin stands in two parts.

        Args:
            shares: of training, validation and perhaps test rows; they are scaled to 1.
            by: "group" or "row"; by group where groups are known if not given.
            stratify: whether classes are to have like shares in all parts.
            drop_duplicates: whether copies are left out, but for the first.
            seed: of all draws.

        Returns:
            The positions of the rows of each part, to be saved as a list or as arrays.

        Raises:
            UsageError: if there are no groups to split by, or fewer of them than parts.
        """
        total = sum(shares)
        return sound_split(
            self._known,
            [share / total for share in shares],
            by=by,
            stratify=stratify,
            drop_duplicates=drop_duplicates,
            seed=seed,
        )

    @property
    def rows(self) -> int:
        """How many rows the data has."""
        return self._known.seen.dataset.rows

    def doubtful_labels(self, features: Any = None) -> tuple[Doubtful, ...]:
        """Returns the rows whose label can be judged, those that look most wrong first.

        Of very many rows a sample is judged; not those of a class that fewer than five rows, or
        groups of rows that go together, hold.

        Args:
            features: numbers (rows, columns), one row for each of the data in its order, such as
                a pretrained network gives; cheap ones of the inputs if not given.

        Returns:
            For each row its position, name, part and label, the class it looks like, and how
            likely the label is to models of other rows (0: worst).

        Raises:
            UsageError: if labels are no classes, rows too few, or features of other rows.
        """
        return doubtful_labels(self._known, features)


def audit(  # noqa: PLR0913
    data: Any,
    y: Any = None,
    *,
    validation: Any = None,
    test: Any = None,
    groups: Any = None,
    label: str | None = None,
    group: str | None = None,
    id: str | None = None,  # noqa: A002 - the command's own option
    split_from: str | None = None,
    files: str | Path | None = None,
    seed: int = 0,
    root: str | Path = Path(".valgap"),
    include_samples: bool = False,
    seconds: float = SECONDS,
    progress: Progress = lambda *_: None,
) -> Audit:
    """Audits a data set and its split before any training; neither Keras nor a model is wanted.

    Args:
        data: a path (a folder of class folders, of clips or of `.npy` files; `.npz`, `.npy`, CSV
            or parquet); inputs `(rows, ...)` as an array; a DataFrame; a `tf.data.Dataset` or a
            `PyDataset` of batches `(x, y)`.
        y: labels `(rows,)` or one-hot `(rows, classes)`, of inputs that are an array.
        validation: what `data` is, of validation rows: `(x, y)`, a DataFrame or a data set.
        test: likewise, of test rows.
        groups: which rows go together, one label a row, of all parts in their order.
        label: the column of the label, in tables.
        group: the column of the group.
        id: the column that tells series apart, in long tables.
        split_from: a CSV of `path` (or `row`) and `split`, or the share of the last rows that
            validation is, such as "0.2".
        files: the folder that paths in a CSV are of; that of the CSV if not given.
        seed: of all draws.
        root: the folder to keep the audit in.
        include_samples: whether rows that findings are of are kept, to be shown in reports.
        seconds: time for the measures of training and one other part; reading comes before.
        progress: is told what is done, how much of it, and of how much (0: not known).

    Returns:
        The audit, whose `diagnosis` and `report()` say what was found.

    Raises:
        UsageError: if there is nothing that can be read.
    """
    wishes = Wishes(label, group, id, split_from, None if files is None else str(files), seed)
    if isinstance(data, str | Path):
        dataset, name = dataset_at(Path(data), wishes, progress), str(data)
    else:
        parts = {"train": data, "validation": validation, "test": test}
        dataset, name = dataset_of(parts, wishes, y, groups), None
    known = audited(dataset, wishes, progress, seconds)
    return Audit(stored_audit(known, Path(root), name, include_samples), known)


def stored_audit(
    known: Audited, root: Path, name: str | None, include_samples: bool = False
) -> StoredRun:
    """Keeps an audit as a run, and gives it back as read from disk."""
    store = RunWriter.create(root.absolute(), TargetRecord(name), environment())
    for number, (other, measured) in enumerate(known.measured):
        write(store, known.seen, number, other, measured)
        samples = samples_of(known.seen, other, measured, known.pairs) if include_samples else None
        if samples is not None:
            store.write_samples(number, samples)
    store.write_run(_ended(store, known.seen.dataset, known.notes))
    return load_run(store.path)


def _ended(store: RunWriter, dataset: Dataset, notes: tuple[str, ...]) -> RunRecord:
    kept = tuple(dict.fromkeys((*dataset.notes, *notes)))
    return dataclasses.replace(store.record, status="finished", notes=kept)
