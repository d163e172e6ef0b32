"""Locked rows first, then the folds of the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from valgap.errors import UsageError
from valgap.treatment.metrics import Of
from valgap.treatment.plan import Fold, Ints, Plan, Scope
from valgap.treatment.splitting import folds_of, parted, strata_of

# DESIGN section 6: below, repeated nested cross-validation. Few groups tell as little as few rows.
LEAST_ROWS, LEAST_GROUPS = 600, 20
# A fifth of the rows is locked; of fewer than 1,500 rows 300, up to a third, as an interval over
# 200 rows is 4 to 6 points wide on each side already.
SHARE, MOST_SHARE, LOCKED_ROWS = 0.2, 1 / 3, 300
# A third of the folds races, the others confirm, each of them seldom more than once.
MOST_FOLDS, LEAST_FOLDS, ROWS_A_FOLD = 12, 4, 20
# Ten outer folds where each has 30 rows or more: of five, which train on a fifth less, the figure
# was .7 to .9 points too low by simulation. Ten selections outside in all, unless told otherwise.
MOST_OUTER, LEAST_OUTER, ROWS_OUTSIDE, SELECTIONS = 10, 5, 30, 10
# Rows, or groups, of each class: one for every fold and one that is locked, or for outer folds.
LEAST_OF_A_CLASS = LEAST_FOLDS + 2


@dataclass(frozen=True, slots=True)
class _Rows:
    strata: Ints
    groups: Ints | None
    every: bool

    @property
    def fewest(self) -> int:
        """Rows or groups of the rarest class, or of all where there are none."""
        units = np.arange(len(self.strata)) if self.groups is None else self.groups
        if not self.every:
            return len(np.unique(units))
        return min(len(np.unique(units[self.strata == s])) for s in np.unique(self.strata))

    def only(self, rows: Ints) -> _Rows:
        groups = None if self.groups is None else self.groups[rows]
        return _Rows(self.strata[rows], groups, self.every)

    def parted(self, parts: int, seed: int) -> list[Ints] | None:
        return parted(self.strata, self.groups, parts, seed, every=self.every)


def planned(  # noqa: PLR0913
    targets: NDArray[Any],
    of: Of,
    groups: NDArray[Any] | None = None,
    *,
    seed: int = 0,
    repeats: int | None = None,
    kind: Literal["locked", "nested"] | None = None,
) -> Plan:
    """Gives back which rows are locked, and the folds of the others.

    Args:
        targets: shape (rows,) or (rows, values); class numbers, one-hot rows, or values.
        of: whether they are classes or values.
        groups: what rows belong together, such as a patient or a clip, shape (rows,).
        seed: of all draws.
        repeats: how many times outer folds cover all rows, where they are nested; None: so that
            there are ten of them, which takes ten times the trials of one selection.
        kind: to have it otherwise than the number of rows says.

    Raises:
        UsageError: If rows, groups or a class are too few to judge anything by.
    """
    targets = np.asarray(targets)
    numbers = None if groups is None else _numbers(groups, len(targets))
    rows = _Rows(strata_of(targets, of), numbers, of == "classes")
    _check(rows, targets)
    if kind is None:
        few = len(targets) < LEAST_ROWS or (numbers is not None and _count(numbers) < LEAST_GROUPS)
        kind = "nested" if few else "locked"
    return _locked(rows, seed) if kind == "locked" else _nested(rows, seed, repeats)


def _numbers(groups: NDArray[Any], rows: int) -> Ints:
    if np.shape(groups) != (rows,):
        raise UsageError(f"groups: expected one for each of {rows} rows, received {len(groups)}")
    return np.unique(groups, return_inverse=True)[1].astype(np.int64)


def _check(rows: _Rows, targets: NDArray[Any]) -> None:
    """Says what is too little, before a split fails at it."""
    what, n = ("groups", _count(rows.groups)) if rows.groups is not None else ("rows", len(targets))
    least = LEAST_OF_A_CLASS if rows.groups is not None else LEAST_FOLDS * ROWS_A_FOLD
    if n < least:
        raise UsageError(
            f"{what}: found {n}, {least} are needed to lock some and choose on others; "
            + ("give groups of a smaller kind" if what == "groups" else "collect more")
        )
    if not rows.every:
        return
    for stratum in range(int(rows.strata.max()) + 1):
        of = rows.strata == stratum
        k = int(of.sum()) if rows.groups is None else _count(rows.groups[of])
        if k < LEAST_OF_A_CLASS:
            name = _class_name(targets, int(np.flatnonzero(of)[0]))
            raise UsageError(
                f"class {name}: found in {k} {what}, {LEAST_OF_A_CLASS} are needed, one for "
                "every part of the data; merge it with another class, leave it out, or add to it"
            )
    if rows.strata.max() == 0:
        raise UsageError("classes: found one, two are needed; look at the targets")


def _class_name(targets: NDArray[Any], row: int) -> str:
    target = targets[row]
    return str(np.argmax(target)) if np.size(target) > 1 else str(np.ravel(target)[0])


def _count(groups: Ints) -> int:
    return len(np.unique(groups))


def _locked(rows: _Rows, seed: int) -> Plan:
    n = len(rows.strata)
    share = float(np.clip(LOCKED_ROWS / n, SHARE, MOST_SHARE))
    parts = rows.parted(round(1 / share), seed)
    if parts is None:
        raise UsageError(
            f"locked rows: no {share:.0%} of the rows holds whole groups of every class; "
            "give smaller groups, or merge classes"
        )
    held = min(parts, key=lambda part: abs(len(part) / n - share))
    folds: list[Fold] = []
    main = _scope(rows, np.setdiff1d(np.arange(n), held), held, folds, seed)
    groups = None if rows.groups is None else _count(rows.groups)
    notes = _told_if_uneven(len(held) / n, share)
    return Plan(
        "locked", seed, (*folds, _every(n)), main, whole=len(folds), locked=len(held), rows=n,
        groups=groups, notes=notes,
    )  # fmt: skip


def _every(n: int) -> Fold:
    return Fold(np.arange(n), np.arange(n))


def _told_if_uneven(taken: float, share: float) -> tuple[str, ...]:
    if 0.5 * share <= taken <= 1.5 * share:
        return ()
    return (f"groups are uneven: {taken:.0%} of the rows are locked, {share:.0%} were meant to be",)


def _nested(rows: _Rows, seed: int, repeats: int | None) -> Plan:
    n = len(rows.strata)
    folds: list[Fold] = []
    main = _scope(rows, np.arange(n), None, folds, seed)
    first = _outside(rows, MOST_OUTER, seed + 1000)
    repeats = max(1, SELECTIONS // len(first)) if repeats is None else repeats
    rounds = [first, *(_outside(rows, len(first), seed + 1000 * i) for i in range(2, repeats + 1))]
    outer = []
    for held in (part for parts in rounds for part in parts):
        kept = np.setdiff1d(np.arange(n), held)
        outer.append(_scope(rows, kept, held, folds, seed + len(folds)))
    return Plan(
        "nested",
        seed,
        (*folds, _every(n)),
        main,
        tuple(outer),
        repeats=repeats,
        whole=len(folds),
        rows=n,
        groups=None if rows.groups is None else _count(rows.groups),
    )


def _outside(rows: _Rows, most: int, seed: int) -> list[Ints]:
    """Outer folds, as many as there are rows for; without each, inner folds must be left."""
    most = max(LEAST_OUTER, min(most, len(rows.strata) // ROWS_OUTSIDE, rows.fewest))
    for count in range(most, LEAST_OUTER - 1, -1):
        parts = rows.parted(count, seed)
        if parts is not None:
            return parts
    raise UsageError(_cannot(LEAST_OUTER))


def _scope(rows: _Rows, kept: Ints, held: Ints | None, folds: list[Fold], seed: int) -> Scope:
    """Adds the folds of a selection on the rows that are kept; `held` judges what it comes to."""
    parts = _inner(rows.only(kept), seed + 1)
    first, racing = len(folds), max(2, len(parts) // 3)
    folds += folds_of(kept, parts)
    last = first + len(parts)
    if held is not None:
        folds.append(Fold(kept, held))
    return Scope(
        tuple(range(first, first + racing)),
        tuple(range(first + racing, last)),
        None if held is None else last,
        1 / (len(parts) - 1),
        len(kept),
    )


def _inner(rows: _Rows, seed: int) -> list[Ints]:
    """As many folds as rows, classes and groups allow."""
    most = int(np.clip(len(rows.strata) // ROWS_A_FOLD, LEAST_FOLDS, MOST_FOLDS))
    most = max(LEAST_FOLDS, min(most, rows.fewest))
    for count in range(most, LEAST_FOLDS - 1, -1):
        parts = rows.parted(count, seed)
        if parts is not None:
            return parts
    raise UsageError(_cannot(LEAST_FOLDS))


def _cannot(parts: int) -> str:
    return (
        f"folds: the rows cannot be parted into {parts} with whole groups and every class in "
        "each; give smaller groups, or merge classes"
    )
