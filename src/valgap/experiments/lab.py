"""Trials in worker processes that can die without taking the report down."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from valgap.evidence.signed import refuse_foreign
from valgap.evidence.trials import TrialRecord, append_trial, read_trials
from valgap.experiments.trial import make_trial
from valgap.experiments.workers import workers_of

# Workers are replaced after so many trials: graphs of models are never let go.
RECYCLED_AFTER = 40
# A trial that takes so many times as long as the slowest one so far is given up.
PATIENCE, LEAST_PATIENCE = 6.0, 120.0


@dataclass(frozen=True, slots=True)
class Ask:
    """One trial that is wanted."""

    arm: str
    seed: int
    epochs: int


@dataclass(slots=True)
class Lab:
    """Makes the trials of one fit, each once: what was made before is read from its folder.

    `on_trial` is told of each as it is done. `stop` says whether to begin no further one; those
    that run at `until`, by the monotonic clock, are given up, and leave no record. `takes` is
    how many seconds the recorded fit took. A recipe that others made is read with `trust` only.
    """

    recipe: Path
    folder: Path
    backend: str
    epochs: int
    on_trial: Callable[[TrialRecord], None] = lambda _: None
    stop: Callable[[], bool] = lambda: False
    takes: float = 0.0
    trust: bool = False
    until: float = math.inf
    workers: int = field(default_factory=lambda: min(2, os.cpu_count() or 1))
    notes: list[str] = field(default_factory=list)
    _made: dict[tuple[str, int, int], TrialRecord] = field(default_factory=dict)
    _failed: set[tuple[str, int, int]] = field(default_factory=set)
    _pool: Any = None
    _count: int = 0

    def __post_init__(self) -> None:
        self._made = {t.key: t for t in read_trials(self.folder)}
        self._failed = {key for key, trial in self._made.items() if trial.error is not None}

    def known(self, ask: Ask) -> TrialRecord | None:
        """Gives back a trial that was made, None if it was not yet."""
        return self._made.get((ask.arm, ask.seed, ask.epochs))

    def seconds(self) -> float | None:
        """Gives back what a trial of whole length takes, by the median; None before the first."""
        made = [t for t in self._made.values() if t.error is None]
        whole = [t for t in made if t.epochs >= self.epochs]
        taken = sorted(t.seconds * self.epochs / t.epochs for t in whole or made)
        return taken[len(taken) // 2] if taken else None

    def make(self, asks: Iterable[Ask]) -> None:
        """Makes those trials that are not there yet, side by side; fewer if it is to stop.

        One that failed under an earlier command is made again: what stood in its way, such as
        too little memory, may not any more.

        Raises:
            UsageError: if others made the recipe.
        """
        wanted = [ask for ask in dict.fromkeys(asks) if self._is_wanted(ask)]
        running: dict[Any, Ask] = {}
        while running or (wanted and not self._is_over()):
            if not running and self._count >= RECYCLED_AFTER:
                self.close()
            while wanted and len(running) < self.workers and not self._is_over():
                ask = wanted.pop(0)
                running[self._submit(ask)] = ask
            self._wait_for_one(running)

    def close(self) -> None:
        """Ends the workers, whatever they are at."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, kill_workers=True)
            self._pool = None

    def _wait_for_one(self, running: dict[Any, Ask]) -> None:
        """Keeps what has come to its end; where a worker died, finds out which trial it was."""
        from loky.process_executor import BrokenProcessPool

        done, _ = wait(running, self._time(), return_when=FIRST_COMPLETED)
        if not done and self._is_late():
            running.clear()
            self.close()
            return
        try:
            for future in done:
                self._keep(future.result(0))
                running.pop(future)
            if not done:
                raise TimeoutError
        except (BrokenProcessPool, TimeoutError) as error:
            left = list(running.values())
            running.clear()
            self.close()
            self._one_by_one(left, error)

    def _one_by_one(self, asks: Sequence[Ask], error: Exception) -> None:
        """Makes trials of which one took its worker along; alone, it is the one."""
        from loky.process_executor import BrokenProcessPool

        if len(asks) == 1:
            self._keep(self._lost(asks[0], error))
            return
        for ask in asks:
            if self._is_over():
                return
            try:
                self._keep(self._submit(ask).result(self._time()))
            except (BrokenProcessPool, TimeoutError) as again:
                self.close()
                if not self._is_late():
                    self._keep(self._lost(ask, again))

    def _is_wanted(self, ask: Ask) -> bool:
        known = self.known(ask)
        return known is None or known.key in self._failed

    def _submit(self, ask: Ask) -> Any:
        if self._pool is None:
            refuse_foreign(self.recipe, trust=self.trust)
            self._pool, self._count = workers_of(self.workers, self.backend), 0
        self._count += 1
        return self._pool.submit(make_trial, self.recipe, ask.arm, ask.seed, ask.epochs)

    def _time(self) -> float:
        """How long to wait for a trial: a multiple of what one takes, and no longer than told."""
        slowest = max((t.seconds for t in self._made.values()), default=0.0)
        patience = max(LEAST_PATIENCE, PATIENCE * max(slowest, self.takes))
        return max(0.0, min(patience, self.until - time.monotonic()))

    def _is_late(self) -> bool:
        return time.monotonic() >= self.until

    def _is_over(self) -> bool:
        return self._is_late() or self.stop()

    def _lost(self, ask: Ask, error: Exception) -> TrialRecord:
        late = isinstance(error, TimeoutError)
        reason = "it took too long" if late else "its process was killed (out of memory?)"
        return TrialRecord(ask.arm, ask.seed, ask.epochs, self.epochs, error=reason)

    def _keep(self, record: TrialRecord) -> None:
        self._made[record.key] = record
        self._failed.discard(record.key)
        try:
            append_trial(self.folder, record)
        except OSError as error:
            note = f"trials cannot be kept: {error.strerror or error}"
            self.notes += [note] if note not in self.notes else []
        self.on_trial(record)
