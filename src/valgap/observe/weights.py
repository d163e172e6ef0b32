"""Which epochs' weights are kept on disk, within bounds on time and space."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

Arrays = Sequence[np.ndarray]

MOST_EPOCHS = 40
MOST_BYTES = 1 << 30
TIME_SHARE = 0.02


@dataclass(slots=True)
class WeightKeeper:
    """Keeps the last, the best and the worst epoch, and others spread out as room allows.

    `write(name, arrays)` puts arrays on disk; `drop(name)` takes them away. The newest
    epoch is held in memory until the next, since only the end of the fit tells the last.
    """

    write: Callable[[str, Arrays], str]
    drop: Callable[[str], None]
    kept: dict[int, str] = field(default_factory=dict)
    best: tuple[float, int] | None = None
    worst: tuple[float, int] | None = None
    _newest: tuple[int, list[np.ndarray]] | None = None
    _bytes: int = 0
    _spent: float = 0.0

    def offer(
        self, epoch: int, weights: list[np.ndarray], figure: float | None, so_far: float
    ) -> None:
        """Takes the weights at the end of an epoch.

        Args:
            epoch: its number, from 0.
            weights: copies of all weights.
            figure: the validation loss (the training loss where there is none).
            so_far: seconds since the fit began.
        """
        self._newest = (epoch, weights)
        self._bytes = sum(w.nbytes for w in weights)
        leads = self._ranks(epoch, figure)
        if leads or self._spent <= TIME_SHARE * so_far:
            self.flush()
            self._thin()

    @property
    def best_epoch(self) -> int | None:
        """The epoch of the lowest figure so far."""
        return None if self.best is None else self.best[1]

    @property
    def worst_epoch(self) -> int | None:
        """The epoch of the highest figure so far."""
        return None if self.worst is None else self.worst[1]

    def flush(self) -> None:
        """Writes the newest epoch if it is not on disk yet."""
        if self._newest is None or self._newest[0] in self.kept:
            return
        epoch, weights = self._newest
        started = time.perf_counter()
        self.kept[epoch] = self.write(f"epoch-{epoch:05d}", weights)
        self._spent += time.perf_counter() - started

    def _ranks(self, epoch: int, figure: float | None) -> bool:
        if figure is None or not np.isfinite(figure):
            return False
        leads = False
        if self.best is None or figure < self.best[0]:
            self.best, leads = (figure, epoch), True
        if self.worst is None or figure > self.worst[0]:
            self.worst, leads = (figure, epoch), True
        return leads

    def _thin(self) -> None:
        """Drops every second of the epochs that nothing asks for, when there are too many."""
        most = max(4, min(MOST_EPOCHS, MOST_BYTES // max(1, self._bytes)))
        if len(self.kept) <= most:
            return
        asked = {self.best_epoch, self.worst_epoch, min(self.kept), max(self.kept)}
        spare = [e for e in sorted(self.kept) if e not in asked]
        for epoch in spare[::2]:
            self.drop(self.kept.pop(epoch))
