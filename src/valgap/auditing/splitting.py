"""A sound split: rows that belong together on one side, each class in each part, by stated shares.

The start is scikit-learn's `StratifiedGroupKFold`, whose folds are put together to parts; single
moves then bring each class into each part and the shares near to what was asked for.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from valgap.auditing.dataset import PARTS, Ints
from valgap.errors import UsageError

FOLDS = 20
"""Shares are made of so many folds, then moved nearer; of fewer groups, of one each."""

MOST_GROUPS = 2000
"""More groups are drawn by their commonest class: with so many, shares come near by themselves."""

MOST_MOVES, CANDIDATES = 400, 3000
BINS = 5
_MISSING = 1e9


@dataclass(frozen=True, slots=True)
class Units:
    """What is moved as one: `of` is the unit of each row, `counts` rows by unit and stratum."""

    of: Ints
    counts: NDArray[np.int64]
    strata: Ints

    @property
    def shared_by(self) -> NDArray[np.int64]:
        """In how many units each stratum has rows."""
        return np.asarray((self.counts > 0).sum(axis=0))


def shares_of(text: str) -> tuple[float, ...]:
    """Returns shares such as `70,15,15` as parts of 1.

    Raises:
        UsageError: if it is not two or three positive numbers.
    """
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in (2, 3) or not all(0 < n < np.inf for n in numbers):
        raise UsageError(f"--shares: expected 70,15,15 or 80,20, received {text}")
    return tuple(n / sum(numbers) for n in numbers)


def divided(
    rows: int,
    shares: Sequence[float],
    *,
    together: Ints | None = None,
    strata: Ints | None = None,
    seed: int = 0,
) -> NDArray[np.str_]:
    """Returns the part of each row.

    Args:
        rows: how many there are.
        shares: of `train`, `validation` and perhaps `test`, 1 in all.
        together: a number for each row, the same for rows that must not be torn apart.
        strata: a number from 0 on for each row, whose shares are to be alike in all parts and
            which is to stand in each part if it has as many units as there are parts.
        seed: of all draws.

    Raises:
        UsageError: if there are fewer units than parts.
    """
    units = _units(np.arange(rows) if together is None else together, strata, rows)
    if len(units.counts) < len(shares):
        raise UsageError(
            f"{len(units.counts):,} groups make no {len(shares)} parts: expected as many or more"
        )
    place = _start(units, shares, seed)
    place = _moved(units, place, np.asarray(shares), seed)
    return np.array(PARTS)[place][units.of]


def strata_of(labels: NDArray[np.generic] | None, rows: int) -> Ints:
    """Returns a stratum for each row: its class, or for real numbers a fifth of their order."""
    if labels is None or labels.ndim != 1:
        return np.zeros(rows, np.int64)
    values, codes = np.unique(labels, return_inverse=True)
    if labels.dtype.kind == "f" and len(values) > max(BINS, rows // BINS):
        ranks = np.argsort(np.argsort(labels, kind="stable"), kind="stable")
        return np.asarray(ranks * BINS // rows, np.int64)
    return np.asarray(codes.reshape(-1), np.int64)


def _units(together: Ints, strata: Ints | None, rows: int) -> Units:
    of = np.unique(together, return_inverse=True)[1].reshape(-1)
    kinds = np.zeros(rows, np.int64) if strata is None else strata
    width = int(kinds.max(initial=0)) + 1
    flat = np.bincount(of * width + kinds, minlength=(int(of.max(initial=-1)) + 1) * width)
    return Units(of, flat.reshape(-1, width), kinds)


def _start(units: Units, shares: Sequence[float], seed: int) -> Ints:
    """The part of each unit: single rows by class, few groups by folds, many by class again."""
    sizes = units.counts.sum(axis=1)
    place = np.zeros(len(sizes), np.int64)
    several = np.flatnonzero(sizes > 1)
    if len(several) > MOST_GROUPS:
        several = several[:0]
    others = np.setdiff1d(np.arange(len(sizes)), several)
    place[several] = _by_folds(units, several, shares, seed)
    place[others] = _by_class(units.counts[others].argmax(axis=1), shares, seed)
    return place


def _by_folds(units: Units, chosen: Ints, shares: Sequence[float], seed: int) -> Ints:
    from sklearn.model_selection import StratifiedGroupKFold

    folds = min(FOLDS, len(chosen))
    if folds < 2:
        return np.zeros(len(chosen), np.int64)
    rows = np.flatnonzero(np.isin(units.of, chosen))
    split = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    fold_of = np.zeros(len(units.counts), np.int64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of classes rarer than folds: they are moved afterwards
        try:
            pieces = list(split.split(rows, units.strata[rows], units.of[rows]))
        except ValueError:  # all classes are rarer than that
            fold_of[chosen] = np.random.default_rng(seed).permutation(len(chosen)) % folds
        else:
            for number, (_, held_out) in enumerate(pieces):
                fold_of[units.of[rows[held_out]]] = number
    ends = np.round(np.cumsum(shares) * folds)
    return np.asarray(np.searchsorted(ends, fold_of[chosen], side="right").clip(0, len(shares) - 1))


def _by_class(kinds: Ints, shares: Sequence[float], seed: int) -> Ints:
    """Each class dealt out by shares, with one draw for what is left over at the ends."""
    rng = np.random.default_rng(seed)
    place = np.zeros(len(kinds), np.int64)
    ends = np.cumsum(shares)
    for kind in np.unique(kinds):
        rows = rng.permutation(np.flatnonzero(kinds == kind))
        at = (np.arange(len(rows)) + rng.random()) / max(1, len(rows))
        place[rows] = np.searchsorted(ends, at % 1.0, side="right").clip(0, len(shares) - 1)
    return place


def _moved(units: Units, place: Ints, shares: NDArray[np.float64], seed: int) -> Ints:
    """Moves single units as long as that lowers what is amiss: classes missing, then shares off."""
    place, counts = place.copy(), units.counts
    held = np.stack([counts[place == p].sum(axis=0) for p in range(len(shares))])
    wanted = shares[:, None] * counts.sum(axis=0)[None, :]
    needed = units.shared_by >= len(shares)
    rng = np.random.default_rng(seed)
    for _ in range(MOST_MOVES):
        tried = _candidates(units, held, needed, rng)
        best: tuple[float, int, int] | None = None
        for p in range(len(shares)):
            ours = tried[place[tried] == p]
            for q in (q for q in range(len(shares)) if q != p and len(ours)):
                less, more = held[p] - counts[ours], held[q] + counts[ours]
                now = _cost(held[p][None], wanted[p], needed) + _cost(
                    held[q][None], wanted[q], needed
                )
                gains = now - _cost(less, wanted[p], needed) - _cost(more, wanted[q], needed)
                at = int(gains.argmax())
                if gains[at] > 1e-6 and (best is None or gains[at] > best[0]):
                    best = (float(gains[at]), int(ours[at]), q)
        if best is None:
            break
        _, unit, q = best
        held[place[unit]] -= counts[unit]
        held[q] += counts[unit]
        place[unit] = q
    return place


def _cost(
    held: NDArray[np.int64], wanted: NDArray[np.float64], needed: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Rows off the share, in all and by class; a missing class, or an empty part, weighs more."""
    off = np.abs(held.sum(axis=1) - wanted.sum()) + np.abs(held - wanted).sum(axis=1)
    missing = ((held == 0) & needed).sum(axis=1) + (held.sum(axis=1) == 0)
    return np.asarray(off + _MISSING * missing, np.float64)


def _candidates(
    units: Units, held: NDArray[np.int64], needed: NDArray[np.bool_], rng: np.random.Generator
) -> Ints:
    """Units that may be moved: all of few, else some and those of classes that are missing."""
    every = len(units.counts)
    if every <= CANDIDATES:
        return np.arange(every)
    some = rng.choice(every, CANDIDATES, replace=False)
    lacking = np.flatnonzero((held == 0).any(axis=0) & needed)
    rare = np.flatnonzero(units.counts[:, lacking].any(axis=1))[:CANDIDATES]
    return np.union1d(some, rare)
