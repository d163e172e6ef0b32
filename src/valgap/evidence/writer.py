"""Runs on disk: written as the run goes, so that a kill leaves what there was."""

from __future__ import annotations

import dataclasses
import json
import secrets
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from valgap.errors import UsageError
from valgap.evidence.account import Ledger
from valgap.evidence.arrays import read_arrays, write_arrays
from valgap.evidence.codec import encode
from valgap.evidence.home import without_home
from valgap.evidence.model import ModelMeasured
from valgap.evidence.records import (
    EnvironmentRecord,
    EpochRecord,
    FitRecord,
    Json,
    RunRecord,
    TargetRecord,
)
from valgap.evidence.rows import RowsRecord
from valgap.evidence.samples import Samples, write_samples
from valgap.evidence.whole import put_whole

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class RunWriter:
    """Writes one run into its folder; every file but the list of epochs at one stroke."""

    path: Path
    record: RunRecord

    @classmethod
    def create(
        cls,
        root: Path,
        target: TargetRecord,
        environment: EnvironmentRecord,
        *,
        created: datetime | None = None,
    ) -> RunWriter:
        """Makes the folder `root`/runs/ID and writes a first record of the run into it.

        Args:
            root: The folder of all that valgap keeps, such as `.valgap`.
            target: What is run.
            environment: Where it is run.
            created: The moment it began; now if not given.

        Raises:
            UsageError: If the folder cannot be made.
        """
        moment = created or datetime.now().astimezone()
        try:
            path = _new_folder(root / "runs", f"{moment:%Y%m%d-%H%M%S}")
            record = RunRecord(
                id=path.name,
                schema=SCHEMA,
                created=moment.isoformat(timespec="seconds"),
                target=target,
                environment=environment,
            )
            writer = cls(path, record)
            _ignore_in_git(root)
            writer.write_run(record)
        except OSError as e:
            raise UsageError(f"cannot keep the run in {root}: {e.strerror or e}") from e
        return writer

    @property
    def id(self) -> str:
        """The name of the run, which sorts by time."""
        return self.record.id

    def write_run(self, record: RunRecord) -> None:
        """Puts `record` in the place of the record of the run."""
        write_json(self.path / "run.json", encode(record))

    def write_fit(self, fit: FitRecord) -> None:
        """Puts `fit` in the place of its record; its epochs are kept apart."""
        static = encode(dataclasses.replace(fit, epochs=()))
        write_json(self._fit(fit.id) / "fit.json", static)

    def append_epoch(self, fit_id: int, epoch: EpochRecord) -> None:
        """Adds one epoch to the list of a fit and hands it to the system at once."""
        path = self._fit(fit_id) / "epochs.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(encode(epoch), allow_nan=False) + "\n")

    def write_ledger(self, ledger: Ledger) -> None:
        """Puts `ledger` beside the fit that it belongs to."""
        write_json(self._fit(ledger.fit) / "ledger.json", encode(ledger))

    def write_measured(self, rows: RowsRecord, model: ModelMeasured) -> None:
        """Puts what was measured of rows and model beside the fit that they belong to."""
        write_json(self._fit(rows.fit) / "rows.json", encode(rows))
        write_json(self._fit(model.fit) / "model.json", encode(model))

    def write_samples(self, fit_id: int, samples: Samples) -> None:
        """Keeps rows of the user's data beside a fit: only where they were asked for."""
        write_samples(self._fit(fit_id), samples)

    def write_weights(self, fit_id: int, name: str, arrays: Sequence[NDArray[Any]]) -> str:
        """Keeps `arrays` under `name`, which it gives back for the record of the epoch."""
        write_arrays(self._weights(fit_id, name), arrays)
        return name

    def read_weights(self, fit_id: int, name: str) -> list[NDArray[Any]]:
        """Gives back the arrays kept under `name`, in their order."""
        return read_arrays(self._weights(fit_id, name))

    def drop_weights(self, fit_id: int, name: str) -> None:
        """Deletes the arrays kept under `name`, if they are there."""
        self._weights(fit_id, name).unlink(missing_ok=True)

    def write_steps(self, fit_id: int, array: NDArray[Any]) -> str:
        """Keeps the history by step and gives back the name of its file."""
        write_arrays(self._fit(fit_id) / "steps.npz", [np.asarray(array)])
        return "steps.npz"

    def recipe(self, fit_id: int) -> Path:
        """Gives back where the recipe of a fit belongs."""
        return self._fit(fit_id) / "recipe.pkl"

    def backup(self, fit_id: int) -> Path:
        """Gives back the folder of what it takes for a fit to go on; it need not be there."""
        return self._fit(fit_id) / "backup"

    def drop_backups(self) -> None:
        """Deletes what it takes for fits to go on, once none has to."""
        for folder in self.path.glob("fits/*/backup"):
            shutil.rmtree(folder, ignore_errors=True)

    def best_weights(self, fit_id: int) -> Path:
        """Gives back where the weights of the best epoch of a fit belong, as Keras keeps them."""
        return self._fit(fit_id) / "best.weights.h5"

    def recipe_bytes(self) -> int:
        """Gives back what the recipes of all fits take on disk."""
        return sum(p.stat().st_size for p in self.path.glob("fits/*/recipe.pkl"))

    def _fit(self, fit_id: int) -> Path:
        return self.path / "fits" / str(fit_id)

    def _weights(self, fit_id: int, name: str) -> Path:
        return self._fit(fit_id) / "weights" / f"{name}.npz"


def write_json(path: Path, value: Json) -> None:
    """Puts a value in the place of a file, at one stroke, without the path of the user's home.

    Raises:
        OSError: If it cannot be written.
    """
    put_whole(path, (json.dumps(without_home(value), allow_nan=False) + "\n").encode())


def _new_folder(runs: Path, time: str) -> Path:
    """Makes a folder that no other process has: many runs may begin within a second."""
    runs.mkdir(parents=True, exist_ok=True)
    while True:
        path = runs / f"{time}-{secrets.token_hex(2)}"
        with suppress(FileExistsError):
            path.mkdir()
            return path


def _ignore_in_git(root: Path) -> None:
    """Keeps weights out of the user's commits, as pytest does with its cache."""
    path = root / ".gitignore"
    if not path.exists():
        path.write_text("*\n", encoding="utf-8")
