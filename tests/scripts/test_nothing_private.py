"""Rows, environment variables and the path of the home folder: in no record and in no report.

Rows lie in the pickles that trials are made from, and nowhere else, unless they were asked for.
"""

import json
import os
import sqlite3
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from runner import ENVIRONMENT, Folder

pytestmark = pytest.mark.slow

SECRET, NAME = "canary-4f1c9e", "Ottilie Zwetschke"
# A row that stands out in no column: the least and the largest value may be told.
ROW = np.array([0.1234567, -0.7654321, 0.3141593, 0.2718282, -0.5772157, 0.6180340], "float32")
PICKLES = ("recipe.pkl", "work.pkl")
FORMS = ("full", "concise", "html", "json", "markdown", "sarif", "github")
SCRIPT = """
    import os
    import sys

    import keras
    import numpy as np
    from lib.shapes import model_of

    x, y = (np.load(sys.argv[1])[name] for name in "xy")
    keras.utils.set_random_seed(3)
    model = model_of(keras, 6)
    kept = os.path.join(os.path.expanduser("~"), "project", "best.keras")
    model.fit(
        x[:640], y[:640], validation_data=(x[640:], y[640:]), epochs=4, verbose=0,
        callbacks=[keras.callbacks.ModelCheckpoint(kept), keras.callbacks.CSVLogger("log.csv")],
    )
    try:
        model.fit(x[:640], y[:640], epochs=2, verbose=0, callbacks=[lambda: open(kept + "/no")])
    except Exception:
        pass
"""
# The columns are of unlike scale, which a check names and a remedy mends.
SHAPES = """
    def model_of(keras, width):
        model = keras.Sequential([keras.Input((width,)), keras.layers.Dense(16, "relu")])
        model.add(keras.layers.Dense(2, "softmax"))
        model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
        return model
"""


class Home(Folder):
    """Commands in `~/project`, with a secret in the environment."""

    def __init__(self, path):
        super().__init__(path / "project")
        self.home = path
        self.path.mkdir(parents=True)

    def valgap(self, *words):
        own = {"HOME": str(self.home), "XDG_CONFIG_HOME": "", "MY_TOKEN": SECRET}
        ended = subprocess.run(
            [sys.executable, "-m", "valgap", *map(str, words)], cwd=self.path, check=False,
            capture_output=True, text=True, env={**os.environ, **ENVIRONMENT, **own},
        )  # fmt: skip
        assert ended.returncode == 0, ended.stderr
        return ended.stdout


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    made = Home(tmp_path_factory.mktemp("users") / "ottilie")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(800, 6)).astype("float32")
    y = (x[:, 0] + x[:, 1] * x[:, 2] + 0.3 * rng.normal(size=800) > 0).astype("int32")
    x[[7, 700]] = ROW
    (made.home / "data").mkdir()
    np.savez(made.home / "data" / "rows.npz", x=x, y=y)
    made.write("train.py", SCRIPT)
    made.write("lib/shapes.py", SHAPES)
    made.valgap("run", "--budget", "15s", "train.py", made.home / "data" / "rows.npz")
    return made


@pytest.fixture(scope="module")
def run(home):
    (found,) = (home.path / ".valgap" / "runs").iterdir()
    return found


def values_of(text):
    """The values of the row that stand in a text, as whoever writes floats writes them."""
    return [v for v in ROW if any(f"{abs(v):.{d}f}"[1:] in text for d in (6, 7))]


def parts_of(file):
    """The bytes of a file, and those of what it packs."""
    yield file.read_bytes()
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as archive:
            yield from (archive.read(name) for name in archive.namelist())
    if file.suffix == ".db":
        connection = sqlite3.connect(file)
        yield "\n".join(connection.iterdump()).encode()
        connection.close()


def holds_row(data):
    rows = (ROW, ROW.astype("float64"))
    return any(row.tobytes() in data for row in rows) or len(values_of(data.decode("latin1"))) > 1


def leaks_of(home, files):
    """What private things the files hold, by file."""
    found = {}
    for file in files:
        data = b"\n".join(parts_of(file))
        told = {"secret": SECRET.encode() in data, "home": str(home.home).encode() in data}
        told["rows"] = holds_row(data)
        if any(told.values()):
            found[file.name] = sorted(name for name, is_there in told.items() if is_there)
    return found


def files_of(folder):
    return [p for p in folder.rglob("*") if p.is_file()]


def test_a_run_holds_rows_in_its_recipe_alone_and_nothing_else_that_is_private(home, run):
    names = {p.name for p in files_of(run)}
    assert {"recipe.pkl", "fit.json", "rows.json", "model.json", "source.json"} <= names
    found = leaks_of(home, [p for p in files_of(run) if p.name not in PICKLES])
    assert found == {}
    assert "rows" in leaks_of(home, [run / "fits/0/recipe.pkl"])["recipe.pkl"]


def test_what_it_tells_of_paths_begins_at_home(run):
    fit = json.loads((run / "fits/0/fit.json").read_text())
    settings = {c["cls"]: c["settings"] for c in fit["callbacks"]}
    assert settings["ModelCheckpoint"]["filepath"] == "~/project/best.keras"
    assert json.loads((run / "run.json").read_text())["target"]["args"] == ["~/data/rows.npz"]


@pytest.mark.parametrize("form", FORMS)
def test_no_report_holds_any_of_it(home, form):
    file = home.path / f"report.{form}"
    home.valgap("report", "--format", form, "-o", file)
    assert leaks_of(home, [file]) == {}


def test_neither_does_what_is_viewed_or_compared(home, run):
    home.valgap("view", "--no-open")
    file = home.path / "compared.json"
    home.valgap("compare", run.name, run.name, "--pairs", "0", "--format", "json", "-o", file)
    assert leaks_of(home, [run / "report.html", file]) == {}


def test_rows_are_kept_and_shown_where_they_were_asked_for(home):
    home.valgap(
        *("run", "--include-samples", "--no-recipe", "--root", "shown", "--budget", "0s"),
        *("train.py", home.home / "data" / "rows.npz"),
    )
    files = files_of(home.path / "shown")
    assert any(p.name == "samples.npz" for p in files)
    assert not [p for p in files if p.name in PICKLES]


def test_an_audit_tells_of_rows_and_holds_none(home):
    x = np.random.default_rng(0).normal(size=(200, 6))
    x[7] = ROW
    lines = [",".join([f"{v:.7f}" for v in row] + [f"p{i}", str(i % 2)]) for i, row in enumerate(x)]
    lines[7] = lines[7].replace("p7", NAME)
    table = home.home / "data" / "table.csv"
    table.write_text("\n".join([",".join("abcdef") + ",who,label", *lines]))
    file = home.path / "audit.json"
    words = ("audit", table, "--label", "label", "--root", "audited")
    said = home.valgap(*words, "--group", "who")
    home.valgap(*words, "--format", "json", "-o", file)
    kept = files_of(home.path / "audited")
    assert leaks_of(home, [file, *kept]) == {}
    for text in (said, *(p.read_text("latin1") for p in (file, *kept))):
        assert NAME not in text


@pytest.mark.long
def test_a_study_holds_rows_in_its_pickles_alone(home, run):
    out = home.path / "results"
    home.valgap("treat", "--trials", "36", "-o", out, run.name)
    names = {p.name for p in files_of(out)}
    assert {"treatment.html", "treatment.json"} <= names
    files = [p for p in (*files_of(run), *files_of(out)) if p.name not in PICKLES]
    assert any(p.name == "trials.db" for p in files)
    assert leaks_of(home, files) == {}
