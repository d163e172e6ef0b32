"""The peers: each is given the same rows, time and cores, and answers for the same pool."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from treating.called import SCRIPTS, called, predicted, python, recorded, valgap
from treating.sets import Parted

BENCH = Path(__file__).parents[1]
PATIENTS = Path(__file__).parent / "patients"
# What the environment of AutoKeras holds: 3.0 fails in `fit` with later Keras, and needs six.
PACKAGES = ("autokeras==3.*", "six", "keras==3.12.*", "tensorflow", "tensorboard")


@dataclass(frozen=True, slots=True)
class Terms:
    """What each peer gets: the patient's name, seconds, cores, seed, and a folder of its own."""

    patient: str
    seconds: float
    cores: int
    seed: int
    folder: Path
    other_python: Path | None

    @property
    def env(self) -> dict[str, str]:
        """What the patient reads."""
        return {"ROWS": str(self.folder / "rows.npz"), "SEED": str(self.seed)}


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """Predictions for the pool, what the peer says of itself, and what it took."""

    predictions: NDArray[Any]
    told: dict[str, Any]
    seconds: float


Peer = Callable[[Terms, Parted], Answer]


def _recorded(terms: Terms) -> float:
    text = (PATIENTS / f"{terms.patient}.py").read_text("utf-8")
    return recorded(terms.folder, text, env=terms.env, cores=terms.cores)


def patient(terms: Terms, parted: Parted) -> Answer:
    """Runs the script as it is."""
    text = (PATIENTS / f"{terms.patient}.py").read_text("utf-8")
    (terms.folder / "train.py").write_text(text, encoding="utf-8")
    took = called(terms.folder, python("train.py"), terms.env, terms.cores)
    return Answer(predicted(terms.folder / "patient.keras", parted.pool_x), {}, took)


def treat(terms: Terms, parted: Parted) -> Answer:
    """Runs `valgap run` and `valgap treat`; both together have the time."""
    took = _recorded(terms)
    budget = f"{max(1.0, terms.seconds - took):.0f}s"
    words = valgap("treat", "--budget", budget, "--seed", str(terms.seed), "-o", "results")
    took += called(terms.folder, words, terms.env, terms.cores)
    found = json.loads((terms.folder / "results" / "treatment.json").read_text("utf-8"))
    told = {name: found[name] for name in ("answer", "treated", "trials", "optimism", "look")}
    told["plan"] = found["plan"]["kind"]
    # Where nothing is given back the user is left with the own model.
    results = [terms.folder / "results" / name for name in ("ensemble.keras", "model.keras")]
    made = [path for path in results if path.exists()] or [terms.folder / "patient.keras"]
    told["judged"] = made[0].name
    if len(made) > 1:  # what the model alone is worth, told beside
        told["alone"] = predicted(made[1], parted.pool_x).tolist()
    return Answer(predicted(made[0], parted.pool_x), told, took)


def random_search(terms: Terms, parted: Parted) -> Answer:
    """Draws combinations of the same remedies."""
    took = _recorded(terms)
    (run,) = (terms.folder / ".valgap" / "runs").iterdir()
    words = python(
        "-m", "treating.random_search", str(run), str(time.time() + terms.seconds - took)
    )
    words += [str(terms.seed), str(terms.folder)]
    took += called(terms.folder, words, _with_bench(terms.env), terms.cores)
    told = {"said": _last_line(terms.folder)}
    return Answer(predicted(terms.folder / "model.keras", parted.pool_x), told, took)


def keras_tuner(terms: Terms, parted: Parted) -> Answer:
    """Runs KerasTuner's Hyperband over the patient's family."""
    return _scripted(terms, parted, "keras_tuner_fit.py")


def autokeras(terms: Terms, parted: Parted) -> Answer:
    """Runs AutoKeras."""
    return _scripted(terms, parted, "autokeras_fit.py")


PEERS: dict[str, Peer] = {
    "valgap treat": treat,
    "patient": patient,
    "random search": random_search,
    "KerasTuner": keras_tuner,
    "AutoKeras": autokeras,
}
NEED_OTHER_PYTHON = ("KerasTuner", "AutoKeras")


def _with_bench(env: dict[str, str]) -> dict[str, str]:
    return {**env, "PYTHONPATH": f"{BENCH.parent / 'src'}:{BENCH}"}


def _scripted(terms: Terms, parted: Parted, script: str) -> Answer:
    pool, out = terms.folder / "pool.npy", terms.folder / "out.npy"
    np.save(pool, parted.pool_x)
    asked = (terms.patient, terms.env["ROWS"], pool, out, time.time() + terms.seconds, terms.seed)
    words = [str(terms.other_python), str(SCRIPTS / script), *map(str, asked)]
    took = called(terms.folder, words, {**terms.env, "PYTHONPATH": ""}, terms.cores)
    return Answer(np.load(out), {"said": _last_line(terms.folder)}, took)


def _last_line(folder: Path) -> str:
    text = (folder / "output.txt").read_text("utf-8", errors="replace")
    told = [line.strip() for line in text.split("\n") if "trials" in line or "combinations" in line]
    return told[-1][:300] if told else ""


def other_python(path: Path | None) -> Path | None:
    """Gives the Python of AutoKeras and KerasTuner; its environment is made if it is not there."""
    if path is None or path.exists():
        return None if path is None else path.absolute()
    folder = path.absolute().parents[1]
    folder.mkdir(parents=True, exist_ok=True)
    called(folder, [sys.executable, "-m", "venv", str(folder)])
    called(folder, [str(folder / "bin" / "pip"), "install", "--quiet", *PACKAGES])
    if not path.exists():
        sys.exit(f"expected FOLDER/bin/python for the environment, received {path}")
    return path.absolute()
