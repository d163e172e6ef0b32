"""Near twins among pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from valgap.auditing.dataset import Ints, Progress
from valgap.auditing.measuring import Measured, Seen
from valgap.auditing.twins import twins_of
from valgap.evidence.rows import Neighbours

SECONDS = 120.0
"""Time after which no more pictures are laid over one another."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of rows that show the same, `(pairs, 2)` positions in the data set, the first less.

    `searched` is how many rows were looked at; `notes` say what was left out.
    """

    rows: Ints
    searched: int
    notes: tuple[str, ...] = ()

    def across(self, parts: NDArray[np.str_], one: str, other: str) -> Ints:
        """Returns the pairs with a row of each of two parts, that of `one` first."""
        of = parts[self.rows]
        straight = (of[:, 0] == one) & (of[:, 1] == other)
        turned = (of[:, 1] == one) & (of[:, 0] == other)
        return np.concatenate([self.rows[straight], self.rows[turned][:, ::-1]])


def near_pairs(seen: Seen, progress: Progress = lambda *_: None) -> Pairs | None:
    """Returns pairs among the pictures that were kept, copies too; None where rows are none."""
    pictures = _pictures(seen)
    if pictures is None:
        return None
    progress("looking for near twins", 0, 0)
    found = twins_of(iter(pictures), seconds=SECONDS)
    kept = seen.scanned.kept
    return Pairs(_positions(found.pairs, kept), len(kept), tuple(found.notes))


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
    """Pairs of places among the kept rows as positions of the data."""
    places = [(pair.first, pair.second) for pair in pairs]
    if not places:
        return np.zeros((0, 2), np.int64)
    return np.asarray(np.sort(kept[np.asarray(places, np.int64)], axis=1))
