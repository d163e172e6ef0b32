"""What a script writes down of its rows, `valgap run --known` reads once the script has ended."""

import json

import pytest
from runner import VALGAP

pytestmark = pytest.mark.slow

# Rows of a subject are somewhat alike and of one class, and subjects stand on both sides.
SCRIPT = """
    import keras
    import numpy as np

    rng = np.random.default_rng(0)
    subject = rng.permutation(np.repeat(np.arange(60), 10))
    x = rng.normal(size=(60, 12))[subject] + 0.5 * rng.normal(size=(600, 12))
    x, y = x.astype("float32"), subject % 2

    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((12,)), keras.layers.Dense(2, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    data = (x[400:], y[400:])
    print(model.fit(x[:400], y[:400], validation_data=data, epochs=2, verbose=0).history)
    np.savez(
        "known.npz",
        train_groups=subject[:TOLD],
        validation_groups=subject[400:],
        train_subclass=(subject % 6)[:TOLD],
        validation_subclass=(subject % 6)[400:],
    )
"""


def run(folder, labels, *options):
    folder.write("job.py", SCRIPT.replace("TOLD", str(labels)))
    ours = folder.run(*options, "--known", "known.npz", "job.py")
    assert ours.status == 0, ours.err
    (path,) = folder.path.glob(".valgap/runs/*")
    return ours, path


def test_groups_and_sub_classes_that_a_script_writes_are_read_at_its_end(folder):
    measuring = [word for word in VALGAP if word != "--ledger-only"]
    _, path = run(folder, 400, *measuring, "--format", "json", "-o", "report.json")
    report = json.loads((folder.path / "report.json").read_text())
    assert report["run"]["notes"] == []
    (found,) = [f for f in report["findings"] if f["code"] == "DAT103"]
    assert (found["status"], found["scope"]["rows"]) == ("confirmed", 200)
    assert "groups that were told of" in found["message"]
    rows = json.loads((path / "fits" / "0" / "rows.json").read_text())
    parts = {part["class_name"]: (part["source"], set(part["rows"])) for part in rows["subclasses"]}
    assert parts == {"0": ("given", {"0", "2", "4"}), "1": ("given", {"1", "3", "5"})}


@pytest.mark.long
def test_labels_of_another_length_are_noted_and_the_run_is_kept(folder):
    ours, path = run(folder, 300, *VALGAP)
    notes = json.loads((path / "run.json").read_text())["notes"]
    assert notes == [
        f"{kind} of train: expected 400 labels, one a row, received shape (300,)"
        for kind in ("groups", "subclasses")
    ]
    report = " ".join(ours.out.decode().split())
    assert all(note in report for note in notes)
    assert "generalisation" in report
