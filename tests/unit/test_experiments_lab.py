"""The lab: trials are made once, in processes whose death costs one trial at most."""

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import lab_trials
import pytest

from valgap.evidence.trials import TrialRecord, append_trial, read_trials
from valgap.experiments import lab as module
from valgap.experiments.lab import Ask, Lab


@pytest.fixture
def lab(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "make_trial", lab_trials.make_trial)
    made = Lab(tmp_path / "recipe.pkl", tmp_path, "tensorflow", 10, workers=2)
    yield made
    made.close()


def asks(*arms, seeds=(1, 2)):
    return [Ask(arm, seed, 10) for seed in seeds for arm in arms]


def test_trials_are_made_and_kept(lab, tmp_path):
    lab.make(asks("patient", "better"))
    assert lab.known(Ask("better", 2, 10)).score == pytest.approx(0.902)
    assert len(read_trials(tmp_path)) == 4


def test_what_was_made_is_read_and_not_made_again(tmp_path):
    append_trial(tmp_path, TrialRecord("patient", 1, 10, 10, score=0.7))
    told = []
    again = Lab(tmp_path / "recipe.pkl", tmp_path, "tensorflow", 10, on_trial=told.append)
    again.make([Ask("patient", 1, 10)])
    assert told == []
    assert again.known(Ask("patient", 1, 10)).score == 0.7


def test_a_killed_worker_costs_its_own_trial_and_no_other(lab):
    lab.make(asks("patient", "killed-at-2"))
    assert "killed" in lab.known(Ask("killed-at-2", 2, 10)).error
    done = [lab.known(a) for a in [*asks("patient"), Ask("killed-at-2", 1, 10)]]
    assert [trial.error for trial in done] == [None] * 3


def test_a_trial_that_always_dies_is_named_and_the_lab_goes_on(lab):
    lab.make(asks("killed", seeds=(1,)))
    lab.make(asks("patient", seeds=(1,)))
    assert "out of memory" in lab.known(Ask("killed", 1, 10)).error
    assert lab.known(Ask("patient", 1, 10)).error is None


def test_a_trial_that_does_not_end_is_given_up(lab, monkeypatch):
    monkeypatch.setattr(module, "LEAST_PATIENCE", 3.0)
    began = time.monotonic()
    lab.make(asks("slow", seeds=(1,)))
    assert "too long" in lab.known(Ask("slow", 1, 10)).error
    assert time.monotonic() - began < 20


def test_what_runs_when_the_time_is_over_is_given_up_and_leaves_no_record(lab, tmp_path):
    lab.make(asks("patient", seeds=(1,)))
    began = time.monotonic()
    lab.until = began + 1.0
    lab.make(asks("slow"))
    assert time.monotonic() - began < 10
    assert lab.known(Ask("slow", 1, 10)) is None
    assert [trial.arm for trial in read_trials(tmp_path)] == ["patient"]


def test_a_long_recorded_fit_is_waited_for(lab, monkeypatch):
    monkeypatch.setattr(module, "LEAST_PATIENCE", 0.2)
    lab.takes = 10.0
    lab.make(asks("patient", seeds=(1,)))
    assert lab.known(Ask("patient", 1, 10)).error is None


def test_a_trial_that_failed_is_made_again_by_the_next_command(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "make_trial", lab_trials.make_trial)
    append_trial(tmp_path, TrialRecord("patient", 1, 10, 10, error="out of memory"))
    again = Lab(tmp_path / "recipe.pkl", tmp_path, "tensorflow", 10)
    assert again.known(Ask("patient", 1, 10)).error == "out of memory"
    again.make(asks("patient", seeds=(1,)))
    again.close()
    assert again.known(Ask("patient", 1, 10)).error is None


def test_the_time_of_a_whole_fit_is_told_from_shortened_ones(tmp_path):
    append_trial(tmp_path, TrialRecord("patient", 1, 2, 10, score=0.5, seconds=3.0))
    lab = Lab(tmp_path / "recipe.pkl", tmp_path, "tensorflow", 10)
    assert lab.seconds() == pytest.approx(15.0)
    append_trial(tmp_path, TrialRecord("patient", 1, 10, 10, score=0.5, seconds=7.0))
    assert Lab(tmp_path / "r.pkl", tmp_path, "tensorflow", 10).seconds() == pytest.approx(7.0)


def test_no_trial_is_begun_once_it_is_to_stop(tmp_path):
    stopped = Lab(tmp_path / "recipe.pkl", tmp_path, "tensorflow", 10, stop=lambda: True)
    stopped.make(asks("patient"))
    assert read_trials(tmp_path) == ()


def test_a_full_disk_is_said_once_and_trials_count_all_the_same(lab, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module, "append_trial", full)
    lab.make(asks("patient", "better"))
    assert lab.notes == ["trials cannot be kept: No space left on device"]
    assert lab.known(Ask("better", 1, 10)).score == pytest.approx(0.901)


def test_an_interrupt_leaves_what_was_made(lab, tmp_path):
    def interrupt(trial):
        raise KeyboardInterrupt

    lab.on_trial = interrupt
    with pytest.raises(KeyboardInterrupt):
        lab.make(asks("patient"))
    assert len(read_trials(tmp_path)) == 1


def test_a_line_cut_off_by_a_kill_is_left_out(tmp_path):
    append_trial(tmp_path, TrialRecord("patient", 1, 10, 10, score=0.7))
    with (tmp_path / "trials.jsonl").open("a") as file:
        file.write('{"arm": "patient", "se')
    assert [trial.seed for trial in read_trials(tmp_path)] == [1]
    append_trial(tmp_path, TrialRecord("patient", 3, 10, 10, score=0.7))
    assert [trial.seed for trial in read_trials(tmp_path)] == [1, 3]


_KILLED_IN_MID_TRIAL = """
import os, pathlib, signal
import lab_trials
from valgap.experiments import lab as module
module.make_trial = lab_trials.make_trial
lab = module.Lab(pathlib.Path("r.pkl"), pathlib.Path(), "tensorflow", 10, workers=2)
lab.make([module.Ask("patient", 1, 10)])
print(*lab._pool._processes, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_workers_end_when_the_command_is_killed(tmp_path):
    paths = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    made = subprocess.run(
        [sys.executable, "-c", _KILLED_IN_MID_TRIAL], cwd=tmp_path, stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": paths}, check=False, timeout=60,
    )  # fmt: skip
    workers = [int(word) for word in made.stdout.split()]
    assert workers
    until = time.monotonic() + 15
    while time.monotonic() < until and any(map(_is_there, workers)):
        time.sleep(0.2)
    assert not any(map(_is_there, workers))


def _is_there(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
