"""The file of an ensemble: the mean of its members' predictions, and nothing of ours in it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from recipes_help import labels, recipe_of_model, table

from valgap.observe.safe_mode import safe_mode
from valgap.treatment.engines.averaging import average, what_is_given
from valgap.treatment.engines.pool import pool_of
from valgap.treatment.engines.training import train
from valgap.treatment.engines.work import Work, write_work
from valgap.treatment.jobs import Job
from valgap.treatment.plan import Fold

FOLD = Fold(np.arange(60), np.arange(60, 90))
SEEDS = (1, 2, 3)


def study(
    folder: Path, units: int, activation: str | None, of: str = "classes", *, own: bool = False
):
    """A work of which three seeds were trained for the last look; gives back files and inputs."""
    import keras

    head = keras.layers.Dense(units, activation=activation)
    hidden = [keras.layers.Dense(8, activation="relu")]
    hidden += [keras.layers.Lambda(lambda x: 2 * x)] if own else []
    model = keras.Sequential([keras.Input((6,)), *hidden, head])
    y = labels(max(2, units)) if of == "classes" else np.linspace(-3, 3, 90).astype("float32")
    made = recipe_of_model(model, table(), y, loss=loss_of(units, activation, of))
    (folder / "predictions").mkdir()
    metric = "accuracy" if of == "classes" else "mae"
    write_work(
        folder / "work.pkl",
        Work(pool_of(made), (FOLD,), metric, of, None, folder / "predictions"),
    )
    results = [train(folder / "work.pkl", Job((), 0, seed, "final")) for seed in SEEDS]
    assert [r.error for r in results] == [None] * len(SEEDS)
    files = [Path(str(r.predictions)).with_suffix(".keras") for r in results]
    return files, np.concatenate([made.train.x, made.validation.x]), results


def loss_of(units: int, activation: str | None, of: str):
    import keras

    if of == "values":
        return "mse"
    if units == 1:
        return keras.losses.BinaryCrossentropy(from_logits=activation is None)
    return keras.losses.SparseCategoricalCrossentropy(from_logits=activation is None)


@pytest.mark.parametrize(
    ("units", "activation", "of"),
    [(3, "softmax", "classes"), (3, None, "classes"), (1, "sigmoid", "classes"),
     (1, None, "classes"), (1, None, "values")],
)  # fmt: skip
def test_it_gives_the_mean_and_logits_where_its_members_do(tmp_path, units, activation, of):
    import keras

    files, x, results = study(tmp_path, units, activation, of)
    out = tmp_path / "ensemble.keras"
    assert average(tmp_path / "work.pkl", files, out) is None
    given = keras.saving.load_model(out).predict(x, verbose=0)
    if of == "classes" and activation is None:
        assert given.min() < 0  # logits
        odds = np.exp(given - given.max(-1, keepdims=True))
        given = odds / odds.sum(-1, keepdims=True) if units > 1 else 1 / (1 + np.exp(-given))
    # What a study judges: probabilities of each member, or values, on the rows that judge.
    mean = np.mean([np.load(r.predictions) for r in results], axis=0)
    np.testing.assert_allclose(given[FOLD.validation], mean, rtol=1e-5, atol=2e-5)
    with zipfile.ZipFile(out) as file:
        assert b"valgap" not in file.read("config.json")


def test_lambdas_of_the_users_own_do_not_stand_in_its_way(tmp_path):
    files, _, _ = study(tmp_path, 3, "softmax", own=True)
    with safe_mode(on=True):  # as in a worker that has made no trial
        assert average(tmp_path / "work.pkl", files, tmp_path / "ensemble.keras") is None
    assert (tmp_path / "ensemble.keras").exists()


def test_members_that_cannot_be_put_side_by_side_are_named_and_nothing_is_written(tmp_path):
    (tmp_path / "study").mkdir()
    files, _, _ = study(tmp_path / "study", 3, "softmax")
    files[1].write_bytes(b"no model")
    out = tmp_path / "ensemble.keras"
    assert average(tmp_path / "study" / "work.pkl", files, out)
    assert not list(tmp_path.glob("*ensemble*"))


def test_probabilities_are_told_from_logits():
    assert what_is_given(np.array([[0.2, 0.8], [0.5, 0.5]]), "classes") == "means"
    assert what_is_given(np.array([[0.2], [0.9]]), "classes") == "means"
    assert what_is_given(np.array([[0.2, 0.1]]), "classes") == "softmax"
    assert what_is_given(np.array([[2.0, -1.0]]), "classes") == "softmax"
    assert what_is_given(np.array([[-1.0], [0.3]]), "classes") == "sigmoid"
    assert what_is_given(np.array([[-1.0], [0.3]]), "values") == "means"
