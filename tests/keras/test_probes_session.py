"""A run holds what was measured of rows and model, and a failure of ours leaves but a note."""

import keras
import numpy as np
from keras import layers
from ledger_help import noise
from probes_help import measured

from valgap.evidence.account import Ledger
from valgap.evidence.model import ModelMeasured
from valgap.evidence.records import TargetRecord
from valgap.evidence.rows import RowsRecord
from valgap.evidence.store import load_run
from valgap.ledger.probes import gather
from valgap.ledger.probes.model import activations
from valgap.session import Session

X, XV = noise(160), noise(80, seed=1)
C, CV = ((x[:, 0] > 0).astype("int32") for x in (X, XV))


def run(tmp_path, rates=(0.2,), seeds=(1,)):
    session = Session(TargetRecord("script.py"), root=tmp_path)
    session.install()
    for rate in rates:
        for seed in seeds:
            keras.utils.set_random_seed(seed)
            model = keras.Sequential(
                [
                    keras.Input((6,)),
                    layers.Dense(8, activation="relu"),
                    layers.Dropout(rate, seed=seed),
                    layers.Dense(2, activation="softmax"),
                ]
            )
            model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
            model.fit(X, C, validation_data=(XV, CV), epochs=2, verbose=0)
    return session.finish("finished", 0)


def test_what_was_measured_is_stored_beside_the_ledger_and_read_back(tmp_path):
    stored = run(tmp_path)
    rows, model = load_run(stored.path).rows_of(0), load_run(stored.path).model_of(0)
    assert stored.ledger(0).accounts
    assert {i.split for i in rows.inputs} == {"train", "validation"}
    assert {t.split for t in rows.targets} == {"train", "validation"}
    assert len(model.heads) == 1
    assert [one.cls for one in model.layers] == ["Dense", "Dropout", "Dense"]
    assert {p.split for p in model.predictions} == {"train", "validation"}
    assert {r.at for r in model.rates} == {"start", "end"}
    assert model.seeds is None


def test_a_failure_of_ours_leaves_a_note_and_the_ledger(tmp_path, monkeypatch):
    monkeypatch.setattr(gather, "random_state_kept", lambda: 1 / 0)
    stored = run(tmp_path)
    assert stored.ledger(0).accounts
    assert any("ZeroDivisionError" in note for note in stored.ledger(0).notes)
    assert stored.model_of(0) is None
    assert stored.rows_of(0) is None


def test_a_probe_that_fails_costs_only_itself(tmp_path, monkeypatch):
    monkeypatch.setattr("valgap.ledger.probes.model.measure.attention", lambda *_: 1 / 0)
    model = run(tmp_path).model_of(0)
    assert "ZeroDivisionError" in model.missing["attention"]
    assert model.layers[0].mean is not None
    assert model.rates


def test_the_fits_of_a_loop_are_compared_by_setting_at_the_last_of_them(tmp_path, monkeypatch):
    monkeypatch.setattr("valgap.ledger.draw.draw", lambda live, *_: Ledger(live.record.id))
    nothing = lambda live, *_: (RowsRecord(live.record.id), ModelMeasured(live.record.id))  # noqa: E731
    monkeypatch.setattr(gather, "measure", nothing)
    stored = run(tmp_path, rates=(0.1, 0.5), seeds=(1, 2))
    assert [stored.model_of(i).seeds for i in range(3)] == [None] * 3
    spread = stored.model_of(3).seeds
    logged = [fit.epochs[-1].logs["val_accuracy"] for fit in stored.fits]
    assert (spread.figure, spread.higher_is_better) == ("val_accuracy", True)
    assert spread.scores == {"rate 0.1": tuple(logged[:2]), "rate 0.5": tuple(logged[2:])}


def test_the_model_predicts_after_it_what_it_did_before(tmp_path):
    model = keras.Sequential([keras.Input((6,)), layers.BatchNormalization(), layers.Dense(1)])
    model.compile("adam", "mse")
    session = Session(TargetRecord("script.py"), root=tmp_path)
    session.install()
    model.fit(X, C, validation_data=(XV, CV), epochs=1, verbose=0)
    before, slots = model.predict(XV, verbose=0), [np.array(v) for v in model.optimizer.variables]
    session.finish("finished", 0)
    assert np.array_equal(before, model.predict(XV, verbose=0))
    after = [np.array(v) for v in model.optimizer.variables]
    assert all(np.array_equal(a, b) for a, b in zip(slots, after, strict=True))


def test_weights_and_activations_are_known_where_no_time_is_left():
    model = keras.Sequential(
        [keras.Input((6,)), layers.Dense(8, activation="relu"), layers.Dense(2, "softmax")]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    found = measured(model, X, C, epochs=2, seconds=0)
    first = found.layers[0]
    assert first.moved > 0
    assert first.std > 0
    assert found.missing["gradients"] == found.missing["masks"] == "no time was left"


def test_activations_of_a_slow_model_are_left_out_where_no_time_is_left(monkeypatch):
    monkeypatch.setattr(activations, "_SECONDS_IN_HASTE", 0.0)  # any model is slow
    model = keras.Sequential([keras.Input((6,)), layers.Dense(2, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    found = measured(model, X, C, epochs=1, seconds=0)
    assert found.layers[0].moved > 0
    assert found.layers[0].std is None
    assert found.missing["activations"] == "no time was left"
