"""The engine of this machine: workers are replaced, and the study goes on."""

from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace

from valgap.treatment.engines import local
from valgap.treatment.jobs import Job, Result


def test_more_trainings_than_workers_are_kept_for_come_to_an_end(monkeypatch):
    """Nothing is trained here: each job is answered at once."""
    pools = []

    def workers_of(count, backend):
        pools.append((count, backend))

        def submit(_, work, job):
            future = Future()
            future.set_result(Result(job, 0.5, 0.1))
            return future

        return SimpleNamespace(submit=submit, shutdown=lambda **_: None)

    monkeypatch.setattr(local, "workers_of", workers_of)
    engine = local.Local(Path("work"), "tensorflow", workers=2)
    jobs = [Job((), 0, seed) for seed in range(3 * local.RECYCLED_AFTER + 5)]
    assert {r.job for r in engine.run(jobs, None)} == set(jobs)
    assert len(pools) == 4
    engine.close()
