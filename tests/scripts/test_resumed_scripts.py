"""`valgap run --resume`: a script that was killed or interrupted goes on, each epoch once."""

import json
import signal
import time

import pytest
from runner import VALGAP, Folder

pytestmark = pytest.mark.slow

TRAIN = """
import time
from pathlib import Path
import keras, numpy as np
keras.utils.set_random_seed(0)
x = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
y = (x[:, 0] > 0).astype("int32")
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])

class Slow(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 2:
            Path("ready").touch()
        if epoch >= 2 and not Path("again").exists():
            time.sleep(60)

history = model.fit(x, y, epochs=5, validation_data=(x, y), callbacks=[Slow()], verbose=0)
print("EPOCHS", history.epoch, len(history.history["val_loss"]))
"""


def report(folder, *more):
    ended = folder.run(*VALGAP, "--format", "json", "-o", "r.json", *more, "train.py")
    return ended, json.loads((folder.path / "r.json").read_text())


def newest(folder):
    return max((folder.path / ".valgap" / "runs").iterdir()).name


def stopped(folder, with_signal):
    """The script under observation, stopped by a signal as its third epoch begins."""
    process = folder.start(*VALGAP, "train.py")
    for _ in range(1200):
        if (folder.path / "ready").exists() or process.poll() is not None:
            break
        time.sleep(0.05)
    time.sleep(0.2)
    process.send_signal(with_signal)
    out, err = process.communicate(timeout=180)
    (folder.path / "again").touch()
    return process.returncode, out.decode(), err.decode()


@pytest.mark.parametrize(
    "with_signal", [signal.SIGKILL, pytest.param(signal.SIGINT, marks=pytest.mark.long)]
)
def test_a_stopped_script_goes_on_and_its_history_has_each_epoch_once(tmp_path, with_signal):
    folder = Folder(tmp_path)
    folder.write("train.py", TRAIN)
    status, out, _ = stopped(folder, with_signal)
    assert status == -with_signal
    if with_signal == signal.SIGINT:
        assert "2 epochs" in out  # the report on what there was
        assert f"valgap run --resume {newest(folder)} train.py" in out
    before = newest(folder)
    kept = folder.path / ".valgap" / "runs" / before / "fits" / "0" / "best.weights.h5"
    assert kept.exists() is (with_signal == signal.SIGINT)
    ended, told = report(folder, "--resume", before)
    assert ended.status == 0, ended.err
    assert b"EPOCHS [0, 1, 2, 3, 4] 5" in ended.out
    (fit,) = told["fits"]
    assert len(fit["history"]["val_loss"]) == 5
    assert any(before in note for note in fit["notes"])
    ended, _ = report(folder, "--resume", newest(folder))
    assert (ended.status, b"EPOCHS" in ended.out) == (2, False)
    assert "ended by itself" in ended.err
