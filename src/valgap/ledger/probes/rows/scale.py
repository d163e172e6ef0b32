"""One map of scale and offset between the splits, and scalers that were fitted on both."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from valgap.ledger.probes.rows.arrays import Array, Bools, numeric
from valgap.ledger.probes.rows.distances import PRIMARY
from valgap.ledger.probes.rows.features import Block
from valgap.ledger.probes.rows.prepared import Prepared
from valgap.ledger.probes.rows.tally import Tally
from valgap.observe.sources.nested import named_leaves

LEVELS = (0.1, 0.3, 0.5, 0.7, 0.9)
# What a map may leave of the spread, beside the error of sampling (two errors of a quantile, each
# about 1.5 standard deviations over the root of the rows).
LEFT, ERRORS = 0.05, 3.0
MOST_COLUMNS = 256

ROUNDED = 1e-4
"""A mean of 0 and a variance of 1 in single precision, over many rows."""

SHORT = 0.01
LEAST_ROWS, LEAST_VALUES, LOOKED_AT = 30, 20, 2000


def scale_and_shift(
    train: Sequence[Block], validation: Sequence[Block]
) -> tuple[str, float | None, float | None]:
    """Returns the input with the least usual map `training = scale x validation + shift`.

    The map is fitted to quantiles of all its columns, and is None where one map does not
    fit them all.
    """
    found: list[tuple[float, str, float, float]] = []
    for ours, theirs in zip(train, validation, strict=True):
        if ours.part in PRIMARY and ours.part not in ("motion", "tokens"):
            told = _map(ours.values, theirs.values)
            if told is not None:
                scale, shift, spread = told
                unusual = abs(float(np.log(scale))) + abs(shift) / spread
                found.append((unusual, ours.name, scale, shift))
    if not found:
        return "", None, None
    _, name, scale, shift = max(found)
    return name, scale, shift


def _map(ours: Array, theirs: Array) -> tuple[float, float, float] | None:
    columns = np.unique(np.linspace(0, ours.shape[1] - 1, MOST_COLUMNS).astype(int))
    with np.errstate(all="ignore"):
        a, b = (
            np.nanquantile(v[:, columns].astype(np.float64), LEVELS, axis=0) for v in (ours, theirs)
        )
    kept = np.isfinite(a).all(axis=0) & np.isfinite(b).all(axis=0)
    kept &= (np.ptp(a, axis=0) > 0) | (np.ptp(b, axis=0) > 0)
    a, b = a[:, kept], b[:, kept]
    if a.size == 0 or np.ptp(b) == 0 or np.ptp(a) == 0:
        return None
    scale, shift = (float(v) for v in np.polyfit(b.reshape(-1), a.reshape(-1), 1))
    # Half of the distance between the 10 % and 90 % quantiles: 1.3 standard deviations.
    spread = float(np.sqrt(np.mean((np.ptp(a, axis=0) / 2.56) ** 2)))
    left = float(np.sqrt(np.mean((a - scale * b - shift) ** 2)))
    error = ERRORS * (1 / len(ours) + 1 / len(theirs)) ** 0.5
    if scale <= 0 or spread <= 0 or left > (LEFT + error) * spread:
        return None
    return scale, shift, spread


def fitted_on_both(prepared: Prepared) -> bool:
    """Whether both splits together are standardised to rounding and training alone is not.

    Of all rows only: of a sample nothing is to rounding.
    """
    tables = prepared.sampled.tables
    train, validation = tables["train"], tables["validation"]
    if train.note is not None or validation.note is not None:
        return False
    others = dict(named_leaves(validation.x, "x"))
    for name, leaf in named_leaves(train.x, "x"):
        ours, theirs = numeric(leaf), numeric(others.get(name))
        if ours is None or theirs is None or ours.shape[1:] != theirs.shape[1:]:
            continue
        if prepared.kinds.get(name) in ("table", "series") and _fitted(ours, theirs):
            return True
    return False


def _fitted(ours: Array, theirs: Array) -> bool:
    width = ours.shape[-1] if ours.ndim > 1 else 1
    if min(len(ours), len(theirs)) < LEAST_ROWS or not 0 < width <= MOST_COLUMNS:
        return False
    train, other = Tally.of(ours, width), Tally.of(theirs, width)
    both = train.joined(other)
    if both.non_finite or not (_standardised(train, both) or _ranged(train, both)):
        return False
    # Flags and grades take 0 and 1 as their ends by themselves.
    some = ours.reshape(-1, width)[:LOOKED_AT]
    return all(len(np.unique(column)) >= LEAST_VALUES for column in some.T)


def _standardised(train: Tally, both: Tally) -> bool:
    return bool(_has_unit_variance(both).all() and not _has_unit_variance(train).all())


def _has_unit_variance(found: Tally) -> Bools:
    centred = np.abs(found.mean) < ROUNDED
    return np.asarray(centred & (np.abs(found.spread - 1) < ROUNDED))


def _ranged(train: Tally, both: Tally) -> bool:
    """A range of 0 to 1 in every column of both splits, which training alone falls short of."""
    if np.any(np.abs(both.low) > ROUNDED) or np.any(np.abs(both.high - 1) > ROUNDED):
        return False
    return bool(np.any((train.low > SHORT) | (train.high < 1 - SHORT)))
