"""Windows cut with an overlap: those that share steps are kept on one side of every split."""

from __future__ import annotations

import numpy as np

from valgap.errors import UsageError
from valgap.ledger.probes.rows.features import kinds_of
from valgap.ledger.probes.rows.steps import longest_series, sharing_steps
from valgap.observe.sources.nested import Nested
from valgap.treatment.locking import planned
from valgap.treatment.metrics import Of
from valgap.treatment.plan import Ints

APART = (
    "windows overlap: those that share steps are kept together, as {} groups; groups= of your own "
    "say otherwise"
)
TORN = (
    "windows overlap, and too many of them share steps to be parted by: rows that judge are known "
    "in part, and figures flatter"
)


def windows_together(x: Nested, targets: Ints, of: Of) -> tuple[Ints | None, str | None]:
    """Gives back the groups of windows that share steps, and a note; None of rows that share none.

    Args:
        x: inputs of all rows.
        targets: of the same rows.
        of: what the targets are.
    """
    groups = _sharing(x)
    if groups is None:
        return None, None
    try:
        planned(targets, of, groups)
    except UsageError:  # too few groups, or all of a class in one
        return None, TORN
    return groups, APART.format(len(np.unique(groups)))


def _sharing(x: Nested) -> Ints | None:
    longest = longest_series(x, kinds_of(x))
    return None if longest is None or longest.ndim != 3 else sharing_steps(longest)
