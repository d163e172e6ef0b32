"""Near twins, conflicts, clips and overlapping windows; and drift between the splits."""

import numpy as np
import pytest
from planted_rows import blobs, clip, of_tables, pictures, plenty, prepared, sampled, split, table

from valgap.ledger.probes.rows.drift import drift
from valgap.ledger.probes.rows.neighbours import neighbours
from valgap.ledger.probes.rows.prepared import Prepared
from valgap.ledger.probes.sampled import Own

X, Y = blobs(500)
ROWS = 350


def near(x, y, rows=ROWS, **more):
    return neighbours(prepared(x, y, rows, **more), plenty())[0]


def apart(x, y, rows=ROWS, **more):
    return drift(prepared(x, y, rows, **more), plenty())


def with_copies(x, rows, copies, noise=0.01):
    rng = np.random.default_rng(1)
    x = x.copy()
    x[rows : rows + copies] = x[:copies] + noise * rng.normal(size=x[:copies].shape)
    return x


@pytest.mark.parametrize(
    "x",
    [
        X,
        np.random.default_rng(0).normal(size=(500, 2)),
        np.random.default_rng(0).normal(size=(500, 40)),
        np.exp(1.5 * np.random.default_rng(0).normal(size=(500, 6))),
        blobs(500, apart=8.0)[0],
        blobs(500, columns=2, classes=2)[0],
        pictures(500, side=16)[0],
        np.sin(
            np.random.default_rng(0).uniform(1, 5, (500, 1)) * np.linspace(0, 6, 60)
            + np.random.default_rng(1).uniform(0, 6, (500, 1))
        )[..., None],
    ],
    ids=["table", "plane", "wide", "skewed", "clusters", "flat", "pictures", "waves"],
)
def test_independent_rows_have_hardly_a_twin(x):
    found = near(x, Y)
    assert found.twins <= 0.04 * found.rows_validation
    assert found.twins_within_train <= 0.04 * found.rows_train
    assert found.groups_across <= 1


@pytest.mark.parametrize("x", [X, pictures(500, side=16)[0]], ids=["table", "pictures"])
def test_noisy_copies_across_the_splits_are_twins(x):
    found = near(with_copies(x, ROWS, 60), Y)
    assert 60 <= found.twins <= 64


def test_the_own_figures_on_rows_with_and_without_a_twin_stand_apart():
    right = np.r_[np.ones(60), np.zeros(90)]
    own = {"validation": Own((np.zeros((150, 3)),), {"accuracy": right, "odd": right[:3]})}
    found = near(with_copies(X, ROWS, 60), Y, own=own)
    assert found.with_twin["accuracy"].value > 0.9
    assert found.without["accuracy"].value < 0.05
    assert set(found.with_twin) == {"accuracy"}


def test_chains_with_rows_on_both_sides_are_counted():
    rng = np.random.default_rng(2)
    x = np.repeat(rng.normal(size=(50, 12)), 10, axis=0) + 0.005 * rng.normal(size=(500, 12))
    found = near(rng.permutation(x), Y)
    assert found.groups_across >= 45
    assert found.largest_group == 10


def test_equal_inputs_with_other_labels_are_conflicts():
    x, y = X.copy(), Y.copy()
    x[:40], y[:20], y[20:40] = np.tile(X[:20], (2, 1)), 0, 1
    found = near(x, y)
    assert (found.conflicts, found.ceiling) == (40, pytest.approx(1 - 20 / 350))


def test_equal_inputs_with_equal_labels_are_none():
    x, y = X.copy(), Y.copy()
    x[20:40], y[20:40] = x[:20], y[:20]
    assert (near(x, y).conflicts, near(x, y).ceiling) == (0, 1.0)


def test_rows_of_a_clip_in_their_order_are_alike_and_few_are_independent():
    found = near(clip(400), Y[:400], 400)
    assert found.lag_similarity > 0.5
    assert found.effective_rows < 60


def test_shuffled_rows_of_a_clip_and_rows_of_no_known_order_are_not():
    x = np.random.default_rng(0).permutation(clip(400))
    assert abs(near(x, Y[:400], 400).lag_similarity) < 0.15
    assert near(x, Y[:400], 400).effective_rows > 300
    assert near(clip(400), Y[:400], 400, stored=False).lag_similarity is None


def test_rows_in_the_order_of_their_class_do_not_go_together_for_that():
    x, y = blobs(400, apart=4.0)
    order = np.argsort(y, kind="stable")
    found = near(x[order], y[order], 400)
    assert abs(found.lag_similarity) < 0.1
    assert found.effective_rows > 300


def windows(source, length=40):
    return np.stack([source[i : i + length] for i in range(len(source) - length)])


def test_shuffled_windows_of_one_recording_share_their_steps():
    x = windows(np.random.default_rng(0).normal(size=(400, 3)))
    x = np.random.default_rng(1).permutation(x)
    assert near(x, Y[: len(x)], 250).shared_steps > 0.95


def test_windows_cut_apart_in_time_share_hardly_any():
    x = windows(np.random.default_rng(0).normal(size=(400, 3)))
    assert near(x, Y[: len(x)], 250).shared_steps < 0.2


@pytest.mark.parametrize("values", [2, 10])
def test_independent_series_of_few_values_share_no_steps(values):
    x = np.random.default_rng(0).integers(0, values, (300, 60, 1)).astype(np.float32)
    x[:, 50:] = 0
    found = near(x, Y[:300], 200).shared_steps
    assert found is None or found < 0.01


def test_splits_drawn_at_random_are_not_told_apart():
    found = apart(X, Y)
    assert found.auc.low <= 0.5 <= found.auc.high
    assert found.standardised is None
    assert found.scale == pytest.approx(1, abs=0.1)
    assert not found.fitted_on_both


def test_validation_on_another_scale_is_told_and_the_map_back_is_found():
    x = X.copy()
    x[ROWS:] = x[ROWS:] * 255 + 10
    found = apart(x, Y)
    assert found.auc.low > 0.9
    assert found.standardised.low <= 0.55
    assert found.scale == pytest.approx(1 / 255, rel=0.05)
    assert found.shift == pytest.approx(-10 / 255, abs=0.05 * float(x[:ROWS].std()))


def test_pictures_in_bytes_beside_pictures_from_0_to_1_are_told():
    x, y = pictures(300)
    x[200:] *= 255
    found = apart(x, y, 200)
    assert found.auc.low > 0.9
    assert found.standardised.low <= 0.55
    assert found.scale == pytest.approx(1 / 255, rel=0.05)


def test_a_spread_that_differs_around_the_same_mean_is_told():
    x = np.random.default_rng(0).normal(size=(500, 8))
    x[ROWS:] *= 3
    assert apart(x, Y).auc.low > 0.8


def test_another_source_is_told_even_when_standardised():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(500, 8))
    x[ROWS:, 1] = x[ROWS:, 0] + 0.2 * rng.normal(size=150)  # standardised alike, but tied
    x[ROWS:, 2] = np.abs(x[ROWS:, 2])
    found = apart(x, Y)
    assert found.standardised.low > 0.5


def test_columns_that_each_have_a_map_of_their_own_have_none_in_common():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(500, 4))
    x[ROWS:] = x[ROWS:] * [1, 10, 100, 1000] + [5, 0, 3, 700]
    assert apart(x, Y).scale is None


def test_the_feature_that_moved_is_named():
    x = X.copy()
    x[ROWS:, 3] += 9
    found = apart(x, Y)
    assert found.single_feature == "x[3]"
    assert found.single_mean_shift > 3


def scaled_on(x, by, how):
    if how == "range":
        return (x - by.min(axis=0)) / np.ptp(by, axis=0)
    return (x - by.mean(axis=0)) / by.std(axis=0)


@pytest.mark.parametrize("how", ["range", "variance"])
def test_a_scaler_fitted_on_both_splits_is_found(how):
    x = np.random.default_rng(0).normal(3, 5, (500, 5))
    assert apart(scaled_on(x, x, how).astype(np.float32), Y).fitted_on_both


@pytest.mark.parametrize("how", ["range", "variance"])
def test_a_scaler_fitted_on_training_alone_is_let_alone(how):
    x = np.random.default_rng(0).normal(3, 5, (500, 5))
    assert not apart(scaled_on(x, x[:ROWS], how).astype(np.float32), Y).fitted_on_both


def test_pixels_divided_by_255_are_no_scaler_fitted_on_both():
    x = np.random.default_rng(0).integers(0, 256, (300, 12, 12, 3)) / 255
    assert not apart(x, Y[:300], 200).fitted_on_both


def test_of_a_sample_nothing_is_said_to_be_fitted_on_both():
    x = np.random.default_rng(0).normal(3, 5, (500, 5))
    x = scaled_on(x, x, "variance")
    tables = {
        "train": table(x[:ROWS], Y[:ROWS], note="a sample of 350 of 9000 rows"),
        "validation": table(x[ROWS:], Y[ROWS:]),
    }
    assert not drift(Prepared(of_tables(tables)), plenty()).fitted_on_both


def test_few_rows_are_not_told_apart():
    with pytest.raises(Exception, match="20 rows a split"):
        apart(X[:100], Y[:100], 90)


def test_there_are_neighbours_without_validation_too():
    found = neighbours(Prepared(sampled(X, Y)), plenty())[0]
    assert (found.rows_validation, found.twins, found.validation_to_train) == (0, 0, None)


def test_splits_may_hold_several_inputs():
    x = {"a": X, "b": np.random.default_rng(0).normal(size=(500, 30, 2))}
    assert neighbours(Prepared(split(x, Y, ROWS)), plenty())[0].twins == 0


def test_training_rows_that_are_noisy_copies_lie_nearer_each_other_than_validation_rows_do():
    rng = np.random.default_rng(0)
    originals = rng.normal(size=(30, 8))
    copies = originals[rng.integers(0, 30, 400)] + rng.normal(0, 0.05, (400, 8))
    x = np.concatenate([copies, rng.normal(size=(200, 8))]).astype("float32")
    found = near(x, np.arange(600) % 2, 400)
    assert found.spacing < 0.3


@pytest.mark.parametrize("rows", [400, 150])
def test_splits_of_one_source_lie_as_far_apart_whatever_their_sizes(rows):
    x = np.random.default_rng(1).normal(size=(600, 8)).astype("float32")
    assert near(x, np.arange(600) % 2, rows).spacing == pytest.approx(1.0, abs=0.15)
