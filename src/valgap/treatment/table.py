"""Targets of all rows, and what belongs together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from valgap.treatment.metrics import Metric
from valgap.treatment.plan import Ints
from valgap.treatment.scoring import Judging


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Targets, shape (rows,) or (rows, values), and the group of every row where it has one."""

    targets: NDArray[Any]
    groups: NDArray[Any] | None = None

    def judging(self, metric: Metric, rows: Ints, seed: int) -> Judging:
        """Gives back rows as judges."""
        groups = None if self.groups is None else self.groups[rows]
        return Judging(metric, self.targets[rows], groups, seed)
