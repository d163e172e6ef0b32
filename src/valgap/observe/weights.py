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
    `swapped` are the weights that an epoch was evaluated with, where those were others.
    """

    write: Callable[[str, Arrays], str]
    drop: Callable[[str], None]
    kept: dict[int, str] = field(default_factory=dict)
    swapped: dict[int, str] = field(default_factory=dict)
    best: tuple[float, int] | None = None
    worst: tuple[float, int] | None = None
    _newest: tuple[int, list[np.ndarray], list[np.ndarray] | None] | None = None
    _bytes: int = 0
    _spent: float = 0.0

    def offer(
        self,
        epoch: int,
        weights: list[np.ndarray],
        figure: float | None,
        so_far: float,
        swapped: list[np.ndarray] | None = None,
    ) -> None:
        """Takes the weights at the end of an epoch.

        Args:
            epoch: its number, from 0.
            weights: copies of all weights.
            figure: the validation loss (the training loss where the fit has none); None for
                an epoch that was not validated.
            so_far: seconds since the fit began.
            swapped: copies of the weights it was evaluated with, where they were others.
        """
        self._newest = (epoch, weights, swapped)
        self._bytes = sum(w.nbytes for w in (*weights, *(swapped or ())))
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
        epoch, weights, swapped = self._newest
        started = time.perf_counter()
        self.kept[epoch] = self.write(f"epoch-{epoch:05d}", weights)
        if swapped is not None:
            self.swapped[epoch] = self.write(f"validation-{epoch:05d}", swapped)
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
        """Drops epochs that nothing asks for and whose neighbours are nearest to each other."""
        most = max(4, min(MOST_EPOCHS, MOST_BYTES // max(1, self._bytes)))
        while len(self.kept) > most:
            epochs = sorted(self.kept)
            asked = {self.best_epoch, self.worst_epoch}
            gaps = {
                at: after - before
                for before, at, after in zip(epochs, epochs[1:], epochs[2:], strict=False)
                if at not in asked
            }
            epoch = min(gaps, key=lambda at: gaps[at])
            self.drop(self.kept.pop(epoch))
            if epoch in self.swapped:
                self.drop(self.swapped.pop(epoch))
