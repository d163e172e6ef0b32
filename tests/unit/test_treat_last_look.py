"""The last look: intervals that cover, by rows and by groups; McNemar; one temperature."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from valgap.treatment.assembling import optimism_of
from valgap.treatment.calibration import calibrated, error_of, temperature_of, tempered
from valgap.treatment.final import Look, Seen, ensemble_of
from valgap.treatment.jobs import Job, Result
from valgap.treatment.locking import planned
from valgap.treatment.metrics import METRICS
from valgap.treatment.scoring import Judging, Scored, mcnemar, wilson


def predicted(rng, rows, accuracy=0.8, groups=None):
    """Targets, and probabilities that are right as often."""
    hits = rng.random(rows) < accuracy
    if groups is not None:
        own = rng.beta(4, 1, size=int(groups.max()) + 1)  # of mean 0.8
        hits = rng.random(rows) < own[groups]
    y = rng.integers(2, size=rows)
    return y, np.where(hits, y, 1 - y).astype(float)


def share_covered(metric, truth, rows=150, size=None, times=120):
    covered = 0
    for seed in range(times):
        rng = np.random.default_rng(seed)
        groups = None if size is None else np.arange(rows) // size
        y, p = predicted(rng, rows, truth, groups)
        made = Judging(METRICS[metric], y, groups).scored(p)
        covered += made.low <= truth <= made.high
    return covered / times


def test_the_interval_of_rows_covers():
    assert share_covered("accuracy", 0.9) >= 0.92


def test_the_interval_of_groups_covers_where_that_of_rows_would_not():
    assert share_covered("accuracy", 0.8, 200, size=20) >= 0.9
    wrong = 0
    for seed in range(120):
        y, p = predicted(np.random.default_rng(seed), 200, 0.8, np.arange(200) // 20)
        low, high = wilson(int((y == p).sum()), 200)
        wrong += not low <= 0.8 <= high
    assert wrong / 120 > 0.2


def test_a_bootstrap_of_a_figure_that_is_no_mean_covers():
    assert share_covered("balanced_accuracy", 0.8, 100, times=15) >= 13 / 15


def test_no_mistake_at_all_is_no_certainty():
    y = np.arange(60) % 2
    made = Judging(METRICS["balanced_accuracy"], y).scored(y.astype(float))
    assert made.score == made.high == 1.0
    assert made.low == pytest.approx(wilson(60, 60)[0])


def test_a_difference_is_of_the_same_rows_on_both_sides():
    rng = np.random.default_rng(0)
    y, p = predicted(rng, 300, 0.7)
    better = p.copy()
    better[np.flatnonzero(y != p)[:30]] = y[np.flatnonzero(y != p)[:30]]
    made = Judging(METRICS["accuracy"], y).difference(p, better)
    assert made.score == pytest.approx(0.1)
    assert 0.06 < made.low < 0.1 < made.high < 0.14


def test_mcnemar_counts_the_rows_that_one_model_has_right():
    y = np.zeros(20)
    patient, treated = np.zeros(20), np.zeros(20)
    patient[:12], treated[10:14] = 1, 1
    made = mcnemar(y, patient, treated)
    assert (made.only_patient, made.only_treated) == (2, 10)
    assert made.p == pytest.approx(0.0386, abs=1e-3)
    assert mcnemar(y, patient, patient).p == 1.0


@given(st.floats(0.3, 4.0))
@settings(max_examples=20, deadline=None)
def test_the_temperature_that_was_put_on_is_found(temperature):
    rng = np.random.default_rng(1)
    logits = 2 * rng.normal(size=(4000, 3))
    true = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    y = (rng.random((4000, 1)) > true.cumsum(axis=1)).sum(axis=1)
    assert temperature_of(y, tempered(true, 1 / temperature)) == pytest.approx(temperature, rel=0.1)


def test_a_temperature_calibrates_rows_it_has_not_seen_and_changes_no_answer():
    rng = np.random.default_rng(2)
    margins = rng.normal(1, 1, size=4000)
    sure = 1 / (1 + np.exp(-4 * margins))
    y = (rng.random(4000) > 1 / (1 + np.exp(-margins))).astype(int)  # 0 where it is right
    p = np.stack([sure, 1 - sure], axis=1)
    warm = temperature_of(y[:2000], p[:2000])
    made = calibrated(y[2000:], p[2000:], tempered(p[2000:], warm), warm, 2000)
    assert warm == pytest.approx(4, rel=0.15)
    assert made.log_loss_after < made.log_loss_before
    assert made.error_after < 0.05 < made.error_before
    assert np.array_equal(tempered(p, warm).argmax(1), p.argmax(1))


def test_an_ensemble_is_the_mean_of_what_is_kept_and_none_of_one(tmp_path):
    y = np.arange(60) % 2
    jobs = [Job(("a",), 0, seed) for seed in range(3)]
    answers = {}
    for job, share in zip(jobs, (0.9, 0.4, 0.6), strict=True):
        np.save(tmp_path / f"{job.seed}.npy", np.where(y == 1, share, 1 - share))
        path = str(tmp_path / f"{job.seed}.npy")
        answers[job] = Result(job, 0.5, predictions=path)
    judging = Judging(METRICS["accuracy"], y)
    made = ensemble_of(judging, jobs, answers, None)
    assert (made.seeds, made.scored.score) == (3, 1.0)  # the second alone is wrong throughout
    assert ensemble_of(judging, jobs[:1], answers, None) is None
    answers[jobs[0]] = Result(jobs[0], None, error="it diverged")
    left = ensemble_of(judging, jobs, answers, None)
    assert left.seeds == 2


def test_sure_and_always_right_is_calibrated():
    assert error_of(np.zeros(50), np.tile([1.0, 0.0], (50, 1))) == 0.0


def test_the_line_says_what_validation_promised_too_much():
    seen = Seen(Scored(0.884, 0.855, 0.913, "Wilson", 450), (0.884,), 1)
    plan = planned(np.arange(700) % 2, "classes")
    optimism, line = optimism_of(METRICS["accuracy"], 0.912, Look(seen, seen), plan)
    assert line == "validation said 91.2, locked rows say 88.4 +- 2.9: optimism 2.8"
    assert optimism == pytest.approx(0.028)
    loss, line = optimism_of(METRICS["log_loss"], 0.3, Look(seen, seen), plan)
    assert loss == pytest.approx(0.584)
    assert line.startswith("validation said 0.300, locked rows say 0.884")
    assert optimism_of(METRICS["accuracy"], math.nan, Look(None, None), plan) == (None, None)
