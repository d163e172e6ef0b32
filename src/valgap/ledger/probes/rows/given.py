"""Groups of rows that the user has told of: how the split deals with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from valgap.evidence.account import Estimate
from valgap.evidence.records import Split
from valgap.evidence.rows import GivenGroups
from valgap.ledger.probes.rows.answers import Answers
from valgap.ledger.probes.rows.arrays import Ints
from valgap.ledger.probes.rows.cheap import FOLDS
from valgap.ledger.probes.rows.figures import figures
from valgap.ledger.probes.rows.prepared import Prepared
from valgap.ledger.probes.rows.within import usable

# Of a group: fewer tell nothing of it.
LEAST_ROWS = 5


@dataclass(frozen=True, slots=True)
class Given:
    """What is told of the groups, and the number of its group for each training row."""

    record: GivenGroups
    train: Ints

    @property
    def can_be_held_out(self) -> bool:
        """Whether a fold of groups leaves each class some to learn from."""
        fewest = self.record.train if self.record.fewest is None else self.record.fewest
        return fewest >= FOLDS


def given_groups(prepared: Prepared, answers: Answers | None) -> Given | None:
    """Returns what is known of groups that were given for both splits, or None.

    Args:
        prepared: the rows.
        answers: the targets, where there are any: groups are counted by class.
    """
    told = prepared.sampled.groups
    if not {"train", "validation"} <= told.keys():
        return None
    ours, theirs = (_of_part(prepared, split) for split in ("train", "validation"))
    names = np.intersect1d(ours, theirs)
    record = GivenGroups(
        len(np.unique(ours)),
        len(np.unique(theirs)),
        across=len(names),
        rows_across=int(np.isin(theirs, names).sum()),
        rows_validation=len(theirs),
        fewest=_fewest(ours, answers),
        scores=_scores(prepared, theirs),
    )
    return Given(record, np.unique(ours, return_inverse=True)[1].reshape(-1))


def _scores(prepared: Prepared, theirs: np.ndarray) -> Mapping[str, Mapping[str, Estimate]]:
    """The own model's figures by metric and group, of groups with rows enough for an interval."""
    part, found = prepared.part("validation"), dict[str, dict[str, Estimate]]()
    for name, rows in zip(*np.unique(theirs, return_counts=True), strict=True):
        if rows >= LEAST_ROWS:
            for metric, figure in figures(prepared, part, theirs == name).items():
                found.setdefault(metric, {})[str(name)] = figure
    return found


def _of_part(prepared: Prepared, split: Split) -> np.ndarray:
    return np.asarray(prepared.sampled.groups[split][prepared.part(split).index])


def _fewest(groups: np.ndarray, answers: Answers | None) -> int | None:
    if answers is None or answers.task not in ("binary", "multiclass"):
        return None
    truth = answers.truth["train"]
    classes, known = truth.values, groups[truth.known]
    names = np.unique(classes[usable(answers.task, classes)])  # as references leave the rest out
    return min((len(np.unique(known[classes == name])) for name in names), default=None)
