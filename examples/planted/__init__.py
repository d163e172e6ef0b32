"""Data made by code with a cause put in on purpose, and the truth about it beside the rows.

sequences (case 0): few rows a class, written by a few people who stand in both splits, with the
    order of three pictures as the only cue within a set. One person's hand looks alike, and a
    random split does not keep people apart.
series (case 1): one movement is a class, seven others together are the other. "The rest" is a
    class of its own wherever one thing is looked for.
defects (case 2): a cue of a few pixels, two pieces that touch, in folders that are read class by
    class. Defects are small, and a folder reader without shuffling goes through one class first.
pictures (case 3): six plain shapes, few of each. A few hundred pictures are what one person can
    collect.
frames (case 4): neighbouring frames all but equal, two dogs of one coat, blur. At one frame a
    second a video hardly changes from one frame to the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Planted:
    """Rows with their labels, and what is known of them that a model is not told.

    `groups` are whose or which recording's a row is; `parts` are the kinds that a class is made
    of; `flipped` are the rows whose label is wrong on purpose; `twins` are pairs of rows that
    show the same thing. What a maker does not plant is None or empty.
    """

    x: np.ndarray
    y: np.ndarray
    groups: np.ndarray | None = None
    parts: np.ndarray | None = None
    flipped: tuple[int, ...] = ()
    twins: tuple[tuple[int, int], ...] = ()

    def at(self, rows: np.ndarray) -> Planted:
        """Gives some of the rows, with what is known of each; flips and twins are left behind."""
        kept = [None if a is None else a[rows] for a in (self.groups, self.parts)]
        return Planted(self.x[rows], self.y[rows], *kept)


def write_known(
    path: Path,
    groups: tuple[np.ndarray | None, np.ndarray | None] = (None, None),
    parts: tuple[np.ndarray | None, np.ndarray | None] = (None, None),
) -> None:
    """Writes what is known of training and validation rows as `valgap run --known` reads it."""
    told = {
        f"{split}_{name}": pair[place]
        for name, pair in (("groups", groups), ("subclass", parts))
        for place, split in enumerate(("train", "validation"))
        if pair[place] is not None
    }
    np.savez(path, **told)
