"""Moments and ends of the features of an input, put together block by block."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from valgap.ledger.probes.rows.arrays import Array, Bools, Floats, blocks

# Sums along rows of one long column are fast; of many columns they are so as they lie.
NARROW = 64


@dataclass(slots=True)
class Tally:
    """By feature: how many finite values, mean, sum of squares about it, ends.

    Blocks are joined by the rule of Chan, Golub and LeVeque (COMPSTAT 1982).
    """

    count: Floats
    mean: Floats
    squares: Floats
    low: Floats
    high: Floats
    non_finite: int = 0
    non_finite_rows: int = 0
    whole: bool = True
    rows_differ: bool = False

    @classmethod
    def of(cls, array: Array, features: int) -> Tally:
        """Returns the tally of all rows; features lie on the last axis, or there is one."""
        tally = cls.empty(features)
        with np.errstate(all="ignore"):
            for block in blocks(array):
                if block.size:
                    tally._add(_readable(block), array[:1])
        return tally

    @classmethod
    def empty(cls, features: int) -> Tally:
        """Returns the tally of no rows."""

        def full(value: float) -> Floats:
            return np.full(features, value, dtype=np.float64)

        return cls(full(0), full(0), full(0), full(math.inf), full(-math.inf))

    @property
    def ends(self) -> tuple[float | None, float | None]:
        """The least and the largest finite value of all."""
        if not self.count.sum():
            return None, None
        return float(self.low.min()), float(self.high.max())

    @property
    def moments(self) -> tuple[float | None, float | None]:
        """Mean and standard deviation over all features."""
        count = float(self.count.sum())
        if count == 0:
            return None, None
        with np.errstate(all="ignore"):
            mean = float((self.count * self.mean).sum() / count)
            squares = float((self.squares + self.count * (self.mean - mean) ** 2).sum())
        return _finite(mean), _finite(max(0.0, squares / count) ** 0.5)

    @property
    def spread(self) -> Floats:
        """Standard deviations by feature."""
        return np.asarray(np.sqrt(self.squares / np.maximum(self.count, 1)))

    @property
    def constant(self) -> list[int]:
        """Features whose finite values are all the same."""
        return [int(i) for i in np.flatnonzero((self.count > 0) & (self.low == self.high))]

    def _add(self, block: Array, first: Array) -> None:
        self.rows_differ = self.rows_differ or not _all_equal(block, first)
        known = np.isfinite(block) if block.dtype.kind == "f" else None
        if known is not None and known.all():
            known = None
        if known is not None:
            self.non_finite += int(known.size - known.sum())
            self.non_finite_rows += int((~known.reshape(len(block), -1).all(axis=1)).sum())
        self.whole = self.whole and (block.dtype.kind != "f" or _is_whole(block, known))
        features = len(self.count)
        columns = _by_feature(block, features)
        self._join(columns, None if known is None else _by_feature(known, features))

    def _join(self, columns: Array, known: Bools | None) -> None:
        """Takes in values as (features, values)."""
        if known is None:
            count = np.full(len(self.count), float(columns.shape[1]))
            mean = columns.mean(axis=1, dtype=np.float64)
            low, high = columns.min(axis=1), columns.max(axis=1)
            apart = columns - mean[:, None]
        else:
            count = known.sum(axis=1).astype(np.float64)
            kept = np.where(known, columns, 0)
            mean = kept.sum(axis=1, dtype=np.float64) / np.maximum(count, 1)
            low = np.where(known, columns, math.inf).min(axis=1)
            high = np.where(known, columns, -math.inf).max(axis=1)
            apart = np.where(known, kept - mean[:, None], 0)
        self._merge(Tally(count, mean, np.einsum("ij,ij->i", apart, apart), low, high))

    def _merge(self, other: Tally) -> None:
        total, step = np.maximum(self.count + other.count, 1), other.mean - self.mean
        self.squares += other.squares + step**2 * self.count * other.count / total
        self.mean += step * other.count / total
        self.count += other.count
        self.low, self.high = np.minimum(self.low, other.low), np.maximum(self.high, other.high)
        self.non_finite += other.non_finite
        self.non_finite_rows += other.non_finite_rows

    def joined(self, other: Tally) -> Tally:
        """Returns the tally of the rows of both."""
        both = Tally.empty(len(self.count))
        both._merge(self)
        both._merge(other)
        return both


def _by_feature(block: Array, features: int) -> Array:
    columns = block.reshape(-1, features).T
    return np.ascontiguousarray(columns) if features <= NARROW else columns


def _readable(block: Array) -> Array:
    """Half precision is slow and overflows; whole numbers stay as they are."""
    return block.astype(np.float32) if block.dtype == np.float16 else block


def _all_equal(block: Array, first: Array) -> bool:
    if block.dtype.kind != "f":
        return bool(np.array_equal(block, np.broadcast_to(first, block.shape)))
    return bool(np.all((block == first) | (np.isnan(block) & np.isnan(first))))


def _is_whole(block: Array, known: Bools | None) -> bool:
    few = block.reshape(-1)[:1000]
    if np.any(np.isfinite(few) & (few != np.floor(few))):
        return False
    values = block if known is None else block[known]
    return bool(np.all(values == np.floor(values)))


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
