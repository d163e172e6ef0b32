"""`valgap treat` from a script to its results, with real fits: inputs that were never scaled."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from valgap.treatment.locking import planned
from valgap.treatment.patient import patient_of

pytestmark = pytest.mark.slow

SCRIPT = """
import keras
import numpy as np

keras.utils.set_random_seed(3)
rng = np.random.default_rng(0)
x = rng.normal(size=(800, 12)).astype("float32")
y = (x[:, 0] + x[:, 1] * x[:, 2] + 0.3 * rng.normal(size=800) > 0).astype("int32")
x = x * 10.0 ** np.arange(-3, 9, dtype="float32")
model = keras.Sequential([keras.Input((12,)), keras.layers.Dense(32, activation="relu")])
model.add(keras.layers.Dense(2, activation="softmax"))
model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x[:640], y[:640], validation_data=(x[640:], y[640:]), epochs=15, verbose=0)
"""
TRIALS = "36"


def called(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "valgap", *words], cwd=folder, capture_output=True, text=True,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "NO_COLOR": "1"}, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("treat")
    (made / "train.py").write_text(SCRIPT)
    ran = called(made, "run", "--budget", "0s", "-o", "report.txt", "train.py")
    assert ran.returncode == 0, ran.stderr
    return made


@pytest.fixture(scope="module")
def treated(folder: Path) -> dict[str, object]:
    done = called(folder, "treat", "--trials", TRIALS, "-o", "results")
    assert done.returncode == 0, done.stderr
    assert "valgap treat: helped" in done.stdout
    assert done.stdout.count("locked rows say") == 1
    return json.loads((folder / "results" / "treatment.json").read_text())


def test_scaling_is_found_and_the_locked_rows_bear_it_out(treated) -> None:
    assert any(name.startswith("scale-inputs") for name in treated["treated"])
    assert treated["look"]["low"] > 0
    assert treated["look"]["treated"]["score"] > treated["look"]["patient"]["score"] + 0.1


def test_a_placebo_was_in_the_race_and_is_not_among_what_helps(treated) -> None:
    placebos = [r for r in treated["remedies"] if r["is_placebo"]]
    assert placebos
    assert all(r["answer"] != "helped" and r["stage"] == "race" for r in placebos)
    assert any(r["effect"] != 0 for r in placebos)  # its random numbers are its own


def test_the_model_that_is_handed_back_is_the_one_that_was_judged_on_all_rows(
    folder, treated
) -> None:
    import keras

    (kept,) = folder.glob(".valgap/runs/*/fits/0/treat/balanced_accuracy-0-*-1")
    model = keras.saving.load_model(folder / "results" / "model.keras")
    patient = patient_of(next(folder.glob(".valgap/runs/*/fits/0/recipe*")), "tensorflow")
    plan = planned(patient.table.targets, "classes")
    runs = {r["fold"]: r for r in treated["runs"] if r["phase"] == "final" and r["arms"]}
    judged, refit = runs[plan.main.final], runs[plan.whole]
    assert (judged["arms"], judged["seed"]) == (refit["arms"], refit["seed"])
    assert judged["score"] == treated["look"]["treated"]["score"]
    assert treated["model_rows"] == plan.rows == 800
    x = np.concatenate([patient.recipe.train.x, patient.recipe.validation.x])
    ours = model.predict(x, verbose=0)
    theirs = [np.load(path) for path in (kept / "predictions").glob("*.npy")]
    assert any(t.shape == ours.shape and np.allclose(t, ours, atol=1e-6) for t in theirs)
    score = patient.metric.score(patient.table.targets, ours)
    assert score == pytest.approx(refit["score"])


def test_the_page_and_curves_of_both_sides_are_there(folder, treated) -> None:
    page = (folder / "results" / "treatment.html").read_text()
    assert "Before: loss" in page
    assert "After: accuracy" in page
    last = {(c["side"], c["figure"]): c["judging"][-1] for c in treated["curves"]}
    assert last["treated", "accuracy"] > last["patient", "accuracy"] + 0.1
    assert all(len(c["training"]) == len(c["judging"]) for c in treated["curves"])


def test_resumed_it_repeats_no_trial_and_comes_to_the_same(folder, treated) -> None:
    done = called(folder, "treat", "--trials", TRIALS, "--resume", "-o", "again")
    assert f"{treated['trials']} trials are taken over" in done.stdout
    again = json.loads((folder / "again" / "treatment.json").read_text())
    assert again == treated


def test_python_gives_the_same_and_a_notebook_shows_it(folder, treated) -> None:
    code = (
        f"import json, valgap; t = valgap.treat(valgap.load(), trials={TRIALS}, resume=True); "
        "print(json.dumps([t.answer, list(t.treated), t.look.treated.score, t._repr_html_()]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True
    )
    answer, names, score, shown = json.loads(done.stdout.splitlines()[-1])
    assert [answer, names] == [treated["answer"], treated["treated"]]
    assert score == treated["look"]["treated"]["score"]
    assert "valgap-shown" in shown
    assert "locked rows say" in shown


def test_what_cannot_be_done_is_one_line(folder) -> None:
    for words, told in (
        (("--trials", "3"), "trials: expected"),
        (("--metric", "acuracy"), "acuracy"),
        (("--trials", "40", "--budget", "5m"), "expected --budget or --trials"),
        (("no_such_run",), "no_such_run"),
        (("--seed", "99999"), "9999"),
    ):
        done = called(folder, "treat", *words)
        assert done.returncode == 2, words
        assert told in done.stderr
        assert "Traceback" not in done.stderr
