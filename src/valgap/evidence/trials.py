"""Trainings made for experiments, kept beside the fit that they are about."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from valgap.errors import RunUnreadableError
from valgap.evidence.codec import decode, encode
from valgap.evidence.home import without_home


@dataclass(frozen=True, slots=True)
class TrialRecord:
    """One training: of the fit as it is (`patient`), or with one thing varied.

    `score` is the skill on validation rows, clean: 0 is chance, 1 perfect, of several outputs
    the worst; None where the task has none. `loss` is the validation loss; `train_score` and
    `train_loss` are of training rows, nothing random. `epochs` were asked for, `of_epochs` are
    those of the recorded fit. `rows` is how many validation rows judge, or groups of such.
    `error` says how it failed. `task` is what `score` judges
    it as, the worst output's; `scores` holds it judged as another, where numbers can name
    classes or be numbers. `checksum` is of the validation rows.
    """

    arm: str
    seed: int
    epochs: int
    of_epochs: int
    score: float | None = None
    loss: float | None = None
    train_score: float | None = None
    train_loss: float | None = None
    rows: int = 0
    seconds: float = 0.0
    error: str | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    task: str = ""
    checksum: str = ""

    @property
    def key(self) -> tuple[str, int, int]:
        """What a trial is known by: it is not made twice."""
        return self.arm, self.seed, self.epochs


def append_trial(folder: Path, trial: TrialRecord) -> None:
    """Adds a trial to those of a fit, on a line of its own even behind one that was cut off.

    Raises:
        OSError: If it cannot be written, as on a full disk.
    """
    line = json.dumps(without_home(encode(trial)), allow_nan=False) + "\n"
    with _file(folder).open("a+b") as file:
        file.write(_end_of_line(file) + line.encode())


def _end_of_line(file: BinaryIO) -> bytes:
    if not file.seek(0, os.SEEK_END):
        return b""
    file.seek(-1, os.SEEK_END)
    return b"" if file.read() == b"\n" else b"\n"


def read_trials(folder: Path) -> tuple[TrialRecord, ...]:
    """Gives back the trials of a fit; a line that a kill or a full disk cut off is left out."""
    try:
        lines = _file(folder).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return ()
    return tuple(trial for line in lines if (trial := _read(line)) is not None)


def _read(line: str) -> TrialRecord | None:
    try:
        return decode(TrialRecord, json.loads(line))
    except (ValueError, RunUnreadableError):
        return None


def _file(folder: Path) -> Path:
    return folder / "trials.jsonl"
