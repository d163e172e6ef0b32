"""A run with every file that one can have, as somebody may send it, and pickles that would tell."""

import dataclasses
import os
import pickle

import numpy as np
from compare_help import case, predictions, trials

from valgap.evidence.records import (
    DataRecord,
    EnvironmentRecord,
    FitRecord,
    ModelRecord,
    TargetRecord,
)
from valgap.evidence.rows import RowsRecord
from valgap.evidence.samples import Samples, write_samples
from valgap.evidence.source import SourceRecord, write_source
from valgap.evidence.store import RunWriter
from valgap.evidence.trials import append_trial
from valgap.evidence.verdicts import VerdictRecord, write_verdicts
from valgap.registry import load_checks

SCRIPT = "model.fit(x, y)\n"
FIT = FitRecord(0, None, None, ModelRecord("m", "Model", 1), DataRecord("train", "arrays"), None)


class Trap:
    """Makes a folder when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def pickled(path):
    return pickle.dumps(Trap(path))


def full_run(root, code=None):
    """Writes a run with one fit, all that experiments and studies leave beside it included.

    With a code it is the fit on which that check fires.
    """
    made = case(scored=predictions(0.9))
    if code is not None:
        example = next(c for c in load_checks() if c.code == code).fires_on()
        made = dataclasses.replace(example, model=example.model or made.model)
    epochs = [dataclasses.replace(e, weights=f"epoch-{e.epoch:04d}") for e in made.fit.epochs]
    fit = dataclasses.replace(
        made.fit, epochs=(), steps_file="steps.npz", step_figures=("loss",), start_weights="start",
        recipe="recipe.pkl", arguments={"epochs": "4"},
    )  # fmt: skip
    writer = RunWriter.create(root, TargetRecord("job.py"), EnvironmentRecord("3.11", "any", 1))
    writer.write_run(dataclasses.replace(writer.record, status="finished"))
    writer.write_fit(fit)
    for epoch in epochs:
        writer.append_epoch(0, epoch)
        writer.write_weights(0, str(epoch.weights), [np.zeros(3)])
    writer.write_weights(0, "start", [np.zeros(3)])
    writer.write_steps(0, np.array([[e.epoch, 0, 0.5] for e in epochs]))
    writer.write_ledger(made.ledger)
    writer.write_measured(made.rows or RowsRecord(0), made.model)
    folder = writer.path / "fits" / "0"
    write_samples(folder, Samples(np.arange(2), np.zeros((2, 3))))
    write_source(writer.path, SourceRecord("job.py", SCRIPT))
    told = ("MOD106", None, "rate-lowered", "", "the rate", "the rest", "refuted", "none")
    write_verdicts(folder, 0, [VerdictRecord(0, *told)])
    for trial in trials((0.8, 0.7)):
        append_trial(folder, trial)
    writer.recipe(0).write_bytes(b"no recipe")
    study = folder / "treat" / "r2-0-abc-1"
    (study / "predictions").mkdir(parents=True)
    (study / "work.pkl").write_bytes(b"no work")
    np.save(study / "predictions" / "0.npy", np.zeros(3))
    return writer.path


def files_of(path):
    return sorted(p.relative_to(path).as_posix() for p in path.rglob("*") if p.is_file())
