"""The report for the terminal: what stands where, and how wide it is."""

import dataclasses
import re

import pytest

from valgap.checks.example_case import example_case
from valgap.finding import Diagnosis, Expected, Finding, NotRun, Observed
from valgap.registry import Case, diagnose, load_checks, run_check


@pytest.fixture
def full(written):
    return lambda run, width=100: written("full", run, diagnose(run), width)


@pytest.mark.parametrize("width", [80, 100, 140])
def test_no_line_is_wider_than_the_console_or_than_reads_well(make_run, width, full, lagging_case):
    run = make_run(lagging_case(), example_case(fit=1))
    assert max(map(len, full(run, width).splitlines())) <= min(width, 100)


@pytest.mark.parametrize("width", [80, 100])
def test_bars_run_from_the_training_to_the_validation_figure(make_run, width, full, lagging_case):
    lines = full(make_run(lagging_case()), width).splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("loss at the last epoch"))
    table = {line[2:24].strip(): line for line in lines[start + 1 : start + 15]}
    first, last = table["training, as logged"], table["validation, as logged"]
    bar = table["batch-statistics"]
    assert abs(bar.index("█") - first.index("●")) <= 2
    assert abs(bar.rindex("█") - last.index("●")) <= 4
    assert first.index("●") < last.index("●") == max(map(len, (first, last))) - 1


def test_a_row_that_was_not_measured_says_why(make_run, full, lagging_case):
    text = full(make_run(lagging_case()))
    assert "augmentation: not measured; inside noise-layers: the generator is opaque" in text


def test_what_a_row_means_is_said_where_its_interval_excludes_zero(make_run, full, lagging_case):
    text = full(make_run(lagging_case()))
    assert "batch-statistics: the same training rows score 2.40 worse" in text
    assert "epoch-averaging: " not in text


def test_a_gain_in_a_metric_that_is_better_the_higher_is_no_loss(make_run, full, lagging_case):
    text = full(make_run(lagging_case(accuracy=[0.5] * 12, val_accuracy=[0.6] * 12)))
    assert "generalisation +0.100" in text


def proven():
    """The findings of the checks' examples that carry an experiment."""
    told = [run_check(check, check.fires_on()) for check in load_checks()]
    return [f for found in told if not isinstance(found, NotRun) for f in found if f.experiment]


@pytest.mark.parametrize("finding", proven(), ids=lambda f: f.code)
def test_an_experiment_is_told_in_two_lines_at_most(make_run, written, finding):
    lines = written("full", make_run(example_case()), Diagnosis((finding,))).splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(f"   |  {finding.status} "))
    told = [lines[start][18:].strip()]
    for line in lines[start + 1 :]:
        if not line.startswith(f"   |  {'':<12} "):
            break
        told.append(line[18:].strip())
    assert len(told) <= 2
    assert finding.experiment.name in " ".join(told)
    assert "95 % interval" in " ".join(told)


def test_only_five_findings_are_told_in_full(make_run, written):
    judged = Observed(1.0, "val_loss"), Expected("<", 2.0, "measured")
    findings = tuple(
        Finding(f"DAT90{i}", "x", "DAT", "note", "suspected", f"fault {i}", *judged, help="help")
        for i in range(8)
    )
    run = make_run(example_case())
    told = dataclasses.replace(diagnose(run), findings=findings)
    lines = written("full", run, told).splitlines()
    assert sum(line.startswith("   help: ") for line in lines) == 5
    assert sum(line.startswith("note[DAT90") for line in lines) == 8


def test_the_end_says_what_passed_what_did_not_run_where_it_is_and_what_to_do(
    make_run, full, lagging_case
):
    text = full(make_run(lagging_case()))
    end = text[text.index("in short") :]
    assert re.search(r"^checks passed  \d+$", end, re.MULTILINE)
    assert "DAT101 - the rows of the two splits were not compared" in end
    assert ".valgap/runs/20261122-142149-3fa2" in end
    assert end.rstrip().endswith("next           valgap explain MOD106")


def test_the_sample_is_told(make_run, full):
    run = make_run(example_case(train_rows=6780, validation_rows=1484))
    assert "measured on: 1,000 of 6,780 training and 1,000 of 1,484 validation" in full(run)


def test_a_fit_that_raised_says_so(make_run, full):
    case = example_case()
    fit = dataclasses.replace(case.fit, status="raised", error="ValueError: shapes\nmore")
    text = full(make_run(Case(fit, case.ledger)))
    assert "ended by an exception" in text
    assert "error      ValueError: shapes\n" in text


def test_markup_of_rich_in_the_words_of_others_is_text(make_run, full):
    case = example_case(notes=("[red]not red[/red] [/]",))
    assert "[red]not red[/red] [/]" in full(make_run(case))


@pytest.fixture
def folds(losses):
    loss, lag = losses
    return [
        example_case(
            loss=loss,
            val_loss=[a + b * i / 4 + 0.05 for a, b in zip(loss, lag, strict=True)],
            rows={"batch-statistics": [b * i / 4 for b in lag]},
            closes={"training": 0.98, "inference": 0.99},
            layers=("Dense", "BatchNormalization", "Dense"),
            fit=i,
            study="cv.py:30",
        )
        for i in range(5)
    ]


def test_fits_of_one_loop_are_one_table_and_the_worst_of_them_in_full(make_run, full, folds):
    text = full(make_run(*folds, example_case(fit=5)))
    assert "study of 5 fits at train.py:41" in text
    assert "fit 5, the worst of them" in text
    assert "fit 1, " not in text
    assert "MOD106 batchnorm-statistics-lag: in 4 of 5 fits" in text
    assert "fit 6 of 6" in text


def test_a_study_tells_mean_and_spread_of_figures_and_rows(make_run, full, folds):
    lines = full(make_run(*folds)).splitlines()
    mean = next(line.split() for line in lines if line.startswith("  mean "))
    spread = next(line.split() for line in lines if line.startswith("  spread "))
    row = next(line.split() for line in lines if line.startswith("  batch-statistics "))
    assert mean[1:] == ["1.53", "0.397", "+1.25"]
    assert float(spread[1]) == pytest.approx(0.949, abs=0.001)
    assert row[1:] == ["+1.20", "0.00", "+2.40", "5"]
