"""All steps from pictures to pairs of twins."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from valgap.audit.twins.arrays import Floats, Ints, Pixels
from valgap.audit.twins.candidates import Candidates, candidates
from valgap.audit.twins.comparison import compared
from valgap.audit.twins.judging import Rule, rule_of, shares_of
from valgap.audit.twins.kinds import kind_of
from valgap.audit.twins.record import Twin, Twins
from valgap.audit.twins.registration import in_parts, registered
from valgap.audit.twins.space import space_of
from valgap.audit.twins.thumbnails import Thumbnails, thumbnails
from valgap.audit.twins.views import views

NEAREST, NEAREST_FAST = 8, 6
SEARCHED = (64, 0.25, 1.0)
COMPARED = (64, 0.25, 0.5)
"""Columns, power and window of the spaces that pairs are looked for in, and judged in."""
LEAST_PICTURES = 20


def twins_of(
    pictures: Iterable[Pixels],
    splits: Sequence[object] | None = None,
    *,
    seconds: float | None = None,
    thorough: bool = True,
) -> Twins:
    """Returns pairs of pictures that show the same.

    Exact copies are told by their pixels. Others are looked for among the nearest under flips,
    quarter turns and, if thorough, crops, shifts and rotations; laid over each other by
    registration; and compared in a space where what all pictures of the set share weighs little.
    How near is near is computed from the set: see `judging`.

    Args:
        pictures: `(h, w)` or `(h, w, channels)`, uint8, of any sizes; read once, one at a time.
        splits: the split of each picture, for `Twins.across`; all pairs are looked for either way.
        seconds: where registration ends, in seconds from the call; None: nowhere.
        thorough: False looks under flips, quarter turns and one crop only, and registers nothing.
    """
    until = float("inf") if seconds is None else time.monotonic() + seconds
    small, of = thumbnails(pictures), () if splits is None else tuple(splits)
    shown, same, notes = _to_compare(small), _exact(small), []
    if flat := int(small.is_flat.sum()):
        notes.append(f"{flat} pictures show nothing but one grey: only equal ones are told")
    if len(shown) < LEAST_PICTURES:
        notes.append(f"near twins take {LEAST_PICTURES} unlike pictures, there are {len(shown)}")
        return Twins(tuple(same), len(small.grey), None, float("nan"), tuple(notes), of)
    near, rule, more = _near(small, shown, thorough, lambda: time.monotonic() > until)
    limit = min((pair.score for pair in near), default=float("nan"))
    return Twins((*same, *near), len(small.grey), rule, limit, (*notes, *more), of)


def _to_compare(small: Thumbnails) -> Ints:
    """The places of the first of equal pictures, without flat ones."""
    first = np.unique(small.equal, return_index=True)[1]
    return np.sort(first[~small.is_flat[first]])


def _exact(small: Thumbnails) -> list[Twin]:
    """Each picture with the first that is equal."""
    first = np.unique(small.equal, return_index=True)[1][small.equal]
    again = np.flatnonzero(first != np.arange(len(first)))
    return [Twin(int(first[i]), int(i), "exact", 1.0, 0.0) for i in again]


def _near(
    small: Thumbnails, shown: Ints, thorough: bool, is_over: Callable[[], bool]
) -> tuple[list[Twin], Rule, list[str]]:
    grey, maps = small.grey[shown], views(thorough)
    nearest = NEAREST if thorough else NEAREST_FAST
    found = candidates(grey, space_of(grey, *SEARCHED), maps, nearest)
    x, y, place = _each_once(found)
    maps, notes = maps[place], []
    if thorough:
        maps, done = _registered(grey, x, y, maps, is_over)
        if done < len(x):
            notes.append(f"time was over after {done} of {len(x)} pairs were laid over each other")
    result = compared(grey, x, y, maps, space_of(grey, *COMPARED))
    shares = shares_of(len(grey), x, y, result.alike)
    rule = rule_of(len(grey), shares)
    told = np.flatnonzero((shares <= rule.ratio) & ~small.differ(shown[x], shown[y], result.gain))
    pairs = []
    for i in told[np.argsort(shares[told])]:
        first, second = sorted((int(shown[x[i]]), int(shown[y[i]])))
        is_resized = bool((small.sizes[first] != small.sizes[second]).any())
        kind = kind_of(maps[i], result.values(int(i)), is_resized)
        pairs.append(Twin(first, second, kind, float(result.alike[i]), float(shares[i])))
    return pairs, rule, notes


def _each_once(found: Candidates) -> tuple[Ints, Ints, Ints]:
    """Pairs from candidates, in the direction that is more alike, the most alike first."""
    rows, nearest = found.y.shape
    x = np.repeat(np.arange(rows), nearest)
    y, v, alike = (of.reshape(-1) for of in (found.y, found.v, found.alike))
    order = np.argsort(-alike, kind="stable")
    order = order[y[order] >= 0]
    key = np.minimum(x, y)[order].astype(np.int64) * rows + np.maximum(x, y)[order]
    kept = order[np.sort(np.unique(key, return_index=True)[1])]
    return x[kept], y[kept].astype(np.int64), v[kept]


def _registered(
    grey: Floats, x: Ints, y: Ints, maps: Floats, is_over: Callable[[], bool]
) -> tuple[Floats, int]:
    """The maps after registration, and how many pairs there was time for."""
    maps, done = maps.copy(), 0
    for part in in_parts(len(x)):
        if is_over():
            break
        maps[part] = registered(grey[x[part]], grey[y[part]], maps[part])
        done = min(part.stop, len(x))
    return maps, done
