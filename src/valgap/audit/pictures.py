"""Near twins among pictures, by `valgap.audit.twins` where it is there."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from valgap.audit.dataset import Ints, Progress
from valgap.audit.measuring import Measured, Seen
from valgap.evidence.rows import Neighbours

ROOM = "valgap.audit.twins"
MOST_PAIRS = 200_000


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of rows that show the same, `(pairs, 2)` positions in the data set, the first less.

    `searched` is how many rows were looked at.
    """

    rows: Ints
    searched: int

    def across(self, parts: NDArray[np.str_], one: str, other: str) -> Ints:
        """Returns the pairs with a row of each of two parts, that of `one` first."""
        of = parts[self.rows]
        straight = (of[:, 0] == one) & (of[:, 1] == other)
        turned = (of[:, 1] == one) & (of[:, 0] == other)
        return np.concatenate([self.rows[straight], self.rows[turned][:, ::-1]])


def near_pairs(seen: Seen, progress: Progress = lambda *_: None) -> Pairs | None:
    """Returns near twins among the pictures that were kept, None where none can be looked for.

    Copies bit for bit are among them only once each: they are known by their digests.
    """
    pictures = _pictures(seen)
    if pictures is None or importlib.util.find_spec(ROOM) is None:
        return None
    kept = seen.scanned.kept
    progress("looking for near twins", 0, 0)
    parts = seen.parting.parts[kept]
    found = importlib.import_module(ROOM).twins_of(pictures, parts)
    pairs = _positions(found.pairs, kept)
    return Pairs(pairs[:MOST_PAIRS], len(kept))


def with_pairs(measured: Measured, seen: Seen, other: str, pairs: Pairs | None) -> Measured:
    """Returns measures with the number of rows of a part that have a near twin in training."""
    near = measured.rows.neighbours
    if pairs is None or near is None:
        return measured
    across = pairs.across(seen.parting.parts, "train", other)
    digests = seen.scanned.digests
    unlike = across[digests[across[:, 0]] != digests[across[:, 1]]]
    looked_at = np.isin(seen.rows(other), seen.scanned.kept)
    found: Neighbours = replace(
        near,
        matched=len(np.unique(unlike[:, 1])),
        matched_of=int(looked_at.sum()),
        matched_names=tuple(
            f"{seen.dataset.name(int(b))} and {seen.dataset.name(int(a))}" for a, b in unlike[:10]
        ),
    )
    return replace(measured, rows=replace(measured.rows, neighbours=found))


def _pictures(seen: Seen) -> NDArray[np.uint8] | None:
    """Kept rows as bytes of (rows, height, width, channels); None where they are no pictures."""
    x: Any = seen.scanned.x
    if seen.dataset.kind not in ("pictures", "clips") or not isinstance(x, np.ndarray):
        return None
    if x.ndim == 3:
        x = x[..., None]
    if x.ndim != 4 or len(x) < 2:
        return None
    if x.dtype == np.uint8:
        return np.asarray(x, np.uint8)
    low, high = float(np.nanmin(x)), float(np.nanmax(x))
    scaled = (np.nan_to_num(x) - low) / max(high - low, 1e-12) * 255
    return np.asarray(np.clip(scaled, 0, 255), np.uint8)


def _positions(pairs: Sequence[Any], kept: Ints) -> Ints:
    """Pairs of places among the kept rows, whether arrays or records, as positions of the data."""
    places = [(p.first, p.second) if hasattr(p, "first") else (p[0], p[1]) for p in pairs]
    if not places:
        return np.zeros((0, 2), np.int64)
    return np.asarray(np.sort(kept[np.asarray(places, np.int64)], axis=1))
