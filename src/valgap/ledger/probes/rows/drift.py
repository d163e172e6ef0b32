"""Whether training and validation rows can be told apart, and whether a scale explains it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from valgap.evidence.account import Estimate
from valgap.evidence.rows import Drift
from valgap.ledger.probes.rows.arrays import Bools, Floats, Ints, some_rows
from valgap.ledger.probes.rows.cheap import Asked, Kind, fitted, folds_of
from valgap.ledger.probes.rows.clock import Clock, NotApplicableError
from valgap.ledger.probes.rows.features import Block
from valgap.ledger.probes.rows.prepared import Part, Prepared
from valgap.ledger.probes.rows.scale import fitted_on_both, scale_and_shift
from valgap.ledger.probes.rows.scores import area_under_curve, of_folds
from valgap.ledger.probes.rows.space import Scaler, Space

LEAST_ROWS, FOLDS, DRAWS = 20, 3, 3
_SEED = 20240229
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
    sides = [_side(prepared, part) for part in (train, validation)]
    rows = [some_rows(part.rows, min(fewest, MOST_ROWS)) for part in (train, validation)]
    area = _told_apart(sides[0].take(rows[0]), sides[1].take(rows[1]), by_split=False)
    after = None
    if area.low is not None and area.low > 0.5 and clock.has():
        after = _after_standardising(sides, rows, area)
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


@dataclass(frozen=True, slots=True)
class _Side:
    """Rows of one side; rows of equal inputs have the same number in `equal`."""

    blocks: list[Block]
    equal: Ints

    def take(self, rows: Ints) -> _Side:
        blocks = [replace(block, values=block.values[rows]) for block in self.blocks]
        return _Side(blocks, self.equal[rows])


def _side(prepared: Prepared, part: Part) -> _Side:
    return _Side(part.blocks, prepared.equal_rows(part.split))


def _told_apart(one: _Side, other: _Side, *, by_split: bool) -> Estimate:
    """Area under ROC out of fold, of a linear model with squares and of trees together.

    Args:
        one: rows of one side.
        other: as many rows of the other.
        by_split: whether each side is standardised by itself first, by the rows that the
            classifier learns from.

    Raises:
        NotApplicableError: where most rows are equal.
    """
    y = np.repeat([0, 1], [len(one.equal), len(other.equal)])
    equal = np.concatenate([one.equal, other.equal + one.equal.max() + 1])
    if len(np.unique(equal)) < LEAST_ROWS:
        raise NotApplicableError("most rows have equal inputs")
    blocks = [
        replace(a, values=np.concatenate([a.values, b.values]))
        for a, b in zip(one.blocks, other.blocks, strict=True)
    ]
    fold, given = folds_of("binary", y, equal, FOLDS), np.zeros(len(y))
    for there in (fold == i for i in range(FOLDS)):
        seen = _standardised(blocks, y, ~there) if by_split else blocks
        x = Space([replace(b, values=b.values[~there]) for b in seen]).put(seen)
        kinds: tuple[tuple[Kind, Floats], ...] = (
            ("linear", _with_squares(x, ~there)),
            ("trees", x),
        )
        for kind, columns in kinds:
            asked = Asked("binary", columns[~there], y[~there], 2)
            given[there] += fitted(kind, asked)(columns[there])[:, 1]
    found = of_folds(area_under_curve(y == 1, given), FOLDS)
    if found is None:
        raise NotApplicableError("the classifier gave no score")
    return found


def _standardised(blocks: list[Block], y: Ints, learned: Bools) -> list[Block]:
    made = []
    for block in blocks:
        values = np.empty_like(block.values)
        for side in (0, 1):
            # One row far out must not set the scale of all others.
            scaler = Scaler.robust(block.values[(y == side) & learned])
            values[y == side] = scaler.apply(block.values[y == side])
        made.append(replace(block, values=values))
    return made


def _after_standardising(sides: list[_Side], rows: list[Ints], before: Estimate) -> Estimate | None:
    """The area with each split standardised by itself, less what that makes by chance.

    Means and spreads of few rows are off a little, the same for all rows of a split, and in
    tight clusters that shows. So random halves of training are treated alike, and what they
    are told apart by is taken away.
    """
    after = _told_apart(sides[0].take(rows[0]), sides[1].take(rows[1]), by_split=True)
    rng, total = np.random.default_rng(_SEED), len(sides[0].equal)
    size = min(len(rows[0]), total // 2)
    if size < LEAST_ROWS:
        return None
    chance = []
    for _ in range(DRAWS):
        drawn = rng.permutation(total)
        halves = (sides[0].take(drawn[:size]), sides[0].take(drawn[size : 2 * size]))
        chance.append(_told_apart(*halves, by_split=True).value)
    value = float(np.clip(after.value - np.mean(chance) + 0.5, 0.0, before.value))
    spread = float(np.ptp(chance))
    low, high = (
        None if end is None else value + sign * float(np.hypot(end - after.value, spread))
        for end, sign in ((after.low, -1), (after.high, 1))
    )
    return Estimate(
        value,
        None if low is None else max(0.0, low),
        None if high is None else min(1.0, high),
        after.n,
    )


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
