"""Trainings in worker processes of this machine."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from valgap.experiments.workers import workers_of
from valgap.treatment.engines.training import train
from valgap.treatment.jobs import Job, Result

# Workers are replaced after so many trainings: graphs of models are never let go.
RECYCLED_AFTER = 60
# A training that takes so many times as long as the slowest one so far is given up.
PATIENCE, LEAST_PATIENCE = 6.0, 300.0


@dataclass(slots=True)
class Local:
    """An engine with as many workers as cores, each training with its share of them.

    A worker that dies (too little memory, say) takes only its own training along.

    Args:
        work: the file that tells workers about the study.
        backend: of Keras.
        workers: how many.
    """

    work: Path
    backend: str
    workers: int = field(default_factory=lambda: max(1, os.cpu_count() or 1))
    _pool: Any = None
    _count: int = 0
    _slowest: float = 0.0

    def run(self, jobs: Sequence[Job], until: float | None) -> Iterator[Result]:
        """Yields the result of each job as it comes; see `Engine`."""
        wanted, running = list(jobs), dict[Any, Job]()
        end = math.inf if until is None else until
        while running or wanted:
            if time.monotonic() >= end:
                self.close()
                return
            if not running and self._count >= RECYCLED_AFTER:
                self.close()
            while wanted and len(running) < self.workers:
                job = wanted.pop(0)
                running[self._submit(job)] = job
            yield from self._ended(running, end)

    def close(self) -> None:
        """Ends the workers, whatever they are at."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, kill_workers=True)
            self._pool = None

    def _submit(self, job: Job) -> Any:
        if self._pool is None:
            self._pool, self._count = workers_of(self.workers, self.backend), 0
        self._count += 1
        return self._pool.submit(train, self.work, job)

    def _ended(self, running: dict[Any, Job], end: float) -> Iterator[Result]:
        """The results that are there; where a worker died, finds out whose it was."""
        from loky.process_executor import BrokenProcessPool

        done, _ = wait(running, self._time(end), return_when=FIRST_COMPLETED)
        if not done and time.monotonic() >= end:
            return
        try:
            if not done:
                raise TimeoutError
            for future in done:
                result = future.result(0)
                running.pop(future)
                yield self._seen(result)
        except (BrokenProcessPool, TimeoutError) as error:
            left = list(running.values())
            running.clear()
            self.close()
            yield from self._one_by_one(left, error, end)

    def _one_by_one(self, jobs: list[Job], error: Exception, end: float) -> Iterator[Result]:
        """Makes trainings of which one took its worker along; alone, it is the one."""
        from loky.process_executor import BrokenProcessPool

        if len(jobs) == 1:
            yield _lost(jobs[0], error)
            return
        for job in jobs:
            try:
                yield self._seen(self._submit(job).result(self._time(end)))
            except (BrokenProcessPool, TimeoutError) as again:
                self.close()
                if time.monotonic() >= end:
                    return
                yield _lost(job, again)

    def _seen(self, result: Result) -> Result:
        self._slowest = max(self._slowest, result.seconds)
        return result

    def _time(self, end: float) -> float:
        patience = max(LEAST_PATIENCE, PATIENCE * self._slowest)
        return max(0.0, min(patience, end - time.monotonic()))


def _lost(job: Job, error: Exception) -> Result:
    late = isinstance(error, TimeoutError)
    told = "it took too long" if late else "its process was killed (out of memory?)"
    return Result(job, None, error=told)
