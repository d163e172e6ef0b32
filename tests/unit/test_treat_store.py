"""The store of a study: what was put is there again, in another process too, and after a kill."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest

from valgap.errors import UsageError
from valgap.treatment.jobs import KILLED, Job, Result, predictions_of
from valgap.treatment.store import Trials, sqlite

pytest.importorskip("optuna")

SOUND = Result(
    Job(("global-pooling", "lower-dropout"), 3, 17),
    0.81,
    12.5,
    predictions="study-1/predictions/p.npy",
)
PATIENT = Result(Job((), 0, 1, "noise"), 0.7, 10.0)
FAILED = Result(Job(("mixup",), 3, 17), None, 2.0, error="cannot be applied: no classes")


def opened(path, name="study"):
    return Trials(sqlite(path / "trials.db"), name, is_greater_better=True)


def test_results_are_there_when_the_storage_is_opened_again(tmp_path):
    store = opened(tmp_path)
    for result in (SOUND, PATIENT, FAILED):
        store.put(result)
    again = opened(tmp_path)
    assert [again.get(r.job) for r in (SOUND, PATIENT, FAILED)] == [SOUND, PATIENT, FAILED]
    assert again.get(SOUND.job).job.phase == "race"
    assert len(again) == 3


def test_a_job_that_was_not_made_is_not_there(tmp_path):
    store = opened(tmp_path)
    store.put(SOUND)
    assert store.get(Job(SOUND.job.arms, 3, 18)) is None
    assert store.get(Job(SOUND.job.arms[:1], 3, 17)) is None


def test_studies_of_another_name_are_apart(tmp_path):
    opened(tmp_path).put(SOUND)
    assert opened(tmp_path, "other").get(SOUND.job) is None


def test_what_somebody_else_put_into_the_study_is_passed_over(tmp_path):
    import optuna

    opened(tmp_path).put(SOUND)
    study = optuna.load_study(study_name="study-1", storage=sqlite(tmp_path / "trials.db"))
    study.add_trial(optuna.trial.create_trial(value=1.0))
    assert len(opened(tmp_path)) == 1


@pytest.mark.parametrize("name", ["/etc/passwd", "../../secret.npy", "..", "a/b/c.npy"])
def test_a_storage_can_name_no_file_out_of_its_study(tmp_path, name):
    import optuna

    opened(tmp_path).put(SOUND)
    study = optuna.load_study(study_name="study-1", storage=sqlite(tmp_path / "trials.db"))
    told = {**study.trials[0].user_attrs, "seed": 99, "predictions": name}
    study.add_trial(optuna.trial.create_trial(value=1.0, user_attrs=told))
    url = sqlite(tmp_path / "trials.db")
    again = Trials(url, "study", is_greater_better=True, folder=tmp_path / "treat")
    found = again.get(Job(SOUND.job.arms, 3, 99))
    assert Path(found.predictions).parent == tmp_path / "treat" / "study-1" / "predictions"
    assert predictions_of(found) is None


def test_the_storage_is_not_told_where_files_lie(tmp_path):
    opened(tmp_path).put(dataclasses.replace(SOUND, predictions="/home/ann/study/p.npy"))
    assert b"/home/ann" not in (tmp_path / "trials.db").read_bytes()


@pytest.mark.parametrize("scheme", ["nosuch", "postgresql+nosuch", "mysql"])
def test_a_password_is_in_no_message(scheme):
    url = f"{scheme}://ann:s3cret@127.0.0.1:1/trials"
    with pytest.raises(UsageError, match=r"^storage: cannot be opened: [^\n]+$") as caught:
        Trials(url, "study", is_greater_better=True)
    assert "s3cret" not in str(caught.value)


def test_a_process_that_is_killed_after_a_put_has_lost_nothing(tmp_path):
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from valgap.treatment.jobs import Job, Result\n"
        "from valgap.treatment.store import Trials, sqlite\n"
        "s = Trials(sqlite(Path(sys.argv[1]) / 'trials.db'), 'study', is_greater_better=True)\n"
        "s.put(Result(Job(('a',), 1, 2), .5))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert done.returncode == -9
    assert opened(tmp_path).get(Job(("a",), 1, 2)).score == 0.5


def test_a_storage_that_cannot_be_opened_is_one_line(tmp_path):
    with pytest.raises(UsageError, match=r"^storage: cannot be opened: [^\n]+$"):
        Trials(sqlite(tmp_path / "no" / "trials.db"), "study", is_greater_better=True)


def test_without_resume_a_study_begins_anew_and_the_earlier_one_stays(tmp_path):
    opened(tmp_path).put(SOUND)
    anew = Trials(sqlite(tmp_path / "trials.db"), "study", is_greater_better=True, resume=False)
    assert (anew.name, len(anew)) == ("study-2", 0)
    anew.put(PATIENT)
    again = opened(tmp_path)
    assert (again.name, len(again)) == ("study-2", 1)


def test_a_study_that_was_begun_by_mistake_and_has_no_trial_hides_no_other(tmp_path):
    opened(tmp_path).put(SOUND)
    anew = Trials(sqlite(tmp_path / "trials.db"), "study", is_greater_better=True, resume=False)
    again = opened(tmp_path)
    assert (anew.name, again.name, len(again)) == ("study-2", "study-1", 1)


def test_what_may_not_be_in_the_way_any_more_is_made_again(tmp_path):
    store = opened(tmp_path)
    store.put(Result(Job(("mixup",), 0, 1), None, error=KILLED))
    store.put(Result(Job(("cutmix",), 0, 1), None, error="cannot be applied: rows are no pictures"))
    again = opened(tmp_path)
    assert again.get(Job(("mixup",), 0, 1)) is None
    assert again.get(Job(("cutmix",), 0, 1)).error.startswith("cannot be applied")


def test_a_storage_that_cannot_be_written_any_more_is_one_line_and_keeps_what_it_has(tmp_path):
    pytest.importorskip("resource")
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from valgap.treatment.jobs import Job, Result\n"
        "from valgap.treatment.store import Trials, sqlite\n"
        "path = Path(sys.argv[1]) / 'trials.db'\n"
        "s = Trials(sqlite(path), 'study', is_greater_better=True)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 8192,) * 2)\n"
        "for seed in range(1000):\n"
        "    s.put(Result(Job(('a',), 1, seed), .5)); print(seed, flush=True)\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    last = done.stderr.splitlines()[-1]
    assert "UsageError: storage: cannot be written: OperationalError" in last
    assert last.endswith("--resume goes on")
    again, put = opened(tmp_path), [int(seed) for seed in done.stdout.split()]
    assert put
    assert len(again) == len(put)
    assert all(again.get(Job(("a",), 1, seed)) is not None for seed in put)


def test_settings_of_a_tuned_fit_are_parameters_of_their_own(tmp_path):
    arm = "tuned-baseline:rate=0.3,decay=0.01,batch=2"
    opened(tmp_path).put(Result(Job((arm, "mixup"), 1, 2), 0.8))
    optuna = pytest.importorskip("optuna")
    (name,) = optuna.get_all_study_names(sqlite(tmp_path / "trials.db"))
    (trial,) = optuna.load_study(study_name=name, storage=sqlite(tmp_path / "trials.db")).trials
    told = {k.removeprefix("tuned-baseline "): v for k, v in trial.params.items()}
    assert told == {"rate": 0.3, "decay": 0.01, "batch": 2.0, "mixup": 1, "fold": 1}
