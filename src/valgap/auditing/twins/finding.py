"""All steps from pictures to pairs of twins."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from valgap.auditing.twins.arrays import Ints, Pixels
from valgap.auditing.twins.near import LEAST_PICTURES, near_twins
from valgap.auditing.twins.record import Twin, Twins
from valgap.auditing.twins.threads import without_those_of_blas
from valgap.auditing.twins.thumbnails import Thumbnails, thumbnails

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
    with without_those_of_blas():
        near, rule, more = near_twins(small, shown, thorough, lambda: time.monotonic() > until)
    near = _of_all_splits(near, small, firsts)
    limit = min((pair.score for pair in near), default=float("nan"))
    return Twins((*same, *near), len(small.grey), rule, limit, (*notes, *more), of)


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
