"""Whether training and validation rows can be told apart, and whether a scale explains it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from valgap.evidence.account import Estimate
from valgap.evidence.rows import Drift
from valgap.ledger.probes.rows.arrays import Bools, Floats, some_rows
from valgap.ledger.probes.rows.cheap import Asked, Kind, fitted, folds_of
from valgap.ledger.probes.rows.clock import Clock, NotApplicableError
from valgap.ledger.probes.rows.features import Block
from valgap.ledger.probes.rows.prepared import Part, Prepared
from valgap.ledger.probes.rows.scale import fitted_on_both, scale_and_shift
from valgap.ledger.probes.rows.scores import area_under_curve
from valgap.ledger.probes.rows.space import Scaler, Space

LEAST_ROWS, FOLDS = 20, 3
MOST_ROWS = 500
"""Rows of each split that the classifier sees, as many of one as of the other."""


def drift(prepared: Prepared, clock: Clock) -> Drift:
    """Returns how well a cheap classifier tells the splits apart.

    Raises:
        NotApplicableError: where a split is missing or small, or inputs have other shapes.
    """
    train, validation = prepared.alike()
    fewest = min(train.rows, validation.rows)
    if fewest < LEAST_ROWS:
        raise NotApplicableError(f"it takes {LEAST_ROWS} rows a split, there are {fewest}")
    both = _Both(train, validation, prepared, min(fewest, MOST_ROWS))
    area = both.told_apart(by_split=False)
    if area is None:
        raise NotApplicableError("the classifier gave no score")
    after = None
    if area.low is not None and area.low > 0.5 and clock.has():
        after = both.told_apart(by_split=True)
        after = area if after is not None and after.value > area.value else after
    name, scale, shift = scale_and_shift(train.blocks, validation.blocks)
    moved, feature = _largest_shift(train, validation)
    return Drift(
        area,
        after,
        scale,
        shift,
        fitted_on_both=fitted_on_both(prepared),
        single_mean_shift=moved,
        input=name,
        single_feature=feature,
    )


class _Both:
    """As many rows of one split as of the other, dealt into folds."""

    def __init__(self, train: Part, validation: Part, prepared: Prepared, rows: int) -> None:
        chosen = [some_rows(part.rows, rows) for part in (train, validation)]
        self.y = np.repeat([0, 1], rows)
        self.blocks = [
            replace(a, values=np.concatenate([a.values[chosen[0]], b.values[chosen[1]]]))
            for a, b in zip(train.blocks, validation.blocks, strict=True)
        ]
        equal = [prepared.equal_rows("train"), prepared.equal_rows("validation")]
        groups = np.concatenate([equal[0][chosen[0]], equal[1][chosen[1]] + equal[0].max() + 1])
        if len(np.unique(groups)) < LEAST_ROWS:
            raise NotApplicableError("most rows have equal inputs")
        self.fold = folds_of("binary", self.y, groups, FOLDS)

    def told_apart(self, *, by_split: bool) -> Estimate | None:
        """Area under ROC out of fold, of a linear model with squares and of trees together.

        Args:
            by_split: whether each split is standardised by itself first, by the rows that
                the classifier learns from: by all rows the means would be equal to rounding,
                and those left out would lie on the other side of them.
        """
        given = np.zeros(len(self.y))
        for i in range(FOLDS):
            there = self.fold == i
            blocks = self._standardised(~there) if by_split else self.blocks
            space = Space([replace(b, values=b.values[~there]) for b in blocks])
            x = space.put(blocks)
            seen: tuple[tuple[Kind, Floats], ...] = (
                ("linear", _with_squares(x, ~there)),
                ("trees", x),
            )
            for kind, columns in seen:
                asked = Asked("binary", columns[~there], self.y[~there], 2)
                given[there] += fitted(kind, asked)(columns[there])[:, 1]
        return area_under_curve(self.y == 1, given)

    def _standardised(self, learned: Bools) -> list[Block]:
        made = []
        for block in self.blocks:
            values = np.empty_like(block.values)
            for split in (0, 1):
                rows = self.y == split
                values[rows] = Scaler.of(block.values[rows & learned]).apply(block.values[rows])
            made.append(replace(block, values=values))
        return made


def _with_squares(x: Floats, learned: Bools) -> Floats:
    """A spread that differs shows in squares."""
    spread = np.maximum(x[learned].std(axis=0), 1e-9)
    return np.concatenate([x, np.minimum((x / spread) ** 2, 9) * spread], axis=1)


def _largest_shift(train: Part, validation: Part) -> tuple[float | None, str]:
    """The largest difference of one column's mean in standard deviations of training."""
    found: list[tuple[float, str]] = []
    for ours, theirs in zip(train.blocks, validation.blocks, strict=True):
        with np.errstate(all="ignore"):
            spread = np.nanstd(ours.values, axis=0, dtype=np.float64)
            moved = np.abs(
                np.nanmean(theirs.values, axis=0, dtype=np.float64)
                - np.nanmean(ours.values, axis=0, dtype=np.float64)
            )
        usable = np.isfinite(moved) & np.isfinite(spread) & (spread > 0)
        if usable.any():
            size = np.where(usable, moved / np.where(usable, spread, 1), -1)
            column = int(np.argmax(size))
            name = (
                f"{ours.name}[{column}]" if ours.part == "columns" else f"{ours.name} {ours.part}"
            )
            found.append((float(size[column]), name))
    return max(found) if found else (None, "")
