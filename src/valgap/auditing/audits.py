"""From a data set to what is known of it: one pass, then the measures of each pair of parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from valgap.auditing.dataset import PARTS, Dataset, Progress
from valgap.auditing.groups import proposed
from valgap.auditing.measuring import SECONDS, Measured, Seen, measure_pair
from valgap.auditing.parting import Parting, parting_of, sampled_rows
from valgap.auditing.pictures import Pairs, near_pairs, with_pairs
from valgap.auditing.scan import Scan, scan
from valgap.auditing.wishes import Wishes
from valgap.errors import UsageError


@dataclass(frozen=True, slots=True)
class Audited:
    """What an audit knows: the rows and how they are split, near twins, measures by part."""

    seen: Seen
    pairs: Pairs | None
    measured: Sequence[tuple[str, Measured]]
    notes: tuple[str, ...] = ()


def audited(
    dataset: Dataset,
    wishes: Wishes,
    progress: Progress = lambda *_: None,
    seconds: float = SECONDS,
) -> Audited:
    """Reads a data set and measures it.

    Args:
        dataset: the rows.
        wishes: what is stated of them.
        progress: is told how far reading has come.
        seconds: time for the measures of one pair of parts; reading takes what it takes.

    Raises:
        UsageError: if a part has no row that can be read.
    """
    parting = parting_of(dataset, wishes)
    wanted = np.concatenate(
        [sampled_rows(parting.rows(p), p, dataset.in_order, wishes.seed) for p in PARTS]
    )
    scanned = scan(dataset, np.sort(wanted), progress)
    dataset, told = _with_groups(dataset, scanned, wishes)
    seen = Seen(dataset, parting, scanned, _sampled(parting, scanned, wanted))
    _refuse_empty(seen)
    pairs = near_pairs(seen, progress)
    measured = []
    for number, (_, other) in enumerate(parting.pairs):
        progress(f"measuring training and {other}", 0, 0)
        found = measure_pair(number, seen, other, seconds)
        measured.append((other, with_pairs(found, seen, other, pairs)))
    return Audited(seen, pairs, measured, (*dataset.notes, *told, *(pairs.notes if pairs else ())))


def _sampled(parting: Parting, scanned: Scan, wanted: np.ndarray) -> dict[str, np.ndarray]:
    there = wanted[scanned.whole[wanted]]
    return {p: np.sort(there[parting.parts[there] == p]) for p in PARTS}


def _refuse_empty(seen: Seen) -> None:
    for part in ("train", *(other for _, other in seen.parting.pairs)):
        if len(seen.rows(part)) == 0:
            rows = len(seen.parting.rows(part))
            raise UsageError(f"none of {rows:,} rows of {part} can be read: is Pillow able to?")


def _with_groups(
    dataset: Dataset, scanned: Scan, wishes: Wishes
) -> tuple[Dataset, tuple[str, ...]]:
    """The data set with the groups that its names tell, where none were given."""
    if dataset.groups is not None:
        return dataset, ()
    found = proposed(dataset, scanned, wishes.seed)
    if found is None:
        return dataset, ()
    groups, source, note = found
    return replace(dataset, groups=groups, group_source=source), (note,)
