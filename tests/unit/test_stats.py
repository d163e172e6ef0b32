"""Intervals cover what they say they cover, by simulation."""

import numpy as np
import pytest

from valgap.stats import by_batch, paired, standard_error, two_sample

TIMES = 400
LEAST, MOST = 0.92, 0.98  # of 400 intervals of 95 %: three standard errors


def covered(draw, truth=0.0, times=TIMES):
    """The share of intervals that hold the truth; `draw` takes a generator."""
    found = [draw(np.random.default_rng(seed)) for seed in range(times)]
    return np.mean([e.low <= truth <= e.high for e in found])


def skewed(rng, n):
    """Losses are skewed: many small ones and a few large."""
    return rng.exponential(size=n) ** 1.5


MEAN_OF_SKEWED = 1.3293403881791370  # gamma(2.5)


def test_paired_covers_the_mean_of_normal_differences():
    assert LEAST <= covered(lambda rng: paired(rng.normal(0.3, 1, 20)), 0.3) <= MOST


def test_paired_covers_the_mean_of_skewed_losses_nearly_as_often():
    assert 0.88 <= covered(lambda rng: paired(skewed(rng, 200)), MEAN_OF_SKEWED) <= MOST


def test_paired_of_a_finite_set_covers_the_mean_of_the_set():
    def draw(rng):
        whole = skewed(rng, 400)
        sample = rng.choice(whole, 300, replace=False)
        return paired(sample - whole.mean(), of=400)

    assert 0.90 <= covered(draw) <= MOST


def test_paired_of_the_whole_set_leaves_no_sampling_error():
    found = paired(np.array([1.0, 2.0, 6.0]), of=3)
    assert (found.value, found.low, found.high) == (3.0, 3.0, 3.0)


def test_paired_counts_redraws_whose_variance_is_known_from_five_draws_alone():
    """One logged draw of noise against the mean of five of ours, on a sample of rows."""

    def draw(rng, *, counted):
        ours = rng.normal(0, 0.5, 5)
        rows = rng.normal(0, 1, 200) + ours.mean() - rng.normal(0, 0.5)
        redraw = float(np.var(ours, ddof=1)) * (1 + 1 / 5) if counted else 0.0
        return paired(rows, redraw=redraw, draws=5)

    assert LEAST <= covered(lambda rng: draw(rng, counted=True)) <= MOST
    assert covered(lambda rng: draw(rng, counted=False)) < 0.5


@pytest.mark.parametrize("find", [paired, lambda v: by_batch(v, (1,)), standard_error])
def test_one_row_has_no_interval(find):
    found = find(np.array([2.0]))
    assert found is None or (found.value, found.low, found.high) == (2.0, None, None)


def test_by_batch_covers_where_the_rows_of_a_batch_share_their_error():
    sizes = (16,) * 12 + (5,)
    owner = np.repeat(np.arange(13), sizes)

    def rows(rng):
        return rng.normal(0, 1, 13)[owner] + rng.normal(0, 1, len(owner))

    assert 0.90 <= covered(lambda rng: by_batch(rows(rng), sizes)) <= MOST
    assert covered(lambda rng: paired(rows(rng))) < 0.7  # as if rows were drawn one by one


def test_by_batch_of_equal_batches_is_students_interval_of_their_means():
    values = np.random.default_rng(0).normal(size=40)
    ours, means = by_batch(values, (8,) * 5), paired(values.reshape(5, 8).mean(axis=1))
    assert (ours.low, ours.high) == pytest.approx((means.low, means.high))
    assert ours.n == 40


def test_two_sample_covers_the_difference_of_two_means():
    def draw(rng):
        return two_sample(rng.normal(1, 1, 60), rng.normal(1.5, 2, 40))

    assert 0.89 <= covered(draw, 0.5, times=150) < 1.0


def test_two_sample_covers_the_difference_of_skewed_losses_nearly_as_often():
    def draw(rng):
        return two_sample(skewed(rng, 150), 2 * skewed(rng, 100))

    assert 0.87 <= covered(draw, MEAN_OF_SKEWED, times=150) < 1.0


def test_two_sample_by_group_covers_where_the_rows_of_a_group_go_together():
    owner = np.repeat(np.arange(25), 8)

    def draw(rng, *, grouped):
        sides = [rng.normal(0, 1, 25)[owner] + 0.3 * rng.normal(size=200) for _ in range(2)]
        return two_sample(*sides, groups=(owner, owner) if grouped else None)

    assert 0.86 <= covered(lambda rng: draw(rng, grouped=True), times=80) <= 1.0
    assert covered(lambda rng: draw(rng, grouped=False), times=80) < 0.75


def test_two_sample_covers_with_few_rows_too():
    assert 0.91 <= covered(lambda rng: two_sample(rng.normal(size=6), rng.normal(size=8))) <= 0.99


@pytest.mark.parametrize("owner", [[0, 0, 0, 0], None])
def test_two_sample_has_no_interval_where_a_side_is_one_row_or_one_group(owner):
    values, side = np.arange(4.0), np.arange(4)
    groups = None if owner is None else (np.array(owner), side)
    found = two_sample(values if owner else values[:1], values, groups)
    assert (found.low, found.high) == (None, None)


def test_two_sample_is_the_same_on_every_call():
    a, b = np.arange(10.0), np.arange(12.0)
    assert two_sample(a, b) == two_sample(a, b)


def test_two_sample_holds_its_value_in_its_interval_and_counts_both_sides():
    found = two_sample(np.arange(10.0), np.arange(30.0))
    assert found.low < found.value < found.high
    assert (found.value, found.n) == (10.0, 40)


def test_the_standard_error_is_that_of_the_mean_and_shrinks_as_the_set_is_used_up():
    values = np.random.default_rng(1).normal(size=100)
    whole = standard_error(values)
    assert whole == pytest.approx(values.std(ddof=1) / 10)
    assert standard_error(values, of=400) == pytest.approx(whole * np.sqrt(0.75))
    assert standard_error(values, of=100) == 0.0
