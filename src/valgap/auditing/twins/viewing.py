"""Where all pictures of a set lie under a view of each, some pictures and some views at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from scipy.sparse import csr_array

from valgap.auditing.twins.arrays import Floats, Stored
from valgap.auditing.twins.smoothing import searched
from valgap.auditing.twins.space import Space, unit
from valgap.auditing.twins.threads import each
from valgap.auditing.twins.views import operators

AT_ONCE, VIEWS_BYTES = 12, 512 * 2**20
"""Views that are kept in memory together, and what they may take there."""
BLOCK = 1024
"""Pictures that are worked on together."""


class Viewer:
    """Places of all pictures under views, each by one product with a small matrix."""

    def __init__(self, grey: Stored, space: Space) -> None:
        self.grey, self.space = grey, space
        self.middle = space.middle @ space.directions
        self.sums = space.directions.sum(axis=0)

    def place(self) -> Floats:
        """Where pictures lie as they are `(n, columns)`."""
        return np.concatenate([self.space.place(self._searched(part)) for part in self._blocks()])

    def views(self, under: Sequence[csr_array]) -> Floats:
        """Where they lie under each view `(views, n, columns)`."""
        both = np.column_stack([self.space.directions, self.space.weights])
        turned = [np.asarray(operator.T @ both, np.float32) for operator in under]
        found = np.empty((len(turned), len(self.grey), both.shape[1] - 1), np.float32)

        def look(part: slice) -> None:
            rows = self._searched(part)
            squares = rows * rows
            for v, matrix in enumerate(turned):
                found[v, part] = self._placed(rows, squares, matrix)

        each(look, self._blocks())
        return found

    def _placed(self, rows: Floats, squares: Floats, turned: Floats) -> Floats:
        found = rows @ turned
        mean = found[:, -1]
        spread = np.sqrt(np.maximum(squares @ turned[:, -1] - mean**2, 1))
        return unit((found[:, :-1] - mean[:, None] * self.sums) / spread[:, None] - self.middle)

    def _searched(self, part: slice) -> Floats:
        return searched(self.grey[part])

    def _blocks(self) -> Iterator[slice]:
        return (slice(start, start + BLOCK) for start in range(0, len(self.grey), BLOCK))


def at_once(maps: Floats, rows: int, columns: int) -> Iterator[tuple[int, list[csr_array]]]:
    """The operators of as many views as are kept together, with the place of the first."""
    made = list(operators(maps))
    step = max(1, min(AT_ONCE, VIEWS_BYTES // (4 * rows * columns)))
    for start in range(0, len(made), step):
        yield start, made[start : start + step]
