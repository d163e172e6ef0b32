"""What is found: pairs of pictures that show the same, and how near is near in this set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from valgap.auditing.twins.judging import Rule

Kind: TypeAlias = Literal[
    "exact",
    "flip",
    "quarter turn",
    "crop",
    "shift",
    "rotation",
    "brightness",
    "contrast",
    "blur",
    "noise",
    "resize",
    "JPEG",
]
"""What turns one picture into the other; the largest change, where there are several."""


@dataclass(frozen=True, slots=True)
class Twin:
    """Two pictures that show the same.

    `first` < `second` are their places; `score` is the correlation of what sets pictures of this
    set apart, after registration; `share` is their distance as a share of that to other
    neighbours, 0 for equal ones.
    """

    first: int
    second: int
    kind: Kind
    score: float
    share: float


@dataclass(frozen=True, slots=True)
class Twins:
    """Pairs, nearest first, with the rule that told them.

    Attributes:
        pairs: all pairs, within splits and across.
        pictures: how many were compared.
        rule: below what share a pair is told, and how many chance would leave there; None where
            there were too few pictures.
        limit: the least score that was told, for the reader; nan: none.
        notes: what was left out and why, one sentence each.
        splits: of each picture, empty where they were not given.
    """

    pairs: tuple[Twin, ...]
    pictures: int
    rule: Rule | None
    limit: float
    notes: tuple[str, ...] = ()
    splits: tuple[object, ...] = ()

    @property
    def across(self) -> tuple[Twin, ...]:
        """The pairs whose pictures are of two splits."""
        of = self.splits
        return tuple(pair for pair in self.pairs if of and of[pair.first] != of[pair.second])
