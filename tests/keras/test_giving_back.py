"""`Watch(tensorboard=...)`, `watch(mlflow=True)` and the live line, around a real fit."""

import subprocess
import sys
import types

import keras
import numpy as np
import pytest
from keras import layers
from ledger_help import assert_closes, last, noise

import valgap
from valgap.watched import session_of
from valgap.watching import Watch

X, XV = noise(64), noise(48, seed=1)
Y, YV = X[:, :1].copy(), XV[:, :1].copy()
DATA = {"validation_data": (XV, YV), "verbose": 0}


def compiled():
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((6,)), layers.Dense(3), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.01), "mse")
    return model


def scalars(folder):
    loader = pytest.importorskip(
        "tensorboard.backend.event_processing.event_file_loader", reason="no TensorBoard here"
    )
    found = {}
    for file in folder.rglob("events.out.tfevents.*"):
        for event in loader.EventFileLoader(str(file)).Load():
            for value in event.summary.value:
                found.setdefault(value.tag, {})[event.step] = value
    return found


def test_the_callback_leaves_ledger_and_findings_where_the_fits_own_scalars_are(tmp_path, capsys):
    pytest.importorskip("tensorboard", reason="no TensorBoard here")
    own = keras.callbacks.TensorBoard(str(tmp_path / "logs"))
    watch = Watch(tmp_path, tensorboard=tmp_path / "logs")
    compiled().fit(X, Y, epochs=3, callbacks=[own, watch], **DATA)
    assert "valgap: written for TensorBoard: " in capsys.readouterr().err
    found = scalars(tmp_path / "logs")
    account = last(watch.run.ledgers[0])
    assert_closes(account)
    for row in account.rows:
        tensor = found[f"valgap/gap/{row.row}"][account.epoch].tensor
        assert tensor.float_val[0] == pytest.approx(row.delta, abs=1e-5)
    assert "valgap/findings" in found
    assert "epoch_loss" in found


def test_what_is_trained_is_the_same_with_the_ledger_drawn_up_at_the_end_of_the_fit(tmp_path):
    pytest.importorskip("tensorboard", reason="no TensorBoard here")
    trained = []
    for callbacks in ([], [Watch(tmp_path, tensorboard=tmp_path / "logs")]):
        model = compiled()
        model.fit(X, Y, epochs=2, callbacks=callbacks, **DATA)
        model.fit(X, Y, epochs=1, **DATA)
        trained.append([*model.get_weights(), np.random.rand(2)])
    assert all(map(np.array_equal, *trained))


def test_a_second_fit_of_the_same_callback_is_a_run_of_its_own(tmp_path):
    pytest.importorskip("tensorboard", reason="no TensorBoard here")
    watch = Watch(tmp_path, tensorboard=tmp_path / "logs")
    seen = []
    for epochs in (1, 2):
        compiled().fit(X, Y, epochs=epochs, callbacks=[watch], **DATA)
        seen.append((watch.run.path, len(watch.run.fits[0].epochs), len(watch.run.fits)))
    assert [s[1:] for s in seen] == [(1, 1), (2, 1)]
    assert seen[0][0] != seen[1][0]


def test_a_tracker_that_is_not_installed_is_one_line_and_the_run_is_kept(
    tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr("valgap.report.give_back.giving.find_spec", lambda _: None)
    monkeypatch.delitem(sys.modules, "mlflow", raising=False)
    with valgap.watch(tmp_path, mlflow=True) as run:
        compiled().fit(X, Y, epochs=1, **DATA)
    told = 'valgap: mlflow is not installed, it gets nothing: pip install "valgap[mlflow]"\n'
    assert capsys.readouterr().err == told
    assert_closes(last(run.ledgers[0]))


@pytest.fixture
def mlflow(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", (tmp_path / "store").as_uri())
    found = pytest.importorskip("mlflow", reason="no MLflow here")
    before = found.get_tracking_uri()
    found.set_tracking_uri((tmp_path / "store").as_uri())
    yield found
    found.set_tracking_uri(before)


def raising(root):
    with valgap.watch(root, mlflow=True) as run:
        compiled().fit(X, Y, epochs=1, **DATA)
        raise RuntimeError(run)


def test_a_block_logs_to_mlflow_also_where_it_raises(tmp_path, mlflow):
    with mlflow.start_run() as active, pytest.raises(RuntimeError) as raised:
        raising(tmp_path)
    (run,) = raised.value.args
    assert run.stored.record.status == "raised"
    data = mlflow.get_run(active.info.run_id).data
    row = last(run.ledgers[0]).rows[0]
    assert data.metrics[f"valgap.gap.{row.row}"] == pytest.approx(row.delta)
    assert data.tags["valgap.run"] == run.stored.record.id


SCRIPT = """
import keras, mlflow, numpy as np
x = np.random.default_rng(0).normal(size=(64, 6)).astype("float32")
model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1)])
model.compile("adam", "mse")
with mlflow.start_run(run_name="own"):
    model.fit(x, x[:, :1], validation_split=0.25, epochs=2, verbose=0)
"""


def test_the_command_logs_to_the_run_that_the_script_made(tmp_path, mlflow):
    (tmp_path / "job.py").write_text(SCRIPT)
    command = [sys.executable, "-m", "valgap", "run", "--mlflow", "--budget", "0s", "job.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (found,) = mlflow.search_runs(output_format="list")
    assert found.info.run_name == "own"
    assert found.data.tags["valgap.run"] in done.stdout
    assert "valgap.gap.generalisation" in found.data.metrics
    assert f"valgap: logged to the MLflow run {found.info.run_id}\n" in done.stderr


def test_the_live_line_follows_the_fit_and_ends_with_its_last_epoch(tmp_path, capsys):
    with valgap.watch(tmp_path, live=True):
        compiled().fit(X, Y, epochs=4, **DATA)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("valgap: epoch 1 of 4: val_loss ")
    assert lines[-1].startswith("valgap: epoch 4 of 4: val_loss ")
    assert ", gap " in lines[-1]


def test_the_callback_has_the_line_too(tmp_path, capsys):
    compiled().fit(X, Y, epochs=2, callbacks=[Watch(tmp_path, live=True)], **DATA)
    assert capsys.readouterr().err.splitlines()[-1].startswith("valgap: epoch 2 of 2: val_loss ")


def test_without_a_notebook_nothing_is_shown_unless_asked(tmp_path, capsys):
    with valgap.watch(tmp_path):
        compiled().fit(X, Y, epochs=2, **DATA)
    assert capsys.readouterr().err == ""


def test_a_line_that_fails_ends_neither_fit_nor_recording(tmp_path, monkeypatch):
    def failing(*_):
        raise ZeroDivisionError

    monkeypatch.setattr("valgap.report.so_far.so_far", failing)
    with valgap.watch(tmp_path, live=True) as run:
        compiled().fit(X, Y, epochs=2, **DATA)
    assert len(run.fits[0].epochs) == 2
    assert run.fits[0].notes == ()


def test_in_a_notebook_there_is_a_line_by_itself(tmp_path, monkeypatch):
    ipython = types.SimpleNamespace(get_ipython=lambda: types.SimpleNamespace(kernel=1))
    shown = []
    display = types.SimpleNamespace(display=lambda bundle, **_: shown.append(bundle))
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    with valgap.watch(tmp_path):
        compiled().fit(X, Y, epochs=1, **DATA)
    assert shown[0]["text/plain"].startswith("valgap: epoch 1 of 1: val_loss ")
    assert session_of(tmp_path, 10, live=False)._watch.line({}) is None
