"""Runs, diagnoses and ledgers as a notebook shows them, and as a terminal does."""

import builtins
import dataclasses
import re

import pytest

import valgap
from valgap.checks.example_case import example_case
from valgap.evidence.account import Ledger
from valgap.evidence.records import Location
from valgap.finding import Diagnosis
from valgap.report.notebook.style import ROOT, narrowed_style
from valgap.watched import Run

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def run(make_run, lagging_case):
    return Run(stored=make_run(lagging_case()))


def test_a_diagnosis_is_one_with_its_fields_and_shows_verdict_waterfall_and_cards(run):
    assert isinstance(run.diagnosis, Diagnosis)
    shown = run.diagnosis._repr_html_()
    assert shown == shown.strip() + "\n"
    verdict, drawing, card = (
        shown.index(text)
        for text in ("batch-norm statistics lag", "Where the gap comes from", 'class="card error"')
    )
    assert verdict < drawing < card
    assert shown.count("Where the gap comes from: loss at the last epoch") > 1
    assert "loss at the best epoch" not in shown
    assert f"valgap view {run.stored.record.id}" in shown


def test_a_run_shows_what_its_diagnosis_shows(run):
    marks = re.compile(r"\bv[0-9a-f]{8}-")
    alone = [marks.sub("", each._repr_html_()) for each in (run, run.diagnosis)]
    assert alone[0] == alone[1]


def test_a_ledger_is_one_with_its_fields_and_shows_a_waterfall_for_each_epoch(run):
    (ledger,) = run.ledgers
    assert isinstance(ledger, Ledger)
    assert ledger.accounts == run.stored.ledgers[0].accounts
    for shown in (ledger._repr_html_(), run.ledgers._repr_html_()):
        assert shown.count("<svg") == sum(a.metric == "loss" for a in ledger.accounts) > 1


def test_the_same_record_of_two_readings_is_equal(run):
    again = Run(stored=run.stored)
    assert again.ledgers == run.ledgers
    assert again.diagnosis == run.diagnosis


def test_nothing_has_an_id_twice_even_if_shown_twice(run):
    text = "".join(run.diagnosis._repr_html_() for _ in range(2)) + run.ledgers._repr_html_()
    made = re.findall(r'<(?:svg|g|defs|path|clipPath)[^>]*\bid="([^"]+)"', text)
    assert len(made) == len(set(made)) > 20
    used = re.findall(r'(?:url\(#|href="#)([^)"]+)', text)
    assert set(used) <= set(re.findall(r'\bid="([^"]+)"', text))


def test_no_rule_of_the_style_reaches_beyond_what_is_ours(run):
    text = re.sub(r"@media[^{]*\{|/\*.*?\*/", "", narrowed_style())
    rules = re.findall(r"([^{}]+)\{", text)
    assert len(rules) > 40
    for selector in (one.strip() for rule in rules for one in rule.split(",")):
        assert ROOT in selector, selector
        assert not selector.startswith(("body", ":root", "*"))
    drawn = run.diagnosis._repr_html_()
    for sheet in re.findall(r"<style[^>]*>(.*?)</style>", drawn, flags=re.S)[1:]:
        assert sheet.startswith("#v")


def test_the_theme_of_the_notebook_counts_for_more_than_that_of_the_system():
    text = narrowed_style()
    system, theme = (
        text.index(t) for t in ("prefers-color-scheme: dark", '[data-jp-theme-light="false"]')
    )
    assert system < theme
    dark = re.search(r'html\[theme="dark"\] \S+ \{([^}]*)\}', text)[1]
    assert "color-scheme: dark" in dark
    assert "--paper: #14171b" in dark


def test_a_terminal_gets_text(run):
    lines = repr(run.diagnosis).splitlines()
    assert lines[0].startswith("valgap: batch-norm statistics lag")
    assert any("error[MOD106]" in line for line in lines[1:])
    assert "batch-statistics" in repr(run.ledgers)
    assert repr(run.ledgers[0]) == repr(run.ledgers)
    assert repr(run) == run.report("full")


def test_markdown_is_there_for_those_who_want_it(run):
    assert run._repr_markdown_() == run.diagnosis._repr_markdown_()
    assert run._repr_markdown_().startswith("## valgap: batch-norm statistics lag")
    assert "| batch-statistics | +2.40 |" in run.ledgers[0]._repr_markdown_()


def test_names_of_the_users_are_text(make_run, lagging_case):
    case = lagging_case()
    place = Location(f"/home/u/{HOSTILE}/train.py", 3, "model.fit")
    run = make_run(dataclasses.replace(case, fit=dataclasses.replace(case.fit, location=place)))
    shown = Run(stored=run)._repr_html_()
    assert "<script" not in shown
    assert "&lt;script&gt;alert(1)" in shown


def test_a_run_without_a_fit_says_so_and_raises_nothing():
    class Nothing:
        def finish(self, *_):
            return None

    empty = Run(Nothing())
    assert repr(empty).startswith("valgap: no call of fit was seen")
    assert empty._repr_markdown_() == repr(empty)
    assert empty._repr_html_() is None


def test_a_fit_without_a_ledger_says_why(make_run):
    case = example_case()
    shown = Run(stored=make_run(type(case)(case.fit, None)))
    assert "no ledger: none was drawn up" in shown._repr_html_()
    assert shown.ledgers == ()
    assert repr(shown.ledgers) == "valgap: no ledger was drawn up"
    assert shown.ledgers._repr_html_() is None


def test_a_report_in_a_notebook_is_given_back_and_not_shown_by_rich(run, monkeypatch):
    class ZMQInteractiveShell:  # by this name rich knows the kernel of a notebook
        pass

    expected = run.report()
    monkeypatch.setattr(builtins, "get_ipython", ZMQInteractiveShell, raising=False)
    assert run.report() == expected != ""


def test_the_public_names_are_those_of_before():
    assert {"Run", "Watch", "diagnose", "load", "watch"} <= set(valgap.__all__)
    assert valgap.Run is Run
