"""Near twins: candidates, laid over each other, compared at one scale or two, and judged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from valgap.auditing.twins.again import found_again
from valgap.auditing.twins.arrays import Floats, Ints, Stored
from valgap.auditing.twins.candidates import Candidates, candidates
from valgap.auditing.twins.closer import best_of, closer, compared_closer
from valgap.auditing.twins.comparison import Compared, compared, joined
from valgap.auditing.twins.judging import Rule, rule_of, shares_of
from valgap.auditing.twins.kinds import is_looked_for, kind_of
from valgap.auditing.twins.laying import laid_over
from valgap.auditing.twins.pairs import Pairs
from valgap.auditing.twins.record import Twin
from valgap.auditing.twins.smoothing import searched
from valgap.auditing.twins.space import Space, sampled, space_of
from valgap.auditing.twins.thumbnails import Thumbnails, levels
from valgap.auditing.twins.views import views

NEAREST, NEAREST_FAST = 8, 6
SEARCHED = (64, 0.25, 2.0)
COMPARED = (64, 0.25, 0.5)
"""Columns, power and window of the spaces that pairs are looked for in, and judged in."""
LEAST_PICTURES = 20
COARSE = 2
"""Pairs are judged as they stand and once registered; then closer."""


@dataclass(frozen=True, slots=True)
class _Told:
    """Pairs as they are laid over each other, and what follows from how alike they are then."""

    pairs: Pairs
    result: Compared
    is_right: Ints
    shares: Floats
    rule: Rule


def near_twins(
    small: Thumbnails, shown: Ints, thorough: bool, is_over: Callable[[], bool]
) -> tuple[list[Twin], Rule, list[str]]:
    """Returns the near twins among the pictures `shown`, nearest first, the rule, and notes."""
    grey, wide = small.grey[shown], small.aspects[shown]
    notes, some = [], sampled(grey)
    search, space = space_of(searched(some), *SEARCHED), space_of(levels(some), *COMPARED)
    maps = views(thorough, float(np.median(wide)))
    found = candidates(grey, search, maps, NEAREST if thorough else NEAREST_FAST)
    pairs = _each_once(found, maps)
    told = [_told(pairs, compared(grey, pairs, space), wide)]
    if thorough:
        pairs, result, done = _laid(grey, pairs, (search, space), is_over)
        laid = _told(pairs, result, wide)
        told = [_but_sheared(told[0], laid), laid]
        if done < len(pairs):
            gone = f"{done} of {len(pairs)} pairs were laid over each other"
            notes.append(f"time was over after {gone}")
        told.extend(_closer(small, shown, told[-1], is_over))
    return _twins(small, shown, told), told[min(1, len(told) - 1)].rule, notes


def _laid(
    grey: Stored, pairs: Pairs, spaces: tuple[Space, Space], is_over: Callable[[], bool]
) -> tuple[Pairs, Compared, int]:
    """All pairs laid over each other, with those that are found only then; how many were done."""
    search, space = spaces
    first, done = laid_over(grey, pairs, is_over)
    result = compared(grey, first, space)
    again = found_again(grey, search, first, result.alike)
    more, further = laid_over(grey, again, is_over)
    return first.and_also(more), joined([result, compared(grey, more, space)]), done + further


def _closer(
    small: Thumbnails, shown: Ints, told: _Told, is_over: Callable[[], bool]
) -> list[_Told]:
    """The best pairs of large pictures at the finer scale; nothing where pictures are small."""
    rows = small.fine_of[shown]
    pairs = told.pairs
    large = np.flatnonzero((rows[pairs.x] >= 0) & (rows[pairs.y] >= 0))
    best = large[best_of(pairs.taken(large), told.result.alike[large])]
    if (rows >= 0).sum() < LEAST_PICTURES or len(best) == 0 or is_over():
        return []
    pairs = pairs.taken(best)
    fine = closer(small.fine, Pairs(rows[pairs.x], rows[pairs.y], pairs.maps), is_over)
    result = compared_closer(small.fine, fine, space_of(levels(sampled(small.fine)), *COMPARED))
    done = pairs.taken(slice(0, len(fine)))
    return [_told(Pairs(done.x, done.y, fine.maps), result, small.aspects[shown], strict=True)]


def _but_sheared(told: _Told, laid: _Told) -> _Told:
    """The same without pairs that are the more alike once one is sheared: no copy is.

    The pairs of `laid` begin with those of `told`.
    """
    first = slice(0, len(told.pairs))
    is_sheared = (laid.result.alike[first] > told.result.alike) & ~laid.is_right[first]
    return replace(told, shares=np.where(is_sheared, np.float32(np.inf), told.shares))


def _told(pairs: Pairs, result: Compared, wide: Floats, strict: bool = False) -> _Told:
    shares = shares_of(len(wide), pairs.x, pairs.y, result.alike, strict)
    is_right = is_looked_for(pairs.maps, wide[pairs.x], wide[pairs.y])
    shares = np.where(is_right, shares, np.float32(np.inf))
    return _Told(pairs, result, is_right, shares, rule_of(len(wide), shares))


def _twins(small: Thumbnails, shown: Ints, told: Sequence[_Told]) -> list[Twin]:
    """The pairs that are told where pictures stand as they were found, once registered, or closer.

    As they stand, neighbours are further apart, so that noise and blur hide less; where a copy
    was moved registration must bring it back first; and what is small is seen closer only. The
    closer look adds pairs and renames none: noise and blur are alike there.
    """
    found: dict[tuple[int, int], tuple[float, Twin]] = {}
    for scale, each in enumerate(told):
        nearness = each.shares / each.rule.ratio
        for i in np.flatnonzero(nearness <= 1):
            twin = _twin(small, shown, each, int(i))
            if twin is None:
                continue
            best = found.get((twin.first, twin.second))
            if best is None or (scale < COARSE and nearness[i] < best[0]):
                found[twin.first, twin.second] = (float(nearness[i]), twin)
    order = sorted(found.values(), key=lambda of: of[0])
    return [twin for _, twin in order]


def _twin(small: Thumbnails, shown: Ints, told: _Told, i: int) -> Twin | None:
    """One pair, told; None where the two differ in colour."""
    first, second = sorted((int(shown[told.pairs.x[i]]), int(shown[told.pairs.y[i]])))
    values = told.result.values(i)
    if small.differ(first, second, values.gain):
        return None
    is_resized = bool((small.sizes[first] != small.sizes[second]).any())
    kind = kind_of(told.pairs.maps[i], values, is_resized)
    return Twin(first, second, kind, float(told.result.alike[i]), float(told.shares[i]))


def _each_once(found: Candidates, maps: Floats) -> Pairs:
    """Pairs from candidates, in the direction that is more alike, the most alike first."""
    rows, nearest = found.y.shape
    x = np.repeat(np.arange(rows), nearest)
    y, v, alike = (of.reshape(-1) for of in (found.y, found.v, found.alike))
    order = np.argsort(-alike, kind="stable")
    order = order[y[order] >= 0]
    key = np.minimum(x, y)[order].astype(np.int64) * rows + np.maximum(x, y)[order]
    kept = order[np.sort(np.unique(key, return_index=True)[1])]
    return Pairs(x[kept], y[kept].astype(np.int64), maps[v[kept]])
