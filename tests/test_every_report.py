"""What every form of report promises; the whole of each is kept as a snapshot.

`VALGAP_SNAPSHOTS=write pytest tests/test_every_report.py` writes the snapshots anew.
"""

import dataclasses

import pytest
from kept import assert_as_kept
from rich.console import Console

from valgap.checks.example_case import example_case
from valgap.errors import UsageError
from valgap.evidence.records import Location
from valgap.finding import Diagnosis
from valgap.registry import diagnose
from valgap.report.formats import load_formats, write_report

FORMATS = load_formats()
# Those that tell findings only, for other programs.
BRIEF = ("concise", "github", "sarif")
each_format = pytest.mark.parametrize("form", FORMATS)


@each_format
def test_a_run_with_a_fault_is_written_as_kept(form, make_run, written, lagging_case):
    run = make_run(lagging_case())
    assert_as_kept(f"fault.{form}.txt", written(form, run, diagnose(run)))


@each_format
def test_a_healthy_run_is_written_as_kept(form, make_run, written):
    run = make_run(example_case())
    assert_as_kept(f"healthy.{form}.txt", written(form, run, diagnose(run)))


@each_format
def test_a_run_without_a_fit_has_a_report(form, make_run, written):
    run = make_run()
    text = written(form, run, diagnose(run))
    assert form in ("concise", "sarif") or "nothing was fitted" in text


@each_format
def test_a_fit_without_epochs_or_ledger_has_a_report(form, make_run, written):
    case = example_case(loss=(), val_loss=None)
    run = make_run(type(case)(case.fit, None))
    text = written(form, run, diagnose(run))
    assert form in BRIEF or "no ledger was drawn up" in text


@each_format
def test_two_fits_are_told_apart(form, make_run, written, lagging_case):
    run = make_run(lagging_case(), example_case(fit=1))
    text = written(form, run, diagnose(run))
    assert "MOD106" in text
    assert "CUR108" in text


@each_format
def test_no_form_needs_more_than_ascii(form, make_run, written, lagging_case):
    run = make_run(lagging_case())
    assert written(form, run, diagnose(run), width=80, encoding="ascii").isascii()


@each_format
def test_a_form_is_named_in_one_line_and_ends_its_last_line(form, make_run, written):
    assert 0 < len(FORMATS[form].summary) < 60
    run = make_run(example_case())
    assert written(form, run, diagnose(run)).endswith("\n")


@each_format
def test_a_path_of_the_user_with_odd_characters_is_written(form, make_run, written):
    case = example_case()
    place = Location("/data/[bold]é.py", 3, "model.fit")
    run = make_run(type(case)(dataclasses.replace(case.fit, location=place), case.ledger))
    text = written(form, run, diagnose(run))
    shown = {"markdown": r"\[bold\]", "sarif": "%5Bbold%5D"}
    assert shown.get(form, "[bold]") in text


def test_an_unknown_form_is_told_with_those_there_are(make_run):
    known = "concise, full, github, html, json, markdown, sarif"
    with pytest.raises(UsageError, match=f"expected one of {known}"):
        write_report("pdf", make_run(), Diagnosis(), Console())
