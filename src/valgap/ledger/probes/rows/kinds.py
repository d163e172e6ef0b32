"""What the rows of an input are: pictures, frames, series, columns of a table, tokens."""

from __future__ import annotations

import numpy as np

from valgap.evidence.rows import InputKind
from valgap.ledger.probes.rows.arrays import Array, sample

LOOKED_AT = 200
# In a picture neighbours along both axes differ by far less than values at random do.
SMOOTH = 0.5
LEAST_SIDE = 16
# Tokens take turns at random over many columns; so few columns or values are features.
TOKEN_COLUMNS, TOKEN_VALUES = 8, 10


def kind_of(array: Array) -> InputKind:
    """Returns what the rows of an input are, told by shape and, where that is open, by values."""
    match array.ndim:
        case 1:
            return "table"
        case 2:
            return "other" if _is_tokens(array) else "table"
        case 3:
            return "image" if _is_grey_picture(array) else "series"
        case 4:
            return "image"
        case 5:
            return "frames"
    return "other"


def _is_grey_picture(array: Array) -> bool:
    """Pictures without an axis of channels are square, and smooth along both axes."""
    rows, high, wide = array.shape
    if rows == 0 or high != wide or high < LEAST_SIDE:
        return False
    some = sample(array, LOOKED_AT).astype(np.float64)
    spread = float(np.nanmean(np.abs(some - some.reshape(-1)[::-1].reshape(some.shape))))
    steps = [float(np.nanmean(np.abs(np.diff(some, axis=axis)))) for axis in (1, 2)]
    return bool(max(steps) < SMOOTH * spread)


def _is_tokens(array: Array) -> bool:
    """Whole numbers from 0 on, many columns alike, and no likeness of neighbours."""
    some = sample(array, LOOKED_AT).astype(np.float64)
    if array.shape[1] < TOKEN_COLUMNS or len(some) < 2 or not np.all(np.isfinite(some)):
        return False
    if np.any(some < 0) or np.any(some != np.floor(some)) or some.max() < TOKEN_VALUES:
        return False
    held = np.where(some > 0, some, np.nan)  # without padding
    known = np.isfinite(held).sum(axis=0) >= 5
    if known.sum() < 2:
        return False
    between = float(np.std(np.nanmean(held[:, known], axis=0)))
    steps = float(np.nanmean(np.abs(np.diff(held, axis=1))))
    within = float(np.nanstd(held))
    # Of independent values, neighbours differ by 1.13 standard deviations (normal) or 1.15
    # (uniform) on average; frequent small numbers make it less.
    return bool(between < SMOOTH * within and steps > SMOOTH * within)
