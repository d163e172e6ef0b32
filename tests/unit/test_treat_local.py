"""The engine of this machine: workers are replaced, and the study goes on."""

import time
from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace

from valgap.treatment.engines import local
from valgap.treatment.jobs import Job, Result


def answered_at_once(monkeypatch, seconds=0.1):
    """An engine that trains nothing, and the pools of workers that it asked for."""
    pools = []

    def workers_of(count, backend):
        pools.append((count, backend))

        def submit(_, work, job):
            future = Future()
            future.set_result(Result(job, 0.5, seconds))
            return future

        return SimpleNamespace(submit=submit, shutdown=lambda **_: None)

    monkeypatch.setattr(local, "workers_of", workers_of)
    return local.Local(Path("work"), "tensorflow", workers=2), pools


def test_more_trainings_than_workers_are_kept_for_come_to_an_end(monkeypatch):
    engine, pools = answered_at_once(monkeypatch)
    jobs = [Job((), 0, seed) for seed in range(3 * local.RECYCLED_AFTER + 5)]
    assert {r.job for r in engine.run(jobs, None)} == set(jobs)
    assert len(pools) == 4
    engine.close()


def test_what_would_not_end_in_time_is_not_begun(monkeypatch):
    """Workers that are ended take half a minute to begin again."""
    engine, pools = answered_at_once(monkeypatch, seconds=1000.0)
    jobs = [Job((), 0, seed) for seed in range(9)]
    made = list(engine.run(jobs, time.monotonic() + 500))
    assert len(made) == 2  # nothing was known of how long they take
    assert not list(engine.run(jobs[2:], time.monotonic() + 500))
    assert len(list(engine.run(jobs[2:], time.monotonic() + 5000))) == 7
    assert len(pools) == 1
    engine.close()
