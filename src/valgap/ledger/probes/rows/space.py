"""Blocks of columns as one table: gaps filled, standardised, many columns reduced to few."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from valgap.ledger.probes.rows.arrays import Array, Floats
from valgap.ledger.probes.rows.features import Block

COMPONENTS, KEPT_AS_THEY_ARE = 48, 64
"""Blocks of more columns than are kept as they are become so many principal components."""

# Heavy tails and columns that hardly vary in training would outweigh all others.
FARTHEST = 10.0
# Quartiles of the normal distribution lie so many standard deviations apart.
_QUARTILES_APART = 1.349
# So many standard deviations, as the quartiles tell them, from the median: one normal value in
# some two million.
_OUTLYING = 5.0


@dataclass(frozen=True, slots=True)
class Scaler:
    """Means and spreads by column; a column without spread, or without a value, becomes 0."""

    mean: Floats
    spread: Floats

    @classmethod
    def of(cls, values: Array) -> Scaler:
        """Returns the scaler of some rows."""
        known = np.isfinite(values)
        count = np.maximum(known.sum(axis=0), 1)
        kept = np.where(known, values, 0).astype(np.float64)
        mean = kept.sum(axis=0) / count
        spread = np.sqrt((np.where(known, kept - mean, 0) ** 2).sum(axis=0) / count)
        # What is left of a constant in single precision is rounding.
        spread[spread <= 1e-6 * np.abs(mean)] = 0.0
        return cls(mean, spread)

    @classmethod
    def robust(cls, values: Array) -> Scaler:
        """Returns the scaler of some rows, leaving out values far outside the middle half.

        One row far out must not set the scale of all others; means and standard deviations of
        the rest vary less from sample to sample than medians and quartiles do. Columns of which
        half the values are equal have no middle half, and are taken whole.
        """
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # columns without a value
            known = np.where(np.isfinite(values), values, np.nan)
            low, middle, high = np.nanquantile(known.astype(np.float64), (0.25, 0.5, 0.75), axis=0)
            spread = (high - low) / _QUARTILES_APART
            varies = np.isfinite(spread) & (spread > 1e-6 * np.abs(middle))
            is_far = varies & (np.abs(known - middle) > _OUTLYING * spread)
        return cls.of(np.where(is_far, np.nan, known))

    def common(self) -> Scaler:
        """Returns the scaler with one spread for all columns that vary."""
        varying = self.spread > 0
        shared = float(np.sqrt(np.mean(self.spread[varying] ** 2))) if varying.any() else 0.0
        return Scaler(self.mean, np.where(varying, shared, 0.0))

    def apply(self, values: Array) -> Array:
        """Returns standardised values, gaps filled with the mean, single precision."""
        apart = np.where(np.isfinite(values), values - self.mean, 0)
        scaled = apart / np.where(self.spread > 0, self.spread, 1) * (self.spread > 0)
        return np.clip(scaled, -FARTHEST, FARTHEST).astype(np.float32)


class Space:
    """A table of features made from some rows, into which other rows can be put."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self._scalers = [Scaler.of(block.values) for block in blocks]
        scaled = [s.apply(b.values) for s, b in zip(self._scalers, blocks, strict=True)]
        self._axes = [_axes(values) for values in scaled]
        self._weights = [1.0] * len(blocks)
        parts = self._projected(scaled)
        totals = [float(np.sqrt((part**2).sum(axis=1).mean())) for part in parts]
        self._weights = [1 / total if total > 0 else 0.0 for total in totals]

    def put(self, blocks: Sequence[Block]) -> Floats:
        """Returns rows as (rows, columns); each block has a total variance of 1."""
        scaled = [s.apply(b.values) for s, b in zip(self._scalers, blocks, strict=True)]
        parts = self._projected(scaled)
        return np.concatenate(parts, axis=1).astype(np.float64)

    def _projected(self, scaled: Sequence[Array]) -> list[Array]:
        parts = zip(scaled, self._axes, self._weights, strict=True)
        return [(v if axes is None else v @ axes) * weight for v, axes, weight in parts]


def _axes(values: Array) -> Array | None:
    """The principal axes (columns, components) of a wide block."""
    rows, columns = values.shape
    if columns <= KEPT_AS_THEY_ARE:
        return None
    from sklearn.utils.extmath import randomized_svd

    kept = min(COMPONENTS, rows)
    _, _, axes = randomized_svd(values, kept, n_iter=2, random_state=0)
    return np.asarray(axes.T)
