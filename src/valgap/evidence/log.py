"""A training log as read: figures by epoch or step, whatever wrote them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Points: TypeAlias = tuple[tuple[float, float], ...]
Unit = Literal["epoch", "step"]


@dataclass(frozen=True, slots=True)
class Log:
    """One fit as a log tells it.

    `figures` holds (epoch or step, value) pairs in order, by name; epochs count from 1, and a
    value may be NaN or infinite, as it was logged. `part` tells one log of a source from
    another. `planned` is the number of epochs asked for and `rows` that of validation rows,
    where the log states them.
    """

    source: str
    form: str
    figures: Mapping[str, Points] = field(default_factory=dict)
    unit: Unit = "epoch"
    part: str | None = None
    planned: int | None = None
    rows: int | None = None
    notes: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What the log is called among others."""
        return self.source if self.part is None else f"{self.source}, {self.part}"

    @property
    def length(self) -> int:
        """How many epochs or steps were logged."""
        return len({at for points in self.figures.values() for at, _ in points})


@dataclass(frozen=True, slots=True)
class Pair:
    """The names under which one figure was logged of training and of validation rows."""

    figure: str
    train: str
    validation: str
