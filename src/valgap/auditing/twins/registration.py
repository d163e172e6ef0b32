"""One picture laid over another: an affine map by Gauss-Newton steps, many pairs at once.

The inverse compositional form (Baker and Matthews, IJCV 56, 2004) with gain and offset projected
out, so that gradients are computed once a pair.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from valgap.auditing.twins.arrays import Array, Floats, Ints
from valgap.auditing.twins.space import standardised
from valgap.auditing.twins.thumbnails import SIDE
from valgap.auditing.twins.views import grid, side_of, window

STEPS = 6
LARGEST_STEP = 0.15  # of half the picture, or of the map: larger ones are wrong
DAMPING = 0.1
MOVES, ALL = (2, 5), tuple(range(6))
"""Of the numbers of a map: first a picture is moved, then the whole map is free."""
AT_ONCE = 256
MARGIN = 1.0
"""Cells at the border that do not count: what lies outside is in them."""


def in_parts(rows: int, side: int = SIDE) -> Iterator[slice]:
    """Yields slices of as many pairs as fit into the cache."""
    step = AT_ONCE * SIDE**2 // side**2
    return (slice(start, start + step) for start in range(0, rows, step))


def warped(y: Floats, maps: Floats) -> tuple[Floats, Ints]:
    """Returns pictures `(p, cells)` under a map each `(p, 2, 3)`, and which cells lie inside."""
    side = side_of(y)
    at = _places(maps, side)
    inside = np.asarray(((at >= MARGIN) & (at <= side - 1 - MARGIN)).all(axis=1))
    at = np.clip(np.nan_to_num(at), 0, side - 1.001)
    corner = at.astype(np.int32)
    across, down = (at - corner)[:, 0], (at - corner)[:, 1]
    first = np.arange(len(y), dtype=np.int32)[:, None] * (side * side)
    place, flat = corner[:, 1] * side + corner[:, 0] + first, np.ascontiguousarray(y).reshape(-1)
    upper, lower = flat.take(place), flat.take(place + side)
    upper = upper + (flat.take(place + 1) - upper) * across
    lower = lower + (flat.take(place + side + 1) - lower) * across
    return np.asarray(upper + (lower - upper) * down, np.float32), inside


def _places(maps: Floats, side: int) -> Floats:
    """Where the cells lie in `y` `(p, 2, cells)`, counted in cells."""
    return np.asarray((maps @ grid(side) + 1) * np.float32(side / 2) - np.float32(0.5))


def as_interpolated(x: Floats, maps: Floats) -> Floats:
    """Returns pictures `(p, cells)` as much smoothed as `warped` smooths the others.

    Between two cells it takes their mean, which hides a thin line as a shift of the line would.
    """
    side = side_of(x)
    part = _places(maps, side) % 1
    half = part * (1 - part) / 2
    is_upright = (np.abs(maps[:, 0, 0]) > np.abs(maps[:, 0, 1]))[:, None]
    along, down = (np.where(is_upright, half[:, i], half[:, 1 - i]) for i in (0, 1))
    padded = np.pad(x.reshape(-1, side, side), ((0, 0), (1, 1), (1, 1)), mode="edge")
    middle = padded[:, 1:-1, 1:-1]
    over = padded[:, 1:-1, :-2] + padded[:, 1:-1, 2:] - 2 * middle
    under = padded[:, :-2, 1:-1] + padded[:, 2:, 1:-1] - 2 * middle
    return np.asarray(x + along * over.reshape(x.shape) + down * under.reshape(x.shape), np.float32)


def registered(x: Floats, y: Floats, maps: Floats, steps: int = STEPS) -> Floats:
    """Returns the maps `(p, 2, 3)` under which `y` looks like `x` best, from the given ones."""
    weights = window(1.0, side_of(x))
    x = standardised(x, weights)
    steepest = _steepest(x, weights)
    weighted = steepest * weights
    matrix = weighted @ steepest.transpose(0, 2, 1)
    moved, affine = _inverse(matrix, MOVES), _inverse(matrix, ALL)
    least, best = np.full(len(x), np.inf, np.float32), maps
    for done in range(steps + 1):
        seen, inside = warped(y, maps)
        counted = np.maximum(weights * inside, 1e-8)
        apart = (standardised(seen, counted) - x) * inside
        error = (apart * apart * counted).sum(axis=1) / np.maximum(counted.sum(axis=1), 0.1)
        better = error < least
        least, best = np.where(better, error, least), np.where(better[:, None, None], maps, best)
        inverse = moved if done < steps // 3 else affine
        step = np.einsum("pij,pj->pi", inverse, np.einsum("pjs,ps->pj", weighted, apart))
        maps = _composed(maps, np.clip(step, -LARGEST_STEP, LARGEST_STEP))
    return best


def slopes(grey: Floats) -> Floats:
    """Returns how pictures `(p, cells)` change a cell, across and down `(2, p, cells)`."""
    side = side_of(grey)
    found = (np.gradient(grey.reshape(-1, side, side), axis=axis) for axis in (2, 1))
    return np.stack([np.reshape(slope, grey.shape) for slope in found]).astype(np.float32)


def _steepest(x: Floats, weights: Floats) -> Floats:
    """How a picture changes with each of the six numbers of a map, less gain and offset."""
    side = side_of(x)
    both = [slope[:, None] * (side / 2) * grid(side) for slope in slopes(x)]
    found = np.concatenate(both, axis=1).astype(np.float32)
    found = found - (found * weights).sum(axis=2, keepdims=True)
    power = np.maximum((x * x * weights).sum(axis=1), 1e-3)[:, None, None]
    gain = (found * (x * weights)[:, None]).sum(axis=2, keepdims=True) / power
    return np.asarray(found - gain * x[:, None], np.float32)


def _inverse(matrix: Array, free: Sequence[int]) -> Floats:
    """The inverse where some of the six numbers are free, and the others stay."""
    some = matrix[:, free][:, :, free]
    size = np.trace(some, axis1=1, axis2=2)[:, None, None] / len(free)
    inverse = np.zeros_like(matrix)
    damped = some + np.eye(len(free), dtype=np.float32) * (DAMPING * size + 1e-5)
    inverse[:, np.array(free)[:, None], free] = np.linalg.inv(damped)
    return inverse


def _composed(maps: Floats, steps: Floats) -> Floats:
    """The map after the inverse of the step."""
    step = steps.reshape(-1, 2, 3)
    change = np.eye(2, dtype=np.float32) + step[:, :, :2]
    back = np.linalg.inv(change)
    linear = maps[:, :, :2] @ back
    offset = maps[:, :, 2:] - linear @ step[:, :, 2:]
    return np.concatenate([linear, offset], axis=2)
