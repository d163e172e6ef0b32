"""Pairs that may be twins: under some view of one the other is among its nearest.

Sets of some thousand pictures are compared each with each. Larger ones go down random trees
(Dasgupta and Freund, STOC 2008): the same halves for pictures and for views, so that what is near
mostly ends in one leaf, and the time grows like n log n.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import methodcaller

import numpy as np

from valgap.auditing.twins.arrays import Floats, Ints, Stored
from valgap.auditing.twins.space import Space
from valgap.auditing.twins.threads import each
from valgap.auditing.twins.viewing import Viewer, at_once

EACH_WITH_EACH = 5000
BLOCK = 128
TREES, LEAF = 8, 128


@dataclass(frozen=True, slots=True)
class Candidates:
    """For each picture `x` `(n, k)`: whose view `v` looks like it, and how much (cosine)."""

    y: Ints
    v: Ints
    alike: Floats


def candidates(grey: Stored, space: Space, maps: Floats, nearest: int) -> Candidates:
    """Returns the `nearest` candidates of each picture `(n, cells)` under the maps `(v, 2, 3)`.

    `space` is that of the pictures as they are looked for: `smoothing.searched`.
    """
    nearest = min(nearest, len(grey) - 1)
    if len(grey) <= EACH_WITH_EACH:
        return _each_with_each(grey, space, maps, nearest)
    return _by_trees(grey, space, maps, nearest)


def _each_with_each(grey: Stored, space: Space, maps: Floats, nearest: int) -> Candidates:
    viewer = Viewer(grey, space)
    place = viewer.place()
    seen = np.concatenate([viewer.views(some) for _, some in at_once(maps, *place.shape)])
    starts = range(0, len(grey), BLOCK)
    parts = each(lambda start: _best_of(place, seen, start, nearest), starts)
    return Candidates(*(np.concatenate(of) for of in zip(*parts, strict=True)))


def _best_of(place: Floats, seen: Floats, start: int, nearest: int) -> tuple[Ints, Ints, Floats]:
    """Candidates of some pictures: few, so that how alike they are to all stays in the cache."""
    own = place[start : start + BLOCK]
    best, which = own @ seen[0].T, np.zeros((len(own), len(place)), np.int8)
    for v, others in enumerate(seen[1:], 1):
        alike = own @ others.T
        better = alike > best
        np.copyto(best, alike, where=better)
        np.copyto(which, np.int8(v), where=better)
    best[np.arange(len(own)), start + np.arange(len(own))] = -2
    y = np.argpartition(-best, nearest - 1, axis=1)[:, :nearest]
    return y, np.take_along_axis(which, y, 1), np.take_along_axis(best, y, 1)


def _by_trees(grey: Stored, space: Space, maps: Floats, nearest: int) -> Candidates:
    rows, viewer = len(grey), Viewer(grey, space)
    place = viewer.place()
    trees = [_Tree(place, np.random.default_rng(seed)) for seed in range(TREES)]
    found = Candidates(
        np.zeros((rows, 0), np.int32), np.zeros((rows, 0), np.int8), np.zeros((rows, 0), np.float32)
    )
    for start, some in at_once(maps, *place.shape):
        seen = viewer.views(some).reshape(-1, place.shape[1])
        for new in each(methodcaller("nearest", place, seen, start, nearest), trees):
            found = _merged(found, new, nearest)
    return found


class _Tree:
    """Halves at the median along random directions, one a level, down to leaves of LEAF."""

    def __init__(self, place: Floats, rng: np.random.Generator) -> None:
        levels = max(0, int(np.ceil(np.log2(len(place) / LEAF))))
        self.directions = rng.normal(size=(place.shape[1], levels)).astype(np.float32)
        self.ends: list[Floats] = []
        along, node = place @ self.directions, np.zeros(len(place), np.int64)
        for level in range(levels):
            order = np.lexsort((along[:, level], node))
            first = np.searchsorted(node[order], np.arange(2**level + 1))
            middle = np.minimum((first[:-1] + first[1:]) // 2, len(place) - 1)
            self.ends.append(along[order[middle], level])
            node = 2 * node + (along[:, level] >= self.ends[-1][node])
        self.order = np.argsort(node, kind="stable")
        self.first = np.searchsorted(node[self.order], np.arange(2**levels + 1))

    def leaf(self, seen: Floats) -> Ints:
        """The leaf of each row."""
        along, node = seen @ self.directions, np.zeros(len(seen), np.int64)
        for level, ends in enumerate(self.ends):
            node = 2 * node + (along[:, level] >= ends[node])
        return node

    def nearest(self, place: Floats, seen: Floats, start: int, nearest: int) -> Candidates:
        """The nearest views in the leaf of each picture; `seen` holds one view after the other."""
        rows = len(place)
        y = np.full((rows, nearest), -1, np.int32)
        v, alike = np.zeros((rows, nearest), np.int8), np.full((rows, nearest), -2, np.float32)
        leaf = self.leaf(seen)
        order = np.argsort(leaf, kind="stable")
        first = np.searchsorted(leaf[order], np.arange(len(self.first)))
        for node in range(len(self.first) - 1):
            own = self.order[self.first[node] : self.first[node + 1]]
            others = order[first[node] : first[node + 1]]
            if len(own) == 0 or len(others) < nearest:
                continue
            product = place[own] @ seen[others].T
            product[own[:, None] == (others % rows)[None, :]] = -2
            top = np.argpartition(-product, nearest - 1, axis=1)[:, :nearest]
            y[own], v[own] = others[top] % rows, start + others[top] // rows
            alike[own] = np.take_along_axis(product, top, axis=1)
        return Candidates(y, v, alike)


def _merged(old: Candidates, new: Candidates, nearest: int) -> Candidates:
    """The best of both, each picture once."""
    pairs = ((old.y, new.y), (old.v, new.v), (old.alike, new.alike))
    y, v, alike = (np.concatenate(pair, axis=1) for pair in pairs)
    order = np.argsort(-alike, axis=1)
    y, v, alike = (np.take_along_axis(m, order, axis=1) for m in (y, v, alike))
    again = np.argsort(y, axis=1, kind="stable")
    same = np.take_along_axis(y, again, axis=1)
    seen = np.zeros_like(alike, bool)
    np.put_along_axis(seen, again[:, 1:], same[:, 1:] == same[:, :-1], axis=1)
    alike = np.where(seen, -2, alike)
    order = np.argsort(-alike, axis=1, kind="stable")[:, :nearest]
    return Candidates(*(np.take_along_axis(m, order, axis=1) for m in (y, v, alike)))
