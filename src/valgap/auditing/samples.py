"""A few rows that findings are of, for those who asked to see them."""

from __future__ import annotations

from typing import Any

import numpy as np

from valgap.auditing.measuring import Measured, Seen
from valgap.auditing.pictures import Pairs
from valgap.evidence.samples import Samples

MOST_PAIRS, MOST_LABELS = 5, 5


def samples_of(seen: Seen, other: str, measured: Measured, pairs: Pairs | None) -> Samples | None:
    """Returns rows of pairs across the split, side by side, then those of labels in doubt."""
    x: Any = seen.scanned.x
    if not isinstance(x, np.ndarray) or x.ndim < 3:
        return None
    held_out = seen.rows(other)
    train = seen.rows("train")
    digests = seen.scanned.digests
    positions: list[int] = []
    for row in held_out[np.isin(digests[held_out], digests[train])][:MOST_PAIRS]:
        twin = train[np.flatnonzero(digests[train] == digests[row])[0]]
        positions += [int(row), int(twin)]
    if pairs is not None:
        across = pairs.across(seen.parting.parts, "train", other)[:MOST_PAIRS]
        positions += [int(p) for a, b in across for p in (b, a)]
    noise = measured.rows.label_noise
    if noise is not None:
        rows = seen.parting.rows("train")
        positions += [int(rows[i]) for i in noise.rows_listed[:MOST_LABELS]]
    chosen = np.array([p for p in positions if p in set(seen.scanned.kept.tolist())], np.int64)
    if not len(chosen):
        return None
    return Samples(chosen, seen.scanned.rows(chosen))
