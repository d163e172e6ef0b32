"""`valgap confirm` on a stored run, its trials made up: verdicts kept, ranking changed."""

import dataclasses
import errno
import json

import pytest
from inline import Inline

from valgap import confirming
from valgap.checks.example_case import example_case  # noqa: F401 (checks are registered)
from valgap.cli.main import main
from valgap.errors import UsageError
from valgap.evidence.records import (
    DataRecord,
    EnvironmentRecord,
    EpochRecord,
    FitRecord,
    ModelRecord,
    TargetRecord,
)
from valgap.evidence.store import RunWriter, load_run
from valgap.evidence.trials import TrialRecord, read_trials
from valgap.evidence.verdicts import VerdictRecord, merged, write_verdicts
from valgap.experiments import lab as module
from valgap.finding import Expected, Finding, Observed
from valgap.verdicts import with_verdicts


def suspect(code="FIT101", status="suspected", layer=None):
    return Finding(
        code, "learning-rate-too-high", "FIT", "error", status, "rate too high",
        Observed(0.3, "rate"), Expected("<", 0.1, "source"), size=1.0,
        evidence=("measured", "what settles it: pairs of fits", "half the rate would settle it"),
    )  # fmt: skip


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A stored run whose fit has a recipe, and one suspect; trials score as their arm says."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    writer = RunWriter.create(
        tmp_path / ".valgap", TargetRecord("job.py", (), 0), EnvironmentRecord("3.11", "any", 1)
    )
    data = DataRecord("train", "arrays", rows=800)
    fit = FitRecord(
        0, None, None, ModelRecord("m", "Model", 1), data, data, {"epochs": "4"},
        recipe="recipe.pkl",
    )  # fmt: skip
    writer.write_fit(fit)
    for epoch in range(4):
        writer.append_epoch(0, EpochRecord(epoch, {"loss": 0.5, "val_loss": 0.75}, 0.1))
    real = confirming.diagnose
    monkeypatch.setattr(confirming, "diagnose", lambda r: _with_suspect(real(r), r))
    monkeypatch.setattr(module, "workers_of", lambda *_: Inline())
    monkeypatch.setattr(module, "make_trial", scored)
    return writer


def _with_suspect(diagnosis, stored):
    return dataclasses.replace(diagnosis, findings=with_verdicts([suspect()], stored.verdicts))


def scored(path, arm, seed, epochs):
    score = 0.9 if arm.startswith("rate-lowered") else 0.1
    return TrialRecord(arm, seed, epochs, 4, score=score + 1e-4 * seed, loss=1 - score)


def test_a_suspect_is_confirmed_and_the_verdict_kept_with_its_trials(run):
    done = confirming.confirm(load_run(run.path), seconds=60)
    (verdict,) = done.run.verdicts
    assert (verdict.code, verdict.status, verdict.pairs) == ("FIT101", "confirmed", 6)
    assert verdict.excluded
    assert len(read_trials(run.path / "fits" / "0")) > 12


def test_a_second_command_makes_no_trial_again(run, monkeypatch):
    confirming.confirm(load_run(run.path), seconds=60)
    before = read_trials(run.path / "fits" / "0")

    def none(*_):
        raise AssertionError("a trial was made again")

    monkeypatch.setattr(module, "make_trial", none)
    confirming.confirm(load_run(run.path), ("FIT101",), seconds=60)
    assert read_trials(run.path / "fits" / "0") == before


def test_an_interrupt_ends_the_experiments_and_not_the_report(run, monkeypatch, capfd):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "make_trial", interrupt)
    assert main(["confirm", "--format", "json"]) == 0
    out, err = capfd.readouterr()
    assert json.loads(out)["run"]["id"] == run.id
    assert "interrupted" in err


def test_a_fit_without_a_recipe_says_what_is_missing(run):
    stored = load_run(run.path)
    why = "the model has a train_step of its own"
    run.write_fit(dataclasses.replace(stored.fits[0], recipe=None, not_rebuilt=why))
    done = confirming.confirm(load_run(run.path), seconds=60)
    assert done.notes == (f"fit 1 cannot be made again: {why}",)


def test_a_code_that_was_not_found_is_said_in_one_line(run):
    with pytest.raises(UsageError, match="no finding MOD106"):
        confirming.confirm(load_run(run.path), ("MOD106",), seconds=60)


def test_without_time_for_a_pair_nothing_is_begun(run):
    done = confirming.confirm(load_run(run.path), seconds=1)
    assert done.notes == ("no time for fit 1",)
    assert read_trials(run.path / "fits" / "0") == ()


def test_verdicts_that_cannot_be_kept_are_noted(run, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(confirming, "write_verdicts", full)
    done = confirming.confirm(load_run(run.path), seconds=60)
    assert "verdicts cannot be kept: No space left on device" in done.notes
    assert [v.status for v in done.run.verdicts] == ["confirmed"]
    assert load_run(run.path).verdicts == ()


def test_a_code_that_no_experiment_settles_is_said(run, monkeypatch):
    told = with_verdicts([suspect("MOD999")], ())
    real = confirming.diagnose
    monkeypatch.setattr(
        confirming, "diagnose", lambda r: dataclasses.replace(real(r), findings=told)
    )
    done = confirming.confirm(load_run(run.path), seconds=60)
    assert done.notes == ("no experiment settles MOD999",)


@pytest.mark.parametrize("words", [("FIT101",), ("fit101",), ("learning-rate-too-high",)])
def test_without_a_run_codes_and_names_are_those_of_the_newest(run, words, capfd):
    assert main(["confirm", "--format", "json", *words]) == 0
    assert [v.code for v in load_run(run.path).verdicts] == ["FIT101"]
    assert main(["confirm", "--format", "json", run.id, *words]) == 0


def test_a_word_that_is_no_check_is_refused(run, capfd):
    assert main(["confirm", run.id, "FIT101", "FIT999"]) == 2
    assert "no check FIT999" in capfd.readouterr().err


@pytest.mark.parametrize("text", ["5", "m", "-3s", "5x", ""])
def test_a_budget_that_is_no_time_is_refused(run, text, capfd):
    assert main(["confirm", "--budget", text]) == 2
    assert "expected a time such as" in capfd.readouterr().err


# ---- verdicts on findings


def verdict(status, code="FIT101", **more):
    told = {"effect": 0.8, "low": 0.7, "high": 0.9, "before": 0.1, "after": 0.9, "pairs": 6}
    return VerdictRecord(
        0, code, None, "rate-lowered", "0.1", "the rate", "the rest", status, "because",
        **told | more,
    )  # fmt: skip


def test_a_verdict_takes_the_place_of_the_suspicion():
    (found,) = with_verdicts([suspect()], [verdict("refuted")])
    assert found.status == "refuted"
    assert (found.experiment.effect, found.experiment.of) == (0.8, "fits")
    assert not any("settle" in line for line in found.evidence)
    assert "measured" in found.evidence
    assert "because" in found.evidence


def test_a_verdict_without_an_effect_leaves_the_suspicion_with_the_reason():
    (found,) = with_verdicts([suspect()], [verdict("inconclusive", effect=None)])
    assert (found.status, found.experiment) == ("suspected", None)
    assert found.evidence[-1] == "not settled: because"


def test_a_verdict_on_another_layer_or_code_is_not_taken():
    assert with_verdicts([suspect("FIT102")], [verdict("refuted")])[0].status == "suspected"


def test_a_new_verdict_on_the_same_finding_replaces_the_old(tmp_path):
    old, new, other = verdict("inconclusive"), verdict("confirmed"), verdict("refuted", "MOD110")
    assert merged([old, other], [new]) == (other, new)
    write_verdicts(tmp_path, 0, (new,))
    assert json.loads((tmp_path / "verdicts.json").read_text())["records"][0]["p"] is None
