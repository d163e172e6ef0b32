"""Trainings in worker processes of this machine."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from valgap.experiments.workers import workers_of
from valgap.treatment.engines.training import train
from valgap.treatment.jobs import KILLED, TOO_LONG, Job, Result

# Workers are replaced after so many trainings: graphs of models are never let go, some 10 MB for
# each that is compiled.
RECYCLED_AFTER = 120
# A training that takes so many times as long as the slowest one so far is given up.
PATIENCE, LEAST_PATIENCE = 6.0, 300.0


def patience(slowest: float) -> float:
    """Gives back the seconds after which a training is given up.

    Args:
        slowest: seconds of the slowest one so far.
    """
    return max(LEAST_PATIENCE, PATIENCE * slowest)


def _cores() -> int:
    """How many cores this process may use."""
    from loky import cpu_count

    return max(1, int(cpu_count()))


@dataclass(slots=True)
class Local:
    """An engine with as many workers as cores, each training with its share of them.

    A worker that dies (too little memory, say) takes only its own training along.

    Args:
        work: the file that tells workers about the study.
        backend: of Keras.
        workers: how many.
        slowest: seconds of the slowest training so far; at first, of the recorded fit.
        latest: seconds of the latest one.
    """

    work: Path
    backend: str
    workers: int = field(default_factory=_cores)
    slowest: float = 0.0
    latest: float = 0.0
    _pool: Any = None
    _count: int = 0

    def run(self, jobs: Sequence[Job], until: float | None) -> Iterator[Result]:
        """Yields the result of each job as it comes; see `Engine`.

        Raises:
            OSError: if predictions cannot be written.
        """
        wanted, running = list(jobs), dict[Any, Job]()
        end = math.inf if until is None else until
        while running or wanted:
            # What cannot end in time is not begun: to end workers costs more than it wins.
            if wanted and time.monotonic() + self.latest >= end:
                wanted.clear()
                continue
            if time.monotonic() >= end:
                self.close()
                return
            if self._count >= RECYCLED_AFTER and not running:
                self.close()
            yield from self._made(wanted, running, end)

    def _made(self, wanted: list[Job], running: dict[Any, Job], end: float) -> Iterator[Result]:
        """Gives workers something to do and yields what is there; those that died are replaced."""
        from loky.process_executor import BrokenProcessPool

        try:
            # Before workers are replaced those that run are waited for.
            while wanted and len(running) < self.workers and self._count < RECYCLED_AFTER:
                future = self._submit(wanted[0])  # may raise: the job is wanted until it is in
                running[future] = wanted.pop(0)
            yield from self._ended(running, end)
        except (BrokenProcessPool, TimeoutError):
            left = list(running.values())
            running.clear()
            self.close()
            yield from self._one_by_one(left, end)

    def close(self) -> None:
        """Ends the workers, whatever they are at."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, kill_workers=True)
            self._pool = None
        self._count = 0

    def _submit(self, job: Job) -> Any:
        if self._pool is None:
            self._pool = workers_of(self.workers, self.backend)
        self._count += 1
        return self._pool.submit(train, self.work, job)

    def _ended(self, running: dict[Any, Job], end: float) -> Iterator[Result]:
        """The results that are there."""
        done, _ = wait(running, self._time(end), return_when=FIRST_COMPLETED)
        if not done and time.monotonic() < end:
            raise TimeoutError
        # What has come to an end is kept before a worker that died is seen to.
        for future in sorted(done, key=lambda each: each.exception(0) is not None):
            result = future.result(0)
            running.pop(future)
            yield self._seen(result)

    def _one_by_one(self, jobs: list[Job], end: float) -> Iterator[Result]:
        """Makes trainings again of which one took its worker along; alone, it is the one."""
        from loky.process_executor import BrokenProcessPool

        for job in jobs:
            try:
                yield self._seen(self._submit(job).result(self._time(end)))
            except (BrokenProcessPool, TimeoutError) as error:
                self.close()
                if time.monotonic() >= end:
                    return
                yield _lost(job, error)

    def _seen(self, result: Result) -> Result:
        self.slowest, self.latest = max(self.slowest, result.seconds), result.seconds
        return result

    def _time(self, end: float) -> float:
        return max(0.0, min(patience(self.slowest), end - time.monotonic()))


def _lost(job: Job, error: Exception) -> Result:
    return Result(job, None, error=TOO_LONG if isinstance(error, TimeoutError) else KILLED)
