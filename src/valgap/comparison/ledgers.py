"""The ledgers of the loss of two fits at their last epochs, row by row."""

from __future__ import annotations

from valgap.case import Case, finite, measured
from valgap.comparison.records import LedgerLine
from valgap.evidence.account import ROW_NAMES, Account, Row


def side_by_side(a: Case, b: Case) -> tuple[LedgerLine, ...]:
    """Gives back the rows that either side has; nothing where both have no account."""
    before, after = a.account(), b.account()
    if before is None and after is None:
        return ()
    lines = [LedgerLine("training", *_ends(before, after, "train"))]
    for name in ROW_NAMES:
        rows = [None if side is None else measured(side, name) for side in (before, after)]
        if any(row is not None for row in rows):
            deltas = [None if row is None else row.delta for row in rows]
            ends = [_interval(row) for row in rows]
            lines.append(LedgerLine(name, deltas[0], deltas[1], ends[0], ends[1]))
    return (*lines, LedgerLine("validation", *_ends(before, after, "validation")))


def _ends(a: Account | None, b: Account | None, end: str) -> tuple[float | None, float | None]:
    before, after = (None if side is None else getattr(side, end) for side in (a, b))
    return before, after


def _interval(row: Row | None) -> tuple[float, float] | None:
    if row is None or not (finite(row.low) and finite(row.high)):
        return None
    return row.low, row.high
