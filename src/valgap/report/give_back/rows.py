"""The rows of the ledger over the epochs, as trackers of experiments take them."""

from __future__ import annotations

from collections.abc import Iterator

from valgap.case import Case, finite
from valgap.evidence.store import StoredRun
from valgap.registry import case_of


def rows_by_epoch(case: Case) -> dict[str, dict[int, float]]:
    """Gives back what each row adds to the gap of the loss, by row and epoch.

    Epochs that were only traced have the cheap estimate, the others that of the full ledger.
    """
    found: dict[str, dict[int, float]] = {}
    for row, epoch, delta in sorted(_deltas(case), key=lambda each: each[1]):
        found.setdefault(row, {})[epoch] = delta
    return found


def fits_with_rows(run: StoredRun) -> Iterator[tuple[str, dict[str, dict[int, float]]]]:
    """Gives each fit that has a ledger: a name to set it apart, none for the last; and its rows."""
    cases = [case_of(run, fit) for fit in run.fits]
    measured = [(case.fit.id, rows) for case in cases if (rows := rows_by_epoch(case))]
    for fit, rows in measured:
        yield ("" if fit == measured[-1][0] else f"fit-{fit + 1}"), rows


def _deltas(case: Case) -> Iterator[tuple[str, int, float]]:
    for point in case.ledger.trace if case.ledger else ():
        if point.metric == "loss":
            yield from ((r, point.epoch, d) for r, d in point.deltas.items() if finite(d))
    for account in case.accounts():
        yield from ((r.row, account.epoch, r.delta) for r in account.rows if finite(r.delta))
