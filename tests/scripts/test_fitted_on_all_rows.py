"""A script that selects columns on all rows is told so, and one that does it right is not."""

import json

import pytest
from runner import PLAIN, VALGAP

pytestmark = pytest.mark.slow

# scikit-learn comes before Keras, and the selection too: nothing of ours is loaded by then.
SCRIPT = """
    import numpy as np
    from sklearn.feature_selection import SelectKBest, f_classif

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(300, 800)).astype("float32"), rng.integers(0, 2, 300)
    SELECT

    import keras

    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((20,)), keras.layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    data = (x[180:], y[180:])
    print(model.fit(x[:180], y[:180], validation_data=data, epochs=3, verbose=0).history)
"""
ON_ALL_ROWS = "x = SelectKBest(f_classif, k=20).fit_transform(x, y)"
ON_TRAINING_ROWS = "x = SelectKBest(f_classif, k=20).fit(x[:180], y[:180]).transform(x)"


def reported(folder, select):
    folder.write("job.py", SCRIPT.replace("SELECT", select))
    plain = folder.run(*PLAIN, "job.py")
    ours = folder.run(*VALGAP, "--format", "json", "-o", "report.json", "job.py")
    assert (ours.status, ours.out) == (plain.status, plain.out) == (0, plain.out)
    report = json.loads((folder.path / "report.json").read_text())
    (path,) = folder.path.glob(".valgap/runs/*/fits/*/fit.json")
    return report, json.loads(path.read_text())["fitted"]


def test_columns_selected_on_all_rows_are_named_with_their_line(folder):
    report, fitted = reported(folder, ON_ALL_ROWS)
    assert [(r["cls"], r["rows"], r["columns_out"]) for r in fitted] == [("SelectKBest", 300, 20)]
    (found,) = [f for f in report["findings"] if f["code"] == "DAT108"]
    assert (found["severity"], found["status"]) == ("warning", "suspected")
    assert found["location"]["line"] == 7


@pytest.mark.long
def test_columns_selected_on_training_rows_are_not_named(folder):
    report, fitted = reported(folder, ON_TRAINING_ROWS)
    assert [(r["cls"], r["rows"], r["columns_out"]) for r in fitted] == [("SelectKBest", 180, 20)]
    assert [f for f in report["findings"] if f["code"] == "DAT108"] == []
    assert "DAT108" in report["passed"]
