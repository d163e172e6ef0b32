"""Models that were trained elsewhere: diagnosed from a file or from memory, and left as found."""

import json
from pathlib import Path

import keras
import numpy as np
import pytest

import valgap
from valgap.cli.main import main
from valgap.errors import UsageError
from valgap.observe.recorder import copied
from valgap.observe.safe_mode import safe_mode
from valgap.observe.saved import read_model, read_rows


def rows(n, seed):
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(n, 6)).astype("float32")
    return x, (x[:, 0] + 0.3 * generator.normal(size=n) > 0).astype("float32")


@pytest.fixture
def trained(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((6,)),
            keras.layers.Dense(8, activation="relu"),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    train, held_out = rows(300, 1), rows(120, 2)
    history = model.fit(*train, validation_data=held_out, epochs=4, verbose=0)
    return model, train, held_out, history


def test_a_model_in_memory_is_diagnosed_and_left_as_it_was(trained):
    model, train, held_out, history = trained
    weights = [w.copy() for w in model.get_weights()]
    metrics = [copied(v) for v in model.metrics_variables]
    slots = [copied(v) for v in model.optimizer.variables]
    run = valgap.diagnose(model, train=train, validation=held_out, history=history)
    assert all(map(np.array_equal, weights, model.get_weights()))
    assert all(map(np.array_equal, metrics, model.metrics_variables))
    assert all(map(np.array_equal, slots, model.optimizer.variables))
    account = next(a for a in run.ledgers[0].accounts if a.metric == "loss")
    assert account.epoch == 3
    assert abs(account.rows[-1].delta) < 1e-5
    assert account.validation == pytest.approx(history.history["val_loss"][-1])


def test_without_a_history_the_figures_are_evaluated(trained):
    model, train, held_out, history = trained
    run = valgap.diagnose(model, train=train, validation=held_out)
    assert len(run.fits[0].epochs) == 1
    logs = run.fits[0].epochs[0].logs
    assert logs["val_loss"] == pytest.approx(history.history["val_loss"][-1], rel=1e-4)
    assert logs["loss"] < history.history["loss"][-1] * 1.2


def test_weights_of_the_best_epoch_are_told_from_those_of_the_last(trained):
    model, train, held_out, history = trained
    figures = {k: [*v, v[-1] + 1.0] for k, v in history.history.items()}
    run = valgap.diagnose(model, train=train, validation=held_out, history=figures)
    assert {a.epoch for a in run.ledgers[0].accounts} == {3}


def test_a_history_of_other_weights_is_said_to_be_so(trained):
    model, train, held_out, history = trained
    figures = {k: [value + 5.0 for value in v] for k, v in history.history.items()}
    run = valgap.diagnose(model, train=train, validation=held_out, history=figures)
    assert "of no epoch of the history" in run.report()


def test_a_file_and_its_data_are_diagnosed_on_the_command_line(trained, tmp_path, capfd):
    model, train, held_out, history = trained
    model.save("model.keras")
    np.savez("train.npz", x=train[0], y=train[1])
    np.savez("held_out.npz", x=held_out[0], y=held_out[1])
    (tmp_path / "history.json").write_text(json.dumps(history.history))
    data = ["--train", "train.npz", "--validation", "held_out.npz", "--history", "history.json"]
    assert main(["diagnose", "model.keras", *data, "--format", "json"]) == 0
    document = json.loads(capfd.readouterr().out)
    assert document["fits"][0]["ledger"]
    assert main(["diagnose", "--format", "json"]) == 0
    again = json.loads(capfd.readouterr().out)
    assert again["findings"] == document["findings"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.keras"], "no model none.keras"),
        (["model.keras"], "a model needs its data: give --train"),
        (["model.keras", "--train", "none.npz"], "none.npz: expected an .npz file"),
        (["model.keras", "--train", "odd.npz"], "odd.npz: expected arrays x and y, found z"),
        (["model.keras", "--train", "short.npz"], "the model cannot be evaluated on the data: "),
        (["bare.keras", "--train", "train.npz"], "bare.keras holds no loss: save it compiled"),
        (["torn.keras", "--train", "train.npz"], "torn.keras could not be loaded in safe mode"),
        (["--train", "train.npz"], "data is given but no model"),
    ],
)
def test_wrong_input_is_one_line_and_status_2(trained, tmp_path, capfd, arguments, message):
    model, train, _, _ = trained
    model.save("model.keras")
    bare = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1)])
    bare.save("bare.keras")
    (tmp_path / "torn.keras").write_bytes(b"PK")
    np.savez("train.npz", x=train[0], y=train[1])
    np.savez("odd.npz", z=train[0])
    np.savez("short.npz", x=train[0][:, :2], y=train[1])
    capfd.readouterr()
    assert main(["diagnose", *arguments]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith(f"valgap: {message}")
    assert err.count("\n") == 1
    assert not (tmp_path / ".valgap").exists()


def test_a_model_without_a_loss_is_refused(trained):
    _, train, held_out, _ = trained
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1)])
    with pytest.raises(UsageError, match="compile it before"):
        valgap.diagnose(model, train=train, validation=held_out)


def by_sign_of_errors(model, data):
    """A label for each row: whether the model has it right."""
    x, y = data
    return np.where((model.predict(x, verbose=0)[:, 0] > 0.5) == (y > 0.5), "easy", "hard")


def test_recall_is_told_by_sub_labels_that_are_given(trained):
    model, train, held_out, history = trained
    told = tuple(by_sign_of_errors(model, data) for data in (train, held_out))
    run = valgap.diagnose(model, train, held_out, history, subclasses=told)
    found = {one.class_name: one for one in run.stored.rows_of(0).subclasses}
    assert {one.source for one in found.values()} == {"given"}
    assert (found["1"].recalls["easy"].value, found["1"].recalls["hard"].value) == (1.0, 0.0)
    assert found["1"].recalls["hard"].n == int(((told[1] == "hard") & (held_out[1] == 1)).sum())


def test_sub_labels_stand_in_the_files_of_the_rows(trained, tmp_path):
    model, train, held_out, _ = trained
    model.save("model.keras")
    for name, (x, y) in {"train": train, "validation": held_out}.items():
        np.savez(f"{name}.npz", x=x, y=y, subclass=by_sign_of_errors(model, (x, y)))
    files = ["--train", "train.npz", "--validation", "validation.npz"]
    assert main(["diagnose", "model.keras", *files, "--root", str(tmp_path)]) == 0
    (path,) = (tmp_path / "runs").iterdir()
    assert {one.source for one in valgap.load(path).stored.rows_of(0).subclasses} == {"given"}


def test_groups_that_are_given_are_counted_across_the_splits(trained):
    model, train, held_out, history = trained
    groups = np.arange(300) % 20, [f"{i % 30}" for i in range(120)]  # numbers beside text
    run = valgap.diagnose(model, train, held_out, history, groups=groups)
    found = run.stored.rows_of(0).neighbours.given
    assert (found.train, found.validation) == (20, 30)
    assert (found.across, found.rows_across, found.rows_validation) == (20, 80, 120)


def test_groups_stand_in_the_files_of_the_rows(trained, tmp_path, capfd):
    model, train, held_out, _ = trained
    model.save("model.keras")
    for name, (x, y), step in (("train", train, 15), ("validation", held_out, 6)):
        np.savez(f"{name}.npz", x=x, y=y, groups=np.arange(len(x)) // step)
    files = ["--train", "train.npz", "--validation", "validation.npz"]
    assert main(["diagnose", "model.keras", *files, "--root", str(tmp_path)]) == 0
    (path,) = (tmp_path / "runs").iterdir()
    found = valgap.load(path).stored.rows_of(0).neighbours.given
    assert (found.train, found.validation, found.across) == (20, 20, 20)
    np.savez("validation.npz", x=held_out[0], y=held_out[1])
    capfd.readouterr()
    assert main(["diagnose", "model.keras", *files]) == 2
    told = capfd.readouterr().err
    assert told.endswith("expected groups of both splits, or of neither\n")


@pytest.mark.parametrize("kind", ["groups", "subclasses"])
def test_labels_of_another_length_are_refused_and_leave_no_run(trained, tmp_path, kind):
    model, train, held_out, history = trained
    labels = np.zeros(300), np.zeros(7)
    told = rf"{kind} of validation: expected 120 labels, one a row, received shape \(7,\)"
    with pytest.raises(UsageError, match=told):
        valgap.diagnose(model, train, held_out, history, **{kind: labels})
    with pytest.raises(UsageError, match=f"{kind} of validation: there are no such rows"):
        valgap.diagnose(model, train, None, history, **{kind: labels})
    assert not (tmp_path / ".valgap").exists()


def own_loss(true, predicted):
    return keras.ops.mean(keras.ops.abs(true - predicted), -1)


def of_a_stranger(name):
    """A model file with code of its own, which leaves a trace once it is run."""
    trap = keras.layers.Lambda(lambda x: [x, __import__("pathlib").Path("sprung").touch()][0])
    model = keras.Sequential([keras.Input((6,)), trap, keras.layers.Dense(1)])
    model.compile("adam", "mean_squared_error")
    model.save(name)
    Path("sprung").unlink()
    return Path(name)


@pytest.mark.parametrize("name", ["model.keras", "model.h5"])
def test_a_lambda_layer_is_loaded_on_trust_alone(tmp_path, monkeypatch, name, capfd):
    monkeypatch.chdir(tmp_path)
    path = of_a_stranger(name)
    np.savez("train.npz", x=np.zeros((4, 6)), y=np.zeros(4))
    assert main(["diagnose", name, "--train", "train.npz"]) == 2
    told = capfd.readouterr().err.splitlines()[-1]
    assert told == (
        f"valgap: {name} could not be loaded in safe mode: it holds code, as of a Lambda layer, "
        "which loading would run; give --trust if you know who made the file"
    )
    assert not Path("sprung").exists()
    assert read_model(path, None, (), trust=True).compiled
    assert Path("sprung").exists()


def test_a_process_that_trusts_its_own_lambdas_trusts_no_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = of_a_stranger("model.keras")
    with safe_mode(on=False):  # as after keras.config.enable_unsafe_deserialization()
        with pytest.raises(UsageError, match="could not be loaded in safe mode: it holds code"):
            read_model(path, None, ())
        assert not Path("sprung").exists()


def test_a_loss_that_keras_cannot_read_back_is_to_be_given(tmp_path):
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1)])
    model.compile("adam", own_loss)
    model.save(tmp_path / "model.keras")
    with pytest.raises(UsageError, match="the model itself can be: give --loss"):
        read_model(tmp_path / "model.keras", None, ())
    assert read_model(tmp_path / "model.keras", "mse", ()).loss == "mse"


@pytest.mark.parametrize("version", ["3.10.0", "3.11.2", "3.13.1"])
def test_safe_mode_with_holes_is_not_relied_on(tmp_path, monkeypatch, version):
    monkeypatch.chdir(tmp_path)
    path = of_a_stranger("model.h5")
    monkeypatch.setattr(keras, "__version__", version)
    with pytest.raises(UsageError, match=r"has holes that 3\.13\.2 closed; update Keras, or give"):
        read_model(path, None, ())
    assert not Path("sprung").exists()
    assert read_model(path, None, (), trust=True).compiled


def test_rows_with_objects_are_not_loaded(tmp_path):
    np.savez(tmp_path / "rows.npz", x=np.array([{}], object), y=np.zeros(1))
    with pytest.raises(UsageError, match=r"expected an \.npz file of arrays"):
        read_rows(tmp_path / "rows.npz", ())
