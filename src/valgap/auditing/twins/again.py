"""A second search, from where registration has laid a picture.

Views are too coarse to tell pictures that differ little. But a crop or shift registers well on
any picture of the set, as all share so much; laid where that one lies, it is compared with all.
"""

from __future__ import annotations

import numpy as np

from valgap.auditing.twins.arrays import Floats, Ints, Stored
from valgap.auditing.twins.candidates import EACH_WITH_EACH
from valgap.auditing.twins.pairs import Pairs, ranks
from valgap.auditing.twins.registration import in_parts, warped
from valgap.auditing.twins.smoothing import searched
from valgap.auditing.twins.space import Space, standardised, unit

NEAREST = 3
MOVED = 0.03
"""Of half the picture: what moved less was looked for where it is already."""


def found_again(grey: Stored, space: Space, pairs: Pairs, alike: Floats) -> Pairs:
    """Returns further pairs, from the picture `(n, cells)` that each is most alike, laid over it.

    Larger sets have none: there a picture has too many neighbours to be compared with each.
    """
    if len(grey) > EACH_WITH_EACH:
        return pairs.taken(slice(0, 0))
    sides = pairs.from_both_sides()
    best = sides.taken(ranks(sides.x, np.tile(alike, 2)) == 0)
    best = best.taken(_is_moved(best.maps))  # `y` looks like `x`; here `y` is looked for again
    if len(best) == 0:
        return best
    pictures, nearest = searched(grey), min(NEAREST, len(grey) - 1)
    place = space.place(pictures)
    tops = [
        _nearest(pictures, space, place, best.taken(part), nearest) for part in in_parts(len(best))
    ]
    x = np.concatenate(tops).reshape(-1)
    found = Pairs(x, np.repeat(best.y, nearest), np.repeat(best.maps, nearest, axis=0))
    return found.taken(_is_new(found, pairs, len(grey)))


def _is_moved(maps: Floats) -> Ints:
    linear = np.abs(maps[:, :, :2])
    changed = np.abs(linear - np.round(linear)).max(axis=(1, 2))
    return np.asarray(np.maximum(changed, np.abs(maps[:, :, 2]).max(axis=1)) > MOVED)


def _nearest(grey: Floats, space: Space, place: Floats, best: Pairs, nearest: int) -> Ints:
    seen, inside = warped(grey[best.y], best.maps)
    weights = np.maximum(space.weights * inside, 1e-9)
    laid = unit(((standardised(seen, weights) - space.middle) * inside) @ space.directions)
    alike = laid @ place.T
    alike[np.arange(len(best)), best.y] = -2
    return np.argpartition(-alike, nearest - 1, axis=1)[:, :nearest]


def _is_new(found: Pairs, old: Pairs, rows: int) -> Ints:
    """True for the first of each pair that is not among the old ones."""
    new, known = (np.minimum(p.x, p.y) * rows + np.maximum(p.x, p.y) for p in (found, old))
    first = np.zeros(len(found), bool)
    first[np.unique(new, return_index=True)[1]] = True
    return np.asarray(first & ~np.isin(new, known))
