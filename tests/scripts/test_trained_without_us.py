"""Scripts that train end as under plain Python, and a report follows."""

import json

import pytest
from runner import PLAIN, SILENT, VALGAP

pytestmark = pytest.mark.slow

HEAD = """
    import sys
    import numpy as np
    IMPORT
    keras.utils.set_random_seed(3)
    x = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
    y = (x[:, 0] > 0).astype("float32")

    def train(epochs=2, callbacks=()):
        model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
        model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
        history = model.fit(
            x, y, validation_split=0.25, epochs=epochs, verbose=0, callbacks=list(callbacks)
        )
        print(history.history["val_loss"], model.get_weights()[0].ravel())
        return model
"""
ENDINGS = {
    "that_ends_well": "train(); train()",
    "that_raises_after_a_fit": "train(); {}['missing']",
    "that_exits_with_a_status": "train(); sys.exit(5)",
    "that_prints_binary": "train(); sys.stdout.buffer.write(bytes(range(256)))",
    "that_changes_directory": "import os; os.chdir('/'); train()",
}


def job(ending, import_line="import keras"):
    return HEAD.replace("IMPORT", import_line) + "    " + ending + "\n"


@pytest.mark.parametrize("name", ENDINGS)
def test_a_script(name, folder):
    folder.write("job.py", job(ENDINGS[name]))
    plain, ours = folder.both("job.py")
    assert ours.status == plain.status
    assert ours.out.startswith(plain.out)
    assert len(ours.out) > len(plain.out)
    assert ("KeyError: 'missing'" in ours.err) == ("KeyError: 'missing'" in plain.err)
    (run,) = (folder.path / ".valgap" / "runs").iterdir()
    record = json.loads((run / "run.json").read_text())
    assert record["target"]["exit_status"] == plain.status
    assert record["status"] == ("raised" if "raises" in name else "finished")


def test_keras_under_tensorflow_is_seen_and_json_leaves_stdout_to_the_script(folder):
    folder.write("job.py", job("train()", "import tensorflow as tf; keras = tf.keras"))
    plain = folder.run(*PLAIN, "job.py")
    ours = folder.run(*VALGAP, "--format", "json", "-o", "report.json", "job.py")
    assert (ours.status, ours.out) == (0, plain.out)
    (fit,) = json.loads((folder.path / "report.json").read_text())["fits"]
    assert fit["epochs"] == 2


def test_a_traceback_out_of_a_fit_has_no_frame_of_ours(folder):
    folder.write(
        "job.py",
        job(
            """
    def stop(epoch, logs):
        raise ValueError("out of a callback")

    train(callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=stop)])
    """
        ),
    )
    plain, ours = folder.both("job.py")
    mark = "Traceback (most recent call last):"
    shown = ours.err.partition(mark)[2].partition("\nvalgap: ")[0]
    assert shown.rstrip() == plain.err.partition(mark)[2].rstrip()
    assert plain.status == ours.status == 1


def test_ctrl_c_in_a_fit_reports_and_dies_of_the_signal(folder):
    folder.write(
        "job.py",
        job(
            """
    import pathlib
    def ready(epoch, logs):
        if epoch == 3:
            pathlib.Path("ready").touch()

    train(10**6, [keras.callbacks.LambdaCallback(on_epoch_end=ready)])
    """
        ),
    )
    ours = folder.run_until_ready(*VALGAP, "--format", "json", "job.py")
    assert ours.status == -2
    assert ours.err.count("KeyboardInterrupt") == 1
    (fit,) = json.loads(ours.out)["fits"]
    assert (fit["status"], fit["epochs"] >= 4) == ("interrupted", True)


def test_legacy_keras_is_refused_in_one_line_before_the_script(folder):
    folder.write("job.py", "print('ran')\n")
    ours = folder.run(*VALGAP, "job.py", TF_USE_LEGACY_KERAS="1")
    assert (ours.status, ours.out, ours.err.count("\n")) == (2, b"", 1)
    assert ours.err.startswith("valgap: ")


def test_legacy_keras_set_by_the_script_is_refused_in_one_line(folder):
    folder.write(
        "job.py", "import os; os.environ['TF_USE_LEGACY_KERAS'] = '1'\nimport tensorflow\n"
    )
    ours = folder.run(*VALGAP, "job.py")
    assert (ours.status, ours.out, ours.err.count("\n")) == (2, b"", 1)


def test_a_child_process_that_trains_reports_nothing(folder):
    body = """
    import multiprocessing
    if __name__ == "__main__":
        train()
        process = multiprocessing.get_context("spawn").Process(target=train)
        process.start()
        process.join()
        print("child:", process.exitcode)
    """
    folder.write("job.py", job(body))
    plain = folder.run(*PLAIN, "job.py")
    ours = folder.run(*VALGAP, "--format", "json", "-o", "report.json", "job.py")
    assert (ours.status, ours.out) == (0, plain.out)
    assert len(json.loads((folder.path / "report.json").read_text())["fits"]) == 1
    assert len(list((folder.path / ".valgap" / "runs").iterdir())) == 1


def test_forked_children_that_import_keras_and_train_are_let_alone(folder):
    source = job("train()").replace("import keras", "import os; child = os.fork(); import keras")
    folder.write("job.py", source.replace("train()\n", "train() if child == 0 else os.wait()\n"))
    plain, ours = folder.both("job.py")
    assert (ours.status, ours.out) == (plain.status, plain.out)
    assert ours.err.endswith(SILENT)
    assert not (folder.path / ".valgap").exists()
