"""Which estimators of the script were fitted on rows of both splits, and may feed the model.

That an estimator's columns reach the model cannot be proven from shapes. So they are to be as
many as the model takes in, the rows those of both splits together, and no other estimator of
its kind may have been fitted on training rows alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import groupby

from valgap.case import Case
from valgap.evidence.records import EstimatorRecord

# Shares of rows that are put aside for a test before training and validation part.
TEST_SHARES = (0.1, 0.15, 0.2, 0.25, 0.3, 0.33, 1 / 3)


def fitted_on_both(case: Case) -> tuple[EstimatorRecord, ...]:
    """Gives back the estimators fitted on rows of both splits, one a role, in order."""
    of_role: dict[str, list[EstimatorRecord]] = {}
    for record in _feeding(case):
        of_role.setdefault(record.role, []).append(record)
    chosen = (_decisive(case, records) for records in of_role.values())
    return tuple(record for record in chosen if record is not None)


def rows_seen(record: EstimatorRecord) -> int | None:
    """Gives back how many rows there were afterwards: those that were split."""
    return record.rows_out if record.role == "sampler" else record.rows


def rows_left(case: Case, record: EstimatorRecord) -> int | None:
    """Gives back how many rows are of neither split, where those of both may be among them."""
    rows, total = rows_seen(record), _total(case)
    if rows is None or total is None:
        return None
    left = rows - total
    is_test = any(left and abs(left - share * rows) < 1 for share in TEST_SHARES)
    return left if left == 0 or is_test else None


def _decisive(case: Case, records: list[EstimatorRecord]) -> EstimatorRecord | None:
    """The last estimator of a role, if it saw both splits and none saw training rows alone.

    Only since the fit before: a script may try the wrong way first, and then the right one.
    """
    latest = [r for _, group in groupby(records, lambda r: r.fits_before) for r in [[*group]]][-1]
    if any(rows_seen(r) == case.fit.train.rows for r in latest):
        return None
    return latest[-1] if rows_left(case, latest[-1]) is not None else None


def _feeding(case: Case) -> Iterable[EstimatorRecord]:
    widths = _widths(case)
    for record in case.fit.fitted:
        columns = record.columns if record.role == "sampler" else record.columns_after
        if columns in widths and record.role != "other" and _changes_rows(record):
            yield record


def _changes_rows(record: EstimatorRecord) -> bool:
    """Whether anything came of it: all columns kept is none selected; fewer rows are no copies."""
    if record.role == "sampler":
        return (record.rows_out or 0) > (record.rows or 0)
    return record.role != "selector" or record.columns_out != record.columns


def _widths(case: Case) -> set[int]:
    """How many numbers a row has in each input of the model."""
    shapes = [
        *(tensor.shape for tensor in case.fit.train.inputs),
        *(tuple(found.shape) for found in case.inputs()),
    ]
    return {math.prod(n for n in s if n) for s in shapes if s and all(s)}


def _total(case: Case) -> int | None:
    train, validation = case.fit.train, case.fit.validation
    if validation is None or not train.rows or not validation.rows:
        return None
    return train.rows + validation.rows
