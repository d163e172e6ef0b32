"""Pairs of pictures, and how one is laid over the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from valgap.auditing.twins.arrays import Floats, Ints


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pictures `x` and `y` `(p,)`, and the maps `(p, 2, 3)` under which `y` looks like `x`."""

    x: Ints
    y: Ints
    maps: Floats

    def __len__(self) -> int:
        return len(self.x)

    def taken(self, kept: Ints | slice) -> Pairs:
        """Returns some of the pairs."""
        return Pairs(self.x[kept], self.y[kept], self.maps[kept])

    def and_also(self, other: Pairs) -> Pairs:
        """Returns these pairs, then the others."""
        both = ((self.x, other.x), (self.y, other.y), (self.maps, other.maps))
        return Pairs(*(np.concatenate(of) for of in both))

    def from_both_sides(self) -> Pairs:
        """Returns each pair as it is, then each with the other picture first."""
        return self.and_also(Pairs(self.y, self.x, inverse(self.maps)))


def inverse(maps: Floats) -> Floats:
    """Returns the maps that lead back."""
    linear = np.linalg.inv(maps[:, :, :2])
    return np.concatenate([linear, -linear @ maps[:, :, 2:]], axis=2)


def ranks(own: Ints, alike: Floats) -> Ints:
    """Returns the place of each pair among those of its picture `own`, 0 the most alike."""
    order = np.lexsort((-alike, own))
    found = np.empty(len(own), np.int64)
    found[order] = np.arange(len(own)) - np.searchsorted(own[order], own[order])
    return found
