"""What is made of a log: pairs, noise, luck, trends, states; and what is never said."""

import math
import random
import statistics

import pytest

from valgap.checks.curve_trends import at_rest as slow_at_rest
from valgap.checks.curve_trends import trend as slow_trend
from valgap.evidence.directions import direction as better
from valgap.evidence.log import Log, Pair
from valgap.reading.direction import is_share_of_rows
from valgap.reading.limits import limits
from valgap.reading.noise import expected_best, noise, optimism, share_interval
from valgap.reading.pairs import alone, pairs_of
from valgap.reading.read import read
from valgap.reading.side_by_side import beyond_noise, rows_of
from valgap.reading.trends import at_rest, trend


def log_of(unit="epoch", title="log", **figures):
    told = {name: tuple(enumerate(map(float, values), 1)) for name, values in figures.items()}
    return Log(title, "table", told, unit)


def states(log, rows=None):
    return {state.code or state.name: state for state in read(log, rows).states}


def wave(n, size=0.01, seed=0):
    rng = random.Random(seed)
    return [rng.gauss(0, size) for _ in range(n)]


def falling(n, low=0.05, pace=6):
    return [low + 0.9 * math.exp(-i / pace) for i in range(n)]


def noisy(values, size=0.004, seed=0):
    return [a + b for a, b in zip(values, wave(len(values), size, seed), strict=True)]


@pytest.mark.parametrize(
    ("names", "pairs"),
    [
        (("loss", "val_loss"), [("loss", "loss", "val_loss")]),
        (("train_loss", "valid_loss"), [("loss", "train_loss", "valid_loss")]),
        (("loss", "eval_loss"), [("loss", "loss", "eval_loss")]),
        (("train/loss", "eval/loss"), [("loss", "train/loss", "eval/loss")]),
        (("Loss/train", "Loss/val"), [("loss", "Loss/train", "Loss/val")]),
        (("epoch/loss", "epoch/val_loss"), [("loss", "epoch/loss", "epoch/val_loss")]),
        (
            ("train/epoch_loss", "validation/epoch_loss"),
            [("loss", "train/epoch_loss", "validation/epoch_loss")],
        ),
        (("acc", "test_acc"), [("acc", "acc", "test_acc")]),
        (("loss", "test_loss", "val_loss"), [("loss", "loss", "val_loss")]),
        (
            ("train_loss_step", "train_loss_epoch", "val_loss"),
            [("loss", "train_loss_epoch", "val_loss")],
        ),
        (("out_a_loss", "val_out_a_loss"), [("out_a_loss", "out_a_loss", "val_out_a_loss")]),
        (("loss", "lr"), []),
    ],
)
def test_pairs_are_found_by_their_names(names, pairs):
    log = log_of(**{name: [1.0, 0.5] for name in names})
    assert list(pairs_of(log)) == [Pair(*pair) for pair in pairs]


def test_the_loss_comes_first_and_a_figure_alone_is_told_so():
    log = log_of(acc=[1], val_acc=[1], loss=[1], val_loss=[1], lr=[1])
    assert [pair.figure for pair in pairs_of(log)] == ["loss", "acc"]
    assert alone(log) == ("lr",)


@pytest.mark.parametrize("rows", [None, 500])
def test_accuracy_in_percent_has_the_states_of_the_same_as_a_share(rows):
    train = noisy([1 - v for v in falling(40, 0.04)], 0.002)
    held_out = noisy([0.75 - 0.3 * v for v in falling(40, 0.0)], 0.002, 1)
    shares = {"acc": train, "val_acc": held_out}
    percents = {name: [100 * v for v in values] for name, values in shares.items()}
    assert list(states(log_of(**percents), rows)) == list(states(log_of(**shares), rows))
    assert "gap" in states(log_of(**percents), rows)
    assert read(log_of(**percents)).pairs[0].course.top == 100


def test_clocks_counters_and_rates_make_no_pairs():
    names = ("runtime", "samples_per_second", "steps_per_second", "epoch", "step", "global_step")
    names += ("lr", "lr-Adam", "learning_rate", "time")
    log = log_of(**{f"{split}_{n}": [1.0, 2.0] for n in names for split in ("train", "eval")})
    assert pairs_of(log) == ()


def test_directions_are_by_name_and_unknown_ones_are_left_open():
    lower = ("loss", "mae", "root_mean_squared_error", "perplexity")
    higher = ("acc", "auc", "f1_score", "mean_iou", "recall_2", "sparse_top_5_accuracy")
    assert {better(name) for name in lower} == {"lower"}
    assert {better(name) for name in higher} == {"higher"}
    assert better("learning_rate") is None
    assert is_share_of_rows("sparse_categorical_accuracy")
    assert not is_share_of_rows("auc")


@pytest.mark.parametrize("n", [5, 12, 33, 34, 80, 700])
@pytest.mark.parametrize("decimals", [1, 6])
def test_trends_are_those_of_the_checks(n, decimals):
    values = [round(v + i * 0.002, decimals) for i, v in enumerate(wave(n, 0.3))]
    ours, theirs = trend(values), slow_trend(values)
    for name in ("first", "last", "rises", "falls", "points"):
        assert getattr(ours, name) == pytest.approx(getattr(theirs, name), abs=1e-9), name


def test_rest_is_that_of_the_checks():
    for values in (falling(40), falling(40, pace=1), wave(30), [1.0] * 20):
        ours, theirs = at_rest(values), slow_at_rest(dict(enumerate(values)))
        assert (ours is None) == (theirs is None)


@pytest.mark.parametrize("slope", [0.0, 0.5, -2.0])
def test_noise_is_found_whatever_the_trend(slope):
    values = [slope * i + v for i, v in enumerate(wave(400, 0.1))]
    assert noise(values) == pytest.approx(0.1, rel=0.2)
    assert noise(values[:5]) is None


@pytest.mark.parametrize("epochs", [10, 40, 150])
def test_luck_is_what_the_best_of_equal_epochs_gains(epochs):
    gains, told = [], []
    for seed in range(300):
        values = wave(epochs, 1.0, seed)
        gains.append(-min(values))
        told.append(optimism(values, 1.0).value)
    assert statistics.mean(told) == pytest.approx(statistics.mean(gains), rel=0.1)
    assert expected_best(1) == 0.0


def test_on_a_steep_curve_the_best_has_no_rivals_and_no_luck():
    assert optimism(falling(20, pace=30), 0.001).epochs <= 2


def test_the_interval_of_a_share_is_wilsons():
    low, high = share_interval(0.9, 100)
    assert (low, high) == (pytest.approx(0.8256, abs=1e-4), pytest.approx(0.9448, abs=1e-4))


N = 40
RISING = [0.45 + 0.3 * math.exp(-i / 2) + 0.02 * max(0, i - 6) for i in range(N)]
CURVES = {
    "CUR105": (falling(N), noisy(RISING, 0.01)),
    "CUR103": (falling(N), [0.3 + (2.5 if i % 5 == 0 else 0) for i in range(N)]),
    "gap": (falling(N, low=0.01), noisy([0.6 + 0.3 * math.exp(-i / 2) for i in range(N)])),
    "CUR107": (falling(N, low=0.6), noisy(falling(N, low=0.3))),
    "CUR104": (noisy(falling(N, 0.5, 1), 0.001), noisy(falling(N, 0.5, 1), 0.001, 1)),
    "CUR106": (noisy([0.6931] * N, 0.0005), noisy([0.6932] * N, 0.0005, 1)),
    "constant": (falling(N), [0.7] * N),
    "unfinished": (falling(N, pace=40), noisy(falling(N, pace=40), 0.001)),
}


@pytest.mark.parametrize("name", CURVES)
def test_each_state_is_seen_in_a_curve_of_its_kind(name):
    loss, val_loss = CURVES[name]
    assert name in states(log_of(loss=loss, val_loss=val_loss))


def test_a_fit_in_order_has_no_state_of_trouble():
    n = 3 * N
    found = states(log_of(loss=noisy(falling(n)), val_loss=noisy(falling(n, low=0.056), seed=1)))
    assert set(found) <= {"CUR104"}


def test_a_score_that_is_perfect_throughout_is_nothing_odd():
    score = [0.9 + 0.1 * i / N for i in range(N)]
    assert "constant" not in states(log_of(accuracy=score, val_accuracy=[1.0] * N))
    assert "constant" in states(log_of(accuracy=score, val_accuracy=[0.5] * N))


def test_a_fit_that_learned_all_in_its_first_epoch_is_not_said_to_learn_nothing():
    assert "CUR106" not in states(log_of(loss=noisy([1.4, 0.83, *[0.5] * N], 0.001)))
    assert "CUR106" not in states(log_of(loss=noisy([1.4, *[0.5] * N], 0.001)))


def test_a_diverging_curve_has_best_epoch_noise_band_and_trend():
    pair = read(log_of(loss=CURVES["CUR105"][0], val_loss=CURVES["CUR105"][1])).main
    assert 5 <= pair.best.at <= 9
    assert pair.noise_validation == pytest.approx(0.01, rel=0.5)
    assert pair.since_best.validation.rises < 1e-4
    assert pair.since_best.train.falls < 1e-4
    assert pair.optimism.value < 0.05


def test_a_loss_at_ln_2_is_named_as_a_guess_between_two():
    evidence = states(log_of(loss=CURVES["CUR106"][0]))["CUR106"].evidence
    assert any("ln 2" in line for line in evidence)


def test_a_loss_that_became_nan_is_told_with_its_epoch():
    log = log_of(loss=[0.9, 0.5, math.nan, math.nan], val_loss=[0.8, math.inf, 1, 1])
    assert [state.message for state in read(log).states if state.code == "FIT112"] == [
        "loss is NaN or infinite at epoch 3",
        "val_loss is NaN or infinite at epoch 2",
    ]
    assert read(log_of(loss=[math.nan], val_loss=[math.nan])).pairs == ()


def test_rows_make_a_small_difference_of_accuracy_noise():
    score = [0.9 - 0.4 * math.exp(-i / 3) for i in range(N)]
    held_out = [min(v, 0.83 + 0.005 * (i % 2)) for i, v in enumerate(score)]
    log = log_of(accuracy=score, val_accuracy=held_out)
    assert "gap" in states(log)
    assert "gap" not in states(log, rows=50)
    low, high = read(log, rows=50).main.interval
    assert low < 0.83 < high


def test_training_figures_by_step_are_met_as_means_since_the_last_validation():
    figures = {"loss": ((1, 0.8), (2, 0.6), (3, 0.5), (4, 0.3)), "eval_loss": ((2, 0.7), (4, 0.4))}
    moments = read(Log("log", "state", figures, "step")).main.course.moments
    assert [round(m.train, 9) for m in moments] == [0.7, 0.4]


def test_no_log_is_ever_called_by_its_cause():
    for loss, val_loss in CURVES.values():
        reading = read(log_of(loss=loss, val_loss=val_loss), rows=100)
        open_ = limits([reading])
        told = [s.message for s in reading.states] + [e for s in reading.states for e in s.evidence]
        told += [why for _, why in open_.open] + [c for c, _ in open_.settles]
        assert not any("overfit" in text.lower() for text in told)
        assert "CUR101" not in {s.code for s in reading.states}
        assert open_.settles[0][0] == "valgap run train.py"


@pytest.mark.parametrize("name", ["CUR105", "gap"])
def test_a_gap_names_what_else_draws_it(name):
    loss, val_loss = CURVES[name]
    found = limits([read(log_of(loss=loss, val_loss=val_loss))])
    text = " ".join(why for _, why in found.open)
    for cause in ("learned by heart", "batch normalisation", "pipeline", "shifted", "dropout"):
        assert cause in text
    assert "model.evaluate on the training rows" in found.by_hand


def test_logs_side_by_side_differ_beyond_noise_or_within():
    loss = falling(N)
    near = [log_of(title=t, loss=loss, val_loss=noisy(loss, 0.02, i)) for i, t in enumerate("ab")]
    far = log_of(title="c", loss=loss, val_loss=noisy([v + 1 for v in loss], 0.02, 2))
    assert "within the noise" in beyond_noise(rows_of([read(log) for log in near]))[0]
    assert "beyond the noise" in beyond_noise(rows_of([read(near[0]), read(far)]))[0]
