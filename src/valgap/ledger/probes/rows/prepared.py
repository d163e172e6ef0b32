"""The rows that all parts share: a sample of each split, and its features, made once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from valgap.evidence.records import Split
from valgap.ledger.probes.rows.arrays import Ints, some_rows
from valgap.ledger.probes.rows.clock import NotApplicableError
from valgap.ledger.probes.rows.features import Block, features_of, kinds_of
from valgap.ledger.probes.sampled import Sampled
from valgap.observe.sources.base import Table, digests_of

MOST_ROWS: Mapping[Split, int] = {"train": 2000, "validation": 1000}
"""Rows of a split that the slow parts look at, drawn at random where there are more."""

OTHER_SHAPES = "inputs of the two splits have other names or shapes"


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of one split: where they stand in its table, and their features."""

    split: Split
    table: Table
    index: Ints
    blocks: list[Block]

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self.index)


class Prepared:
    """Features of both splits, each made when it is first asked for."""

    def __init__(self, sampled: Sampled) -> None:
        self.sampled = sampled
        self._parts: dict[Split, Part] = {}
        self._groups: dict[Split, Ints] = {}
        train = sampled.tables.get("train")
        self._kinds = kinds_of(train.x) if train is not None else {}

    def part(self, split: Split) -> Part:
        """Returns the rows of one split.

        Raises:
            NotApplicableError: where there are none, or they hold no numbers.
        """
        if split not in self._parts:
            self._parts[split] = self._made(split)
        return self._parts[split]

    def alike(self) -> tuple[Part, Part]:
        """Returns the rows of both splits, whose features are the same.

        Raises:
            NotApplicableError: where a split is missing, or its inputs have another shape.
        """
        train, validation = self.part("train"), self.part("validation")
        if _columns(train.blocks) != _columns(validation.blocks):
            raise NotApplicableError(OTHER_SHAPES)
        return train, validation

    def equal_rows(self, split: Split) -> Ints:
        """Returns a number for each row, the same for rows of equal inputs."""
        if split not in self._groups:
            table = self.part(split).table
            digests = np.array([int.from_bytes(d[:8], "big") for d in digests_of(table.x)])
            self._groups[split] = np.unique(digests, return_inverse=True)[1].reshape(-1)
        return self._groups[split]

    def features(self, split: Split, change: Callable[[object], object]) -> list[Block]:
        """Returns the features of the same rows with their inputs changed."""
        x = change(self.part(split).table.x)
        return features_of(x, self._kinds)

    @property
    def kinds(self) -> Mapping[str, str]:
        """What each input is, by name."""
        return self._kinds

    def _made(self, split: Split) -> Part:
        table = self.sampled.tables.get(split)
        if table is None or table.rows == 0:
            raise NotApplicableError(f"there are no {split} rows")
        index = some_rows(table.rows, MOST_ROWS[split])
        if len(index) < table.rows:
            table = table.take(index)
        blocks = features_of(table.x, self._kinds)
        if not blocks:
            raise NotApplicableError("inputs are not numbers")
        return Part(split, table, index, blocks)


def _columns(blocks: list[Block]) -> list[tuple[str, str, int]]:
    return [(block.name, block.part, block.values.shape[1]) for block in blocks]
