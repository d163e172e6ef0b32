"""Trials on Ray: the same study as in processes of this machine; what becomes of lost workers."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from recipes_help import recipe_of_model

from valgap.treatment.budget import Budget
from valgap.treatment.engines.choice import Choice, engine_of
from valgap.treatment.engines.on_ray import RETRIES, OnRay
from valgap.treatment.engines.parts import parts_of, work_from
from valgap.treatment.engines.pool import pool_of
from valgap.treatment.engines.work import Work, read_anew, rows_beside, write_work
from valgap.treatment.events import Ended
from valgap.treatment.jobs import KILLED, Job
from valgap.treatment.locking import planned
from valgap.treatment.metrics import METRICS
from valgap.treatment.plan import Fold
from valgap.treatment.study import Study
from valgap.treatment.table import Table

ray = pytest.importorskip("ray")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are read there"),
]
ROWS = 640
NAMES = ("raise-learning-rate:10", "lower-learning-rate:0.1")


def classes(x):
    return (x[:, 0] + x[:, 1] > 0).astype("int32")


def recipe(columns=4):
    """A fit that comes nowhere with its learning rate: a study has something to confirm."""
    import keras

    model = keras.Sequential([keras.Input((columns,)), keras.layers.Dense(2, activation="softmax")])
    x = np.random.default_rng(0).normal(size=(ROWS, columns)).astype("float32")
    loss = "sparse_categorical_crossentropy"
    return recipe_of_model(model, x, classes(x), loss=loss, train=500, batch_size=20, epochs=2)


def work_of(folder, folds, metric="accuracy", columns=4):
    """The file that tells workers about a study."""
    (folder / "predictions").mkdir(parents=True)
    pool = pool_of(recipe(columns))
    work = Work(pool, folds, metric, "classes", None, folder / "predictions")
    write_work(folder / "work.pkl", work)
    return folder / "work.pkl"


def is_there(pid):
    """Whether a process runs; one that has ended and was not waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def of_this_process():
    """Processes that this one has started."""
    stats = {int(p.parent.name): p for p in Path("/proc").glob("[0-9]*/stat")}
    parents = {pid: int(p.read_text().rpartition(")")[2].split()[1]) for pid, p in stats.items()}
    return {pid for pid, parent in parents.items() if parent == os.getpid() and is_there(pid)}


def ended(name, folder, plan, targets):
    """What a study comes to on an engine: treatment, predictions, names of models, curves."""
    engine = engine_of(Choice(name), work_of(folder, plan.folds), "tensorflow")
    study = Study(plan, NAMES, METRICS["accuracy"], Table(targets), engine, Budget(trials=33))
    try:
        (treatment,) = [e.treatment for e in study.run() if isinstance(e, Ended)]
    finally:
        engine.close()
    files = {p.name: np.load(p) for p in (folder / "predictions").glob("*.npy")}
    models = {p.name for p in (folder / "predictions").glob("*.keras")}
    curves = {p.name: p.read_text() for p in (folder / "predictions").glob("*.json")}
    return treatment, files, models, curves


def without_seconds(treatment):
    told = asdict(treatment)
    for run in told["runs"]:
        run.pop("seconds")
    return told


def test_the_same_study_gives_the_same_trials_and_scores_and_leaves_no_process(
    tmp_path, monkeypatch
):
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    made = recipe()
    targets = np.concatenate([made.train.y, made.validation.y])
    plan = planned(targets, "classes", seed=3)
    here, ours, models, curves = ended("local", tmp_path / "local", plan, targets)
    before = of_this_process()
    there, theirs, as_files, as_text = ended("ray", tmp_path / "ray", plan, targets)
    assert without_seconds(there) == without_seconds(here)
    assert ours.keys() == theirs.keys()
    assert all(np.array_equal(ours[name], theirs[name]) for name in ours)
    assert models == as_files
    assert models
    assert curves == as_text
    with_curves = {name.removesuffix(".json") for name in curves}
    kept = {name.removesuffix(".keras") for name in models}
    assert with_curves < kept
    assert len(kept - with_curves) == 1  # that on all rows leaves none to judge an epoch by
    assert {run.phase for run in here.runs} >= {"race", "confirm", "final"}
    assert here.failed_trials == 0
    assert not ray.is_initialized()
    assert of_this_process() <= before


@pytest.fixture(scope="module")
def on_ray(tmp_path_factory):
    """Makes engines that share one Ray, which was there before them."""
    ray.init("local", num_cpus=2, include_dashboard=False, log_to_driver=False)
    every = np.arange(ROWS)
    fold = Fold(every[:500], every[500:])

    def made(metric, columns=4):
        folder = tmp_path_factory.mktemp("study") / "work"
        return OnRay(work_of(folder, (fold,), metric, columns), "tensorflow")

    yield made
    ray.shutdown()


def results(engine, *seeds, until=None):
    return {r.job.seed: r for r in engine.run([Job((), 0, seed) for seed in seeds], until)}


def told_to(folder, act):
    """A metric that leaves a file named for its process, then does something."""

    def metric(y, p):
        import os
        import time
        from pathlib import Path

        count = len(list(Path(folder).iterdir()))
        (Path(folder) / f"{time.time_ns()}-{os.getpid()}").touch()
        act(count)
        return float((p.argmax(1) == y).mean())

    return metric


def pids(folder):
    return [int(path.name.partition("-")[2]) for path in sorted(folder.iterdir())]


@pytest.mark.long
def test_what_a_killed_worker_was_at_is_given_to_another_and_not_without_end(on_ray, tmp_path):
    def die(count):
        import os
        import signal

        if count == 0 or count > 1:
            os.kill(os.getpid(), signal.SIGKILL)

    engine = on_ray(told_to(tmp_path, die))
    (made,) = results(engine, 1).values()
    assert made.error is None
    assert made.is_sound
    assert len(set(pids(tmp_path))) == 2
    (deadly,) = results(engine, 2).values()
    assert deadly.error == KILLED
    assert len(pids(tmp_path)) == 2 + 1 + RETRIES


@pytest.mark.long
def test_a_new_worker_needs_no_file_of_this_machine_once_a_study_has_begun(on_ray, tmp_path):
    def die(count):
        import os
        import signal

        if count == 1:
            os.kill(os.getpid(), signal.SIGKILL)

    engine = on_ray(told_to(tmp_path, die), columns=500)
    assert results(engine, 1)[1].is_sound
    assert list(rows_beside(engine.work).iterdir())
    shutil.rmtree(rows_beside(engine.work))
    engine.work.unlink()
    assert results(engine, 2)[2].is_sound
    assert len(set(pids(tmp_path))) == 2


def test_large_arrays_lie_in_the_object_store_once_for_all_that_read_them(on_ray):
    work = read_anew(on_ray("accuracy", columns=500).work)
    parts = [ray.put(part) for part in parts_of(work)]
    one, other = (work_from(ray.get(parts)).pool.every.x for _ in range(2))
    assert np.array_equal(one, work.pool.every.x)
    assert np.shares_memory(one, other)
    assert not one.flags.writeable


@pytest.mark.long
def test_when_time_is_over_what_runs_is_ended_and_left_out(on_ray, tmp_path):
    def sleep(count):
        import time

        time.sleep(120 if count else 0)

    engine = on_ray(told_to(tmp_path, sleep))
    assert results(engine, 0)
    for seconds in (5, 15, 45):  # until one was trained so far that it sleeps
        assert results(engine, 1, 2, 3, until=time.monotonic() + seconds) == {}
        if len(pids(tmp_path)) > 1:
            break
    asleep, began = pids(tmp_path)[1:], time.monotonic()
    assert asleep
    while any(map(is_there, asleep)):
        assert time.monotonic() - began < 60
        time.sleep(0.1)
    assert ray.is_initialized()
