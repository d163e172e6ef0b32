"""All steps from pictures to pairs of twins."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from valgap.auditing.twins.arrays import Floats, Ints, Pixels
from valgap.auditing.twins.candidates import Candidates, candidates
from valgap.auditing.twins.comparison import Compared, compared
from valgap.auditing.twins.judging import Rule, rule_of, shares_of
from valgap.auditing.twins.kinds import is_looked_for, kind_of
from valgap.auditing.twins.record import Twin, Twins
from valgap.auditing.twins.registration import in_parts, registered
from valgap.auditing.twins.space import space_of
from valgap.auditing.twins.thumbnails import Thumbnails, thumbnails
from valgap.auditing.twins.views import views

NEAREST, NEAREST_FAST = 8, 6
SEARCHED = (64, 0.25, 1.0)
COMPARED = (64, 0.25, 0.5)
"""Columns, power and window of the spaces that pairs are looked for in, and judged in."""
LEAST_PICTURES = 20
Firsts: TypeAlias = dict[int, list[int]]


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
        splits: the split of each picture. Pairs are looked for within and across; of equal
            pictures one stands for all, here for all of its split.
        seconds: where registration ends, in seconds from the call; None: nowhere.
        thorough: False looks under flips, quarter turns and one crop only, and registers nothing.
    """
    until = float("inf") if seconds is None else time.monotonic() + seconds
    small, of = thumbnails(pictures), () if splits is None else tuple(splits)
    firsts, shown, notes = _firsts(small, of), _to_compare(small), []
    same = _exact(small, firsts)
    if flat := int(small.is_flat.sum()):
        notes.append(f"{flat} pictures show nothing but one grey: only equal ones are told")
    if len(shown) < LEAST_PICTURES:
        notes.append(f"near twins take {LEAST_PICTURES} unlike pictures, there are {len(shown)}")
        return Twins(tuple(same), len(small.grey), None, float("nan"), tuple(notes), of)
    near, rule, more = _near(small, shown, thorough, lambda: time.monotonic() > until)
    near = _of_all_splits(near, small, firsts)
    limit = min((pair.score for pair in near), default=float("nan"))
    return Twins((*same, *near), len(small.grey), rule, limit, (*notes, *more), of)


@dataclass(frozen=True, slots=True)
class _Told:
    """Pairs laid over each other under `maps`, and what follows from how alike they are then."""

    x: Ints
    y: Ints
    result: Compared
    maps: Floats
    shares: Floats
    rule: Rule


def _to_compare(small: Thumbnails) -> Ints:
    """The places of the first of equal pictures, without flat ones."""
    first = np.unique(small.equal, return_index=True)[1]
    return np.sort(first[~small.is_flat[first]])


def _exact(small: Thumbnails, firsts: Firsts) -> list[Twin]:
    """Each picture with the first equal one, and with the first of every other split."""
    return [
        Twin(first, place, "exact", 1.0, 0.0)
        for place, number in enumerate(small.equal.tolist())
        for first in firsts[number]
        if first < place
    ]


def _firsts(small: Thumbnails, splits: tuple[object, ...]) -> Firsts:
    """By number of equal pictures, the place of the first in each split."""
    found: dict[int, dict[object, int]] = {}
    of = splits or (None,) * len(small.equal)
    for place, (number, split) in enumerate(zip(small.equal.tolist(), of, strict=True)):
        found.setdefault(number, {}).setdefault(split, place)
    return {number: list(first.values()) for number, first in found.items()}


def _of_all_splits(pairs: list[Twin], small: Thumbnails, firsts: Firsts) -> list[Twin]:
    """The same pairs for equal pictures in other splits."""
    found: list[Twin] = []
    for pair in pairs:
        sides = (firsts[int(small.equal[place])] for place in (pair.first, pair.second))
        places = (sorted(both) for both in itertools.product(*sides))
        found.extend(replace(pair, first=first, second=second) for first, second in places)
    return found


def _near(
    small: Thumbnails, shown: Ints, thorough: bool, is_over: Callable[[], bool]
) -> tuple[list[Twin], Rule, list[str]]:
    grey, maps = small.grey[shown], views(thorough)
    nearest = NEAREST if thorough else NEAREST_FAST
    found = candidates(grey, space_of(grey, *SEARCHED), maps, nearest)
    x, y, place = _each_once(found)
    laid, notes = [maps[place]], []
    if thorough:
        more, done = _registered(grey, x, y, laid[0], is_over)
        laid.append(more)
        if done < len(x):
            notes.append(f"time was over after {done} of {len(x)} pairs were laid over each other")
    space = space_of(grey, *COMPARED)
    told = [_told(compared(grey, x, y, maps, space), maps, (len(grey), x, y)) for maps in laid]
    return _pairs(small, shown, told), told[-1].rule, notes


def _told(result: Compared, maps: Floats, pairs: tuple[int, Ints, Ints]) -> _Told:
    shares = shares_of(*pairs, result.alike)
    shares = np.where(is_looked_for(maps), shares, np.float32(np.inf))
    return _Told(*pairs[1:], result, maps, shares, rule_of(pairs[0], shares))


def _pairs(small: Thumbnails, shown: Ints, told: list[_Told]) -> list[Twin]:
    """The pairs that are told where pictures stand as they were found, or once registered.

    As they stand, neighbours are further apart, so that noise and blur hide less; where a copy
    was moved registration must bring it back first.
    """
    nearness = np.array([each.shares / each.rule.ratio for each in told])
    best, nearest = nearness.argmin(axis=0), nearness.min(axis=0)
    found = []
    for i in np.argsort(nearest)[: int((nearest <= 1).sum())]:
        each = told[best[i]]
        first, second = sorted((int(shown[each.x[i]]), int(shown[each.y[i]])))
        values = each.result.values(int(i))
        if small.differ(first, second, values.gain):
            continue
        is_resized = bool((small.sizes[first] != small.sizes[second]).any())
        kind = kind_of(each.maps[i], values, is_resized)
        alike, share = float(each.result.alike[i]), float(each.shares[i])
        found.append(Twin(first, second, kind, alike, share))
    return found


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
