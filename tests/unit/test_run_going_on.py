"""What is reported of a run that has not ended, and of one that was killed."""

import os
from pathlib import Path

import pytest
from runs_help import kept

from valgap.cli.options import Picks
from valgap.cli.picking import picked
from valgap.cli.serving.answers import Answers
from valgap.cli.serving.shelf import Shelf
from valgap.config import read_config
from valgap.evidence.going_on import QUIET_SECONDS
from valgap.evidence.store import load_run
from valgap.report.texts import report_text

NAME = "20260105-080000-live"
RESUME = f"valgap run --resume {NAME}"


def made(tmp_path, *, is_quiet=False):
    path = kept(tmp_path, NAME, status="running", asked="50")
    for file in path.rglob("*") if is_quiet else ():
        os.utime(file, (0, file.stat().st_mtime - QUIET_SECONDS - 1))
    run = load_run(path)
    return run, picked(read_config(Path(tmp_path)), Picks()).diagnose(run)


def test_the_first_sentence_is_that_it_goes_on_and_nothing_has_passed(tmp_path):
    _, diagnosis = made(tmp_path)
    told = str(diagnosis.summary["verdict"])
    assert told.startswith("the run is going on: epoch 3 of 50: val_loss 0.80")
    assert diagnosis.passed == ()
    assert any("nothing was found so far" in n.reason for n in diagnosis.not_run)


@pytest.mark.parametrize("form", ["full", "markdown", "html"])
def test_no_form_advises_to_resume_it_or_praises_it(tmp_path, form):
    text = report_text(form, *made(tmp_path))
    assert "the run is going on" in text
    assert "--resume" not in text
    assert "checks passed" not in text
    assert "nothing was found by" not in text
    assert "0.0 s" not in text
    assert form == "markdown" or "in 0.3 s so far" in text


@pytest.mark.parametrize("form", ["full", "markdown", "html"])
def test_one_that_was_killed_is_to_be_resumed(tmp_path, form):
    text = report_text(form, *made(tmp_path, is_quiet=True))
    assert RESUME in text
    assert "going on" not in text
    assert form == "markdown" or "in 0.3 s, never seen to end" in text


def test_a_report_beside_a_killed_run_does_not_bring_it_to_life(tmp_path):
    run, _ = made(tmp_path, is_quiet=True)
    (run.path / "report.html").write_text("")
    (line,) = Shelf(tmp_path, picked(read_config(Path(tmp_path)), Picks()).diagnose).lines()
    assert line.status == "end not seen"


def test_a_key_error_of_ours_is_not_taken_for_a_run_that_is_not_there(tmp_path):
    made(tmp_path)

    def failing(_):
        raise KeyError("column")

    answers = Answers(Shelf(tmp_path, failing))
    assert "there is no run elsewhere" in answers.to("/run/elsewhere", {}).page
    with pytest.raises(KeyError, match="column"):
        answers.to(f"/run/{NAME}", {})
