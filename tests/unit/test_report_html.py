"""The HTML page: what is in it, and that nothing of the user's can break out of its place."""

import dataclasses
import json
import re
import xml.etree.ElementTree as ET

import pytest

from valgap.checks.example_case import example_case
from valgap.evidence.account import Estimate
from valgap.evidence.model import AttentionMeasured, Predictions, ReliabilityBin
from valgap.evidence.records import Location
from valgap.evidence.rows import GivenGroups, Neighbours
from valgap.evidence.trials import TrialRecord, append_trial
from valgap.finding import Experiment
from valgap.registry import diagnose
from valgap.report.html.diffs import example_of

HOSTILE = "<script>alert(1)</script>"


def estimate(value, n=450):
    return Estimate(value, value - 0.05, value + 0.05, n)


def predicted(**changes):
    made = Predictions(
        "validation", "output", 11, "multiclass", 450,
        accuracy=estimate(0.7), balanced_accuracy=estimate(0.68),
        confusion=((100, 40, 10), (20, 120, 10), (30, 20, 100)),
        recalls={"0": estimate(0.67), "1": estimate(0.8), "2": estimate(0.67)},
        loss=estimate(0.9), loss_tempered=estimate(0.7), temperature=1.9, calibration_error=0.12,
        reliability=(ReliabilityBin(0.55, 0.5, 100), ReliabilityBin(0.95, 0.75, 350)),
        reliability_tempered=(ReliabilityBin(0.6, 0.58, 200), ReliabilityBin(0.8, 0.78, 250)),
        worst_rows=(3, 99),
    )  # fmt: skip
    return dataclasses.replace(made, **changes)


@pytest.fixture
def page(make_run, written, lagging_case):
    def drawn(*cases, run=None):
        run = run or make_run(*(cases or (lagging_case(),)))
        return written("html", run, diagnose(run))

    return drawn


def headings(text):
    return re.findall(r"<h3>(?:<bdi>)?([^<]+)", text)


def test_the_page_begins_with_the_verdict_and_ends_with_the_commands(page):
    text = page()
    assert "<h1><bdi>batch-norm statistics lag" in text
    assert "valgap run train.py --epochs 12" in text


def test_curves_ledger_and_what_makes_it_move_come_before_the_cards(page):
    text = page()
    places = [text.index(t) for t in ("Learning curves: loss", "Where the gap comes from", "What")]
    assert places == sorted(places)
    assert places[1] < text.index('<article class="card error"')


def test_plots_of_predictions_are_there_where_they_were_measured(page):
    told = headings(page(example_case(measured_model={"predictions": (predicted(),)})))
    assert {"Which class is taken for which", "Share found of each class"} <= set(told)
    assert "Confidence against hits" in told


def test_attention_is_drawn_where_the_model_has_some(page):
    found = AttentionMeasured("softmax", 0.9998, 100, estimate(0.001))
    assert any(
        "attention" in t
        for t in headings(page(example_case(measured_model={"attention": (found,)})))
    )


def test_every_drawing_is_whole_svg_with_words_for_it_and_ids_of_its_own(page):
    text = page(example_case(measured_model={"predictions": (predicted(),)}))
    drawings = re.findall(r"<svg.*?</svg>", text, flags=re.DOTALL)
    assert len(drawings) >= 5
    ids = []
    for drawing in drawings:
        root = ET.fromstring(drawing)
        assert len(root.attrib["aria-label"]) > 20
        ids += [node.attrib["id"] for node in root.iter() if "id" in node.attrib]
    assert len(ids) == len(set(ids))


def test_colours_are_those_of_the_page(page):
    assert not re.search(r"#0[1-8]0[1-8]0[1-8]\b", page())


def test_the_report_as_json_is_in_the_page(page):
    found = re.search(r'<script type="application/json"[^>]*>(.*?)</script>', page(), flags=re.S)
    assert json.loads(found[1])["findings"][0]["code"] == "MOD106"


def test_nothing_is_asked_of_elsewhere_and_no_script_runs(page):
    text = page()
    assert "default-src 'none'" in text
    assert not re.search(r"(src|href)=[\"'](?!#)", text)
    assert re.findall(r"<script[^>]*>", text) == [
        '<script type="application/json" id="valgap-report">'
    ]


@pytest.mark.parametrize(
    "name", [HOSTILE, "a\"quoted'name", "$\\frac{1}{0}$", "x" * 300, "_hidden"]
)
def test_names_of_the_user_are_shown_as_text(page, make_run, name):
    recalls = {name: estimate(0.67), "1": estimate(0.8), "2": estimate(0.67)}
    case = example_case(measured_model={"predictions": (predicted(recalls=recalls, output=name),)})
    place = Location(f"/home/u/{name}/train.py", 3, "model.fit")
    model = dataclasses.replace(case.fit.model, name=name)
    fit = dataclasses.replace(case.fit, location=place, model=model, notes=(name,), error=name)
    text = page(run=make_run(dataclasses.replace(case, fit=fit)))
    assert "<script>alert" not in text
    for drawing in re.findall(r"<svg.*?</svg>", text, flags=re.DOTALL):
        ET.fromstring(drawing)


def test_trials_of_an_experiment_are_in_its_card(make_run, written, lagging_case, tmp_path):
    run = dataclasses.replace(make_run(lagging_case()), path=tmp_path)
    folder = tmp_path / "fits" / "0"
    folder.mkdir(parents=True)
    for arm, score in (("patient", 0.4), ("half-dropout", 0.61)):
        append_trial(folder, TrialRecord(arm, 1, 12, 12, score=score, loss=0.9, rows=450))
    diagnosis = diagnose(run)
    made = Experiment(
        "half-dropout", "rate", "split and seed", 7, 0.21, 0.15, 0.27, 60.0, of="fits",
        figure="skill", before=0.4, after=0.61, delta=0.02,
    )  # fmt: skip
    first = dataclasses.replace(diagnosis.findings[0], experiment=made)
    told = dataclasses.replace(diagnosis, findings=(first, *diagnosis.findings[1:]))
    text = written("html", run, told)
    assert "trials of MOD106" in text
    assert "<bdi>as it is</bdi>" in text
    assert "<bdi>0.610</bdi>" in text


def test_a_page_of_a_run_with_all_plots_stays_below_a_megabyte(page):
    case = example_case(measured_model={"predictions": (predicted(),)})
    assert len(page(case, dataclasses.replace(case, fit=dataclasses.replace(case.fit, id=1)))) < 1e6


def losses(name, values, **changes):
    case = example_case(loss=values, val_loss=[v + 0.1 for v in values], rows={})
    return dataclasses.replace(case, **changes)


def test_a_loss_below_zero_is_drawn_whole(page):
    values = [1.0 - 0.4 * i for i in range(12)]
    text = page(losses("loss", values))
    curves = re.search(r'<svg[^>]*aria-label="Learning curves of loss.*?</svg>', text, flags=re.S)[
        0
    ]
    assert "val_loss -3.30 at the last epoch, 12; best -3.30 at epoch 12" in curves
    drawn = [float(y) for _, y in re.findall(r"[ML] (-?[\d.]+) (-?[\d.]+)", curves)]
    assert max(drawn) < 300


def test_a_fit_that_ends_in_nan_is_said_to(page):
    values = [1.0 - 0.05 * i for i in range(9)] + [float("nan")] * 3
    assert "epoch 10: loss is no number from here on" in page(losses("loss", values))


def test_names_with_half_a_surrogate_or_control_characters_are_drawn(page):
    recalls = {"a\ud800b\x00c": estimate(0.6), "\u4e2d\u6587": estimate(0.7), "1": estimate(0.8)}
    made = predicted(recalls=recalls)
    text = page(example_case(measured_model={"predictions": (made,)}))
    assert "could not be drawn" not in text


def test_a_fault_in_one_plot_leaves_a_line_and_the_rest(page, monkeypatch):
    from valgap.report.html.plots import curves

    monkeypatch.setattr(curves, "_plot", lambda *_: 1 / 0)
    text = page()
    assert "curves could not be drawn" in text
    assert "Where the gap comes from" in text


@pytest.mark.parametrize(("fits", "epochs"), [(10, 12), (1, 5000)])
def test_many_fits_and_many_epochs_stay_below_a_megabyte(page, fits, epochs):
    values = [1.0 / (1 + i / 100) for i in range(epochs)]
    case = example_case(
        loss=values, val_loss=[v + 0.1 for v in values], rows={"noise-layers": -0.1}
    )
    made = [dataclasses.replace(case, fit=dataclasses.replace(case.fit, id=i)) for i in range(fits)]
    made = [
        dataclasses.replace(c, ledger=dataclasses.replace(c.ledger, fit=c.fit.id)) for c in made
    ]
    text = page(*made)
    assert len(text) < 1e6
    found = re.search(r'<script type="application/json"[^>]*>(.*?)</script>', text, flags=re.S)
    assert json.loads(found[1])["fits"][0]["epochs"] == epochs


def test_a_temperature_that_does_not_help_is_not_said_to(page):
    made = predicted(loss=estimate(0.658), loss_tempered=estimate(0.702))
    text = page(example_case(measured_model={"predictions": (made,)}))
    assert "no one temperature lowers the loss" in text
    assert "takes the loss from" not in text


def test_a_change_names_the_optimiser_of_the_fit(lagging_case, make_run):
    found = diagnose(make_run(lagging_case())).findings[0]
    found = dataclasses.replace(found, remedies=("lower-learning-rate",))
    assert "SGD(rate / 10)" in example_of(found, "SGD").text
    assert "Adam(rate / 10)" in example_of(found).text


def test_scores_by_given_group_are_drawn_the_lowest_first(page):
    given = GivenGroups(
        40, 18, 18, 450, 450, scores={"accuracy": {"3": estimate(0.9, 20), "11": estimate(0.2, 30)}}
    )
    near = Neighbours(1000, 450, 1.0, 1.0, 0.1, 0, 0, given=given)
    text = page(example_case(measured_rows={"neighbours": near}))
    assert "accuracy of validation rows by given group" in text
    assert "lowest group 11 0.20, highest group 3 0.90" in text
