"""What is asked of an engine, what it answers, and where answers are kept."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Phase = Literal["noise", "tune", "race", "combine", "confirm", "final"]
PATIENT: tuple[str, ...] = ()
# What a model knows whose predictions are no numbers: its user is left with no more.
DIVERGED = "it diverged: predictions that are no numbers count as knowing nothing"
# What stood in the way of a training and may not any more: these are made again.
OUT_OF_MEMORY, KILLED, TOO_LONG = "out of memory", "its process was killed", "it took too long"
PASSING = (OUT_OF_MEMORY, KILLED, TOO_LONG)


@dataclass(frozen=True, slots=True)
class Job:
    """One training: remedies put on the patient, scored on the validation rows of a fold.

    No arms is the patient as it is. `fold` counts in `Plan.folds`. The phase tells an engine
    what it is for and is no part of what a job is: the same training is not made twice.
    """

    arms: tuple[str, ...]
    fold: int
    seed: int
    phase: Phase = field(default="race", compare=False)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a job: the score of the metric as it is read, or why there is none.

    `predictions` is the path of a `.npy` file, rows x classes or values, in the order of the
    validation rows of the fold. `note` is what is to be known of a score that stands.
    """

    job: Job
    score: float | None
    seconds: float = 0.0
    error: str | None = None
    predictions: str | None = None
    note: str | None = None

    @property
    def is_sound(self) -> bool:
        """Whether there is a score to go by."""
        return self.error is None and self.score is not None and math.isfinite(self.score)


class Engine(Protocol):
    """Makes trainings, in this process, in others or on other machines."""

    def run(self, jobs: Sequence[Job], until: float | None) -> Iterator[Result]:
        """Yields one result a job, in any order; a job that fails gives one with an `error`.

        Args:
            jobs: all different.
            until: on the clock of the study, in seconds; jobs that do not end by then are left
                out. None: no limit.
        """
        ...  # pragma: no cover


class Store(Protocol):
    """Keeps results, so that a study that is taken up again makes no training twice."""

    def get(self, job: Job) -> Result | None:
        """Gives back the result of a job that was made, failed or not; None if it was not."""
        ...  # pragma: no cover

    def put(self, result: Result) -> None:
        """Keeps a result."""
        ...  # pragma: no cover


@dataclass(slots=True)
class Memory:
    """A store that ends with the process."""

    kept: dict[Job, Result] = field(default_factory=dict)

    def get(self, job: Job) -> Result | None:
        """Gives back the result of a job that was made."""
        return self.kept.get(job)

    def put(self, result: Result) -> None:
        """Keeps a result."""
        self.kept[result.job] = result


Answers = Mapping[Job, Result]
T = TypeVar("T")
# A phase yields the jobs it wants, is sent what came of them, and gives back what it found. So
# it knows neither engine, store nor clock; of a job that was not made in time it is sent nothing.
Steps = Generator[tuple[Job, ...], Answers, T]


def predictions_of(result: Result | None) -> Floats | None:
    """Gives back the predictions of a result, None where none were kept or can be read."""
    if result is None or not result.is_sound or result.predictions is None:
        return None
    try:
        return np.asarray(np.load(Path(result.predictions)), dtype=np.float64)
    except (OSError, ValueError):
        return None
