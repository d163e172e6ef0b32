"""Distances between rows of both splits, in units of two random training rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from valgap.ledger.probes.rows.arrays import Array, Bools, Floats, Ints, some_rows
from valgap.ledger.probes.rows.clock import NotApplicableError
from valgap.ledger.probes.rows.features import Block
from valgap.ledger.probes.rows.space import Scaler

PRIMARY = ("pixels", "motion", "steps", "columns", "tokens", "values")
"""Blocks that hold a row itself, rather than numbers derived from it."""

ALIKE = ("pixels", "motion", "steps")
"""Columns of one unit: a cell of the background that hardly varies is not to count as much."""

# A twin is so near that independent rows would have one so near in one case of a hundred at most.
BY_CHANCE = 0.01
# Rows a fifth of the random distance apart correlate by .96: d2 = 2 (1 - r) of the variance.
NEAREST = 0.2
# Shares of pairs that a gap is looked for in: as few as say something, and a tenth.
LEAST_PAIRS, LARGEST_SHARE = 30, 0.1
# What is left of 0 in single precision.
ROUNDING = 1e-3


@dataclass(frozen=True, slots=True)
class Distances:
    """Between all rows, training first; the diagonal is infinite. Random training rows: 1."""

    all: Array
    train: int

    @property
    def inside_train(self) -> Array:
        """Between training rows."""
        return self.all[: self.train, : self.train]

    @property
    def across(self) -> Array:
        """From validation rows to training rows."""
        return self.all[self.train :, : self.train]


def positions(blocks: Sequence[Block], by: Sequence[Block]) -> Array:
    """Returns rows as points, standardised by the rows of `by`; each block weighs alike."""
    parts = []
    for block, base in zip(blocks, by, strict=True):
        if block.part in PRIMARY:
            scaler = Scaler.of(base.values)
            if block.part in ALIKE:
                scaler = scaler.common()
            varying = max(1, int((scaler.spread > 0).sum()))
            parts.append(scaler.apply(block.values) / np.float32(varying**0.5))
    return np.concatenate(parts, axis=1)


def distances(train: Array, validation: Array | None) -> Distances:
    """Returns the distances between points.

    Raises:
        NotApplicableError: where half of the training rows are alike.
    """
    points = train if validation is None else np.concatenate([train, validation])
    norms = np.einsum("ij,ij->i", points, points)
    squares = norms[:, None] + norms[None, :] - 2 * (points @ points.T)
    apart = np.sqrt(np.maximum(squares, 0))
    np.fill_diagonal(apart, np.inf)
    inside = apart[: len(train), : len(train)]
    typical = float(np.median(inside[np.triu_indices(len(train), 1)]))
    if not typical > 0:
        raise NotApplicableError("half of the training rows have equal inputs")
    return Distances(apart / np.float32(typical), len(train))


def twin_distance(found: Distances) -> float:
    """Returns the distance below which rows are nearer than independent ones come to lie.

    The share of pairs within r grows like r to the power of a dimension (Grassberger and
    Procaccia, Physica D 9, 1983), taken here from pairs at two ranges, whichever says less:
    on a curve or in clusters rows lie near each other by themselves. The nearest hundredth of
    all pairs is left out, which twins make up; groups of more rows than that are not seen.
    """
    inside = found.inside_train[np.triu_indices(found.train, 1)]
    levels = (0.01, 0.1, 0.5)
    near, far, middle = (max(ROUNDING, float(v)) for v in np.quantile(inside, levels))
    growth = (
        np.log(levels[i + 1] / levels[i]) / max(np.log(b / a), 1e-9)
        for i, (a, b) in enumerate(((near, far), (far, middle)))
    )
    # (rows) x (share of pairs within r) = BY_CHANCE, from the share within `near`
    by_chance = near * (BY_CHANCE / (levels[0] * found.train)) ** (1 / min(growth))
    return float(np.clip(by_chance, ROUNDING, NEAREST))


def gap_distance(found: Distances, classes: Ints) -> float:
    """Returns the distance that parts near rows of one class from its other rows; 0: none does.

    Copies of a row, or shots of one scene, lie together and then nothing lies for a while:
    the distance doubles while the share of pairs grows by less than half, which it does
    nowhere on a line, a plane or in a cloud. Pairs of one class are looked at, as classes
    lie apart by themselves; where groups are as large as a tenth of it they are not told.
    """
    same = np.triu(classes[:, None] == classes[None, :], 1)
    inside = found.inside_train[same & (classes >= 0)[:, None]]
    if len(inside) < 10 * LEAST_PAIRS:
        return 0.0
    steps = int(np.log(LARGEST_SHARE * len(inside) / LEAST_PAIRS) / np.log(2**0.5))
    shares = LEAST_PAIRS / len(inside) * 2 ** (0.5 * np.arange(steps + 2))
    ends = np.maximum(np.quantile(inside, np.minimum(shares, 1.0)), ROUNDING)
    growth = ends[1:] / ends[:-1]
    widest = int(np.argmax(growth))
    if growth[widest] < 2:
        return 0.0
    return float(min(NEAREST, (ends[widest] * ends[widest + 1]) ** 0.5))


def group_distance(found: Distances, groups: Ints, classes: Ints) -> float:
    """Returns the distance below which a training row is nearer than rows of other groups come.

    Rows of other groups of the same class are the independent ones, and one in a hundred of
    them may lie as near; 0 where no class has two groups.

    Args:
        found: the distances.
        groups: the number of its group for each training row.
        classes: its class, -1 where it is not known.
    """
    is_other = groups[:, None] != groups[None, :]
    is_other &= (classes[:, None] == classes[None, :]) & (classes >= 0)[:, None]
    apart = nearest(np.where(is_other, found.inside_train, np.inf))
    apart = apart[np.isfinite(apart)]
    return float(min(NEAREST, np.quantile(apart, BY_CHANCE))) if len(apart) else 0.0


def spacing(found: Distances) -> float | None:
    """Returns how far training rows lie from each other, in distances of validation rows.

    Medians of the distance to the nearest row, within as many rows of one split as of the
    other, since that shrinks with their number; 1 for splits of one source, None for few rows.
    """
    held_out = found.all[found.train :, found.train :]
    rows = min(found.train, len(held_out))
    if rows < LEAST_PAIRS:
        return None
    ours, other = (
        float(np.median(nearest(apart[np.ix_(kept, kept)])))
        for apart, kept in (
            (found.inside_train, some_rows(found.train, rows)),
            (held_out, some_rows(len(held_out), rows)),
        )
    )
    return ours / other if other > 0 else None


def chains(near: Bools) -> Ints:
    """Returns a number for each row, the same for rows that a chain of near ones connects."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    _, chain = connected_components(csr_array(near.astype(np.int8)), directed=False)
    return np.asarray(chain, dtype=np.int64)


def nearest(apart: Array) -> Floats:
    """Returns the distance of each row to the nearest other one."""
    return np.asarray(apart.min(axis=1), dtype=np.float64)
