"""`treated.py` as it is written, run in a process of its own: it trains the treated model."""

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from treatment_made import treatment

from valgap.evidence.store import load_run
from valgap.treatment.program import GROUPS
from valgap.treatment.results import write_results

pytestmark = pytest.mark.slow

LOADING = """
import sys
from pathlib import Path

import keras
import numpy as np

from rows import rows

keras.utils.set_random_seed(3)
x, y = rows(int(sys.argv[1]))
model = keras.Sequential([keras.Input((12,)), keras.layers.Dense(16, activation="relu")])
model.add(keras.layers.Dense(2, activation="softmax"))
model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
stopping = keras.callbacks.EarlyStopping(patience=30)
held = {"validation_data": (x[300:], y[300:]), "epochs": 20, "callbacks": [stopping], "verbose": 0}
"""
FIT = """
model.fit(x[:300], y[:300], **held)
Path("behind").touch()
"""
# Rows in a module beside the script, of columns that were never scaled.
ROWS = """
import numpy as np

def rows(count):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(count, 12)).astype("float32")
    y = (x[:, 0] + x[:, 1] > 0).astype("int32")
    return x * 10.0 ** np.arange(-3, 9, dtype="float32"), y
"""
# A model that goes before, and a script that holds its rows open while it fits.
BEFORE = """
keras.utils.set_random_seed(1)
other = keras.Sequential([keras.layers.Dense(1)])
other.compile("sgd", "mse")
other.fit(x[:20] * 0, y[:20], validation_data=(x[:20] * 0, y[:20]), verbose=0)
"""
GENERATOR = """
def batches():
    for first in range(0, 300, 20):
        yield x[first : first + 20], y[first : first + 20]

train = __import__("tensorflow").data.Dataset.from_generator(
    batches, output_types=("float32", "int32"), output_shapes=((None, 12), (None,))
)
try:
    model.fit(train, **held)
finally:
    del x
"""
SCRIPTS = {
    "plain": LOADING + FIT,
    "second": LOADING + BEFORE + FIT,
    "pipeline": LOADING + GENERATOR,
}


def called(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words], cwd=folder, capture_output=True, text=True, check=False,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )  # fmt: skip


@pytest.fixture(params=SCRIPTS)
def recorded(request, tmp_path):
    (tmp_path / "train.py").write_text(SCRIPTS[request.param])
    (tmp_path / "rows.py").write_text(ROWS)
    ran = called(
        tmp_path, "-m", "valgap", "run", "--budget", "0s", "--no-ledger", "train.py", "400"
    )
    assert ran.returncode == 0, ran.stderr
    return tmp_path, load_run(next((tmp_path / ".valgap" / "runs").iterdir()))


def written(folder, run, *arms, groups=None):
    found = treatment(treated=arms, notes=())
    return write_results(folder / "results", run, run.fits[-1], found, None, groups)


def test_the_program_trains_the_treated_model_on_the_rows_of_the_script(recorded):
    import keras

    folder, run = recorded
    assert written(folder, run, "scale-inputs:standard", "keep-best-epoch").script == "complete"
    (folder / "behind").unlink(missing_ok=True)
    done = called(folder, "results/treated.py")
    assert done.returncode == 0, done.stderr
    assert not (folder / "behind").exists()
    sys.path.insert(0, str(folder))
    try:
        rows = __import__("importlib").import_module("rows")
        x, y = rows.rows(400)
    finally:
        sys.path.remove(str(folder))
        del sys.modules["rows"]
    model = keras.saving.load_model(folder / "treated.keras")
    treated = (model.predict(x[300:], verbose=0).argmax(1) == y[300:]).mean()
    patient = run.fits[-1].epochs[-1].logs["val_accuracy"]
    assert treated > 0.8 > patient
    told = dict(line.split(": ") for line in done.stdout.splitlines())
    assert float(told["loss"]) < run.fits[-1].epochs[-1].logs["loss"]


@pytest.mark.parametrize("recorded", ["plain"], indirect=True)
def test_what_can_be_changed_in_the_text_is_changed_there_and_else_nothing_is_left_by_hand(
    recorded,
):
    folder, run = recorded
    assert written(folder, run, "lower-learning-rate").script == "patched"
    assert "treated_fit" not in (folder / "results" / "treated.py").read_text()
    both = written(folder, run, "lower-learning-rate", "scale-inputs:standard")
    assert both.script == "complete"
    assert both.notes == ("no model.keras: the trial that made it has left none",)
    text = (folder / "results" / "treated.py").read_text()
    assert '("lower-learning-rate", "scale-inputs:standard")' in text
    kept = json.loads((folder / "results" / "treatment.json").read_text())
    assert kept["script"] == "complete"
    assert kept["notes"] == list(both.notes)


@pytest.mark.parametrize("recorded", ["plain"], indirect=True)
def test_groups_go_along_and_faults_are_one_line(recorded):
    folder, run = recorded
    groups = (np.arange(300) // 10, np.array(["a", "b"] * 50, dtype=object))
    written(folder, run, "keep-best-epoch", groups=groups)
    assert (folder / "results" / GROUPS).is_file()
    done = called(folder, "results/treated.py")
    assert done.returncode == 0, done.stderr
    gone = dataclasses.replace(run.record.target, script=None)
    notebook = dataclasses.replace(run, record=dataclasses.replace(run.record, target=gone))
    assert "no treated.py" in written(folder, notebook, "scale-inputs:standard").notes[-1]
    for words, told in (
        ('"train.py", ["scale-inputs:standard"], args=["400"], fit=3', "ended before fit 3"),
        ('"train.py", ["scale-input"], args=["400"]', "did you mean scale-inputs"),
        ('"trian.py", []', "did you mean train.py"),
    ):
        done = called(folder, "-c", f"import valgap; valgap.treated_fit({words})")
        assert told in done.stderr.splitlines()[-1]
