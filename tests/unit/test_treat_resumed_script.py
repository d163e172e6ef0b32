"""Which run of a script `valgap treat SCRIPT --resume` goes on with."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import pytest

from valgap.cli.resuming import last_studied
from valgap.evidence.records import EnvironmentRecord, TargetRecord
from valgap.evidence.source import SourceRecord, write_source
from valgap.evidence.store import RunWriter
from valgap.treatment.naming import PREDICTIONS, WORK, last_worked_at, name_of

TEXT = "model.fit(x, y)\n"


@pytest.fixture
def make(tmp_path, monkeypatch):
    """Writes a run of `train.py`, studied where told when its last trial ended: at 0, none has."""
    monkeypatch.chdir(tmp_path)
    Path("train.py").write_text(TEXT)

    def written(
        ended=None, *, root=".valgap", metric="r2", seed=0, text=TEXT, args=(), of="train.py"
    ):
        target = TargetRecord(of, args)
        made = RunWriter.create(Path(root), target, EnvironmentRecord("3.12", "any", 1))
        write_source(made.path, SourceRecord(f"{tmp_path}/./{of}", text))
        if ended is not None:
            work = made.path / "fits/0/treat" / f"{name_of(metric, seed, 'abc')}-1" / WORK
            (work.parent / PREDICTIONS).mkdir(parents=True)
            work.touch()
            if ended:
                trial = work.parent / PREDICTIONS / "trial.npy"
                trial.touch()
                os.utime(trial, (ended, ended))
        return made.path.absolute()

    return written


def found(script="train.py", metric=None, seed=0):
    return last_studied(Path(".valgap"), script, partial(last_worked_at, metric=metric, seed=seed))


def test_the_run_whose_trial_ended_last_wherever_it_was_recorded(make):
    make(100)
    recorded_first = make(300, root=".valgap/compared/train-x")
    make(200)
    make(0)
    make()
    assert found() == found("./train.py") == recorded_first


def test_a_study_of_another_seed_or_metric_is_none_of_ours(make):
    ours = make(100, metric="balanced_accuracy", seed=1)
    make(200, metric="accuracy", seed=1)
    make(300, metric="balanced_accuracy", seed=11)
    assert found(metric="balanced_accuracy", seed=1) == ours
    assert found(metric="pr_auc", seed=1) is None


@pytest.mark.parametrize(
    "changes", [{"text": TEXT + "#"}, {"args": ("--fast",)}, {"of": "other.py"}]
)
def test_a_run_of_something_else_is_not_gone_on_with(make, changes):
    make(100, **changes)
    assert found() is None


def test_a_damaged_run_and_a_script_that_is_not_there_are_passed_over(make):
    ours, damaged = make(100), make(200)
    (damaged / "run.json").write_text("{")
    assert found() == ours
    assert found("no_such.py") is None


def test_a_study_that_has_no_trial_yet_will_do_where_there_is_no_other(make):
    ours = make(0)
    make()
    assert found() == ours
